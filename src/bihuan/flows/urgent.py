"""An urgent matter comes into somebody's hands: who is on duty there is told at once, day or night."""

from __future__ import annotations

from bihuan.access.actors import actor_for
from bihuan.cases import selectors as cases
from bihuan.flows.telling import event_of, office_calendar, tell
from bihuan.ledger.services import Claim
from bihuan.notify.services import notify
from bihuan.notify.shapes import Note
from bihuan.people.selectors import on_duty, posts_of
from bihuan.rules.clocks.reading import HOLDER_POST, HOLDER_UNIT

KIND = "urgent"


def tell_urgent(work: Claim) -> None:
    """A notice to whoever is on duty in the unit that now holds it; where no roster says so, to the post that holds it.

    Whoever does not see the case by their own scope is passed over (avoidance); then, too, the post is told.
    """
    event, case_id = event_of(work), int(str(work.payload["case"]))
    unit, post = int(str(event.facts.get(HOLDER_UNIT) or 0)), str(event.facts.get(HOLDER_POST) or "")
    ref, today = f"urgent:{case_id}:{event.seq}", office_calendar().local(event.at).date()
    notes = []
    for account in dict.fromkeys(shift.account for shift in on_duty(unit, event.at)):
        seats = [seat for seat in posts_of(account, on=today) if seat.unit == unit and cases.seen(actor_for(seat.id), [case_id])]
        notes += [
            Note(account=account, post_id=seat.id, kind=KIND, ref=f"{ref}:{seat.id}", case_id=case_id, facts={}, at=None)
            for seat in seats[:1]
        ]
    if notes:
        notify(notes)
    else:
        tell(unit=unit, post=post, kind=KIND, ref=ref, case_id=case_id)
