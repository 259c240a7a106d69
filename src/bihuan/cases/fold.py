"""A case's standing as a fold over its ledger: positions, thread rows, clock rows. Pure: the tables are only an index of this."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import ENDED, HOLDER_POST, HOLDER_UNIT, has_passed, kind_of, read_all
from bihuan.rules.clocks.reminders import Told, next_reminder
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event, folded_facts
from bihuan.rules.procedure.course import TO_STATE, index_of
from bihuan.rules.procedure.decide import LIMIT_PASSED, reminded
from bihuan.rules.procedure.marks import MarkSpec
from bihuan.rules.procedure.shape import Action, Procedure, State
from bihuan.rules.procedure.view import Position
from bihuan.rules.terms import NOBODY, Holder


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a thread stands and since when."""

    position: Position
    entered_at: datetime


def standings(procedure: Procedure, events: Iterable[Event], before: Mapping[str, Standing] | None = None) -> dict[str, Standing]:
    """Every thread's standing after the events; ``before``: where they stood when the events began."""
    found = dict(before or {})
    final: dict[str, frozenset[str]] = {}
    for event in events:
        known = found.get(event.thread)
        state = event.facts.get(TO_STATE)
        if known is None:
            kind, item = MAIN if event.thread == MAIN else kind_of(event.thread), event.thread.partition(":")[2]
            where, holder, is_open, entered = str(state or ""), NOBODY, True, event.at
        else:
            was, entered = known.position, known.entered_at
            kind, item, where, holder, is_open = was.kind, was.item, was.state, was.holder, was.open
        if state is not None:
            where, entered = str(state), event.at
            if kind not in final:
                final[kind] = frozenset(spec.key for spec in states_of(procedure, event.thread) if spec.final)
            is_open = where not in final[kind]
        elif event.kind == ENDED and event.thread != MAIN:
            is_open = False
        if HOLDER_UNIT in event.facts:
            holder = _holder(event)
        position = Position(
            thread=event.thread, kind=kind, item=item, state=where, holder=holder, open=is_open, version=event.seq
        )
        found[event.thread] = Standing(position, entered)
    return found


def _holder(event: Event) -> Holder:
    unit, post = event.facts.get(HOLDER_UNIT), event.facts.get(HOLDER_POST)
    return Holder(unit, post if isinstance(post, str) else "") if isinstance(unit, int) and unit else NOBODY


def states_of(procedure: Procedure, thread: str) -> Sequence[State]:
    """The states of a thread's kind."""
    if thread == MAIN:
        return procedure.states
    kind = kind_of(thread)
    return next((spec.states for spec in procedure.threads if spec.key == kind), ())


@dataclass(frozen=True, slots=True)
class Era:
    """A version of the rules under which a case went on until it was migrated to the next.

    ``until``: how many of its events happened under it; ``at``: when it ended.
    """

    until: int
    at: datetime
    procedure: Procedure
    calendar: Calendar
    marks: tuple[MarkSpec, ...] = ()


def standings_over(eras: Sequence[Era], procedure: Procedure, events: Sequence[Event]) -> dict[str, Standing]:
    """Every thread's standing, each stretch of events read under the version it happened under."""
    found: dict[str, Standing] = {}
    done = 0
    for era in eras:
        found = standings(era.procedure, events[done : era.until], found)
        done = era.until
    return standings(procedure, events[done:], found)


class ThreadRow(NamedTuple):
    """The index row of one thread; the order is that of the table's columns."""

    name: str
    kind: str
    item: str
    state: str
    open: bool
    holder_unit: int
    holder_post: str
    due_at: datetime | None
    amber_at: datetime | None
    stopped_at: datetime | None
    paused: bool
    provisional: bool
    version: int
    entered_at: datetime
    wake_at: datetime | None


