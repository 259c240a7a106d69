"""Queries of the hot path: written with the ORM, turned into SQL once for each kind of database and each scope.

Making the SQL of the door's two reads costs more than running them and deciding the act.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

NUMBER = -(10**15) - 1
TEXT = "\ue000place\ue000"
"""What a query is written with where a value comes later: no id and no code looks like these."""

Build = Callable[..., QuerySet[Any, Any]]


@lru_cache(maxsize=1024)
def _sql(vendor: str, build: Build, *key: Hashable) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG001 - the SQL of one kind of database
    try:
        sql, parameters = build(*key).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # a scope that sees nothing: the ORM knows without asking
        return "", ()
    return sql, tuple(parameters)


def rows(build: Build, *key: Hashable, value: int | str) -> Sequence[tuple[Any, ...]]:
    """The rows of the query that ``build(*key)`` writes, with ``value`` in place of NUMBER or TEXT, as the database has them."""
    sql, parameters = _sql(connection.vendor, build, *key)
    if not sql:
        return ()
    place = TEXT if isinstance(value, str) else NUMBER
    with connection.cursor() as cursor:
        cursor.execute(sql, [value if one == place else one for one in parameters])
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found
