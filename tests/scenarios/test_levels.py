"""Village, township and county: each handles what it can, reports up or sends down, and its own clock begins anew each time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.access.actors import Actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case, Thread
from bihuan.cases.shapes import CasePage, ClockLine
from tests.factories.matters import act, category, opened
from tests.factories.organisation import COUNTY, GRID_1
from tests.matrix.county import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
ACCEPTED = {"category": category(), "weight": "ordinary", "urgency": "normal"}
ANSWER = {"claim": "solved", "answer": "路灯已经修好，请留意今晚是否亮起。"}
UP = {"reason": "needs_upper_office", "basis": "路灯归县住建局管理，乡镇没有维修队伍。"}
DOWN = {"ground": "duty_list", "basis": "赋权清单第十二项：村组道路照明由乡镇维护。"}
RETURN = {"reason": "not_our_duty", "basis": "职责清单第三条，应由水利部门办理。"}


def who(world: World, name: str) -> Actor:
    return world.people[name].actor


def page_of(world: World, case_id: int, reader: str = "dispatcher@centre") -> CasePage:
    return selectors.case_page(who(world, reader), case_id)


def clock_of(page: CasePage, key: str) -> ClockLine:
    return next(line for line in page.clocks if line.key == key)


def centre_of(world: World, case_id: int) -> str:
    """The name of the unit that is the case's centre now."""
    number = Case.objects.get(pk=case_id).centre_id
    return next(name for name, unit in world.units.items() if unit == number)


def held_by(world: World, case_id: int) -> tuple[str, str, str]:
    """State, unit and post of the main thread."""
    main = Thread.objects.get(case_id=case_id, name="main")
    return main.state, next(name for name, unit in world.units.items() if unit == main.holder_unit), main.holder_post


def wall(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI)


def accepted_at(world: World, unit: str, **more: Any) -> int:
    """A matter in the east's first grid, registered and accepted at a centre."""
    case_id = opened(who(world, f"window_clerk@{unit}"), area_code=GRID_1, **more).case_id
    act(who(world, f"dispatcher@{unit}"), case_id, "accept", ACCEPTED)
    return case_id


def assigned_to(world: World, unit: str, office: str, **more: Any) -> int:
    case_id = accepted_at(world, unit, **more)
    given = {"office": world.units[office], "basis": "按职责清单交办"}
    act(who(world, f"dispatcher@{unit}"), case_id, "assign", given)
    return case_id


# -- village -----------------------------------------------------------------------------------------------------------


def test_a_village_keeps_what_it_can_settle_and_the_township_checks_it(world: World, clock: Any) -> None:
    """The clerk writes down what a villager told her, settles it in the village; its head signs, the township checks."""
    clerk = who(world, "village_clerk@east village")
    case_id = opened(clerk, area_code=GRID_1).case_id
    assert held_by(world, case_id) == ("in_village", "east village", "village_clerk")
    assert centre_of(world, case_id) == "east village"
    assert [line.case_id for line in selectors.my_work(clerk).lines] == [case_id]
    due = clock_of(page_of(world, case_id), "resolve").due_at
    clock.advance(timedelta(hours=2))
    assert act(clerk, case_id, "keep", {"category": category()}).state == "handling"
    assert (held_by(world, case_id), centre_of(world, case_id)) == (("handling", "east village", "village_clerk"), "east")
    page = page_of(world, case_id)
    assert (clock_of(page, "dispatch").light, clock_of(page, "resolve").due_at) == ("met", due)
    act(clerk, case_id, "draft_answer", ANSWER)
    with pytest.raises(Refused):
        act(clerk, case_id, "sign_off")
    act(who(world, "village_head@east village"), case_id, "sign_off")
    assert held_by(world, case_id) == ("checking", "east", "checker")
    for reader in ("village_head@east village", "village_clerk@east village", "checker@centre", "checker@west"):
        with pytest.raises((Refused, NotFound)):
            act(who(world, reader), case_id, "pass")
    assert act(who(world, "checker@east"), case_id, "pass").state == "followup"
    assert held_by(world, case_id) == ("followup", "east", "followup_caller")


