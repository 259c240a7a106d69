"""The door's rows, written with one statement a table however many there are.

The ORM's ``bulk_create`` does the same at several times the cost; the door is where that is measured.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from bihuan.ledger.rows import insert, insert_sql, plain, steady


class Insert:
    """An INSERT into the table of ``model``.

    ``keys``: columns on whose conflict the others are updated (``keep``: or nothing is done, naming no columns = any
    conflict). ``adds``: columns whose numbers are then added to what is there. ``marks``: a column of yes and no that is then
    set, too. ``returning``: columns given back for each written row, in no promised order.
    """

    def __init__(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        *,
        keys: Sequence[str] = (),
        keep: bool = False,
        adds: Collection[str] = (),
        marks: str = "",
        returning: Sequence[str] = (),
    ) -> None:
        """Name the columns once; the SQL is the same on every database."""
        column = {name: _column(model, name) for name in (*fields, *keys, *returning)}
        self.table = _table(model)
        self._instants = [n for n, name in enumerate(fields) if isinstance(_field(model, name), models.DateTimeField)]
        self.columns = tuple(f'"{column[name]}"' for name in fields)
        conflict = f"ON CONFLICT ({', '.join(column[name] for name in keys)}) " if keys else "ON CONFLICT "
        there = {name: f'{self.table}."{column[name]}" + ' for name in adds}
        sets = [f'"{column[name]}" = {there.get(name, "")}EXCLUDED."{column[name]}"' for name in fields if name not in keys]
        changes = ", ".join([*sets, *([f'"{_column(model, marks)}" = TRUE'] if marks else [])])
        tail = f"{conflict}DO NOTHING" if keep else f"{conflict}DO UPDATE SET {changes}" if keys else ""
        back = f" RETURNING {', '.join(column[name] for name in returning)}" if returning else ""
        self.tail = tail + back

    def run(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Write the rows, values in the order of the fields; gives what ``returning`` names."""
        if not rows:
            return []
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor != "postgresql":
            rows = [self._plain(row) for row in rows]
        return insert(database, self.table, self.columns, rows, self.tail)

    def _plain(self, row: Sequence[Any]) -> list[Any]:
        """The row with its instants as SQLite keeps them."""
        values = [*row]
        for n in self._instants:
            if values[n] is not None:
                values[n] = plain(values[n])
        return values


PARAMETERS = 30_000
"""In one statement; PostgreSQL takes 65,535."""


def written_beside(parts: Sequence[tuple[Insert, Sequence[Sequence[Any]]]]) -> None:
    """Write rows of several tables, none of which looks at another: one statement on PostgreSQL, one a table elsewhere."""
    some = [(into, rows) for into, rows in parts if rows]
    database = connections[DEFAULT_DB_ALIAS]
    values = [value for _, rows in some for row in rows for value in row]
    if database.vendor != "postgresql" or len(some) < 2 or len(values) > PARAMETERS:
        for into, rows in some:
            into.run(rows)
        return
    each = [insert_sql(into.table, into.columns, len(rows), into.tail) for into, rows in some]
    before = ", ".join(f"w{n} AS ({sql})" for n, sql in enumerate(each[:-1]))
    steady(database).execute(f"WITH {before} {each[-1]}", values)


@dataclass(frozen=True)
class Change:
    """New values of several rows of one table in one UPDATE: ``(id, value, value, ...)`` in the order of ``fields``."""

    model: type[models.Model]
    fields: tuple[str, ...]

    def run(self, rows: Sequence[Sequence[Any]], *, where: Mapping[str, int | str] | None = None) -> int:
        """Change the rows, only those where the named columns still have these values; how many it were."""
        if not rows:
            return 0
        postgres = connection.vendor == "postgresql"
        one = ["%s"] * (len(self.fields) + 1)
        if postgres:  # elsewhere a bare parameter keeps the type of its value
            one = ["%s::bigint", *(f"%s::{_type(self.model, name)}" for name in self.fields)]
        given = f"given ({', '.join(f'v{n}' for n in range(len(one)))})"
        values = ", ".join([f"({', '.join(one)})"] * len(rows))
        sets = ", ".join(f'"{_column(self.model, name)}" = given.v{n}' for n, name in enumerate(self.fields, 1))
        table = f'"{_table(self.model)}"'
        sql = f"WITH {given} AS (VALUES {values}) UPDATE {table} SET {sets} FROM given WHERE {table}.id = given.v0"  # noqa: S608
        held = where or {}
        sql += "".join(f' AND {table}."{_column(self.model, name)}" = %s' for name in held)
        parameters = [plain(value) if type(value) is datetime and not postgres else value for row in rows for value in row]
        cursor = steady(connections[DEFAULT_DB_ALIAS])
        cursor.execute(sql, [*parameters, *held.values()])
        return int(cursor.rowcount)


def _table(model: type[models.Model]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - Django's documented way to a model's table


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)  # noqa: SLF001
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column")
    return field


def _column(model: type[models.Model], name: str) -> str:
    return str(_field(model, name).column)


def _type(model: type[models.Model], name: str) -> str:
    return str(_field(model, name).db_type(connection))
