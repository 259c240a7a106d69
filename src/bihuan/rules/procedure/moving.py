"""A matter moves to another area: which centre it belongs to there, and who holds its threads. Nothing else changes.

States and clocks stay as they are; only an act that leaves the matter where it stands and names an area moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bihuan.rules.clocks.reading import HOLDER_POST, HOLDER_UNIT
from bihuan.rules.events import MAIN
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.course import Course
from bihuan.rules.procedure.view import Position, Refusal
from bihuan.rules.routing import ABOUT_UNIT_FACT, AREA_FACT, CENTRE_FACT, is_avoided, receiving_centre, resolve_holder
from bihuan.rules.terms import Doer, FactValue, Holder


def moves(position: Position, given: Mapping[str, FactValue]) -> bool:
    """True for an act on the main thread that names an area."""
    return position.thread == MAIN and bool(given.get(AREA_FACT))


def centre_there(course: Course, given: Mapping[str, FactValue]) -> int | Refusal:
    """The centre of the same level for the new area: the old one where it reaches that area too."""
    facts = course.folded(MAIN)
    old, code = facts.get(CENTRE_FACT), str(given[AREA_FACT])
    unit = course.directory.unit(old) if isinstance(old, int) else None
    if unit is None or code.startswith(unit.area_code):
        return old if isinstance(old, int) else 0
    about = facts.get(ABOUT_UNIT_FACT)
    avoid = (about,) if isinstance(about, int) and about else ()
    return receiving_centre(code, unit.level, avoid, course.directory) or say.refuse("guard", say.NO_HOLDER)


def holder_there(course: Course, position: Position, given: Mapping[str, FactValue]) -> Holder | Refusal:
    """Who holds a thread after the move: a post at the centre or level of the new area, or a unit that the act names anew."""
    state = course.index.state(position.kind, position.state)
    facts = course.folded(position.thread) | dict(given)
    spec = state.holder.of(facts) if state and state.holder else None
    if spec is None or not (spec.at or spec.fact in given):
        return position.holder
    holder = resolve_holder(spec, facts, course.events, course.directory, position.holder, position.item)
    about = facts.get(ABOUT_UNIT_FACT)
    if isinstance(about, int) and about and is_avoided(holder.unit, (about,), course.directory):
        return say.refuse("guard", say.AVOIDED)
    return holder if holder.unit else position.holder


def follow_threads(course: Course, kind: str, given: Mapping[str, FactValue], doer: Doer) -> Refusal | None:
    """Threads beside the main one whose holder is another one in the new area change hands, by the same event."""
    for position in list(course.positions.values()):
        if position.thread == MAIN or not position.open:
            continue
        holder = holder_there(course, position, given)
        if isinstance(holder, Refusal):
            return holder
        if holder != position.holder:
            course.append(kind, position.thread, doer, {HOLDER_UNIT: holder.unit, HOLDER_POST: holder.post})
            course.positions[position.thread] = replace(position, holder=holder)
    return None
