"""Acts, and those who take away what acts stand on: a unit that ends, an area that ends, other working days.

An act looks at the organisation and the calendar when it begins, and writes a moment later. Whoever ends something first counts
what still lies there; an act under way could put more there after he has counted. So an act says that it is under way until
its transaction ends, and he waits for all that are: then he counts, and acts that begin meanwhile wait for him. On SQLite write
transactions come one after the other, and there is nothing to say.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections

from bihuan.ledger.rows import steady

_CLASS = 20402
"""Class of PostgreSQL's advisory lock; the oid of this jurisdiction's ledger completes it."""
_ONE = f"({_CLASS}, 'ledger_entry'::regclass::oid::int)"


def under_way() -> None:
    """Say that an act is under way until the transaction ends: the first statement of an act, also among others ``together``."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        steady(database).execute(f"SELECT pg_advisory_xact_lock_shared{_ONE}", ())


def wait_for_acts() -> None:
    """Wait for every act under way and let none begin until the transaction ends: before anything else is locked or looked at."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{_ONE}")
