"""Multi-row INSERTs for the door's transaction: one statement however many rows, the SQL built once per database kind.

The ORM's ``bulk_create`` does the same at several times the cost; the door is the one place where that is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models

MOST_PARAMETERS = 30_000
"""Below SQLite's 32,766 and PostgreSQL's 65,535 parameters of one statement."""


@dataclass(frozen=True)
class Insert:
    """An INSERT into ``model`` of the named columns.

    ``keys``: on a conflict on these columns update all the others ("" = plain insert); ``ignore``: do nothing instead.
    ``returning``: columns given back for each written row, in no promised order.
    """

    model: type[models.Model]
    fields: tuple[str, ...]
    keys: tuple[str, ...] = ()
    ignore: bool = False
    returning: tuple[str, ...] = ()

    def run(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Write the rows (values in the order of ``fields``); gives the ``returning`` columns."""
        given: list[tuple[Any, ...]] = []
        if not rows:
            return given
        adapt = connection.ops.adapt_datetimefield_value
        step = max(1, MOST_PARAMETERS // len(self.fields))
        with connection.cursor() as cursor:
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                head, row, tail = _parts(self, connection.vendor)
                values = [adapt(v) if type(v) is datetime else v for r in part for v in r]
                cursor.execute(head + ", ".join([row] * len(part)) + tail, values)
                if self.returning:
                    given += cursor.fetchall()
        return given


@cache
def _parts(insert: Insert, vendor: str) -> tuple[str, str, str]:
    """The statement before, one row of, and after its VALUES. ``vendor`` keeps the cache apart per database kind."""
    quote = connection.ops.quote_name
    meta = insert.model._meta

    def names(fields: Sequence[str]) -> str:
        return ", ".join(quote(meta.get_field(name).column) for name in fields)

    head = f"INSERT INTO {quote(meta.db_table)} ({names(insert.fields)}) VALUES "
    tail = ""
    if insert.keys and insert.ignore:
        tail = f" ON CONFLICT ({names(insert.keys)}) DO NOTHING"
    elif insert.keys:
        columns = [quote(meta.get_field(name).column) for name in insert.fields if name not in insert.keys]
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
        tail = f" ON CONFLICT ({names(insert.keys)}) DO UPDATE SET {changes}"
    if insert.returning:
        tail += f" RETURNING {names(insert.returning)}"
    return head, "(" + ", ".join(["%s"] * len(insert.fields)) + ")", tail
