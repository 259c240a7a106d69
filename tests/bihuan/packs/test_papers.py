"""Papers of a pack: each fault in papers.toml is found where it stands; a whole one has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan import packs
from bihuan.packs.faults import Finding
from bihuan.packs.proofs.report import PRINCIPLES, WORDS
from tests.bihuan.packs.small import PACK, write

PAPER = """
[[paper]]
key = "notice"
title = "办结告知书"
procedure = "matter"
on = "finished"
number = "case"
to = "resident"
copy_to = ["centre"]
lines = ["你反映的“{title}”（{case}）已于{today}办结，由{office}办理，时限是{due_resolve}。"]
"""
SPOKEN = """
[paper]
date = "{y}年{m}月{d}日"
seal = "（盖章）"
copies = "抄送：{units}"
resident = "群众"
erased = "（已删除）"
"""


def findings(folder: Path, paper: str, spoken: str = SPOKEN) -> list[Finding]:
    write(folder, PACK, papers_toml=paper, wording__zh_papers_toml=spoken)
    return [finding for finding in packs.check(folder) if finding.proof != WORDS]


def test_a_whole_paper_has_no_finding_and_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "wording").mkdir()
    assert findings(tmp_path, PAPER) == []
    pack = packs.load(tmp_path)
    assert [paper.key for paper in pack.papers] == ["notice"]
    assert packs.from_canonical(packs.canonical(pack)) == pack
    (tmp_path / "papers.toml").unlink()
    assert packs.load(tmp_path).digest != pack.digest


BROKEN = {
    "procedure": ('procedure = "matter"', 'procedure = "other"', 1, "no procedure 'other'"),
    "event": ('on = "finished"', 'on = "begun"', 1, "no event 'begun'"),
    "thread": ('on = "finished"', 'on = "finished"\nthread = "aside"', 1, "no thread 'aside'"),
    "number": ('number = "case"', 'number = "letter"', 1, "no number 'letter'"),
    "number of the parties": ('number = "case"', 'number = "case"\nsigned_by = "parties"', 1, "carries none"),
    "committee": ('number = "case"', 'number = "case"\ncommittee = true', 1, "no kind of unit names a committee"),
    "place": ("{office}", "{offices_all}", 1, "nothing fills {offices_all}"),
    "clock": ("{due_resolve}", "{due_never}", 1, "nothing fills {due_never}"),
    "addressee": ('to = "resident"', 'to = "somebody"', 1, "'somebody' is neither"),
    "copy": ('["centre"]', '["resident"]', 1, "'resident' is neither"),
    "nothing said": ('lines = ["你', 'lines = []\n# ["你', 1, "a paper says something"),
    "control of people": ("办结告知书", "稳控告知书", PRINCIPLES, "is refused"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found(tmp_path: Path, fault: str) -> None:
    was, now, proof, message = BROKEN[fault]
    assert was in PAPER
    (tmp_path / "wording").mkdir()
    found = findings(tmp_path, PAPER.replace(was, now))
    assert [(one.proof, message in one.message) for one in found][:1] == [(proof, True)], found
    assert {one.file for one in found} == {"papers.toml"}


def test_the_words_that_every_paper_takes_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "wording").mkdir()
    found = findings(tmp_path, PAPER, SPOKEN.replace("seal =", "stamp ="))
    assert ["'paper.seal'" in one.message for one in found] == [True]
