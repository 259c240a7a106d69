"""催办: whoever holds a matter is reminded before its limit, near it and past it, in office hours, once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.flows import telling
from bihuan.flows.worker import deliver, run_once
from bihuan.ledger import clock as time
from bihuan.ledger.models import Outbox
from bihuan.ledger.services import LEASE
from bihuan.notify.models import Notice
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI)


def with_housing(world: World, **more: Any) -> int:
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, **more).case_id
    dispatcher = world.people["dispatcher@centre"].actor
    act(dispatcher, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, case_id, "acknowledge")
    act(world.people["officer@housing"].actor, case_id, "progress", {"note": "已经派人到现场查看，正在联系配件。"})
    return case_id


def told(world: World, who: str) -> list[tuple[str, str, datetime]]:
    """The notices of one person: kind, clock, from when they are shown."""
    rows = Notice.objects.filter(account_id=world.people[who].actor.account).order_by("pk")
    return [(row.kind, row.facts.get("clock", ""), row.at.astimezone(SHANGHAI)) for row in rows]


def test_seven_working_days_with_three_reminders(world: World, clock: Any) -> None:
    """Due Wednesday 21 October 17:30, yellow from the 20th at 17:30: told on the 20th, 21st and 22nd, each at nine."""
    case_id = with_housing(world)
    for day in range(12, 25):
        for hour, minute in ((3, 0), (8, 59), (9, 0), (12, 30), (17, 29), (17, 31), (23, 0)):
            if at(day, hour, minute) > time.now():
                clock.set(at(day, hour, minute))
                run_once()
    assert told(world, "officer@housing") == [
        ("limit_before", "resolve", at(20, 9)),
        ("limit_near", "resolve", at(21, 9)),
        ("limit_over", "resolve", at(22, 9)),
    ]
    assert told(world, "officer@water") == []
    timeline = [one.kind for one in selectors.case_page(world.people["officer@housing"].actor, case_id).timeline]
    assert timeline.count("limit_near") == 2
    assert timeline.count("limit_passed") == 1
    page = caller(world.people["officer@housing"].again()).get(f"/desk/case/{case_id}").content.decode()
    assert "系统催办：时限将到" in page


def test_no_reminder_at_night_nor_on_a_day_off(world: World, clock: Any) -> None:
    """Everything the worker gives by itself lies in office hours of a working day, whenever the worker runs."""
    with_housing(world)
    opened(world.people["window_clerk@centre"].actor, area_code=GRID_1)
    for hours in range(1, 24 * 14, 5):
        clock.set(at(12, 10) + timedelta(hours=hours))
        run_once()
    calendar = telling.office_calendar()
    shown = [row.at for row in Notice.objects.exclude(kind="reminded")]
    assert len(shown) > 6
    assert [one for one in shown if calendar.opening_from(one) != one] == []


def test_what_is_answered_in_time_is_not_reminded_of(world: World, clock: Any) -> None:
    case_id = with_housing(world)
    act(world.people["officer@housing"].actor, case_id, "draft_answer", {"claim": "solved", "answer": "已更换灯具并恢复照明。"})
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    act(world.people["checker@centre"].actor, case_id, "pass")
    clock.set(at(23, 10))
    run_once()
    assert told(world, "officer@housing") == []


def test_a_reminder_is_nobodys_conflict(world: World, clock: Any) -> None:
    """Somebody who had the page open while a reminder came may still act."""
    case_id = with_housing(world)
    officer = world.people["officer@housing"].actor
    seen = selectors.case_page(officer, case_id).version
    clock.set(at(21, 9))
    run_once()
    assert act(officer, case_id, "progress", {"note": "配件已经到货，今天安装。"}, seen=seen).state == "handling"


def test_a_worker_killed_between_notice_and_mark(world: World, clock: Any, worker_dies: Callable[[], None]) -> None:
    """The notice is there and its work is not marked done: it comes again, and there is still one notice."""
    with_housing(world)
    clock.set(at(21, 9))
    run_once(outbox=False)
    worker_dies()
    before = told(world, "officer@housing")
    assert [kind for kind, _clock, _at in before] == ["limit_near"]
    clock.advance(LEASE)
    assert deliver()[0] > 0
    assert told(world, "officer@housing") == before
    assert not Outbox.objects.filter(state=0).exists()


def test_the_centre_reminds_with_its_own_words(world: World, clock: Any) -> None:
    case_id = with_housing(world)
    act(world.people["dispatcher@centre"].actor, case_id, "remind", {"words": "群众又来电话了，请今天给一个答复。"})
    run_once()
    assert [kind for kind, _clock, _at in told(world, "officer@housing")] == ["reminded"]
    page = caller(world.people["officer@housing"]).get(f"/desk/case/{case_id}").content.decode()
    assert "群众又来电话了" in page
    with pytest.raises(Refused):
        act(world.people["officer@housing"].actor, case_id, "remind", {"words": "自己催自己没有意义"})


def test_nobody_is_told_of_a_matter_about_them(world: World, clock: Any) -> None:
    """A matter about housing's officer is with water: nobody of housing gets a notice, at any stage."""
    account = world.people["officer@housing"].actor.account
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_account=account).case_id
    dispatcher = world.people["dispatcher@centre"].actor
    act(dispatcher, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case_id, "assign", {"office": world.units["water"], "basis": "由水利局代办"})
    for day in (14, 20, 21, 22):
        clock.set(at(day, 10))
        run_once()
    assert Notice.objects.filter(case_id=case_id).exists()
    of_housing = {person.actor.account for person in world.people.values() if person.unit == "housing"}
    assert not Notice.objects.filter(case_id=case_id, account_id__in=of_housing).exists()
    assert telling.tell(unit=world.units["housing"], post="officer", kind="limit_near", ref="forced", case_id=case_id) == 0


