"""Sorting what comes in: the same lamp told twice, two matters in one letter, a mistake set right, what was kept apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors, services
from bihuan.cases.alike import Wanted, look_alikes
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case, Clock
from bihuan.cases.shapes import Opened
from bihuan.dispatch.selectors import past_rulings
from bihuan.flows.worker import run_once
from bihuan.notify.models import Notice
from bihuan.people.models import Shift
from tests.factories.matters import act, category, opened, request_id
from tests.factories.organisation import GRID_1, WEST_A
from tests.matrix.calling import caller
from tests.matrix.county import World

ACCEPT = {"category": category(), "weight": "ordinary", "urgency": "normal"}
SAME = {"reason": "说的是同一盏路灯"}
ANSWER = {"claim": "solved", "answer": "路灯线路已经修好，连续三晚查看都正常。"}


def told(world: World, *, area: str = GRID_1, who: str = "window_clerk@centre", **more: Any) -> Opened:
    return opened(world.people[who].actor, area_code=area, **more)


def handled(world: World, case_id: int, *, to: str = "checking") -> None:
    """Accepted, assigned and worked on, up to a state."""
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("dispatcher@centre", "accept", ACCEPT),
        ("dispatcher@centre", "assign", {"office": world.units["housing"], "basis": "按职责清单交办"}),
        ("liaison@housing", "acknowledge", {}),
        ("officer@housing", "progress", {"note": "已派人到现场查看，线路进水。"}),
        ("officer@housing", "draft_answer", ANSWER),
        ("office_leader@housing", "sign_off", {}),
        ("checker@centre", "pass", {}),
    ]
    for who, action, given in steps:
        if act(world.people[who].actor, case_id, action, given).state == to:
            return


def state(case_id: int) -> str:
    return Case.objects.get(pk=case_id).threads.get(name="main").state


def page_of(code: str) -> Any:
    page = selectors.tracking(code)
    assert page is not None
    return page


def words_on(code: str) -> str:
    return "\n".join(words.text for step in page_of(code).steps for words in step.words)


def test_two_neighbours_tell_of_the_same_lamp(world: World, clock: Any) -> None:
    """Both keep their code. The second is merged into the first, reads its progress and its answer, and rates it for herself."""
    first = told(world)
    clock.advance(timedelta(days=1))
    second = told(world, title="村口路灯不亮", what="村口的路灯两个星期没亮过了。")
    handled(world, first.case_id, to="handling")
    act(world.people["dispatcher@centre"].actor, second.case_id, "merge", SAME, other=first.case_id)
    page = page_of(second.tracking_code)
    assert (page.state, page.is_open) == ("merged", True)
    assert page.promised_at == page_of(first.tracking_code).promised_at
    assert "路灯坏了两周" not in words_on(second.tracking_code)
    for who, action, given in (
        ("officer@housing", "progress", {"note": "已派人到现场查看，线路进水。"}),
        ("officer@housing", "draft_answer", ANSWER),
        ("office_leader@housing", "sign_off", {}),
        ("checker@centre", "pass", {}),
    ):
        act(world.people[who].actor, first.case_id, action, given)
    run_once()
    for code in (first.tracking_code, second.tracking_code):
        assert ANSWER["answer"] in words_on(code)
        assert "线路进水" in words_on(code)
    assert state(second.case_id) == "followup"
    happy, not_so = {"solved": "yes", "satisfied": "satisfied"}, {"solved": "no", "satisfied": "unsatisfied"}
    assert act(resident_actor(first.case_id), first.case_id, "rate", happy).state == "archived"
    assert act(resident_actor(second.case_id), second.case_id, "rate", not_so).state == "handling"
    assert state(first.case_id) == "archived"
    assert act(world.people["officer@housing"].actor, second.case_id, "progress", {"note": "另一盏灯也在换线。"})


def test_the_one_who_waited_longest_sets_the_limit(world: World, clock: Any) -> None:
    """The older report is merged into a younger one: the younger is due when the older was; taken back, it is as before."""
    old = told(world)
    clock.advance(timedelta(days=2))
    young = told(world)
    due = {number: Clock.objects.get(case_id=number, key="resolve").due_at for number in (old.case_id, young.case_id)}
    dispatcher = world.people["dispatcher@centre"].actor
    act(dispatcher, old.case_id, "merge", SAME, other=young.case_id)
    assert Clock.objects.get(case_id=young.case_id, key="resolve").due_at == due[old.case_id]
    clock.advance(timedelta(days=1))
    act(dispatcher, old.case_id, "unmerge", {"reason": "一盏在桥头，一盏在村口"}, other=young.case_id)
    for number, at in due.items():
        assert Clock.objects.get(case_id=number, key="resolve").due_at == at


def test_merged_too_late_is_charged_to_the_centre(world: World, clock: Any) -> None:
    """The older report had run out at the centre before it was merged: not the office of the lead answers for that."""
    old = told(world)
    clock.advance(timedelta(days=15))
    run_once()
    young = told(world)
    handled(world, young.case_id, to="handling")
    act(world.people["dispatcher@centre"].actor, old.case_id, "merge", SAME, other=young.case_id)
    run_once()
    assert Clock.objects.get(case_id=young.case_id, key="resolve").charged_unit == world.units["centre"]


def test_one_letter_two_matters(world: World, clock: Any) -> None:
    """A letter about a lamp and about a ditch: the ditch becomes a matter of its own and is due as the letter was."""
    letter = told(world)
    clock.advance(timedelta(days=2))
    part = {"title": "水沟堵了", "what": "门前水沟堵了，一下雨就漫到屋里。"}
    dispatcher = world.people["dispatcher@centre"].actor
    ditch = services.split_off(actor=dispatcher, case_id=letter.case_id, facts=part, request_id=request_id())
    due = [Clock.objects.get(case_id=number, key="resolve").due_at for number in (letter.case_id, ditch.case_id)]
    assert due[0] == due[1]
    assert ditch.tracking_code != letter.tracking_code
    assert Case.objects.get(pk=ditch.case_id).contact_id == Case.objects.get(pk=letter.case_id).contact_id
    assert page_of(ditch.tracking_code).title == "水沟堵了"


def test_kept_from_an_office_means_kept_apart(world: World) -> None:
    """About the housing office: in no list of look-alikes there, not merged with what it handles, not found by naming it."""
    plain = told(world)
    kept = told(world, about_unit=world.units["housing"])
    handled(world, plain.case_id, to="handling")
    dispatcher, officer = world.people["dispatcher@centre"].actor, world.people["officer@housing"].actor
    with pytest.raises(Refused):
        act(dispatcher, kept.case_id, "merge", SAME, other=plain.case_id)
    wanted = Wanted(
        case_id=plain.case_id, title="路灯坏了两周没人修", text="路灯", category=category(), area_code=GRID_1,
        opened_at=Case.objects.get(pk=plain.case_id).opened_at, days=30,
    )  # fmt: skip
    assert [one.case_id for one in look_alikes(dispatcher, wanted)] == [kept.case_id]
    assert look_alikes(officer, wanted) == []
    body = {"other": str(kept.case_id), "request_id": request_id(), "seen": ""}
    for person in world.people.values():
        if person.unit == "housing":
            answer = caller(person).post(f"/desk/case/{plain.case_id}/pair/relate", body)
            assert answer.status_code in (403, 404, 422), person.name
            assert kept.number not in answer.content.decode()
    assert Case.objects.get(pk=plain.case_id).links.count() == 0


def test_out_of_ones_area_is_not_there(world: World) -> None:
    """A dispatcher of the east names a matter of the west: as if there were none, on the page and in the body of a form."""
    here, there = told(world, who="window_clerk@east"), told(world, area=WEST_A, who="window_clerk@west")
    east = world.people["dispatcher@east"]
    with pytest.raises(NotFound):
        act(east.actor, here.case_id, "merge", SAME, other=there.case_id)
    client = caller(east)
    for other in (there.case_id, 999_999_999):
        body = {"other": str(other), "reason": "同一件事", "request_id": request_id(), "seen": "", "back": "triage"}
        assert client.post(f"/desk/case/{here.case_id}/pair/merge", body).status_code == 404
    named = {"number": there.number, "reason": "同一件事", "request_id": request_id(), "seen": ""}
    assert client.post(f"/desk/case/{here.case_id}/pair/merge", named).status_code == 422
    assert client.post(f"/desk/triage/{there.case_id}", {"do": "accept", "again": "1"}).status_code == 404
    assert there.number not in client.get(f"/desk/triage?case={there.case_id}").content.decode()


def test_how_it_went_before_is_counted_by_office(world: World) -> None:
    """Assigned twice, returned once: offices and kinds of matter; what is about an office is not counted at all."""
    dispatcher = world.people["dispatcher@centre"].actor
    given = {"office": world.units["housing"], "basis": "按职责清单交办"}
    for about in (0, 0, world.units["water"]):
        case_id = told(world, **({"about_unit": about} if about else {})).case_id
        act(dispatcher, case_id, "accept", ACCEPT)
        act(dispatcher, case_id, "assign", given)
    last = Case.objects.order_by("pk")[1].pk
    act(world.people["liaison@housing"].actor, last, "return_it", {"reason": "not_our_duty", "basis": "应由水利部门办理"})
    past = past_rulings(category(), Case.objects.get(pk=last).opened_at.date())
    assert [(one.unit, one.assigned, one.returned) for one in past] == [(world.units["housing"], 2, 1)]
    assert past_rulings(category(), Case.objects.get(pk=last).opened_at.date(), [world.units["water"]]) == []


def test_an_urgent_matter_is_told_at_once(world: World) -> None:
    """Gas leaks: whoever sorts at the centre has a notice within a second, day or night; nobody it is about has one."""
    urgent = told(world, urgency="critical", title="楼道闻到煤气", what="三单元楼道里闻到煤气，请马上来人。")
    told(world)
    run_once()
    notices = Notice.objects.filter(case_id=urgent.case_id, kind="urgent")
    assert set(notices.values_list("account_id", flat=True)) == {world.people["dispatcher@centre"].actor.account}
    assert set(Notice.objects.filter(kind="urgent").values_list("case_id", flat=True)) == {urgent.case_id}
    kept = told(world, who="window_clerk@east", urgency="urgent", about_unit=world.units["east"])
    run_once()
    told_of = set(Notice.objects.filter(case_id=kept.case_id).values_list("account_id", flat=True))
    assert told_of == {world.people["dispatcher@centre"].actor.account}


def test_at_night_it_is_whoever_is_on_duty(world: World, clock: Any) -> None:
    """At two in the morning: not the dispatcher but the colleague whose turn the roster says it is."""
    checker = world.people["checker@centre"].actor
    clock.set(datetime(2026, 10, 13, 2, 0, tzinfo=ZoneInfo("Asia/Shanghai")))
    now = clock()
    Shift.objects.create(
        unit_id=checker.unit, account_id=checker.account, starts_at=now - timedelta(hours=6), ends_at=now + timedelta(hours=6)
    )
    urgent = told(world, urgency="urgent", title="井盖没了", what="路口井盖没了，天黑看不见，怕有人掉下去。")
    run_once()
    assert [one.account_id for one in Notice.objects.filter(case_id=urgent.case_id, kind="urgent")] == [checker.account]
