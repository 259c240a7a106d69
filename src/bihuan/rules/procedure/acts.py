"""Performing one act within a course: who may, in which state, under which guards, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bihuan.rules.clocks.reading import ENDED, HOLDER_POST, HOLDER_UNIT
from bihuan.rules.events import MAIN
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.course import ASKED_BY_ACCOUNT, ASKED_BY_UNIT, INFORMED, ITEM, RESERVED, TO_STATE, Course
from bihuan.rules.procedure.facts import check_facts, event_facts, with_every
from bihuan.rules.procedure.grading import graded
from bihuan.rules.procedure.guards import unmet
from bihuan.rules.procedure.moving import centre_there, follow_threads, holder_there, moves
from bihuan.rules.procedure.shape import Action, State, ThreadSpec
from bihuan.rules.procedure.targets import cannot_leave, fixed_target, must_avoid, next_holder, placed, target_of
from bihuan.rules.procedure.view import Enclosed, Position, Refusal, Word
from bihuan.rules.routing import AREA_FACT, CENTRE_FACT, answers_to, chain_of, resolve_holder
from bihuan.rules.terms import NOBODY, SYSTEM, Doer, FactValue, Holder, as_text

OPENED = "opened"
"""The first event of every thread beside the main one."""
FILES = ("file", "files")
"""Types of facts that name files."""
HOLDER, RESIDENT_WORD, SYSTEM_WORD = "holder", "resident", "system"
AT_CENTRE, ABOVE_CENTRE = "centre.", "above."
"""Before a post: of the unit that is the case's centre; of a unit above that centre."""
HANDED_UP = "handed_up"
"""Built-in event: whoever held the thread must not deal with the case any more, so the next unit above holds it."""


def not_for(course: Course, position: Position, action: Action, doer: Doer) -> Refusal | None:
    """Why this doer may not do this here, or None: it lies with another post, or no post of theirs may ever do it."""
    if doer.kind == "system":
        allowed = SYSTEM_WORD in action.who or action.automatic is not None
        return None if allowed else say.refuse("not_allowed", say.NOT_ALLOWED)
    if doer.kind == "resident":
        return None if RESIDENT_WORD in action.who else say.refuse("not_allowed", say.NOT_ALLOWED)
    holder = position.holder
    if HOLDER in action.who and holder.unit and holder.unit == doer.unit and holder.post in ("", doer.post):
        return None
    named = _named(course, position, action, doer)
    if named:
        return None
    if named is False or HOLDER in action.who:
        return say.refuse("not_yours", say.NOT_YOURS)
    return say.refuse("not_allowed", say.NOT_ALLOWED)


def _named(course: Course, position: Position, action: Action, doer: Doer) -> bool | None:
    """Whether the doer sits where the act says: in any unit ("<post>", narrowed by ``who_of``), in the case's centre
    ("centre.<post>"), in a unit above it ("above.<post>"); None where nothing names his post.
    """
    if not doer.post:
        return None
    if doer.post in action.who:
        spec = course.index.threads.get(position.kind)
        # Approval lies with the unit that was asked: the same post of another centre has no say.
        asked = spec is None or not spec.approves or position.holder.unit in (0, doer.unit)
        return asked and _of_its_unit(course, position, action, doer)
    at_centre, above = AT_CENTRE + doer.post in action.who, ABOVE_CENTRE + doer.post in action.who
    if not (at_centre or above):
        return None
    centre = course.centre()
    return (at_centre and doer.unit == centre) or (above and doer.unit in chain_of(centre, course.directory)[1:])


def _of_its_unit(course: Course, position: Position, action: Action, doer: Doer) -> bool:
    """Whether the doer's unit is the one whose posts may do this (``who_of``); any is where the pack names none."""
    if action.who_of is None:
        return True
    facts = course.folded(position.thread)
    return resolve_holder(action.who_of, facts, course.events, course.directory, position.holder, position.item).unit == doer.unit


def is_there(course: Course, position: Position, action: Action) -> bool:
    """False for an act that only units of other kinds than the thread's holder have (``holder_in``)."""
    if not action.holder_in:
        return True
    holder = course.directory.unit(position.holder.unit)
    return holder is not None and holder.kind in action.holder_in


