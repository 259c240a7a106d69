"""The civil affairs office redraws grids and villages: open matters follow through the door, closed ones keep their code."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.boundaries import areas, services
from bihuan.boundaries.services import CannotRedraw
from bihuan.cases import selectors
from bihuan.cases.models import Case, Thread
from bihuan.cases.shapes import CaseFilter
from bihuan.flows.worker import run_once
from bihuan.ledger.models import Entry
from bihuan.notify.models import Notice
from bihuan.people.selectors import directory, post_named
from bihuan.places import selectors as places
from tests.factories.matters import act, category, opened, shipped_pack
from tests.factories.organisation import EAST, EAST_A, EAST_B, GRID_1, GRID_2, GRID_3
from tests.matrix.calling import caller
from tests.matrix.county import World

NEW_GRID = f"{EAST_A}003"


def admin(world: World) -> Any:
    return world.people["system_admin@centre"].actor


def registered(world: World, code: str) -> int:
    return opened(world.people["window_clerk@east"].actor, area_code=code).case_id


def test_two_grids_become_one(world: World) -> None:
    """One open matter in each follows; one closed before stays under its old code; the grid's leader is its leader still."""
    closed = registered(world, GRID_1)
    dispatcher = world.people["dispatcher@east"].actor
    given = {"route": shipped_pack().catalogue.routes[0].key, "reason": "不属于中心受理范围，请向有权机关提出。"}
    act(dispatcher, closed, "decline", given)
    mine, theirs = registered(world, GRID_1), registered(world, GRID_2)
    job = services.merge(actor=admin(world), pack=shipped_pack(), codes=[GRID_1, GRID_2], name="村口网格")
    new = places.area(NEW_GRID)
    assert new is not None
    assert new.name == "村口网格"
    done = services.go_on(job)
    assert (done.total, done.moved, done.left, done.done) == (2, 2, 0, True)
    assert dict(Case.objects.values_list("pk", "area_code")) == {closed: GRID_1, mine: NEW_GRID, theirs: NEW_GRID}
    moved = Entry.objects.filter(kind="area_moved")
    assert {(one.stream, one.doer) for one in moved} == {(f"case:{mine}", "system"), (f"case:{theirs}", "system")}
    listed = selectors.case_list(dispatcher, CaseFilter(area_code=NEW_GRID)).lines
    assert {line.case_id for line in listed} == {mine, theirs}
    ended = places.area(GRID_1)
    assert ended is not None
    assert ended.valid_to is not None  # old codes stay history
    post = post_named("grid_leader_east_grid", "grid_leader")
    assert post is not None
    leader = [one for one in _posts(world, "grid_leader@east grid") if one.valid_to is None]
    assert [one.area_code for one in leader] == [NEW_GRID]


def _posts(world: World, who: str) -> Any:
    from bihuan.people.selectors import posts_of

    return posts_of(world.people[who].actor.account)


def test_two_villages_become_one_with_their_grids(world: World) -> None:
    case_id = registered(world, GRID_3)
    act(
        world.people["dispatcher@east"].actor,
        case_id,
        "accept",
        {"category": category(), "weight": "ordinary", "urgency": "normal"},
    )
    job = services.merge(actor=admin(world), pack=shipped_pack(), codes=[EAST_A, EAST_B], name="青杨村")
    village = f"{EAST}203"
    assert [fact.code for fact in places.children(village)] == [f"{village}001", f"{village}002", f"{village}003"]
    assert services.go_on(job).done
    row = Case.objects.values("area_code", "a12", "a9").get(pk=case_id)
    assert row == {"area_code": f"{village}003", "a12": village, "a9": EAST}
    assert Thread.objects.get(case_id=case_id, name="main").state == "to_assign"


