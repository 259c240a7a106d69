"""The county's stories rehearsed on a township's overlay, before anybody agrees to it: with the rules alone, in a moment.

As ``bihuan packs play FOLDER`` plays them: as if the whole place went by the overlay. Its further questions are answered, what it
lets somebody approve is approved; limits may come earlier, warnings too; everything else must go as told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bihuan.packs.areas import Division
from bihuan.packs.inherited import act_of
from bihuan.packs.later import Act, Story
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.shape import Pack
from bihuan.packs.telling import WORSE, StoryFault
from bihuan.packs.trial.outcome import Outcome, Wrong
from bihuan.packs.trial.rehearsal import Difference, Rehearsal, Telling
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.decide import Refusal
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Doer


@dataclass(frozen=True, slots=True)
class Failed:
    """A story that does not go as told under the overlay, and the first thing that goes otherwise."""

    story: Story
    first: Difference

    @property
    def wrong(self) -> str:
        """The first thing, for the console."""
        return self.first.say


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The stories that went as told, those that did not, and those that need more than the rules even in the county."""

    held: tuple[Story, ...]
    failed: tuple[Failed, ...]
    unheard: tuple[Story, ...]


def rehearsed(over: Pack, county: Pack, areas: Sequence[Division], calendar: Calendar) -> Rehearsed:
    """Rehearse the stories of an overlay. ``areas``: the place's; ``calendar``: its office hours over the loaded years.

    A story that does not even go under the county's own rules here (it needs rooms beside the procedure, or areas that this
    place does not have) says nothing of the overlay and is named as such.
    """
    below = {story.key: story for story in county.later.stories}
    at_home = Rehearsal(ToldPlace(Tree(county, areas)), calendar)
    there = Rehearsal(ToldPlace(Tree(over, areas)), calendar)
    held: list[Story] = []
    failed: list[Failed] = []
    unheard: list[Story] = []
    for story in over.later.stories:
        told = below.get(story.key)
        if told is not None and at_home.wrong(told, first=True):
            unheard.append(story)
        elif (wrong := _wrong(there, story, county, inherited=told is not None)) is not None:
            failed.append(Failed(story, wrong))
        else:
            held.append(story)
    return Rehearsed(tuple(held), tuple(failed), tuple(unheard))


def _wrong(rehearsal: Rehearsal, story: Story, county: Pack, *, inherited: bool) -> Difference | None:
    if not inherited:
        return next(rehearsal.differences(story), None)
    rules = rehearsal.place.pack.procedures[story.procedure]
    below = county.procedures[story.procedure]
    return next(rehearsal.of(OverlaidTelling(rehearsal, story, rules, below)), None)


class OverlaidTelling(Telling):
    """A story of the county on its way under an overlay."""

    def __init__(self, rehearsal: Rehearsal, story: Story, rules: Procedure, below: Procedure) -> None:
        """Begin; ``below``: the county's own procedure."""
        super().__init__(rehearsal, story, rules, learning=False)
        self.below = below
        self.outcome = OverlaidOutcome(self)

    def _refused_as_told(self, _n: int, _act: Act, _refusal: Refusal) -> bool:
        """What the county refuses may be refused here with another sentence."""
        return True

    def _perform(self, act: Act) -> Refusal | None:
        """Do an act; what only the overlay lets somebody approve is approved at once."""
        refusal = super()._perform(act)
        if refusal is not None or "." in act.does:
            return refusal
        now, was = act_of(self.rules, act.does), act_of(self.below, act.does)
        if now is None or now.approve is None or (was is not None and was.approve is not None):
            return refusal
        return self._grant(f"ask_{now.key}", f"grant_{now.key}")

    def _grant(self, kind: str, action: str) -> Refusal | None:
        asked = next((one for one in self.positions.values() if one.kind == kind and one.open), None)
        if asked is None:
            raise StoryFault(f"nobody is asked by {kind!r}")
        posts = [one.key for one in self.place.pack.posts]
        unit, post = asked.holder.unit, asked.holder.post
        account = unit * 1000 + len(posts) + (posts.index(post) if post in posts else 0)  # somebody else who sits there
        someone = Doer(kind="staff", account=account, unit=unit, post=post)
        return self._take(self._decide(self.view(), asked.thread, action, {}, someone))


class OverlaidOutcome(Outcome):
    """What may be otherwise on an overlay than the county's story tells, in the one direction that tightens."""

    def differences(self, expect: Mapping[str, Any]) -> Iterator[Wrong]:
        """As told; an act that somebody can do may be away."""
        yield from super().differences({key: value for key, value in expect.items() if key != "can"})

    def happened(self) -> set[str]:
        """What is told of may have happened before."""
        return {event.kind for event in self.told.events}

    def lit(self, wanted: str, shown: Collection[str]) -> bool:
        """A light may be worse."""
        return not {wanted, *WORSE.get(wanted, ())}.isdisjoint(shown)

    def ended(self, told: datetime, ends: Collection[datetime | None]) -> bool:
        """A limit may end earlier."""
        return any(end <= told for end in ends if end)
