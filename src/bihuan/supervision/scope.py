"""Which letters and circulars an actor sees: those of the own unit, and what is addressed to it once it is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from bihuan.access.actors import may
from bihuan.rules.scope import Duty
from bihuan.supervision.shapes import DRAFTED

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def letters(actor: Actor) -> Q:
    """The letters this actor may see, as a condition on Letter. A draft is for those who may correct or sign it."""
    if not may(actor, Duty.LETTER_READ) or not actor.unit:
        return Q(pk__in=())
    drafts = may(actor, Duty.LETTER_SIGN) or may(actor, Duty.LETTER_DRAFT)
    own = Q(issuer_id=actor.unit) if drafts else Q(issuer_id=actor.unit) & ~Q(state=DRAFTED)
    return own | (Q(unit_id=actor.unit) & ~Q(number=""))


def circulars(actor: Actor) -> Q:
    """The circulars this actor may see: published ones of the areas the unit lies in; drafts of the own unit to sign."""
    if not may(actor, Duty.LETTER_READ) or not actor.unit:
        return Q(pk__in=())
    code = actor.area_code
    above = [code[:width] for width in range(2, len(code) + 1)]
    seen = (Q(area_code__in=above) | Q(issuer_id=actor.unit)) & ~Q(state=DRAFTED)
    return seen | Q(issuer_id=actor.unit, state=DRAFTED) if may(actor, Duty.LETTER_SIGN) else seen
