"""Guards: the closed list of conditions under which an act is lawful (docs/rules of the pack language). All are folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import has_passed
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.course import ASKED_BY_ACCOUNT, ASKED_BY_UNIT, TO_STATE, Course
from bihuan.rules.procedure.shape import SINCE, Action, Guard
from bihuan.rules.procedure.view import Position, Refusal
from bihuan.rules.routing import CENTRE_FACT
from bihuan.rules.terms import Doer, FactValue, as_text

REOPENED = "reopened"
NOON = 12
ENTERED_STATE, SINCE_CENTRE = "entered_state", "centre"


def unmet(
    course: Course,
    thread: str,
    action: Action,
    doer: Doer,
    given: Mapping[str, FactValue] | None,
    *,
    waited: bool = False,
) -> Refusal | None:
    """The refusal of the first guard that is not met, or None.

    ``given``: the act's facts as the event will carry them; None = not known yet (an offer), then guards on facts that
    the act itself asks for are passed over. ``waited``: the act was asked for lawfully and is now granted: what time has
    done in between (clocks, windows) is not held against it.
    """
    for guard in action.guards:
        if waited and (guard.clock or guard.within is not None):
            continue
        fault = _fault(course, thread, action, guard, doer, given)
        if fault:
            return Refusal(code="guard", say=guard.say) if guard.say else say.refuse("guard", fault)
    return None


def concerns(course: Course, thread: str, action: Action) -> bool:
    """False for an act that is there for cases of another origin: it is not even shown (guards with ``known``)."""
    known = [guard for guard in action.guards if guard.known]
    return not any(_fact_fault(course, thread, action, guard, None) for guard in known)


def count_holds(course: Course, thread: str, guard: Guard) -> bool:
    """True when the count of an automatic act has come true."""
    return not _count_fault(course, thread, None, guard, None)


def _fault(course: Course, thread: str, action: Action, guard: Guard, doer: Doer, given: Mapping[str, FactValue] | None) -> str:
    """Nothing when the guard is met, else the rules' own words for it."""
    if guard.count:
        return _count_fault(course, thread, action, guard, given)
    if guard.not_the_one_who:
        return say.SAME_PERSON if _did_it(course, thread, guard, doer) else ""
    if guard.clock:
        return "" if _clock_is(course, thread, guard) else say.CLOCK_FORBIDS
    if guard.within is not None:
        return "" if _in_time(course, thread, guard) else say.OUT_OF_TIME
    if guard.threads:
        return "" if _threads_are(course, guard) else say.THREADS_FORBID
    if guard.differ:
        return "" if _differ(course, thread, action, guard, given) else say.SAME_UNIT
    if guard.grade or guard.fact:
        return _fact_fault(course, thread, action, guard, given)
    return ""


def events_since(events: Sequence[Event], since: str, *, with_entry: bool = False) -> Sequence[Event]:
    """The events of a thread since its start, its entering its state, last reopening, coming to its centre, or an event."""
    if since == "start":
        return events
    for index in range(len(events) - 1, -1, -1):
        if _begins(events, index, since):
            return events[index if with_entry else index + 1 :]
    return events


def _begins(events: Sequence[Event], index: int, since: str) -> bool:
    event = events[index]
    if since == ENTERED_STATE:
        return TO_STATE in event.facts
    if since != SINCE_CENTRE:
        return event.kind == (REOPENED if since in SINCE else since)
    centre = event.facts.get(CENTRE_FACT)
    before = next((one.facts[CENTRE_FACT] for one in reversed(events[:index]) if CENTRE_FACT in one.facts), centre)
    return centre is not None and centre != before


def _count_fault(course: Course, thread: str, action: Action | None, guard: Guard, given: Mapping[str, FactValue] | None) -> str:
    events = events_since(list(course.of(thread)), guard.since)
    counted = [event for event in events if event.kind == guard.count and guard.where.holds(event.facts)]
    count = len({half_day(event, course.calendar) for event in counted}) if guard.distinct else len(counted)
    if guard.min is not None and count < guard.min:
        return say.NOT_ENOUGH_DONE
    if guard.equals is not None and count != guard.equals:
        return say.NOT_ENOUGH_DONE if count < guard.equals else say.DONE_TOO_OFTEN
    if guard.max_before is not None and count > guard.max_before and not _another_sort(action, guard, given):
        return say.DONE_TOO_OFTEN
    return ""


