"""The small county."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.cases.rebuilding import differences
from tests.factories.matters import County, found_matters


@pytest.fixture
def county(db: None, clock: Any) -> Iterator[County]:
    """The county; after every test the tables say what the ledger says."""
    yield found_matters()
    assert differences(limit=Case.objects.count() + 1)[0] == []
