"""The monthly table as a screen: every number is the length of the list it opens, and it agrees with the board."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from bihuan.desk.filters import link
from bihuan.ledger import clock as ledger_clock
from bihuan.reports.board import board
from bihuan.reports.monthly import month_of, table
from bihuan.rulebook.selectors import calendar_for, current_pack
from tests.bihuan.desk.conftest import Visit
from tests.bihuan.desk.test_board import LINE, NUMBER, listed
from tests.factories.matters import GRID_1, WEST, act, brought_to, opened
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

LOOKERS = ("dispatcher", "head", "east_dispatcher", "leader", "water_leader", "authority_head")


@pytest.fixture
def month(county: County, clock: Any) -> County:
    """October: matters kept and late, not reached, sent back, reopened, assigned twice to one office; one is about an office."""
    for area in (GRID_1, WEST):
        for step in ("assigned", "handling", "signed", "passed", "archived"):
            brought_to(county, step, area_code=area)
    twice = brought_to(county, "assigned", area_code=GRID_1)
    act(county.actor("liaison"), twice, "return_it", {"reason": "wrong_area", "basis": "不属于我局职责，请转水利。"})
    brought_to(county, "accepted", about_unit=county.units["housing"])
    back = brought_to(county, "signed", area_code=GRID_1)
    act(county.actor("checker"), back, "send_back", {"reason": "incomplete", "note": "请补充现场照片说明。"})
    unsolved = brought_to(county, "passed", area_code=WEST)
    act(county.actor("caller"), unsolved, "follow_up", {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied"})
    waits = [brought_to(county, "assigned", area_code=GRID_1) for _ in range(3)]
    pumped = brought_to(county, "accepted", area_code=WEST)
    act(county.actor("dispatcher"), pumped, "assign", {"office": county.units["water"], "basis": "水利设施由水利部门管"})
    clock.advance(timedelta(days=4))
    act(county.actor("liaison"), waits[0], "acknowledge")
    opened(county.actor("clerk"), area_code=GRID_1)
    return county


@pytest.mark.parametrize("who", LOOKERS)
def test_every_number_is_the_length_of_its_list(visit: Visit, month: County, who: str) -> None:
    client = visit(who)
    text = client.get("/desk/monthly").content.decode()
    assert faults_of(text) == []
    numbers = {html.unescape(address): int(n) for address, n in NUMBER.findall(text)}
    assert numbers or who in ("water_leader", "authority_head")
    for address, n in numbers.items():
        found = listed(client, address)
        assert len(found) == len(set(found)) == n, f"{who}: {address} says {n}, lists {len(found)}"
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r">\s*[1-9]\d*\s*<", NUMBER.sub("", body)) == [], "a number that opens nothing"


def test_there_is_something_in_most_columns(visit: Visit, month: County) -> None:
    addresses = " ".join(html.unescape(one) for one, _ in NUMBER.findall(visit("head").get("/desk/monthly").content.decode()))
    for part in (
        "mark=received",
        "late=no",
        "late=yes",
        "light=over",
        "mark=resolution_met",
        "mark=reached",
        "mark=reopened",
        "mark=sent_back",
    ):
        assert part in addresses, part


def test_open_and_overdue_are_the_board_s(month: County) -> None:
    calendar, now = calendar_for(current_pack()), ledger_clock.now()
    for who in LOOKERS:
        actor = month.actor(who)
        ours = {row.unit: (row.open, row.late) for row in table(actor, now.date(), calendar=calendar, now=now).rows}
        theirs = {row.unit: (row.work.n, row.work.lights["over"]) for row in board(actor, calendar, now).units}
        assert {unit: figures for unit, figures in ours.items() if figures != (0, 0)} == theirs, who


def test_the_board_s_thirty_days_and_the_month_count_the_same_limits(month: County) -> None:
    """All that happened lies in October's last thirty days too: both tables give the same kept and late."""
    calendar, now = calendar_for(current_pack()), ledger_clock.now()
    actor = month.actor("head")
    ours = {
        row.unit: (row.met, row.missed)
        for row in table(actor, now.date(), calendar=calendar, now=now).rows
        if row.met or row.missed
    }
    theirs = {row.unit: (row.ended - row.late, row.late) for row in board(actor, calendar, now).units if row.ended}
    assert theirs.items() <= ours.items()


def test_other_months_and_nonsense(visit: Visit, month: County) -> None:
    client = visit("head")
    assert "2026-10" in client.get("/desk/monthly").content.decode()
    before = client.get("/desk/monthly?month=2026-09").content.decode()
    assert "mark=received" not in before
    for words in ("2027-01", "x", "2026-13", "0000-00", "9999-12", ""):
        text = client.get(f"/desk/monthly?month={words}").content.decode()
        assert 'value="2026-10"' in text, words


def test_a_mark_or_month_that_makes_no_sense_filters_nothing(visit: Visit, month: County) -> None:
    client = visit("head")
    everything = listed(client, "/desk/cases")
    for words in ("mark=received", "month=2026-10", "mark=received&month=2026-1", "ended=x&until=2026-10-10"):
        assert listed(client, f"/desk/cases?{words}") == everything, words
    assert listed(client, "/desk/cases?mark=nothing&month=2026-10") == []


def test_what_is_about_the_own_office_is_in_no_figure(visit: Visit, month: County) -> None:
    client = visit("leader")
    before = NUMBER.findall(client.get("/desk/monthly").content.decode())
    hidden = brought_to(month, "accepted", about_unit=month.units["housing"])
    act(month.actor("dispatcher"), hidden, "assign", {"office": month.units["water"], "basis": "由水利部门办理"})
    assert NUMBER.findall(client.get("/desk/monthly").content.decode()) == before


def test_rows_stand_by_unit_and_the_sum_says_what_it_is(visit: Visit, month: County) -> None:
    text = visit("head").get("/desk/monthly").content.decode()
    rows = [row.unit for row in table(month.actor("head"), month_of("", ledger_clock.now().date())).rows]
    assert rows == sorted(rows)
    words = shown_words(text)
    assert "合计" in words
    assert "未联系上" in words


def test_links_say_the_whole_number(county: County) -> None:
    assert link(office=3, mark="received", month="2026-10") == "/desk/cases?office=3&mark=received&month=2026-10"
    assert LINE
