"""The shipped packs: nothing to find in them, and the county's loop walked from report to rating by the rules alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from bihuan import packs
from bihuan.packs import Pack, canonical, check, divisions, folder_of, from_canonical, load, shipped
from bihuan.packs.proofs.holders import Tree
from bihuan.rules.routing import offices_for
from bihuan.rules.scope import Duty
from bihuan.rules.terms import RESIDENT, Doer
from tests.bihuan.packs.playing import Play, moment

COUNTY = "xiangyin"
TOWN = "430624101"
VILLAGE = next(area.code for area in divisions(COUNTY) if area.level == "village" and area.parent == TOWN)
ACCEPT = {"category": "urban.lighting", "weight": "ordinary", "urgency": "normal"}
REPORT = {
    "title": "路灯损坏两周未修",
    "what": "社区门口三盏路灯坏了两个星期，晚上看不见路。",
    "kind": "complaint",
    "channel": "phone",
    "area": VILLAGE,
}


@cache
def county() -> Pack:
    return load(COUNTY)


@pytest.mark.parametrize("name", shipped())
def test_nothing_is_found(name: str) -> None:
    assert [str(finding) for finding in check(name)] == []


@pytest.mark.parametrize("name", shipped())
def test_it_comes_back_from_its_canonical_form(name: str) -> None:
    pack = load(name)
    again = from_canonical(canonical(pack))
    assert (again, again.digest) == (pack, pack.digest)
    assert re.fullmatch("[0-9a-f]{64}", pack.digest)


@pytest.mark.parametrize("name", shipped())
def test_every_rule_of_time_says_where_it_comes_from(name: str) -> None:
    for procedure in load(name).procedures.values():
        for clock in procedure.clocks:
            assert (clock.source, clock.confidence) != ("", ""), clock.key


def test_areas_are_those_of_the_county() -> None:
    levels = [area.level for area in divisions(COUNTY)]
    assert (levels.count("county"), levels.count("township"), levels.count("village")) == (1, 15, 219)
    assert county().area.grids == 1094


def test_every_category_has_an_office_in_every_township() -> None:
    tree = Tree(county(), divisions(COUNTY))
    catalogue = county().catalogue
    for area in (area for area in tree.areas if area.level == "township"):
        for category in catalogue.leaves():
            found = offices_for(category.key, catalogue.duties, area.code, tree.table, parents=catalogue.parents())
            assert found, (category.key, area.name)
            assert all(suggestion.basis for suggestion in found)


def test_three_administrators_are_separated_and_see_no_case() -> None:
    keys = {"system_admin", "security_admin", "auditor"}
    for key in keys:
        post = county().post(key)
        assert post is not None
        assert keys - {key} <= set(post.apart_from)
        assert not {duty for duty in post.duties if duty.startswith(("cases:", "intake:", "people:contact:"))}
    held = [set(post.duties) for post in county().posts if post.key in keys]
    managing = {Duty.ACCOUNT_MANAGE, Duty.UNIT_MANAGE, Duty.LEDGER_VERIFY}
    assert sorted(len(duties & managing) for duties in held) == [1, 1, 1]


def test_every_way_out_says_where_to_go() -> None:
    for route in county().catalogue.routes:
        assert len(route.say) > 15
        assert route.confidence


def test_every_key_is_said_in_both_languages() -> None:
    assert county().say("track.matter.handling.title", "zh-hans", office="县城管局") == "县城管局正在办理"
    assert county().said("您已经评价过了", "en") == "You have rated this already."


def fallen_back(pack: Pack) -> list[str]:
    """Keys that an English screen would show in Chinese, or with other places to fill than the Chinese sentence has."""
    han, hole = re.compile("[\u4e00-\u9fff]"), re.compile(r"\{(\w+)\}")
    chinese, english = pack.wording["zh"], pack.wording.get("en", {})
    return sorted(
        key
        for key in set(chinese) | set(english)
        if key not in english
        or key not in chinese
        or han.search(english[key])
        or set(hole.findall(english[key])) - set(hole.findall(chinese[key]))
    )


@pytest.mark.parametrize("name", shipped())
def test_no_word_falls_back_to_chinese(name: str) -> None:
    pack = load(name)
    assert fallen_back(pack) == []
    assert len(pack.wording["en"]) > 1000


def test_a_word_that_falls_back_is_found() -> None:
    pack = load("santai")
    english = dict(pack.wording["en"])
    dropped = english.pop("procedure.dispute")
    english |= {"area.grid_name": "第{n}网格", "area.name": "{nobody} of " + dropped}
    assert fallen_back(replace(pack, wording={**pack.wording, "en": english})) == [
        "area.grid_name",
        "area.name",
        "procedure.dispute",
    ]


class Cast:
    """The people of one matter: the county centre's and one office's, each an account of its own."""

    def __init__(self, case: Play) -> None:
        self.clerk = case.who("window_clerk", "county_centre")
        self.dispatcher = case.who("dispatcher", "county_centre")
        self.checker = case.who("checker", "county_centre")
        self.caller = case.who("followup_caller", "county_centre")
        self.head = case.who("centre_head", "county_centre")
        self.deputy = case.who("deputy_head", "county_centre")
        self.liaison = case.who("liaison", "urban_management")
        self.officer = case.who("officer", "urban_management")
        self.leader = case.who("office_leader", "urban_management")


def opened(at: str = "2026-10-08 09:00", **facts: str) -> tuple[Play, Cast]:
    case = Play(county(), "matter", COUNTY, moment(at))
    cast = Cast(case)
    assert case.open(cast.clerk, **{**REPORT, **facts}) == ""
    return case, cast


def to_handling(case: Play, cast: Cast, **accept: str) -> None:
    assert case.do(cast.dispatcher, "accept", **{**ACCEPT, **accept}) == ""
    assert case.do(cast.dispatcher, "assign", office=case.unit("urban_management"), basis="城市道路照明设施维护") == ""
    assert case.do(cast.liaison, "acknowledge") == ""
    assert case.state == "handling"


def to_followup(case: Play, cast: Cast) -> None:
    assert case.do(cast.officer, "draft_answer", claim="solved", answer="三盏路灯已于今日修复，请您查看。") == ""
    assert case.do(cast.leader, "sign_off") == ""
    assert case.do(cast.checker, "pass") == ""
    assert case.state == "followup"


def test_the_loop_from_report_to_rating() -> None:
    case, cast = opened()
    assert case.due("dispatch") == "2026-10-09 17:30"
    assert case.due("answer") == "2026-10-12 17:30"  # 10 October is a make-up Saturday
    assert case.due("resolve") == "2026-10-16 17:30"
    to_handling(case, cast)
    assert case.clock("dispatch").state == "stopped"
    assert case.do(cast.officer, "progress", when="2026-10-09 10:00", note="已到现场查看，材料明日到。") == ""
    assert case.clock("answer").state == "stopped"
    to_followup(case, cast)
    assert case.clock("resolve").state == "stopped"
    assert case.do(cast.caller, "follow_up", outcome="reached", solved="yes", satisfied="satisfied", words="亮了，谢谢") == ""
    assert case.state == "archived"
    assert case.do(RESIDENT, "rate", solved="yes", satisfied="satisfied") == ""
    assert case.do(RESIDENT, "rate", solved="yes", satisfied="fair") == "您已经评价过了"
    assert {clock.key for clock in case.rules.clocks if case.clock(clock.key).state == "running"} == set()


def test_the_residents_rating_closes_the_loop_too() -> None:
    case, cast = opened()
    to_handling(case, cast)
    to_followup(case, cast)
    assert case.do(RESIDENT, "rate", solved="yes", satisfied="fair", words="可以") == ""
    assert case.state == "archived"


def test_nobody_approves_their_own_work() -> None:
    case, cast = opened()
    to_handling(case, cast)
    both = Doer(kind="staff", account=cast.officer.account, unit=cast.officer.unit, post="office_leader")
    assert case.do(cast.officer, "draft_answer", claim="solved", answer="三盏路灯已于今日修复，请您查看。") == ""
    assert case.do(both, "sign_off") == "拟答复的人不能自己签发"
    assert case.do(cast.leader, "sign_off") == ""
    same = Doer(kind="staff", account=cast.leader.account, unit=cast.checker.unit, post="checker")
    assert case.do(same, "pass") == "经办人和签发人不能审核"
    assert case.do(cast.checker, "pass") == ""
    reached = {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}
    for doer in (cast.dispatcher, cast.checker):
        calling = Doer(kind="staff", account=doer.account, unit=doer.unit, post="followup_caller")
        assert case.do(calling, "follow_up", **reached) == "经办过本事项的人不能回访"
    assert case.do(cast.caller, "follow_up", **reached) == ""


def test_returned_twice_and_no_more_and_only_within_a_day() -> None:
    case, cast = opened()
    assert case.do(cast.dispatcher, "accept", **ACCEPT) == ""
    office, why = case.unit("urban_management"), {"reason": "not_our_duty", "basis": "三定方案未列此项"}
    for _ in range(2):
        assert case.do(cast.dispatcher, "assign", office=office, basis="职责清单") == ""
        assert case.do(cast.liaison, "return_it", **why) == ""
    assert case.state == "ruling"
    assert case.do(cast.dispatcher, "assign", office=office, basis="中心再次交办") != ""
    assert case.do(cast.deputy, "rule_as_deputy", office=office, basis="三定方案第四条，由本局办理") == ""
    assert case.do(cast.liaison, "return_it", **why) == "承办单位已经裁定，不能再退回"
    late, others = opened()
    assert late.do(others.dispatcher, "accept", **ACCEPT) == ""
    assert late.do(others.dispatcher, "assign", office=office, basis="职责清单") == ""
    assert late.do(others.liaison, "return_it", when="2026-10-10 09:00", **why) == "交办满一个工作日，不能再退回"


def test_not_solved_is_handled_again_twice_and_then_the_head_decides() -> None:
    case, cast = opened()
    to_handling(case, cast)
    unsolved = {"outcome": "reached", "solved": "no", "satisfied": "unsatisfied"}
    for _ in range(2):
        to_followup(case, cast)
        assert case.do(cast.head, "close_unsolved", reason="需等待管网改造统一施工") == "还可以重新办理"
        assert case.do(cast.caller, "follow_up", when="2026-10-12 10:00", **unsolved) == ""
        assert case.state == "handling"
        assert case.due("resolve") == "2026-10-21 17:30"
    to_followup(case, cast)
    assert case.do(cast.caller, "follow_up", **unsolved) == ""
    assert case.state == "followup"
    assert case.do(cast.head, "close_unsolved", reason="需等待管网改造统一施工，明年三月前完成") == ""
    assert case.state == "archived"
    assert case.do(RESIDENT, "reopen", reason="还是没有修好") != ""


def test_not_reached_three_times_is_archived_as_such() -> None:
    case, cast = opened()
    to_handling(case, cast)
    to_followup(case, cast)
    assert "solved" in case.do(cast.caller, "follow_up", outcome="reached") or case.state == "followup"
    day = ("2026-10-13 09:30", "2026-10-13 11:50", "2026-10-13 14:00", "2026-10-13 17:00", "2026-10-14 09:30")
    for when in day:  # two tries in one half of a day are one
        assert case.state == "followup"
        assert case.do(cast.caller, "follow_up", when=when, outcome="not_reached") == ""
    assert case.state == "archived"


def test_reopened_by_the_resident_within_the_window_only() -> None:
    for when, taken in (("2026-11-06 10:00", True), ("2026-12-20 10:00", False)):
        case, cast = opened()
        to_handling(case, cast)
        to_followup(case, cast)
        assert case.do(RESIDENT, "rate", solved="yes", satisfied="satisfied") == ""
        said = case.do(RESIDENT, "reopen", when=when, reason="昨天又坏了")
        assert (said == "") is taken
        assert case.state == ("handling" if taken else "archived")


def test_declined_with_the_lawful_way_and_looked_at_again_once() -> None:
    case, cast = opened()
    reason = "您反映的是合同纠纷，属于人民法院管辖。"
    assert case.do(cast.dispatcher, "decline", route="court", reason=reason) == ""
    assert case.state == "declined"
    assert case.clock("resolve").state == "stopped"
    assert case.do(RESIDENT, "reconsider", reason="不是合同纠纷，是路灯坏了") == ""
    assert (case.state, case.due("dispatch")) == ("registered", "2026-10-09 17:30")
    assert case.do(cast.dispatcher, "decline", route="court", reason=reason) == ""
    assert case.do(RESIDENT, "reconsider", reason="还是请你们再看看") != ""


@pytest.mark.parametrize(
    ("accept", "due"),
    [
        ({}, "2026-10-16 17:30"),
        ({"weight": "major"}, "2026-11-09 17:30"),  # 8 November is a Sunday
        ({"urgency": "critical"}, "2026-10-09 09:00"),
        ({"urgency": "urgent", "weight": "major"}, "2026-10-11 09:00"),
    ],
)
def test_limits_of_13710(accept: dict[str, str], due: str) -> None:
    case, cast = opened()
    to_handling(case, cast, **accept)
    assert case.due("resolve") == due


def test_a_plan_is_approved_by_the_head_and_then_counts() -> None:
    case, cast = opened()
    to_handling(case, cast)
    plan = {"committed_on": "2026-12-18", "plan": "分三期更换灯杆和电缆，每月报告一次进展，十二月十八日前全部完工"}
    assert case.do(cast.officer, "plan", **plan) == ""
    assert case.clock("resolve").state == "running"
    assert case.do(cast.dispatcher, "grant_plan", "ask_plan") != ""
    assert case.do(cast.head, "grant_plan", "ask_plan", opinion="同意") == ""
    assert case.clock("resolve").state == "stopped"
    assert (case.due("committed"), case.due("monthly")) == ("2026-12-18 17:30", "2026-11-09 17:30")
    assert case.do(cast.officer, "plan", **plan) != ""
    to_followup(case, cast)
    assert case.clock("committed").state == "stopped"


def test_a_pause_is_granted_once_and_ends_with_the_answer() -> None:
    case, cast = opened()
    to_handling(case, cast)
    assert case.do(cast.officer, "ask_resident", question="请问是哪三盏路灯？灯杆编号是多少？") == ""
    assert case.do(cast.officer, "pause_for_answer", until="2026-10-19") != ""  # five working days at most
    pause = {"until": "2026-10-14"}
    assert case.do(cast.officer, "pause_for_answer", **pause) == ""
    assert case.do(cast.head, "grant_pause_for_answer", "ask_pause_for_answer") == ""
    assert (case.state, case.clock("resolve").state) == ("awaiting_answer", "paused")
    assert case.do(RESIDENT, "answer_question", when="2026-10-12 10:00", answer="18号到24号门口") == ""
    assert case.state == "handling"
    assert case.due("resolve") == "2026-10-20 17:30"
    assert case.do(cast.officer, "pause_for_answer", **pause) == "等候答复只能暂停一次"


def test_a_matter_about_the_centre_goes_above_it() -> None:
    case = Play(county(), "matter", COUNTY, moment("2026-10-08 09:00"))
    clerk = case.who("window_clerk", "county_centre")
    assert case.open(clerk, **REPORT, about_unit=case.unit("county_centre")) == ""
    assert case.positions["main"].holder.unit == case.unit("political_legal_committee")
    assert case.do(case.who("dispatcher", "county_centre"), "accept", **ACCEPT) != ""
    assert case.do(case.who("dispatcher", "political_legal_committee"), "accept", **ACCEPT) == ""


def test_the_folder_holds_only_what_the_language_knows() -> None:
    names = {file.relative_to(folder_of(COUNTY)).as_posix() for file in folder_of(COUNTY).rglob("*") if file.is_file()}
    assert {"pack.toml", "catalogue.toml", "procedures/matter.toml", "wording/en.toml", "divisions.csv"} <= names


def test_the_standard_pack_is_one_that_ships() -> None:
    assert packs.standard() in shipped()
    assert load("").digest == packs.load(packs.standard()).digest
