"""A township's own rules at the desk: tightened, tried, asked for, agreed to by a second person; what loosens is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from functools import cache
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan import packs
from bihuan.access.actors import resident_actor
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.desk.admin.overlay_words import Tightenable
from bihuan.packs import Pack, digest
from bihuan.packs.edits import limits
from bihuan.packs.later import Act, Story
from bihuan.packs.lengths import each_clock
from bihuan.packs.tightening import Tightening, bound, tightened
from bihuan.rulebook import overlays, proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotDecidable
from bihuan.rulebook.services import publish
from bihuan.rules.terms import Doer
from bihuan.web.speech import Speech
from tests.bihuan.desk.conftest import Visit
from tests.bihuan.desk.test_admin_versions import second as second  # noqa: PLC0414 - a fixture
from tests.bihuan.desk.test_screens import BUDGET
from tests.factories.matters import STEPS, act, facts, found_matters, opened, shipped_pack
from tests.factories.organisation import EAST, WEST, WEST_A, County
from tests.factories.visits import faults_of, shown_words

ADDRESS = "/desk/admin/pack/township"
ZONE = ZoneInfo("Asia/Shanghai")
MOST = 12


@cache
def told_pack() -> Pack:
    """The shipped rules over the small county with one story that its offices can tell."""
    pack = shipped_pack()
    centre = {"post": "dispatcher", "unit": "centre"}
    cast = {
        "clerk": {"post": "window_clerk", "unit": "centre"}, "dispatcher": centre,
        "liaison": {"post": "liaison", "unit": "housing"}, "officer": {"post": "officer", "unit": "housing"},
    }  # fmt: skip
    given = {**STEPS["drafted"][2]}
    acts = (
        Act(at="", who="clerk", does="register", facts={**facts(), "area": "village:1"}),
        Act(at="+1h", who="dispatcher", does="accept", facts=STEPS["accepted"][2]),
        Act(at="+1h", who="dispatcher", does="assign", facts=STEPS["assigned"][2]),
        Act(at="+1h", who="liaison", does="acknowledge"),
        Act(at="+1h", who="officer", does="draft_answer", facts=given, expect={"state": "signing"}),
    )
    story = Story(
        key="lamp", title="路灯修好", procedure="matter", starts="2026-10-12T09:00:00+08:00", cast=cast, acts=acts,
        end={"state": "signing"},
    )  # fmt: skip
    told = replace(pack, name="told", later=replace(pack.later, stories=(story,)), digest="")
    return replace(told, digest=digest(told))


@pytest.fixture
def county(db: None, clock: Any) -> County:
    return found_matters(told_pack())


def field_of(clock: str, key: str) -> str:
    """The name of the field of a limit."""
    places = limits(shipped_pack().procedures["matter"])
    return next(f"limit-{n}" for n, one in enumerate(places) if (one.clock.key, one.limit.key) == (clock, key))


def form(**more: str) -> dict[str, str]:
    return {
        "against": rulebook.current_digest(), "area": EAST, "procedure": "matter", "version": "9.1",
        "reason": "镇党委会纪要第5期", "step": "see", **more,
    }  # fmt: skip


def kept(page: str) -> dict[str, str]:
    """What a page sends on."""
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)}


def rules_of(case_id: int) -> str:
    return Case.objects.values_list("pack_digest", flat=True).get(pk=case_id)


@pytest.fixture
def september(county: County, clock: Any) -> dict[str, str]:
    """A matter of each township that was withdrawn in September on its sixth working day: numbers by township."""
    found = {}
    for who, area in (("east_clerk", ""), ("west_dispatcher", WEST_A)):
        clock.set(datetime(2026, 9, 1, 10, tzinfo=ZONE))
        case = opened(county.actor(who), **({"area_code": area} if area else {}))
        clock.set(datetime(2026, 9, 9, 15, tzinfo=ZONE))
        act(resident_actor(case.case_id), case.case_id, "withdraw")
        found[who] = case.number
    clock.set(datetime(2026, 10, 12, 10, tzinfo=ZONE))
    return found


def test_a_township_tightens_and_a_second_person_publishes(
    visit: Visit, county: County, second: Client, september: dict[str, str]
) -> None:
    client, before = visit("admin"), opened(county.actor("east_clerk")).case_id
    chosen = shown_words(client.get(ADDRESS).content.decode())
    assert "东岭镇" in chosen
    assert "西桥镇" in chosen
    with counted() as count:
        page = client.get(f"{ADDRESS}?area={EAST}").content.decode()
    assert len(count) <= BUDGET, count
    assert faults_of(page) == []
    added = client.post(
        ADDRESS,
        form(
            step="add-question", reason="", **{"q-act": "assign", "q-words": "到过现场没有", field_of("resolve", "resolve"): "5"}
        ),
    ).content.decode()
    assert "到过现场没有" in shown_words(added)
    with counted() as count:
        tried = client.post(ADDRESS, form(kept=kept(added)["kept"], **{field_of("resolve", "resolve"): "5"})).content.decode()
    words = shown_words(tried)
    assert "5 个工作日" in words, words
    assert "到过现场没有" in words
    assert september["east_clerk"] in words, "six working days: kept under seven, missed under five"
    assert september["west_dispatcher"] not in words, "the control: another township's matter is not looked at"
    assert "走了 1 个样例，全部走通" in words
    assert len(count) <= MOST, count
    assert faults_of(tried) == []
    answer = client.post(ADDRESS, {**kept(tried), "step": "ask"})
    assert answer.status_code == 302, shown_words(answer.content.decode())
    address = answer.headers["Location"]
    own = client.get(address).content.decode()
    assert 'value="agree"' not in own
    assert client.post(address, {"step": "agree"}).status_code == 422
    with counted() as count:
        shown = second.get(address).content.decode()
    assert len(count) <= MOST, count
    assert faults_of(shown) == []
    assert "东岭镇" in shown_words(shown)
    assert "全部走通" in shown_words(shown)
    assert second.post(address, {"step": "agree"}).status_code == 302
    there = rulebook.in_force()[EAST]
    after, elsewhere = (
        opened(county.actor("east_clerk")).case_id,
        opened(county.actor("west_dispatcher"), area_code=WEST_A).case_id,
    )
    assert rules_of(after) == there
    assert rules_of(before) == rules_of(elsewhere) == told_pack().digest
    again = client.get(f"{ADDRESS}?area={EAST}").content.decode()
    assert "上级为7 个工作日" in shown_words(again).replace("上级为 7", "上级为7")
    undone = client.post(
        ADDRESS, form(against=there, fresh="1", version="9.3", **{"r-of": "state|matter|handling", "r-words": "在办"})
    ).content.decode()
    assert "不再要填 到过现场没有" in marked(undone), "begun again from the county's rules"


def test_an_edit_that_loosens_is_refused_with_the_reason_and_a_forged_one_too(visit: Visit) -> None:
    client, field = visit("admin"), field_of("resolve", "resolve")
    page = client.post(ADDRESS, form(**{field: "9"}))
    assert page.status_code == 422
    assert "只能缩短时限" in shown_words(page.content.decode())
    assert faults_of(page.content.decode()) == []
    of = next(one.of for one in limits(shipped_pack().procedures["matter"]) if one.limit.key == "resolve")
    window = ("petition", "", "review_window", "0")
    for edit in (
        ["limit", of, 9, "working_day", "", "", ""],
        ["limit", window, 5, "calendar_day", "", "", ""],
        ["approve", ["matter", "withdraw"], 1, "working_day", "", "centre_head", ""],
        ["drop", ["matter", "pass"], 0, "", "", "", ""],
        ["rename", ["track", "matter", "handling"], 0, "", "等着", "", ""],
    ):
        forged = client.post(ADDRESS, form(edits=json.dumps([edit]), step="ask"))
        assert forged.status_code == 422, edit
    for sent in ("[1]", "x", '[["limit"]]', '[["publish", [], 1, "", "", "", ""]]'):
        assert client.post(ADDRESS, form(edits=sent, step="ask")).status_code == 422
    assert proposals.proposals() == []
    stands = ["limit", of, 6, "working_day", "", "", ""]
    assert client.post(ADDRESS, form(edits=json.dumps([stands]), step="ask")).status_code == 302, (
        "the control: what tightens is kept"
    )
    assert client.post(ADDRESS, form(against="0" * 64, **{field: "5"})).status_code == 422
    assert client.get(f"{ADDRESS}?area=990101").status_code == 404
    assert client.get(f"{ADDRESS}?area={WEST}&procedure=none").status_code == 404


def test_a_story_that_does_not_go_refuses_the_agreement_and_is_named(
    visit: Visit, second: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visit("admin")
    sent = form(**{"c-act": "draft_answer", "c-kind": "after", "c-who": "progress", "c-words": "先写一次进展再拟答复"})
    tried = client.post(ADDRESS, sent).content.decode()
    words = shown_words(tried)
    assert "不能提请同意" in words, words
    assert "先写一次进展再拟答复" in words
    assert 'value="ask"' not in tried
    assert client.post(ADDRESS, {**kept(tried), "step": "ask"}).status_code == 200, "shown again, not kept"
    assert proposals.proposals() == []
    with monkeypatch.context() as patched:  # asked for all the same, by whatever way
        patched.setattr(overlays.Proved, "holds", True)
        address = client.post(ADDRESS, {**kept(tried), "step": "ask"}).headers["Location"]
    shown = second.get(address).content.decode()
    assert 'value="agree"' not in shown
    assert "先写一次进展再拟答复" in shown_words(shown)
    refused = second.post(address, {"step": "agree"})
    assert refused.status_code == 422
    assert "走不通" in shown_words(refused.content.decode())
    assert EAST not in rulebook.in_force()
    number = int(address.rpartition("/")[2])
    for more in ({}, {"overlay": told_pack()}):  # what is not proved, or is not what was asked for, is never published
        with pytest.raises(NotDecidable, match=r"looser|stale"):
            proposals.agree(number, Doer(kind="staff", account=999_999), **more)


def in_force_there(*edits: Tightening, version: str = "8.7") -> Pack:
    """Rules of the eastern township that tighten, published."""
    over = tightened(told_pack(), None, edits, area=EAST, title="东岭镇", version=version)
    publish(over)
    return over


STANDING = (
    Tightening("question", ("matter", "assign"), words="到过现场没有"),
    Tightening("most", ("matter", "remind"), n=3, words="最多催三次"),
    Tightening("approve", ("matter", "hand_back_draft"), n=1, unit="working_day", who="centre_head"),
    Tightening("category", ("urban",), words="蟹市摊位", who="police", basis="派出所负责蟹市秩序"),
    Tightening("light", ("amber",), n=2, unit="working_day"),
)


def marked(page: str) -> str:
    """The lines that stand out, in words."""
    return shown_words("".join(re.findall(r'<tr class="gone">.*?</tr>', page, re.DOTALL)))


def test_what_begins_again_takes_away_is_said_to_both(visit: Visit, second: Client) -> None:
    """Whoever agrees to rules that begin again from the county's reads what of the township's own would no longer hold."""
    over = in_force_there(*STANDING)
    client = visit("admin")
    sent = form(against=over.digest, version="9.3", **{"r-of": "state|matter|handling", "r-words": "在办"})
    control = client.post(ADDRESS, sent).content.decode()
    assert marked(control) == "", "the control: what comes on top takes nothing away"
    assert "不再执行" not in shown_words(control)
    tried = client.post(ADDRESS, {**sent, "fresh": "1", "light-amber": "1"}).content.decode()
    address = client.post(ADDRESS, {**kept(tried), "step": "ask"}).headers["Location"]
    agreed = second.get(address).content.decode()
    for page in (tried, agreed):
        out = marked(page)
        for words in ("到过现场没有", "最多催三次", "中心主任", "蟹市摊位", "派出所负责蟹市秩序", "2 个工作日"):
            assert words in out, (words, out)
        assert "在办" in shown_words(page)
        assert "在办" not in out
        assert "5 项从严规定将不再执行" in shown_words(page)
        assert page.index('class="gone"') < page.index("在办"), "what goes stands first"
        assert faults_of(page) == []


def test_a_limit_that_is_longer_than_the_one_there_stands_out(visit: Visit) -> None:
    """Shorter than the county's, longer than what holds there now."""
    of = next(one.of for one in limits(shipped_pack().procedures["matter"]) if one.limit.key == "resolve")
    over = in_force_there(Tightening("limit", of, n=4, unit="working_day"))
    field = field_of("resolve", "resolve")
    for n, out in (("6", "6 个工作日"), ("3", "")):
        page = visit("admin").post(ADDRESS, form(against=over.digest, version="9.3", **{field: n})).content.decode()
        assert f"{n} 个工作日" in shown_words(page)
        assert out in marked(page)
        assert bool(out) == bool(marked(page))


