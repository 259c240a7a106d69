"""Emptying the database after a test with real transactions: only the tables in which something stands, in one transaction.

Django's own way truncates every table and then makes all content types and permissions again. Sequences go on either way.
"""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.rulebook.seeds import seed_calendar_years
from tests.databases.guard import lifted

_STAYS = frozenset({ContentType._meta.db_table, Permission._meta.db_table})
"""What migrating fills and no test changes; the calendar, which tests change, is filled again."""


def emptied(connection: BaseDatabaseWrapper) -> list[str]:
    """Empty every table of the product's models, whatever refers to what and whatever guards it; which ones held something."""
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _STAYS)
    with connection.cursor() as cursor:
        held = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
        cursor.execute(held)
        full = [table for (table,) in cursor.fetchall()]
        deleting = [f"DELETE FROM {quote(table)}" for table in full]
        if connection.vendor == "postgresql":
            with transaction.atomic(using=connection.alias):
                cursor.execute("SET LOCAL session_replication_role = replica")  # neither guards nor references are asked
                for statement in deleting:
                    cursor.execute(statement)
        elif full:
            with lifted(connection), transaction.atomic(using=connection.alias):
                for statement in deleting:
                    cursor.execute(statement)
    seed_calendar_years()
    return full
