"""Every shipped pack's own stories, played through the door; and that a story which tells something else is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan import packs
from bihuan.access.actors import Actor
from bihuan.exchange import founding
from bihuan.flows.worker import rests_until, run_once
from bihuan.packs.later import Story
from bihuan.play.cast import fill_posts
from bihuan.play.pack_stories import Teller
from bihuan.play.story_words import Place, StoryFault, instant
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.selectors import calendar_for
from tests.bihuan.packs.overlaying import laid
from tests.bihuan.packs.test_worked_example import EXAMPLE
from tests.bihuan.play.case_pages import KEY, faults_on_lists, faults_on_pages

pytestmark = pytest.mark.slow
OF_WHAT_IT_CHANGES = frozenset({"beside_each_other", "pauses", "supervised", "twice_returned"})
"""Stories that turn on the very acts and days which the overlay narrows: a draft handed back, an assignment refused, day five."""


@pytest.fixture
def teller(transactional_db: None, clock: Any) -> Teller:
    return founded("xiangyin", clock)


def founded(name: str, clock: Any) -> Teller:
    """A place founded from a shipped pack, everybody seated, and somebody to tell its stories there."""
    seed_calendar_years()
    pack = packs.load(name)
    founding.found(pack, packs.divisions(name))
    fill_posts(pack)
    return Teller(Place(pack), calendar_for(pack), clock, run_once, rests_until=rests_until)


def wrong_of(teller: Teller, story: Story) -> list[str]:
    return [wrong for line in teller.play(story).lines for wrong in line.wrong]


def with_end(story: Story, **end: Any) -> Story:
    return replace(story, end={**story.end, **end})


@pytest.mark.parametrize("name", packs.shipped())
def test_the_stories_of_every_pack_go_as_told(transactional_db: None, clock: Any, name: str) -> None:
    teller = founded(name, clock)
    assert len(teller.place.pack.later.stories) >= 8
    known: set[str] = set()
    for story in teller.place.pack.later.stories:
        assert (wrong_of(teller, story), faults_on_pages(teller, story, known)) == ([], []), story.key
    assert faults_on_lists(teller, at_the_centre(teller)) == []


def at_the_centre(teller: Teller) -> Actor:
    """Somebody who dispatches at the centre of the place's top level."""
    somebody = {"desk": {"post": "dispatcher", "area": teller.place.pack.levels[0].key}}
    return teller.place.person("desk", somebody, 0)


def test_a_page_without_words_or_out_of_order_is_found(teller: Teller) -> None:
    story = next(story for story in teller.place.pack.later.stories if story.key == "ordinary")
    assert (wrong_of(teller, story), faults_on_pages(teller, story, set())) == ([], [])
    assert faults_on_pages(teller, replace(story, cast={}), set()) == ["ordinary: nobody of the cast sees the case"]
    assert KEY.findall("等级 choice.weight.red 已定") == ["choice.weight.red"]
    assert KEY.findall("430624-2026-000001 3.5 www.example.cn") == []


def test_the_stories_of_the_guides_county_go_as_told(transactional_db: None, clock: Any) -> None:
    teller = founded(str(EXAMPLE), clock)
    assert [wrong for story in teller.place.pack.later.stories for wrong in wrong_of(teller, story)] == []


class Watched:
    """The worker, going every round: which of those that ``rests`` leaves out found something to do after all."""

    def __init__(self, clock: Any, rests: Callable[[datetime], datetime | None]) -> None:
        self.clock, self.rests = clock, rests
        self.due: datetime | None = None
        self.left_out = 0
        self.found: list[datetime] = []

    def round(self) -> None:
        at = self.clock()
        left_out = self.due is None or at < self.due
        worked = bool(run_once())
        self.left_out += left_out
        self.found += [at] * (left_out and worked)
        self.due = self.rests(at)

    def tell(self, teller: Teller) -> None:
        """Every story; after an act the next round is never left out."""
        performed = teller._line

        def line(*given: Any) -> Any:
            self.due = datetime.min.replace(tzinfo=UTC)
            return performed(*given)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Teller, "_line", lambda _teller, *given: line(*given))
            assert [wrong for story in teller.place.pack.later.stories for wrong in wrong_of(teller, story)] == []


