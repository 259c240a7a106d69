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
from bihuan.rules.clocks.reading import read
from bihuan.rules.procedure.shape import Action, Pair

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
    if pair.unlink and not _linked(sheet, other, pair, action):
        raise NotFound(_("These two matters are not linked."))
    first = acting.decided(sheet, act, action, {**act.command.facts, pair.fact: other.case_id}, paired=True)
    brought: dict[str, Any] = {back.fact: sheet.case_id, **_limits(sheet, other, counterpart)}
    try:
        second = acting.decided(other, act, counterpart, brought, key=pair.act, paired=True)
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


def _linked(sheet: Sheet, other: Sheet, pair: Pair, ending: Action) -> bool:
    """Whether the case's own ledger says that such a link to the other began and has not ended."""
    begins = {
        action.event: action.pair.fact
        for action in sheet.procedure.actions
        if action.pair is not None and action.pair.link == pair.unlink
    }
    linked = False
    for event in sheet.events:
        if event.kind in begins and event.facts.get(begins[event.kind]) == other.case_id:
            linked = True
        elif event.kind == ending.event and event.facts.get(pair.fact) == other.case_id:
            linked = False
    return linked


def _limits(sheet: Sheet, lead: Sheet, counterpart: Action) -> dict[str, str]:
    """The limits that the case brings to its lead: of each clock there that asks for them the earliest one that runs here."""
    now = moment(sheet, lead.events[-1].at)
    own = {spec.key: spec for spec in sheet.procedure.clocks}
    found: dict[str, str] = {}
    for spec in lead.procedure.clocks:
        earliest = spec.earliest
        if earliest is None or earliest.event != counterpart.event or earliest.fact in found:
            continue
        readings = [read(own[key], sheet.events, sheet.ground.calendar, now) for key in earliest.of if key in own]
        due = [one.due_at for one in readings if one.state in ("running", "paused") and one.due_at is not None]
        if due and earliest.fact in counterpart.needs:
            found[earliest.fact] = min(due).isoformat()
    return found
