"""Which service records an actor sees: those of his areas, and those his unit entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from bihuan.access.actors import may
from bihuan.access.scope import in_areas
from bihuan.rules.scope import Duty

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def in_scope(actor: Actor) -> Q:
    """The records this actor may see, as a condition on ServiceRecord."""
    if not may(actor, Duty.RECORD_READ):
        return Q(pk__in=())
    units = [unit for unit in actor.scope.units if unit]
    return in_areas(actor.scope) | Q(unit_id__in=units) if units else in_areas(actor.scope)
