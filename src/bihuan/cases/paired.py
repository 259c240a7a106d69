"""Two acts on two cases, both or neither: merging, taking it back, linking, splitting off. Inside the door only.

The pack says which acts go together (``pair``); the door fills the facts that name the cases, and brings along the limits of a
matter that goes on in another (``earliest``): they are read from the other case's own ledger, never taken from a form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.cases import acting
from bihuan.cases.batch import Batch
from bihuan.cases.errors import CaseError, NotFound, Refused
from bihuan.cases.shapes import Done
from bihuan.cases.sheet import Sheet, moment
from bihuan.rules.procedure.pairing import brought, linked
from bihuan.rules.procedure.shape import Pair

if TYPE_CHECKING:
    from bihuan.cases.acting import Act


def tried(sheet: Sheet | None, other: Sheet | None, act: Act, batch: Batch) -> Done | CaseError:
    """One act of a batch with its error as a value: the batch and the sheets are as before when it fails."""
    try:
        return act_on(sheet, other, act, batch)
    except CaseError as error:
        return error


def act_on(sheet: Sheet | None, other: Sheet | None, act: Act, batch: Batch) -> Done:
    """One act, together with its counterpart on a second case where the command names one.

    Both are decided before either is added. Raises NotFound, Conflict, Refused.
    """
    if not act.command.other:
        return acting.act_on(sheet, act, batch)
    case = acting.admitted(sheet, act)
    if other is None:
        raise NotFound(_("There is no such case."))
    if other.case_id == case.case_id:
        raise Refused("bad_fact", _("Name another matter than this one."), "other")
    _both(case, other, act, batch)
    return acting.done_with(case, act, batch)


def _both(sheet: Sheet, other: Sheet, act: Act, batch: Batch) -> None:
    """Decide the act and the one it is paired with, then add both. Raises Conflict, NotFound, Refused."""
    action = acting.action_of(sheet.procedure, act.command.thread, act.command.action)
    pair = action.pair if action else None
    if action is None or pair is None or not (pair.link or pair.unlink) or pair.act == sheet.procedure.start_action:
        raise Refused("unknown_action", _("There is no such act here."))
    check_about(sheet, other)
    acting.check_seen(other, act.command.seen_other, act.command)
    counterpart = acting.action_of(other.procedure, act.command.thread, pair.act)
    back = counterpart.pair if counterpart else None
    if counterpart is None or back is None:
        raise Refused("unknown_action", _("There is no such act here."))
    if pair.unlink and not linked(sheet.procedure, sheet.events, other.case_id, pair, action):
        raise NotFound(_("These two matters are not linked."))
    first = acting.decided(sheet, act, action, {**act.command.facts, pair.fact: other.case_id}, paired=True)
    now = moment(sheet, other.events[-1].at)
    limits = brought(sheet.procedure, sheet.events, other.procedure, counterpart, sheet.ground.calendar, now)
    given: dict[str, Any] = {back.fact: sheet.case_id, **limits}
    try:
        second = acting.decided(other, act, counterpart, given, key=pair.act, paired=True)
    except Refused as refusal:
        raise Refused(refusal.code, _("The other matter: %(say)s") % {"say": refusal.say}, "other") from refusal
    batch.add(sheet, *first)
    batch.add(other, *second)
    note_link(sheet, other, pair, batch)


def note_link(sheet: Sheet, other: Sheet, pair: Pair, batch: Batch) -> None:
    """The index row of the link that the pair begins or ends; a link that has no direction stands once, lower number first."""
    kind, at = pair.link or pair.unlink, sheet.events[-1].at
    one, two = sheet.case_id, other.case_id
    if kind == "related":
        one, two = min(one, two), max(one, two)
    if kind:
        batch.links[one, two, kind] = (at, at if pair.unlink else None)


def check_about(sheet: Sheet, other: Sheet) -> None:
    """Raises Refused unless both matters are about the same office or person, or about none.

    Else the one's ledger would tell those it is kept from that the other exists.
    """
    if (sheet.about_unit, sheet.about_account) != (other.about_unit, other.about_account):
        say = _("One of the two is about an office or a member of staff and is kept from them; it stays on its own.")
        raise Refused("guard", say, "other")
