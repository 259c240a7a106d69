"""The pure heart of the door: what an act does to a case, or why not. Nothing here knows tables, files or the time of day.

``decide`` and ``open_case`` take the case as its events and positions and give back events and moves; ``available`` says
what a doer may do now, ``due_automatic`` and ``limits_passed`` what the worker must do as ``system``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import has_passed, kind_of, read, read_all
from bihuan.rules.clocks.reminders import Told, due_stage
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.acts import hand_up, is_alive, is_there, keep_words, not_for, perform, stage_forbids, take_effect
from bihuan.rules.procedure.course import Course
from bihuan.rules.procedure.facts import Refer, check_facts, event_facts, with_every, word_ref
from bihuan.rules.procedure.guards import concerns, count_holds, unmet
from bihuan.rules.procedure.shape import Action, Procedure, State
from bihuan.rules.procedure.targets import must_avoid
from bihuan.rules.procedure.view import CaseView, Decision, Move, Offer, Position, Refusal, Word
from bihuan.rules.routing import ABOUT_UNIT_FACT, AREA_FACT, CENTRE_FACT, Directory, climb
from bihuan.rules.terms import SYSTEM, Doer, FactValue

__all__ = [
    "LIMIT_NEAR",
    "LIMIT_PASSED",
    "CaseView",
    "Decision",
    "Move",
    "Offer",
    "Position",
    "Refusal",
    "Word",
    "available",
    "check_facts",
    "decide",
    "due_automatic",
    "limits_passed",
    "open_case",
    "word_ref",
]

LIMIT_PASSED: Final = "limit_passed"
"""The built-in act by which the worker enters that a limit has passed; takes the fact ``clock``, does so once a limit."""
LIMIT_NEAR: Final = "limit_near"
"""The built-in act by which the worker enters that whoever holds the thread was reminded of a limit; takes ``clock``."""
MOST_AUTOMATIC: Final = 8


def decide(
    view: CaseView,
    *,
    thread: str = MAIN,
    action: str,
    facts: Mapping[str, Any],
    doer: Doer,
    at: datetime,
    calendar: Calendar,
    directory: Directory,
    refer: Refer = word_ref,
    paired: bool = False,
    beside: Mapping[str, FactValue] | None = None,
) -> Decision | Refusal:
    """The outcome of one act on one thread of a case. ``paired``: the door does it together with the act it is paired with.

    Automatic acts that it makes true follow in the same decision (at most eight). ``facts`` are as a form or JSON gives
    them; words come back in ``Decision.words`` and stand in the events as references made by ``refer``. ``beside``: what
    the door itself found out for this act, to stand in its event.
    """
    course = Course(view, at, calendar, directory, refer, beside)
    says_about = False
    position = course.positions.get(thread)
    if position is None:
        return say.refuse("wrong_state", say.NO_THREAD)
    if action in (LIMIT_PASSED, LIMIT_NEAR):
        refusal = _note(course, position, action, facts, doer)
    else:
        act = course.index.actions(position.kind).get(action)
        if act is None:
            return say.refuse("unknown_action", say.UNKNOWN_ACTION)
        if (act.pair is not None) != paired:
            return say.refuse("wrong_state", say.NOT_ALONE)
        refusal, says_about = perform(course, position, act, facts, doer), bool(act.about)
    if refusal is not None:
        return refusal
    course.beside = {}
    _follow_automatic(course)
    if says_about:
        hand_up(course)
    return course.decision()


def open_case(
    procedure: Procedure,
    *,
    facts: Mapping[str, Any],
    doer: Doer,
    at: datetime,
    calendar: Calendar,
    directory: Directory,
    centre: int = 0,
    area_code: str = "",
    about_unit: int = 0,
    attributes: Mapping[str, FactValue] | None = None,
    refer: Refer = word_ref,
) -> Decision | Refusal:
    """The opening of a case by the procedure's start action.

    ``centre``: the unit that receives it (default: the doer's own); what the matter is about, and everything below, is
    avoided by climbing to the level above. Centre, area and avoided unit stand as facts in the first event.
    """
    view = CaseView(procedure=procedure, events=(), positions={}, attributes=attributes or {})
    course = Course(view, at, calendar, directory, refer)
    action = course.index.actions(MAIN).get(procedure.start_action)
    if action is None:
        raise ValueError(f"the procedure {procedure.key} has no start action")
    position = Position(thread=MAIN, kind=MAIN, state="")
    refusal = not_for(course, position, action, doer)
    if refusal is not None:
        return refusal
    filled = with_every(action.needs, facts, str(facts.get(AREA_FACT) or area_code), directory)
    if isinstance(filled, Refusal):
        return filled
    cleaned = check_facts(action.needs, filled, at, calendar, directory)
    if isinstance(cleaned, Refusal):
        return cleaned
    given = event_facts(action.needs, cleaned, refer)
    about = given.get(ABOUT_UNIT_FACT) or about_unit
    avoid = (about,) if isinstance(about, int) and about else ()
    received = climb(centre or doer.unit, avoid, directory)
    placed = {AREA_FACT: given.get(AREA_FACT) or area_code, CENTRE_FACT: received, ABOUT_UNIT_FACT: about}
    given |= {name: value for name, value in placed.items() if value}
    state = _first_state(course, procedure, received)
    refusal = unmet(course, MAIN, action, doer, given)
    refusal = refusal or take_effect(course, position, action, given, doer, start=state)
    if refusal is not None:
        return refusal
    keep_words(course, action, cleaned, given, 1)
    _follow_automatic(course)
    return course.decision()


def _first_state(course: Course, procedure: Procedure, received: int) -> State:
    """The state a case begins in: by the kind of the unit that receives it, else the procedure's own."""
    unit = course.directory.unit(received)
    key = procedure.starts_in.get(unit.kind, "") if unit is not None else ""
    state = course.index.state(MAIN, key or procedure.start_state)
    if state is None:
        raise ValueError(f"the procedure {procedure.key} has no start state")
    return state


def available(view: CaseView, doer: Doer, at: datetime, calendar: Calendar, directory: Directory) -> list[Offer]:
    """The acts this doer may do now, in the procedure's order; those that only a guard stops come with its sentence.

    Acts that need a second case (``Action.pair``) are among them.
    """
    course = Course(view, at, calendar, directory, word_ref)
    offers: list[Offer] = []
    for position in view.positions.values():
        if not is_alive(course, position):
            continue
        for action in course.index.actions(position.kind).values():
            if position.state not in action.from_ or not is_there(course, position, action):
                continue
            if not_for(course, position, action, doer):
                continue
            if not concerns(course, position.thread, action):
                continue
            refusal = stage_forbids(course, position, action)
            refusal = refusal or unmet(course, position.thread, action, doer, None)
            offers.append(Offer(thread=position.thread, action=action, refused=refusal.say if refusal else "", refusal=refusal))
    return offers


def due_automatic(view: CaseView, now: datetime, calendar: Calendar, directory: Directory) -> list[tuple[str, str]]:
    """The (thread, action) pairs that the worker must perform as ``system`` at ``now``: their date or clock has come."""
    course = Course(view, now, calendar, directory, word_ref)
    due: list[tuple[str, str]] = []
    for position, action in _automatic_acts(course):
        if _has_come(course, position, action):
            saved = course.save()
            if perform(course, position, action, {}, SYSTEM) is None:
                due.append((position.thread, action.key))
            course.restore(saved)
    return due


def limits_passed(view: CaseView, now: datetime, calendar: Calendar) -> list[tuple[str, str]]:
    """The (thread, clock) pairs whose limit has passed by ``now`` and was not entered yet as ``limit_passed``."""
    readings = read_all(view.procedure, view.events, calendar, now)
    return [
        (reading.thread, reading.key)
        for reading in readings
        if reading.lit and has_passed(reading, now) and not _noted(view.events, reading)
    ]


def reminded(events: Sequence[Event]) -> set[Told]:
    """The reminders that have been given."""
    return {
        (event.thread, str(event.facts.get("clock")), str(event.facts.get("due")), str(event.facts.get("stage")))
        for event in events
        if event.kind == LIMIT_NEAR
    }


def _note(course: Course, position: Position, action: str, facts: Mapping[str, Any], doer: Doer) -> Refusal | None:
    if doer.kind != "system":
        return say.refuse("not_allowed", say.NOT_ALLOWED)
    if set(facts) != {"clock"}:
        return say.refuse("bad_fact", say.MISSING, field="clock", title="clock")
    clock = course.index.clock(kind_of(position.thread), str(facts["clock"]))
    if clock is None:
        return say.refuse("bad_fact", say.NOT_A_CHOICE, field="clock", title="clock")
    reading = read(clock, course.events, course.calendar, course.at, thread=position.thread)
    noted: dict[str, FactValue] = {"clock": reading.key, "due": _due_text(reading)}
    if action == LIMIT_NEAR:
        stage = due_stage(reading, reminded(course.events), course.at)
        if not stage:
            return say.refuse("wrong_state", say.NO_REMINDER_DUE)
        noted |= {"stage": stage, "reminded_unit": reading.charged.unit, "reminded_post": reading.charged.post}
    elif not reading.lit or not has_passed(reading, course.at) or _noted(course.events, reading):
        return say.refuse("wrong_state", say.NO_LIMIT_PASSED)
    else:
        noted |= {"charged_unit": reading.charged.unit, "charged_post": reading.charged.post}
    course.append(action, position.thread, doer, noted)
    return None


def _noted(events: Sequence[Event], reading: Reading) -> bool:
    due = _due_text(reading)
    return any(
        event.kind == LIMIT_PASSED
        and event.thread == reading.thread
        and event.facts.get("clock") == reading.key
        and event.facts.get("due") == due
        for event in events
    )


def _due_text(reading: Reading) -> str:
    return reading.due_at.isoformat() if reading.due_at else ""


def _automatic_acts(course: Course) -> list[tuple[Position, Action]]:
    return [
        (position, action)
        for position in course.positions.values()
        if is_alive(course, position)
        for action in course.index.automatic(position.kind)
        if position.state in action.from_
    ]


def _has_come(course: Course, position: Position, action: Action) -> bool:
    """True when what the automatic act waits for has come: its count, its date (from the start of that day), its clock."""
    automatic = action.automatic
    if automatic is None:
        return False
    if automatic.count is not None:
        return count_holds(course, position.thread, automatic.count)
    if automatic.avoided:
        return must_avoid(course, position.holder.unit, course.folded(MAIN))
    if automatic.date_fact:
        return _date_has_come(course, course.folded(position.thread).get(automatic.date_fact))
    readings = (course.reading(position.thread, key) for key in automatic.clock_red)
    return any(reading is not None and reading.state == "running" and has_passed(reading, course.at) for reading in readings)


def _date_has_come(course: Course, value: FactValue) -> bool:
    if not isinstance(value, str) or not value:
        return False
    if len(value) == len("2026-10-08"):
        return course.calendar.local(course.at).date().isoformat() >= value
    return course.at >= datetime.fromisoformat(value)


def _follow_automatic(course: Course) -> None:
    """Perform the automatic acts that a count or avoidance has made true; each once, and no more than a few in a decision."""
    tried: set[tuple[str, str]] = set()
    for _ in range(MOST_AUTOMATIC):
        ready = next(
            (
                (position, action)
                for position, action in _automatic_acts(course)
                if (position.thread, action.key) not in tried
                and action.automatic is not None
                and (action.automatic.count is not None or action.automatic.avoided)
                and _has_come(course, position, action)
            ),
            None,
        )
        if ready is None:
            return
        position, action = ready
        tried.add((position.thread, action.key))
        perform(course, position, action, {}, SYSTEM)