def half_day(event: Event, calendar: Calendar) -> tuple[date, bool]:
    """The day and the half of it (True = from noon on) in which something happened."""
    local = calendar.local(event.at)
    return local.date(), local.hour >= NOON


def _differ(course: Course, thread: str, action: Action, guard: Guard, given: Mapping[str, FactValue] | None) -> bool:
    """True when no unit is named by two of the facts: those that the act asks for as given, the others as on record."""
    known, said = course.folded(thread), given or {}
    named = [said.get(name) if name in action.needs else known.get(name) for name in guard.differ]
    units = [one for value in named for one in (value if isinstance(value, list) else [value]) if one]
    return len(units) == len(set(units))


def _another_sort(action: Action | None, guard: Guard, given: Mapping[str, FactValue] | None) -> bool:
    """True when a cap on acts of one sort ("once for this reason") meets an act of another sort, or of none chosen yet."""
    if action is None or action.event != guard.count:
        return False
    if given is None:
        return any(name in action.needs for name, _ in guard.where.facts)
    return not guard.where.holds(given)


def _did_it(course: Course, thread: str, guard: Guard, doer: Doer) -> bool:
    """True when the doer (or, as a unit, anybody of the doer's unit) did one of these, or asked for it to be approved."""
    if doer.kind != "staff":
        return False
    events = [event for event in course.events if event.thread in (thread, MAIN)]
    for event in events_since(events, guard.since, with_entry=True):
        if event.kind not in guard.not_the_one_who:
            continue
        if doer.account and doer.account in (event.by.account, event.facts.get(ASKED_BY_ACCOUNT)):
            return True
        if guard.as_unit and doer.unit and doer.unit in (event.by.unit, event.facts.get(ASKED_BY_UNIT)):
            return True
    return False


def _clock_is(course: Course, thread: str, guard: Guard) -> bool:
    reading = course.reading(thread, guard.clock)
    if reading is None:
        return False
    if guard.clock_is == "not_stopped":
        return reading.state in ("running", "paused")
    return has_passed(reading, course.at) == (guard.clock_is == "red")


def _in_time(course: Course, thread: str, guard: Guard) -> bool:
    """True until the span after the last such event of the thread (or of the main thread) has passed."""
    if guard.after == ENTERED_STATE and guard.within is not None:
        entered = course.states_of(thread)
        return not entered or course.at <= course.calendar.add(entered[-1][1], guard.within)[0]
    for where in dict.fromkeys((thread, MAIN)):
        events = [event for event in course.of(where) if event.kind == guard.after]
        if events and guard.within is not None:
            return course.at <= course.calendar.add(events[-1].at, guard.within)[0]
    return False


def _threads_are(course: Course, guard: Guard) -> bool:
    """``all_in`` holds also where no such thread was ever opened; one that was ended before its end is not waited for."""
    positions = [one for one in course.positions.values() if one.kind == guard.threads and _stands(course, one)]
    if guard.all_in:
        return all(position.state in guard.all_in for position in positions)
    if guard.any_in:
        return any(position.state in guard.any_in for position in positions)
    return not any(position.open for position in positions)


def _stands(course: Course, position: Position) -> bool:
    """False for a thread that was ended where it stood (its office turned out to be the one the case is about)."""
    state = course.index.state(position.kind, position.state)
    return position.open or (state is not None and state.final)


def _fact_fault(course: Course, thread: str, action: Action, guard: Guard, given: Mapping[str, FactValue] | None) -> str:
    name = guard.fact or "grade"
    if given is None and name in action.needs:
        return ""
    facts = course.folded(thread) | dict(given or {})
    value = facts.get(name)
    if guard.known:
        return say.FACT_FORBIDS if value in (None, "", 0) else ""
    values = [as_text(member) for member in value] if isinstance(value, list) else [as_text(value)]
    return "" if any(member in guard.in_ for member in values) else say.FACT_FORBIDS
