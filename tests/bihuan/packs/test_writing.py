"""For whoever writes a county's rules: what changes between two packs, the schema for editors, a pack to begin with."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bihuan import packs
from bihuan.console.main import main
from bihuan.packs.comparing import Difference, differences
from bihuan.packs.schemas import PARTS, schema
from bihuan.packs.shape import Pack
from bihuan.rules.terms import Span


def changed(pack: Pack, **parts: Any) -> Pack:
    """The pack with parts of its procedure changed."""
    return replace(pack, procedures={**pack.procedures, "matter": replace(pack.procedures["matter"], **parts)})


def test_equal_packs_do_not_differ() -> None:
    pack = packs.load("xiangyin")
    assert differences(pack, packs.from_canonical(packs.canonical(pack))) == []


def test_each_change_is_told_once_with_whom_it_touches() -> None:
    pack = packs.load("xiangyin")
    procedure = pack.procedures["matter"]
    actions = tuple(replace(one, who=("checker",)) if one.key == "assign" else one for one in procedure.actions)
    fewer = tuple(one for one in actions if one.key != "decline")
    found = differences(pack, changed(pack, actions=fewer))
    assert [(one.group, one.key, one.field) for one in found] == [
        ("action", "action.matter.decline", ""),
        ("action", "action.matter.assign", "who"),
    ]
    assert found[1].now == "checker"
    assert set(found[1].whom) >= {"holder", "checker"}
    clocks = tuple(
        replace(one, limits=tuple(replace(limit, span=Span(5, "working_day")) for limit in one.limits))
        if one.key == "check"
        else one
        for one in procedure.clocks
    )
    (only,) = differences(pack, changed(pack, clocks=clocks))
    assert only == Difference("limit", "limit.matter.check.check", "span", "1 working_day", "5 working_day", ("holder",))


def test_the_command_says_it_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["packs", "new", "sixth", "--dir", str(tmp_path)]) == 0
    folder = tmp_path / "sixth"
    assert packs.check(folder) == []
    assert packs.load(folder).name == "sixth"
    assert (folder / ".schema" / "procedure.json").is_file()
    assert main(["packs", "diff", "xiangyin", str(folder)]) == 0
    file = folder / "procedures" / "matter.toml"
    file.write_text(file.read_text("utf-8").replace('n = 7, unit = "working_day"', 'n = 5, unit = "working_day"'), "utf-8")
    capsys.readouterr()
    assert main(["packs", "diff", "xiangyin", str(folder)]) == 1
    assert "7 working_day → 5 working_day" in capsys.readouterr().out
    assert main(["packs", "new", "sixth", "--dir", str(tmp_path)]) != 0  # what is there is not written over
    assert main(["packs", "new", "../else", "--dir", str(tmp_path)]) != 0
    assert not (tmp_path.parent / "else").exists()


def test_a_township_begins_over_its_county_and_can_only_be_stricter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def begin(name: str, base: str, area: str) -> int:
        return main(["packs", "new", name, "--base", base, "--area", area, "--dir", str(tmp_path)])

    town = next(one for one in packs.divisions("xiangyin") if one.level == "township")
    assert begin("town", "xiangyin", town.name) == 0
    folder = tmp_path / "town"
    assert packs.check(folder) == []
    assert packs.load(folder).base == f"xiangyin@{packs.load('xiangyin').version}"
    county = packs.load("xiangyin")
    assert {one.group for one in differences(county, packs.load(folder))} == {"pack"}  # its own head, and nothing else yet
    file = folder / "procedures" / "matter.toml"
    remark = file.read_text("utf-8")
    stricter = "\n".join(line.removeprefix("# ") for line in remark.splitlines()[1:4])
    file.write_text(stricter, "utf-8")
    assert packs.check(folder) == []
    assert {one.group for one in differences(county, packs.load(folder))} == {"pack", "limit"}
    n = int(re.findall(r"n = (\d+)", stricter)[0])
    file.write_text(stricter.replace(f"n = {n}", f"n = {n + 2}"), "utf-8")
    assert {finding.proof for finding in packs.check(folder)} == {13}
    capsys.readouterr()
    assert begin("other", "xiangyin@1999.1", town.code) != 0
    assert begin("other", "nowhere", town.code) != 0
    assert begin("other", "xiangyin", "nowhere") != 0
    assert begin("../other", "xiangyin", town.code) != 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["town"]


def _strangers(data: Any, shape: dict[str, Any], defs: dict[str, Any], path: str = "") -> list[str]:
    """Keys of the data that the schema does not name."""
    while "$ref" in shape:
        shape = defs[shape["$ref"].rpartition("/")[2]]
    for one in shape.get("anyOf", ()):
        if isinstance(data, dict) == (one.get("type") == "object" or "$ref" in one):
            shape = one
            while "$ref" in shape:
                shape = defs[shape["$ref"].rpartition("/")[2]]
    if isinstance(data, list):
        return [found for one in data for found in _strangers(one, shape.get("items", {}) or {}, defs, path)]
    if not isinstance(data, dict) or "properties" not in shape:
        more = shape.get("additionalProperties")
        if isinstance(data, dict) and isinstance(more, dict):
            return [found for key, one in data.items() for found in _strangers(one, more, defs, f"{path}.{key}")]
        return []
    unknown = [f"{path}.{key}" for key in data if key not in shape["properties"]]
    known = [(key, one) for key, one in data.items() if key in shape["properties"]]
    return unknown + [found for key, one in known for found in _strangers(one, shape["properties"][key], defs, f"{path}.{key}")]


@pytest.mark.parametrize("part", PARTS)
def test_the_schema_knows_what_shipped_packs_say(part: str) -> None:
    made = schema(part)  # type: ignore[arg-type]
    places = {"pack": "*.toml", "procedure": "procedures/*.toml", "story": "stories/*.toml", "worked": "worked.toml"}
    files = [file for name in packs.shipped() for file in packs.folder_of(name).glob(places[part])]
    files = [file for file in files if (file.name == "worked.toml") == (part == "worked")]
    assert files
    for file in files:
        data = tomllib.loads(file.read_text("utf-8"))
        assert _strangers(data, made, made["$defs"]) == [], file
        first = next(key for key, value in data.items() if isinstance(value, list | dict))
        assert _strangers({**data, "no_such_table": {}}, made, made["$defs"]) == [".no_such_table"]
        inside = dict(data[first][0] if isinstance(data[first], list) else data[first])
        if "properties" in made["$defs"].get(_name(made["properties"][first]), {}):
            wrong = {**inside, "no_such_key": 1}
            assert _strangers({first: [wrong] if isinstance(data[first], list) else wrong}, made, made["$defs"])


def _name(shape: dict[str, Any]) -> str:
    return str(shape.get("$ref") or shape.get("items", {}).get("$ref", "")).rpartition("/")[2]
