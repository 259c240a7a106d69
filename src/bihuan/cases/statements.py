"""What each of three sides said of a matter, kept side by side: the office's answers, the follow-up's findings, the resident.

The office's claim, what the follow-up found and what the resident rates are three statements. None is ever written over
another, nor over an earlier one of the same side: a matter handled twice has two answers, and both stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bihuan.cases.shapes import MAIN, EntryLine, Statements
from bihuan.rules.events import Event
from bihuan.rules.procedure.guards import REOPENED
from bihuan.rules.procedure.shape import Procedure

SIDES = {"answer": "office", "finding": "followup", "rating": "resident"}
"""Which side an act speaks for, by what the pack says of it (``Action.says``)."""


def statements_of(procedure: Procedure, timeline: Sequence[EntryLine]) -> Statements:
    """The statements in a case's timeline."""
    says = procedure.said_by()
    sides: dict[str, list[EntryLine]] = {side: [] for side in SIDES.values()}
    for line in sorted(timeline, key=lambda one: -one.seq):
        side = SIDES.get(says.get(line.kind, "")) if line.thread == MAIN else None
        if side:
            sides[side].append(line)
    return Statements(**{side: tuple(lines) for side, lines in sides.items()})


def times_reopened(events: Iterable[Event]) -> int:
    """How often a matter was handled anew."""
    return sum(event.kind == REOPENED for event in events)
