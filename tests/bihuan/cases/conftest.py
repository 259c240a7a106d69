"""The small county, founded at the clock's instant: Monday 12 October 2026, 10:00."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.cases import daily
from bihuan.cases.models import Case
from bihuan.cases.rebuilding import differences
from bihuan.cases.words_kept import altered
from bihuan.ledger.clock import now
from tests.factories.matters import County, found_matters


@pytest.fixture
def county(db: None, clock: Any) -> Iterator[County]:
    """The county; after every test whatever stands in the tables must be what the ledger says."""
    yield found_matters()
    assert differences(limit=Case.objects.count() + 1)[0] == []
    assert list(altered()) == []
    assert daily.stored(now()) == daily.by_hand(now())
