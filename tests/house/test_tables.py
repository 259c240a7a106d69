"""Foreign keys: written as strings, pointing downwards only; none in ledger and vault."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.house import source

KEYS = ("ForeignKey", "OneToOneField", "ManyToManyField")


def not_as_strings(tree: ast.AST) -> Iterator[int]:
    """Lines on which a relation names its target otherwise than by a string."""
    for call in source.calls(tree):
        if source.dotted(call.func).rpartition(".")[2] in KEYS:
            target = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "to"), None)
            if not (isinstance(target, ast.Constant) and isinstance(target.value, str)):
                yield call.lineno


def upward(edges: set[tuple[str, str]], floor: dict[str, int]) -> set[tuple[str, str]]:
    """Edges between rooms that do not go down; inside one room a key may point anywhere."""
    return {(room, target) for room, target in edges if room != target and floor[room] <= floor.get(target, 0)}


def _edges() -> set[tuple[str, str]]:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("bihuan.")}
    return {
        (model._meta.app_label, field.related_model._meta.app_label)
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created
    }


def test_relations_are_written_as_strings() -> None:
    wrong = [f"{source.shown(path)}:{line}" for path in source.python_files() for line in not_as_strings(source.tree(path))]
    assert wrong == []


def test_a_relation_to_a_class_is_seen() -> None:
    sample = "a = models.ForeignKey(Area, on_delete=models.PROTECT)\nb = ForeignKey('self')\nc = OneToOneField(to=Case)"
    assert list(not_as_strings(ast.parse(sample))) == [1, 3]


def test_relations_point_downwards() -> None:
    edges = _edges()
    assert ("people", "places") in edges, "the check sees real relations"
    assert upward(edges, source.height()) == set()


@pytest.mark.parametrize("edge", [("places", "people"), ("people", "cases"), ("vault", "ledger")])
def test_a_relation_upwards_or_sideways_is_seen(edge: tuple[str, str]) -> None:
    assert upward({edge, ("cases", "places")}, source.height()) == {edge}


def test_ledger_and_vault_know_nobody() -> None:
    assert {edge for edge in _edges() if edge[0] in ("ledger", "vault")} == set()
