"""Offices that were called to one matter: each with its steps, in time or late, and what was said of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan import packs
from bihuan.desk.timeline import by_office
from bihuan.play.pack_stories import Teller
from tests.bihuan.play.case_pages import browser
from tests.bihuan.play.test_pack_stories import founded
from tests.factories.visits import shown_words

pytestmark = pytest.mark.slow


def told(clock: Any) -> tuple[Teller, str]:
    """The story of two offices called by a whistle, and the page of its case as the centre reads it."""
    teller = founded("dongzhai", clock)
    story = next(story for story in teller.place.pack.later.stories if story.key == "whistle")
    assert teller.play(story).held
    actor = teller.place.person("dispatcher", story.cast, teller.case_id)
    return teller, browser(actor).get(f"/desk/case/{teller.case_id}").content.decode()


def test_each_office_stands_with_its_own_steps(transactional_db: None, clock: Any) -> None:
    _teller, page = told(clock)
    panel = re.search(r'<section class="card p3 called">(.*?)<section class="card p5', page, re.S) or re.search(
        r'<section class="card p3 called">(.*)', page, re.S
    )
    assert panel
    offices = panel[1].split('<section class="sheet">')[1:3]
    water, police = (one.partition("</ol>")[0] for one in offices)
    assert "水管所" in water
    assert "派出所" in police
    assert "light met" in water
    assert "light missed" not in water
    assert "light missed" in police  # it joined a day late
    for words in ("渠口已清通", "下午就到了"):
        assert words in water
        assert words not in police
    for words in ("查到两辆车", "约定下午五点前报到", "当天下午全所在处理交通事故", "确有交通事故处理在先"):
        assert words in police
        assert words not in water


def test_an_act_of_another_unit_names_the_office_it_was_about(transactional_db: None, clock: Any) -> None:
    _teller, page = told(clock)
    course = shown_words(page.partition('class="timeline"')[2])
    assert "裁定评价（东寨派出所）" in course
    assert "部门说明情况（" not in course  # its own act


def test_only_offices_that_an_act_calls_stand_so() -> None:
    assert "whistle" in by_office(packs.load("dongzhai").procedures["matter"])
    letters = {spec.key for spec in packs.load("dongzhai").procedures["matter"].threads if spec.one_for_each == "letter"}
    assert letters
    assert not letters & set(by_office(packs.load("dongzhai").procedures["matter"]))
    assert by_office(packs.load("xiangyin").procedures["campaign"]) == ()  # every grid of an area: a table by area instead
    assert by_office(packs.load("santai").procedures["dispute"]) == ("referral",)