def test_a_limit_shows_its_source_where_the_one_above_it_under_the_same_may_not_be_tightened() -> None:
    pack = packs.load("santai")
    petition = pack.procedures["petition"]
    fixed = next(n for n, one in enumerate(limits(petition)) if bound(petition, one))
    under = {one.clock.key: f"第{int(n >= fixed)}条" for n, one in enumerate(limits(petition))}
    cited = each_clock(petition, lambda one: replace(one, source=under.get(one.key, "")))
    pack = replace(pack, procedures={"petition": cited})
    say = Speech(pack, calendar=None, now=datetime(2026, 10, 1, tzinfo=ZONE), language="zh-hans")
    rows = Tightenable(say, pack, "petition").limits()
    assert "第1条" in {under[row["of"][2]] for row in rows}, "the control"
    assert [row["source"] for row in rows if row["source"]] == ["第0条", "第1条"]


def test_what_is_wrong_keeps_the_version_that_was_typed(visit: Visit) -> None:
    page = visit("admin").post(ADDRESS, form(version="2026.1-DL"))
    assert page.status_code == 422
    assert 'value="2026.1-DL"' in page.content.decode()
    assert f'value="{told_pack().version}.1"' in visit("admin").get(f"{ADDRESS}?area={EAST}").content.decode()


