"""Two cases that belong together (``pair``): what one brings to the other, whether a link stands, what follows from a lead.

Read from the cases' own events alone, so that the door and a pack's stories played with the rules alone find the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import read
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.shape import STAY, Action, Pair, Procedure

MERGED: Final = "merged"
"""The link by which one case goes on in another, its lead."""
SPLIT_FROM: Final = "split_from"
"""The fact of a first event that names the case this one was split off from."""
COUNTED_FROM: Final = "counted_from"
"""The fact of a first event from which the overall limits count, where it is earlier than the event."""


def linked(procedure: Procedure, events: Sequence[Event], other: int, pair: Pair, ending: Action) -> bool:
    """Whether a case's own events say that a link of the kind that ``ending`` ends began to ``other`` and has not ended."""
    begins = {one.event: one.pair.fact for one in procedure.actions if one.pair is not None and one.pair.link == pair.unlink}
    found = False
    for event in events:
        if event.kind in begins and event.facts.get(begins[event.kind]) == other:
            found = True
        elif event.kind == ending.event and event.facts.get(pair.fact) == other:
            found = False
    return found


def brought(
    procedure: Procedure, events: Sequence[Event], lead: Procedure, counterpart: Action, calendar: Calendar, now: datetime
) -> dict[str, str]:
    """The limits that a case brings to its lead: of each clock there that asks for them the earliest one that runs here."""
    own = {spec.key: spec for spec in procedure.clocks}
    found: dict[str, str] = {}
    for spec in lead.clocks:
        earliest = spec.earliest
        if earliest is None or earliest.event != counterpart.event or earliest.fact in found:
            continue
        readings = [read(own[key], events, calendar, now) for key in earliest.of if key in own]
        due = [one.due_at for one in readings if one.state in ("running", "paused") and one.due_at is not None]
        if due and earliest.fact in counterpart.needs:
            found[earliest.fact] = min(due).isoformat()
    return found


def answered_by(procedure: Procedure, events: Sequence[Event]) -> int:
    """The unit whose answer was passed since the case was last opened or reopened; 0 = none yet."""
    said = {action.event: action.says for action in procedure.actions}
    office, passed = 0, False
    for event in events:
        says = said.get(event.kind, "") if event.thread == MAIN else ""
        if says == "answer_out":
            office, passed = event.by.unit, False
        elif says == "again":
            office, passed = 0, False
        elif says == "answer_passed":
            passed = True
    return office if passed else 0


def given_on(procedure: Procedure) -> Action | None:
    """The system's act by which a merged case takes its lead's answer over."""
    state = next((one.to.state for one in procedure.actions if one.pair and one.pair.link == MERGED), "")
    acts = (one for one in procedure.actions if state in one.from_ and one.who == ("system",) and "office" in one.needs)
    return next((one for one in acts if one.to.state != STAY), None)


def parting(procedure: Procedure) -> Action | None:
    """The act that takes a merge back."""
    return next((one for one in procedure.actions if one.pair and one.pair.unlink == MERGED), None)
