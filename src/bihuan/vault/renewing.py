"""After a change of key: sealed values of a column opened and sealed with the newest key, a page at a time, while people work.

What was done is seen from the values themselves, each of which says which key it was sealed with: the work may be stopped at
any instant and goes on where it stopped, and two who do it at once undo nothing of each other's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection, transaction

from bihuan.vault.errors import CannotOpen
from bihuan.vault.keys import keys
from bihuan.vault.sealing import seal, unseal

PAGE = 200
"""Values renewed in one transaction: a millisecond or two, so that nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of sealed values. ``field`` is what they are sealed for; with ``kind``, ``field`` and that column's value."""

    table: str
    column: str
    field: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of renewing: the last id looked at (0 = the end), values renewed, values that do not open."""

    last: int
    renewed: int
    shut: int = 0


def renew(column: Column, *, after: int = 0, limit: int = PAGE) -> Page:
    """Renew the next old values of a column, ids above ``after``. They are looked for and sealed before the transaction begins.

    A value that somebody replaced or erased meanwhile is left as it is now. One that does not open stays and is counted.
    """
    name, kind = column.column, column.kind or "''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {name}, {kind} FROM {column.table} WHERE id > %s AND length({name}) > 0 AND substr({name}, 2, 2) <> %s "
            "ORDER BY id LIMIT %s",
            [after, keys().newest.to_bytes(2, "big"), limit],
        )
        rows = cursor.fetchall()
    fresh = []
    for id_, sealed, of in rows:
        field = f"{column.field}.{of}" if column.kind else column.field
        with suppress(CannotOpen):
            fresh.append((seal(unseal(sealed, field=field), field=field), id_, sealed))
    renewed = _put(column, fresh) if fresh else 0
    return Page(rows[-1][0] if len(rows) == limit else 0, renewed, len(rows) - len(fresh))


def _put(column: Column, fresh: Sequence[tuple[bytes, int, bytes]]) -> int:
    """Write (new value, id, the value that is there still) in one transaction; how many were. All is ready: nobody waits."""
    name = column.column
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {column.table} SET {name} = %s WHERE id = %s AND {name} = %s", fresh)
        return int(cursor.rowcount)


def under(column: Column) -> Counter[int]:
    """How many values of a column there are under each key. Reads the whole column."""
    name = column.column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT substr({name}, 2, 2) AS k, count(*) FROM {column.table} WHERE length({name}) > 0 GROUP BY 1")
        return Counter({int.from_bytes(bytes(key), "big"): number for key, number in cursor.fetchall()})
