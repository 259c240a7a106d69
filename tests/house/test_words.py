"""Words that must not stand in code: a county, unfinished work, folders without a subject, what PRINCIPLES refuse."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import source

PLACES = re.compile(
    r"(?i)xiangyin|hanyin|huaning|santai|dongzhai|yongchang|湘阴|汉阴|华宁|永昌|东寨|(430624|610921|530424|620321)\d*"
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|raise NotImplementedError)\b")
EMPTY_NAMES = re.compile(r"^(utils?|helpers?|common|misc|managers?|stuff|base_utils)$")
REFUSED = re.compile(
    r"(?i)religio|ethnic|宗教|民族成分|face_?recog|人脸|black_?list|黑名单|watch_?list|petitioner_?list|稳控|劝返|盯防|risk_?score"
)


def hits(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Numbers of the lines on which the pattern stands."""
    return (number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line))


def said_in_code(tree: ast.AST, pattern: re.Pattern[str]) -> Iterator[int]:
    """Lines of names and texts in code that match; an example in a docstring names a place without knowing it."""
    explained = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        texts = {ast.Constant: "value", ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg", ast.FunctionDef: "name"}
        text = getattr(node, texts.get(type(node), ""), "")
        if isinstance(text, str) and pattern.search(text) and id(node) not in explained:
            yield node.lineno


def _found(pattern: re.Pattern[str], files: tuple[Path, ...]) -> list[str]:
    return [f"{source.shown(path)}:{line}" for path in files for line in hits(pattern, path.read_text("utf-8"))]


def test_no_county_is_named_in_code() -> None:
    wrong = _found(PLACES, tuple(path for path in source.written_files() if path.suffix != ".py"))
    wrong += [
        f"{source.shown(path)}:{line}" for path in source.python_files() for line in said_in_code(source.tree(path), PLACES)
    ]
    assert wrong == []


def test_nothing_is_left_unfinished() -> None:
    assert _found(UNFINISHED, source.written_files()) == []


def test_nothing_that_the_principles_refuse() -> None:
    assert _found(REFUSED, source.written_files()) == []


def test_every_module_has_a_subject() -> None:
    wrong = [source.shown(path) for path in source.python_files() if EMPTY_NAMES.match(path.stem)]
    wrong += [source.shown(path) for path in source.PACKAGE.rglob("*") if path.is_dir() and EMPTY_NAMES.match(path.name)]
    assert wrong == []


@pytest.mark.parametrize(
    "sample",
    ["if pack.name == 'hanyin': pass", "title = '湘阴县社会治理中心'", "code.startswith('430624101')", "class A:\n  santai = 1"],
)
def test_a_county_in_code_is_seen(sample: str) -> None:
    assert list(said_in_code(ast.parse(sample), PLACES))
    assert not list(said_in_code(ast.parse('def f():\n    """Like 430624."""  # or hanyin\n'), PLACES))


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (PLACES, "<h1>湘阴县社会治理中心</h1>"),
        (UNFINISHED, "    raise NotImplementedError"),
        (UNFINISHED, "# TODO later"),
        (REFUSED, "religion = models.CharField()"),
        (REFUSED, "class WatchList:"),
    ],
)
def test_each_word_is_seen(pattern: re.Pattern[str], sample: str) -> None:
    assert list(hits(pattern, f"first line\n{sample}")) == [2]


@pytest.mark.parametrize("name", ["utils", "helper", "common", "misc", "manager"])
def test_an_empty_name_is_seen(name: str) -> None:
    assert EMPTY_NAMES.match(name)
