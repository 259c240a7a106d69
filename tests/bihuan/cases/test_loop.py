"""One matter from report to rating, in the field's words."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases import selectors
from bihuan.cases.shapes import ContactIn
from tests.factories.matters import STEPS, act, found_matters, opened

pytestmark = pytest.mark.django_db


def test_a_lamp_is_repaired_and_the_resident_is_asked(clock: Any) -> None:
    county = found_matters()
    case = opened(county.actor("clerk"), contact=ContactIn(name="王小明", phone="13800000000"))
    assert case.tracking_code[4] == "-"
    for who, action, given in STEPS.values():
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        act(county.actor(who), case.case_id, action, known)
    page = selectors.case_page(county.actor("dispatcher"), case.case_id)
    assert page.state == "archived"
    assert not page.is_open
