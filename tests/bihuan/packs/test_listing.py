"""Lists and figures of a pack: what they name must exist, and none shows words or people."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.packs import check
from bihuan.packs.proofs.report import WORDS
from tests.bihuan.packs.small import MATTER, changed, write

LIST = """
[[list]]
key = "assigned"
title = "交办清单"
columns = ["number", "received", "office", "due", "light", "at.assigned", "by.assigned", "fact.weight"]
where = { had = "assigned", not_had = "finished", open = true }
"""
FIGURE = """
[[mark]]
key = "done"
title = "办结"
on = ["finished"]
clocks = ["resolve"]
[[indicator]]
key = "in_time"
title = "按期"
of = "done_met"
over = "done_missed"
by = "level"
where = { unit_kind = "office" }
"""
WRONG = {
    "a column that there is not": ('"office"', '"offices"', "there is no column 'offices'"),
    "the day of no event": ("at.assigned", "at.asigned", "names no event"),
    "the doer of no event": ("by.assigned", "by.asigned", "names no event"),
    "a fact that nobody asks for": ("fact.weight", "fact.wieght", "names no fact"),
    "a condition that there is not": ("had =", "has =", "there is no condition 'has'"),
    "an event that never happens": ('had = "assigned", not', 'had = "asigned", not', "had has no value 'asigned'"),
    "a thread's state without a thread": ("open = true", "thread_open = true", "name them with thread"),
    "half open": ("open = true", 'open = "half"', "open has no value 'half'"),
    "a figure of nothing": ('of = "done_met"', 'of = "done"', "of names a mark"),
    "a share of nothing": ('over = "done_missed"', 'over = "all"', "over names a mark"),
    "a figure by what is no office": ('unit_kind = "office"', 'area = "990101"', "not by 'area'"),
    "a kind of unit that there is not": ('unit_kind = "office"', 'unit_kind = "ofice"', "unit_kind has no value 'ofice'"),
}


def said(folder: Path) -> list[str]:
    return [finding.message for finding in check(folder) if finding.proof != WORDS]


def test_a_whole_list_and_a_whole_figure_have_no_finding(tmp_path: Path) -> None:
    assert said(write(tmp_path, indicators_toml=LIST + FIGURE)) == []


@pytest.mark.parametrize("fault", WRONG)
def test_what_a_list_or_figure_names_must_exist(tmp_path: Path, fault: str) -> None:
    before, after, message = WRONG[fault]
    whole = LIST + FIGURE
    assert whole.count(before) >= 1
    findings = said(write(tmp_path, indicators_toml=whole.replace(before, after, 1)))
    assert len(findings) == 1
    assert message in findings[0]


def test_no_list_shows_words(tmp_path: Path) -> None:
    asked = 'of = ["office"] } }'
    matter = changed(MATTER, asked, 'of = ["office"] }, why = { type = "text", title = "原因" } }')
    findings = said(write(tmp_path, matter=matter, indicators_toml=LIST.replace("fact.weight", "fact.why")))
    assert len(findings) == 1
    assert "lists show choices" in findings[0]
