"""The small county."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.matters import County, found_matters


@pytest.fixture
def county(db: None, clock: Any) -> County:
    """The county at the clock's instant."""
    return found_matters()
