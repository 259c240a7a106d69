"""Reading a clock: a fold over the case's events. Nothing is counted down and nothing but the events is remembered.

A clock starts when it does not run, on one of its ``starts`` (one whose limit is a date that an act names, only once that
date is known): a second start while it runs changes nothing, unless the
event is among ``restarts``. A start after a stop (a reopening, a new assignment) starts anew. ``pauses`` suspend it until
the event they name; ``resumes_after`` takes a stop back, the time in between counting as a pause. A pause that begins
after the limit has passed changes nothing: late stays late. With ``every`` the limit falls again each period in which no
event of ``marks`` (or ``restarts``) happened, until a stop. ``takes_back`` undoes a stop as if it had never been; ``earliest``
brings the limit of a merged matter along (``clocks.merged``); ``since`` counts from an earlier instant (a matter split off).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Protocol

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.limits import Pauses, amber_of, day_paused, ends_of, remind_of
from bihuan.rules.clocks.merged import Brought, brought_in, earliest
from bihuan.rules.clocks.shape import ClockSpec, ClockState, Limit, Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.terms import NOBODY, FactValue, Holder, Span

ENDED = "ended"
"""Event of a thread whose case ended before it: it stops every clock of that thread."""
HOLDER_UNIT, HOLDER_POST = "holder_unit", "holder_post"
HolderOf = Callable[[datetime], Holder]


class ClockedThread(Protocol):
    """A kind of thread with clocks."""

    @property
    def key(self) -> str:
        """The kind's name."""
        ...

    @property
    def clocks(self) -> Sequence[ClockSpec]:
        """Its clocks."""
        ...


class Clocked(Protocol):
    """What ``read_all`` needs of a procedure."""

    @property
    def clocks(self) -> Sequence[ClockSpec]:
        """Its clocks."""
        ...

    @property
    def threads(self) -> Sequence[ClockedThread]:
        """The kinds of threads beside the main one."""
        ...


@dataclass(slots=True)
class _Run:
    """One run of a clock, from a start to its stop."""

    state: ClockState = "idle"
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    until: int = 0
    stopped_by: str = ""
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    resumed_by: str = ""
    extra: int = 0
    marks: list[datetime] = field(default_factory=list)
    brought: dict[FactValue, Brought] = field(default_factory=dict)
    governs: Brought | None = None


def kind_of(thread: str) -> str:
    """The kind of a thread by its name: "whistle" of "whistle:12"."""
    return thread.partition(":")[0]


def read(
    clock: ClockSpec,
    events: Sequence[Event],
    calendar: Calendar,
    now: datetime,
    *,
    thread: str = MAIN,
    holder_of: HolderOf | None = None,
) -> Reading:
    """What the clock says at ``now`` of one thread of a case; events after ``now`` are not looked at.

    ``holder_of`` overrides who held the thread at an instant; by default the events say so. ``days`` is left empty:
    ``explain`` fills it.
    """
    return _read(clock, events, calendar, now, thread, holder_of)[0]


def explain(clock: ClockSpec, events: Sequence[Event], calendar: Calendar, now: datetime, *, thread: str = MAIN) -> Reading:
    """The same reading with ``days``: every day from the start to the limit (to now, while paused) and how it counted."""
    reading, run = _read(clock, events, calendar, now, thread, None)
    if reading.started_at is None:
        return reading
    first = calendar.local(reading.started_at).date()
    last = calendar.local(reading.due_at or now).date()
    pauses = _closed_pauses(run, now)

    def paused(day: date) -> bool:
        return day_paused(day, pauses, calendar)

    span = reading.span or Span(max((last - first).days, 0), "calendar_day")
    if reading.due_at is None:
        span = Span(10**6, span.unit) if span.unit != "month" else span
    return replace(reading, days=calendar.days_counted(first, last, span, paused, run.extra))


def read_all(
    procedure: Clocked,
    events: Sequence[Event],
    calendar: Calendar,
    now: datetime,
    *,
    only: Collection[str] | None = None,
    idle: bool = True,
) -> tuple[Reading, ...]:
    """The readings of every clock of the main thread, then of each thread in the order in which the threads were opened.

    ``only``: of the threads beside the main one, these alone. ``idle``: also those that nothing has started.
    """
    happened = {event.kind for event in events}
    readings = []
    for clock in procedure.clocks:
        if not happened.isdisjoint(clock.starts):
            readings.append(read(clock, events, calendar, now))
        elif idle:
            readings.append(_idle(clock))
    clocks = {spec.key: spec.clocks for spec in procedure.threads if spec.clocks}
    if clocks:
        main = [event for event in events if event.thread == MAIN]
        beside: dict[str, list[Event]] = {}
        for event in events:
            if event.thread != MAIN and (only is None or event.thread in only):
                beside.setdefault(event.thread, []).append(event)
        for name, own in beside.items():  # a thread's clocks hear its own events and the main ones: the cost stays flat
            if timed := clocks.get(kind_of(name), ()):
                heard = sorted([*main, *own], key=lambda event: event.seq)
                readings += [read(clock, heard, calendar, now, thread=name) for clock in timed]
    return tuple(readings)


