"""Both languages are complete, say the same as the sources, and are compiled."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo

from bihuan.web import catalogue
from tests.house import source

LANGUAGES = sorted(catalogue.LANGUAGES)
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def foreign(text: str) -> bool:
    """True for a text of Latin letters without a Chinese sign, the places of values aside."""
    said = PLACE.sub("", text)
    return bool(re.search(r"[A-Za-z]", said)) and not re.search(r"[\u4e00-\u9fff]", said)


def _texts(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def misplaced(messages: Iterable[Message]) -> list[str]:
    """Messages whose translation lacks, or invents, a place for a value."""
    wrong = []
    for message in messages:
        wanted = set(PLACE.findall(_texts(message.id)[-1])) if message.id else set()
        if message.id and any(set(PLACE.findall(text)) != wanted for text in _texts(message.string)):
            wrong.append(_texts(message.id)[0])
    return wrong


def _keys(catalog: Catalog) -> set[tuple[str, str | None]]:
    return {(_texts(message.id)[0], message.context) for message in catalog if message.id}


def _strings(catalog: Catalog) -> dict[tuple[str, str | None], list[str]]:
    return {(_texts(m.id)[0], _context(m)): _texts(m.string) for m in catalog if m.id and m.string}


def _context(message: Message) -> str | None:
    found: str | bytes | None = message.context
    return found.decode() if isinstance(found, bytes) else found  # as the compiled file gives it


def test_every_text_of_the_sources_is_translated() -> None:
    assert catalogue.missing() == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_no_source_says(language: str) -> None:
    assert _keys(catalogue.read(language)) - _keys(catalogue.extract()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_keep_their_places(language: str) -> None:
    assert misplaced(catalogue.read(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (catalogue.LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        assert _strings(read_mo(file)) == _strings(catalogue.read(language))


def test_chinese_screens_are_chinese() -> None:
    chinese = _strings(catalogue.read("zh_Hans"))
    assert [key for (key, _), texts in chinese.items() if any(foreign(text) for text in texts)] == []


def test_each_fault_is_seen() -> None:
    sample = Catalog(locale="zh_Hans_CN")
    sample.add("Due %(day)s", "期限")
    sample.add("Open", "打开")
    assert misplaced(sample) == ["Due %(day)s"]
    compiled = io.BytesIO()
    write_mo(compiled, sample)
    compiled.seek(0)
    stale = Catalog(locale="zh_Hans_CN")
    stale.add("Open", "开")
    assert _strings(read_mo(compiled)) != _strings(stale)
    assert _keys(sample) - _keys(stale) == {("Due %(day)s", None)}


def unseen(text: str) -> list[str]:
    """Texts to be translated that stand within an f-string, where the extractor does not look: they would stay English."""
    return [
        str(call.args[0].value)
        for joined in ast.walk(ast.parse(text))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"_", "gettext", "gettext_noop"}
        if call.args and isinstance(call.args[0], ast.Constant)
    ]


def test_every_text_stands_where_the_extractor_sees_it() -> None:
    found = [(path.name, text) for path in source.PACKAGE.rglob("*.py") for text in unseen(path.read_text("utf-8"))]
    assert found == []
    assert unseen("name = f\"{_('matters')}-{day}\"") == ["matters"], "the control"
    assert unseen("name = _('matters') + f'{_(KINDS[kind])}'") == []
