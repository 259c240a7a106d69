"""Circulars: drafted for a period from the record of limits, signed by the head of the issuing centre, read by its offices.

Offices only: what is about an office or a person stands in no circular, nobody is named, and the list follows the offices'
own order, never how much or how little was reported.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases import selectors as cases
from bihuan.cases.asking import check_storable
from bihuan.cases.named import all_named_in
from bihuan.cases.words import plain
from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.rulebook.numbering import draw
from bihuan.rulebook.selectors import calendar_for, pack
from bihuan.rules.scope import Duty
from bihuan.supervision import scope
from bihuan.supervision.errors import Conflict, NotFound, Refused
from bihuan.supervision.models import Circular, CircularLine
from bihuan.supervision.shapes import DRAFTED, SIGNED, VOID
from bihuan.vault.free_text import hide, hide_names

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

NUMBER = "circular"
OPENING_MAX, LONGEST_PERIOD, MOST_LINES = 2000, 370, 1000


def overall_clocks(digest: str) -> tuple[str, ...]:
    """The limits whose passing the pack follows with an ordinary letter: those of a matter as a whole."""
    found: list[str] = []
    for follow in pack(digest).later.follows:
        if follow.on == "limit_passed" and any(each.grade == "ordinary" for each in follow.then):
            found += [value for name, values in follow.where.facts if name == "clock" for value in values]
    return tuple(dict.fromkeys(found))


def draft(actor: Actor, since: date, until: date) -> int:
    """Begin a circular of the overdue matters whose limit fell in a period, as they stand now; its id. Raises Refused."""
    if not may(actor, Duty.LETTER_SIGN):
        raise Refused("not_allowed", _("Your post may not do this."))
    if until < since or (until - since).days > LONGEST_PERIOD:
        raise Refused("bad_fact", _("The period ends before it begins, or is longer than a year."), "until")
    now, calendar = clock.now(), calendar_for(pack(actor.pack_digest))
    begins = calendar.at_wall_clock(datetime.combine(since, time.min))
    ends = min(now, calendar.at_wall_clock(datetime.combine(until, time.max)))
    overdue = cases.overdue(actor, begins, ends, overall_clocks(actor.pack_digest), limit=MOST_LINES)
    with transaction.atomic(durable=True):
        circular = Circular.objects.create(
            issuer_id=actor.unit, area_code=actor.area_code, since=since, until=until, drafted_at=now
        )
        CircularLine.objects.bulk_create(
            CircularLine(
                circular_id=circular.pk, unit_id=one.unit, case_id=one.case_id, number=one.number, clock=one.clock,
                due_at=one.due_at, ended_at=one.ended_at, summary=one.title[:200],
            )
            for one in sorted(overdue, key=lambda one: (one.unit, one.due_at, one.case_id))
        )  # fmt: skip
        record(f"circular:{circular.pk}", "circular_drafted", by=actor.doer(), at=now, facts={"lines": len(overdue)})
    return int(circular.pk)


def sign(actor: Actor, circular_id: int, *, opening: str, seen: int) -> str:
    """Sign and publish a draft with its next number; again by the same leader gives the same.

    Raises NotFound, Refused, Conflict.
    """
    check_storable({"opening": opening})
    if len(opening) > OPENING_MAX:
        raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": OPENING_MAX}, "opening")
    now = clock.now()
    with transaction.atomic(durable=True):
        circular = _locked(actor, circular_id)
        if circular.state == SIGNED and circular.signed_by == actor.account:
            return str(circular.number)
        if circular.state != DRAFTED or circular.version != seen:
            raise Conflict(_("Somebody was faster. Look at what has changed, then decide again."), (), circular.version)
        rules = pack(actor.pack_digest)
        number = draw(NUMBER, pack=rules, calendar=calendar_for(rules), unit=actor.unit, unit_name=actor.unit_name, at=now)
        about = list(CircularLine.objects.filter(circular_id=circular_id).values_list("case_id", flat=True)) if opening else []
        said = hide(hide_names(plain(opening), all_named_in(opening, about)))[0]
        Circular.objects.filter(pk=circular_id).update(
            state=SIGNED, number=number, opening=said, signed_at=now, signed_by=actor.account,
            version=circular.version + 1,
        )  # fmt: skip
        record(f"circular:{circular_id}", "circular_signed", by=actor.doer(), at=now, facts={"number": number})
    return number


def drop(actor: Actor, circular_id: int) -> None:
    """Drop a draft. Raises NotFound, Refused (it is published)."""
    with transaction.atomic(durable=True):
        circular = _locked(actor, circular_id)
        if circular.state != DRAFTED:
            raise Refused("wrong_state", _("This circular is published."))
        Circular.objects.filter(pk=circular_id).update(state=VOID)
        record(f"circular:{circular_id}", "circular_dropped", by=actor.doer())


def _locked(actor: Actor, circular_id: int) -> Circular:
    if not may(actor, Duty.LETTER_SIGN):
        raise Refused("not_allowed", _("Your post may not do this."))
    mine = Circular.objects.select_for_update().filter(scope.circulars(actor), issuer_id=actor.unit)
    circular = mine.filter(pk=circular_id).first()
    if circular is None:
        raise NotFound(_("There is no such circular."))
    return circular
