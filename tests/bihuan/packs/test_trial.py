"""Trial of a pack: stories rehearsed with the rules alone, worked values counted, slips made and caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan import packs
from bihuan.console.commands.rules import calendar_of
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.trial import worked
from bihuan.packs.trial.drafting import draft
from bihuan.packs.trial.mutation import Trial, chosen, report, run, survivors_of
from bihuan.packs.trial.operators import OPERATORS, mutants
from bihuan.packs.trial.rehearsal import Rehearsal
from tests.bihuan.packs.small import MATTER, changed, write
from tests.bihuan.packs.test_told_names import STORY

WHOLE = """
[story]
title = "桥坏了：办完"
procedure = "matter"
starts = 2026-10-12T09:00:00+08:00
[cast]
centre = { post = "dispatcher", unit = "centre" }
officer = { post = "officer", unit = "roads" }
[[act]]
at = ""
who = "centre"
does = "register"
facts = { weight = "ordinary" }
[[act]]
at = "+1h"
who = "centre"
does = "assign"
facts = { office = "roads" }
[[act]]
at = "+1h"
who = "officer"
does = "pause"
facts = { until = "2026-10-15" }
[[act]]
at = "+6d 10:00"
who = "officer"
does = "finish"
[end]
"""


def trial(folder: Path, *stories: str, values: bool = False) -> Trial:
    """The small pack with these stories, and with its worked values where they are asked for."""
    write(folder, **{f"stories__s{n}_toml": story for n, story in enumerate(stories)})
    pack = packs.load(folder)
    calendar = calendar_of(pack)
    if values:
        (folder / worked.FILE).write_text(worked.draft(pack, calendar), "utf-8")
    return Trial(folder, calendar)


def rehearsal(folder: Path) -> Rehearsal:
    pack = packs.load(folder)
    return Rehearsal(ToldPlace(Tree(pack, packs.divisions(folder))), calendar_of(pack))


def told(folder: Path, story: str) -> str:
    """The story with what the rules make of it."""
    write(folder, stories__s0_toml=story)
    one = packs.load(folder).later.stories[0]
    return draft(rehearsal(folder), one)


# -- rehearsal --------------------------------------------------------------------------------------------------------


def test_a_story_goes_as_told_and_others_do_not(tmp_path: Path) -> None:
    written = told(tmp_path / "a", WHOLE)
    assert 'state = "done"' in written
    for old, new in (
        ('state = "done"\nlight', 'state = "waiting"\nlight'),
        ('resolve = "met"', 'resolve = "missed"'),
        ('resolve = "2026-10-21T17:30:00+08:00"', 'resolve = "2026-10-22T17:30:00+08:00"'),
        ('officer = ["hand_back"', 'officer = ["register", "hand_back"'),
    ):
        folder = tmp_path / str(abs(hash(new)))
        write(folder, stories__s0_toml=written.replace(old, new))
        assert written.count(old) >= 1, old
        story = packs.load(folder).later.stories[0]
        assert rehearsal(folder).wrong(story), new
    write(tmp_path / "b", stories__s0_toml=written)
    assert rehearsal(tmp_path / "b").wrong(packs.load(tmp_path / "b").later.stories[0]) == []


def test_the_worker_resumes_on_the_day_a_pause_ends(tmp_path: Path) -> None:
    """Between the pause of the 12th and the end on the 18th nobody acts: on the 15th the system resumes by itself."""
    assert "assigned" not in told(tmp_path, WHOLE)
    late = WHOLE.replace('at = "+6d 10:00"', 'at = "+2d 10:00"')
    assert 'refused = "This cannot be done at this stage."' in told(tmp_path, late)


@pytest.mark.parametrize("name", packs.shipped())
def test_the_rules_alone_play_every_story_that_the_door_plays(name: str) -> None:
    pack = packs.load(name)
    one = Rehearsal(ToldPlace(Tree(pack, packs.divisions(name))), calendar_of(pack))
    assert {story.key: wrong for story in pack.later.stories if (wrong := one.wrong(story))} == {}


# -- worked values ----------------------------------------------------------------------------------------------------


def test_worked_values_hold_and_a_changed_limit_contradicts_them(tmp_path: Path) -> None:
    trial(tmp_path, values=True)
    calendar = calendar_of(packs.load(tmp_path))
    assert [one for one in packs.check(tmp_path, calendar) if one.proof == worked.PROOF] == []
    slip = changed(MATTER, 'n = 7, unit = "working_day"', 'n = 8, unit = "working_day"')
    write(tmp_path, matter=slip)
    (found,) = [one for one in packs.check(tmp_path, calendar) if one.proof == worked.PROOF and "due" in one.message]
    assert (found.file, found.key) == ("worked.toml", "matter.resolve")
    assert "correct the rule or the worked value" in found.message
    assert (tmp_path / "worked.toml").read_text("utf-8").split("\n")[found.line - 1] == "[[worked]]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('procedure = "mater"\nclock = "resolve"\nfrom = 2026-10-12T09:00:00\n', "there is no procedure 'mater'"),
        ('procedure = "matter"\nclock = "reslove"\nfrom = 2026-10-12T09:00:00\n', "nothing here has this length of time"),
        ('procedure = "matter"\nclock = "dispatch"\nfrom = "monday"\ndue = 2026-10-13T17:30:00\n', "from is no instant"),
        ('procedure = "matter"\nclock = "dispatch"\nfrom = 2026-10-12T09:00:00\n', "says nothing: write due"),
        (
            'procedure = "matter"\nclock = "dispatch"\nfrom = 2026-10-12T09:00:00\nuntil = 2026-10-12T09:00:00\n',
            "until is nothing",
        ),
        ('procedure = "matter"\nclock = "dispatch"\nsince = 2026-10-12T09:00:00\n', "the language has no key 'since'"),
    ],
)
def test_a_worked_value_names_what_there_is(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path, worked_toml=f"[[worked]]\n{text}")
    found = packs.check(tmp_path, calendar_of(packs.load(tmp_path)))
    assert [one for one in found if one.file == "worked.toml" and says in one.message], [str(one) for one in found]


def test_each_value_shows_one_more_and_one_less() -> None:
    """A draft counts from a day from which neither the day before nor the day after ends at the same moment."""
    pack = packs.load("xiangyin")
    calendar = calendar_of(pack)
    for procedure in pack.procedures.values():
        for length in worked.lengths(procedure):
            start = worked.telling_start(length, calendar)
            spans = [worked.Span(length.span.n + more, length.span.unit) for more in (-1, 0, 1) if length.span.n + more > 0]
            others = [worked.Length(length.where, span, length.clock, length.limit) for span in spans]
            assert len({str(one.values(start, calendar)) for one in others}) == len(spans), length.where


# -- slips ------------------------------------------------------------------------------------------------------------


def test_every_operator_makes_slips_that_differ_from_the_pack(tmp_path: Path) -> None:
    write(tmp_path)
    pack = packs.load(tmp_path)
    made = list(mutants(pack, pack.procedures["matter"]))
    assert {one.operator for one in made} == set(OPERATORS) - {"drop ladder step"}
    assert len({one.key for one in made}) == len(made)
    assert [one.key for one in made if one.procedure == pack.procedures["matter"]] == []


def test_stories_and_worked_values_catch_what_proofs_cannot(tmp_path: Path) -> None:
    """The control: the same pack without stories and worked values lets more slips through."""
    bare = run(trial(tmp_path / "bare"))
    story = told(tmp_path / "told", WHOLE)
    better = run(trial(tmp_path / "better", story, STORY, values=True))
    assert bare.share < 70
    assert better.share > bare.share + 10
    survived = {one.key for one in bare.survivors} - {one.key for one in better.survivors}
    assert "number +1 | matter.resolve | limit 2" in survived
    assert {one.caught_by for one in better.verdicts} == {"story", "worked value", "proof", ""}


def test_the_report_lists_every_survivor(tmp_path: Path) -> None:
    result = run(trial(tmp_path))
    text = report(result)
    assert f"**{result.share:.1f} %**" in text
    assert all(one.key.replace(" | ", ", ") in text for one in result.survivors)


def test_survivors_are_tried_again_by_their_lines(tmp_path: Path) -> None:
    """What a report lists can be handed back: the same slips, no others."""
    one = trial(tmp_path)
    first = run(one)
    lines = survivors_of(report(first))
    assert len(lines) == len(first.survivors) < len(first.verdicts)
    again = run(one, only=lines)
    assert [verdict.key for verdict in again.verdicts] == [verdict.key for verdict in first.survivors]
    assert {slip.operator for slip in chosen(one.mutants(), ["drop clock"])} == {"drop clock"}


@pytest.mark.slow
@pytest.mark.parametrize("name", packs.shipped())
def test_a_draw_of_slips_in_every_shipped_pack_is_caught(name: str) -> None:
    """Eleven of twelve out of a thousand; docs/mutation.md has the whole figures, which are what counts."""
    result = run(Trial(name, calendar_of(packs.load(name))), sample=12, seed=4)
    assert len(result.survivors) <= 1, [one.key for one in result.survivors]
