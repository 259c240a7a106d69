"""Notices that follow from events of cases: to whom, from when, and never to somebody who must not know of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bihuan.access.actors import actor_for
from bihuan.cases import selectors as cases
from bihuan.cases.sheet import stream_of
from bihuan.ledger import clock
from bihuan.ledger.selectors import stream_events
from bihuan.ledger.services import Claim
from bihuan.notify.services import notify
from bihuan.notify.shapes import Note
from bihuan.people.selectors import PostFact, holders_of
from bihuan.rulebook.selectors import calendar_for, current_pack
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reminders import BEFORE
from bihuan.rules.events import Event
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue

KINDS = {"limit_passed": "limit_over", "limit_near": "limit_near"}


def event_of(work: Claim) -> Event:
    """The event of a case that a piece of work follows. Raises LookupError when its case has no such event."""
    case_id, seq = int(str(work.payload["case"])), int(str(work.payload["seq"]))
    events, _head = stream_events(stream_of(case_id))
    found = next((event for event in events if event.seq == seq), None)
    if found is None:
        raise LookupError(f"case {case_id} has no event {seq}")
    return found


def office_calendar() -> Calendar:
    """The calendar of the rules in force."""
    return calendar_for(current_pack())


def tell(
    *,
    unit: int,
    post: str,
    kind: str,
    ref: str,
    case_id: int = 0,
    href: str = "",
    facts: Mapping[str, FactValue] | None = None,
    at: datetime | None = None,
    duty: Duty = Duty.CASE_ACT,
) -> int:
    """Write a notice to everybody who holds a post in a unit today ("" = any post with the duty); how many were new.

    Whoever does not see the case by their own scope is passed over (avoidance). ``at``: from when it is shown, None = at once.
    """
    today = office_calendar().local(clock.now()).date()
    readers = [one for one in holders_of(unit, post, on=today) if _may_know(one, case_id, None if post else duty)] if unit else []
    notes = [
        Note(
            account=one.account, post_id=one.id, kind=kind, ref=f"{ref}:{one.id}", case_id=case_id, href=href,
            facts=facts or {}, at=at,
        )
        for one in readers
    ]  # fmt: skip
    return notify(notes)


def _may_know(post: PostFact, case_id: int, duty: Duty | None) -> bool:
    actor = actor_for(post.id)
    if duty is not None and duty not in actor.duties:
        return False
    return not case_id or bool(cases.seen(actor, [case_id]))


def tell_limit(work: Claim) -> None:
    """A limit came near or passed: whoever holds the thread reads it, from the next office hour on."""
    event, case_id = event_of(work), int(str(work.payload["case"]))
    who = "charged" if event.kind == "limit_passed" else "reminded"
    kind = "limit_before" if event.facts.get("stage") == BEFORE else KINDS[event.kind]
    tell(
        unit=int(str(event.facts.get(f"{who}_unit") or 0)),
        post=str(event.facts.get(f"{who}_post") or ""),
        kind=kind,
        ref=f"case:{case_id}:{event.seq}",
        case_id=case_id,
        facts={"clock": event.facts.get("clock"), "due": event.facts.get("due")},
        at=office_calendar().opening_from(clock.now()),
    )


def tell_reminded(work: Claim) -> None:
    """The centre reminded whoever holds the case: they read it at once."""
    case_id, seq = int(str(work.payload["case"])), int(str(work.payload["seq"]))
    holder = cases.holder(case_id)
    tell(unit=holder.unit, post=holder.post, kind="reminded", ref=f"case:{case_id}:{seq}", case_id=case_id)


def tell_copied(work: Claim) -> None:
    """A matter was given to an office with a copy to its leader: whoever signs there reads it at once."""
    event, case_id = event_of(work), int(str(work.payload["case"]))
    office = int(str(event.facts.get("office") or 0))
    if office:
        tell(unit=office, post="", duty=Duty.CASE_SIGN, kind="copied", ref=f"case:{case_id}:{event.seq}", case_id=case_id)


def tell_thread(work: Claim, event: Event, kind: str) -> None:
    """Something happened beside the main line: whoever holds that thread now reads it at once."""
    case_id = int(str(work.payload["case"]))
    holder = cases.holder(case_id, event.thread)
    tell(unit=holder.unit, post=holder.post, kind=kind, ref=f"case:{case_id}:{event.seq}", case_id=case_id)