def test_killed_in_the_middle_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine stops after a batch went through the door and before the job noted it: nothing moves twice, nothing stays."""
    cases = [registered(world, GRID_1) for _n in range(3)]
    job = services.merge(actor=admin(world), pack=shipped_pack(), codes=[GRID_1, GRID_2], name="村口网格")
    real = services.perform_many
    with monkeypatch.context() as patch:
        patch.setattr(services, "MOST", 2)

        def killed(commands: Any) -> Any:
            real(commands)
            raise KeyboardInterrupt

        patch.setattr(services, "perform_many", killed)
        with pytest.raises(KeyboardInterrupt):
            services.go_on(job)
    assert Case.objects.filter(area_code=NEW_GRID).count() == 2
    done = services.go_on(job)
    assert done.done
    assert set(Case.objects.filter(pk__in=cases).values_list("area_code", flat=True)) == {NEW_GRID}
    assert Entry.objects.filter(kind="area_moved").count() == 3


def test_a_grid_is_split_and_the_centre_puts_the_rest_right(world: World) -> None:
    case_id = registered(world, GRID_1)
    job = services.split(actor=admin(world), pack=shipped_pack(), code=GRID_1, names=["东片", "西片"])
    services.go_on(job)
    assert Case.objects.get(pk=case_id).area_code == NEW_GRID
    west_part = f"{EAST_A}004"
    act(world.people["dispatcher@east"].actor, case_id, "move_area", {"area": west_part, "reason": "在西片"})
    assert Case.objects.get(pk=case_id).area_code == west_part
    standing = {one.area_code for one in _posts(world, "grid_leader@east grid") if one.valid_to is None}
    assert standing == {NEW_GRID, west_part}


def test_the_worker_lets_them_follow_and_the_centre_is_told(world: World) -> None:
    """A village is split: its open matter follows into the part chosen, held by that part's office, and can be put right."""
    kept = registered(world, EAST_B)
    village = opened(world.people["village_clerk@east village"].actor, area_code=GRID_1).case_id
    act(world.people["village_clerk@east village"].actor, village, "keep", {"category": category()})
    registered(world, GRID_1)
    job = services.split(actor=admin(world), pack=shipped_pack(), code=GRID_1, names=["东片", "西片"], follow=2)
    assert services.unfinished() == [job]
    while run_once():
        pass
    done = services.progress(job)
    assert done is not None
    assert (done.moved, done.left, done.done, services.unfinished()) == (2, 0, True, [])
    east, west = f"{EAST_A}003", f"{EAST_A}004"
    assert Case.objects.get(pk=village).area_code == west
    assert Case.objects.get(pk=kept).area_code == EAST_B
    told = Notice.objects.filter(kind="area_split")
    assert {one.account_id for one in told} == {
        world.people[who].actor.account for who in ("dispatcher@east", "deputy_head@east")
    }
    assert {one.href for one in told} == {f"/desk/cases?area={west}&open=yes"}
    client = caller(world.people["dispatcher@east"].again())
    assert str(village) in client.get(told[0].href).content.decode()
    why = {"area": east, "reason": "在东片"}
    act(world.people["dispatcher@east"].actor, village, "move_area", {**why, "office": world.units["east police"]})
    moved = Thread.objects.get(case_id=village, name="main")
    assert (Case.objects.get(pk=village).area_code, moved.state, moved.holder_unit) == (
        east,
        "handling",
        world.units["east police"],
    )
    with pytest.raises(CannotRedraw):
        services.split(actor=admin(world), pack=shipped_pack(), code=GRID_2, names=["甲", "乙"], follow=3)


def test_what_cannot_be_redrawn(world: World) -> None:
    pack, who = shipped_pack(), admin(world)
    for codes in ([GRID_1], [GRID_1, GRID_3], [EAST_A, GRID_1], ["990101001", "990101002"], [GRID_1, "999999999999999"]):
        with pytest.raises(CannotRedraw):
            services.merge(actor=who, pack=pack, codes=codes, name="新网格")
    with pytest.raises(CannotRedraw):
        services.merge(actor=who, pack=pack, codes=[GRID_1, GRID_2], name=" ")
    for code, names in ((EAST_A, ["甲", "乙"]), (GRID_1, ["甲"]), (GRID_1, ["甲", "甲"])):
        with pytest.raises(CannotRedraw):
            services.split(actor=who, pack=pack, code=code, names=names)
    registered(world, GRID_2)
    from datetime import date

    with pytest.raises(CannotRedraw, match="1"):
        areas.end(actor=who, code=GRID_2, last_day=date(2026, 10, 12))


def test_at_the_desk(world: World) -> None:
    """Renamed, added from a day on, ended, merged: each on the page of the area above, each in the ledger."""
    client = caller(world.people["system_admin@centre"])
    page = f"/desk/admin/areas?code={EAST_A}"
    before = directory()  # as a process keeps it
    assert client.post(page, {"step": "rename", "name": "青石新村"}).status_code == 302
    village = directory().units_of("village_unit", EAST_A)[0]
    assert (before.area_name_of(village), directory().area_name_of(village)) == ("青石村", "青石新村")
    assert client.post(page, {"step": "add", "name": "第3网格", "begins": "2026-10-12"}).status_code == 302
    assert client.post(f"/desk/admin/areas?code={NEW_GRID}", {"step": "end", "last_day": "2026-10-31"}).status_code == 302
    text = client.get(page).content.decode()
    assert "青石新村" in text
    assert "2026-10-31" in text
    registered(world, GRID_1)
    answer = client.post(page, {"step": "merge", "name": "大网格", "codes": [GRID_1, GRID_2]})
    assert answer.status_code == 302
    job = answer.headers["Location"]
    assert "0" in client.get(job).content.decode()
    assert client.post(job).status_code == 405
    while run_once():
        pass
    assert 'class="say ok"' in client.get(job).content.decode()
    kinds = set(Entry.objects.filter(stream="places").values_list("kind", flat=True))
    assert kinds == {"area_renamed", "area_added", "area_ended", "areas_merged"}
    assert client.post(page, {"step": "merge", "name": "大网格", "codes": [GRID_1]}).status_code == 422
