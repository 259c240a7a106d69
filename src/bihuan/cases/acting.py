"""One act on one case inside the door's transaction: was somebody faster, is it lawful, what does it write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.cases import parties
from bihuan.cases.about import said
from bihuan.cases.asking import asked, check_storable, refused
from bihuan.cases.attachments import check_enclosed
from bihuan.cases.batch import Asked, Batch
from bihuan.cases.errors import Changed, Conflict, NotFound, Refused
from bihuan.cases.fold import actions_of
from bihuan.cases.shapes import Command, Done
from bihuan.cases.sheet import NAME, Sheet, moment
from bihuan.cases.words import Written
from bihuan.files.owners import owner_of
from bihuan.ledger import clock
from bihuan.people.directory import OrgDirectory
from bihuan.people.selectors import accounts, unit_names
from bihuan.people.services.contacts import ContactDetails, opened_name
from bihuan.rules.clocks.reading import kind_of
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.acts import FILES, asked_event
from bihuan.rules.procedure.course import TO_STATE
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED, decide
from bihuan.rules.procedure.duties import may_perform
from bihuan.rules.procedure.shape import Action, Procedure
from bihuan.rules.procedure.view import Decision, Refusal
from bihuan.rules.routing import AREA_FACT


@dataclass(frozen=True, slots=True)
class Act:
    """A command that may be tried: its text can be stored, its request has a digest."""

    command: Command
    request: Asked | None
    at: datetime


def prepared(command: Command) -> Act:
    """Check what can be checked before anything is read. Raises Refused."""
    now = clock.now()
    if command.at is not None and command.at > now:
        raise Refused("bad_fact", _("The time given lies in the future."), "at")
    check_storable({"thread": command.thread, "action": command.action})
    check_storable(command.facts)
    what = {
        "case": command.case_id,
        "thread": command.thread,
        "action": command.action,
        "facts": dict(command.facts),
        **({"other": command.other} if command.other else {}),
    }
    return Act(command, asked(command.actor, command.request_id, what), command.at or now)


def act_on(sheet: Sheet | None, act: Act, batch: Batch) -> Done:
    """Decide one act and add what it writes to the batch. Raises NotFound, Conflict, Refused."""
    case = admitted(sheet, act)
    action = action_of(case.procedure, act.command.thread, act.command.action)
    code = act.command.facts.get(AREA_FACT)
    if action and AREA_FACT in action.needs and isinstance(code, str) and code and batch.area(code.strip()) is None:
        raise Refused("bad_fact", _("There is no such area."), AREA_FACT)
    decision, written = decided(case, act, action, act.command.facts, look=batch.each)
    batch.add(case, decision, written)
    waits = action is not None and any(event.kind == asked_event(action) for event in decision.events)
    return done_with(case, act, batch, asked=action.approve.who if action and action.approve and waits else ())


def admitted(sheet: Sheet | None, act: Act) -> Sheet:
    """The case, when the actor sees it, may act at all and nobody was faster. Raises NotFound, Refused, Conflict."""
    if sheet is None:
        raise NotFound(_("There is no such case."))
    actor = act.command.actor
    action = action_of(sheet.procedure, act.command.thread, act.command.action)
    if actor.kind == "staff" and not may_perform(actor.duties, actor.post, action):
        raise Refused("not_allowed", _("Your post may not do this."))
    check_seen(sheet, act.command.seen, act.command)
    return sheet


def done_with(sheet: Sheet, act: Act, batch: Batch, *, asked: tuple[str, ...] = ()) -> Done:
    """The answer to an act that was added to the batch, kept with its request. ``asked``: who decides, where it waits."""
    command = act.command
    done = Done(case_id=sheet.case_id, version=sheet.version, state=sheet.standing[command.thread].position.state, asked=asked)
    kept = {"case_id": done.case_id, "version": done.version, "state": done.state}
    batch.remember(act.request, {**kept, "asked": list(asked)} if asked else kept)
    return done


def check_seen(sheet: Sheet, seen: int | None, command: Command) -> None:
    """Raises Conflict when something happened in the thread since the actor looked."""
    newer = _newer(sheet, seen, command.thread)
    if newer:
        raise Conflict(
            _("Somebody was faster. Look at what has changed, then decide again."),
            _told(newer, command.actor.kind, sheet.ground.directory),
            sheet.version,
        )


def decided(
    sheet: Sheet,
    act: Act,
    action: Action | None,
    facts: Mapping[str, Any],
    *,
    key: str = "",
    paired: bool = False,
    look: bool = False,
) -> tuple[Decision, Written]:
    """The rules' decision on one case with the words it takes. ``key``: another act than the command's. Raises Refused.

    ``look``: see now whether files brought along wait for this actor, so that they refuse this act alone.
    """
    actor = act.command.actor
    written, at = Written(files_of=owner_of(actor)), moment(sheet, act.at)
    beside: dict[str, int] = {}
    if action is not None and action.about:
        facts, beside = said(sheet, action, facts, sheet.ground.calendar.local(at).date())
    people = parties.named(action.needs, facts) if action else {}
    facts = {**facts, **parties.standing_in(people)}
    if action:
        check_enclosed(action.needs, facts, written.files_of, sheet.events, resident=actor.kind == "resident", look=look)
    decision = decide(
        sheet.view(),
        thread=act.command.thread,
        action=key or act.command.action,
        facts=written.hidden(action.needs, facts, names=_names(sheet, action, facts, people)) if action else dict(facts),
        doer=act.command.actor.doer(),
        at=at,
        calendar=sheet.ground.calendar,
        directory=sheet.ground.directory,
        refer=written.refer,
        paired=paired,
        beside=beside,
    )
    if isinstance(decision, Refusal):
        raise refused(decision)
    if people:
        decision = parties.kept(decision, people, is_demo=sheet.is_demo)
    return decision, written


def _names(sheet: Sheet, action: Action, facts: Mapping[str, Any], people: Mapping[str, ContactDetails]) -> list[str]:
    """The names of the people of a case, for an act that brings words or files: resident, further parties, those named now.

    No statement but where further parties were named; nothing is opened for an act without words and files.
    """
    if not any(need.type in ("text", *FILES) and facts.get(name) for name, need in action.needs.items()):
        return []
    return [*people_of(sheet), *(each.name for each in people.values())]


def people_of(sheet: Sheet) -> list[str]:
    """The names of a case's resident and further parties in clear, for masking alone. One statement where there are parties."""
    sealed = bytes(sheet.beside.get(NAME) or b"")
    names = [opened_name(sealed)] if sealed else []
    return [name for name in (*names, *parties.names_of(sheet)) if name]


