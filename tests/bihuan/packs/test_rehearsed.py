"""Proof 15: ``packs check`` rehearses a pack's stories and points at the expectation that does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan import packs
from bihuan.console.commands.rules import calendar_of
from bihuan.packs import Finding
from bihuan.packs.proofs.report import WORDS
from bihuan.packs.trial.told import PROOF
from tests.bihuan.packs.overlaying import COUNTY, laid
from tests.bihuan.packs.small import MATTER, changed, write
from tests.bihuan.packs.test_trial import WHOLE, told


def rehearsed(folder: Path) -> list[Finding]:
    """What the rehearsal finds; nothing else may be wrong but words, of which the small pack has none."""
    found = packs.check(folder, calendar_of(packs.load(folder)))
    assert [one for one in found if one.proof not in (PROOF, WORDS)] == []
    return [one for one in found if one.proof == PROOF]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('state = "done"\nlight', 'state = "waiting"\nlight', "act 4 finish: state done, not waiting"),
        ('resolve = "met"', 'resolve = "missed"', "light of resolve met, not missed"),
        ('"2026-10-21T17:30:00+08:00"', '"2026-10-22T17:30:00+08:00"', "resolve due 2026-10-21T17:30:00+08:00, not 2026-10-22T"),
        ('officer = ["hand_back"', 'officer = ["register", "hand_back"', "officer may not register"),
        ('does = "pause"\n', 'does = "pause"\nrefused = "不能暂停"\n', "act 3 pause: not refused: '不能暂停'"),
    ],
)
def test_what_is_not_as_told_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    written = told(tmp_path, WHOLE)
    write(tmp_path, stories__s0_toml=written)
    assert rehearsed(tmp_path) == []
    text = written.replace(old, new, 1)
    assert text != written
    write(tmp_path, stories__s0_toml=text)
    found = rehearsed(tmp_path)
    (one,) = [one for one in found if says in one.message]
    both = zip(written.split("\n"), text.split("\n"), strict=False)
    changed_at = next(n for n, (before, after) in enumerate(both, 1) if before != after)
    assert (one.file, one.line) == ("stories/s0.toml", changed_at)
    assert one.message.endswith("correct the rule or the story")


def test_only_the_first_act_that_goes_otherwise_is_shown(tmp_path: Path) -> None:
    """When it is not assigned, nothing afterwards can go as told: the findings are those of the assignment alone."""
    written = told(tmp_path, WHOLE)
    write(tmp_path, stories__s0_toml=changed(written, 'who = "centre"\ndoes = "assign"', 'who = "officer"\ndoes = "assign"'))
    found = rehearsed(tmp_path)
    assert any("act 2 assign: refused" in one.message for one in found)
    assert {one.key.split(".")[3] for one in found} == {"2"}


def test_a_rule_that_is_changed_contradicts_the_story(tmp_path: Path) -> None:
    write(tmp_path, stories__s0_toml=told(tmp_path, WHOLE))
    write(tmp_path, matter=changed(MATTER, 'n = 7, unit = "working_day"', 'n = 8, unit = "working_day"'))
    assert {one.file for one in rehearsed(tmp_path)} == {"stories/s0.toml"}


def test_of_an_overlay_only_its_own_stories_are_rehearsed(tmp_path: Path) -> None:
    """The county's are told in the county's limits, which the overlay shortens: they are played on it, not rehearsed."""
    overlay = laid(tmp_path)
    errand = (packs.folder_of(COUNTY) / "stories" / "errand.toml").read_text("utf-8")
    (overlay / "stories").mkdir(exist_ok=True)
    (overlay / "stories" / "errand.toml").write_text(
        changed(errand, '[end]\nstate = "delivered"', '[end]\nstate = "doing"'), "utf-8"
    )
    assert [(one.file, one.key) for one in rehearsed(overlay)] == [("stories/errand.toml", "story.errand.end.state")]
