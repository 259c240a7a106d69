"""What the first three stories do not come to: the narrowest head of a page, the rows of instalments, the last levels."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_kinds import Sits
from tests.browser.test_kinds import screen as screen  # noqa: PLC0414 - a fixture
from tests.factories.matters import found_matters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.once
def test_the_head_of_a_page_stays_one_line_on_a_phone(screen: Sits, clock: Any) -> None:
    """Two digits of notices and a name of three signs; a much longer name is the control: the head may wrap."""
    county = found_matters()
    clerk = screen(county.accounts["clerk"], county.posts["clerk"], phone=True)
    tops = []
    for name in ("欧阳海", "一个长得多的名字"):
        page = clerk.go("/desk/")
        page.evaluate(
            """(name) => { document.querySelector(".me > summary").firstChild.data = name;
            const bell = document.querySelector(".bell"); bell.querySelector(".badge")?.remove();
            bell.append(Object.assign(document.createElement("b"), { className: "badge", textContent: "27" })); }""",
            name,
        )
        box = clerk.look().locator(".own").bounding_box()
        assert box is not None
        tops.append(box["y"])
    assert tops[0] < 20 < tops[1]
