"""Django's PostgreSQL engine that sees by the line itself whether a kept connection still stands.

Django asks the server before each request's first statement, which costs as much as that statement. A server that went away
has closed its end, and a closed end can be read from; so a quiet line needs no question.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base as django_base

stock: Any = django_base  # Django's stubs do not know what an engine may override


class DatabaseWrapper(stock.DatabaseWrapper):  # type: ignore[misc]
    """One connection to the jurisdiction's database."""

    def is_usable(self) -> bool:
        """True where the line is quiet. Where it is not, or after an error, the server is asked as Django does."""
        if self.connection is not None and not self.errors_occurred and not _has_word(self.connection):
            return True
        return bool(super().is_usable())


def _has_word(connection: Any) -> bool:
    """True where something waits to be read, as the end of the line does, or where it is closed already."""
    if connection.closed:
        return True
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))