def test_what_a_grid_finds_comes_to_its_village_first(world: World) -> None:
    case_id = opened(who(world, "grid_leader@east grid"), area_code=GRID_1).case_id
    assert held_by(world, case_id) == ("in_village", "east village", "village_clerk")
    with pytest.raises(Refused):
        act(who(world, "village_clerk@east village"), case_id, "decline", {"route": "court", "reason": "村里不能决定不予受理。"})


def test_a_village_reports_up_and_the_township_has_its_own_day(world: World, clock: Any) -> None:
    """Monday with the village, Tuesday reported up: the township's working day ends on Wednesday, the seven days run on."""
    case_id = opened(who(world, "village_clerk@east village"), area_code=GRID_1).case_id
    before = page_of(world, case_id)
    assert clock_of(before, "dispatch").due_at == wall(13, 17, 30)
    clock.set(wall(13, 9))
    with pytest.raises(Refused):
        act(who(world, "village_clerk@east village"), case_id, "report_up", {"reason": "beyond_powers"})
    assert act(who(world, "village_clerk@east village"), case_id, "report_up", UP).state == "registered"
    after = page_of(world, case_id)
    assert (centre_of(world, case_id), held_by(world, case_id)[1:]) == ("east", ("east", "dispatcher"))
    assert clock_of(after, "dispatch").due_at == wall(14, 17, 30)
    assert clock_of(after, "resolve").due_at == clock_of(before, "resolve").due_at
    assert Case.objects.get(pk=case_id).from_unit_id == world.units["east village"]


# -- township and county ------------------------------------------------------------------------------------------------


def test_a_township_reports_up_with_its_reason_and_the_county_assigns_an_office(world: World, clock: Any) -> None:
    """The township accepted it, finds that the county's office is needed, and says why; the county does not ask again."""
    case_id = accepted_at(world, "east")
    with pytest.raises(Refused) as refused:  # never straight to an office of the county
        act(who(world, "dispatcher@east"), case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单"})
    assert refused.value.field == "office"
    clock.advance(timedelta(days=1))
    dispatch = clock_of(page_of(world, case_id), "dispatch").due_at
    for short in ({}, {"reason": "needs_upper_office"}, {"basis": "没有说明原因的依据"}):
        with pytest.raises(Refused):
            act(who(world, "dispatcher@east"), case_id, "report_up_accepted", short)
    assert act(who(world, "dispatcher@east"), case_id, "report_up_accepted", UP).state == "to_assign"
    page = page_of(world, case_id)
    assert (centre_of(world, case_id), held_by(world, case_id)[1:]) == ("centre", ("centre", "dispatcher"))
    assert clock_of(page, "dispatch").due_at > dispatch
    with pytest.raises(Refused):
        act(who(world, "dispatcher@east"), case_id, "assign", {"office": world.units["east police"], "basis": "按职责清单"})
    act(who(world, "dispatcher@centre"), case_id, "assign", {"office": world.units["housing"], "basis": "城市照明职责"})
    act(who(world, "liaison@housing"), case_id, "acknowledge")
    act(who(world, "officer@housing"), case_id, "draft_answer", ANSWER)
    act(who(world, "office_leader@housing"), case_id, "sign_off")
    assert held_by(world, case_id) == ("checking", "centre", "checker")


def test_the_county_reports_to_nobody(world: World) -> None:
    case_id = accepted_at(world, "centre")
    assert "report_up_accepted" not in {offer.action.key for offer in selectors.offers(who(world, "dispatcher@centre"), case_id)}
    with pytest.raises(Refused):
        act(who(world, "dispatcher@centre"), case_id, "report_up_accepted", UP)


def test_the_county_sends_down_with_its_ground_and_the_township_assigns_a_station(world: World, clock: Any) -> None:
    case_id = accepted_at(world, "centre")
    for short in ({**DOWN, "basis": "请办理"}, {"basis": DOWN["basis"]}):
        with pytest.raises(Refused):
            act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["east"], **short})
    with pytest.raises(Refused):  # an office of the county is no township
        act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["housing"], **DOWN})
    clock.set(wall(13, 9))
    resolve = clock_of(page_of(world, case_id), "resolve").due_at
    act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["east"], **DOWN})
    page = page_of(world, case_id)
    assert (centre_of(world, case_id), held_by(world, case_id)) == ("east", ("to_assign", "east", "dispatcher"))
    assert (clock_of(page, "dispatch").due_at, clock_of(page, "resolve").due_at) == (wall(14, 17, 30), resolve)
    given = {"office": world.units["east police"], "basis": "乡镇职责清单", "copy_leader": True}
    act(who(world, "dispatcher@east"), case_id, "assign", given)
    assert page_of(world, case_id).timeline[-1].facts["copy_leader"] is True
    act(who(world, "liaison@east police"), case_id, "acknowledge")
    act(who(world, "officer@east police"), case_id, "draft_answer", ANSWER)
    act(who(world, "office_leader@east police"), case_id, "sign_off")
    assert held_by(world, case_id) == ("checking", "east", "checker")


