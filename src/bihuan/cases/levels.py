"""What a centre has from the level above, from the level below, and what of its own falls due today: one list, three counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from bihuan.access.scope import as_q
from bihuan.cases.lines import CASE_FIELDS, THREAD_FIELDS, by_limit, limit_key, lines
from bihuan.cases.models import Involved, Thread
from bihuan.cases.selectors import MOST, waiting_for
from bihuan.cases.shapes import MAIN, WorkLine
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.people.directory import OrgDirectory
from bihuan.rulebook.selectors import pack
from bihuan.rules.routing import chain_of

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


class Origin(StrEnum):
    """Which part of the list is meant."""

    ABOVE = "above"
    BELOW = "below"
    TODAY = "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPage:
    """A page of one ``part`` of the list, earliest limit first, with the counts of all three.

    ``origins``: the unit each case of the page was sent by; ``after``: the key of the next page, "" = no more.
    """

    part: Origin
    lines: tuple[WorkLine, ...]
    origins: Mapping[int, int]
    after: str
    counts: Mapping[str, int]


def level_work(actor: Actor, part: Origin | None = None, *, after: str = "", limit: int = 50) -> LevelPage:
    """The part of the list that is asked for: what waits for the actor's post from above or from below, or what of the
    cases of his centre falls due today or is late, whoever holds it. None: the first that holds anything. Four statements.
    """
    now = clock.now()
    directory = people.directory(actor.org_stamp)
    waiting = waiting_for(actor).filter(name=MAIN, case__centre_id=actor.unit)
    came = {Origin.ABOVE: _above(actor, directory), Origin.BELOW: _below(actor, directory)}
    today = _of_centre(actor).filter(due_at__lt=_tomorrow(actor, now))
    sums = waiting.aggregate(**{origin.value: Count("pk", filter=sent) for origin, sent in came.items()})
    counts = {**sums, Origin.TODAY: today.count()}
    part = part or next((origin for origin in Origin if counts[origin]), Origin.ABOVE)
    chosen = today if part is Origin.TODAY else waiting.filter(came[part])
    limit = min(max(limit, 1), MOST)
    fields = (*THREAD_FIELDS, *(f"case__{name}" for name in CASE_FIELDS), "case__from_unit_id")
    rows = list(by_limit(chosen, after).values(*fields)[: limit + 1])
    shown = rows[:limit]
    return LevelPage(
        part=part,
        lines=lines(shown, now, case="case__", thread=""),
        origins={row["case__id"]: row["case__from_unit_id"] for row in shown},
        after=limit_key(shown[-1]) if len(rows) > limit else "",
        counts=counts,
    )


def _above(actor: Actor, directory: OrgDirectory) -> Q:
    """Sent down by a unit above the actor's."""
    return Q(case__from_unit_id__in=chain_of(actor.unit, directory)[1:])


def _below(actor: Actor, directory: OrgDirectory) -> Q:
    """From a unit below: from any that is neither above nor of the same kind, for a place can be put right between those."""
    own = directory.unit(actor.unit)
    beside = [fact.id for fact in directory.all_of(own.kind)] if own else []
    return ~Q(case__from_unit_id__in=[0, *chain_of(actor.unit, directory), *beside])


def _of_centre(actor: Actor) -> QuerySet[Thread]:
    """The open main threads of the cases whose centre is the actor's unit, inside his scope."""
    if actor.kind != "staff" or not actor.unit:
        return Thread.objects.none()
    seen = as_q(actor.scope, Involved.objects.all(), prefix="case__")
    return Thread.objects.filter(seen, open=True, name=MAIN, case__centre_id=actor.unit)


def _tomorrow(actor: Actor, now: datetime) -> datetime:
    """The first moment of the next day where the office is."""
    today = now.astimezone(ZoneInfo(pack(actor.pack_digest).calendar.zone))
    return today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
