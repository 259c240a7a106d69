"""The township clerk's one list: from above, from the villages, due today; each count is the length of the list it leads to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bihuan.access.actors import Actor
from bihuan.cases.levels import Origin, level_work
from bihuan.config.statements import counted
from tests.factories.matters import act, opened
from tests.factories.organisation import GRID_1, GRID_4
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.scenarios.test_levels import DOWN, UP, accepted_at, assigned_to, wall, who

BUDGET = 8


def listed(actor: Actor, part: Origin) -> list[int]:
    page = level_work(actor, part)
    assert page.counts[part] == len(page.lines)
    return [line.case_id for line in page.lines]


def sent_down(world: World) -> int:
    case_id = accepted_at(world, "centre")
    act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["east"], **DOWN})
    return case_id


def reported_up(world: World) -> int:
    case_id = opened(who(world, "village_clerk@east village"), area_code=GRID_1).case_id
    act(who(world, "village_clerk@east village"), case_id, "report_up", UP)
    return case_id


def test_above_below_and_today(world: World, clock: Any) -> None:
    clerk = who(world, "dispatcher@east")
    down, up = sent_down(world), reported_up(world)
    own = opened(who(world, "window_clerk@east"), area_code=GRID_1).case_id
    elsewhere = opened(who(world, "window_clerk@west"), area_code=GRID_4).case_id
    assert (listed(clerk, Origin.ABOVE), listed(clerk, Origin.BELOW), listed(clerk, Origin.TODAY)) == ([down], [up], [])
    with_station = assigned_to(world, "east", "east police")
    clock.set(wall(13, 9))
    assert set(listed(clerk, Origin.TODAY)) == {down, up, own, with_station}  # whoever holds it
    assert elsewhere not in listed(clerk, Origin.TODAY)
    act(clerk, down, "assign", {"office": world.units["east police"], "basis": "乡镇职责清单"})
    assert listed(clerk, Origin.ABOVE) == []  # it waits for the clerk no more
    assert listed(who(world, "dispatcher@centre"), Origin.ABOVE) == []


def test_the_list_opens_with_the_first_part_that_holds_anything(world: World) -> None:
    clerk = who(world, "dispatcher@east")
    assert level_work(clerk).part is Origin.ABOVE  # nothing anywhere
    reported_up(world)
    assert level_work(clerk).part is Origin.BELOW
    sent_down(world)
    assert level_work(clerk).part is Origin.ABOVE
    assert caller(world.people["dispatcher@centre"]).get("/desk/township").status_code == 200


def test_what_the_county_has_from_its_townships(world: World) -> None:
    up = accepted_at(world, "east")
    act(who(world, "dispatcher@east"), up, "report_up_accepted", UP)
    assert listed(who(world, "dispatcher@centre"), Origin.BELOW) == [up]
    assert level_work(who(world, "dispatcher@centre"), Origin.BELOW).origins == {up: world.units["east"]}


def test_what_is_about_the_township_is_in_no_part_of_its_list(world: World, clock: Any) -> None:
    up = reported_up(world)
    act(who(world, "dispatcher@centre"), up, "say_about", {
        "about_unit": world.units["east"], "reason": "来电人说反映的是镇中心的人。",
    })  # fmt: skip
    clock.advance(timedelta(days=1))
    page = level_work(who(world, "dispatcher@east"), Origin.TODAY)
    assert (page.lines, dict(page.counts)) == ((), {"above": 0, "below": 0, "today": 0})


def test_the_page_in_few_statements_with_counts_that_lead_somewhere(world: World) -> None:
    sent_down(world), reported_up(world)
    client = caller(world.people["dispatcher@east"])
    client.get("/desk/township")
    with counted() as count:
        page = client.get("/desk/township?from=below").content.decode()
    assert len(count) <= BUDGET, count
    counts = re.findall(r'href="\?from=(\w+)"[^>]*>[^<\d]*(\d+)<', page)
    assert counts == [("above", "1"), ("below", "1"), ("today", "0")]
    assert "青石村" in page
    for part, n in counts:
        rows = client.get(f"/desk/township?from={part}").content.decode().count('class="title"')
        assert rows == int(n)
    assert caller(world.people["officer@housing"]).get("/desk/township").status_code == 403
