"""Stories of several cases: rehearsed with the rules alone as the door does it, and what they must not name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from bihuan import packs
from bihuan.console.commands.rules import calendar_of
from bihuan.packs import Pack
from bihuan.packs.later import Story
from bihuan.packs.proofs import stories as told_stories
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.report import Report
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.trial.drafting import draft
from bihuan.packs.trial.rehearsal import Rehearsal
from bihuan.rules.procedure.shape import Procedure

COUNTY = "xiangyin"


@cache
def county() -> tuple[Pack, Tree, Rehearsal]:
    pack = packs.load(COUNTY)
    tree = Tree(pack, packs.divisions(COUNTY))
    return pack, tree, Rehearsal(ToldPlace(tree), calendar_of(pack))


def story(key: str = "side_by_side") -> Story:
    return next(one for one in county()[0].later.stories if one.key == key)


def wrong(one: Story, rules: Procedure | None = None) -> list[str]:
    return county()[2].wrong(one, rules)


def without(action: str, who: str) -> Procedure:
    """The county's matter where this post may not do that act."""
    rules = county()[0].procedures["matter"]
    acts = tuple(
        replace(one, who=tuple(post for post in one.who if post != who)) if one.key == action else one for one in rules.actions
    )
    return replace(rules, actions=acts)


def test_merging_splitting_and_relating_go_as_told() -> None:
    assert wrong(story()) == []


@pytest.mark.parametrize(
    ("action", "who", "says"),
    [
        ("merge", "dispatcher", "dispatcher may not merge"),
        ("unmerge", "dispatcher", "dispatcher may not unmerge"),
        ("unmerge", "centre_head", "head may not unmerge"),
        ("unmerge", "system", "fourth: state merged, not registered"),
        ("release", "system", "fourth: state merged, not registered"),
        ("share_answer", "system", "follow_up: refused"),
        ("relate", "dispatcher", "dispatcher may not relate"),
        ("undo_import", "centre_head", "head may not undo_import"),
        ("register", "grid_leader", "grid may not begin"),
        ("register", "system", "system may not begin"),
    ],
)
def test_whoever_may_no_longer_do_an_act_on_two_cases_is_missed(action: str, who: str, says: str) -> None:
    found = wrong(story(), without(action, who))
    assert any(says in one for one in found), found


def test_what_is_told_of_another_case_is_looked_at() -> None:
    one = story()
    merging = next(n for n, act in enumerate(one.acts) if act.does == "merge" and act.expect)
    for name, expected in (("state", "merged"), ("events", ["released"]), ("due", {"resolve": "2026-10-22T17:30:00+08:00"})):
        lead = {**one.acts[merging].expect["cases"]["lead"], name: expected}
        told = replace(one.acts[merging], expect={"cases": {"lead": lead}})
        found = wrong(replace(one, acts=(*one.acts[:merging], told)))
        assert [said for said in found if ": lead: " in said], name


def test_who_may_not_begin_is_found_out() -> None:
    one = replace(story(), acts=story().acts[:1], end={})
    assert wrong(one) == []
    assert wrong(replace(one, may_begin=("checker",))) == ["act 1 register: checker may not begin"]
    assert wrong(replace(one, may_not_begin=("village",))) == ["act 1 register: village may begin"]


@pytest.mark.parametrize(
    ("does", "changes", "says"),
    [
        ("merge", {"other": ""}, "'merge' is an act on two cases: write other"),
        ("merge", {"other": "nobody"}, "the case 'nobody' was not opened before"),
        ("split_off", {"other": "lead"}, "the case 'lead' is there already"),
        ("accept", {"other": "lead"}, "'accept' is no act on two cases"),
        ("accept", {"case": "nowhere"}, "a story begins with the act that opens the case"),
        ("accept", {"expect": {"cases": {"nobody": {}}}}, "there is no case 'nobody'"),
        ("accept", {"expect": {"cases": {"lead": {"state": "nowhere"}}}}, "there is no state 'nowhere'"),
    ],
)
def test_a_story_names_only_cases_that_are_there(does: str, changes: dict[str, object], says: str) -> None:
    one = story()
    n = next(n for n, act in enumerate(one.acts) if act.does == does)
    acts = (*one.acts[:n], replace(one.acts[n], **changes), *one.acts[n + 1 :])  # type: ignore[arg-type]
    assert findings(one) == []
    assert any(says in found for found in findings(replace(one, acts=acts)))
    assert any("nobody" in found for found in findings(replace(one, may_begin=("nobody",))))


def findings(one: Story) -> list[str]:
    pack, tree, _ = county()
    report = Report(replace(pack, later=replace(pack.later, stories=(one,))), {})
    told_stories.prove(report, tree)
    return [found.message for found in report.findings]


def test_a_draft_tells_of_every_case() -> None:
    text = draft(county()[2], story())
    assert 'case = "lead"' in text
    assert 'other = "drain"' in text
    assert 'may_begin = ["clerk"' in text
    assert "cases = { lead = { " in text
