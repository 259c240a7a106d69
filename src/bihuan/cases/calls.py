"""The residents to be phoned after their matters were answered: whom, when it was tried before, and who may not call.

A matter stands here while it waits for the actor's post and the act it waits for says what the resident says (a finding,
``Action.says``). Nothing of the resident but the masked name and phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bihuan.cases.lines import OPEN_LIGHTS, by_limit, light_of_thread
from bihuan.cases.models import Case
from bihuan.cases.selectors import waiting_for
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import Sheet, load
from bihuan.ledger import clock
from bihuan.rulebook.selectors import pack
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.decide import available
from bihuan.rules.procedure.shape import Procedure

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

FINDING = "finding"
MOST = 100
NOON = 12
_FIELDS = ("name", "state", "due_at", "amber_at", "stopped_at", "paused", "provisional", "entered_at")
_BESIDE = ("title", "opened_at", "contact_id", "contact__name_masked", "contact__phone_masked")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One matter whose resident is to be phoned. ``name``, ``phone``: masked, "" where none is held.

    ``tries``: when it was tried since the matter came here. ``barred``: why this actor may not call (the pack's sentence).
    """

    case_id: int
    number: str
    title: str
    procedure: str
    light: str
    due_at: datetime | None
    provisional: bool
    name: str
    phone: str
    tries: tuple[datetime, ...]
    barred: str

    def tried_in_half(self, now: datetime, calendar: Calendar) -> bool:
        """True when somebody has tried in this half of this day: another try now would count for nothing."""
        return half_of(now, calendar) in {half_of(at, calendar) for at in self.tries}


def half_of(at: datetime, calendar: Calendar) -> tuple[object, bool]:
    """The day and the half of it (True = from noon on)."""
    there = calendar.local(at)
    return there.date(), there.hour >= NOON


def finding_states(procedure: Procedure) -> frozenset[str]:
    """The states in which the resident is asked."""
    return frozenset(state for act in procedure.actions if act.says == FINDING for state in act.from_)


def call_list(actor: Actor) -> tuple[CallLine, ...]:
    """The actor's calls, earliest limit first. Three statements."""
    now = clock.now()
    states = {state for spec in pack(actor.pack_digest).procedures.values() for state in finding_states(spec)}
    threads = by_limit(waiting_for(actor).filter(name=MAIN, state__in=states), "")
    rows = list(threads.values("case_id", *_FIELDS)[:MOST])
    sheets = load(Case.objects.filter(pk__in=[row["case_id"] for row in rows]), _BESIDE) if rows else {}
    found = []
    for row in rows:
        sheet = sheets[row["case_id"]]
        found.append(_line(sheet, row, actor, now))
    return tuple(found)


def _line(sheet: Sheet, row: dict[str, object], actor: Actor, now: datetime) -> CallLine:
    due_at, entered = row["due_at"], sheet.standing[MAIN].entered_at
    events = {act.event for act in sheet.procedure.actions if act.says == FINDING}
    light = light_of_thread(due_at, row["amber_at"], row["stopped_at"], bool(row["paused"]), now)  # type: ignore[arg-type]
    return CallLine(
        case_id=sheet.case_id,
        number=sheet.number,
        title=str(sheet.beside["title"]),
        procedure=sheet.procedure.key,
        light=light if light in OPEN_LIGHTS else "",
        due_at=due_at,  # type: ignore[arg-type]
        provisional=bool(row["provisional"]),
        name=sheet.beside["contact__name_masked"] or "",
        phone=sheet.beside["contact__phone_masked"] or "",
        tries=tuple(event.at for event in sheet.events if event.kind in events and event.at >= entered),
        barred=_barred(sheet, actor, now),
    )


def _barred(sheet: Sheet, actor: Actor, now: datetime) -> str:
    at = max(now, sheet.events[-1].at)
    offers = available(sheet.view(), actor.doer(), at, sheet.ground.calendar, sheet.ground.directory)
    return next((offer.refused for offer in offers if offer.action.says == FINDING and offer.thread == MAIN), "")
