"""The county with everybody in it and no matter yet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.county import World, settled


@pytest.fixture
def world(db: None, clock: Any) -> World:
    return settled()
