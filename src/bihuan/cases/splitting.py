"""One report that holds two matters: the second becomes a case of its own, linked to the first. Inside the door only.

Same reporter, same avoidance, a tracking code of its own. Its overall limits count from the first report, since splitting must
not buy time; its own steps (assigning, acknowledging) count from the day it is split off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.cases import acting, opening
from bihuan.cases.batch import Batch
from bihuan.cases.errors import Refused
from bihuan.cases.paired import note_link
from bihuan.cases.shapes import OpenCommand, Opened, SplitFrom
from bihuan.cases.sheet import CONTACT, Sheet
from bihuan.rules.procedure.pairing import COUNTED_FROM

if TYPE_CHECKING:
    from bihuan.cases.acting import Act
    from bihuan.rules.procedure.shape import Action

KEPT = ("kind", "channel")
"""What the new case takes over from the first unless something else is given."""


def split(sheet: Sheet | None, act: Act, batch: Batch) -> Opened:
    """Open the new case and note it on the first one. Raises NotFound, Refused, Conflict; the caller then rolls back."""
    case = acting.admitted(sheet, act)
    action = acting.action_of(case.procedure, act.command.thread, act.command.action)
    pair = action.pair if action else None
    if action is None or pair is None or pair.act != case.procedure.start_action:
        raise Refused("unknown_action", _("There is no such act here."))
    _may_begin(case, act, action)
    asked = opening.prepared(_command(case, act))
    fresh = opening.opened(replace(asked, request=None), opening.setting_of([asked]))
    done = opening.write_cases([fresh], batch)[0]
    batch.add(case, *acting.decided(case, act, action, {pair.fact: done.case_id}, paired=True))
    note_link(batch.sheets[done.case_id], case, pair, batch)
    answer = {"case_id": done.case_id, "number": done.number, "version": done.version, "centre": done.centre}
    batch.remember(act.request, answer)
    return done


def _may_begin(case: Sheet, act: Act, action: Action) -> None:
    """Refuse before a row of the new case is written: the act itself with a case that is surely there."""
    acting.decided(
        case, act, action, {name: case.case_id for name, need in action.needs.items() if need.type == "case"}, paired=True
    )


def _command(case: Sheet, act: Act) -> OpenCommand:
    """The new case: its own words and place, everything else from the first."""
    facts: Mapping[str, Any] = act.command.facts
    first = case.events[0]
    kept = {name: case.columns[name] for name in KEPT if case.columns[name]}
    return OpenCommand(
        actor=act.command.actor,
        request_id=act.command.request_id,
        facts={**kept, **{name: value for name, value in facts.items() if name != "area"}},
        procedure=case.procedure.key,
        area_code=str(facts.get("area") or case.area_code),
        about_unit=case.about_unit,
        about_account=case.about_account,
        is_demo=case.is_demo,
        contact_id=case.beside[CONTACT] or 0,
        named=tuple(acting.people_of(case)),
        split_from=SplitFrom(case.case_id, str(first.facts.get(COUNTED_FROM) or first.at.isoformat())),
        at=act.command.at,
    )
