"""The PostgreSQL engine: a kept connection is looked at, not asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection

from bihuan.config.postgresql.base import stock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's engine"),
]


@pytest.fixture
def asked(monkeypatch: Any) -> list[bool]:
    """What Django's own question to the server was answered with."""
    answers: list[bool] = []
    question = stock.DatabaseWrapper.is_usable

    def is_usable(self: Any) -> bool:
        answers.append(question(self))
        return answers[-1]

    monkeypatch.setattr(stock.DatabaseWrapper, "is_usable", is_usable)
    return answers


def _end_ours() -> None:
    """The server ends our session, as one that is stopped does; somebody else asks it to."""
    ours = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
    finally:
        other.close()


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def test_a_quiet_line_is_not_asked_about(asked: list[bool]) -> None:
    assert _count() == 1
    assert connection.is_usable()
    assert asked == []


def test_a_line_that_the_server_closed_is_taken_up_anew(asked: list[bool]) -> None:
    """Seen before the next request's first statement. Control: without the look that statement fails."""
    assert _count() == 1
    _end_ours()
    assert not connection.is_usable()
    assert asked == [False]
    with pytest.raises(OperationalError):
        _count()
    connection.close()
    assert _count() == 1
    _end_ours()
    connection.close_if_unusable_or_obsolete()  # as at the beginning of each request
    connection.close_if_health_check_failed()
    assert _count() == 1


def test_after_an_error_the_server_is_asked(asked: list[bool]) -> None:
    assert _count() == 1
    connection.errors_occurred = True
    assert connection.is_usable()
    assert asked == [True]
    connection.errors_occurred = False
