"""Anybody doing anything at any time: no walk through a procedure breaks what the ledger and the index rely on."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.rules.clocks.reading import read_all
from bihuan.rules.lights import light_of
from bihuan.rules.procedure.decide import Offer, available
from bihuan.rules.procedure.shape import Need, Procedure
from bihuan.rules.terms import NOBODY, RESIDENT, SYSTEM, Doer, Holder
from tests.bihuan.rules import fragments
from tests.bihuan.rules.story import CENTRE, GRID, ROADS, TOWN, UNITS, VILLAGE, WATER, Story, on, person
from tests.bihuan.rules.test_decide import CALLER, CHECKER, LEADER, MATTER, checked, loop

CLERK = person(CENTRE, "clerk")
CAST = (
    CLERK,
    person(CENTRE, "dispatcher"),
    person(CENTRE, "head"),
    CHECKER,
    CALLER,
    LEADER,
    person(WATER, "officer"),
    person(ROADS, "officer"),
    person(GRID, "grid_worker"),
    person(VILLAGE, "mediator"),
    person(TOWN, "team"),
    RESIDENT,
    SYSTEM,
)
OPENINGS: dict[str, tuple[Callable[[], Procedure], dict[str, Any]]] = {
    "ladder": (fragments.ladder, {}),
    "whistle": (fragments.whistle, {}),
    "handling": (fragments.handling, {"weight": "ordinary"}),
    "petition": (fragments.petition, {"office": WATER}),
    "loop": (loop, MATTER),
}


def answer(need: Need, told: Story, draw: Callable[[Any], Any]) -> Any:
    """Something that the need may take."""
    today = told.now.date()
    samples: dict[str, Any] = {
        "text": "这是一段足够长的说明文字,用来回答任何一个需要文字的问题",
        "choice": need.of[0] if need.of else "",
        "choices": list(need.of[:1]),
        "int": need.min or 1,
        "date": (today + timedelta(days=draw(st.integers(1, 20)))).isoformat(),
        "instant": (told.now + timedelta(hours=draw(st.integers(1, 90)))).isoformat(),
        "unit": draw(st.sampled_from([WATER, ROADS])),
        "units": draw(st.lists(st.sampled_from([WATER, ROADS]), min_size=1, max_size=2)),
    }
    if need.type == "choice":
        return draw(st.sampled_from(need.of))
    return samples[need.type]


def holds(told: Story) -> None:
    """What must be true of every case at every moment."""
    assert [event.seq for event in told.events] == list(range(1, len(told.events) + 1))
    assert all(earlier.at <= later.at for earlier, later in pairwise(told.events))
    assert not any("足够长" in str(value) for event in told.events for value in event.facts.values())
    for name, position in told.positions.items():
        state, holder = "", NOBODY
        for event in told.events:
            if event.thread == name:
                state = str(event.facts.get("to_state", state))
                if "holder_unit" in event.facts:
                    holder = Holder(int(str(event.facts["holder_unit"])), str(event.facts["holder_post"]))
        assert (state, holder) == (position.state, position.holder)
    main = told.positions["main"]
    assert main.open or not any(position.open for position in told.positions.values())
    for reading in told.readings().values():
        assert reading.amber_at is None or (reading.due_at is not None and reading.amber_at <= reading.due_at)
        assert (reading.started_at is None) == (reading.state == "idle")
        light_of(reading, told.now)


def offers(told: Story, doer: Doer) -> list[Offer]:
    return [offer for offer in available(told.view, doer, told.now, told.calendar, UNITS) if not offer.refused]


@settings(deadline=None, max_examples=200)
@given(data=st.data(), which=st.sampled_from(sorted(OPENINGS)))
def test_any_walk(data: st.DataObject, which: str) -> None:
    procedure, facts = OPENINGS[which]
    told = Story(procedure(), on("2026-10-08 09:00"))
    assert told.open(CLERK, **facts) is None
    for _ in range(data.draw(st.integers(1, 25))):
        told.now += timedelta(minutes=data.draw(st.integers(0, 4000)))
        if data.draw(st.booleans()):
            told.work(told.now.strftime("%Y-%m-%d %H:%M:%S"))
        can = [(doer, offer) for doer in CAST for offer in offers(told, doer)]
        if can:
            doer, offer = data.draw(st.sampled_from(can))
            given_ = {name: answer(need, told, data.draw) for name, need in offer.action.needs.items()}
            before = len(told.events)
            refusal = told.do(doer, offer.action.key, thread=offer.thread, **given_)
            assert (len(told.events) > before) == (refusal is None)
            assert refusal is None or refusal.code in ("guard", "wrong_state", "bad_fact")
        holds(told)


@pytest.mark.parametrize("which", sorted(OPENINGS))
def test_readings_do_not_change_between_events(which: str) -> None:
    """What is stored at an act is what a rebuild finds later: only lights move with the time of day."""
    procedure, facts = OPENINGS[which]
    told = Story(procedure(), on("2026-10-08 09:00"))
    assert told.open(CLERK, **facts) is None
    stored = told.readings()
    told.now += timedelta(days=45)
    assert told.readings() == stored


def test_reading_eight_clocks_of_a_long_case_is_quick() -> None:
    told = checked()
    told.must(CHECKER, "pass")
    told.must(CALLER, "follow_up", solved="no")
    for _ in range(2):
        told.must(person(WATER, "officer"), "draft", answer="已经修好")
        told.must(LEADER, "hand_back")
    spec = replace(told.procedure.clocks[0], pauses={"handed_back": "drafted"})
    procedure = replace(told.procedure, clocks=tuple(replace(spec, key=f"clock{n}") for n in range(8)))
    events = [replace(event, at=event.at.astimezone(UTC)) for event in told.events]
    assert len(events) >= 11
    now = on("2026-10-20 10:00")
    best = min(timeit.repeat(lambda: read_all(procedure, events, told.calendar, now), number=20, repeat=40, timer=process_time))
    assert best / 20 < 0.001  # a fifth of this on a quiet machine
