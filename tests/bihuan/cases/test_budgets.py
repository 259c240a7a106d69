"""Statements per act (12) and per screen (8), counting the one that reads the session."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases import selectors
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from tests.factories.matters import STEPS, act, brought_to, found_matters, opened

pytestmark = pytest.mark.django_db
SESSION = 1
ACT, SCREEN = 12, 8


def test_opening_a_case_with_a_contact_and_a_phone_number_in_the_text(clock: Any) -> None:
    county = found_matters()
    clerk = county.actor("clerk")
    opened(clerk)
    with counted() as count:
        opened(
            clerk,
            contact=ContactIn(name="王小明", phone="13800000000"),
            what="路灯坏了两周，请打 13912345678 联系我。",
            about_unit=county.units["water"],
        )
    assert len(count) + SESSION <= ACT, count


def test_every_act_of_the_loop(clock: Any) -> None:
    county = found_matters()
    brought_to(county, "archived")
    case_id = opened(county.actor("clerk")).case_id
    for who, action, given in STEPS.values():
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        actor = county.actor(who)
        with counted() as count:
            act(actor, case_id, action, known)
        assert len(count) + SESSION <= ACT, f"{action}\n{count}"


def test_every_screen(clock: Any) -> None:
    county = found_matters()
    case = opened(county.actor("clerk"), contact=ContactIn(name="王小明", phone="13800000000"))
    brought_to(county, "drafted")
    dispatcher = county.actor("dispatcher")
    for read in (
        lambda: selectors.my_work(dispatcher),
        lambda: selectors.case_list(dispatcher),
        lambda: selectors.case_page(dispatcher, case.case_id),
        lambda: selectors.tracking(case.tracking_code),
    ):
        with counted() as count:
            read()
        assert len(count) + SESSION <= SCREEN, count
    with counted() as count:
        selectors.case_page(dispatcher, case.case_id)
    assert len(count) <= 6, count
