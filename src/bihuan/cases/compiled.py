"""Queries of the hot path: written with the ORM, turned into SQL once for each kind of database and each scope.

Making the SQL of the door's two reads costs more than running them and deciding the act.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet

from bihuan.ledger.rows import run_later

NUMBER = -(10**15) - 1
TEXT, REQUEST = "\ue000place\ue000", "\ue000request\ue000"
"""What a query is written with where a value comes later: no id and no code looks like these."""

Build = Callable[..., QuerySet[Any, Any]]


@lru_cache(maxsize=1024)
def _sql(vendor: str, build: Build, *key: Hashable) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG001 - the SQL of one kind of database
    try:
        sql, parameters = build(*key).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # a scope that sees nothing: the ORM knows without asking
        return "", ()
    return sql, tuple(parameters)


def rows_later(build: Build, *key: Hashable, values: Mapping[Any, int | str]) -> Callable[[], Sequence[tuple[Any, ...]]]:
    """The rows of the query that ``build(*key)`` writes, with ``values`` in place of NUMBER, TEXT or REQUEST, as the database
    has them.

    Asked for when the statements ``together`` with it have ended.
    """
    database = connections[DEFAULT_DB_ALIAS]
    sql, parameters = _sql(database.vendor, build, *key)
    if not sql:
        return tuple
    return run_later(database, sql, [values.get(one, one) if isinstance(one, int | str) else one for one in parameters])
