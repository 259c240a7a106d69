"""The earliest limit holds: what merged matters do to a clock, taken back, extended, paused; splitting buys no time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.rules.clocks.reading import read
from bihuan.rules.clocks.shape import Earliest
from bihuan.rules.events import Event
from bihuan.rules.terms import Holder
from tests.bihuan.rules.story import OCTOBER_2026, on
from tests.bihuan.rules.test_clocks import OFFICER, clock, happened, reading

BRINGS = Earliest(event="absorbed", fact="resolve_due", item="case", until="released", of=("resolve",))
LEAD = clock(earliest=BRINGS, extends={"extended": "days"}, takes_back={"unmerged": "merged_into"}, since="counted_from")
STARTED = ("assigned", "2026-10-12 09:00", {"holder_unit": 3, "holder_post": "officer"})
INSTANTS = st.integers(-400, 400).map(lambda hours: on("2026-10-14 17:30") + timedelta(hours=hours))


def absorbed(due: str, at: str = "2026-10-13 09:00", case: int = 7) -> tuple[Any, ...]:
    return ("absorbed", at, {"case": case, "resolve_due": on(due).isoformat()})


def test_an_earlier_limit_is_brought_along_and_taken_away() -> None:
    own = reading(LEAD, happened(STARTED)).due_at
    merged = happened(STARTED, absorbed("2026-10-16 17:30"))
    assert (reading(LEAD, merged).due_at, reading(LEAD, merged).brought_forward) == (on("2026-10-16 17:30"), True)
    apart = happened(STARTED, absorbed("2026-10-16 17:30"), ("released", "2026-10-14 09:00", {"case": 7}))
    assert (reading(LEAD, apart).due_at, reading(LEAD, apart).brought_forward) == (own, False)
    other = happened(STARTED, absorbed("2026-10-16 17:30"), ("released", "2026-10-14 09:00", {"case": 8}))
    assert reading(LEAD, other).due_at == on("2026-10-16 17:30")


def test_a_clock_without_the_rule_is_not_moved() -> None:
    """The control: the same events move nothing where the pack does not say so."""
    plain = clock()
    assert reading(plain, happened(STARTED, absorbed("2026-10-14 17:30"))).due_at == reading(plain, happened(STARTED)).due_at


def test_what_the_lead_is_granted_later_puts_off_both_limits() -> None:
    """An extension of two working days after the merge moves the brought limit by two; one from before does not."""
    after = happened(STARTED, absorbed("2026-10-16 17:30"), ("extended", "2026-10-14 09:00", {"days": 2}))
    assert reading(LEAD, after).due_at == on("2026-10-20 17:30")
    before = happened(STARTED, ("extended", "2026-10-12 10:00", {"days": 2}), absorbed("2026-10-16 17:30"))
    assert reading(LEAD, before).due_at == on("2026-10-16 17:30")
    paused = (("suspended", "2026-10-14 09:00"), ("resumed", "2026-10-16 09:00"))
    assert reading(LEAD, happened(STARTED, absorbed("2026-10-16 17:30"), *paused)).due_at == on("2026-10-20 17:30")


def test_a_limit_that_had_passed_is_charged_to_who_merged() -> None:
    late = reading(LEAD, happened(STARTED, absorbed("2026-10-12 17:30")))
    assert (late.due_at, late.charged) == (on("2026-10-12 17:30"), Holder(OFFICER.unit, OFFICER.post))
    held = happened(STARTED, absorbed("2026-10-16 17:30"))
    assert reading(LEAD, held).charged == Holder(3, "officer")


def test_a_merge_taken_back_never_was() -> None:
    rows = (STARTED, ("merged_into", "2026-10-13 09:00", {"into": 9}), ("unmerged", "2026-10-20 09:00", {}))
    merged = clock(stops=("resolved", "merged_into"), takes_back={"unmerged": "merged_into"})
    back = reading(merged, happened(*rows))
    assert (back.due_at, back.state) == (reading(merged, happened(STARTED)).due_at, "running")
    done = happened(STARTED, ("resolved", "2026-10-13 09:00"), ("unmerged", "2026-10-20 09:00", {}))
    assert reading(merged, done).state == "stopped"


def test_a_part_counts_from_the_first_report_and_never_from_later() -> None:
    first = reading(LEAD, happened(("assigned", "2026-10-08 09:00"))).due_at
    part = happened(("assigned", "2026-10-12 09:00", {"counted_from": on("2026-10-08 09:00").isoformat()}))
    assert reading(LEAD, part).due_at == first
    bought = happened(("assigned", "2026-10-12 09:00", {"counted_from": on("2026-10-20 09:00").isoformat()}))
    assert reading(LEAD, bought).due_at == reading(LEAD, happened(STARTED)).due_at


@settings(max_examples=150, deadline=None)
@given(dues=st.lists(INSTANTS, min_size=1, max_size=4), gone=st.integers(0, 3))
def test_the_limit_is_the_earliest_of_all_that_are_there(dues: list[Any], gone: int) -> None:
    """Whatever is merged and released in whatever order: due = the earliest of the own limit and those still there."""
    own = reading(LEAD, happened(STARTED)).due_at
    events = happened(STARTED)
    for n, due in enumerate(dues):
        facts = {"case": n, "resolve_due": due.isoformat()}
        events.append(Event(seq=len(events) + 1, kind="absorbed", at=on("2026-10-13 09:00"), by=OFFICER, facts=facts))
    events.append(Event(seq=len(events) + 1, kind="released", at=on("2026-10-13 10:00"), by=OFFICER, facts={"case": gone}))
    left = [due for n, due in enumerate(dues) if n != gone]
    told = read(LEAD, events, OCTOBER_2026, on("2026-12-31 12:00"))
    assert told.due_at == min([own, *left])
    assert told.brought_forward == (min([own, *left]) < own)
