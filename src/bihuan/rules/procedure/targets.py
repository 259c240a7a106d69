"""Where an act leads: the next state of a thread, and who holds it there."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.course import Course
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, STAY, Action, State
from bihuan.rules.procedure.view import Position, Refusal
from bihuan.rules.routing import ABOUT_UNIT_FACT, is_avoided, resolve_holder
from bihuan.rules.terms import NOBODY, FactValue, Holder, as_text


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
    about = facts.get(ABOUT_UNIT_FACT)
    if isinstance(about, int) and about and is_avoided(holder.unit, (about,), course.directory):
        return say.refuse("guard", say.AVOIDED)
    return holder
