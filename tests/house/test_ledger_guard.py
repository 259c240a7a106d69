"""The ledger's tables refuse every change, on both databases, also after a test has lifted the guard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from bihuan.ledger import guard
from tests.databases.guard import lifted

TABLES = ("ledger_entry",)


def _columns(table: str) -> str:
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    return str(model._meta.pk.column)


def _statement(verb: str, table: str) -> str:
    if verb == "UPDATE":
        return f"UPDATE {table} SET {_columns(table)} = {_columns(table)}"
    return f"DELETE FROM {table}" if verb == "DELETE" else f"TRUNCATE {table}"


def _refused(verb: str, table: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_statement(verb, table))
    except IntegrityError as refusal:
        return "append-only" in str(refusal)
    return False


@pytest.fixture
def entry(clock: object) -> None:
    """One entry in the ledger: on SQLite a trigger for each row sees nothing in an empty table."""
    from bihuan.ledger.services import record
    from bihuan.rules.terms import SYSTEM

    record("house", "house_checked", by=SYSTEM)


VERBS = [
    "UPDATE",
    "DELETE",
    pytest.param("TRUNCATE", marks=pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has none")),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_every_change_is_refused(entry: None, verb: str, table: str) -> None:
    assert _refused(verb, table)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TABLES)
def test_without_the_guard_it_would_not_be(entry: None, table: str) -> None:
    with lifted(connection):
        assert not _refused("UPDATE", table)
    assert _refused("UPDATE", table)


@pytest.mark.django_db(transaction=True)
def test_it_stands_again_after_the_database_was_emptied(entry: None) -> None:
    before = guard.standing(connection)
    assert before
    with lifted(connection):
        assert guard.standing(connection) == set()
        call_command("flush", verbosity=0, interactive=False)
    assert guard.standing(connection) == before


@pytest.mark.django_db(transaction=True)
def test_emptying_fails_while_it_stands(entry: None) -> None:
    with pytest.raises(Exception, match=r"flush|append-only"):
        call_command("flush", verbosity=0, interactive=False)


@pytest.mark.django_db(transaction=True)
def test_it_stands_again_when_emptying_breaks_off(entry: None) -> None:
    before = guard.standing(connection)

    def break_off() -> None:
        with lifted(connection):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert guard.standing(connection) == before
    _every_change(_refused)


def _every_change(refused: Callable[[str, str], bool]) -> None:
    assert all(refused(verb, table) for verb in ("UPDATE", "DELETE") for table in TABLES)
