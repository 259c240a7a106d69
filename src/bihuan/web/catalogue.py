"""The catalogues of every screen: msgids are English and stand in the sources; Chinese and English are complete.

``update`` collects the msgids of all rooms, keeps the translations there are, and compiles both catalogues with Babel.
``missing`` says what a house test refuses: a msgid without Chinese, or a compiled catalogue older than its source.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES = {"zh_Hans": "zh_Hans_CN", "en": "en"}
KEYWORDS: dict[str, tuple[Any, ...] | None] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "N_": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


def _sources() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(ROOT.rglob("*")):
        if "migrations" in path.parts or "shipped" in path.parts:
            continue
        if path.suffix == ".py":
            yield path, path.read_bytes()
        elif path.suffix in (".html", ".txt") and "templates" in path.parts:
            yield path, templatize(path.read_text("utf-8")).encode()


def extract() -> Catalog:
    """Every msgid of the product with the files it stands in (no line numbers: they would change with every edit)."""
    catalog = Catalog(project="Bihuan", charset="utf-8")
    for path, source in _sources():
        where = str(path.relative_to(ROOT))
        for _line, called, words, _comments in extract_python(io.BytesIO(source), KEYWORDS, [], {}):
            function = str(called)
            given = list(words) if isinstance(words, list | tuple) else [words]
            if not given or not all(isinstance(one, str) and one for one in given[: _needed(function)]):
                continue
            context = given.pop(0) if function in ("pgettext", "pgettext_lazy") else None
            plural = function in ("ngettext", "ngettext_lazy")
            catalog.add((given[0], given[1]) if plural else given[0], locations=[(where, 0)], context=context)
    return catalog


def _needed(function: str) -> int:
    return 2 if function in ("ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy") else 1


def _files(language: str) -> tuple[Path, Path]:
    folder = LOCALE / language / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"


def read(language: str) -> Catalog:
    """The catalogue as it is kept; an empty one where there is none yet."""
    po, _mo = _files(language)
    if not po.exists():
        return Catalog(locale=LANGUAGES[language], project="Bihuan", charset="utf-8")
    with po.open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def update() -> dict[str, list[str]]:
    """Bring both catalogues up to the sources and compile them; gives the msgids without a translation."""
    template = extract()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        if language == "en":
            for message in _messages(catalog):
                message.string = message.id if not message.pluralizable else tuple(message.id)
        po, mo = _files(language)
        po.parent.mkdir(parents=True, exist_ok=True)
        written = io.BytesIO()
        write_po(written, catalog, sort_output=True, include_lineno=False, ignore_obsolete=True, width=110, omit_header=False)
        lines = [line for line in written.getvalue().split(b"\n") if not line.startswith((b'"POT-Creation', b'"PO-Revision'))]
        po.write_bytes(b"\n".join(lines))
        with mo.open("wb") as file:
            write_mo(file, read(language))
    return missing()


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def missing() -> dict[str, list[str]]:
    """For each language the msgids of the sources that its catalogue does not translate."""
    template = extract()
    lacking: dict[str, list[str]] = {}
    for language in LANGUAGES:
        catalog = read(language)
        for message in _messages(template):
            known = catalog.get(message.id, message.context)
            strings = known.string if known and isinstance(known.string, tuple) else (known.string if known else "",)
            if known is None or not all(strings) or known.fuzzy:
                singular = message.id if isinstance(message.id, str) else message.id[0]
                lacking.setdefault(language, []).append(f"{message.context or ''}|{singular}")
    return lacking


if __name__ == "__main__":
    sys.stdout.write("".join(f"{language}: {words}\n" for language, found in update().items() for words in found))
