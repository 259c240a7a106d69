"""What our SQLite can do beyond what Django assumes of the oldest one it supports."""

from __future__ import annotations

from django.db.backends.sqlite3 import features as stock


class DatabaseFeatures(stock.DatabaseFeatures):
    """One INSERT of many rows stays one statement."""

    minimum_database_version = (3, 35)
    max_query_params = 32766  # SQLite's limit since 3.32; Django keeps the older 999
    test_db_allows_multiple_connections = True
