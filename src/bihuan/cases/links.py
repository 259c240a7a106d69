"""Which other cases belong to one, as far as the actor may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import FilteredRelation, Q

from bihuan.access.scope import as_q
from bihuan.cases.models import Involved, Link
from bihuan.cases.shapes import MAIN, CasePage
from bihuan.rules.procedure.pairing import SPLIT_FROM

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

FORWARD = {"merged": "lead", "split": "origin", "related": "related"}
BACKWARD = {"merged": "merged", "split": "part", "related": "related"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """One case beside another. ``role``: lead (this one was merged into it), merged, origin, part, related."""

    case_id: int
    number: str
    title: str
    state: str
    role: str
    at: datetime


def linked_to(actor: Actor, page: CasePage) -> tuple[Linked, ...]:
    """The cases that belong to a page's case; no statement where its ledger names none, else one."""
    begins = {action.event for action in page.procedure.actions if action.pair is not None}
    if not any(event.kind in begins or SPLIT_FROM in event.facts for event in page.events):
        return ()
    involved = Involved.objects.all()
    mine, other = page.case_id, Q(case_id=page.case_id) & as_q(actor.scope, involved, prefix="other__")
    rows = Link.objects.filter(other | (Q(other_id=mine) & as_q(actor.scope, involved, prefix="case__")), ended_at=None)
    rows = rows.annotate(
        m_case=FilteredRelation("case__threads", condition=Q(case__threads__name=MAIN)),
        m_other=FilteredRelation("other__threads", condition=Q(other__threads__name=MAIN)),
    )
    sides = {side: (f"{side}_id", f"{side}__number", f"{side}__title", f"m_{side}__state") for side in ("case", "other")}
    found = []
    for row in rows.order_by("at", "pk").values("kind", "at", *sides["case"], *sides["other"]):
        side = "other" if row["case_id"] == mine else "case"
        number, name, title, state = (row[column] for column in sides[side])
        role = (FORWARD if side == "other" else BACKWARD)[row["kind"]]
        found.append(Linked(case_id=number, number=name, title=title, state=state, role=role, at=row["at"]))
    return tuple(found)
