"""Grades of the matter: found from its own facts, gravest first; the handler of the grade holds it; bad grades are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.packs import Finding, canonical, check, from_canonical, load
from bihuan.packs.proofs.report import WORDS
from bihuan.rules.procedure.grading import graded
from bihuan.rules.procedure.shape import Action, GradeRule
from bihuan.rules.terms import FactValue, HolderSpec, Where
from tests.bihuan.packs.playing import Play, moment
from tests.bihuan.packs.small import MATTER, PACK, changed, write

GRADES = """
[[grade]]
key = "red"
title = "红色"
handler = { post = "dispatcher", at = "centre" }
when = [{ fact = "weight", in = ["major"] }]
[[grade]]
key = "yellow"
title = "黄色"
handler = { post = "officer", at = "centre" }
"""
GRADING = changed(
    changed(MATTER, 'key = "assign"\n', 'key = "assign"\ngrades = true\n'),
    'title = "办理中"\nholder = { fact = "office", post = "officer" }',
    'title = "办理中"\nholder = { grade = true }',
)


def of_small(folder: Path, grades: str = GRADES, matter: str = GRADING) -> list[Finding]:
    pack = changed(
        PACK, 'title = "经办人"\nunit_kinds = ["office"]', 'title = "经办人"\nunit_kinds = ["office", "centre", "above"]'
    )
    return [one for one in check(write(folder, pack=pack + grades, matter=matter)) if one.proof != WORDS]


ACT = Action(
    key="assess",
    grades=(
        GradeRule(key="red", when=(Where((("intensity", ("fight",)),)), Where((("protection", ("injury",)),)))),
        GradeRule(key="yellow"),
    ),
)


@pytest.mark.parametrize(
    ("facts", "grade"),
    [
        ({}, "yellow"),
        ({"intensity": "calm"}, "yellow"),
        ({"intensity": "fight"}, "red"),
        ({"intensity": "calm", "protection": ["minor", "injury"]}, "red"),
        ({"intensity": "calm", "protection": ["minor"]}, "yellow"),
    ],
)
def test_any_one_condition_makes_the_grade_and_the_last_takes_the_rest(facts: dict[str, FactValue], grade: str) -> None:
    assert graded(ACT, facts) == {"grade": grade, "weight": grade}
    assert graded(Action(key="other"), facts) == {}


def test_a_holder_by_grade_is_nobody_before_it_is_graded() -> None:
    handler = HolderSpec(post="dispatcher", at="centre")
    spec = HolderSpec(by_grade={"red": handler})
    assert (spec.of({"grade": "red"}), spec.of({}), handler.of({})) == (handler, None, handler)


def test_a_pack_with_grades_can_be_lived_with_and_comes_back_whole(tmp_path: Path) -> None:
    assert [str(one) for one in of_small(tmp_path)] == []
    pack = load(tmp_path)
    assert from_canonical(canonical(pack)) == pack
    holder = next(state.holder for state in pack.procedures["matter"].states if state.key == "handling")
    assert holder is not None
    assert set(holder.by_grade) == {"red", "yellow"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "黄色"\n', 'title = "黄色"\nwhen = [{ fact = "weight", in = ["ordinary"] }]\n', "the last grade has no when"),
        ('when = [{ fact = "weight", in = ["major"] }]\n', "", "it stands last"),
        ('in = ["major"]', 'in = ["huge"]', "value of weight 'huge'"),
        ('fact = "weight"', 'fact = "mood"', "no fact 'mood'"),
        ('handler = { post = "officer", at = "centre" }', 'handler = { post = "officer" }', "a holder is exactly one"),
        ('handler = { post = "dispatcher"', 'handler = { post = "nobody_here"', "there is no post 'nobody_here'"),
    ],
)
def test_a_bad_grade_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = of_small(tmp_path, changed(GRADES, old, new))
    assert any(says in one.message for one in found), [str(one) for one in found]


def test_what_needs_a_grade_is_refused_where_none_is_given(tmp_path: Path) -> None:
    ungraded = changed(GRADING, "grades = true\n", "")
    assert any("no act grades" in one.message for one in of_small(tmp_path, matter=ungraded))
    assert any("has no [[grade]]" in one.message for one in of_small(tmp_path, grades=""))


def test_a_handler_whose_centre_lacks_the_post_is_found(tmp_path: Path) -> None:
    grades = changed(GRADES, 'handler = { post = "officer"', 'handler = { post = "dispatcher"')
    pack = changed(PACK, 'unit_kinds = ["above", "centre"]', 'unit_kinds = ["centre"]')
    found = check(write(tmp_path, pack=pack + grades, matter=GRADING))
    assert any(one.proof == 9 and "which has no post 'dispatcher'" in one.message for one in found), [str(one) for one in found]


def test_a_red_matter_goes_up_by_itself_and_its_limit_follows_the_grade() -> None:
    case = Play(load("hanyin"), "matter", "hanyin", moment("2026-10-08 09:00"))
    town = case.who("dispatcher", "township_centre", area="610921101")
    head = case.who("centre_head", "county_centre")
    report = {"title": "争水", "what": "上下游两个组为放水争执。", "kind": "help", "channel": "phone", "area": "610921101"}
    assert case.open(town, **report) == ""
    assert case.do(town, "accept", category="agriculture.irrigation", urgency="normal") == ""
    assert case.do(town, "assess", nature="everyday", duration="under_month", intensity="confrontation") == ""
    assert case.positions["main"].holder.unit == case.unit("county_centre")
    assert case.due("resolve")[:10] == "2026-12-08"
    assert case.do(head, "assign", office=case.unit("water"), basis="灌溉用水调度") == "红色事项先组建专班，再交专班的牵头单位"


def test_what_an_act_asks_and_is_not_told_no_longer_makes_the_grade() -> None:
    """An injury that is over is left out when the matter is graded again; what was said before does not keep it red."""
    case = Play(load("hanyin"), "matter", "hanyin", moment("2026-10-08 09:00"))
    desk, head = case.who("dispatcher", "county_centre"), case.who("centre_head", "county_centre")
    report = {
        "title": "电动车充电",
        "what": "楼道里充电起火，有人受伤。",
        "kind": "help",
        "channel": "phone",
        "area": "610921101",
    }
    everyday = {"nature": "everyday", "duration": "under_month", "intensity": "calm"}
    assert case.open(desk, **report) == ""
    assert case.do(desk, "accept", category="urban.lighting", urgency="normal") == ""
    assert case.do(desk, "assess", **everyday, protection=["injury"]) == ""
    assert case.positions["main"].holder.post == "centre_head"
    assert case.do(head, "study_again", reason="受伤的人已经出院") == ""
    assert case.do(desk, "assess", **everyday) == ""
    assert case.positions["main"].holder.post == "dispatcher"
    assert case.due("resolve")[:10] == "2026-10-16"
