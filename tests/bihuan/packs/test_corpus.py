"""The refusal corpus: every bad pack of corpus.toml is refused, by the right proof and with the shortest path that shows it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bihuan.packs import Finding, check
from bihuan.packs.proofs.report import WORDS
from tests.bihuan.packs.small import MATTER, PACK, changed, write

BAD: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))["bad"]
TRAPS = {"case", "clock", "nobody", "loop", "name", "light", "principle"}


def findings(folder: Path, bad: dict[str, Any]) -> list[Finding]:
    """What is found in the small pack with that one thing wrong; missing words apart."""
    file, pack, matter, others = bad.get("file", "matter"), PACK, MATTER, {}
    if file == "matter":
        matter = changed(matter, bad["old"], bad["new"])
        for old, new in bad.get("also", ()):
            matter = changed(matter, old, new)
    elif file == "pack":
        pack = changed(pack, bad["old"], bad["new"])
    else:
        others[f"{file}_toml"] = bad["new"]
    return [finding for finding in check(write(folder, pack=pack, matter=matter, **others)) if finding.proof != WORDS]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_it_is_refused(tmp_path: Path, bad: dict[str, Any]) -> None:
    found = findings(tmp_path, bad)
    fitting = [one for one in found if (one.proof, one.key) == (bad["proof"], bad["at"]) and bad["says"] in one.message]
    assert fitting, [str(one) for one in found]
    assert next(" ".join(one.path) for one in fitting) == bad.get("path", "")
    assert all(one.line > 0 for one in fitting)


def test_the_corpus_has_every_kind_of_trap() -> None:
    assert {bad["trap"] for bad in BAD} == TRAPS
    assert len({bad["name"] for bad in BAD}) == len(BAD)
    assert all([bad for bad in BAD if bad["trap"] == trap and bad.get("path")] for trap in ("case", "clock", "nobody", "loop"))


def test_the_pack_they_are_made_from_has_nothing_wrong(tmp_path: Path) -> None:
    assert [finding for finding in check(write(tmp_path)) if finding.proof != WORDS] == []