OF = next(one.of for one in limits(shipped_pack().procedures["matter"]) if one.limit.key == "resolve")
LIMIT = ["limit", list(OF), 6, "working_day", "", "", ""]


@pytest.mark.parametrize("field", ["edits", "kept"])
@pytest.mark.parametrize(
    "sent",
    [
        "[" * 60_000,
        '[["limit", ["a", "b", "c", "0"], 1e999, "working_day", "", "", ""]]',
        json.dumps([[*LIMIT[:2], "6", *LIMIT[3:]]]),
        json.dumps([[*LIMIT[:2], True, *LIMIT[3:]]]),
        f'[["limit", ["a", "b", "c", "0"], {"9" * 5000}, "", "", "", ""]]',
        json.dumps([LIMIT, ["publish", [], 1, "", "", "", ""]]),
        json.dumps([LIMIT] * 3000),
        json.dumps([["question", ["matter", "assign"], 0, "", "\ud800\ud800", "", ""]]),
        json.dumps([["question", ["matter", "assign"], 0, "", "问\u0000问", "", ""]]),
        json.dumps([["limit", "abcd", 6, "working_day", "", "", ""]]),
        "{}", "null", '"x"', "[NaN]",
    ],
    ids=range(14),
)  # fmt: skip
def test_edits_that_no_page_carries_are_refused_whole(visit: Visit, field: str, sent: str) -> None:
    client, more = visit("admin"), {field_of("resolve", "resolve"): "5"} if field == "kept" else {}
    assert client.post(ADDRESS, form(**{field: sent}, step="ask", **more)).status_code == 422
    assert proposals.proposals() == []


