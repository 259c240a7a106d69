"""What handling together added to the language is proved: each of these faults in the shipped procedure is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bihuan.packs import check, folder_of, load, standard
from bihuan.packs.proofs.parts import strands

FAULTS = {
    "a part that nobody can end": ('to = "reported"', 'to = "joined"'),
    "a released part whose limit runs on": (
        'stops = ["joint_reported", "joint_released"]',
        'stops = ["joint_reported"]',
    ),
    "a ruling without an end": ('stops = ["joint_ruled", "joint_released"]', 'stops = ["joint_ruled"]'),
    "a co-office that may be any unit": (
        'co_offices = { type = "units", title = "协办单位", of = ["@assignable"], other = true, min = 1, max = 8 }',
        'co_offices = { type = "text", title = "协办单位" }',
    ),
    "offices to tell apart that no act names": ('differ = ["office", "co_offices"]', 'differ = ["office", "co_ofices"]'),
    "posts of a unit that no act names": ('who_of = { fact = "office" }', 'who_of = { fact = "offic" }'),
    "extensions without end": ('count = "extended", since = "reopened", max_before = 0', 'count = "extended", min = 0'),
    "a limit extended by words": ('extends = { extended = "days" }', 'extends = { extended = "reason" }'),
    "a pause that nobody's date ends": (
        'automatic = { date_fact = "until" }',
        'automatic = { date_fact = "untill" }',
    ),
    "a pause that never resumes": ('paused = "resumed" }', 'paused = "asked" }'),
    "pauses without end": ('count = "paused", since = "reopened", max_before = 0', 'count = "paused", min = 0'),
    "a consultation opened by nobody": (
        'opened_by = { action = "consult", one_for_each = "invited" }',
        'opened_by = { action = "consulted", one_for_each = "invited" }',
    ),
    "a wait for threads that there are not": (
        'threads = "joint", all_in = ["reported", "released"]',
        'threads = "joint", all_in = ["done"]',
    ),
    "a reply limit from a date that nobody gives": ('fact = "meeting_at"', 'fact = "meeting_on"'),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack."""
    return Path(shutil.copytree(folder_of(standard()), tmp_path / "pack"))


def test_the_copy_is_whole(folder: Path) -> None:
    assert check(folder) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(folder: Path, fault: str) -> None:
    old, new = FAULTS[fault]
    file = folder / "procedures" / "matter.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    assert check(folder), fault


def test_what_may_be_done_once_does_not_double_the_walk() -> None:
    """Acts that their own bound counts are left uncounted, so that the whole procedure stays small enough to be proved."""
    main = next(strands(load(standard()).procedures["matter"]))
    assert main.walk.whole
    assert {"extend", "pause_for_answer", "suspend"} <= main.walk.bounded
    assert len(main.walk.situations) < 20_000
