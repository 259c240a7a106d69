"""The county with everybody in it, at Monday 12 October 2026, 10:00; afterwards stored must equal rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.cases.rebuilding import differences
from bihuan.ledger.verify import verify
from tests.matrix.county import World, settled


@pytest.fixture
def world(db: None, clock: Any) -> Iterator[World]:
    yield settled()
    assert differences(limit=Case.objects.count() + 1)[0] == []
    assert [fault for fault in verify().faults if fault.kind not in ("anchor", "tail")] == []
