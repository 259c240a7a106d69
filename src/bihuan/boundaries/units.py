"""A unit ended at the desk: refused while it holds open work or has units under it, whoever acts at that moment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.boundaries.services import CannotRedraw
from bihuan.cases.gist import count_held
from bihuan.ledger.acts import wait_for_acts
from bihuan.people.selectors import directory
from bihuan.people.services import end_unit, lock_organisation

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


@transaction.atomic
def end(*, actor: Actor, unit: int, last_day: date) -> None:
    """Close a unit after a day. What acts under way give it is waited for and counted. Raises CannotRedraw, with the reason."""
    wait_for_acts()
    lock_organisation()
    here = directory()
    if here.unit(unit) is None:
        raise CannotRedraw(_("This unit has been ended already."))
    held = count_held(unit)
    if held:
        raise CannotRedraw(_("This unit still holds open work: %(n)d. Hand it over first.") % {"n": held})
    if here.has_below(unit):
        raise CannotRedraw(_("Units still stand under this one: put them under another one first."))
    end_unit(unit, last_day=last_day, by=actor.doer())
