"""The monthly table: counted by hand, agreeing with the board, avoiding what must be avoided, costing the same at any size."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.cases.daily import fold
from bihuan.cases.models import Mark
from bihuan.cases.rebuilding import differences, rebuild
from bihuan.config.statements import counted
from bihuan.reports.board import board
from bihuan.reports.monthly import Row, month_of, table
from bihuan.rulebook.selectors import calendar_for, current_pack
from tests.factories.matters import STEPS, County, act, brought_to, found_matters

SHANGHAI = ZoneInfo("Asia/Shanghai")
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def county(db: None, clock: Any) -> Any:
    yield found_matters()
    assert differences(limit=1000)[0] == []


def row_of(county: County, who: str = "head", month: date = OCTOBER, unit: str = "housing") -> Row:
    rows = {row.unit: row for row in table(county.actor(who), month).rows}
    return rows.get(county.units[unit], Row())


def asked_again(county: County, case_id: int, **said: str) -> None:
    act(county.actor("caller"), case_id, "follow_up", said)


def test_a_month_counted_by_hand(county: County, clock: Any) -> None:
    """Monday 12 October: one solved, one reached and not solved (handled again), one open; the last one is late on the 29th."""
    brought_to(county, "archived")
    unsolved = brought_to(county, "passed")
    asked_again(county, unsolved, outcome="reached", solved="no", satisfied="unsatisfied")
    brought_to(county, "handling")
    clock.set(datetime(2026, 10, 29, 10, tzinfo=SHANGHAI))
    act(county.actor("officer"), unsolved, "draft_answer", STEPS["drafted"][2])
    act(county.actor("leader"), unsolved, "sign_off")
    act(county.actor("checker"), unsolved, "pass")
    row = row_of(county)
    assert (row.received, row.reopened) == (3, 1)
    assert (row.reached, row.not_reached, row.solved, row.satisfied) == (2, 0, 1, 1)
    assert (row.response_met, row.response_missed) == (2, 0)
    assert (row.resolution_met, row.resolution_missed) == (2, 1)  # in time twice; handled again and then late
    assert (row.open, row.late) == (1, 1)
    assert row.resolution.percent == 66
    assert row.solution.percent == 50
    november = row_of(county, month=date(2026, 11, 30))
    assert (november.received, november.resolution.percent, november.open) == (0, None, 1)


def test_what_is_charged_agrees_with_the_board(county: County, clock: Any) -> None:
    for step in ("accepted", "assigned", "handling", "signed", "archived"):
        brought_to(county, step)
    clock.set(datetime(2026, 10, 23, 10, tzinfo=SHANGHAI))
    brought_to(county, "archived")
    for who in ("head", "east_head", "leader", "water_leader"):
        actor = county.actor(who)
        now = clock()
        shown = board(actor, calendar_for(current_pack()), now)
        rows = {row.unit: row for row in table(actor, OCTOBER).rows}
        for unit in shown.units:
            row = rows[unit.unit]
            assert (row.open, row.late, row.met + row.missed, row.missed) == (
                unit.work.n, unit.work.lights["over"], unit.ended, unit.late,
            )  # fmt: skip
    assert row_of(county, "water_leader") == Row()  # a bureau reads its own figures


def test_who_was_not_reached_stands_apart(county: County, clock: Any) -> None:
    case_id = brought_to(county, "passed")
    for _ in range(3):
        asked_again(county, case_id, outcome="not_reached")
        clock.advance(timedelta(hours=24))
    row = row_of(county)
    assert (row.reached, row.not_reached) == (0, 1)
    assert row.solution.percent is None
    assert row.satisfaction.percent is None


def test_a_matter_about_the_office_is_in_no_figure_it_sees(county: County) -> None:
    brought_to(county, "accepted", about_unit=county.units["housing"])
    case_id = brought_to(county, "accepted", about_unit=county.units["housing"])
    act(county.actor("dispatcher"), case_id, "assign", {"office": county.units["water"], "basis": "回避后由水利局办理"})
    assert row_of(county, "head", unit="water").received == 1
    assert table(county.actor("leader"), OCTOBER).rows == ()
    about_centre = brought_to(county, "", about_unit=county.units["centre"])
    assert about_centre
    assert table(county.actor("head"), OCTOBER).total.received == 1


def test_it_costs_the_same_at_any_size(county: County, clock: Any) -> None:
    head = county.actor("head")
    brought_to(county, "archived")
    with counted() as few:
        table(head, OCTOBER)
    for _ in range(4):
        brought_to(county, "archived")
    with counted() as many:
        table(head, OCTOBER)
    assert len(few) == len(many) <= 6, many
    while fold(clock()):
        pass
    with counted() as summed:
        table(head, OCTOBER)
    assert len(summed) == len(many) - 1


def test_marks_are_only_an_index(county: County, clock: Any) -> None:
    case_id = brought_to(county, "archived")
    known = list(Mark.objects.filter(case_id=case_id).order_by("pk").values_list("seq", "key", "unit"))
    assert [key for _, key, _ in known] == ["received", "response_met", "resolution_met", "reached", "solved", "satisfied"]
    Mark.objects.filter(key="solved").delete()
    Mark.objects.filter(key="reached").update(unit=county.units["water"])
    assert {each.case_id for each in differences()[0]} == {case_id}
    assert rebuild([case_id]) == 3  # one gone, one of another unit: out and in again
    again = Mark.objects.filter(case_id=case_id).order_by("seq", "key").values_list("seq", "key", "unit")
    assert sorted(again) == sorted(known)


def test_months_are_read_as_written() -> None:
    today = date(2026, 11, 22)
    assert month_of("2026-02", today) == date(2026, 2, 1)
    for odd in ("", "2026-13", "2027-01", "x", "2026-02-30"):
        assert month_of(odd, today) == date(2026, 11, 1)
