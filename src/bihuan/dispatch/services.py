"""Writing down how assignments went, in the door's own transaction: one statement for all events of a kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date

from django.db import connection

from bihuan.cases.happened import Happened
from bihuan.dispatch.models import Ruling
from bihuan.ledger.rows import insert
from bihuan.rules.clocks.reading import HOLDER_UNIT

_TABLE = str(Ruling._meta.db_table)  # noqa: SLF001 - Django's documented way to a model's table
_COLUMNS = ('"category"', '"unit_id"', '"month"', '"assigned"', '"returned"')
_ADD = (
    "ON CONFLICT (category, unit_id, month) DO UPDATE SET "
    f'"assigned" = "{_TABLE}"."assigned" + EXCLUDED."assigned", "returned" = "{_TABLE}"."returned" + EXCLUDED."returned"'
)


def note_assigned(happened: Sequence[Happened]) -> None:
    """Offices that were given a matter, by assignment or ruling."""
    _note([(each, _number(each.event.facts.get(HOLDER_UNIT) or each.event.facts.get("office"))) for each in happened], 1, 0)


def note_returned(happened: Sequence[Happened]) -> None:
    """Offices that gave a matter back."""
    _note([(each, each.event.by.unit) for each in happened], 0, 1)


def _note(happened: Sequence[tuple[Happened, int]], assigned: int, returned: int) -> None:
    counted: Counter[tuple[str, int, date]] = Counter()
    for each, unit in happened:
        if unit and each.category and not each.about:
            counted[each.category, unit, each.event.at.astimezone(UTC).date().replace(day=1)] += 1
    rows = [(*key, assigned * n, returned * n) for key, n in sorted(counted.items())]
    if rows:
        if connection.vendor != "postgresql":
            rows = [(category, unit, month.isoformat(), *counts) for category, unit, month, *counts in rows]  # type: ignore[misc]
        insert(connection, _TABLE, _COLUMNS, rows, _ADD)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
