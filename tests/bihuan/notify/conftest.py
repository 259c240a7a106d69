"""The small county with everybody in it and a matter in every relation to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.county import World, found


@pytest.fixture
def world(db: None, clock: Any) -> World:
    return found()