def is_alive(course: Course, position: Position) -> bool:
    """False for a thread that ended with its case before it came to a final state of its own."""
    if position.open:
        return True
    state = course.index.state(position.kind, position.state)
    return state is not None and state.final


def stage_forbids(course: Course, position: Position, action: Action) -> Refusal | None:
    """Why the act cannot be done in the thread's state, or None."""
    if not is_alive(course, position):
        return say.refuse("wrong_state", say.NO_THREAD)
    if position.state not in action.from_ or not is_there(course, position, action):
        return say.refuse("wrong_state", say.WRONG_STATE)
    if action.approve is not None:
        asking = course.index.approval_of(action.key)
        asked = course.positions.get(asking.key) if asking else None
        if asked is not None and asked.open:
            return say.refuse("wrong_state", say.PENDING)
    granted = _granted_by(course, position, action)
    if granted is not None and course.positions[MAIN].state not in granted.from_:
        return say.refuse("wrong_state", say.MOVED_ON)
    target = fixed_target(action)
    return cannot_leave(course, position, target) if target else None


def perform(course: Course, position: Position, action: Action, facts: Mapping[str, Any], doer: Doer) -> Refusal | None:
    """Do one act: check it, then write its events and moves into the course. A refusal leaves the course untouched."""
    refusal = stage_forbids(course, position, action) or not_for(course, position, action, doer)
    if refusal is not None:
        return refusal
    if any(need.every for need in action.needs.values()):
        filled = with_every(action.needs, facts, str(course.folded(MAIN).get(AREA_FACT) or ""), course.directory)
        if isinstance(filled, Refusal):
            return filled
        facts = filled
    cleaned = check_facts(action.needs, facts, course.at, course.calendar, course.directory)
    if isinstance(cleaned, Refusal):
        return cleaned
    given = event_facts(action.needs, cleaned, course.refer)
    refusal = _wrong_unit(course, position, action, given) or unmet(course, position.thread, action, doer, given)
    if refusal is not None:
        return refusal
    given |= course.beside
    saved, bearer = course.save(), course.next_seq
    if action.approve is not None:
        refusal, bearer = _ask(course, position, action, given, doer), bearer + 1
    else:
        refusal = take_effect(course, position, action, given, doer) or _grant(course, position, action, doer)
    if refusal is not None:
        course.restore(saved)
        return refusal
    keep_words(course, action, cleaned, given, bearer)
    return None


def _wrong_unit(course: Course, position: Position, action: Action, given: Mapping[str, FactValue]) -> Refusal | None:
    """Why a unit named in the act cannot be named here: another centre answers for it, or it holds the case already."""
    for name, need in action.needs.items():
        named = given.get(name)
        for unit in named if isinstance(named, list) else [named]:
            if not isinstance(unit, int) or isinstance(unit, bool):
                continue
            title = need.title or name
            if need.of_centre and not answers_to(unit, course.centre(), course.directory):
                return say.refuse("bad_fact", say.NOT_OF_CENTRE, field=name, title=title)
            if need.other and unit == position.holder.unit:
                return say.refuse("bad_fact", say.THE_SAME_UNIT, field=name, title=title)
            if need.informed and must_avoid(course, unit, course.folded(MAIN)):
                return say.refuse("guard", say.AVOIDED, field=name)
    return None


def keep_words(
    course: Course, action: Action, cleaned: Mapping[str, FactValue], given: Mapping[str, FactValue], seq: int
) -> None:
    """Note the texts and files behind the references of event ``seq``; a request's are not public until it is granted."""
    for name, value in cleaned.items():
        need = action.needs[name]
        public = need.public and action.approve is None and not need.public_on
        if need.type == "text" and isinstance(value, str):
            course.words.append(Word(seq=seq, name=name, ref=str(given[name]), text=value, public=public))
        elif need.type in FILES:
            course.enclosed += [Enclosed(seq=seq, name=name, ref=ref, public=public) for ref in _references(value)]