def _idle(clock: ClockSpec, thread: str = MAIN) -> Reading:
    """What a clock of a thread says where nothing that starts it has happened."""
    return Reading(key=clock.key, thread=thread, state="idle", lit=clock.charges != "nobody")


def has_passed(reading: Reading, now: datetime) -> bool:
    """True when the limit has passed: open and late, or stopped late ("red" in a guard)."""
    if reading.due_at is None or reading.state == "idle":
        return False
    return (reading.stopped_at or now) > reading.due_at


def limit_of(clock: ClockSpec, facts: dict[str, FactValue]) -> Limit | None:
    """The first limit whose condition the facts meet; None when none does.

    A date that no fact names is passed over where another limit stands behind it.
    """
    fitting = [limit for limit in clock.limits if limit.where.holds(facts)]
    return next((limit for limit in fitting if not limit.fact or facts.get(limit.fact)), fitting[0] if fitting else None)


def _read(
    clock: ClockSpec,
    events: Sequence[Event],
    calendar: Calendar,
    now: datetime,
    thread: str,
    holder_of: HolderOf | None,
) -> tuple[Reading, _Run]:
    if events and events[-1].at > now:
        events = [event for event in events if event.at <= now]
    run = _fold(clock, events, thread)
    lit = clock.charges != "nobody"
    if run.started_at is None:
        return _idle(clock, thread), run
    facts = _facts(events, run.until, thread) if _needs_facts(clock) else {}
    limit = limit_of(clock, facts)
    if limit is None and clock.every is not None:
        limit = Limit(span=clock.every)
    ends = ends_of(clock, limit, run.started_at, run.extra, run.pauses, run.marks, facts, calendar) if limit else None
    if ends and run.brought:
        span = limit.span if limit else None
        ends, run.governs = earliest(ends, run.brought.values(), span, run.extra, run.pauses, calendar)
    due_at = ends.due_at if ends else None
    state: ClockState = run.state
    if state == "paused" and due_at is not None:
        state = "running"
    charged = NOBODY
    if lit:
        charged = _charged(run, events, thread, due_at, now, holder_of)
        if clock.charges != "holder":
            charged = Holder(charged.unit, clock.charges)
    amber_at = amber_of(clock, limit, run.started_at, due_at, calendar) if limit and due_at else None
    wanted = limit if state == "running" and lit else None
    reading = Reading(
        key=clock.key,
        thread=thread,
        state=state,
        started_at=run.started_at,
        due_at=due_at,
        amber_at=amber_at,
        remind_at=remind_of(wanted, run.started_at, amber_at, calendar) if wanted and amber_at else None,
        stopped_at=run.stopped_at,
        provisional=ends.provisional if ends else False,
        lit=lit,
        charged=charged,
        span=limit.span if limit else None,
        limit_key=limit.key if limit else "",
        brought_forward=run.governs is not None,
    )
    return reading, run


_hearing: dict[int, tuple[ClockSpec, frozenset[str]]] = {}
_MOST_HEARING = 4096


def _heard(clock: ClockSpec) -> frozenset[str]:
    """The kinds of events that a clock may do something at; kept with the clock, so that its id stays its own."""
    known = _hearing.get(id(clock))
    if known is not None and known[0] is clock:
        return known[1]
    kinds = {ENDED, *clock.starts, *clock.stops, *clock.restarts, *clock.marks, *clock.pauses, *clock.pauses.values()}
    kinds |= {*clock.ends_pause, *clock.resumes_after, *clock.takes_back, *clock.extends}
    if clock.earliest is not None:
        kinds |= {clock.earliest.event, clock.earliest.until}
    if len(_hearing) >= _MOST_HEARING:
        _hearing.clear()
    found = frozenset(kinds)
    _hearing[id(clock)] = (clock, found)
    return found


def _fold(clock: ClockSpec, events: Sequence[Event], thread: str) -> _Run:
    """Walk the thread's events once; what remains is the clock's last run."""
    run, heard = _Run(), _heard(clock)
    for index, event in enumerate(events):
        if event.thread != thread:
            continue
        if event.kind in heard:
            run = _after(run, clock, events, index, thread)
        if run.state != "stopped":
            run.until = index + 1
    return run


