"""The import contract holds, every folder has a floor, and the architecture page tells the same house."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import Any

import pytest
from importlinter import configuration
from importlinter.application import use_cases

from tests.house import source

configuration.configure()


@cache
def _options() -> Any:
    options = use_cases.read_user_options(str(source.ROOT / "pyproject.toml"))
    use_cases._register_contract_types(options)
    return options


@cache
def _graph() -> Any:
    return use_cases._build_graph(
        root_package_names=["bihuan"],
        include_external_packages=True,
        exclude_type_checking_imports=False,
        verbose=False,
        cache_dir=None,
    )


def _broken(graph: Any) -> list[str]:
    """Ids of the contracts that the graph breaks."""
    broken = []
    for options in _options().contracts_options:
        kind = use_cases.registry.get_contract_class(options["type"])
        made = kind(name=options["name"], session_options=_options().session_options, contract_options=options)
        if not made.check(copy.deepcopy(graph), verbose=False).kept:
            broken.append(options["id"])
    return broken


def test_the_contract_holds() -> None:
    assert _broken(_graph()) == []


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("bihuan.rules.terms", "bihuan.packs", "floors"),
        ("bihuan.ledger.models", "bihuan.vault.models", "floors"),
        ("bihuan.desk", "bihuan.portal", "floors"),
        ("bihuan.cases.models", "bihuan.intake.models", "floors"),
        ("bihuan.rules.terms", "bihuan.rules.events", "rules-inside"),
        ("bihuan.cases.models", "bihuan.cases.services", "room-inside"),
        ("bihuan.packs", "django", "pure"),
        ("bihuan.rules.terms", "random", "rules-purer"),
        ("bihuan.desk", "bihuan.cases.models", "faces-no-tables"),
        ("bihuan.intake.models", "bihuan.cases.models", "one-door"),
    ],
)
def test_each_contract_breaks_when_it_should(importer: str, imported: str, contract: str) -> None:
    graph = copy.deepcopy(_graph())
    if imported not in graph.modules:
        graph.add_module(imported, is_squashed=imported in ("django", "random"))
    graph.add_import(importer=importer, imported=imported)
    assert contract in _broken(graph)


def test_a_folder_without_a_floor_is_seen() -> None:
    graph = copy.deepcopy(_graph())
    graph.add_module("bihuan.helpers")
    assert _broken(graph) == ["floors"]


def _folders() -> set[str]:
    return {path.name for path in source.PACKAGE.iterdir() if path.is_dir() and any(path.rglob("*.py"))}


def test_rooms_in_parentheses_are_exactly_those_not_opened() -> None:
    given = {room for row in source.floors() for room in row}
    assert _folders() - given == set(), "a new folder must be given a floor"
    assert _folders() & source.planned() == set(), "an opened room loses its parentheses"
    assert given - source.planned() - _folders() == set(), "a room that does not exist stands in parentheses"


def test_every_opened_room_is_named_in_the_contracts_that_bind_its_floor() -> None:
    levels = source.height()
    above = {room for room in _folders() if levels["cases"] < levels[room] < levels["web"]}
    bound = {name.removeprefix("bihuan.") for name in source.contract("one-door")["source_modules"]}
    assert above - bound == set(), "rooms above the case never touch its tables"
    faces = {room for room in _folders() if levels["web"] <= levels[room] < levels["config"]}
    bound = {name.removeprefix("bihuan.") for name in source.contract("faces-no-tables")["source_modules"]}
    assert faces - bound == set(), "faces never import tables"
    with_tables = {path.parent.name for path in source.PACKAGE.glob("*/models.py")}
    bound = {name.removeprefix("bihuan.") for name in source.contract("room-inside")["containers"]}
    assert with_tables - bound == set(), "rooms with tables keep the order inside a room"


def test_the_architecture_page_shows_the_floors_of_the_contract() -> None:
    page = (source.ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", page, re.MULTILINE)
    told = {int(number): frozenset(re.findall(r"`(\w+)`", rooms)) for number, rooms in rows}
    assert told == {source.height()[row[0]]: frozenset(row) for row in source.floors()}
