"""What a pack asks for between the acts of the demonstration's stories: nothing is left standing where only the pack leads on."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bihuan import packs
from bihuan.cases.selectors import state_of
from bihuan.cases.services import open_case, perform_many
from bihuan.cases.shapes import Command
from bihuan.ledger.clock import now as now_by_clock
from bihuan.people.selectors import directory
from bihuan.play.along import Maker
from bihuan.play.cast import Seats
from bihuan.play.demonstration import between
from bihuan.play.levels import Levels
from bihuan.rulebook.selectors import calendar_for
from tests.bihuan.play.test_pack_stories import founded

pytestmark = pytest.mark.slow
FACTS = {"title": "路灯不亮", "what": "村口两盏路灯不亮，晚上看不清路。", "kind": "help", "channel": "visit"}


def test_a_matter_is_studied_before_it_is_assigned(transactional_db: None, clock: Any) -> None:
    founded("hanyin", clock)
    pack = packs.load("hanyin")
    seats, calendar = Seats(), calendar_for(pack)
    maker = Maker(pack, directory(), seats, calendar, Random(1))
    owed = between(pack, maker)
    assert owed is not None
    centre = directory().centre_at(pack.levels[0].key, pack.area.code)
    dispatcher = seats.actor(centre, "dispatcher")
    leaf = next(
        key
        for key in (one.key for one in pack.catalogue.leaves())
        if Levels(pack, directory(), calendar, ()).suggested(key, pack.area.code, centre)
    )
    opened = open_case(actor=dispatcher, facts=FACTS, area_code=pack.area.code, request_id="between-0001")
    now = now_by_clock()
    assert owed(opened.case_id, "assign", now) is None  # it waits for being accepted: the stories know that
    accept = next(one for one in pack.procedures[pack.usual()].actions if one.key == "accept")
    facts = maker.facts(accept.needs, {"category": leaf}, now, pack.area.code, centre)
    done = perform_many(
        [Command(actor=dispatcher, case_id=opened.case_id, action="accept", request_id="between-0002", facts=facts)]
    )
    assert done[0].error is None, done[0].error
    assert state_of(opened.case_id) == "to_study"
    assert owed(opened.case_id, "remind", now) is None
    command = owed(opened.case_id, "assign", now)
    assert command is not None
    assert perform_many([command])[0].error is None
    assert state_of(opened.case_id) == "to_assign"
    assert owed(opened.case_id, "assign", now) is None


@pytest.mark.parametrize("name", ["xiangyin", "dongzhai", "huaning", "santai"])
def test_nothing_is_looked_up_where_the_stories_know_every_step(name: str) -> None:
    pack = packs.load(name)
    assert between(pack, Maker(pack, None, Seats(), None, Random(1))) is None  # type: ignore[arg-type]
