"""What a township may tighten at the desk, edit by edit; what loosens is refused; the county's stories are rehearsed on it."""

from __future__ import annotations

from functools import cache

import pytest

from bihuan import packs
from bihuan.console.commands.rules import calendar_of
from bihuan.packs import Pack
from bihuan.packs.edits import limits
from bihuan.packs.tightening import KINDS, Tightening, TighteningRefused, tightened
from bihuan.packs.trial.overlaid import Rehearsed, rehearsed

EAST = "430624120"
ACT = ("matter", "assign")


@cache
def county() -> Pack:
    return packs.load("xiangyin")


def limit(clock: str, n: int, unit: str = "working_day") -> Tightening:
    places = limits(county().procedures["matter"])
    of = next(one.of for one in places if one.clock.key == clock and one.limit.span and one.limit.span.unit == unit)
    return Tightening("limit", of, n=n, unit=unit)


def over(*edits: Tightening, before: Pack | None = None) -> Pack:
    return tightened(county(), before, edits, area=EAST, title="鹤龙湖镇", version="1")


def told(pack: Pack) -> Rehearsed:
    return rehearsed(pack, county(), packs.divisions("xiangyin"), calendar_of(county()))


STANDING = (
    limit("resolve", 5),
    Tightening("light", ("amber",), n=2, unit="working_day"),
    Tightening("latest", ("matter", "plan", "committed_on"), n=6, unit="month"),
    Tightening("question", ACT, words="到过现场没有"),
    Tightening("most", ("matter", "remind"), n=3, words="最多催三次"),
    Tightening("another", ("matter", "pass"), who="accept", words="受理的人不审核"),
    Tightening("after", ("matter", "plan"), who="progress", words="先写一次进展"),
    Tightening("approve", ("matter", "hand_back_draft"), n=1, unit="working_day", who="centre_head"),
    Tightening(
        "category", ("urban", "township"), words="蟹市摊位", who="law_enforcement_team", basis="镇综合执法大队负责蟹市秩序"
    ),
    Tightening("rename", ("state", "matter", "handling"), words="在办"),
    Tightening("rename", ("category", "urban.lighting"), words="路灯"),
)


@pytest.fixture(scope="module")
def all_of_them() -> Pack:
    return over(*STANDING)


def test_every_permitted_edit_stands_and_the_whole_narrows(all_of_them: Pack) -> None:
    assert packs.check_pack(all_of_them, packs.divisions("xiangyin"), county()) == []
    assert (all_of_them.base_digest, all_of_them.covers) == (county().digest, EAST)
    assert packs.from_canonical(packs.canonical(all_of_them)) == all_of_them
    matter = all_of_them.procedures["matter"]
    assert "ask_hand_back_draft" in {one.key for one in matter.threads}
    accept = next(one for one in matter.actions if one.key == "accept")
    assert "urban.own_1" in accept.needs["category"].of
    assert all_of_them.say("event.matter.hand_back_draft_granted") == "同意：退回修改" or "同意" in all_of_them.say(
        "event.matter.hand_back_draft_granted"
    )


def test_edits_come_on_top_of_those_in_force(all_of_them: Pack) -> None:
    again = over(limit("resolve", 6), before=all_of_them)
    spans = {place.of: place.limit.span for place in limits(again.procedures["matter"])}
    assert str(spans[limit("resolve", 6).of]) != str(limit("resolve", 5).n)
    assert "urban.own_1" in {one.key for one in again.catalogue.categories}
    with pytest.raises(TighteningRefused, match="looser"):
        over(limit("resolve", 8), before=all_of_them)  # less than the county's own seven, whatever holds now


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (limit("resolve", 9), "looser"),
        (limit("resolve", 7), "nothing"),
        (limit("resolve", 0), "length"),
        (Tightening("limit", ("petition", "", "review_window", "0"), n=10, unit="calendar_day"), "bound"),
        (Tightening("light", ("amber",), n=1, unit="working_hour"), "looser"),
        (Tightening("rhythm", ("nothing",), n=1, unit="working_day"), "unknown"),
        (Tightening("latest", ("matter", "plan", "committed_on"), n=13, unit="month"), "looser"),
        (Tightening("question", ("matter", "withdraw"), words="盖章说明"), "outsider"),
        (Tightening("most", ("matter", "withdraw"), n=1, words="只能一次"), "outsider"),
        (Tightening("approve", ("matter", "withdraw"), n=1, unit="working_day", who="centre_head"), "outsider"),
        (Tightening("approve", ("matter", "register"), n=1, unit="working_day", who="centre_head"), "outsider"),
        (Tightening("approve", ("matter", "extend"), n=1, unit="working_day", who="officer"), "kept"),
        (Tightening("approve", ACT, n=1, unit="working_day", who="system_admin"), "post"),
        (Tightening("category", ("own", "township"), words="新的大类", who="law_enforcement_team", basis="x"), "parent"),
        (Tightening("category", ("urban", "township"), words="新类", who="finance", basis="x"), "office"),
        (Tightening("category", ("urban", "township"), words="新类", who="law_enforcement_team"), "basis"),
        (Tightening("drop", ("matter", "pass")), "kept"),
        (Tightening("rename", ("track", "matter", "handling"), words="等着"), "unknown"),
        (Tightening("rename", ("state", "matter", "handling"), words=""), "words"),
        (Tightening("duties", ("matter", "pass")), "nothing"),  # type: ignore[arg-type]
    ],
    ids=lambda one: one if isinstance(one, str) else f"{one.kind}-{'.'.join(one.of)}-{one.n}",
)
def test_what_loosens_or_is_no_edit_is_refused(edit: Tightening, code: str) -> None:
    with pytest.raises(TighteningRefused) as refused:
        over(edit)
    assert (refused.value.code, refused.value.edit) == (code, edit)


def test_the_stories_go_on_what_can_be_lived_with_and_the_control_does_not() -> None:
    good = told(over(limit("resolve", 6), Tightening("question", ACT, words="到过现场没有"), STANDING[7]))
    assert (good.failed, len(good.held) > 20) == ((), True)
    bad = told(over(Tightening("after", ("matter", "draft_answer"), who="progress", words="先写一次进展")))
    assert bad.failed
    assert all("先写一次进展" in one.wrong for one in bad.failed)
    assert len(bad.held) + len(bad.failed) == len(good.held)


def test_an_approval_that_is_asked_for_is_granted_in_the_rehearsal() -> None:
    """The control of ``granted``: without that, the county's stories would stand still at the act."""
    pack = over(STANDING[7])
    assert told(pack).failed == ()
    thread = next(one for one in pack.procedures["matter"].threads if one.key == "ask_hand_back_draft")
    assert {one.key for one in thread.actions} == {"grant_hand_back_draft", "refuse_hand_back_draft"}
    assert set(KINDS) >= {one.kind for one in STANDING}
