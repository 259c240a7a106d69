"""The board: every number is the length of the list that it opens, for whoever looks; and what is never on it."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan.cases.models import Case, Clock, Thread
from bihuan.cases.sheet import load
from bihuan.desk.board import ON_PAPER, curve, share
from bihuan.ledger import clock as ledger_clock
from bihuan.reports.board import board
from bihuan.rulebook.selectors import calendar_for, current_pack
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import GRID_1, WEST, County, act, brought_to, opened

NUMBER = re.compile(r'<a href="(/desk/cases[^"]*)"[^>]*>(\d+)</a>')
ROW = re.compile(r'<tr[^>]*><th scope="row" class="unit">(.*?)</th>(.*?)</tr>', re.S)
LINE = re.compile(r'<td class="what"><a class="title" href="/desk/case/(\d+)')
BOARDS = ("/desk/board", "/desk/board?type=matter")
"""All case types; one of them by stages."""
LOOKERS = ("dispatcher", "head", "east_dispatcher", "west_dispatcher", "leader", "water_leader", "authority_head", "east_head")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ASK = {"why": "court_pending", "until": "2026-10-16", "note": "等待法院的裁定。"}


@pytest.fixture
def busy(county: County, clock: Any) -> County:
    """Matters in every stage and light, closed and late ones, approvals that wait, and some about those who look."""
    for step in ("", "accepted", "assigned", "handling", "drafted", "signed", "passed", "archived"):
        brought_to(county, step, area_code=GRID_1)
        brought_to(county, step, area_code=WEST)
    for about in ("housing", "water", "centre"):
        opened(county.actor("east_clerk"), about_unit=county.units[about])
        if about != "centre":
            brought_to(county, "accepted", about_unit=county.units[about])
    brought_to(county, "archived", about_unit=county.units["water"])
    opened(county.actor("clerk"), about_account=county.accounts["east_dispatcher"], area_code=GRID_1)
    opened(county.actor("clerk"), area_code="990101")
    pumped = brought_to(county, "accepted", area_code=WEST)
    act(county.actor("dispatcher"), pumped, "assign", {"office": county.units["water"], "basis": "水利设施由水利部门管"})
    asked = [brought_to(county, "handling", area_code=GRID_1) for _ in range(3)]
    clock.advance(timedelta(days=2))
    for case_id in asked:
        act(county.actor("officer"), case_id, "suspend", ASK)
    act(county.actor("head"), asked[0], "grant_suspend", thread="ask_suspend")
    late = Thread.objects.filter(state="assigned", holder_unit=county.units["housing"]).earliest("pk")
    act(county.actor("liaison"), late.case_id, "acknowledge")
    clock.advance(timedelta(days=1))
    brought_to(county, "assigned", area_code=GRID_1)
    clock.advance(timedelta(hours=29))  # Friday 15:00: within four office hours of a limit of one working day
    return county


def listed(client: Client, address: str) -> list[str]:
    """The cases of a list, through all of its pages."""
    found: list[str] = []
    while address:
        text = client.get(address).content.decode()
        found += LINE.findall(text)
        more = re.search(r'<div class="more"><a class="btn" href="([^"]*)"', text)
        address = html.unescape(more[1]) if more else ""
    return found


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("who", LOOKERS)
def test_every_number_is_the_length_of_its_list(visit: Visit, busy: County, who: str, board: str) -> None:
    client = visit(who)
    text = client.get(board).content.decode()
    numbers = [(html.unescape(address), int(n)) for address, n in NUMBER.findall(text)]
    assert numbers
    for address, n in dict(numbers).items():
        found = listed(client, address)
        assert len(found) == len(set(found)) == n, f"{who}: {address} says {n}, lists {len(found)}"
    rest = re.sub(r"(?s)^.*?<main|<svg.*?</svg>|\d+%", "", NUMBER.sub("", text))
    assert re.findall(r">\s*[1-9]\d*\s*<", rest) == [], "a number that opens nothing"


def test_there_is_something_of_everything(visit: Visit, busy: County) -> None:
    text = "".join(visit("head").get(board).content.decode() for board in BOARDS)
    addresses = " ".join(html.unescape(address) for address, _ in NUMBER.findall(text))
    for part in (
        "light=over",
        "light=near",
        "light=paused",
        "beside=yes",
        "ended=",
        "late=yes",
        "closed=",
        "area=own",
        "state=waiting",
    ):
        assert part in addresses, part


def test_the_centre_s_own_lateness_stands_in_its_own_row(visit: Visit, busy: County) -> None:
    """An approval that waits too long at the centre is red there, while the office's row has its own reds."""
    rows = dict(ROW.findall(visit("head").get("/desk/board").content.decode()))
    centre = busy.units["centre"]
    assert f"office={centre}&amp;light=over" in rows["县社会治理中心"]
    assert f"office={centre}&amp;beside=yes" in rows["县社会治理中心"]
    late = {int(n) for n in listed(visit("head"), f"/desk/cases?office={centre}&light=over")}
    now = ledger_clock.now()
    held = (
        Thread.objects.filter(open=True, holder_unit=centre, due_at__lt=now)
        .exclude(name="main")
        .values_list("case_id", flat=True)
    )
    assert set(held) <= late
    line = visit("head").get(f"/desk/cases?office={centre}&beside=yes").content.decode()
    assert "待审批" in line, "the line shows the thread that was asked for"


