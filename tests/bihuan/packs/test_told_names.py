"""Proof 12: a story names only what the pack and its place have; each slip is told with file, line and what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.packs import Finding, check
from bihuan.packs.proofs.report import STORIES
from tests.bihuan.packs.small import changed, write

STORY = """
[story]
title = "桥坏了"
procedure = "matter"
starts = 2026-10-12T09:00:00+08:00
[cast]
centre = { post = "dispatcher", unit = "centre" }
officer = { post = "officer", unit = "roads" }
above = { post = "dispatcher", area = "county" }
[[act]]
at = ""
who = "resident"
does = "register"
facts = { weight = "major" }
[act.expect]
state = "new"
light = { resolve = "running" }
due = { dispatch = "2026-10-13T17:30:00+08:00" }
can = { centre = ["assign"] }
[[act]]
at = "+1h"
who = "centre"
does = "assign"
facts = { office = "roads" }
expect = { events = ["assigned"], charged = { resolve = "roads" }, sees = ["officer"] }
[[act]]
at = "+1wd 10:00"
who = "officer"
does = "call"
facts = { offices = ["roads"] }
expect = { threads = { call = "asked" }, cannot = { resident = ["call.come"] } }
[[act]]
at = "+1d"
who = "officer"
does = "call.come"
facts = { of = "roads" }
[end]
at = "+2m"
state = "handling"
events = ["limit_passed"]
"""


def found(folder: Path, story: str) -> list[Finding]:
    return [one for one in check(write(folder, stories__bridge_toml=story)) if one.proof == STORIES]


def test_a_story_that_names_what_there_is(tmp_path: Path) -> None:
    assert found(tmp_path, STORY) == []


SLIPS = {
    "procedure": ('procedure = "matter"', 'procedure = "mater"', "there is no procedure 'mater'; there are: matter"),
    "start": ("starts = 2026-10-12T09:00:00+08:00", 'starts = "monday"', "'monday' is no instant"),
    "post": ('post = "officer"', 'post = "oficer"', "officer: the pack has no post 'oficer'"),
    "unit": ('unit = "roads" }\nabove', 'unit = "rivers" }\nabove', "officer: the place has no unit 'rivers'"),
    "post of another kind": ('unit = "centre"', 'unit = "roads"', "centre: a office has no post 'dispatcher'"),
    "area": ('area = "county"', 'area = "village:1"', "above: no unit of 'village:1' has the post 'dispatcher'"),
    "cast": ('who = "centre"', 'who = "center"', "there is no member of the cast 'center'"),
    "act": ('does = "assign"', 'does = "asign"', "there is no act 'asign'"),
    "thread": ('does = "call.come"', 'does = "cal.come"', "there is no thread 'cal'"),
    "act of the thread": ('does = "call.come"', 'does = "call.go"', "there is no act of call 'go'"),
    "first act": ('does = "register"', 'does = "assign"', "a story begins with the act that opens the case: 'register'"),
    "fact": ("facts = { office =", "facts = { ofice =", "there is no fact of 'assign' 'ofice'; there are: office"),
    "missing fact": ('facts = { office = "roads" }', "facts = {}", "'assign' asks for office: write it under facts"),
    "choice": ('weight = "major"', 'weight = "huge"', "there is no value of weight 'huge'; there are: major, ordinary"),
    "unit in facts": ('office = "roads"', 'office = "rivers"', "office: the place has no unit 'rivers'"),
    "units in facts": ('offices = ["roads"]', 'offices = ["rivers"]', "offices: the place has no unit 'rivers'"),
    "of": ('of = "roads"', 'of = "rivers"', "of: the place has no unit 'rivers'"),
    "when": ('at = "+1h"', 'at = "+1 hour"', "'+1 hour' is no instant"),
    "expectation": ("expect = { events", "expect = { evnets", "there is no expectation 'evnets'"),
    "state": ('state = "handling"', 'state = "handlng"', "there is no state 'handlng'"),
    "clock": ("light = { resolve", "light = { reslove", "there is no clock 'reslove'"),
    "light": ('resolve = "running"', 'resolve = "green"', "there is no light 'green'"),
    "due": ('dispatch = "2026-10-13T17:30:00+08:00"', 'dispatch = "soon"', "'soon' is no instant"),
    "charged": ('resolve = "roads"', 'resolve = "rivers"', "charged: the place has no unit 'rivers'"),
    "event": ('events = ["assigned"]', 'events = ["asigned"]', "there is no event 'asigned'"),
    "thread expected": ('call = "asked"', 'cal = "asked"', "there is no thread 'cal'"),
    "state of the thread": ('call = "asked"', 'call = "askd"', "there is no state of call 'askd'"),
    "can": ('can = { centre = ["assign"]', 'can = { centre = ["asign"]', "there is no act 'asign'"),
    "cannot": ("cannot = { resident", "cannot = { residnt", "there is no member of the cast 'residnt'"),
    "sees": ('sees = ["officer"]', 'sees = ["oficer"]', "there is no member of the cast 'oficer'"),
    "a name that is always there": ('above = { post = "dispatcher"', 'system = { post = "dispatcher"', "is always there"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found_where_it_stands(tmp_path: Path, slip: str) -> None:
    old, new, says = SLIPS[slip]
    story = changed(STORY, old, new)
    findings = found(tmp_path, story)
    assert [one for one in findings if says in one.message], [str(one) for one in findings]
    assert all((one.file, one.line > 1) == ("stories/bridge.toml", True) for one in findings)


def test_an_act_that_is_to_be_refused_may_give_what_it_may_not(tmp_path: Path) -> None:
    """Refused acts may lack a fact or give a wrong one: that is what they are refused for."""
    wrong = changed(STORY, 'facts = { office = "roads" }', 'facts = {}\nrefused = "承办单位"')
    assert found(tmp_path, wrong) == []
    assert found(tmp_path, changed(STORY, 'facts = { office = "roads" }', 'facts = { ofice = 1 }\nrefused = "承办单位"'))


def test_the_line_is_that_of_the_act(tmp_path: Path) -> None:
    story = changed(STORY, 'does = "assign"', 'does = "asign"')
    (finding,) = found(tmp_path, story)
    assert story.split("\n")[finding.line - 1] == "[[act]]"
    assert story.split("\n")[finding.line + 2] == 'does = "asign"'
    assert finding.key == "story.bridge.act.2"
