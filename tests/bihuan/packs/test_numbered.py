"""One line for each date of a list: promises and decisions followed to the last instalment."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from bihuan.packs import Pack, check, folder_of, load
from bihuan.rules.terms import Doer
from tests.bihuan.packs.playing import Play, moment

NAME = "santai"
TOWN = "990601101"
CONSENT = {"rights_told": True, "both_willing": True, "consent_form": "in_person", "mediator_by": "chosen", "session": "private"}
MONEY = {"payer": "other_side", "promise_kind": "money", "amount": "800"}


@cache
def township() -> Pack:
    return load(NAME)


def agreeing() -> tuple[Play, Doer]:
    case = Play(township(), "dispute", NAME, moment("2026-10-08 09:00"))
    clerk, team = (case.who(post, "township_centre", area=TOWN) for post in ("dispatcher", "mediator"))
    opened: dict[str, Any] = {"title": "地界", "what": "两家的地界不清楚。", "channel": "visit", "source": "application"}
    assert case.open(clerk, area=TOWN, **opened) == ""
    graded = {"category": "dispute.land", "nature": "two_sides", "lasting": "days", "intensity": "calm", "protection": "injury"}
    assert case.do(clerk, "accept_dispute", **graded) == ""
    assert case.do(team, "record_consent", **CONSENT) == ""
    tried = {"outcome": "settled", "place": "镇调解室", "minutes": 30, "record": "双方谈拢了。"}
    assert case.do(team, "attempt", **tried) == ""
    return case, team


def lines(case: Play, kind: str) -> dict[str, str]:
    return {name: position.state for name, position in case.positions.items() if position.kind == kind}


def test_each_date_has_its_line_also_when_two_fall_on_one_day() -> None:
    case, team = agreeing()
    assert case.do(team, "add_promise", **MONEY, due_dates=["2026-11-20", "2026-10-20", "2026-11-20"]) == ""
    assert case.do(team, "add_promise", **MONEY, due_dates=["2026-11-20"]) == ""
    assert lines(case, "promise") == {"promise:1": "pending", "promise:2": "pending", "promise:3": "pending"}
    assert case.work("2026-10-19 18:00") == []
    assert case.work("2026-10-20 00:01") == ["fall_due"]
    assert lines(case, "promise") == {"promise:1": "checking", "promise:2": "pending", "promise:3": "pending"}
    assert case.due("verify", "promise:1") == "2026-10-23 17:30"
    assert case.do(team, "keep_promise", "promise:1", note="看了收条") == ""
    assert case.work("2026-11-20 00:01") == ["fall_due", "fall_due"]


@pytest.mark.parametrize("dates", [[], ["soon"], ["2026-02-30"], "2026-11-20x"])
def test_what_is_no_list_of_days_is_refused(dates: object) -> None:
    case, team = agreeing()
    assert case.do(team, "add_promise", **MONEY, due_dates=dates) != ""
    assert lines(case, "promise") == {}


def test_a_line_keeps_its_own_facts_when_others_are_opened_later() -> None:
    case, _ = agreeing()
    head = case.who("centre_head", "township_centre", area=TOWN)
    affairs, service = (case.unit(office, TOWN) for office in ("social_affairs", "government_service"))
    once = {"help_what": "临时救助三万元", "amount": "30000", "help_dates": ["2026-10-30"]}
    yearly = {"help_what": "代缴医保到成年", "help_dates": ["2026-12-31", "2027-12-31"]}
    assert case.do(head, "decide_help", helper=affairs, **once) == ""
    assert case.do(head, "decide_help", helper=service, **yearly) == ""
    held = [case.positions[f"decision:{n}"].holder.unit for n in (1, 2, 3)]
    assert held == [affairs, service, service]
    assert [case.due("help", f"decision:{n}")[:10] for n in (1, 2, 3)] == ["2026-10-30", "2026-12-31", "2027-12-31"]
    officer = case.who("officer", "social_affairs", area=TOWN)
    assert case.do(officer, "report_help", "decision:2", note="已经代缴") != ""
    assert case.do(officer, "report_help", "decision:1", note="已经发放") == ""


def test_no_end_before_the_last_instalment() -> None:
    case, team = agreeing()
    signed = {"agreement_form": "written", "agreement": "分两期付清，互不再有争议。", "effective_on": "2026-10-08"}
    assert case.do(team, "record_agreement", **signed, watched_until="2026-12-31") != ""
    assert case.do(team, "add_promise", **MONEY, due_dates=["2026-10-20", "2026-11-20"]) == ""
    assert case.do(team, "record_agreement", **signed, watched_until="2026-12-31") == ""
    assert case.do(team, "look_back", found="on_track", escalating=False, note="第一期已付") == ""
    assert case.do(team, "keep_promise", "promise:1", note="看了收条") == ""
    assert case.do(team, "close_dispute") == "还有约定没有履行到最后一期"
    assert case.do(team, "keep_promise", "promise:2", note="看了收条") == ""
    assert case.do(team, "close_dispute") == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('numbered = "due_on"', 'numbered = "amount"', "numbered names a new fact"),
        (', numbered = "due_on"', "", "two lines may have one date"),
        ('title = "未到期"\nholder = { keep = true }', 'title = "未到期"\nholder = { item = "n" }', "are held by no item"),
    ],
)
def test_what_numbered_lines_cannot_be(tmp_path: Path, old: str, new: str, says: str) -> None:
    copytree(folder_of(NAME), tmp_path, dirs_exist_ok=True)
    file = tmp_path / "procedures" / "dispute.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace(old, new), "utf-8")
    found = [finding.message for finding in check(tmp_path)]
    assert any(says in message for message in found), found
