"""All matters: filters that live in the address, chips that take one away, sorting, and the list as a file."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import GRID_1, WEST, brought_to, opened
from tests.factories.organisation import EAST, County
from tests.factories.visits import faults_of, shown_words

TITLE = re.compile(r'class="title" href="/desk/case/(\d+)"')
CHIP = re.compile(r'<li class="chip">(.*?)<a href="([^"]*)"')


def chips(text: str) -> dict[str, str]:
    return {html.unescape(title): html.unescape(without) for title, without in CHIP.findall(text)}


def listed(client: Client, address: str) -> list[int]:
    found: list[int] = []
    while address:
        text = client.get(address).content.decode()
        found += [int(one) for one in TITLE.findall(text)]
        more = re.search(r'<div class="more"><a class="btn" href="([^"]*)"', text)
        address = html.unescape(more[1]) if more else ""
    return found


@pytest.fixture
def matters(county: County, clock: Any) -> dict[str, int]:
    """One of each kind, registered on three days."""
    found = {"old": brought_to(county, "handling", area_code=GRID_1)}
    clock.advance(timedelta(days=1))
    found["middle"] = brought_to(county, "accepted", area_code=WEST, urgency="urgent")
    clock.advance(timedelta(days=1))
    found["new"] = brought_to(county, "archived", area_code=GRID_1)
    return found


def test_each_filter_is_a_chip_that_takes_itself_away(visit: Visit, county: County, matters: dict[str, int]) -> None:
    client = visit("dispatcher")
    address = f"/desk/cases?area={EAST}&open=yes&office={county.units['housing']}&from=2026-10-12&to=2026-10-12&light=running"
    text = client.get(address).content.decode()
    assert faults_of(text) == []
    found = chips(text)
    assert set(found) == {"东岭镇", "在办", "县住建局", "10月12日起收到", "2026-10-12前收到", "正常"}
    assert "area=" not in found["东岭镇"]
    assert all(f"area={EAST}" in without for title, without in found.items() if title != "东岭镇")
    for title in list(found):
        assert title not in chips(client.get(found[title]).content.decode())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("from=2026-10-13", ["new", "middle"]),
        ("to=2026-10-13", ["middle", "old"]),
        ("from=2026-10-13&to=2026-10-13", ["middle"]),
        ("from=2026-10-14&to=2026-10-12", []),
        ("from=nonsense&to=2026-02-30", ["new", "middle", "old"]),
        ("open=no", ["new"]),
        ("sort=limit", ["middle", "old"]),
        ("sort=limit&open=no", []),
    ],
)  # fmt: skip
def test_what_the_filters_leave(visit: Visit, matters: dict[str, int], words: str, expected: list[str]) -> None:
    names = {number: name for name, number in matters.items()}
    assert [names[one] for one in listed(visit("dispatcher"), f"/desk/cases?{words}")] == expected


def test_by_limit_goes_through_all_pages_in_order(visit: Visit, county: County, clock: Any) -> None:
    for n in range(60):
        opened(county.actor("clerk"), urgency=("normal", "urgent", "critical")[n % 3])
    client = visit("dispatcher")
    client.get("/desk/cases")
    with counted() as count:
        text = client.get("/desk/cases?sort=limit").content.decode()
    assert len(count) <= 8, count
    assert 'aria-sort="ascending"' in text
    found = listed(client, "/desk/cases?sort=limit")
    assert len(found) == len(set(found)) == 60
    urgency = {one: n % 3 for n, one in enumerate(sorted(found))}
    assert [urgency[one] for one in found] == sorted((urgency[one] for one in found), reverse=True)


def test_a_number_s_list_cannot_be_sorted_and_says_nothing_of_it(visit: Visit, matters: dict[str, int]) -> None:
    text = visit("dispatcher").get("/desk/cases?ended=2026-10-01&late=no&sort=limit").content.decode()
    assert "sort=limit" not in re.sub(r"name=\"sort\"[^>]*", "", text.partition("<table")[2])


# -- the list as a file ------------------------------------------------------------------------------------------------


def taken_out(client: Client, words: str = "", kind: str = "csv") -> Any:
    return client.post(f"/desk/cases/export?{words}", {"kind": kind})


def rows_of(answer: Any) -> list[list[str]]:
    data = answer.getvalue()
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_file_holds_exactly_what_the_screen_shows(visit: Visit, county: County, matters: dict[str, int]) -> None:
    client = visit("dispatcher")
    for words in ("", f"area={EAST}", "open=yes", "light=running&sort=limit", "q=路灯", "from=2026-10-13"):
        shown = [
            html.unescape(one)
            for one in re.findall(r'<span class="sub">(\d+-\d{4}-\d+)', client.get(f"/desk/cases?{words}").content.decode())
        ]
        answer = taken_out(client, words)
        assert answer.status_code == 200
        assert [row[0] for row in rows_of(answer)[1:]] == shown, words


def test_the_file_is_named_typed_and_never_shown_in_the_page(visit: Visit, county: County, matters: dict[str, int]) -> None:
    for kind, named in (("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")):
        answer = taken_out(visit("dispatcher"), kind=kind)
        assert answer["Content-Type"].startswith(named)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert f".{kind}" in answer["Content-Disposition"]


def test_no_file_tells_who_a_resident_is(visit: Visit, county: County) -> None:
    brought_to(
        county,
        "handling",
        contact=ContactIn(name="钱多多", phone="13800138000", id_no="11010119900307751X", address="文星路18号"),
    )
    text = "\n".join(",".join(row) for row in rows_of(taken_out(visit("head"))))
    for secret in ("钱多多", "钱", "13800138000", "138****", "110101", "文星路"):
        assert secret not in text


def test_taking_out_is_an_entry_without_the_words_looked_for(visit: Visit, county: County, matters: dict[str, int]) -> None:
    rows_of(taken_out(visit("dispatcher"), f"q=路灯&area={EAST}"))
    facts = Entry.objects.get(kind="exported").facts
    assert "路灯" not in str(facts)
    assert facts["area"] == EAST
    assert "导出了清单" in shown_words(visit("auditor").get("/desk/ledger").content.decode())


def test_only_posts_with_the_duty_see_the_buttons(visit: Visit, county: County, matters: dict[str, int]) -> None:
    assert "/desk/cases/export" in visit("dispatcher").get("/desk/cases").content.decode()
    assert "/desk/cases/export" not in visit("officer").get("/desk/cases").content.decode()
    assert taken_out(visit("officer")).status_code == 403


def test_a_file_keeps_to_the_scope_and_to_avoidance(visit: Visit, county: County) -> None:
    about = opened(county.actor("east_clerk"), about_unit=county.units["centre"], title="说中心的事")
    opened(county.actor("clerk"), area_code=WEST, title="西桥镇的事")
    assert about
    east = [row[1] for row in rows_of(taken_out(visit("east_dispatcher")))[1:]]
    assert "西桥镇的事" not in east
    assert "说中心的事" not in [row[1] for row in rows_of(taken_out(visit("dispatcher")))[1:]]