WORDS = {"words": "群众又来电话了，请今天给一个答复。"}


def test_a_matter_that_waits_is_reminded_of_supervised_and_instructed(world: World, clock: Any) -> None:
    """A suspension or a question to the resident is no place to hide: the centre urges there too, papers are added."""
    case_id = with_housing(world)
    head, officer = world.people["centre_head@centre"].actor, world.people["officer@housing"].actor
    ask = {"why": "court_pending", "until": "2026-10-28", "note": "法院正在审理，判决后继续办理。"}
    act(officer, case_id, "suspend", ask)
    act(head, case_id, "grant_suspend", {}, thread="ask_suspend")
    assert selectors.case_page(officer, case_id).threads[0].state == "waiting"
    act(world.people["dispatcher@centre"].actor, case_id, "remind", WORDS)
    act(head, case_id, "instruct", {"words": "判决一下来马上办。", "answer_by": "2026-10-30"})
    offered = {offer.action.key for offer in selectors.offers(officer, case_id)}
    assert {"attach", "resume"} <= offered
    run_once()
    assert ("reminded", "", at(12, 10)) in told(world, "officer@housing")
    assert ("instructed", "", at(12, 10)) in told(world, "officer@housing")


def test_a_village_and_a_deputy_head_are_reminded_like_anyone(world: World, clock: Any) -> None:
    county, village = world.people["dispatcher@centre"].actor, world.people["village_clerk@east village"].actor
    in_village = opened(village, area_code=GRID_1).case_id
    act(world.people["dispatcher@east"].actor, in_village, "remind", WORDS)
    ruling = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1).case_id
    act(county, ruling, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    for _ in range(2):
        act(county, ruling, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
        why = {"reason": "not_our_duty", "basis": "职责清单上由水利部门负责。"}
        act(world.people["liaison@housing"].actor, ruling, "return_it", why)
    run_once()
    act(world.people["centre_head@centre"].actor, ruling, "remind", WORDS)
    run_once()
    assert [kind for kind, _clock, _at in told(world, "village_clerk@east village")] == ["reminded"]
    assert [kind for kind, _clock, _at in told(world, "deputy_head@centre")] == ["reminded"]
    for who in ("village_clerk@east village", "village_head@east village", "deputy_head@centre"):
        assert caller(world.people[who].again()).get("/desk/supervision").status_code == 200


def test_a_copy_to_the_leader_is_told_to_the_leader(world: World, clock: Any) -> None:
    """With the box ticked the office's leader is told at once; without it they are not, nor is the leader of another office."""
    county = world.people["dispatcher@centre"].actor
    for more in ({}, {"copy_leader": True}, {"copy_leader": False}):
        case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1).case_id
        act(county, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
        act(county, case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办", **more})
    run_once()
    assert [kind for kind, _clock, _at in told(world, "office_leader@housing")] == ["copied"]
    assert told(world, "office_leader@water") == []
    bell = caller(world.people["office_leader@housing"].again()).get("/desk/notices").content.decode()
    assert "抄送" in bell