def _after(run: _Run, clock: ClockSpec, events: Sequence[Event], index: int, thread: str) -> _Run:
    """The run after one event: the same one moved on, or a new one that begins with it."""
    event = events[index]
    kind, open_ = event.kind, run.state in ("running", "paused")
    starts, restarts = clock.starts, clock.restarts
    if open_ and (kind in clock.stops or (kind == ENDED and thread != MAIN)):
        _stop(run, event.at, index + 1, kind)
    elif run.state == "stopped" and kind in clock.takes_back and clock.takes_back[kind] == run.stopped_by:
        run.state, run.stopped_at, run.stopped_by = "running", None, ""
    elif run.state == "stopped" and kind in clock.resumes_after and run.stopped_at is not None:
        run.pauses.append((run.stopped_at, event.at))
        run.state, run.stopped_at = "running", None
    elif open_ and clock.every is not None and (kind in clock.marks or kind in restarts):
        run.marks.append(event.at)
    elif ((kind in starts and not open_) or (open_ and kind in restarts)) and _is_known(clock, events, index, thread):
        run = _Run(state="running", started_at=_counted_from(clock, event))
    elif run.state == "running" and kind in clock.pauses:
        run.pauses.append((event.at, None))
        run.state, run.resumed_by = "paused", clock.pauses[kind]
    elif run.state == "paused" and (kind == run.resumed_by or kind in clock.ends_pause):
        run.pauses[-1] = (run.pauses[-1][0], event.at)
        run.state = "running"
    if run.state in ("running", "paused"):
        _move_limit(run, clock, event)
    return run


def _move_limit(run: _Run, clock: ClockSpec, event: Event) -> None:
    """What an event does to the limit of an open run: extend it, or bring a merged matter's along."""
    if event.kind in clock.extends:
        days = event.facts.get(clock.extends[event.kind])
        run.extra += max(days, 0) if isinstance(days, int) else 0
    if clock.earliest is not None:
        brought_in(clock.earliest, event, run.brought, run.extra)


def _counted_from(clock: ClockSpec, event: Event) -> datetime:
    """When a run begins: with its event, or at the earlier instant that the event names."""
    named = event.facts.get(clock.since) if clock.since else None
    return min(event.at, datetime.fromisoformat(named)) if isinstance(named, str) and named else event.at


def _is_known(clock: ClockSpec, events: Sequence[Event], index: int, thread: str) -> bool:
    """False at an event where no limit is known yet that only an act's date gives: the clock does not run towards nothing."""
    dates = [limit.fact for limit in clock.limits]
    if not all(dates) or not dates:
        return True
    brings = clock.earliest
    if brings is not None and events[index].kind == brings.event and events[index].facts.get(brings.fact):
        return True
    return any(event.facts.get(name) for event in events[: index + 1] if event.thread in (MAIN, thread) for name in dates)


def _stop(run: _Run, at: datetime, until: int, kind: str) -> None:
    if run.state == "paused":
        run.pauses[-1] = (run.pauses[-1][0], at)
    run.state, run.stopped_at, run.until, run.stopped_by = "stopped", at, until, kind


def _closed_pauses(run: _Run, now: datetime) -> Pauses:
    return [(begins, ends or now) for begins, ends in run.pauses]


def _needs_facts(clock: ClockSpec) -> bool:
    return any(limit.fact or limit.where.facts for limit in clock.limits)


def _facts(events: Sequence[Event], until: int, thread: str) -> dict[str, FactValue]:
    """The facts known when the run ended (or now): the main thread's, with the thread's own on top."""
    facts: dict[str, FactValue] = {}
    own: dict[str, FactValue] = {}
    for event in events[:until]:
        if event.thread == MAIN:
            facts.update(event.facts)
        elif event.thread == thread:
            own.update(event.facts)
    facts.update(own)
    return facts


def _charged(
    run: _Run,
    events: Sequence[Event],
    thread: str,
    due_at: datetime | None,
    now: datetime,
    holder_of: HolderOf | None,
) -> Holder:
    """Who held the thread when the limit passed; else when the clock stopped (before that act moved it on); else now."""
    ended_at = run.stopped_at or now
    late = due_at is not None and due_at < ended_at
    if run.governs is not None and run.governs.was_late:
        return run.governs.by
    if holder_of is not None:
        return holder_of(due_at if late and due_at is not None else ended_at)
    held = events[: run.until - 1] if run.state == "stopped" else events
    limit = due_at.astimezone(UTC) if late and due_at is not None else None
    for event in reversed(held):
        if event.thread == thread and HOLDER_UNIT in event.facts and (limit is None or event.at <= limit):
            return _held_after(event)
    first = next((event for event in events if event.thread == thread and HOLDER_UNIT in event.facts), None)
    early = late and run.started_at is not None and first is not None and run.started_at < first.at
    return _held_after(first) if early and first is not None else NOBODY


def _held_after(event: Event) -> Holder:
    unit, post = event.facts[HOLDER_UNIT], event.facts.get(HOLDER_POST)
    return Holder(unit if isinstance(unit, int) else 0, post if isinstance(post, str) else "")