def test_a_category_is_of_the_areas_own_level_whatever_is_sent(visit: Visit) -> None:
    """The level is the township's; what the form sends does not choose it, nor an office above."""
    client = visit("admin")
    for of, office in ((["urban", "county"], "housing"), (["urban"], "housing"), (["urban", "township"], "police")):
        edit = ["category", of, 0, "", "蟹市摊位", office, "三定规定"]
        assert client.post(ADDRESS, form(edits=json.dumps([edit]), step="ask")).status_code == 422, (of, office)
    edit = ["category", ["urban"], 0, "", "蟹市摊位", "police", "三定规定"]
    assert client.post(ADDRESS, form(edits=json.dumps([edit]), step="ask")).status_code == 302, "the control"


def test_a_townships_own_rules_are_ended_by_two_people(visit: Visit, county: County, second: Client) -> None:
    plain = visit("admin").get(f"{ADDRESS}?area={EAST}").content.decode()
    assert "停止执行" not in shown_words(plain), "the control: where nothing of its own holds nothing can end"
    over = in_force_there(*STANDING)
    client, sent = visit("admin"), {"against": over.digest, "area": EAST, "procedure": "matter", "step": "end"}
    with counted() as count:
        page = client.get(f"{ADDRESS}?area={EAST}").content.decode()
    assert len(count) <= BUDGET, count
    assert faults_of(page) == []
    assert "停止执行东岭镇的从严规定" in shown_words(page)
    unsaid = client.post(ADDRESS, sent)
    assert unsaid.status_code == 422
    assert "谁作了什么决定" in shown_words(unsaid.content.decode())
    assert client.post(ADDRESS, {**sent, "against": told_pack().digest, "end-reason": "县里停"}).status_code == 422
    with counted() as count:
        answer = client.post(ADDRESS, {**sent, "end-reason": "镇党委会纪要第9期"})
    assert (answer.status_code, len(count) <= MOST) == (302, True), count
    assert client.post(ADDRESS, {**sent, "end-reason": "再提一次"}).status_code == 422
    address = answer.headers["Location"]
    assert address in client.get("/desk/admin/pack").content.decode()
    own = client.get(address).content.decode()
    assert 'value="agree"' not in own
    assert client.post(address, {"step": "agree"}).status_code == 422
    with counted() as count:
        shown = second.get(address).content.decode()
    assert len(count) <= BUDGET, count
    assert faults_of(shown) == []
    for words in ("镇党委会纪要第9期", "到过现场没有", "最多催三次"):
        assert words in shown_words(shown)
    assert "到过现场没有" in marked(shown)
    assert EAST in rulebook.in_force()
    assert rules_of(opened(county.actor("east_clerk")).case_id) == over.digest
    with counted() as count:
        assert second.post(address, {"step": "agree"}).status_code == 302
    assert len(count) <= MOST, count
    assert EAST not in rulebook.in_force()
    assert rules_of(opened(county.actor("east_clerk")).case_id) == told_pack().digest
    assert "已停止" in shown_words(second.get(address).content.decode())
