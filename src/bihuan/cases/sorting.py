"""The sorting desk's reading: what waits at a centre to be accepted or assigned, and one such case with its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from bihuan.access.actors import may
from bihuan.access.scope import as_q
from bihuan.cases.lines import CASE_FIELDS, THREAD_FIELDS, by_limit, limit_key, lines
from bihuan.cases.models import Case, Involved, Thread, Words
from bihuan.cases.shapes import MAIN, WorkLine
from bihuan.cases.sheet import in_scope, load
from bihuan.ledger import clock
from bihuan.places.models import WIDTHS
from bihuan.rulebook.selectors import pack
from bihuan.rules.events import Event
from bihuan.rules.procedure.decide import available
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.procedure.view import Offer
from bihuan.rules.scope import Duty

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

DECIDING = ("accept", "assign")
"""The acts with which a centre decides whether and to whom a case goes; a case type without both is sorted on its own page."""
MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits, earliest limit first. ``after``: the key of what comes next, "" = that is all."""

    lines: tuple[WorkLine, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """One case as the sorting desk shows it. ``came_back``: the returns so far, with the office and its words, latest first."""

    case_id: int
    number: str
    title: str
    what: str
    place: str
    procedure: Procedure
    pack_digest: str
    state: str
    version: int
    category: str
    kind: str
    weight: str
    urgency: str
    channel: str
    area_code: str
    about_unit: int
    about_account: int
    external_number: str
    opened_at: datetime
    offers: tuple[Offer, ...]
    came_back: tuple[tuple[Event, str], ...]


def waiting(actor: Actor, areas: Mapping[str, str], *, after: str = "", limit: int = MOST) -> Waiting:
    """Cases that wait for the actor's unit and post to be accepted or assigned, earliest limit first. One statement.

    ``areas``: the names of the places, by code.
    """
    if actor.kind != "staff" or not actor.unit:
        return Waiting(lines=(), after="")
    held = Thread.objects.filter(open=True, name=MAIN, holder_unit=actor.unit, holder_post__in=(actor.post, ""))
    held = held.filter(_to_sort(actor))
    held = held.filter(as_q(actor.scope, Involved.objects.all(), prefix="case__"))
    rows = list(by_limit(held, after).values(*THREAD_FIELDS, *(f"case__{name}" for name in CASE_FIELDS))[: limit + 1])
    shown = rows[:limit]
    found = lines(
        shown, clock.now(), case="case__", thread="", names={row["case__area_code"]: _path(row, areas) for row in shown}
    )
    return Waiting(lines=found, after=limit_key(shown[-1]) if len(rows) > limit else "")


def sorted_states(procedure: Procedure) -> frozenset[str]:
    """The states in which a centre decides whether and to whom a case of this type goes; none where it has no such acts."""
    acts = {action.key: action for action in procedure.actions}
    if not all(key in acts for key in DECIDING):
        return frozenset()
    return frozenset(state for key in DECIDING for state in acts[key].from_)


def _to_sort(actor: Actor) -> Q:
    """Threads in a state that is sorted, by the rules in force."""
    every = pack(actor.pack_digest).procedures if actor.pack_digest else {}
    wanted = [Q(case__procedure=key, state__in=sorted(states)) for key, spec in every.items() if (states := sorted_states(spec))]
    return reduce(or_, wanted, Q(pk__in=()))


def _path(row: Mapping[str, Any], areas: Mapping[str, str]) -> str:
    """The place of a row from its township down."""
    code = str(row["case__area_code"])
    named = [areas[code[:width]] for width in WIDTHS if WIDTHS[0] < width <= len(code) and code[:width] in areas]
    return "·".join(named) or areas.get(code, "")


def opened(actor: Actor, case_id: int) -> Sorted | None:
    """One case of the list with its words and what may be done; None where the actor may not see it. Three statements."""
    rows = Case.objects.filter(in_scope(actor), pk=case_id)
    sheet = next(iter(load(rows, ("title", "opened_at", "external_number")).values()), None)
    if sheet is None:
        return None
    words = _words(case_id)
    told = {name: text for seq, name, text in words if seq == 1}
    returned = {seq: text for seq, name, text in words if seq > 1}
    at = max(clock.now(), sheet.events[-1].at)
    mine = actor.kind == "staff" and may(actor, Duty.CASE_ACT)
    back = [event for event in sheet.events if event.kind == "returned" and event.thread == MAIN]
    return Sorted(
        case_id=sheet.case_id,
        number=sheet.number,
        title=sheet.beside["title"],
        what=told.get("what", ""),
        place=told.get("place", ""),
        procedure=sheet.procedure,
        pack_digest=sheet.ground.pack.digest,
        state=sheet.standing[MAIN].position.state,
        version=sheet.version,
        **{name: str(sheet.columns[name] or "") for name in ("category", "kind", "weight", "urgency", "channel")},
        area_code=sheet.area_code,
        about_unit=sheet.about_unit,
        about_account=sheet.about_account,
        external_number=sheet.beside["external_number"],
        opened_at=sheet.beside["opened_at"],
        offers=tuple(available(sheet.view(), actor.doer(), at, sheet.ground.calendar, sheet.ground.directory)) if mine else (),
        came_back=tuple((event, returned.get(event.seq, "")) for event in reversed(back)),
    )


def _words(case_id: int) -> Sequence[tuple[int, str, str]]:
    rows = Words.objects.filter(case_id=case_id, erased_at=None).order_by("seq", "pk")
    return list(rows.values_list("seq", "name", "text"))
