"""Rows straight to the database: one kept cursor, and statements that are sent without waiting for each answer."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bihuan.ledger.rows import insert, insert_later, run_later, steady, together

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


@pytest.mark.django_db(transaction=True)
def test_rows_of_statements_sent_together_are_there_when_they_have_ended() -> None:
    """Each has its own rows, whatever was sent after it; outside they are there at once."""
    tail = "ON CONFLICT (account, request_id) DO NOTHING RETURNING request_id"
    with transaction.atomic(), together(connection):
        new = insert_later(connection, TABLE, COLUMNS, [ROW, (1, "two", *ROW[2:])], tail)
        again = insert_later(connection, TABLE, COLUMNS, [ROW, (1, "three", *ROW[2:])], tail)
        all_there = run_later(connection, f"SELECT count(*) FROM {TABLE} WHERE account = %s", [1])
        insert(connection, TABLE, COLUMNS, [(2, "one", *ROW[2:])])
    assert (sorted(new()), again(), all_there()) == ([("one",), ("two",)], [("three",)], [(3,)])
    assert run_later(connection, f"SELECT count(*) FROM {TABLE} WHERE account = %s", [2])() == [(1,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that keeps plans")
def test_the_server_keeps_the_plan_of_what_is_asked_often() -> None:
    statement = f"SELECT count(*) FROM {TABLE} WHERE account = %s"

    def plans() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"SELECT count(*) FROM {TABLE}%"]
            )
            return int(cursor.fetchone()[0])

    connection.close()
    for _ in range(6):
        with connection.cursor() as cursor:  # the control: by Django's own cursor each is read anew
            cursor.execute(statement, [1])
    assert plans() == 0
    for _ in range(6):
        steady(connection).execute(statement, [1])
        steady(connection).fetchall()
    assert plans() == 1
