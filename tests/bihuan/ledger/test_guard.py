"""Nothing in the ledger and no published pack is ever changed or taken away, by whatever SQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.ledger.guard import standing, trigger_names
from bihuan.ledger.models import Entry
from bihuan.ledger.services import record
from tests.databases.guard import lifted

AT = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
ATTEMPTS = [
    "UPDATE ledger_entry SET kind = 'other'",
    "UPDATE ledger_entry SET seq = seq",
    "DELETE FROM ledger_entry",
    "UPDATE rulebook_packversion SET version = '2'",
    "DELETE FROM rulebook_packversion",
]
REPLACE = (
    "INSERT OR REPLACE INTO ledger_entry SELECT id, stream, seq, 'other', thread, at, account, unit, post, doer, area, facts, "
    "prev, hash FROM ledger_entry"
)


def _something() -> None:
    record("look:1", "looked", at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rulebook_packversion (name, version, digest, canonical, published_at, published_by, approved_by) "
            "VALUES ('p', '1', 'd', %s, %s, 0, 0)",
            [b"{}", AT],
        )


def _refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as fault:
        return "append-only" in str(fault)
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ATTEMPTS)
def test_a_change_is_refused(statement: str) -> None:
    _something()
    assert _refused(statement)
    assert Entry.objects.get(stream="look:1").kind == "looked"


@pytest.mark.django_db
def test_the_other_way_round_is_refused_too(vendor: str) -> None:
    _something()
    assert _refused(REPLACE if vendor == "sqlite" else "TRUNCATE ledger_entry")
    assert Entry.objects.get(stream="look:1").kind == "looked"


@pytest.mark.django_db
def test_the_guard_stands_and_stands_again_after_lifting(vendor: str) -> None:
    wanted = {*trigger_names(vendor, "ledger_entry", share=True), *trigger_names(vendor, "rulebook_packversion")}
    assert wanted <= standing(connection)
    _something()
    with lifted(connection):
        assert not wanted & standing(connection)
        assert not _refused("UPDATE ledger_entry SET kind = 'changed'")
    assert wanted <= standing(connection)
    assert all(map(_refused, ATTEMPTS))


@pytest.mark.django_db(transaction=True)
def test_the_guard_stands_after_a_flush() -> None:
    """The test before this one of its kind emptied the database; see the fixture round the flush."""
    _something()
    assert all(map(_refused, ATTEMPTS))