def test_sent_down_from_a_place_nobody_knows_is_seen_by_the_township(world: World) -> None:
    """The caller did not say where: the matter lies in the county's own area, and the township still finds what it got."""
    case_id = opened(who(world, "window_clerk@centre"), area_code=COUNTY).case_id
    act(who(world, "dispatcher@centre"), case_id, "accept", ACCEPTED)
    with pytest.raises(NotFound):
        page_of(world, case_id, "dispatcher@west")
    act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["west"], **DOWN})
    assert [line.case_id for line in selectors.my_work(who(world, "dispatcher@west")).lines] == [case_id]
    assert page_of(world, case_id, "checker@west").centre == world.units["west"]
    with pytest.raises(NotFound):
        page_of(world, case_id, "dispatcher@east")


def test_what_was_sent_down_goes_back_only_with_a_reason(world: World) -> None:
    case_id = accepted_at(world, "centre")
    act(who(world, "dispatcher@centre"), case_id, "send_down", {"township": world.units["east"], **DOWN})
    with pytest.raises(Refused):
        act(who(world, "dispatcher@east"), case_id, "report_up_accepted", {"reason": "not_our_duty", "basis": ""})
    back = {"reason": "not_our_duty", "basis": "赋权清单没有这一项，应由县住建局办理。"}
    act(who(world, "dispatcher@east"), case_id, "report_up_accepted", back)
    assert centre_of(world, case_id) == "centre"
    assert Case.objects.get(pk=case_id).from_unit_id == world.units["east"]


def test_a_township_gives_it_to_a_village_of_its_own_and_to_no_other(world: World) -> None:
    case_id = accepted_at(world, "east")
    given = {"basis": "村内小事，请村里直接处理"}
    with pytest.raises(Refused):
        act(who(world, "dispatcher@east"), case_id, "assign", {"office": world.units["west village"], **given})
    act(who(world, "dispatcher@east"), case_id, "assign", {"office": world.units["east village"], **given})
    assert held_by(world, case_id) == ("assigned", "east village", "village_clerk")
    act(who(world, "village_clerk@east village"), case_id, "acknowledge")
    act(who(world, "village_clerk@east village"), case_id, "draft_answer", ANSWER)
    act(who(world, "village_head@east village"), case_id, "sign_off")
    assert held_by(world, case_id) == ("checking", "east", "checker")


def test_the_level_above_takes_up_what_lies_too_long(world: World) -> None:
    case_id = opened(who(world, "village_clerk@east village"), area_code=GRID_1).case_id
    with pytest.raises((Refused, NotFound)):
        act(who(world, "dispatcher@west"), case_id, "take_up", {"basis": "村里两天没有处理"})
    act(who(world, "dispatcher@east"), case_id, "take_up", {"basis": "村里两天没有处理"})
    assert (centre_of(world, case_id), held_by(world, case_id)[0]) == ("east", "registered")
    act(who(world, "dispatcher@centre"), case_id, "take_up", {"basis": "涉及多个乡镇，由县里统一处理"})
    assert centre_of(world, case_id) == "centre"


def test_only_the_matter_s_own_centre_speaks_for_it(world: World) -> None:
    """The township sees what the county holds in its area, and has no say in it."""
    case_id = assigned_to(world, "centre", "housing")
    assert page_of(world, case_id, "dispatcher@east").centre == world.units["centre"]
    give = {"office": world.units["water"], "basis": "请水利局办理"}
    with pytest.raises(Refused):
        act(who(world, "dispatcher@east"), case_id, "transfer", give)
    assert act(who(world, "dispatcher@centre"), case_id, "transfer", give).state == "assigned"
