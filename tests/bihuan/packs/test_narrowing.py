"""An overlay narrows its county's pack: every permitted edit stands, everything else is a finding."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bihuan import packs
from bihuan.packs.areas import areas_of
from bihuan.packs.build import build
from bihuan.packs.proofs import narrowing
from bihuan.packs.proofs.report import Report
from bihuan.packs.spans import no_later, no_shorter
from bihuan.rules.terms import Span
from tests.bihuan.packs.overlaying import COUNTY, FOLDER, based, laid

HEAD = based((FOLDER / "helonghu" / "pack.toml").read_text("utf-8"))
EDITS = tomllib.loads((FOLDER / "edits.toml").read_text("utf-8"))


def said(folder: Path) -> list[str]:
    """What the proof of narrowing alone says of a folder; what cannot be read at all comes instead."""
    built = build(folder)
    if built.findings or built.pack is None or built.base is None:
        return [str(one) for one in built.findings] or ["no base"]
    report = Report(built.pack, built.places)
    narrowing.prove(report, built.base, areas_of(built.pack, folder))
    return [str(one) for one in report.findings]


def with_file(folder: Path, name: str, text: str) -> Path:
    """A folder that holds pack.toml of the overlay and this one file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text(HEAD, "utf-8")
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


def test_the_overlay_can_be_lived_with_and_says_what_it_lies_on(tmp_path: Path) -> None:
    overlay = laid(tmp_path)
    assert packs.check(overlay) == []
    over, base = packs.load(overlay), packs.load(COUNTY)
    assert (over.base_digest, over.covers) == (base.digest, "430624120")
    assert packs.base_pack(overlay) == base
    resolve = next(one for one in over.procedures["matter"].clocks if one.key == "resolve")
    assert [one.span for one in resolve.limits][1:] == [Span(72, "hour"), Span(1, "month"), Span(5, "working_day")]
    assert "urban.crab_stalls" in {one.key for one in over.catalogue.leaves()}
    assert over.say("action.matter.assign") == "交办到责任单位"
    assert packs.from_canonical(packs.canonical(over)) == over
    assert packs.base_pack(COUNTY) is None
    assert packs.whole(over).base == ""


PROCEDURE = "procedures/matter.toml"


@pytest.mark.parametrize("edit", EDITS["looser"], ids=lambda edit: edit["name"])
def test_what_is_not_on_the_list_is_refused(tmp_path: Path, edit: dict[str, str]) -> None:
    found = said(with_file(tmp_path, edit["file"], edit["text"]))
    assert any(edit["says"] in one for one in found), found


@pytest.mark.parametrize("edit", EDITS["tighter"], ids=lambda edit: edit["name"])
def test_what_is_on_the_list_stands(tmp_path: Path, edit: dict[str, str]) -> None:
    assert said(with_file(tmp_path, edit["file"], edit["text"])) == []


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('base = "xiangyin@1999.1"', "is at version"),
        ('base = "nowhere@1"', "no pack 'nowhere'"),
        ('base = "xiangyin"', "name@version"),
        ('area = "430624"', "below the top"),
        ('area = "430999"', "below the top"),
    ],
)
def test_what_it_lies_on_and_where_is_named(tmp_path: Path, head: str, words: str) -> None:
    key = head.partition(" ")[0]
    lines = [head if line.startswith(f"{key} =") else line for line in HEAD.splitlines()]
    (tmp_path / "pack.toml").write_text("\n".join(lines), "utf-8")
    assert any(words in one for one in said(tmp_path)), said(tmp_path)


def test_an_overlay_lies_on_a_pack_that_stands_alone(tmp_path: Path) -> None:
    laid(tmp_path).rename(tmp_path / "lower")
    upper = tmp_path / "upper"
    upper.mkdir()
    (upper / "pack.toml").write_text(HEAD.replace(f"xiangyin@{packs.load(COUNTY).version}", "lower@2026.1"), "utf-8")
    assert any("stands alone" in one for one in said(upper))


def test_lines_point_into_the_overlay(tmp_path: Path) -> None:
    with_file(
        tmp_path, PROCEDURE, '\n\n[[clock]]\nkey = "resolve"\nlimits = [{ key = "resolve", n = 9, unit = "working_day" }]\n'
    )
    (found,) = said(tmp_path)
    assert found.startswith("procedures/matter.toml:3 ")


def test_lengths_are_compared_only_where_that_can_be_said() -> None:
    assert no_later(Span(5, "working_day"), Span(7, "working_day"))
    assert no_later(Span(4, "working_hour"), Span(1, "working_day"))
    assert no_later(Span(28, "calendar_day"), Span(1, "month"))
    assert not no_later(Span(31, "calendar_day"), Span(1, "month"))
    assert not no_later(Span(7, "working_day"), Span(7, "calendar_day"))
    assert not no_later(Span(0, "hour"), Span(7, "hour"))
    assert no_shorter(Span(2, "working_day"), Span(1, "working_day"))
    assert not no_shorter(Span(30, "hour"), Span(1, "working_day"))
