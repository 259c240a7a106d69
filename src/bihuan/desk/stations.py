"""The procedure as a line of stations: where a case has been, where it stands, what usually follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bihuan.cases.shapes import MAIN, EntryLine
from bihuan.rules.procedure.course import TO_STATE
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, STAY, Action, Procedure
from bihuan.rules.terms import as_text

NOWHERE = ("", STAY, BEFORE, NEXT_ON_LADDER)


@dataclass(frozen=True, slots=True)
class Station:
    """One station. ``place`` is "past", "now" or "ahead"; ``at`` is when the case last came there."""

    state: str
    place: str
    at: datetime | None


def _targets(action: Action) -> list[str]:
    return [state for state in (*action.to.by_value.values(), action.to.state) if state not in NOWHERE]


def ordinary_path(procedure: Procedure, start: str = "") -> list[str]:
    """States from the start along each state's primary act, the way most cases go; all of them where none is marked.

    ``start``: where it began, when that was not the procedure's own start (with a village).
    """
    path, here = [], start or procedure.start_state
    while here and here not in path:
        path.append(here)
        leaving = [action for action in procedure.actions if here in action.from_ and action.primary]
        ahead = [state for action in leaving for state in _targets(action) if state not in path]
        here = ahead[0] if ahead else ""
    if len(path) > 1:
        return path + _end_of(procedure, path[-1])
    return [state.key for state in procedure.states if not state.final]


def _end_of(procedure: Procedure, last: str) -> list[str]:
    """The final state that follows the last station by whatever act comes first in the pack; none where it is final."""
    final = {state.key for state in procedure.states if state.final}
    ends = [state for action in procedure.actions if last in action.from_ for state in _targets(action) if state in final]
    return ends[:1] if last not in final else []


def entered(procedure: Procedure, entries: Iterable[EntryLine]) -> dict[str, datetime]:
    """When the main thread last came to each state, read from the acts that lead there."""
    at: dict[str, datetime] = {}
    by_event = {action.event: action for action in procedure.actions if action.event}
    for entry in sorted(entries, key=lambda one: one.seq):
        action = by_event.get(entry.kind)
        if entry.thread != MAIN or action is None:
            continue
        if action.key == procedure.start_action:
            at[str(entry.facts.get(TO_STATE) or procedure.start_state)] = entry.at
            continue
        state = action.to.by_value.get(as_text(entry.facts.get(action.to.fact)), action.to.state)
        if state not in NOWHERE:
            at[state] = entry.at
    return at


def stations(procedure: Procedure, state: str, reached: Sequence[str], entries: Iterable[EntryLine]) -> list[Station]:
    """The ordinary path with the states this case really came through, up to where it stands."""
    path = ordinary_path(procedure, reached[0] if reached and procedure.start_state not in reached else "")
    final = {one.key for one in procedure.states if one.final}
    ended_elsewhere = state in final and state not in path
    order = [one.key for one in procedure.states]
    if ended_elsewhere:  # declined, withdrawn: the stations it never came to are not ahead of it
        path = [key for key in path if key in reached]
    extra = [key for key in dict.fromkeys((*reached, state)) if key not in path and (key not in final or key == state)]
    for key in extra:
        before = [other for other in path if order.index(other) < order.index(key)]
        path.insert(len(path) if key in final else (path.index(before[-1]) + 1 if before else 0), key)
    at = entered(procedure, entries)
    here = path.index(state) if state in path else len(path)
    return [
        Station(key, "now" if n == here else "past" if n < here else "ahead", at.get(key) if n <= here else None)
        for n, key in enumerate(path)
    ]
