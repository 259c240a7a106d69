"""Rows straight to the database: one kept cursor, and statements that are sent without waiting for each answer."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bihuan.ledger.rows import insert, steady, together

TABLE, COLUMNS = "ledger_request", ("account", "request_id", "digest", "answer", "at")
ROW = (1, "one", "d", "{}", "2026-01-05 08:00:00")


def _kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        return int(cursor.fetchone()[0])


def _sent_together(first: str, second: str) -> None:
    with together(connection):
        insert(connection, TABLE, COLUMNS, [(1, first, *ROW[2:])])
        insert(connection, TABLE, COLUMNS, [(1, second, *ROW[2:])])
    pytest.fail("the fault must be raised where they are sent")


@pytest.mark.django_db
def test_the_cursor_is_kept_and_every_statement_is_seen() -> None:
    first = steady(connection)
    assert steady(connection) is first
    with CaptureQueriesContext(connection) as seen:
        insert(connection, TABLE, COLUMNS, [ROW])
    assert len(seen) == 1
    assert steady(connection) is first


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_has_a_new_cursor() -> None:
    first = steady(connection)
    connection.close()
    assert steady(connection) is not first
    insert(connection, TABLE, COLUMNS, [ROW])
    assert _kept() == 1


@pytest.mark.django_db(transaction=True)
def test_a_fault_among_statements_sent_together_undoes_them_all() -> None:
    """Whichever of them it is, it is raised as the error that each alone would raise, and nothing stays."""
    insert(connection, TABLE, COLUMNS, [ROW])
    for first, second in (("two", "one"), ("one", "two")):
        with pytest.raises(IntegrityError), transaction.atomic():
            _sent_together(first, second)
        assert _kept() == 1
    with transaction.atomic(), together(connection):
        insert(connection, TABLE, COLUMNS, [(1, "two", *ROW[2:])])
        insert(connection, TABLE, COLUMNS, [(1, "three", *ROW[2:])])
    assert _kept() == 3
