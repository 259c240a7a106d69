"""What waits for a post: whether somebody sits there, and what a successor could not do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count

from bihuan.cases.models import Case, Thread
from bihuan.cases.sheet import Sheet, load
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.rules.procedure.decide import available
from bihuan.rules.terms import Doer, Holder

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 200
"""Matters looked at one by one when a post is handed over."""


@dataclass(frozen=True, slots=True)
class VacantPost:
    """A post in a unit for which matters wait and in which nobody sits today. ``post`` "" = any post of the unit."""

    unit: int
    post: str
    waiting: int


def vacant(on: date) -> list[VacantPost]:
    """Posts for which matters wait while nobody sits there (ended, switched off, away without a deputy). Two statements."""
    held = Thread.objects.filter(open=True, holder_unit__gt=0).values_list("holder_unit", "holder_post")
    rows = list(held.annotate(n=Count("pk")).order_by("holder_unit", "holder_post"))
    if not rows:
        return []
    seated = people.seated(on)
    staffed = {unit for unit, _post in seated}
    return [VacantPost(unit, post, n) for unit, post, n in rows if ((unit, post) not in seated if post else unit not in staffed)]


def waiting_for(unit: int, post: str) -> int:
    """How many lines of matters wait for a post of a unit. One statement."""
    return _held(unit, post).count()


def out_of_reach(unit: int, post: str, *, before: int, after: int) -> int:
    """Of what waits for a post, in how many matters the account ``after`` may not do all that ``before`` may.

    They drafted or asked for it themselves: somebody else of the unit, or a deputy, has to. Looks at 200 matters at most.
    """
    ids = set(_held(unit, post).order_by("pk").values_list("case_id", flat=True)[:MOST])
    sheets = load(Case.objects.filter(pk__in=ids)) if ids else {}
    return sum(bool(_acts(sheet, unit, post, before) - _acts(sheet, unit, post, after)) for sheet in sheets.values())


def _held(unit: int, post: str) -> QuerySet[Thread]:
    return Thread.objects.filter(open=True, holder_unit=unit, holder_post=post)


def _acts(sheet: Sheet, unit: int, post: str, account: int) -> set[tuple[str, str]]:
    """The acts (thread, action) whose turn lies with that post and which the account may do in it."""
    doer = Doer(kind="staff", account=account, unit=unit, post=post)
    at = max(clock.now(), sheet.events[-1].at)
    turn = {name for name, one in sheet.standing.items() if one.position.holder == Holder(unit, post)}
    offers = available(sheet.view(), doer, at, sheet.ground.calendar, sheet.ground.directory)
    return {(offer.thread, offer.action.key) for offer in offers if offer.refusal is None and offer.thread in turn}
