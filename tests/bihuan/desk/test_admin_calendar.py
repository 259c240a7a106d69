"""Loading a year at the desk: what would move is seen before it moves; then open limits move and closed ones stay."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.cases import selectors
from bihuan.cases.foreseeing import foresee
from bihuan.cases.models import Clock
from bihuan.cases.rebuilding import differences
from bihuan.ledger.selectors import records
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.services import load_calendar_year
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import brought_to, opened
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

ADDRESS = "/desk/admin/calendar/load"
NOTICE = {
    "year": "2027",
    "way": "typed",
    "source": "国办发明电〔2026〕9号",
    "off_typed": "1月1日至3日\n1月4日",
    "made_up_typed": "1月9日",
}


@pytest.fixture
def december(county: County, clock: Any) -> dict[str, int]:
    """Christmas week: an open matter whose limits reach into the next year, a matter about the centre, and a closed one."""
    clock.set(datetime(2026, 12, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai")))
    return {
        "open": opened(county.actor("clerk")).case_id,
        "about": opened(county.actor("clerk"), about_unit=county.units["centre"]).case_id,
        "closed": brought_to(county, "archived"),
    }


def due(case_id: int) -> tuple[datetime | None, bool]:
    row = Clock.objects.get(case_id=case_id, key="resolve")
    return row.due_at, row.provisional


def test_what_would_move_is_shown_and_nothing_moves(visit: Visit, december: dict[str, int]) -> None:
    before = {name: due(case_id) for name, case_id in december.items()}
    page = visit("admin").post(ADDRESS, NOTICE)
    text = page.content.decode()
    words = shown_words(text)
    assert page.status_code == 200
    assert faults_of(text) == []
    assert "尚未写入" in words or "还没有写入" in words
    numbers = {name: selectors.numbers([case_id])[case_id] for name, case_id in december.items()}
    assert numbers["open"] in words
    assert numbers["closed"] not in words
    assert numbers["about"] not in words  # about the administrator's own unit
    assert "2027年1月6日" in words
    assert {name: due(case_id) for name, case_id in december.items()} == before
    assert 2027 not in rulebook.calendar_years()


def test_then_it_is_loaded_and_recorded(visit: Visit, december: dict[str, int], county: County) -> None:
    before = {name: due(case_id) for name, case_id in december.items()}
    page = visit("admin").post(ADDRESS, NOTICE).content.decode()
    kept = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("off", "made_up")}
    answer = visit("admin").post(ADDRESS, {**NOTICE, "way": "kept", "step": "load", **kept})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/desk/admin/calendar/2027?moved=")
    after = {name: due(case_id) for name, case_id in december.items()}
    assert not after["open"][1]
    assert after["open"] != before["open"]
    assert after["about"] != before["about"]
    assert after["closed"] == before["closed"]
    assert differences()[0] == []
    (line,) = records(prefix="calendar")
    assert (line.kind, line.by.account) == ("calendar_loaded", county.accounts["admin"])
    year = shown_words(visit("officer").get("/desk/admin/calendar/2027").content.decode())
    assert "4 休" in year
    assert "9 班" in year


def test_foreseen_is_what_then_happens(county: County, december: dict[str, int]) -> None:
    """The control of the preview: the limits after loading are exactly those foreseen, and no others moved."""
    off, made_up = [date(2027, 1, 1), date(2027, 1, 4)], [date(2027, 1, 9)]
    above = county.actor("authority_dispatcher")  # sees also what is about the county's centre
    foreseen = foresee(above, 2027, lambda pack: rulebook.calendar_with(pack, 2027, off, made_up))
    expected = {(one.case_id, one.clock): one.after for one in foreseen}
    before = {(row.case_id, row.key): row.due_at for row in Clock.objects.all()}
    load_calendar_year(2027, off, made_up, source="s")
    after = {(row.case_id, row.key): row.due_at for row in Clock.objects.all()}
    assert {key: at for key, at in after.items() if at != before[key]} == {
        (one.case_id, one.clock): one.after for one in foreseen if one.moves
    }
    assert all(after[key] == at for key, at in expected.items())
    assert any(one.moves for one in foreseen)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"year": "27", "way": "typed"}, "四位数"),
        ({"year": "2027", "way": "typed", "off_typed": "元旦"}, "元旦"),
        ({"year": "2027", "way": "typed", "off_typed": "2月30日"}, "2月30日"),
        ({"year": "2027", "way": "typed"}, "没有给出"),
        ({"year": "2027", "way": "typed", "off_typed": "2026-12-31"}, "2026-12-31"),
        ({"year": "2027", "way": "typed", "off_typed": "1月1日", "made_up_typed": "1月1日"}, "2027-01-01"),
        ({"year": "2027", "way": "shipped"}, "随附"),
        ({"year": "2027", "way": "file"}, "文件"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(visit: Visit, sent: dict[str, str], said: str) -> None:
    answer = visit("admin").post(ADDRESS, sent)
    assert answer.status_code == 422
    assert said in shown_words(answer.content.decode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_from_the_office_next_door(visit: Visit, encoding: str) -> None:
    rows = "2027年放假安排\n日期,类型\n2027-01-01,休\n2027/1/2,休\n2027年1月9日,班\n"
    file = SimpleUploadedFile("2027.csv", rows.encode(encoding))
    words = shown_words(visit("admin").post(ADDRESS, {"year": "2027", "way": "file", "file": file}).content.decode())
    assert "9 班" in words
    wrong = SimpleUploadedFile("2027.csv", "日期,类型\n2027-01-01,也许\n".encode(encoding))
    answer = visit("admin").post(ADDRESS, {"year": "2027", "way": "file", "file": wrong})
    assert (answer.status_code, "第 2 行" in shown_words(answer.content.decode())) == (422, True)


def test_who_reads_may_not_load(visit: Visit) -> None:
    assert visit("dispatcher").get("/desk/admin/calendar/2026").status_code == 200
    assert visit("dispatcher").post(ADDRESS, NOTICE).status_code == 403
    assert visit("admin").get("/desk/admin/calendar/1999").status_code == 404
