"""Reading a pack: what is wrong is said with file, key and line; what is right comes out frozen and the same each time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bihuan.packs import PackError, canonical, digest, divisions, from_canonical, load
from bihuan.packs.source import key_lines
from bihuan.rules.terms import Span, Where
from tests.bihuan.packs.small import MATTER, PACK, changed, write


def told(folder: Path) -> list[tuple[str, str, str]]:
    """File, key and message of everything that stops the pack from loading."""
    with pytest.raises(PackError) as caught:
        load(folder)
    return [(finding.file, finding.key, finding.message) for finding in caught.value.findings]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def test_a_pack_is_frozen(tmp_path: Path) -> None:
    pack = load(write(tmp_path))
    with pytest.raises(dataclasses.FrozenInstanceError):
        pack.title = "另一个"  # type: ignore[misc]
    assert pack.digest == digest(pack)


def test_fragments_of_a_procedure_become_rules(tmp_path: Path) -> None:
    matter = load(write(tmp_path)).procedures["matter"]
    actions = {action.key: action for action in matter.actions}
    assert (matter.start_action, matter.start_state) == ("register", "new")
    assert actions["assign"].who == ("holder",)  # who omitted
    assert actions["assign"].needs["office"].of == ("office",)  # @assignable
    resolve = next(clock for clock in matter.clocks if clock.key == "resolve")
    assert [limit.span for limit in resolve.limits] == [Span(1, "month"), Span(7, "working_day")]
    assert resolve.limits[0].where == Where((("weight", ("major",)),))
    assert [limit.amber for limit in resolve.limits] == [Span(1, "working_day")] * 2
    dispatch = next(clock for clock in matter.clocks if clock.key == "dispatch")
    assert dispatch.limits[0].amber == Span(4, "working_hour")


def test_the_canonical_form_brings_the_pack_back(tmp_path: Path) -> None:
    pack = load(write(tmp_path))
    again = from_canonical(canonical(pack))
    assert again == pack
    assert again.digest == pack.digest
    assert list(again.procedures["matter"].actions[0].needs) == list(pack.procedures["matter"].actions[0].needs)


def test_only_what_is_meant_changes_the_digest(tmp_path: Path) -> None:
    first = load(write(tmp_path / "a"))
    same = load(write(tmp_path / "b", matter=MATTER.replace("[[state]]", "# a remark\n\n[[state]]")))
    other = load(write(tmp_path / "c", matter=changed(MATTER, "n = 7", "n = 8")))
    assert first.digest == same.digest
    assert first.digest != other.digest


@pytest.mark.parametrize("data", [b"", b"[]", b'{"name":1}', b'{"colour":"red"}', b"\xff"])
def test_other_bytes_are_no_pack(data: bytes) -> None:
    with pytest.raises(PackError):
        from_canonical(data)


def test_a_misspelt_key_is_named_with_its_line(tmp_path: Path) -> None:
    text = changed(MATTER, 'stops = ["finished"]', 'stop = ["finished"]')
    with pytest.raises(PackError) as caught:
        load(write(tmp_path, matter=text))
    found = caught.value.findings[0]
    assert (found.file, found.line) == ("procedures/matter.toml", line_of(text, 'stop = ["finished"]'))
    assert "no key 'stop' here" in found.message
    assert "stops" in found.message


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('unit = "working_day" }]', 'unit = "workday" }]', "not one of the values"),
        ("n = 7", 'n = "7"', "should be int, but is str"),
        ('key = "call"\ntitle = "吹哨"\nopened_by', 'title = "吹哨"\nopened_by', "'key' is needed here"),
        ('key = "note"', 'key = "assign"', "the key 'assign' stands already"),
        ("max_before = 1, say", 'max_before = 1, clock = "resolve", say', "a guard is exactly one condition"),
        ("automatic = { date_fact", 'automatic = { count = "noted", date_fact', "automatic is exactly one"),
        (
            'limit = { n = 1, unit = "working_day" }\n[[clock]]\nkey = "dispatch"',
            '[[clock]]\nkey = "dispatch"',
            "either limit or limits",
        ),
        ('of = ["@assignable"]', 'of = ["@colours"]', "no list '@colours'"),
        ("[[thread.clock]]", "[thread.colour]\n[[thread.clock]]", "no key 'colour' here"),
        ("[procedure]", "[colours]\n[procedure]", "a procedure has no table 'colours'"),
    ],
)
def test_what_is_not_the_language_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = told(write(tmp_path, matter=changed(MATTER, old, new)))
    assert any(says in message for _, _, message in found), found


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = changed(changed(MATTER, 'event = "noted"', 'event = "noted"\nhue = 1'), 'stops = ["assigned"]', "stops = 1")
    found = told(write(tmp_path, matter=text, pack=changed(PACK, 'title = "县委"', "titel = 1")))
    assert len(found) >= 3


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        ("[pack\n", "not TOML"),
        (PACK.replace("[calendar]", "[kalender]"), "no table 'kalender'"),
        (changed(PACK, '["09:00", "12:00"]', '["12:00", "09:00"]'), "a period is"),
        (PACK + "\n[[service]]\nkey = 'x'\ntitle = 'x'\nwithin = { n = 0, unit = 'hour' }\n", "a limit is at least 1"),
    ],
)
def test_a_broken_head_is_told(tmp_path: Path, pack: str, says: str) -> None:
    assert any(says in message for _, _, message in told(write(tmp_path, pack=pack)))


def test_files_that_the_language_does_not_know_are_refused(tmp_path: Path) -> None:
    write(tmp_path, notes_toml="", procedures__readme_csv="x")
    assert {file for file, _, _ in told(tmp_path)} == {"notes.toml", "procedures/readme.csv"}


def test_a_file_that_is_not_utf8_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "posts.toml").write_bytes("# 岗位".encode("gb18030"))
    assert any("not UTF-8 at byte 2" in message for _, _, message in told(tmp_path))


def test_no_such_pack() -> None:
    with pytest.raises(PackError, match="there is no such pack"):
        load("no_such_pack")


def test_parts_of_later_rooms_are_kept_not_dropped(tmp_path: Path) -> None:
    follows = """
