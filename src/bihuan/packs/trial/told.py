"""Proof 15: every story goes as told, as far as the rules alone can tell; ``bihuan packs play`` tells the rest.

Of a story that goes otherwise only the first act that does is shown, with everything of it: what comes later follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import takewhile
from typing import Final

from bihuan.packs.later import Story
from bihuan.packs.proofs.holders import Tree
from bihuan.packs.proofs.report import Report
from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.trial.rehearsal import Difference, Rehearsal
from bihuan.rules.calendar import Calendar

PROOF: Final = 15


def prove(report: Report, tree: Tree, calendar: Calendar, own: Collection[str]) -> None:
    """Rehearse the stories named by ``own``; what does not go as told becomes findings."""
    rehearsal = Rehearsal(ToldPlace(tree), calendar)
    for story in report.pack.later.stories:
        if story.procedure in report.pack.procedures and story.key in own:
            for one in of_one_act(rehearsal.differences(story)):
                place = ("story", story.key, *one.place)
                report.fault(PROOF, place, f"{one.say}: correct the rule or the story")


def of_one_act(differences: Iterable[Difference]) -> list[Difference]:
    """Those of the first act that goes otherwise."""
    found = iter(differences)
    first = next(found, None)
    return [first, *takewhile(lambda one: one.place[:2] == first.place[:2], found)] if first is not None else []


def rehearsable(rehearsal: Rehearsal, stories: tuple[Story, ...]) -> tuple[list[Story], dict[str, str]]:
    """The stories that go as told with the rules alone, and why the others do not."""
    good, others = [], {}
    for story in stories:
        wrong = rehearsal.wrong(story, first=True)
        if wrong:
            others[story.key] = wrong[0]
        else:
            good.append(story)
    return good, others
