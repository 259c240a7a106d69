"""A file has fewer than 500 lines and a function fewer than 60: more is two things."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house import source

LINES_OF_FILE, LINES_OF_FUNCTION = 500, 60


def long_functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and length of every function that is too long, decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length >= LINES_OF_FUNCTION:
                yield node.name, length


def test_files_are_short() -> None:
    tests = tuple((source.ROOT / "tests").rglob("*.py"))
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in (*source.written_files(), *tests)}
    assert {source.shown(path): lines for path, lines in sizes.items() if lines >= LINES_OF_FILE} == {}


def test_functions_are_short() -> None:
    wrong = [
        f"{source.shown(path)}: {name} has {length} lines"
        for path in source.python_files()
        for name, length in long_functions(source.tree(path))
    ]
    assert wrong == []


def test_a_long_function_is_seen() -> None:
    body = "    x = 1\n"
    assert list(long_functions(ast.parse("def f():\n" + body * 58))) == []
    assert list(long_functions(ast.parse("class A:\n  def f(self):\n" + body * 59))) == [("f", 60)]
