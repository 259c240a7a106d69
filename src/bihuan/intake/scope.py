"""Which service records an actor sees: those of his areas, and those his unit entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from bihuan.access.actors import may
from bihuan.rules.scope import Duty

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def in_scope(actor: Actor) -> Q:
    """The records this actor may see, as a condition on ServiceRecord."""
    seen = Q(pk__in=())
    if not may(actor, Duty.RECORD_READ):
        return seen
    for code in actor.scope.area_codes:
        seen |= Q(**{f"a{len(code)}": code}) if len(code) in (6, 9, 12, 15) else Q(area_code__startswith=code)
    units = [unit for unit in actor.scope.units if unit]
    return seen | Q(unit_id__in=units) if units else seen
