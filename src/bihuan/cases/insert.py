"""The door's rows, written with one statement a table however many there are.

The ORM's ``bulk_create`` does the same at several times the cost; the door is where that is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from bihuan.ledger.rows import insert


class Insert:
    """An INSERT into the table of ``model``.

    ``keys``: columns on whose conflict the others are updated (``keep``: or nothing is done, naming no columns = any
    conflict). ``returning``: columns given back for each written row, in no promised order.
    """

    def __init__(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        *,
        keys: Sequence[str] = (),
        keep: bool = False,
        returning: Sequence[str] = (),
    ) -> None:
        """Name the columns once; the SQL is the same on every database."""
        meta = model._meta
        column = {name: meta.get_field(name).column for name in (*fields, *keys, *returning)}
        self.table = meta.db_table
        self.columns = tuple(f'"{column[name]}"' for name in fields)
        conflict = f"ON CONFLICT ({', '.join(column[name] for name in keys)}) " if keys else "ON CONFLICT "
        changes = ", ".join(f'"{column[name]}" = EXCLUDED."{column[name]}"' for name in fields if name not in keys)
        tail = f"{conflict}DO NOTHING" if keep else f"{conflict}DO UPDATE SET {changes}" if keys else ""
        back = f" RETURNING {', '.join(column[name] for name in returning)}" if returning else ""
        self.tail = tail + back

    def run(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Write the rows, values in the order of the fields; gives what ``returning`` names."""
        if not rows:
            return []
        if connection.vendor != "postgresql":
            rows = [[_text(value) if type(value) is datetime else value for value in row] for row in rows]
        return insert(connection, self.table, self.columns, rows, self.tail)


def _text(at: datetime) -> str:
    """An instant as SQLite keeps it."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


@dataclass(frozen=True)
class Change:
    """New values of several rows of one table in one UPDATE: ``(id, value, value, ...)`` in the order of ``fields``."""

    model: type[models.Model]
    fields: tuple[str, ...]

    def run(self, rows: Sequence[Sequence[Any]]) -> None:
        """Change the rows."""
        if not rows:
            return
        meta = self.model._meta
        fields = [meta.get_field(name) for name in self.fields]
        postgres = connection.vendor == "postgresql"
        one = ["%s::bigint"] + [f"%s::{field.db_type(connection)}" for field in fields] if postgres else ["%s"] * (len(fields) + 1)
        names = ", ".join(f"v{n}" for n in range(len(fields) + 1))
        values = ", ".join([f"({', '.join(one)})"] * len(rows))
        sets = ", ".join(f'"{field.column}" = given.v{n}' for n, field in enumerate(fields, 1))
        sql = (
            f"WITH given ({names}) AS (VALUES {values}) "
            f'UPDATE "{meta.db_table}" SET {sets} FROM given WHERE "{meta.db_table}".id = given.v0'
        )
        parameters = [
            _text(value) if type(value) is datetime and not postgres else value for row in rows for value in row
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
