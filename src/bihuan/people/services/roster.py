"""The duty roster of a unit (值班): turns by day and night. It says who answers for the unit then; nothing is checked in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.people.errors import NotLawful, Overtaken
from bihuan.people.models import Account, Shift, Unit
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer

LONGEST = timedelta(days=8)
"""One turn: a week on call with its hand-over day at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """A new turn; instants are aware. ``leads``: the leader of the turn."""

    account: int
    starts_at: datetime
    ends_at: datetime
    leads: bool = False


@transaction.atomic
def add_shifts(unit: int, rows: Sequence[ShiftRow], *, by: Doer = SYSTEM) -> tuple[int, int]:
    """Enter turns into a unit's roster: (new ones, ones that stood there already). Repeating it adds nothing.

    Raises NotLawful for a turn that ends before it begins or is too long, for somebody who is gone, and where somebody would
    be on duty twice at once.
    """
    Unit.objects.select_for_update(no_key=True).filter(pk=unit).first()
    for row in rows:
        if not row.starts_at < row.ends_at <= row.starts_at + LONGEST:
            raise NotLawful(_("A turn ends after it begins, and lasts at most eight days."), "ends")
    accounts = {row.account for row in rows}
    if Account.objects.filter(pk__in=accounts, is_active=True).count() != len(accounts):
        raise NotLawful(_("This account is not there any more, or was switched off."), "account")
    if not rows:
        return 0, 0
    first, last = min(row.starts_at for row in rows), max(row.ends_at for row in rows)
    known = Shift.objects.filter(account_id__in=accounts, ends_at__gt=first, starts_at__lt=last)
    taken = list(known.values_list("account_id", "starts_at", "ends_at", "unit_id"))
    new: list[Shift] = []
    already = 0
    for row in rows:
        if (row.account, row.starts_at, row.ends_at, unit) in taken:
            already += 1
            continue
        if any(row.account == who and row.starts_at < ends and starts < row.ends_at for who, starts, ends, _unit in taken):
            raise NotLawful(_("Somebody would be on duty twice at the same time."), "starts")
        taken.append((row.account, row.starts_at, row.ends_at, unit))
        new.append(Shift(unit_id=unit, account_id=row.account, starts_at=row.starts_at, ends_at=row.ends_at, leads=row.leads))
    created = Shift.objects.bulk_create(new)
    if created:
        enter("shifts_entered", [shift.pk for shift in created], by, unit=unit)
    return len(created), already


@transaction.atomic
def remove_shift(shift_id: int, *, unit: int, by: Doer = SYSTEM) -> None:
    """Take a turn out of a unit's roster. Raises Overtaken when it is not there any more."""
    found = Shift.objects.select_for_update().filter(pk=shift_id, unit_id=unit).first()
    if found is None:
        raise Overtaken(_("This turn is not in the roster any more."), "shift")
    account = found.account_id
    found.delete()
    enter("shift_removed", [shift_id], by, unit=unit, account=account)
