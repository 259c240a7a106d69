"""A rule is changed at the desk: seen first, published by a second person, and open matters go on under it only when told to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from html import unescape
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan import packs
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.versions import difference_lines
from bihuan.ledger.selectors import records
from bihuan.packs.edits import Edit, changed, limits
from bihuan.people.selectors import post_named
from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.web.speech import Speech
from tests.bihuan.desk.conftest import Visit
from tests.bihuan.desk.test_screens import BUDGET
from tests.factories.matters import PASSWORD, STEPS, act, brought_to, opened, shipped_pack
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words, visitor

CHANGE, MIGRATE = "/desk/admin/pack/change", "/desk/admin/pack/migrate"
ZONE = ZoneInfo("Asia/Shanghai")
MOST = 12


def field_of(clock: str, key: str) -> str:
    """The name of the field of a limit."""
    places = limits(shipped_pack().procedures["matter"])
    return next(f"limit-{n}" for n, one in enumerate(places) if (one.clock.key, one.limit.key) == (clock, key))


def form(**more: str) -> dict[str, str]:
    return {
        "against": rulebook.current_digest(),
        "procedure": "matter",
        "version": "9.2",
        "reason": "县委办会议纪要第3期",
        **more,
    }


def kept(page: str) -> dict[str, str]:
    """What the page that shows the change sends on."""
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)}


@pytest.fixture
def second(county: County, visit: Visit) -> Client:
    """A second administrator."""
    accounts = create_accounts([AccountRow(username="admin2", name="周二", password=PASSWORD)])
    give_posts([PostRow(username="admin2", key="system_admin", unit_key="centre")])
    post = post_named("admin2")
    assert post is not None
    more = replace(county, accounts={**county.accounts, **accounts}, posts={**county.posts, "admin2": post.id})
    return visitor(more, "admin2")


@pytest.fixture
def september(county: County, clock: Any) -> int:
    """A matter that was archived in September on its sixth working day."""
    clock.set(datetime(2026, 9, 1, 10, tzinfo=ZONE))
    case_id = opened(county.actor("clerk")).case_id
    about = opened(county.actor("clerk"), about_unit=county.units["centre"]).case_id
    for day, steps in {1: ("accepted", "assigned", "handling"), 9: ("drafted", "signed", "passed", "archived")}.items():
        clock.set(datetime(2026, 9, day, 15, tzinfo=ZONE))
        for step in steps:
            who, action, given = STEPS[step]
            act(
                county.actor(who),
                case_id,
                action,
                {**given, **({"office": county.units["housing"]} if "office" in given else {})},
            )
    assert about
    clock.set(datetime(2026, 10, 12, 10, tzinfo=ZONE))
    return case_id


def test_seen_asked_for_agreed_to_and_then_migrated(
    visit: Visit, county: County, second: Client, september: int, clock: Any
) -> None:
    open_case = brought_to(county, "handling")
    quiet = opened(county.actor("clerk"), procedure="petition").case_id  # no limit of a petition is changed
    number = Case.objects.values_list("number", flat=True)
    client = visit("admin")
    with counted() as count:
        page = client.post(CHANGE, form(**{field_of("resolve", "resolve"): "5"}))
    text = page.content.decode()
    words = shown_words(text)
    assert page.status_code == 200, words
    assert len(count) <= MOST, count
    assert faults_of(text) == []
    assert "5 个工作日" in words
    assert number.get(pk=september) in words  # six working days: kept under seven, missed under five
    assert number.get(pk=open_case) not in words
    assert rulebook.versions()[0].version == shipped_pack().version  # nothing is written
    answer = client.post(CHANGE, {**kept(text), "step": "ask"})
    assert answer.status_code == 302
    address = answer.headers["Location"]
    own = client.get(address).content.decode()
    assert "5 个工作日" in shown_words(own)
    assert 'value="agree"' not in own
    assert client.post(address, {"step": "agree"}).status_code == 422
    assert rulebook.current_digest() == shipped_pack().digest
    assert address in visit("admin").get("/desk/admin/pack").content.decode()
    assert second.get(address).status_code == 200
    with counted() as count:
        assert second.post(address, {"step": "agree"}).status_code == 302
    assert len(count) <= MOST, count
    now = rulebook.versions()[0]
    assert (now.version, now.published_by == now.approved_by) == ("9.2", False)
    assert Case.objects.get(pk=open_case).pack_digest == shipped_pack().digest
    client.get(MIGRATE)  # the packs are read once in a worker's life
    with counted() as count:
        shown = client.get(MIGRATE).content.decode()
    assert len(count) <= BUDGET, count
    assert number.get(pk=open_case) in shown_words(shown)
    assert number.get(pk=quiet) not in shown_words(shown)
    assert "其中 1 件没有任何变化" in shown_words(shown)
    assert faults_of(shown) == []
    assert client.post(MIGRATE, {"to": now.digest[:16], "reason": ""}).status_code == 422
    gone = client.post(MIGRATE, {"to": now.digest[:16], "reason": "会议定了新时限"})
    assert gone.headers["Location"].endswith("moved=2&stay=0")
    assert Case.objects.get(pk=open_case).pack_digest == now.digest
    assert client.get(gone.headers["Location"]).status_code == 200
    page_of = visit("dispatcher").get(f"/desk/case/{open_case}").content.decode()
    assert "转入另一版规则继续办理" in page_of
    assert "会议定了新时限" in page_of


def test_a_source_keeps_no_number_of_anybody(visit: Visit) -> None:
    client = visit("admin")
    page = client.post(CHANGE, form(**{field_of("resolve", "resolve"): "5", "reason": "会议定的，问13911112222"}))
    assert page.status_code == 200
    assert "13911112222" not in page.content.decode()
    assert "会议定的，问139****2222" in shown_words(page.content.decode())


def test_what_is_wrong_is_said_at_its_field(visit: Visit) -> None:
    client, field = visit("admin"), field_of("resolve", "resolve")
    for sent, words in (
        ({}, "还没有改动"),
        ({field: "0"}, "1 到 999"),
        ({field: "5", "reason": ""}, "依据"),
        ({field: "5", "version": shipped_pack().version, "step": "ask"}, "版本号已被使用"),
        ({field: "5", "against": "0" * 64}, "已发布了别的规则"),
        ({"category": "nothing", "office": "finance", "basis": "x", "level": "county"}, "没有"),
    ):
        page = client.post(CHANGE, form(**sent))
        assert page.status_code == 422, sent
        assert words in shown_words(page.content.decode()), sent
    assert client.post(CHANGE, form(edits='[["limit"')).status_code == 422
    assert (
        client.post(CHANGE, form(edits=json.dumps([["limit", ["matter", "", "nothing", "0"], 5, "hour", "", ""]]))).status_code
        == 422
    )
    assert rulebook.current_digest() == shipped_pack().digest


@pytest.mark.parametrize(
    "sent",
    [
        "[" * 60_000,
        '[["light", ["amber"], 1e999, "working_day", "", ""]]',
        '[["light", ["amber", "one_day"], 2, "working_day", "", ""]]',
        '[["rhythm", [], 2, "working_day", "", ""]]',
        '[["limit", ["matter"], 2, "working_day", "", ""]]',
        json.dumps([["office", ["county", "urban"], 0, "", "finance", "\ud800"]]),
        json.dumps([["light", ["amber"], 2, "working_day", "", ""], ["publish", [], 1, "", "", ""]]),
    ],
    ids=range(7),
)
def test_changes_that_no_page_carries_are_refused_whole(visit: Visit, sent: str) -> None:
    client = visit("admin")
    assert client.post(CHANGE, form(edits=sent, step="ask")).status_code == 422
    assert proposals.proposals() == []
    stands = json.dumps([["light", ["amber"], 2, "working_day", "", ""]])
    assert client.post(CHANGE, form(edits=stands, step="ask")).status_code == 302, "the control"


@pytest.mark.parametrize("sign", ["\u0000", "\u0007", "\u202e", "\u2066"])
def test_what_nobody_sees_becomes_no_text_of_the_rules(visit: Visit, sign: str) -> None:
    """The text by which an office answers, and the decision that a changed limit cites."""
    pack = shipped_pack()
    line = next(one for one in pack.catalogue.duties if one.level == "county")
    other = next(one.office for one in pack.catalogue.duties if one.level == "county" and one.office != line.office)
    client, office = visit("admin"), {"category": line.category, "level": "county", "office": other}
    assert client.post(CHANGE, form(**office, basis=f"三定{sign}规定")).status_code == 422
    assert client.post(CHANGE, form(**office, basis="三定规定", reason=f"会议{sign}决定")).status_code == 422
    assert client.post(CHANGE, form(**office, basis="三定规定", version=f"9{sign}2")).status_code == 422
    assert client.post(CHANGE, form(**office, basis="三定规定")).status_code == 200, "the control"


def test_refused_with_words_and_withdrawn_by_whoever_asked(visit: Visit, second: Client) -> None:
    client, field = visit("admin"), field_of("resolve", "resolve")
    for _ in range(2):
        address = client.post(CHANGE, form(**{field: "5", "step": "ask"})).headers["Location"]
        if proposals.proposals()[1:]:
            assert client.post(address, {"step": "refuse"}).status_code == 302
        else:
            assert second.post(address, {"step": "refuse"}).status_code == 422
            assert second.post(address, {"step": "refuse", "words": "先试行一个镇"}).status_code == 302
        assert second.post(address, {"step": "agree"}).status_code == 422
    assert [one.state for one in proposals.proposals()] == ["withdrawn", "refused"]
    assert {one.kind for one in records(prefix="pack:")} >= {"pack_refused", "pack_withdrawn"}
    assert "先试行一个镇" in shown_words(client.get(f"/desk/admin/pack/proposals/{proposals.proposals()[1].id}").content.decode())


def test_another_office_and_an_earlier_light(visit: Visit, second: Client) -> None:
    pack = shipped_pack()
    line = next(one for one in pack.catalogue.duties if one.level == "county")
    other = next(one.office for one in pack.catalogue.duties if one.level == "county" and one.office != line.office)
    sent = form(
        category=line.category,
        level="county",
        office=other,
        basis="三定规定调整",
        **{"light-amber": str(pack.lights.amber.n + 1)},
    )
    page = visit("admin").post(CHANGE, sent)
    assert page.status_code == 200, shown_words(page.content.decode())
    address = visit("admin").post(CHANGE, {**kept(page.content.decode()), "step": "ask"}).headers["Location"]
    assert second.post(address, {"step": "agree"}).status_code == 302
    now = rulebook.current_pack()
    assert now.lights.amber.n == pack.lights.amber.n + 1
    assert next(one.office for one in now.catalogue.duties if (one.level, one.category) == ("county", line.category)) == other


def test_a_source_is_said_once_and_the_way_to_change_stands_above(visit: Visit) -> None:
    """Limits that stand under the same source follow one another: it is said at the first of them."""
    page = visit("admin").get("/desk/admin/pack").content.decode()
    assert '<a class="btn primary" href="/desk/admin/pack/change' in page.partition("</h1>")[2].partition("</div>")[0]
    assert "btn primary" not in visit("officer").get("/desk/admin/pack").content.decode()
    form = visit("admin").get("/desk/admin/pack/change").content.decode()
    said = re.findall(r'<th scope="row">[^<]*(?:<span class="chip">[^<]*</span>)?(?:<p class="sub">([^<]*)</p>)?', form)
    spoken = [one for one in said if one]
    assert len(spoken) > 5
    assert len(spoken) < len(said)
    assert all(one != after for one, after in pairwise(spoken))


def test_an_administrator_begins_where_the_work_is(visit: Visit) -> None:
    text = visit("admin").get("/desk/").content.decode()
    doors = text.partition('class="doors"')[2].partition("</ul>")[0]
    for address in ("/desk/admin/pack", "/desk/admin/units", "/desk/admin/areas", "/desk/admin/calendar"):
        assert f'href="{address}"' in doors
    assert 'href="/desk/admin/people"' not in doors


@pytest.mark.parametrize("name", ["xiangyin", "huaning"])
def test_every_changed_limit_is_said_in_words(name: str) -> None:
    """Whoever agrees reads the limit's name and both lengths; no key and no word of the files."""
    pack = packs.load(name)
    say = Speech(pack, calendar=None, now=datetime(2026, 10, 1, tzinfo=ZONE), language="zh-hans")
    for procedure in pack.procedures.values():
        for place in limits(procedure):
            span = place.limit.span
            if span is None or place.law:
                continue
            edit = Edit(kind="limit", of=place.of, n=span.n + 1, unit=span.unit)
            made = changed(pack, [edit], version="9", basis="会议决定")
            lines = difference_lines(pack, made, say)
            assert lines[0]["what"] == EditWords(say).limit(place)
            assert str(span.n + 1) in lines[0]["now"]
            for line in lines:  # the light's warning and the first reminder may move with the length
                assert line["what"].startswith(EditWords(say).limit(place))
                assert not re.search(r"[a-z_]{3,}", "".join(line.values())), line