def test_a_round_that_is_left_out_would_have_found_nothing(transactional_db: None, clock: Any) -> None:
    told = founded(str(EXAMPLE), clock)
    honest = Watched(clock, rests_until)
    told.work, told.rests_until = honest.round, lambda now: now
    honest.tell(told)
    assert honest.left_out > 100
    assert honest.found == []
    late = Watched(clock, lambda now: (due := rests_until(now)) and due + timedelta(days=2))
    told.work = late.round
    late.tell(told)
    assert late.found, "the control: who rests two days too long leaves something undone"


def test_the_countys_stories_go_on_an_overlay(transactional_db: None, clock: Any, tmp_path: Path) -> None:
    """Shorter limits, a further question and an approval let every story of the county go through; limits come no later."""
    seed_calendar_years()
    overlay = laid(tmp_path)
    over, base = packs.whole(packs.load(overlay)), packs.base_pack(overlay)
    founding.found(over, packs.divisions(overlay))
    fill_posts(over)
    teller = Teller(Place(over), calendar_for(over), clock, run_once, base, rests_until)
    stories = {story.key: story for story in over.later.stories if story.key not in OF_WHAT_IT_CHANGES}
    assert {key: said for key, story in stories.items() if (said := wrong_of(teller, story))} == {}
    later = {"resolve": "2026-01-01T00:00:00+08:00"}
    assert wrong_of(teller, with_end(stories["late"], due=later))  # control: later than told is found out
    teller.narrows = None
    assert wrong_of(teller, stories["ordinary"])  # control: told as the county's, its limits are not as told


def test_a_story_that_tells_something_else_is_found_out(teller: Teller) -> None:
    stories = {story.key: story for story in teller.place.pack.later.stories}
    assert wrong_of(teller, stories["late"]) == []
    late, ordinary = stories["late"], stories["ordinary"]
    assert wrong_of(teller, with_end(late, state="handling")) == ["state archived, not handling"]
    assert wrong_of(teller, with_end(late, light={"resolve": "met"})) == ["light of resolve missed, not met"]
    assert wrong_of(teller, with_end(late, charged={"resolve": "housing"}))
    assert wrong_of(teller, with_end(late, due={"resolve": "2026-10-22T17:30:00+08:00"}))
    assert wrong_of(teller, with_end(late, unseen=["dispatcher"])) == ["dispatcher sees it"]
    assert wrong_of(teller, with_end(late, events=["thrown_away"])) == ["no thrown_away"]
    assert wrong_of(teller, with_end(late, can={"officer": ["draft_answer"]})) == ["officer may not draft_answer"]
    bold = replace(ordinary, acts=(ordinary.acts[0], replace(ordinary.acts[1], refused="不能受理")))
    assert "not refused: '不能受理'" in wrong_of(teller, bold)
    early = replace(ordinary, acts=(ordinary.acts[0], replace(ordinary.acts[3], at="+1h")), end={})
    assert any(wrong.startswith(("refused:", "not found")) or "not found" in wrong for wrong in wrong_of(teller, early))


@pytest.mark.parametrize(
    "change",
    [
        {"procedure": "errand"},
        {"end": {"mood": "good"}},
        {"cast": {}},
        {"starts": "one morning"},
    ],
)
def test_what_a_story_cannot_mean_is_said(teller: Teller, change: dict[str, Any]) -> None:
    story = teller.place.pack.later.stories[0]
    with pytest.raises(StoryFault):
        teller.play(replace(story, **change))


def test_instants_are_counted_from_the_last_act(teller: Teller) -> None:
    calendar = teller.calendar
    friday = instant("2026-09-30T16:00:00+08:00", teller.clock(), calendar)
    for written, at in {
        "+1wd 10:00": "2026-10-08T10:00:00+08:00",
        "+2d": "2026-10-02T16:00:00+08:00",
        "+30min": "2026-09-30T16:30:00+08:00",
        "+5h": "2026-09-30T21:00:00+08:00",
    }.items():
        assert instant(written, friday, calendar) == instant(at, friday, calendar), written
