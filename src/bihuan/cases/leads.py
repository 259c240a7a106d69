"""What somebody whose matter was merged into another reads of that other one: its public course, never its reporter's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bihuan.cases.models import Case
from bihuan.cases.shapes import TrackStep
from bihuan.cases.sheet import Sheet, load
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.course import TO_STATE

TOLD = frozenset({"answer", "answer_out", "answer_passed", "again", "progress"})
"""What the lead's offices say to everybody. A question to its reporter, a call and a rating are between the two."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The matter in which another one goes on, since when, and until its answer was shared (None = not yet)."""

    sheet: Sheet
    since: datetime
    until: datetime | None


def lead_of(sheet: Sheet) -> Lead | None:
    """The lead of a merged case, also after its answer was shared; None where the case goes its own way. Two statements."""
    pairs = {action.event: action.pair for action in sheet.procedure.actions if action.pair is not None}
    lead, since, until = 0, sheet.events[0].at, None
    for event in sheet.events:
        pair = pairs.get(event.kind)
        if pair is not None and pair.link == "merged":
            lead, since, until = int(str(event.facts.get(pair.fact) or 0)), event.at, None
        elif pair is not None and pair.unlink == "merged":
            lead = 0
        elif lead and until is None and event.thread == MAIN and TO_STATE in event.facts:
            until = event.at
    found = load(Case.objects.filter(pk=lead)).get(lead) if lead else None
    return Lead(found, since, until) if found is not None else None


def with_lead(own: tuple[TrackStep, ...], told: tuple[TrackStep, ...], lead: Lead) -> tuple[TrackStep, ...]:
    """Both courses in one, in the order of time: of the lead what its offices say, up to the answer that was shared."""
    says = lead.sheet.procedure.said_by()
    shared = [
        step
        for step in told
        if not step.by_resident and (lead.until is None or step.at <= lead.until)
        and (says.get(step.kind) in TOLD or (step.office and step.at >= lead.since))
    ]  # fmt: skip
    return tuple(sorted((*own, *shared), key=lambda step: step.at))
