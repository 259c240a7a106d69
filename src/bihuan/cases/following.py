"""What becomes of merged cases when their lead comes to something: the worker's part, lawful once however often it is called."""

from __future__ import annotations

from bihuan.access.actors import system_actor
from bihuan.cases.models import Case, Link
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import MAIN, Command
from bihuan.cases.sheet import load
from bihuan.rules.procedure.pairing import MERGED, answered_by, given_on, parting
from bihuan.rules.terms import FactValue


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
    office = answered_by(lead.procedure, lead.events)
    given, parts = given_on(lead.procedure), parting(lead.procedure)
    commands: list[Command] = []
    for case_id in waiting:
        if office and given is not None:
            commands.append(_system(case_id, given.key, facts={"office": office}))
        elif parts is not None and not lead.standing[MAIN].position.open:
            commands.append(_system(case_id, parts.key, other=lead_id))
    return sum(verdict.done is not None for verdict in perform_many(commands)) if commands else 0


def _system(case_id: int, action: str, *, facts: dict[str, FactValue] | None = None, other: int = 0) -> Command:
    return Command(actor=system_actor(), case_id=case_id, action=action, facts=facts or {}, request_id="", other=other)
