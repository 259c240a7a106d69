"""The county's stories rehearsed on a township's overlay, before anybody agrees to it: with the rules alone, in a moment.

As ``bihuan packs play FOLDER`` plays them: as if the whole place went by the overlay. Its further questions are answered, what it
lets somebody approve is approved; limits may come earlier, warnings too; everything else must go as told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bihuan.packs.areas import Division
from bihuan.packs.inherited import act_of
from bihuan.packs.later import Act, Story
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.shape import Pack
from bihuan.packs.telling import WORSE, StoryFault, instant
from bihuan.packs.trial.rehearsal import Difference, Rehearsal, Telling, Wrong
from bihuan.rules.calendar import Calendar
from bihuan.rules.lights import light_of
from bihuan.rules.procedure.decide import LIMIT_NEAR, Refusal
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Doer

EASED = frozenset({"can", "events", "light", "due"})
"""What may be otherwise on an overlay than the county's story tells, in the one direction that tightens."""


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
    telling = OverlaidTelling(rehearsal, story, rules, below)
    try:
        return next(telling.play(), None)
    except (StoryFault, ValueError, KeyError, IndexError, StopIteration) as error:
        return Difference(telling.where, f"{type(error).__name__}: {error}")


class OverlaidTelling(Telling):
    """A story of the county on its way under an overlay."""

    def __init__(self, rehearsal: Rehearsal, story: Story, rules: Procedure, below: Procedure) -> None:
        """Begin; ``below``: the county's own procedure."""
        super().__init__(rehearsal, story, rules, learning=False)
        self.below = below

    def _act(self, n: int, act: Act) -> Iterator[Wrong]:
        """As told; what the county refuses may be refused here with another sentence."""
        if not act.refused:
            yield from super()._act(n, act)
            return
        for place, wrong in super()._act(n, act):
            if not wrong.startswith("refused with "):
                yield place, wrong

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

    def _differences(self, expect: Mapping[str, Any]) -> Iterator[Wrong]:
        """As told; an act may be away, a limit earlier, a light worse, and what is told of may have happened before."""
        yield from super()._differences({key: value for key, value in expect.items() if key not in EASED})
        ever = {event.kind for event in self.events} | {LIMIT_NEAR}
        yield from ((("events",), f"no {kind}") for kind in expect.get("events", ()) if kind not in ever)
        readings = [reading for reading in self.readings() if reading.state != "idle"]
        for key, wanted in expect.get("light", {}).items():
            lights = {str(light_of(one, self.at) or "none") for one in readings if one.key == key} or {"none"}
            if not lights & {wanted, *WORSE.get(wanted, ())}:
                yield ("light", key), f"light of {key} not {wanted}"
        for key, due in expect.get("due", {}).items():
            told = instant(str(due), self.at, self.calendar)
            if not any(one.due_at <= told for one in readings if one.key == key and one.due_at):
                yield ("due", key), f"{key} not due {due}"
