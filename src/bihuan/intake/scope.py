"""Which service records an actor sees: those of his areas, and those his unit entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from bihuan.access.actors import may
from bihuan.access.scope import in_areas
from bihuan.cases.selectors import kept_from
from bihuan.rules.scope import Duty

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def in_scope(actor: Actor) -> Q:
    """The records this actor may see, as a condition on ServiceRecord.

    One that was raised to a matter about the actor, his unit or a unit above it is hidden as the matter is.
    """
    if not may(actor, Duty.RECORD_READ):
        return Q(pk__in=())
    scope = actor.scope
    seen = in_areas(scope) | Q(unit_id__in=[unit for unit in scope.units if unit])
    return Q(seen, Q(case_id=0) | ~Q(Exists(kept_from(actor).filter(pk=OuterRef("case_id")))))