def take_effect(
    course: Course,
    position: Position,
    action: Action,
    given: Mapping[str, FactValue],
    doer: Doer,
    *,
    start: State | None = None,
) -> Refusal | None:
    """Write what the act does: its event, the new state and holder, the threads it opens, those that end with the case.

    ``start``: the first state, for the act that opens the case. After a refusal the caller restores the course.
    """
    known = {name: value for name, value in course.folded(position.thread).items() if name not in action.needs}
    given = {**given, **graded(action, known | dict(given))}
    target = start or target_of(course, position, action, given)
    if isinstance(target, Refusal):
        return target
    moved = placed(course, position, action, given)
    if isinstance(moved, Refusal):
        return moved
    given = {**given, **moved, **_informed(action, given)}
    facts, holder, former = dict(given), position.holder, _main_office(course, target)
    if target is not None:
        resolved = next_holder(course, position, target, given)
        if isinstance(resolved, Refusal):
            return resolved
        holder = resolved
        facts[TO_STATE] = target.key
        if holder != position.holder:
            facts |= {HOLDER_UNIT: holder.unit, HOLDER_POST: holder.post}
    elif moves(position, given):
        return _move(course, position, action, given, doer)
    event = course.append(action.event or action.key, position.thread, doer, facts)
    _publish(course, position, event.kind)
    if target is not None:
        course.place(position, target, holder)
        _lapse(course, position, former, _main_office(course, target))
    for spec in course.index.opened_by(action.key):
        value = given.get(spec.one_for_each) if spec.one_for_each else ""
        items = value if isinstance(value, list) else [] if value is None else [value]
        before = sum(position.kind == spec.key for position in course.positions.values())
        for number, item in enumerate(items, before + 1):
            named = {spec.numbered: item} if spec.numbered else {}
            refusal = _open(course, spec, str(number) if named else as_text(item), {**given, **named}, doer, holder)
            if refusal is not None:
                return refusal
    if target is not None and target.final and position.thread == MAIN:
        _end_threads(course)
    return None


def _move(course: Course, position: Position, action: Action, given: Mapping[str, FactValue], doer: Doer) -> Refusal | None:
    """Write an act that leaves the matter where it stands and moves it to another area."""
    centre = centre_there(course, given)
    if isinstance(centre, Refusal):
        return centre
    facts = dict(given) | ({CENTRE_FACT: centre} if centre else {})
    holder = holder_there(course, position, facts)
    if isinstance(holder, Refusal):
        return holder
    if holder != position.holder:
        facts |= {HOLDER_UNIT: holder.unit, HOLDER_POST: holder.post}
    event = course.append(action.event or action.key, position.thread, doer, facts)
    course.positions[position.thread] = replace(position, holder=holder)
    _publish(course, position, event.kind)
    return follow_threads(course, event.kind, facts, doer)