class ClockRow(NamedTuple):
    """The index row of one clock that has started; the order is that of the table's columns."""

    thread: str
    key: str
    state: str
    started_at: datetime | None
    due_at: datetime | None
    amber_at: datetime | None
    stopped_at: datetime | None
    charged_unit: int
    lit: bool
    provisional: bool
    announce_at: datetime | None
    remind_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What stands in the tables for one case."""

    threads: tuple[ThreadRow, ...]
    clocks: tuple[ClockRow, ...]


def rows_of(
    procedure: Procedure,
    events: Sequence[Event],
    calendar: Calendar,
    standing: Mapping[str, Standing] | None = None,
    eras: Sequence[Era] = (),
    only: Collection[str] | None = None,
) -> Rows:
    """The rows that the events amount to, as of the last of them. ``eras``: earlier versions it went on under.

    ``only``: rows of the main thread and of these alone. What happens in one line of work beside the main one changes no
    row of another: its clocks hear their own events and the main ones.
    """
    threads = standings_over(eras, procedure, events) if standing is None else standing
    if only is not None:
        threads = {name: each for name, each in threads.items() if name == MAIN or name in only}
    now = events[-1].at
    told, given = _told(events), reminded(events)
    readings = read_all(procedure, events, calendar, now, only=only, idle=False)
    clocks = tuple(_clock_row(reading, told, given, now) for reading in readings if reading.state != "idle")
    if eras:
        clocks = _with_ended(clocks, eras, events)
    by_thread: dict[str, list[ClockRow]] = {}
    for clock in clocks:
        by_thread.setdefault(clock.thread, []).append(clock)
    rows = []
    for name, each in threads.items():
        own, main = by_thread.get(name, []), by_thread.get(MAIN, []) if name != MAIN else []
        rows.append(thread_row(procedure, each, own, _wake_at(procedure, each.position, events, [*main, *own], calendar)))
    return Rows(tuple(rows), clocks)


def _with_ended(clocks: Sequence[ClockRow], eras: Sequence[Era], events: Sequence[Event]) -> tuple[ClockRow, ...]:
    """The clocks under the version of today, and as they were reckoned those that had stopped under an earlier one.

    What stopped then stays so unless it has begun again since; what only today's version would have started and stopped
    back then never ran.
    """
    begun = eras[-1].at
    ended = _ended_in(eras, events)
    rows = {
        (row.thread, row.key): row
        for row in clocks
        if row.stopped_at is None or row.stopped_at >= begun or (row.started_at or begun) >= begun
    }
    for key, row in ended.items():
        now = rows.get(key)
        if now is None or (now.started_at or begun) < begun:
            rows[key] = row
    return tuple(rows.values())


def _ended_in(eras: Sequence[Era], events: Sequence[Event]) -> dict[tuple[str, str], ClockRow]:
    """The clocks that stood stopped when the last of the eras ended, each as its own version reckoned it."""
    found: dict[tuple[str, str], ClockRow] = {}
    since: datetime | None = None
    for era in eras:
        past = events[: era.until]
        for reading in read_all(era.procedure, past, era.calendar, era.at):
            key = (reading.thread, reading.key)
            anew = since is None or key not in found or (reading.started_at is not None and reading.started_at >= since)
            if reading.state == "idle" or not anew:
                continue
            found.pop(key, None)
            if reading.state == "stopped" and (since is None or (reading.stopped_at or era.at) >= since):
                found[key] = _clock_row(reading, set(), set(), era.at)._replace(announce_at=None, remind_at=None)
        since = era.at
    return found


def _wake_at(
    procedure: Procedure, at: Position, events: Sequence[Event], clocks: Sequence[ClockRow], calendar: Calendar
) -> datetime | None:
    """The first instant at which an act of the system may come due in this thread: its date, or the end of its clock."""
    waits = [
        action.automatic
        for action in index_of(procedure).automatic(at.kind)
        if action.automatic and not action.automatic.count and at.state in action.from_
    ]
    if not waits:
        return None
    moments = [
        clock.due_at
        for clock in clocks
        if clock.thread in (at.thread, MAIN) and clock.state == "running" and clock.due_at
        if any(clock.key in automatic.clock_red for automatic in waits)
    ]
    dates = {automatic.date_fact for automatic in waits} - {""}
    if dates:
        facts = folded_facts(event for event in events if event.thread in (MAIN, at.thread))
        moments += [_begins(str(facts[name]), calendar) for name in dates if facts.get(name)]
    return min(moments, default=None)


def _begins(value: str, calendar: Calendar) -> datetime:
    """The instant a date or an instant held in a fact comes."""
    instant = datetime.fromisoformat(value)
    return calendar.at_wall_clock(instant) if instant.tzinfo is None else instant


def actions_of(procedure: Procedure, kind: str) -> Sequence[Action]:
    """The acts of the main thread or of a kind of thread."""
    if kind == MAIN:
        return procedure.actions
    return next((spec.actions for spec in procedure.threads if spec.key == kind), ())


def _told(events: Sequence[Event]) -> set[tuple[str, str, str]]:
    """The limits whose passing has been entered: thread, clock, the instant as the entry writes it."""
    return {
        (event.thread, str(event.facts.get("clock")), str(event.facts.get("due")))
        for event in events
        if event.kind == LIMIT_PASSED
    }


def _clock_row(reading: Reading, told: set[tuple[str, str, str]], given: set[Told], now: datetime) -> ClockRow:
    due = reading.due_at
    over = due is not None and (reading.thread, reading.key, due.isoformat()) in told
    to_tell = reading.lit and due is not None and (reading.state == "running" or has_passed(reading, now)) and not over
    return ClockRow(
        thread=reading.thread,
        key=reading.key,
        state=reading.state,
        started_at=reading.started_at,
        due_at=due,
        amber_at=reading.amber_at,
        stopped_at=reading.stopped_at,
        charged_unit=reading.charged.unit,
        lit=reading.lit,
        provisional=reading.provisional,
        announce_at=due if to_tell else None,
        remind_at=None if over else next_reminder(reading, given),
    )


def promised(procedure: Procedure, thread: str, clocks: Iterable[ClockRow]) -> ClockRow | None:
    """The clock that says by when the thread as a whole is done; None when there is none.

    Of the main thread that is a date given to the resident, else the longest of the limits that began with the case;
    one that still runs goes before one that has stopped. A limit from elsewhere (a hotline's ticket) lengthens nothing,
    and while it runs it holds where it is earlier. Where the pack says of clocks that they are the promise, those alone
    count: the one that runs, else the one that stopped last.
    """
    own = [clock for clock in clocks if clock.thread == thread and clock.lit]
    known = index_of(procedure).promising
    if thread == MAIN and known.told:
        ours = [clock for clock in own if clock.key in known.told]
        alive = [clock for clock in ours if clock.state != "stopped"]
        last = max(ours, key=lambda clock: clock.stopped_at or _FAR, default=None)
        return max(alive, key=lambda clock: clock.due_at or _FAR, default=last)
    dated = elsewhere = frozenset[str]()
    if thread == MAIN:
        elsewhere, dated = known.elsewhere, known.dated
        own = [clock for clock in own if clock.key in known.counted]
    ours = [clock for clock in own if clock.key not in elsewhere]
    alive = [clock for clock in ours if clock.state != "stopped"] or ours
    given = [clock for clock in alive if clock.key in dated] or alive
    whole = max(given, key=lambda clock: clock.due_at or _FAR, default=None)
    tickets = [clock for clock in own if clock.key in elsewhere and clock.state == "running"]
    return min([*([whole] if whole else []), *tickets], key=lambda clock: clock.due_at or _FAR, default=None)


_FAR = datetime.max.replace(tzinfo=UTC)


def thread_row(
    procedure: Procedure, standing: Standing, clocks: Sequence[ClockRow], wake_at: datetime | None = None
) -> ThreadRow:
    """A thread with the earliest limit that runs in it (of two limits both are shown and the earlier governs).

    Once it has ended: with the limit it had as a whole, and when that clock stopped.
    """
    at = standing.position
    own = [clock for clock in clocks if clock.thread == at.thread and clock.lit] if at.open else []
    running = [clock for clock in own if clock.state == "running"]
    whole = None if at.open else promised(procedure, at.thread, clocks)
    return ThreadRow(
        name=at.thread,
        kind=at.kind,
        item=at.item,
        state=at.state,
        open=at.open,
        holder_unit=at.holder.unit,
        holder_post=at.holder.post,
        due_at=whole.due_at if whole else min((clock.due_at for clock in running if clock.due_at), default=None),
        amber_at=min((clock.amber_at for clock in running if clock.amber_at), default=None),
        stopped_at=whole.stopped_at if whole else None,
        paused=not running and any(clock.state == "paused" for clock in own),
        provisional=whole.provisional if whole else any(clock.provisional for clock in own if clock.state != "stopped"),
        version=at.version,
        entered_at=standing.entered_at,
        wake_at=wake_at,
    )
