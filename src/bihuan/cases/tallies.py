"""Counts of cases by area, unit, stage and day due: deltas appended by the door, folded by the worker, read with both."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Sum

from bihuan.cases.batch import TALLIES
from bihuan.cases.insert import Insert
from bihuan.cases.models import Tally, TallyTotal, Thread
from bihuan.rulebook.selectors import calendar_for, pack
from bihuan.rules.calendar import Calendar
from bihuan.rules.events import MAIN

NEVER = date(9999, 12, 31)
"""Stands for "nothing due" where a key must have a value."""
AT_ONCE = 2000

Key = tuple[str, int, str, date]


def fold(limit: int = AT_ONCE) -> int:
    """Fold up to ``limit`` deltas into the totals, in one transaction; how many. Safe beside the door and other workers.

    One cheap statement where there is none.
    """
    if not Tally.objects.exists():
        return 0
    with transaction.atomic():
        rows = list(
            Tally.objects.order_by("pk")
            .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            .values_list("pk", "area_code", "unit", "stage", "due_on", "delta")[:limit]
        )
        sums: Counter[Key] = Counter()
        for _, area_code, unit, stage, due_on, delta in rows:
            sums[area_code, unit, stage, due_on or NEVER] += delta
        changed = [(*key, n) for key, n in sorted(sums.items()) if n]
        empty = [pk for pk, n in _ADD.run(changed) if not n]
        Tally.objects.filter(pk__in=[row[0] for row in rows]).delete()
        if empty:
            TallyTotal.objects.filter(pk__in=empty).delete()
    return len(rows)


_KEY = ("area_code", "unit", "stage", "due_on")
_ADD = Insert(TallyTotal, (*_KEY, "n"), keys=_KEY, adds=("n",), returning=("id", "n"))


def totals() -> dict[Key, int]:
    """Every key with its number: what is folded and what is not yet. Two statements."""
    sums: Counter[Key] = Counter()
    for area_code, unit, stage, due_on, n in TallyTotal.objects.values_list("area_code", "unit", "stage", "due_on", "n"):
        sums[area_code, unit, stage, due_on] += n
    deltas = Tally.objects.values("area_code", "unit", "stage", "due_on").annotate(n=Sum("delta"))
    for row in deltas:
        sums[row["area_code"], row["unit"], row["stage"], row["due_on"] or NEVER] += row["n"]
    return {key: n for key, n in sums.items() if n}


def by_hand() -> dict[Key, int]:
    """The same numbers counted over every case: what ``totals`` must say. Grows with the number of cases."""
    sums: Counter[Key] = Counter()
    rows = Thread.objects.filter(name=MAIN).values_list(
        "case__pack_digest", "case__area_code", "holder_unit", "state", "due_at", "open"
    )
    calendars: dict[str, Calendar] = {}
    for digest, area_code, unit, stage, due_at, is_open in rows.iterator(chunk_size=AT_ONCE):
        if digest not in calendars:
            calendars[digest] = calendar_for(pack(digest))
        due_on = calendars[digest].local(due_at).date() if due_at and is_open else NEVER
        sums[area_code, unit, stage, due_on] += 1
    return dict(sums)


def recount(at: datetime) -> int:
    """Set right what ``totals`` says wrongly, by deltas; how many keys were wrong. For a database that was tampered with."""
    with transaction.atomic():
        have, want = totals(), by_hand()
        wrong = {key: want.get(key, 0) - have.get(key, 0) for key in have.keys() | want.keys()}
        rows = [(*key, delta, at) for key, delta in sorted(wrong.items()) if delta]
        TALLIES.run([(area, unit, stage, None if due == NEVER else due, n, when) for area, unit, stage, due, n, when in rows])
    return len(rows)
