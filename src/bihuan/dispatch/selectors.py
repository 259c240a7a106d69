"""Reading how assignments went, and what the words of a new matter suggest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from bihuan.dispatch.models import Ruling
from bihuan.packs.shape import Pack
from bihuan.rules.suggesting import NamedArea, Suggester, WordSuggester

MONTHS_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a category with one office in the last twelve months."""

    unit: int
    assigned: int
    returned: int


def past_rulings(category: str, today: date, units: Collection[int] | None = None) -> list[Past]:
    """Offices that a category was given to in the last twelve months, the most often kept first. One statement.

    ``units``: only these, as far as the reader may choose among them.
    """
    if not category:
        return []
    since = (today - MONTHS_BACK).replace(day=1)
    rows = Ruling.objects.filter(category=category, month__gte=since)
    if units is not None:
        rows = rows.filter(unit_id__in=units)
    found = rows.values_list("unit_id").annotate(assigned=Sum("assigned"), returned=Sum("returned"))
    past = [Past(unit, assigned, returned) for unit, assigned, returned in found]
    return sorted(past, key=lambda one: (one.returned - one.assigned, one.unit))


def suggester(pack: Pack, areas: Sequence[NamedArea] = (), units: Mapping[int, str] | None = None) -> Suggester:
    """What suggests by the pack's words, over the places and units that it may name."""
    return WordSuggester(pack.catalogue.suggests, areas, units or {})
