"""Facts that an action takes, made from what it asks for: for tests that try whatever the procedure allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from bihuan.access.actors import Actor
from bihuan.cases.models import Case, Thread
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.shapes import Taken
from bihuan.files.store import incoming
from bihuan.people.selectors import directory
from bihuan.rules.procedure.shape import Action, Need
from bihuan.rules.routing import answers_to, is_avoided
from tests.factories.matters import EAST, EAST_A, GRID_1, WEST, County, request_id
from tests.factories.pictures import pdf

STAFFED = (
    "housing", "water", f"police@{EAST}", f"police@{WEST}", f"village_unit@{EAST_A}", f"township_centre@{EAST}",
    f"township_centre@{WEST}",
)  # fmt: skip
"""Units with somebody in every post that a matter needs there."""

_SAID = "已到现场核实情况，并与群众当面说明了下一步怎么办。"


def lawful_facts(action: Action, county: County, now: datetime, random: Random, actor: Actor, case_id: int = 0) -> dict[str, Any]:
    """One lawful set of facts for an action; optional ones now and then. ``case_id``: units that its centre may choose."""
    facts: dict[str, Any] = {}
    for name, need in action.needs.items():
        if need.when.facts and not need.when.holds(facts):
            continue
        if need.type == "case" or (need.optional and random.random() < 0.7):
            continue  # the door names the other case
        if need.type == "files":
            facts[name] = a_document(actor)
        elif need.type == "unit":
            facts[name] = _unit(need, county, random, case_id)
        elif need.type == "units":
            facts[name] = [_unit(need, county, random, case_id, but=facts.get("office", 0))]
        else:
            facts[name] = _value(need, county, now, random)
    return facts


def a_document(actor: Actor) -> list[str]:
    """A document that waits for an act of this actor."""
    (taken,) = take([incoming("证明.pdf", pdf())], owner=owner_of(actor), request_id=request_id())
    assert isinstance(taken, Taken)
    return [taken.ref]


def _value(need: Need, county: County, now: datetime, random: Random) -> Any:
    make = {
        "text": lambda: (_SAID * 40)[: max(need.min or 0, min(need.max or 60, 60))],
        "choice": lambda: random.choice(need.of),
        "route": lambda: random.choice(need.of),
        "choices": lambda: random.sample(need.of, random.randint(need.min or 1, need.max or len(need.of))),
        "instant": (now + timedelta(hours=1 if need.future else 0)).isoformat,
        "date": lambda: _day(need, now, random.randrange(3)),
        "dates": lambda: [_day(need, now, n) for n in range(need.min or 1)],
        "area": lambda: random.choice((GRID_1, WEST)),
        "person": lambda: 1,
        "post": lambda: str(county.posts["officer"]),
        "int": lambda: random.randint(need.min or 1, need.max or 5),
        "money": lambda: str(random.randint(need.min or 1, need.max or 500)),
        "bool": lambda: random.random() < 0.5,
    }
    return make[need.type]()


def _day(need: Need, now: datetime, further: int) -> str:
    return (now + timedelta(days=-further if need.past else 2 + further)).date().isoformat()


def somebody_fits(action: Action, county: County, case_id: int) -> bool:
    """Is there a unit for each that the action must name? A township's only station may be the one a matter is about."""
    wanted = [need for need in action.needs.values() if need.type == "unit" and not need.optional]
    return all(_fit(need, county, case_id) for need in wanted)


def _unit(need: Need, county: County, random: Random, case_id: int, but: int = 0) -> int:
    """A unit of the kinds asked for; where it has to answer to the case's centre, one that does and need not be avoided."""
    return random.choice(_fit(need, county, case_id, but) or _fit(need, county))


def _fit(need: Need, county: County, case_id: int = 0, but: int = 0) -> list[int]:
    organisation = directory()
    staffed = [county.units[key] for key in STAFFED]
    kinds = {unit: fact.kind for unit in staffed if (fact := organisation.unit(unit))}
    fit = [unit for unit in staffed if not need.of or kinds[unit] in need.of]
    if not (case_id and need.of):
        return fit
    case = Case.objects.get(pk=case_id)
    about = {case.about_unit_id} - {0}
    holder = Thread.objects.get(case_id=case_id, name="main").holder_unit if need.other or need.type == "units" else 0
    return [
        unit
        for unit in fit
        if unit not in (holder, but) and not is_avoided(unit, about, organisation)
        if not need.of_centre or answers_to(unit, case.centre_id, organisation)
    ]
