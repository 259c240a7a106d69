"""The product's own files, read once, for the checks of the house."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "bihuan"


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of the product but generated migrations."""
    return tuple(path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts)


@cache
def written_files() -> tuple[Path, ...]:
    """Every file that people write: Python, templates, style sheets, scripts. Packs are data and have their own check."""
    kinds = {".py", ".html", ".txt", ".css", ".js"}
    return tuple(
        path
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in kinds and "migrations" not in path.parts and "shipped" not in path.parts
    )


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def shown(path: Path) -> str:
    """The path as people say it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def contract(identifier: str) -> dict[str, Any]:
    """One import contract by its id."""
    found: dict[str, Any] = next(c for c in project()["tool"]["importlinter"]["contracts"] if c["id"] == identifier)
    return found


@cache
def floors() -> tuple[tuple[str, ...], ...]:
    """Rooms of each floor from the top down, opened or not."""
    return tuple(tuple(name.strip(" ()") for name in row.split("|")) for row in contract("floors")["layers"])


@cache
def planned() -> frozenset[str]:
    """Rooms that have a floor but are not opened yet (in parentheses in the contract)."""
    return frozenset(
        name.strip(" ()") for row in contract("floors")["layers"] for name in row.split("|") if name.strip().startswith("(")
    )


def height() -> dict[str, int]:
    """Floor of each room, counted from the ground."""
    rows = floors()
    return {room: len(rows) - number for number, row in enumerate(rows) for room in row}


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call inside a syntax tree."""
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def dotted(node: ast.AST) -> str:
    """``models.ForeignKey`` for that expression, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else f"?.{node.attr}"
    return "?" if isinstance(node, ast.Call) else ""
