"""What a township may tighten at the desk, edit by edit; what loosens is refused; the county's stories are rehearsed on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Literal

import pytest

from bihuan import packs
from bihuan.console.commands.rules import calendar_of
from bihuan.packs import Pack
from bihuan.packs.approvals import approval_thread
from bihuan.packs.edits import Edit, changed, limits
from bihuan.packs.proofs import narrowing, wording
from bihuan.packs.proofs.report import Report
from bihuan.packs.tightening import KINDS, Tightening, TighteningRefused, bound, droppable, latest_of, tightened
from bihuan.packs.trial.overlaid import Rehearsed, rehearsed
from bihuan.rules.procedure.shape import Action, Approval, Procedure
from bihuan.rules.terms import Span

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
    Tightening("category", ("urban",), words="蟹市摊位", who="law_enforcement_team", basis="镇综合执法大队负责蟹市秩序"),
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
        (Tightening("category", ("own",), words="新的大类", who="law_enforcement_team", basis="x"), "parent"),
        (Tightening("category", ("urban",), words="新类", who="finance", basis="x"), "office"),
        (Tightening("category", ("urban",), words="新类", who="law_enforcement_team"), "basis"),
        (Tightening("category", ("urban", "county"), words="新类", who="finance", basis="x"), "parent"),
        (Tightening("category", ("urban",), words="新类", who="law_enforcement_team", basis="x" * 301), "basis"),
        (Tightening("drop", ("matter", "pass")), "kept"),
        (Tightening("drop", ("matter", "withdraw")), "outsider"),
        (Tightening("rename", ("track", "matter", "handling"), words="等着"), "unknown"),
        (Tightening("rename", ("state", "matter", "handling"), words=""), "words"),
        (Tightening("rename", ("category", "matter", "resolve"), words="办完"), "unknown"),  # a time limit by the wrong name
        (Tightening("duties", ("matter", "pass")), "nothing"),  # type: ignore[arg-type]
    ],
    ids=lambda one: one if isinstance(one, str) else f"{one.kind}-{'.'.join(one.of)}-{one.n}",
)
def test_what_loosens_or_is_no_edit_is_refused(edit: Tightening, code: str) -> None:
    with pytest.raises(TighteningRefused) as refused:
        over(edit)
    assert (refused.value.code, refused.value.edit) == (code, edit)


def test_an_approvals_limit_that_the_county_changed_at_the_desk_stays_under_a_townships_rules() -> None:
    of = next(one.of for one in limits(county().procedures["matter"]) if one.thread == "ask_plan")
    edit = Edit("limit", of, n=1, unit="working_day")
    shorter = changed(county(), [edit], version="9", basis="县委办会议纪要第3期")
    plan = next(act for act in shorter.procedures["matter"].actions if act.key == "plan")
    assert plan.approve is not None
    assert plan.approve.within == Span(1, "working_day")
    edits = [Tightening("rename", ("action", "matter", "plan"), words="定方案"), Tightening("question", ACT, words="到过没有")]
    stricter = tightened(shorter, None, edits, area=EAST, title="鹤龙湖镇", version="1")
    assert packs.check_pack(stricter, packs.divisions("xiangyin"), shorter) == []


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


UNSEEN = {"nul": "\0", "bell": "\a", "delete": "\x7f", "surrogate": "\ud800", "turned": "\u202e", "isolated": "\u2066"}


@pytest.mark.parametrize("sign", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize(
    "edit",
    [
        Tightening("question", ACT, words="到过SIGN现场没有"),
        Tightening("most", ("matter", "remind"), n=3, words="最多SIGN催三次"),
        Tightening("rename", ("state", "matter", "handling"), words="在SIGN办"),
        Tightening("category", ("urban",), words="蟹市", who="law_enforcement_team", basis="镇综合SIGN执法"),
    ],
    ids=lambda one: one.kind,
)
def test_signs_that_nobody_sees_are_no_words_of_the_rules_at_the_desk_or_in_files(edit: Tightening, sign: str) -> None:
    """One verdict: the edit is refused; the same words in a pack made otherwise are a finding."""
    clean = replace(edit, words=edit.words.replace("SIGN", ""), basis=edit.basis.replace("SIGN", ""))
    with pytest.raises(TighteningRefused, match="signs"):
        over(replace(edit, words=edit.words.replace("SIGN", sign), basis=edit.basis.replace("SIGN", sign)))
    made = over(clean)
    assert findings(made) == [], "the control"
    text = (edit.basis if edit.kind == "category" else edit.words).replace("SIGN", "")
    at = 2
    other = text[:at] + sign + text[at:]
    words = {key: said.replace(text, other) for key, said in made.wording["zh"].items()}
    duties = tuple(replace(one, basis=one.basis.replace(text, other)) for one in made.catalogue.duties)
    dirty = replace(made, wording={**made.wording, "zh": words}, catalogue=replace(made.catalogue, duties=duties))
    assert any("nobody sees" in one for one in findings(dirty))


def findings(pack: Pack) -> list[str]:
    """What the proof of words says of a pack."""
    report = Report(pack, {})
    wording.prove(report, county())
    return [one.message for one in report.findings]


def narrows(base: Pack, made: Pack) -> list[str]:
    """What the proof of narrowing says of two packs."""
    report = Report(made, {})
    narrowing.prove(report, base, packs.divisions("xiangyin"))
    return [one.message for one in report.findings]


def with_matter(pack: Pack, change: Callable[[Procedure], Procedure]) -> Pack:
    made = replace(pack, procedures={**pack.procedures, "matter": change(pack.procedures["matter"])}, digest="")
    return replace(made, digest=packs.digest(made))


def with_act(pack: Pack, key: str, change: Callable[[Action], Action]) -> Pack:
    return with_matter(
        pack, lambda one: replace(one, actions=tuple(change(act) if act.key == key else act for act in one.actions))
    )


def test_who_answers_for_a_further_category_lies_in_the_area() -> None:
    made = over(STANDING[8])
    assert narrows(county(), made) == []
    line = made.catalogue.duties[-1]
    assert (line.level, line.category) == ("township", "urban.own_1")
    for level, office in (("county", "law_enforcement_team"), ("township", "finance"), ("county", "finance")):
        other = replace(line, level=level, office=office)
        above = replace(made, catalogue=replace(made.catalogue, duties=(*made.catalogue.duties[:-1], other)))
        assert any("below it" in one for one in narrows(county(), above)), (level, office)


def test_what_is_the_residents_stays_for_dates_and_for_what_may_be_left_out() -> None:
    """A date that residents give, and an act of theirs that is optional: neither edit nor overlay touches them."""
    first = next(act for act, _name, _need in latest_of(county().procedures["matter"]))
    name = next(name for act, name, _need in latest_of(county().procedures["matter"]) if act is first)
    theirs = with_act(county(), first.key, lambda act: replace(act, who=("resident",), optional=True))
    matter = theirs.procedures["matter"]
    assert first.key not in {act.key for act, _name, _need in latest_of(matter)}
    assert first.key not in {act.key for act in droppable(matter)}
    sooner = with_act(
        theirs, first.key, lambda act: replace(act, needs={**act.needs, name: replace(act.needs[name], latest=Span(1, "hour"))})
    )
    gone = with_matter(theirs, lambda one: replace(one, actions=tuple(act for act in one.actions if act.key != first.key)))
    for made in (sooner, gone):
        laid = replace(made, base="x", base_digest=theirs.digest, covers=EAST)
        assert narrows(theirs, laid) != []
    assert narrows(theirs, replace(theirs, base="x", base_digest=theirs.digest, covers=EAST)) == [], "the control"


def silent(pack: Pack, silence: Literal["refused", "granted"], days: int) -> Pack:
    """The pack where an extension is approved within so many days, and silence means that."""
    approve = Approval(who=("centre_head",), within=Span(days, "working_day"), silence=silence)

    def asking(one: Procedure) -> Procedure:
        act = next(replace(act, approve=approve) for act in one.actions if act.key == "extend")
        thread = approval_thread(act, frozenset({"centre_head"}))
        actions = tuple(act if other.key == act.key else other for other in one.actions)
        return replace(one, actions=actions, threads=tuple(thread if each.key == thread.key else each for each in one.threads))

    return with_matter(pack, asking)


@pytest.mark.parametrize(("silence", "stays"), [("refused", False), ("granted", True)])
def test_a_time_in_which_silence_agrees_stays(silence: Literal["refused", "granted"], stays: bool) -> None:
    """Where silence refuses, a shorter time tightens; where it agrees, it would agree sooner."""
    base = silent(county(), silence, 2)
    matter = base.procedures["matter"]
    assert bound(matter, next(one for one in limits(matter) if one.thread == "ask_extend")) == stays
    laid = replace(silent(base, silence, 1), base="x", base_digest=base.digest, covers=EAST)
    assert bool(narrows(base, laid)) == stays


def test_a_clock_of_one_line_that_moves_another_stays() -> None:
    """The end of a clock of the main line lets an act of a line beside it happen: it is no setting either."""
    matter = county().procedures["matter"]
    place = next(one for one in limits(matter) if one.of == limit("resolve", 5).of)
    assert not bound(matter, place)
    thread = next(one for one in matter.threads if any(act.automatic and act.automatic.clock_red for act in one.actions))
    acts = tuple(
        replace(act, automatic=replace(act.automatic, clock_red=(*act.automatic.clock_red, "resolve")))
        if act.automatic and act.automatic.clock_red
        else act
        for act in thread.actions
    )
    moved = replace(matter, threads=tuple(replace(one, actions=acts) if one is thread else one for one in matter.threads))
    assert bound(moved, place)
