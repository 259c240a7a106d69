"""Counting the SQL statements of a piece of work, for the budgets of acts (12) and screens (8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

_FRAME = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|START\s+TRANSACTION|SET\s+CONSTRAINTS)\b", re.IGNORECASE)


@dataclass
class Count:
    """The statements seen so far; ``rows`` of an ``executemany`` count one each."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n".join(f"{n:3} {sql}" for n, sql in enumerate(self.statements, 1))

    def see(self, run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Django's execute wrapper: note the statement and run it."""
        if not _FRAME.match(sql):
            self.statements += [sql] * (len(params) if many and isinstance(params, Sequence) else 1)
        return run(sql, params, many, context)


@contextmanager
def counted(using: str = "default") -> Iterator[Count]:
    """Count what this thread executes on one database, without the frame of transactions.

    ``with counted() as count: ...; assert len(count) <= 12, count``
    """
    count = Count()
    connections[using].ensure_connection()  # opening one costs statements of its own, once in a worker's life
    with connections[using].execute_wrapper(count.see):
        yield count
