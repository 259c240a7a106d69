"""The five hard fragments of the language: read from TOML, proved, and played to their end."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from shutil import copytree

import pytest

from bihuan.packs import Pack, canonical, check, from_canonical, load
from bihuan.packs.proofs.report import WORDS
from bihuan.rules.terms import RESIDENT
from tests.bihuan.packs.playing import Play, moment

FOLDER = Path(__file__).parent / "fragments"
GRID = "990101001001001"


@cache
def nowhere() -> Pack:
    return load(FOLDER)


def play(procedure: str, at: str) -> Play:
    return Play(nowhere(), procedure, FOLDER, moment(at))


def test_every_fragment_is_proved() -> None:
    assert [str(finding) for finding in check(FOLDER) if finding.proof != WORDS] == []


def test_a_review_needs_somebody_above(tmp_path: Path) -> None:
    copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    pack = tmp_path / "pack.toml"
    text = pack.read_text("utf-8")
    pack.write_text(text.replace('superior = "authority"\ncentre = true', "centre = true"), "utf-8")
    found = [finding for finding in check(tmp_path) if finding.key == "petition.state.in_reexamination"]
    assert [finding.proof for finding in found if finding.proof != WORDS] == [9]
    assert "a county_centre may bring 'reviewed', but nothing stands above it" in {finding.message for finding in found}


def test_they_come_back_from_their_canonical_form() -> None:
    again = from_canonical(canonical(nowhere()))
    assert (again, again.digest) == (nowhere(), nowhere().digest)


def test_ladder_climbs_by_itself_after_three_attempts_and_ends_on_one_refusal() -> None:
    case = play("dispute", "2026-09-01 09:00")
    worker = case.who("grid_worker", "grid_unit", area=GRID)
    assert case.open(worker, area=GRID) == ""
    failed = {"outcome": "failed", "place": "家中", "minutes": 40}
    assert case.do(worker, "climb") == "至少调解三次后才能升级"
    for _ in range(3):
        assert case.state == "blue"
        assert case.do(worker, "attempt", **failed) == ""
    assert case.state == "yellow"
    assert case.do(worker, "attempt", **failed) != ""
    mediator = case.who("mediator", "village_unit", area=GRID[:12])
    for _ in range(3):
        assert case.do(mediator, "attempt", **failed) == ""
    team = case.who("team", "township_centre", area=GRID[:9])
    assert case.state == "red"
    assert case.do(team, "terminate", remedies=["court"]) != ""
    assert case.do(team, "attempt", outcome="settled", place="中心", minutes=90) == ""
    assert case.state == "settled"
    assert case.due("mediate") == "2026-10-08 17:30"
    assert case.do(team, "record_agreement") == ""
    assert case.clock("mediate").state == "stopped"


def test_two_offices_are_called_and_one_is_late() -> None:
    case = play("whistle_case", "2026-10-08 09:00")
    centre = case.who("centre", "township_centre", area="990101001")
    assert case.open(centre, area="990101001001") == ""
    water, roads = case.unit("water"), case.unit("roads")
    called = {"offices": [water, roads], "respond_by": "2026-10-08T17:00:00+08:00", "why": "河堤塌方，请到场"}
    assert case.do(centre, "whistle", **called) == ""
    one, two = f"whistle:{water}", f"whistle:{roads}"
    assert case.do(case.who("officer", "water"), "respond", one, when="2026-10-08 11:00") == ""
    assert case.do(case.who("officer", "water"), "respond", two) != ""
    assert case.do(case.who("officer", "roads"), "respond", two, when="2026-10-08 18:00") == ""
    assert case.do(case.who("officer", "water"), "report", one, finding="已加固河堤") == ""
    assert case.do(centre, "answer_whistle") == "还有部门未报到反馈"
    assert case.do(case.who("officer", "roads"), "report", two, finding="道路已封闭") == ""
    assert case.do(centre, "answer_whistle") == ""
    for thread, late in ((one, False), (two, True)):
        reading = case.clock("respond", thread)
        assert reading.stopped_at is not None
        assert reading.due_at is not None
        assert (reading.stopped_at > reading.due_at) is late


def test_suspension_stops_the_days_and_ends_by_its_date() -> None:
    case = play("suspension", "2026-10-08 09:00")
    centre = case.who("centre", "county_centre")
    assert case.open(centre, area="990101001001", office=case.unit("water")) == ""
    officer = case.who("officer", "water")
    facts = {"reason": "resident_must_supply", "until": "2026-10-13", "evidence": "f1"}
    assert case.due("resolve") == "2026-10-16 17:30"
    assert case.do(officer, "suspend", when="2026-10-09 15:00", **facts) == ""
    assert case.state == "handling"
    assert case.do(officer, "grant_suspend", "ask_suspend") != ""
    assert case.do(centre, "grant_suspend", "ask_suspend", when="2026-10-09 16:00") == ""
    assert case.state == "waiting"
    assert case.clock("resolve").state == "paused"
    assert case.do(officer, "resume", when="2026-10-13 10:00") == ""
    assert case.due("resolve") == "2026-10-21 17:30"


def test_silence_refuses_and_a_date_resumes() -> None:
    case = play("suspension", "2026-10-08 09:00")
    centre = case.who("centre", "county_centre")
    assert case.open(centre, area="990101001001", office=case.unit("water")) == ""
    officer = case.who("officer", "water")
    facts = {"reason": "court_pending", "until": "2026-10-20", "evidence": "f1"}
    assert case.do(officer, "suspend", when="2026-10-09 15:00", **facts) == ""
    assert case.work("2026-10-12 09:00") == ["refuse_suspend"]
    assert case.do(officer, "suspend", **facts) == ""
    assert case.do(centre, "grant_suspend", "ask_suspend", when="2026-10-12 10:00") == ""
    assert case.work("2026-10-19 18:00") == []
    assert case.work("2026-10-20 00:01") == ["resume"]


@pytest.mark.parametrize(("when", "met"), [("2026-10-16 17:00", True), ("2026-10-19 09:00", False)])
def test_a_plan_in_time_is_met_and_late_stays_missed(when: str, met: bool) -> None:
    case = play("committed", "2026-10-08 09:00")
    centre, leader = case.who("centre", "county_centre"), case.who("leader", "county_centre")
    assert case.open(centre, area="990101001001", office=case.unit("roads"), weight="ordinary") == ""
    plan = {
        "committed_on": "2026-12-31",
        "plan": "分三期修复全部护栏，每月底报告一次工程进展情况，年底前完工",
        "meeting": "2026-10-09",
    }
    assert case.do(centre, "plan", when=when, **plan) == ""
    assert case.do(leader, "grant_plan", "ask_plan") == ""
    reading = case.clock("resolve")
    assert reading.state == "stopped"
    assert reading.stopped_at is not None
    assert reading.due_at is not None
    assert (reading.stopped_at <= reading.due_at) is met
    assert case.due("committed") == "2026-12-31 17:30"
    officer = case.who("officer", "roads")
    assert case.do(officer, "progress", when="2026-11-10 09:00", note="护栏基座浇筑完成") == ""
    assert case.due("monthly")[:7] == "2026-12"
    assert case.do(officer, "finish", when="2026-12-30 09:00") == ""
    assert case.clock("committed").state == "stopped"


def test_petition_is_extended_once_reviewed_above_and_lapses() -> None:
    case = play("petition", "2026-01-05 09:00")
    centre, leader = (case.who(post, "township_centre", area="990101001") for post in ("centre", "leader"))
    assert case.open(centre, area="990101001001") == ""
    assert case.do(centre, "accept", when="2026-01-06 09:00") == ""
    assert case.due("decide") == "2026-03-09 17:30"  # the 60th day is a Saturday
    assert case.do(centre, "extend", days=30, reason="需要实地测绘") == ""
    assert case.do(leader, "grant_extend", "ask_extend") == ""
    assert case.due("decide") == "2026-04-06 17:30"
    assert case.do(centre, "extend", days=30, reason="再次延长办理期限") == "只能延长一次"
    assert case.do(centre, "decide", when="2026-04-01 09:00") == ""
    assert case.clock("review_window").lit is False
    assert case.do(RESIDENT, "ask_review", when="2026-04-20 09:00") == ""
    assert case.positions["main"].holder.unit == case.unit("county_centre")
    assert case.do(case.who("centre", "county_centre"), "review", when="2026-05-11 09:00") == ""
    assert case.work("2026-06-11 09:00") == ["lapse"]
    assert case.state == "final"
