"""The county is set up once for each module that asks for it; the tests' own mark ``django_db`` undoes what each one changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from bihuan.ledger.clock import at
from tests.matrix.county import World, found


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that counts as a test's own, so that the door's durable ones may run inside; rolled back."""
    around = transaction.atomic()
    around._from_testcase = True  # as django.test.TestCase marks its own
    with around:
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are what is wanted here: their traces are not."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), at(datetime(2026, 10, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))), undone():
        yield found()