[[follow]]
on = "clock_red"
where = { clock = "resolve" }
then = [{ open_thread = "supervision", grade = "ordinary" }, { notice = "supervision_issued", to = ["holder", "leader"] }]
"""
    rhythms = """
[[rhythm]]
key = "village_inspection"
title = "走访"
does = "inspect"
by = { post = "officer" }
every = { n = 15, unit = "calendar_day" }
in_special_period = { n = 1, unit = "calendar_day" }
produces = "inspection"
"""
    indicators = """
[[list]]
key = "accepted"
title = "受理清单"
columns = ["number", "office", "light"]
where = { had = "assigned" }
[[indicator]]
key = "on_time"
title = "按期率"
of = "finished"
by = "office"
"""
    story = """
[story]
title = "三次不成"
procedure = "matter"
starts = 2026-03-02T09:00:00+08:00
[cast]
worker = { post = "officer", area = "county" }
[[act]]
at = "+1wd 10:00"
who = "worker"
does = "finish"
facts = { minutes = 40 }
expect = { state = "done", light = { resolve = "met" } }
[end]
state = "done"
"""
    folder = write(tmp_path, follows_toml=follows, rhythms_toml=rhythms, indicators_toml=indicators, stories__three_toml=story)
    later = load(folder).later
    assert [(step.does, step.what) for step in later.follows[0].then] == [
        ("open_thread", "supervision"),
        ("notice", "supervision_issued"),
    ]
    assert later.rhythms[0].every == Span(15, "calendar_day")
    assert (later.lists[0].columns, later.indicators[0].by) == (("number", "office", "light"), "office")
    assert later.stories[0].acts[0].expect == {"state": "done", "light": {"resolve": "met"}}
    assert from_canonical(canonical(load(folder))).later == later


def test_divisions_are_checked_row_by_row(tmp_path: Path) -> None:
    pack = changed(PACK, 'name = "小县"', 'name = "小县"\ndivisions = "divisions.csv"')
    folder = write(tmp_path, pack=pack, divisions_csv="code,name,level\n990101,小县,county\n9901,省,county\n")
    with pytest.raises(PackError, match="codes of 6 digits, not 4"):
        divisions(folder)
    (folder / "divisions.csv").unlink()
    with pytest.raises(PackError, match="which is not there"):
        divisions(folder)


def test_lines_are_those_of_the_file() -> None:
    text = 'a = 1\n[b]\nc = """\nd = 2\n"""\n[[e]]\n"f.g" = [\n  "h = 1",\n]\ni = { j = 2 }\n[[e]]\nk = 1\n[e.l]\nm = 3\n'
    lines = key_lines(text)
    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert ("b", "d") not in lines
    assert lines[("e", 0, "f.g")] == 7
    assert lines[("e", 0, "i")] == 10
    assert (lines[("e", 1)], lines[("e", 1, "k")], lines[("e", 1, "l", "m")]) == (11, 12, 14)