def _informed(action: Action, given: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The units that an act tells of the case, under the one name by which they come to see it."""
    told: list[int] = []
    for name, need in action.needs.items():
        if need.informed:
            value = given.get(name)
            told += [unit for unit in (value if isinstance(value, list) else [value]) if isinstance(unit, int)]
    return {INFORMED: told} if told else {}


def _main_office(course: Course, target: State | None) -> int:
    """The unit that the fact behind the target's holder names so far; 0 where no fact names its holder."""
    fact = target.holder.fact if target is not None and target.holder else ""
    unit = course.folded(MAIN).get(fact) if fact else 0
    return unit if isinstance(unit, int) else 0


def _lapse(course: Course, moved: Position, former: int, office: int) -> None:
    """Where another office handles the case from now on: what the one before it asked to be approved is asked no more."""
    if moved.thread != MAIN or not former or office in (0, former):
        return
    for position in list(course.positions.values()):
        spec = course.index.threads.get(position.kind)
        if position.open and spec is not None and spec.approves:
            course.append(ENDED, position.thread, SYSTEM, {})
            course.shut(position)


def hand_up(course: Course) -> None:
    """After it was said whom the case is about: what a unit to be avoided still holds goes to the next one above.

    A thread that is that unit's own (a co-office's part, a request it was asked to approve) ends.
    """
    facts = course.folded(MAIN)
    for position in list(course.positions.values()):
        if not position.open or not must_avoid(course, position.holder.unit, facts):
            continue
        state = course.index.state(position.kind, position.state)
        holder = next_holder(course, position, state, {}) if state is not None and state.holder is not None else NOBODY
        if not isinstance(holder, Refusal) and holder.unit:
            course.append(HANDED_UP, position.thread, SYSTEM, {HOLDER_UNIT: holder.unit, HOLDER_POST: holder.post})
            course.hold(position, holder)
        elif position.thread != MAIN:
            course.append(ENDED, position.thread, SYSTEM, {})
            course.shut(position)


def _publish(course: Course, position: Position, kind: str) -> None:
    """Words that waited for this event (``public_on``) go out: those of the latest act that wrote them."""
    for action, names in course.index.published_on(position.kind, kind):
        written = [event for event in course.of(position.thread) if event.kind == (action.event or action.key)]
        for name in names if written else ():
            course.published += _references(written[-1].facts.get(name))


def _references(value: FactValue) -> list[str]:
    """What a fact of words or files refers to: nothing, one thing, or several."""
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _open(
    course: Course, spec: ThreadSpec, item: str, given: Mapping[str, FactValue], doer: Doer, holder: Holder
) -> Refusal | None:
    """Open a thread; its first event carries the facts of the act that opened it, so that its clocks can read them."""
    name = f"{spec.key}:{item}" if item else spec.key
    known = course.positions.get(name)
    if known is not None and known.open:
        return say.refuse("wrong_state", say.ALREADY_OPEN if item else say.PENDING)
    state = course.index.state(spec.key, spec.start)
    if state is None:
        raise ValueError(f"the thread {spec.key} starts in no state of its own")
    version = known.version if known is not None else 0
    position = Position(thread=name, kind=spec.key, item=item, state=state.key, holder=holder, version=version)
    first = next_holder(course, position, state, given)
    if isinstance(first, Refusal):
        return first
    facts = {fact: value for fact, value in given.items() if fact != spec.one_for_each}
    facts |= {TO_STATE: state.key, HOLDER_UNIT: first.unit, HOLDER_POST: first.post}
    dates = {limit.fact for clock in spec.clocks for limit in clock.limits} - {"", *facts}
    facts |= dict.fromkeys(dates)  # a date given for an earlier thread is not this one's
    if item:
        facts[ITEM] = item
    course.append(OPENED, name, doer, facts)
    course.place(position, state, first)
    return None


def _end_threads(course: Course) -> None:
    """A case that ends takes its open threads with it."""
    for position in list(course.positions.values()):
        if position.open and position.thread != MAIN:
            course.append(ENDED, position.thread, SYSTEM, {})
            course.shut(position)


# -- approval ---------------------------------------------------------------------------------------------------------


def asked_event(action: Action) -> str:
    """The event, in the thread of the act, that says it was asked for."""
    return f"{action.key}_asked"


def _ask(course: Course, position: Position, action: Action, given: Mapping[str, FactValue], doer: Doer) -> Refusal | None:
    """Ask for approval: the facts wait in the approval's own thread and touch nothing until they are granted."""
    spec = course.index.approval_of(action.key)
    if spec is None:
        raise ValueError(f"the action {action.key} needs approval but no thread approves it")
    course.append(asked_event(action), position.thread, doer, {})
    return _open(course, spec, "", given, doer, position.holder)


def _granted_by(course: Course, position: Position, action: Action) -> Action | None:
    """The main thread's act that this one grants, or None when it grants nothing."""
    spec = course.index.threads.get(position.kind)
    if spec is None or not spec.approves or action.key != f"grant_{spec.approves}":
        return None
    return course.index.actions(MAIN)[spec.approves]


def _grant(course: Course, position: Position, action: Action, doer: Doer) -> Refusal | None:
    """Where the act grants a request, let what was asked take effect on the main thread as it stands now.

    It is the granter's act; the event says who asked, and guards count both as those who did it. What time did while the
    request waited (clocks, windows) is not held against it; states and counts are.
    """
    asked = _granted_by(course, position, action)
    if asked is None:
        return None
    main = course.positions[MAIN]
    opened = [event for event in course.of(position.thread) if event.kind == OPENED][-1]
    given = {name: value for name, value in opened.facts.items() if name not in RESERVED}
    refusal = unmet(course, MAIN, asked, opened.by, given, waited=True)
    if refusal is not None:
        return refusal
    by_whom: dict[str, FactValue] = {ASKED_BY_ACCOUNT: opened.by.account, ASKED_BY_UNIT: opened.by.unit}
    for name, need in asked.needs.items():
        if need.type in ("text", *FILES) and need.public:
            course.published += _references(given.get(name))
    return take_effect(course, main, asked, given | by_whom, doer)
