"""Areas that were merged or split: the worker lets the open matters follow, and tells the centre of those of a split area."""

from __future__ import annotations

from bihuan.boundaries import services as boundaries
from bihuan.flows.telling import tell
from bihuan.people.selectors import directory
from bihuan.places.selectors import ancestors
from bihuan.rulebook.selectors import current_pack
from bihuan.rules.scope import Duty

KIND = "area_split"


def carry_on() -> int:
    """Let the next matters of every unfinished job follow, 200 of each; how many were come to. Lawful to call at any time."""
    come_to = 0
    for number in boundaries.unfinished():
        before = boundaries.progress(number)
        now = boundaries.go_on(number, steps=1)
        come_to += now.moved + now.left - (before.moved + before.left if before else 0)
        if now.done and now.kind == boundaries.SPLIT and now.moved:
            _tell_centre(now)
    return come_to


def _tell_centre(job: boundaries.Progress) -> None:
    """Those who sort matters in the nearest centre above: open matters lie in one part now, and some belong to another."""
    centres = {level.key: level.centre for level in current_pack().levels if level.centre}
    known = directory()
    for part in set(job.became.values()):
        above = [fact for fact in reversed(ancestors(part)) if fact.level in centres and fact.code != part]
        units = (known.centre_at(fact.level, fact.code) for fact in above)
        unit = next((one for one in units if one), 0)
        tell(
            unit=unit,
            post="",
            duty=Duty.CASE_ASSIGN,
            kind=KIND,
            ref=f"redrawing:{job.id}",
            href=f"/desk/cases?area={part}&open=yes",
            facts={"n": job.moved},
        )
