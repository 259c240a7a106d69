"""An open case goes on under another version of its rules: what stands in the way, who holds it there, what is entered.

States, threads and everything that happened stay. Clocks that have stopped stay as they were reckoned; those that run are
read anew, from where they began, under the new version (``cases.fold``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import HOLDER_POST, HOLDER_UNIT
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.course import RULES_FROM, RULES_TO, Course, index_of
from bihuan.rules.procedure.facts import Refer
from bihuan.rules.procedure.shape import BEFORE, Procedure, State
from bihuan.rules.procedure.view import CaseView, Decision, Position, Word
from bihuan.rules.routing import ABOUT_UNIT_FACT, Directory, is_avoided, resolve_holder
from bihuan.rules.terms import Doer, FactValue, Holder

MIGRATED: Final = "migrated"
"""The built-in event by which a case goes on under another version of its rules."""
REASON = "reason"


@dataclass(frozen=True, slots=True, order=True)
class Obstacle:
    """Why a case cannot go on under a version.

    ``what``: ``thread`` (the version has no such kind of thread), ``state`` (no such state), ``final`` (the state is an end
    there), ``before`` (an act leads back to a state that it has not), ``nobody`` (nobody would hold it).
    """

    what: str
    kind: str
    state: str


def obstacles(view: CaseView, new: Procedure, calendar: Calendar, directory: Directory, at: datetime) -> tuple[Obstacle, ...]:
    """All that stands in the way of a case; empty = it can go on under ``new``."""
    course = Course(replace(view, procedure=new), at, calendar, directory, lambda text: text)
    return _placed(view.procedure, course)[1]


def migrated(
    view: CaseView,
    new: Procedure,
    *,
    rules: tuple[str, str],
    doer: Doer,
    at: datetime,
    calendar: Calendar,
    directory: Directory,
    reason: str,
    refer: Refer,
) -> Decision | tuple[Obstacle, ...]:
    """The events by which the case goes on under ``new``, or what stands in the way. ``rules``: digests from, to."""
    course = Course(replace(view, procedure=new), at, calendar, directory, refer)
    holders, stopping = _placed(view.procedure, course)
    if stopping:
        return stopping
    facts: dict[str, FactValue] = {RULES_FROM: rules[0], RULES_TO: rules[1]}
    if reason:
        ref = refer(reason)
        course.words.append(Word(seq=course.next_seq, name=REASON, ref=ref, text=reason))
        facts[REASON] = ref
    course.append(MIGRATED, MAIN, doer, {**facts, **_held(holders.get(MAIN))})
    for thread, holder in holders.items():
        if thread != MAIN:
            course.append(MIGRATED, thread, doer, _held(holder))
        course.positions[thread] = replace(course.positions[thread], holder=holder)
    return course.decision()


def _held(holder: Holder | None) -> dict[str, FactValue]:
    return {} if holder is None else {HOLDER_UNIT: holder.unit, HOLDER_POST: holder.post}


def _placed(old: Procedure, course: Course) -> tuple[dict[str, Holder], tuple[Obstacle, ...]]:
    """The threads that change hands under the new version, and what stands in the way. ``course`` is under the new one."""
    before = index_of(old)
    holders: dict[str, Holder] = {}
    found: list[Obstacle] = []
    for position in course.positions.values():
        if not position.open:
            continue
        state = course.index.state(position.kind, position.state)
        why = _missing(course, position, state)
        if why or state is None:
            found.append(Obstacle(why, position.kind, position.state))
            continue
        known = before.state(position.kind, position.state)
        if known is not None and known.holder == state.holder:
            continue
        holder = _holder_there(course, position, state)
        if holder is None:
            found.append(Obstacle("nobody", position.kind, position.state))
        elif holder != position.holder:
            holders[position.thread] = holder
    return holders, tuple(sorted(set(found)))


def _missing(course: Course, position: Position, state: State | None) -> str:
    if position.thread != MAIN and position.kind not in course.index.threads:
        return "thread"
    if state is None:
        return "state"
    if state.final:
        return "final"
    acts = course.index.actions(position.kind).values()
    if any(act.to.state == BEFORE and position.state in act.from_ for act in acts):
        passed = [key for key, _ in course.states_of(position.thread) if key != position.state]
        if passed and course.index.state(position.kind, passed[-1]) is None:
            return "before"
    return ""


def _holder_there(course: Course, position: Position, state: State) -> Holder | None:
    """Who holds a thread in its state under the new version; None when nobody would."""
    spec = state.holder
    facts = course.folded(position.thread)
    holder = resolve_holder(spec, facts, course.events, course.directory, position.holder, position.item)
    if spec is not None and spec.nobody:
        return holder
    about = facts.get(ABOUT_UNIT_FACT)
    avoided = isinstance(about, int) and about and is_avoided(holder.unit, (about,), course.directory)
    return None if not holder.unit or avoided else holder
