"""The earliest limit holds: what a clock owes for the matters that were merged into its own.

A merged matter brings its due instant along. Extensions and pauses that the lead matter gets afterwards put it off as they
put off the lead's own limit; those from before were not granted to it. The earliest of all governs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.limits import OPEN, Ends, Pause, put_off
from bihuan.rules.clocks.shape import Earliest
from bihuan.rules.events import Event
from bihuan.rules.terms import FactValue, Holder, Span


@dataclass(frozen=True, slots=True)
class Brought:
    """One merged matter's limit: when it came, its due instant, how much of the lead's extension was there already, by whom."""

    at: datetime
    due_at: datetime
    extra: int
    by: Holder

    @property
    def was_late(self) -> bool:
        """True when it had passed before it came: whoever merged so late answers for it, not the office that works on it."""
        return self.due_at < self.at


def brought_in(spec: Earliest, event: Event, known: dict[FactValue, Brought], extra: int) -> None:
    """Note what one event of the fold brings or takes away."""
    item = event.facts.get(spec.item)
    if isinstance(item, list):
        return
    if event.kind == spec.event:
        due = event.facts.get(spec.fact)
        if isinstance(due, str) and due:
            by = Holder(event.by.unit, event.by.post)
            known[item] = Brought(event.at, datetime.fromisoformat(due), extra, by)
    elif event.kind == spec.until:
        known.pop(item, None)


def earliest(
    own: Ends, brought: Iterable[Brought], span: Span | None, extra: int, pauses: Sequence[Pause], calendar: Calendar
) -> tuple[Ends, Brought | None]:
    """The limit that governs, and the merged matter it is of (None = the clock's own). ``span``: the own limit's."""
    best, of = own, None
    for one in brought:
        ends = _put_off(one, span, extra - one.extra, pauses, calendar)
        if ends.due_at is not None and (best.due_at is None or ends.due_at < best.due_at):
            best, of = ends, one
    return best, of


def _put_off(one: Brought, span: Span | None, extra: int, pauses: Sequence[Pause], calendar: Calendar) -> Ends:
    """The brought limit after the extensions and pauses that came later."""
    due_at = calendar.local(one.due_at)
    if extra > 0:
        due_at = calendar.add(due_at, Span(extra, span.unit if span and span.unit != "month" else "calendar_day"))[0]
    later = [(max(begins, one.at), ends) for begins, ends in pauses if ends is None or ends > one.at]
    for begins, ends in later:
        if begins >= due_at:
            break
        if ends is None:
            return OPEN
        if calendar.end_of(due_at.date()) == due_at:
            shifted = put_off(calendar.local(one.at).date(), due_at.date(), [(begins, ends)], calendar)
            due_at = calendar.end_of(shifted) if shifted else due_at
        else:
            due_at = calendar.later(due_at, max(ends - begins, timedelta()))
    return Ends(due_at)
