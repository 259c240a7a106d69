"""A matter about an office or one of its people goes its whole way without them: on the level above, or with another office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

ACCEPTED = {"category": category(), "weight": "ordinary", "urgency": "normal"}
ANSWER = {"claim": "solved", "answer": "已查清情况并当面说明，窗口的做法已经改正。"}


def the_whole_way(world: World, case_id: int, centre: str, office: str) -> Iterator[str]:
    """Take a matter from its registration to the resident's rating; after each step its state."""
    steps: list[tuple[str, str, dict[str, Any]]] = [
        (f"dispatcher@{centre}", "accept", ACCEPTED),
        (f"dispatcher@{centre}", "assign", {"office": world.units[office], "basis": "按职责清单交办"}),
        (f"liaison@{office}", "acknowledge", {}),
        (f"officer@{office}", "draft_answer", ANSWER),
        (f"office_leader@{office}", "sign_off", {}),
        (f"checker@{centre}", "pass", {}),
    ]
    for who, action, given in steps:
        yield act(world.people[who].actor, case_id, action, given).state
    yield act(resident_actor(case_id), case_id, "rate", {"solved": "yes", "satisfied": "satisfied"}).state


def unseen(world: World, case_id: int, *units: str) -> None:
    """Nobody of these units finds the matter: not on its page, in no list, in no count, in no act."""
    for person in world.people.values():
        if person.unit not in units:
            continue
        assert caller(person).get(f"/desk/case/{case_id}").status_code in (403, 404), person.name
        assert case_id not in {line.case_id for line in selectors.case_list(person.actor).lines}, person.name
        assert sum(selectors.work_counts(person.actor).values()) == 0, person.name
        with pytest.raises(NotFound):
            act(person.actor, case_id, "accept", ACCEPTED)


def test_about_the_countys_centre_handled_by_the_authority(world: World) -> None:
    """The centre that receives everything is itself reported: the authority above it does every step the centre would do."""
    everybody_below = ("centre", "east", "west", "east police", "west police", "east village", "east grid")
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_unit=world.units["centre"]).case_id
    unseen(world, case_id, *everybody_below)
    states = []
    for state in the_whole_way(world, case_id, "authority", "housing"):
        states.append(state)
        unseen(world, case_id, *everybody_below)
    assert states == ["to_assign", "assigned", "handling", "signing", "checking", "followup", "archived"]


def test_about_an_officer_handled_by_another_office(world: World) -> None:
    """One officer is reported: neither he nor his office sees it at any step, nor can be given it."""
    account = world.people["officer@housing"].actor.account
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_account=account).case_id
    act(world.people["dispatcher@centre"].actor, case_id, "accept", ACCEPTED)
    with pytest.raises(Refused):
        act(world.people["dispatcher@centre"].actor, case_id, "assign", {"office": world.units["housing"], "basis": "住建职责"})
    unseen(world, case_id, "housing")
    act(world.people["dispatcher@centre"].actor, case_id, "assign", {"office": world.units["water"], "basis": "由水利局代办"})
    unseen(world, case_id, "housing")
    act(world.people["liaison@water"].actor, case_id, "acknowledge")
    act(world.people["officer@water"].actor, case_id, "draft_answer", ANSWER)
    unseen(world, case_id, "housing")


def test_about_the_highest_there_is_no_lawful_place_here(world: World) -> None:
    """Nobody here stands above the authority: the reporter is told to turn to the level above, and nothing is kept."""
    with pytest.raises(Refused):
        opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_unit=world.units["authority"])
