"""Whom a matter is about, found out by the door: the office and the person, at the opening or by a later act (avoidance)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.cases.errors import Refused
from bihuan.people.selectors import holder_of_post, units_of_account
from bihuan.rules.procedure.course import ABOUT_ACCOUNT
from bihuan.rules.procedure.shape import Action
from bihuan.rules.routing import ABOUT_UNIT_FACT, chain_of, over_all

if TYPE_CHECKING:
    from bihuan.cases.ground import Ground
    from bihuan.cases.sheet import Sheet

ABOUT_POST_FACT = "about_post"


def about_whom(*, unit: object, account: object, post: object, under: Ground, today: date) -> tuple[int, int]:
    """The unit and the account a matter is about; of a post holder also his unit, so that nobody below it sees it.

    Of one who holds posts in several units: the lowest unit over all of them, so that nobody below him anywhere sees it;
    where nothing would be left above that one to take the matter in, the unit that was named. Raises Refused.
    """
    directory = under.directory
    office, person, seat = number(unit), number(account), number(post)
    if office and directory.unit(office) is None:
        raise Refused("bad_fact", _("There is no such unit."), ABOUT_UNIT_FACT)
    if not (seat or person):
        return office, 0
    person = holder_of_post(seat, today) if seat else person
    own = units_of_account(person, today)
    if not own:
        raise Refused("bad_fact", _("There is no such member of staff."), ABOUT_POST_FACT)
    if office and not any(office in chain_of(one, directory) for one in own):
        raise Refused("bad_fact", _("Name the office or a member of its own staff, not both."), ABOUT_POST_FACT)
    whole = over_all([*own, office] if office else own, directory)
    return whole if directory.superior_of(whole) else office or own[0], person


def number(value: object) -> int:
    """A number as a form or JSON gives it; -1 for what is none."""
    if value in (None, "", 0):
        return 0
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def said(sheet: Sheet, action: Action, given: Mapping[str, Any], today: date) -> tuple[dict[str, Any], dict[str, int]]:
    """The facts of an act that says whom the case is about, with the unit found out, and the account to stand beside them.

    What is already kept from an office stays kept from it: only an act that corrects (``about`` "instead") may name one
    that does not stand above it, and only where something is to be corrected. Raises Refused.
    """
    unit, account = about_whom(
        unit=given.get(ABOUT_UNIT_FACT), account=0, post=given.get(ABOUT_POST_FACT), under=sheet.ground, today=today
    )
    if not unit:
        raise Refused("bad_fact", _("Name the office or the member of staff the matter is about."), ABOUT_UNIT_FACT)
    known = sheet.about_unit
    if action.about == "instead" and not known:
        raise Refused("guard", _("The matter is not kept from anybody yet, so there is nothing to correct."))
    if action.about == "besides" and known:
        if unit not in chain_of(known, sheet.ground.directory):
            raise Refused(
                "guard",
                _("The matter is kept from another office already; the head of the centre or the level above corrects that."),
            )
        account = account or sheet.about_account
    return {**given, ABOUT_UNIT_FACT: unit}, {ABOUT_ACCOUNT: account}
