"""Many ids of cases on their way to the database and back as one value each: as many values they cost more than their rows.

``filter(pk__among=ids)`` says what ``in`` says; ``aggregate(ids=Ids("pk"))`` gives the ids of all rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, BigAutoField, Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    Numbers = Lookup[Any]
else:
    Numbers = Lookup


@BigAutoField.register_lookup
class Among(Numbers):
    """A whole number's lookup; the right side is whole numbers."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[int]:
        """The numbers as a list."""
        given: Iterable[int] = self.rhs
        return [*given]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """An array on PostgreSQL, a JSON list on SQLite."""
        column, parameters = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s::bigint[])", (*parameters, self.rhs)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*parameters, json.dumps(self.rhs))  # noqa: S608 - a column of ours


class Ids(Aggregate):
    """Whole numbers of all rows as a JSON list."""

    output_field = TextField()
    name = "ids"

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """PostgreSQL's word for it; None for no rows."""
        return super().as_sql(compiler, connection, function="json_agg", **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """SQLite's."""
        return super().as_sql(compiler, connection, function="json_group_array", **context)

    def convert_value(self, value: object, *_how: object) -> list[int]:
        """The list, whether the driver has read it or not."""
        found: list[int] = json.loads(value) if isinstance(value, str) else value or []  # type: ignore[assignment]
        return found
