"""People at screens: ``person("dispatcher")`` at the desk's size and on a phone, in a small county."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from bihuan.access.sessions import open_session
from bihuan.ledger import clock as product_clock
from tests.browser.people import DESK, PHONE, Person, leave
from tests.factories.matters import found_matters
from tests.factories.organisation import County


@pytest.fixture
def county(transactional_db: None) -> County:
    return found_matters()


@pytest.fixture(params=[pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone", marks=pytest.mark.once)])
def person(request: Any, browser: Browser, live_server: Any, county: County) -> Iterator[Callable[..., Person]]:
    """``person("dispatcher")``: that person at a screen; at the end nobody's browser has complained.

    What a narrower screen changes, no database does: the phone's turn is on one database alone.
    """
    people: list[Person] = []

    def sits_down(username: str = "") -> Person:
        now = product_clock.now()
        cookie = username and open_session(
            account=county.accounts[username], post=county.posts[username], stage="in", factor_at=now
        )
        people.append(Person(browser, live_server.url, request.param, cookie))
        return people[-1]

    yield sits_down
    leave(people)