def test_nobody_counts_what_is_about_the_own_office(visit: Visit, busy: County) -> None:
    """Without them the board would say the same, to the letter: their number cannot be told from any figure."""
    hidden = {"leader": "housing", "water_leader": "water", "head": "centre"}
    for who, unit in hidden.items():
        client = visit(who)
        before = client.get("/desk/board").content.decode()
        assert Case.objects.filter(about_unit_id=busy.units[unit]).exists()
        Thread.objects.filter(case__about_unit_id=busy.units[unit]).update(holder_unit=busy.units[unit], due_at=None)
        assert numbers_of(client.get("/desk/board").content.decode()) == numbers_of(before), who


def numbers_of(text: str) -> list[tuple[str, str]]:
    return NUMBER.findall(text)


def test_the_list_of_ended_limits_names_them(visit: Visit, busy: County) -> None:
    """A line shows the limit that was missed, not the case's own light."""
    text = visit("leader").get(f"/desk/cases?office={busy.units['housing']}&ended=2026-10-01&late=yes").content.decode()
    assert LINE.findall(text)
    assert text.count('class="light missed"') == len(LINE.findall(text)) == text.count("时限：")


def test_the_figures_by_hand(busy: County) -> None:
    """Counted one by one over the tables, with the rules' own answers about scope and light."""
    actor, now = busy.actor("head"), ledger_clock.now()
    found = board(actor, calendar_for(current_pack()), now)
    seen = {case_id for case_id, sheet in load(Case.objects.all()).items() if sheet.seen_by(actor)}
    threads = [row for row in Thread.objects.filter(open=True) if row.case_id in seen]
    clocks = [row for row in Clock.objects.filter(lit=True).exclude(stopped_at=None) if row.case_id in seen]
    assert {row.unit for row in found.units} == {row.holder_unit for row in threads}
    for row in found.units:
        held = [thread for thread in threads if thread.holder_unit == row.unit]
        ended = [clock for clock in clocks if clock.charged_unit == row.unit]
        assert row.work.n == len({thread.case_id for thread in held})
        assert row.work.lights["over"] == len({thread.case_id for thread in held if thread.due_at and thread.due_at < now})
        assert row.work.beside == len({thread.case_id for thread in held if thread.name != "main"})
        assert row.ended == len({clock.case_id for clock in ended})
        assert row.late == len({clock.case_id for clock in ended if clock.due_at and clock.stopped_at > clock.due_at})
        assert sum(row.days) == len({(clock.case_id, clock.stopped_at.astimezone(SHANGHAI).date()) for clock in ended})
    assert found.total.n == len([thread for thread in threads if thread.name == "main"])
    assert found.closed.cases == len([case for case in Case.objects.exclude(closed_at=None) if case.pk in seen])
    assert sum(area.n for area in found.areas) == found.total.n


def test_an_office_sees_its_own_row_alone(visit: Visit, busy: County) -> None:
    rows = ROW.findall(visit("leader").get("/desk/board").content.decode())
    assert [name for name, _ in rows] == ["县住建局"]
    assert visit("officer").get("/desk/board").status_code == 403
    assert visit("grid_leader").get("/desk/board").status_code == 403


def test_most_late_first_never_by_how_many(visit: Visit, busy: County) -> None:
    rows = ROW.findall(visit("head").get("/desk/board").content.decode())
    over = [int(n[1]) if (n := re.search(r"light=over\"[^>]*>(\d+)<", cells)) else 0 for _, cells in rows]
    assert over == sorted(over, reverse=True)
    assert max(over) > 0


def test_an_empty_board_says_so(visit: Visit, county: County) -> None:
    text = visit("west_dispatcher").get("/desk/board").content.decode()
    assert "这里没有在办的事项" in text
    assert NUMBER.findall(text) == []


def test_shares_and_curves() -> None:
    assert [share(0, 0), share(0, 3), share(999, 1000), share(1, 1000), share(3, 3)] == ["", "0%", "99%", "1%", "100%"]
    assert curve([0, 0]) == ""
    assert curve([0, 2, 1]) == "0.0,19.0 42.0,1.0 84.0,10.0"
    assert ON_PAPER > 30  # the offices of a county and its centre


def test_filters_that_make_no_sense_filter_nothing_and_break_nothing(visit: Visit, busy: County) -> None:
    client = visit("head")
    everything = listed(client, "/desk/cases")
    days = ("closed=x", "ended=9999-12-31", "ended=0001-01-01", "closed=2026-02-30")
    for words in (*days, "office=abc", "office=-1", "beside=perhaps", "late=yes"):
        assert listed(client, f"/desk/cases?{words}") == everything, words
    assert listed(client, "/desk/cases?office=999999999") == []
