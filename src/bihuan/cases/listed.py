"""Cases of one of the pack's lists with all that its columns may show: one page, through the actor's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bihuan.cases.models import Case
from bihuan.cases.selectors import case_list
from bihuan.cases.shapes import CaseFilter, WorkLine
from bihuan.cases.sheet import stream_of
from bihuan.ledger.selectors import streams_events
from bihuan.rules.events import MAIN, Event, folded_facts
from bihuan.rules.terms import FactValue

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of a list. ``events``: what happened to it, where a column asks for that; else nothing."""

    line: WorkLine
    channel: str
    external_number: str
    closed_at: datetime | None
    centre: int
    events: tuple[Event, ...] = ()

    def last(self, kind: str) -> Event | None:
        """The last event of that kind, in whichever thread."""
        return next((event for event in reversed(self.events) if event.kind == kind), None)

    def fact(self, name: str) -> FactValue:
        """What the main thread's acts said of it last."""
        return folded_facts(event for event in self.events if event.thread == MAIN).get(name)


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page of a list, newest first. ``after``: the key of the next page, "" = no more."""

    cases: tuple[Listed, ...]
    after: str


def listed(
    actor: Actor, filters: CaseFilter, *, after: str = "", limit: int = 50, told: bool = False, beside: bool = True
) -> ListedPage:
    """A page of the cases that a filter with a list's conditions shows. Two statements more than ``case_list``.

    ``told``: with their events, because a column shows one; ``beside``: with channel, outside number, closing and centre.
    """
    page = case_list(actor, filters, after=after, limit=limit)
    ids = [line.case_id for line in page.lines]
    if not ids:
        return ListedPage((), "")
    found = Case.objects.filter(pk__in=ids).values_list("pk", "channel", "external_number", "closed_at", "centre_id")
    columns = {row[0]: row[1:] for row in found} if beside else {}
    streams = streams_events([stream_of(case_id) for case_id in ids]) if told else {}
    cases = []
    for line in page.lines:
        events, _head = streams.get(stream_of(line.case_id), ((), None))
        cases.append(Listed(line, *columns.get(line.case_id, ("", "", None, 0)), tuple(events)))
    return ListedPage(tuple(cases), page.after)
