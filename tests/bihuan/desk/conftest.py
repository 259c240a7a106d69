"""The small county with its matters, and a way to go to a page as one of its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories.matters import found_matters
from tests.factories.organisation import County
from tests.factories.visits import visitor

Visit = Callable[..., Client]


@pytest.fixture
def county(db: None, clock: Any) -> County:
    return found_matters()


@pytest.fixture
def visit(county: County) -> Visit:
    """``visit("dispatcher")``: a browser in which the dispatcher has signed in."""
    return lambda username="", **more: visitor(county, username, **more)
