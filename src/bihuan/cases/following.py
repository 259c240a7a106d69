"""What becomes of merged cases when their lead comes to something: the worker's part, lawful once however often it is called."""

from __future__ import annotations

from bihuan.access.actors import system_actor
from bihuan.cases.models import Case, Link
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import MAIN, Command
from bihuan.cases.sheet import Sheet, load
from bihuan.rules.procedure.shape import STAY, Action
from bihuan.rules.terms import FactValue

MERGED = "merged"


def merged_into(case_id: int) -> list[int]:
    """The cases that go on in this one. One statement."""
    rows = Link.objects.filter(other_id=case_id, kind=MERGED, ended_at=None)
    return list(rows.order_by("case_id").values_list("case_id", flat=True))


def follow_lead(lead_id: int) -> int:
    """Bring the answer of a lead to everything merged into it; where it ended without one, let each go on alone.

    How many cases moved on. A case that has left the lead meanwhile is left alone: the act is no longer lawful there.
    """
    waiting = merged_into(lead_id)[:MOST]
    lead = load(Case.objects.filter(pk=lead_id)).get(lead_id) if waiting else None
    if lead is None:
        return 0
    office = answered_by(lead)
    given = _given_on(lead)
    commands: list[Command] = []
    for case_id in waiting:
        if office and given is not None:
            commands.append(_system(case_id, given.key, facts={"office": office}))
        elif not lead.standing[MAIN].position.open:
            commands.append(_system(case_id, _parting(lead), other=lead_id))
    return sum(verdict.done is not None for verdict in perform_many(commands)) if commands else 0


def answered_by(lead: Sheet) -> int:
    """The unit whose answer was passed since the matter was last opened or reopened; 0 = none yet."""
    said = {action.event: action.says for action in lead.procedure.actions}
    office, passed = 0, False
    for event in lead.events:
        says = said.get(event.kind, "") if event.thread == MAIN else ""
        if says == "answer_out":
            office, passed = event.by.unit, False
        elif says == "again":
            office, passed = 0, False
        elif says == "answer_passed":
            passed = True
    return office if passed else 0


def _given_on(lead: Sheet) -> Action | None:
    """The system's act by which a merged case takes the lead's answer over."""
    state = next((pair.to.state for pair in lead.procedure.actions if pair.pair and pair.pair.link == MERGED), "")
    acts = (one for one in lead.procedure.actions if state in one.from_ and one.who == ("system",) and "office" in one.needs)
    return next((one for one in acts if one.to.state != STAY), None)


def _parting(lead: Sheet) -> str:
    """The act that takes a merge back."""
    return next(one.key for one in lead.procedure.actions if one.pair and one.pair.unlink == MERGED)


def _system(case_id: int, action: str, *, facts: dict[str, FactValue] | None = None, other: int = 0) -> Command:
    return Command(actor=system_actor(), case_id=case_id, action=action, facts=facts or {}, request_id="", other=other)
