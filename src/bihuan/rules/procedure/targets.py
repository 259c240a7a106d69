"""Where an act leads: the next state of a thread, and who holds it there."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.rules.events import MAIN
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.course import Course
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, STAY, Action, State
from bihuan.rules.procedure.view import Position, Refusal
from bihuan.rules.routing import (
    ABOUT_UNIT_FACT,
    CENTRE_FACT,
    SUPERIOR,
    centre_above,
    centre_of,
    is_avoided,
    resolve_holder,
)
from bihuan.rules.terms import NOBODY, Facts, FactValue, Holder, as_text


def fixed_target(action: Action) -> str:
    """The state an act leads to whatever its facts, "" when it stays or depends."""
    fixed = action.to.state
    return "" if action.to.fact or fixed in (STAY, BEFORE, NEXT_ON_LADDER) else fixed


def target_of(course: Course, position: Position, action: Action, given: Mapping[str, FactValue]) -> State | Refusal | None:
    """The state the act leads to; None = the thread stays where it is."""
    word = action.to.state
    if action.to.fact:
        value = given.get(action.to.fact, course.folded(position.thread).get(action.to.fact))
        word = action.to.by_value.get(as_text(value), word or STAY)
    if word in ("", STAY):
        return None
    if word == BEFORE:
        states = course.states_of(position.thread)
        word = states[-2][0] if len(states) > 1 else ""
    elif word == NEXT_ON_LADDER:
        ladder = course.index.procedure.ladder
        step = ladder.index(position.state) + 1 if position.state in ladder else len(ladder)
        if step >= len(ladder):
            return say.refuse("wrong_state", say.TOP_OF_LADDER)
        word = ladder[step]
    state = course.index.state(position.kind, word)
    if state is None:
        return say.refuse("wrong_state", say.WRONG_STATE)
    return cannot_leave(course, position, word) or state


def cannot_leave(course: Course, position: Position, target: str) -> Refusal | None:
    """Why a final state cannot be left for the target, or None: reopening has its window and its number of times."""
    state = course.index.state(position.kind, position.state)
    if state is None or not state.final or target == position.state:
        return None
    if state.reopens is None or target != state.reopens.to:
        return say.refuse("wrong_state", say.CLOSED)
    entered = course.states_of(position.thread)
    if entered and course.at > course.calendar.add(entered[-1][1], state.reopens.within)[0]:
        return say.refuse("guard", say.TOO_LATE_TO_REOPEN)
    left = sum(key == state.key for key, _ in entered[:-1])
    return say.refuse("guard", say.REOPENED_TOO_OFTEN) if left >= state.reopens.times else None


def next_holder(course: Course, position: Position, target: State, given: Mapping[str, FactValue]) -> Holder | Refusal:
    """Who holds the thread in its new state; never a unit that the matter is about, nor one below it."""
    if target.final and target.holder is None:
        return NOBODY
    facts = course.folded(position.thread) | dict(given)
    holder = resolve_holder(target.holder, facts, course.events, course.directory, position.holder, position.item)
    if target.holder is None or target.holder.nobody:
        return holder
    if not holder.unit:
        return say.refuse("guard", say.NO_HOLDER)
    if must_avoid(course, holder.unit, facts):
        return say.refuse("guard", say.AVOIDED)
    return holder


def must_avoid(course: Course, unit: int, facts: Facts) -> bool:
    """True for a unit that is, or stands below, the one the case is about."""
    about = facts.get(ABOUT_UNIT_FACT)
    return isinstance(about, int) and bool(about) and is_avoided(unit, (about,), course.directory)


def placed(course: Course, position: Position, action: Action, given: Mapping[str, FactValue]) -> dict[str, FactValue] | Refusal:
    """What an act that hands the case to another centre, or keeps it where it is, names beside its own facts.

    ``centre``: the unit that dispatches, checks and follows up from now on, never one the case is about. An act that says
    whom the case is about moves the centre too where that is the centre itself or stands above it.
    """
    facts: dict[str, FactValue] = {}
    if action.takes:
        facts[action.takes] = position.holder.unit
    if not (action.centre or action.about):
        return facts
    known = course.folded(MAIN) | dict(given)
    before = course.folded(MAIN).get(CENTRE_FACT)
    if action.centre == SUPERIOR:
        centre = centre_above(known, course.directory)
    elif action.centre:
        named = known.get(action.centre)
        centre = named if isinstance(named, int) else 0
    else:
        centre = centre_of(known, course.directory)
    if not centre:
        return say.refuse("guard", say.NO_CENTRE)
    if must_avoid(course, centre, known):
        return say.refuse("guard", say.AVOIDED)
    if action.centre or centre != before:
        facts[CENTRE_FACT] = centre
    return facts