def action_of(procedure: Procedure, thread: str, key: str) -> Action | None:
    """The action of that key in a thread, None when there is none (the rules then refuse it)."""
    kind = MAIN if thread == MAIN else kind_of(thread)
    return next((action for action in actions_of(procedure, kind) if action.key == key), None)


def _newer(sheet: Sheet, seen: int | None, thread: str) -> list[Event]:
    """What happened in the thread since the actor looked. That a limit passed or came near is no change of what he saw."""
    if seen is None:
        return []
    noted = (LIMIT_PASSED, LIMIT_NEAR)
    return [event for event in sheet.events if event.seq > seen and event.thread == thread and event.kind not in noted]


def _told(newer: Sequence[Event], reader: str, directory: OrgDirectory) -> list[Changed]:
    """Who did what meanwhile; residents read which office, never which person. A unit that has ended is asked for by name."""
    staff = reader == "staff"
    names = accounts({event.by.account for event in newer if event.by.account}) if staff else {}
    units = {unit: directory.name_of(unit) for unit in {event.by.unit for event in newer if event.by.unit}}
    units |= unit_names({unit for unit, name in units.items() if not name})
    return [
        Changed(
            seq=event.seq,
            kind=event.kind,
            thread=event.thread,
            at=event.at,
            account=event.by.account if staff else 0,
            unit=event.by.unit,
            who=names[event.by.account].name if event.by.account in names else "",
            unit_name=units.get(event.by.unit, ""),
            state=str(event.facts.get(TO_STATE) or ""),
        )
        for event in newer
    ]
