"""Scope, made once: a post makes it, ``as_q`` says it in SQL, ``rules.scope.covers`` of one object; a test holds both equal."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bihuan.places.models import WIDTHS
from bihuan.rules.scope import Duty, Scope


def scope_of(
    *, duties: frozenset[Duty], area_code: str, unit: int, chain: tuple[int, ...], centre: bool, account: int, instead_of: int = 0
) -> Scope:
    """What a post sees.

    A post that reads cases sees what its unit holds or held, wherever it lies; in a centre (or a village's or grid's own
    unit) everything in the post's area as well. A post without that duty (the administrators) sees no case. ``chain`` is
    every unit the actor
    sits in, and every unit above them: what is about one of them is never seen, in whichever post.
    """
    if Duty.CASE_READ not in duties:
        return Scope(chain=chain, account=account, instead_of=instead_of)
    areas = (area_code,) if centre else ()
    return Scope(area_codes=areas, units=(unit,), chain=chain, account=account, instead_of=instead_of)


def in_area(code: str, prefix: str = "") -> Q:
    """Inside one area, itself included, as a condition on rows that carry a6 to a15 and area_code."""
    if len(code) in WIDTHS:
        return Q(**{f"{prefix}a{len(code)}": code})
    return Q(**{f"{prefix}area_code__startswith": code})


def in_areas(scope: Scope, *, prefix: str = "") -> Q:
    """Inside one of the scope's areas, as a condition on rows that carry a6 to a15 and area_code."""
    inside = Q(**{f"{prefix}pk__in": ()})
    for code in scope.area_codes:
        if code:
            inside |= in_area(code, prefix)
    return inside


def as_q(scope: Scope, involved: QuerySet[Any] | None = None, *, prefix: str = "", each: bool = False) -> Q:
    """The scope as a condition on rows that carry a6 to a15, area_code, about_unit_id and about_account_id.

    ``involved``: rows (case_id, unit_id) of units that hold or held a thread; without it nobody sees by holding.
    ``prefix``: the way from the filtered rows to the case ("case__"). ``each``: the rows are few and named otherwise, so each
    is asked who holds it, and nobody's long list is read. The twin of ``rules.scope.covers``.
    """
    seen = Q() if scope.everything else _reached(scope, involved, prefix, each)
    chain = [unit for unit in scope.chain if unit]
    if chain:
        seen &= ~Q(**{f"{prefix}about_unit_id__in": chain})
    if scope.persons:
        seen &= ~Q(**{f"{prefix}about_account_id__in": scope.persons})
    return seen


def _reached(scope: Scope, involved: QuerySet[Any] | None, prefix: str, each: bool) -> Q:
    """Inside one of the areas, or held by one of the units."""
    reached = in_areas(scope, prefix=prefix)
    units = [unit for unit in scope.units if unit]
    if units and involved is not None:
        held = involved.filter(unit_id__in=units)
        if each or any(scope.area_codes):
            reached |= Q(Exists(held.filter(case_id=OuterRef(f"{prefix}pk"))))
        else:  # alone, the short list of held cases is read first instead of asking every case
            reached |= Q(**{f"{prefix}pk__in": held.values("case_id")})
    return reached
