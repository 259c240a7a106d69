"""The pack's lists and figures: exactly the matters that their conditions name, in its columns, never one about the reader."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bihuan.cases.listed import listed
from bihuan.cases.shapes import CaseFilter
from bihuan.config.statements import counted
from bihuan.ledger.selectors import records
from bihuan.packs.later import Indicator
from bihuan.reports.figures import figures
from bihuan.rules.terms import Where
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import EAST, GRID_1, WEST, County, act, brought_to, shipped_pack
from tests.factories.visits import faults_of

CASE = re.compile(r'<td data-name="[^"]*"[^>]*><a href="/desk/case/(\d+)"')
PLAN = {
    "committed_on": "2026-12-10", "plan": "先做临时加固，十二月十日前完成管网改造。", "meeting": "2026-10-08",
}  # fmt: skip


def where(**conditions: str | tuple[str, ...]) -> Where:
    return Where(tuple((name, (value,) if isinstance(value, str) else value) for name, value in conditions.items()))


def seen(county: County, who: str, **conditions: str | tuple[str, ...]) -> set[int]:
    page = listed(county.actor(who), CaseFilter(view=where(**conditions)))
    return {one.line.case_id for one in page.cases}


def on(visit: Visit, who: str, address: str) -> list[int]:
    answer = visit(who).get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert faults_of(text) == []
    return [int(number) for number in CASE.findall(text)]


def test_a_list_holds_what_happened_and_how_it_stands(county: County) -> None:
    opened, accepted, assigned, archived = (brought_to(county, step) for step in ("", "accepted", "assigned", "archived"))
    assert seen(county, "head", had="assigned") == {assigned, archived}
    assert seen(county, "head", had=("accepted", "nothing")) == {accepted, assigned, archived}
    assert seen(county, "head", not_had="assigned") == {opened, accepted}
    assert seen(county, "head", had="accepted", not_had="passed") == {accepted, assigned}
    assert seen(county, "head", had="assigned", open="true") == {assigned}
    assert seen(county, "head", open="false") == {archived}
    assert seen(county, "head", open=("true", "false")) == {opened, accepted, assigned, archived}
    assert seen(county, "head", state=("to_assign", "archived")) == {accepted, archived}
    assert seen(county, "head", procedure="matter", weight="ordinary") == {accepted, assigned, archived}
    assert seen(county, "head", procedure="other") == set()
    category = shipped_pack().catalogue.leaves()[0]
    assert seen(county, "head", category=category.parent or category.key) == {accepted, assigned, archived}
    assert seen(county, "head", category=category.key + "_") == set()
    assert seen(county, "head", channel="phone", kind="complaint") == {opened, accepted, assigned, archived}
    assert seen(county, "head", channel="visit") == set()


def test_a_list_of_threads_and_of_lights(county: County, clock: Any) -> None:
    plain, joint = brought_to(county, "accepted"), brought_to(county, "accepted")
    given = {"office": county.units["housing"], "basis": "城市照明由住建部门负责"}
    act(county.actor("dispatcher"), plain, "assign", given)
    act(county.actor("dispatcher"), joint, "assign", {**given, "co_offices": [county.units["water"]]})
    assert seen(county, "head", thread="joint") == {joint}
    assert seen(county, "head", thread="joint", thread_open="true") == {joint}
    assert seen(county, "head", thread="joint", thread_state="reported") == set()
    assert seen(county, "head", thread="joint", thread_open="false") == set()
    assert seen(county, "head", light="over") == set()
    clock.advance(timedelta(days=40))
    assert seen(county, "head", light=("over", "near")) == {plain, joint}


def test_what_is_about_the_reader_is_on_no_list(county: County) -> None:
    about = brought_to(county, "accepted", about_unit=county.units["water"])
    act(county.actor("dispatcher"), about, "assign", {"office": county.units["housing"], "basis": "由住建部门负责处理"})
    assert about in seen(county, "head", had="assigned")
    assert about in seen(county, "leader", had="assigned")
    assert about not in seen(county, "water_leader", had="assigned")
    assert seen(county, "west_dispatcher", had="assigned") == set()


def test_the_screen_shows_the_columns_of_the_pack(county: County, visit: Visit) -> None:
    brought_to(county, "accepted")
    case_id = brought_to(county, "assigned", area_code=GRID_1)
    assert on(visit, "head", "/desk/lists/handed_over") == [case_id]
    text = visit("head").get("/desk/lists/handed_over").content.decode()
    assert "<h1>交办台账</h1>" in text
    assert '<td data-name="主办单位">县住建局</td>' in text
    assert re.search(r'data-name="交办"[^>]*>2026-10-[0-9]{2}</td>', text)
    assert '<span class="light' in text
    assert on(visit, "head", f"/desk/lists/handed_over?area={WEST}") == []
    assert on(visit, "head", f"/desk/lists/handed_over?area={EAST}&from=2026-10-01&to=2026-10-31") == [case_id]
    assert on(visit, "head", "/desk/lists/handed_over?from=2026-11-01") == []
    assert "fact" not in re.sub(r"<[^>]*>", "", text)
    english = visit("head", language="en").get("/desk/lists/handed_over").content.decode()
    assert "<h1>Matters assigned</h1>" in english


def test_every_list_of_the_pack_is_a_screen_within_the_budget(county: County, visit: Visit) -> None:
    for step in ("assigned", "handling", "archived"):
        brought_to(county, step, area_code=GRID_1)
    client = visit("head")
    home = client.get("/desk/lists").content.decode()
    assert faults_of(home) == []
    views = shipped_pack().later.lists
    assert views
    for view in views:
        assert f'href="/desk/lists/{view.key}"' in home
        with counted() as count:
            assert client.get(f"/desk/lists/{view.key}").status_code == 200
        assert len(count) <= 8, str(count)
    with counted() as count:
        assert client.get("/desk/lists").status_code == 200
    assert len(count) <= 8, str(count)
    assert client.get("/desk/lists/nothing").status_code == 404


def test_a_list_is_taken_out_as_it_stands_and_written_down(county: County, visit: Visit) -> None:
    for _ in range(3):
        brought_to(county, "assigned", area_code=GRID_1)
    answer = visit("head").post(f"/desk/lists/handed_over/export?area={EAST}", {"kind": "csv"})
    assert answer.status_code == 200
    rows = answer.getvalue().decode("utf-8-sig").splitlines()
    assert rows[0].startswith("编号,")
    assert len(rows) == 4
    assert "县住建局" in rows[1]
    entry = records(prefix="export:", limit=1)[0]
    assert (entry.facts["what"], entry.facts["rows"], entry.facts["area"]) == ("list:handed_over", 3, EAST)
    assert visit("officer").post("/desk/lists/handed_over/export", {"kind": "csv"}).status_code == 403


def test_figures_are_what_the_marks_counted(county: County, visit: Visit, clock: Any) -> None:
    for _ in range(2):
        brought_to(county, "archived", area_code=GRID_1)
    unsolved = brought_to(county, "passed", area_code=GRID_1)
    act(county.actor("caller"), unsolved, "follow_up", {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied"})
    now = clock()
    since, until = now - timedelta(days=30), now + timedelta(days=1)
    specs = (
        Indicator(key="share", title="", of="solved", over="reached", by="level"),
        Indicator(key="each", title="", of="reached", by="office"),
        Indicator(key="all", title="", of="reached"),
        Indicator(key="none", title="", of="reached", where=where(level="village")),
        Indicator(key="again", title="", of="reopened", times=True),
    )
    pack = replace(shipped_pack(), later=replace(shipped_pack().later, indicators=specs))
    found = {
        one.spec.key: [(p.unit, p.level, p.n, p.of) for p in one.parts]
        for one in figures(county.actor("head"), pack, since, until)
    }
    housing = county.units["housing"]
    assert found == {
        "share": [(0, "county", 2, 3)],
        "each": [(housing, "", 3, None)],
        "all": [(0, "", 3, None)],
        "none": [(0, "", 0, None)],
        "again": [(0, "", 1, None)],
    }
    assert [(p.n, p.of) for one in figures(county.actor("west_head"), pack, since, until)[:1] for p in one.parts] == []
    text = visit("head").get("/desk/lists").content.decode()
    assert "各级解决" in text
    assert "66%" in text
    assert "各级解决" not in visit("officer").get("/desk/lists").content.decode()


def test_a_figure_of_one_office_opens_what_it_counts(county: County, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    brought_to(county, "archived", area_code=GRID_1)
    from bihuan.desk import lists

    spec = Indicator(key="each", title="回访到的", of="reached", by="office")
    made = lists.month_figures

    def only(actor: Any, pack: Any, month: Any, calendar: Any) -> Any:
        return made(actor, replace(pack, later=replace(pack.later, indicators=(spec,))), month, calendar)

    monkeypatch.setattr(lists, "month_figures", only)
    text = visit("head").get("/desk/lists").content.decode()
    link = re.search(r'<dd><a href="([^"]*)"><b>(\d+)</b>', text)
    assert link
    opened = visit("head").get(html.unescape(link[1])).content.decode()
    assert opened.count('<td class="what">') == int(link[2]) == 1
