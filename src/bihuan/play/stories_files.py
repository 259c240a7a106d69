"""Matters with photographs: the resident shows what is wrong, the office shows it mended."""

from __future__ import annotations

from bihuan.play.pictures import subject_of
from bihuan.play.stories import Act, Matter, Story, Telling, acknowledge, assign, checked, plain, progress, taken_on
from bihuan.play.stories import accept as accepted

PAPER = "paper"
BEFORE, AFTER = "before", "after"


def shown(m: Matter) -> Story:
    """The resident adds a photograph after the report."""
    yield Act(who="resident", action="attach", after=m.hours(0.1, 0.3), unit="hours", pictures=(BEFORE,))


def pictured(m: Matter) -> Story:
    """Seen on the resident's photograph, mended, and the answer shows it; only where there is something to be seen."""
    if subject_of(m.category) == PAPER:
        yield from plain(m)
        return
    yield from shown(m)
    yield from taken_on(m)
    note = m.say.by_family("progress", m.category)
    yield Act(who="officer", action="progress", after=m.hours(2, 6), facts={"note": note}, pictures=(BEFORE,))
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="officer", action="draft_answer", after=m.hours(4, 12), facts=draft, pictures=(AFTER,))
    yield Act(who="office_leader", action="sign_off", after=m.hours(0.3, 4))
    yield from checked(m)
    facts = {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}
    yield Act(who="followup_caller", action="follow_up", after=m.hours(2, 12), facts=facts)


def left_pictured(m: Matter) -> Story:
    """In handling on the last day, with the resident's photograph and the officer's from the place."""
    yield from shown(m)
    yield from accepted(m)
    yield from assign(m)
    yield from acknowledge(m)
    yield from progress(m, 1, 2)
    yield Act(who="officer", action="attach", after=m.hours(0.2, 0.5), pictures=(BEFORE,))


def left_pictured_for_signature(m: Matter) -> Story:
    """The answer waits for the leader, with a photograph of the work done."""
    yield from shown(m)
    yield from taken_on(m)
    draft = {"claim": "solved", "answer": m.say.by_family("solved", m.category)}
    yield Act(who="officer", action="draft_answer", after=m.hours(2, 4), facts=draft, pictures=(AFTER,))


PICTURED: tuple[tuple[Telling, int], ...] = ((pictured, 6),)
"""The share of these stories beside the others."""
PICTURED_AT_THE_OFFICE: tuple[tuple[int, Telling], ...] = ((3, left_pictured), (2, left_pictured_for_signature))
"""Matters of the cast's office that the last day leaves open."""
