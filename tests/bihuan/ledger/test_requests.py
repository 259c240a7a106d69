"""The same request twice: the first answer is kept, the second finds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from bihuan.config.statements import counted
from bihuan.ledger.selectors import recall, recall_many
from bihuan.ledger.services import forget_requests, remember, remember_many

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)


def test_the_first_answer_stays() -> None:
    assert remember(7, "a", "digest", '{"case": 1}', at=AT)
    with transaction.atomic(), counted() as count:
        assert not remember(7, "a", "other", '{"case": 2}', at=AT)
        assert recall(7, "a") == ("digest", '{"case": 1}')  # the transaction goes on: nothing was raised in it
    assert len(count) == 2
    assert connection.get_autocommit() is not None


def test_an_id_belongs_to_its_account() -> None:
    remember(7, "a", "digest", "1", at=AT)
    assert remember(8, "a", "digest", "2", at=AT)
    assert recall(9, "a") is None


def test_many_at_once() -> None:
    remember(7, "b", "old", "0", at=AT)
    with counted() as count:
        assert remember_many([(7, "a", "x", "1"), (7, "b", "y", "2"), (8, "b", "z", "3")], at=AT) == {(7, "a"), (8, "b")}
        kept = recall_many([(7, "a"), (7, "b"), (9, "b")])
    assert len(count) == 2
    assert kept == {(7, "a"): ("x", "1"), (7, "b"): ("old", "0")}
    assert recall_many([]) == {}


def test_old_ids_are_forgotten() -> None:
    remember(7, "a", "x", "1", at=AT)
    remember(7, "b", "x", "1", at=AT + timedelta(days=2))
    assert forget_requests(AT + timedelta(days=1)) == 1
    assert recall(7, "a") is None
    assert recall(7, "b") is not None


def test_a_row_of_a_table_is_remembered_for_good() -> None:
    remember(7, "import:1f2e", "x", "1", at=AT)
    assert forget_requests(AT + timedelta(days=3650)) == 0
    assert recall(7, "import:1f2e") is not None
