"""A pack's own stories told through a year as often as its place has published: agreements, whistles, orders, meetings.

The year's other cases go the shortest way that the proofs have found; what comes of consent, attempts and lines of work
beside a case only a story can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random

from bihuan.packs.later import Story
from bihuan.play.full_size import Begun, Retold
from bihuan.play.script import SEED
from bihuan.play.story_words import Place
from bihuan.play.told import Around, PackStories, Tale

LEFT = timedelta(days=10)
"""How long before the year's end a story that fits into it is over at the latest: acts are put off for holidays."""
LEAST = timedelta(days=2)


@dataclass(slots=True)
class ToldYear:
    """Tells stories over ``days``, the working days of a year that ends at ``ends``; ``stories`` does the acts."""

    stories: PackStories
    days: Sequence[datetime]
    ends: datetime

    def begin(self, told: Sequence[Retold]) -> tuple[list[Tale], int]:
        """Lay all of them out: the tellings, and how many acts they have."""
        pack, drawn = self.stories.pack, Random(SEED)
        place, known = Place(pack), {story.key: story for story in pack.later.stories}
        tales, acts = [], 0
        for part, one in enumerate(told):
            story = without(known[one.story], one.without)
            starts = self._starts(story)
            for n in range(one.times):
                on = {level.key: drawn.randrange(10**6) for level in pack.levels}
                title = one.titles[n % len(one.titles)] if one.titles else ""
                key = f"year:{part}:{story.key}:{n}"
                tales.append(self.stories.lay_out(story, Around(place, on), drawn.choice(starts), key, title))
                acts += len(tales[-1].acts)
        return tales, acts

    def _starts(self, story: Story) -> Sequence[datetime]:
        """Days on which a story may begin so that it is over in time; of one that takes longer than the year, any."""
        last = self.ends - self.stories.length(story) - LEFT
        return [day for day in self.days if day <= last] or [day for day in self.days if day <= self.ends - LEFT]

    def tell(self) -> Iterator[int]:
        """Tell them day by day; gives how many acts were done after each week."""
        done = 0
        for day in self.days:
            self.stories.play_until(min(datetime.combine(day.date(), time(23), day.tzinfo), self.ends))
            now = sum(self.stories.performed.values())
            yield now - done
            done = now
        self.stories.play_until(self.ends)

    def unfinished(self, tales: Sequence[Tale], procedure: str) -> list[Begun]:
        """Cases of a procedure whose story is told to its last act: the rest of their way can follow."""
        return [
            Begun(tale.case_id, tale.centre, tale.place.area("grid:1"), tale.acts[-1].at)
            for tale in tales
            if tale.case_id and tale.done == len(tale.acts) and tale.story.procedure == procedure
        ]


def without(story: Story, lines: Sequence[str]) -> Story:
    """The story without the acts on these lines of work, and without those that open them."""
    acts = tuple(act for act in story.acts if act.does.partition(".")[0] not in lines)
    return replace(story, acts=acts) if lines else story
