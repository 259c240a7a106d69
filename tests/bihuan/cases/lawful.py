"""Facts that an action takes, made from what it asks for: for tests that try whatever the procedure allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from bihuan.access.actors import Actor
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.shapes import Taken
from bihuan.files.store import incoming
from bihuan.rules.procedure.shape import Action, Need
from tests.factories.matters import GRID_1, WEST, County, request_id
from tests.factories.pictures import pdf

_SAID = "已到现场核实情况，并与群众当面说明了下一步怎么办。"


def lawful_facts(action: Action, county: County, now: datetime, random: Random, actor: Actor) -> dict[str, Any]:
    """One lawful set of facts for an action; optional ones now and then."""
    facts: dict[str, Any] = {}
    for name, need in action.needs.items():
        if need.when.facts and not need.when.holds(facts):
            continue
        if need.type == "case" or (need.optional and random.random() < 0.7):
            continue  # the door names the other case
        facts[name] = a_document(actor) if need.type == "files" else _value(need, county, now, random)
    return facts


def a_document(actor: Actor) -> list[str]:
    """A document that waits for an act of this actor."""
    (taken,) = take([incoming("证明.pdf", pdf())], owner=owner_of(actor), request_id=request_id())
    assert isinstance(taken, Taken)
    return [taken.ref]


def _value(need: Need, county: County, now: datetime, random: Random) -> Any:
    if need.type == "text":
        return (_SAID * 40)[: max(need.min or 0, min(need.max or 60, 60))]
    if need.type in ("choice", "route"):
        return random.choice(need.of)
    if need.type == "instant":
        return now.isoformat()
    if need.type == "date":
        return (now + timedelta(days=1 + random.randrange(3))).date().isoformat()
    if need.type == "area":
        return random.choice((GRID_1, WEST))
    if need.type == "person":
        return 1
    if need.type == "post":
        return str(county.posts["officer"])
    if need.type == "unit":
        return county.units[random.choice(("housing", "water"))]
    raise AssertionError(f"no way to make a {need.type}")
