"""The course of a case within one decision: its events and positions so far, the new ones on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import HOLDER_POST, HOLDER_UNIT, kind_of, read
from bihuan.rules.clocks.shape import ClockSpec, Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.facts import Refer
from bihuan.rules.procedure.shape import Action, Procedure, State, ThreadSpec
from bihuan.rules.procedure.view import CaseView, Decision, Enclosed, Move, Position, Word
from bihuan.rules.routing import CENTRE_FACT, Directory, centre_of
from bihuan.rules.terms import INSTEAD_OF, Doer, Facts, FactValue, Holder

TO_STATE, ITEM = "to_state", "item"
SEALED = "sealed"
PAPERS = "papers"
"""Fact of an event that brought papers: "<key of the paper> <its number>" for each."""
RULES_TO, RULES_FROM = "rules_to", "rules_from"
"""Facts of the event by which a case goes on under another version: digests of that version and of the one before."""
ASKED_BY_ACCOUNT, ASKED_BY_UNIT = "asked_by_account", "asked_by_unit"
INFORMED, ABOUT_ACCOUNT = "informed", "about_account"
RESERVED = frozenset(
    {
        TO_STATE, ITEM, HOLDER_UNIT, HOLDER_POST, ASKED_BY_ACCOUNT, ASKED_BY_UNIT, INSTEAD_OF, INFORMED, ABOUT_ACCOUNT,
        CENTRE_FACT, SEALED, RULES_TO, RULES_FROM, PAPERS,
    }
)  # fmt: skip
"""Facts that the rules themselves write into events; no need of a pack may bear these names."""


class Promising(NamedTuple):
    """Clocks of a procedure by key: those the pack calls the promise; limits from elsewhere (a date known at the opening);
    dates given later; and all that may say by when a matter is done where the pack calls none.
    """

    told: frozenset[str]
    elsewhere: frozenset[str]
    dated: frozenset[str]
    counted: frozenset[str]


_NONE: Mapping[str, Any] = {}


class Index:
    """A procedure's states, actions and threads by key, laid out when first asked for."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    @cached_property
    def threads(self) -> Mapping[str, ThreadSpec]:
        """Thread kinds by key."""
        return {spec.key: spec for spec in self.procedure.threads}

    @cached_property
    def _actions(self) -> Mapping[str, Mapping[str, Action]]:
        beside = {spec.key: {action.key: action for action in spec.actions} for spec in self.procedure.threads}
        return {**beside, MAIN: {action.key: action for action in self.procedure.actions}}

    @cached_property
    def _automatic(self) -> Mapping[str, tuple[Action, ...]]:
        return {kind: tuple(act for act in acts.values() if act.automatic) for kind, acts in self._actions.items()}

    @cached_property
    def _states(self) -> Mapping[str, Mapping[str, State]]:
        beside = {spec.key: {state.key: state for state in spec.states} for spec in self.procedure.threads}
        return {**beside, MAIN: {state.key: state for state in self.procedure.states}}

    @cached_property
    def _clocks(self) -> Mapping[str, Mapping[str, ClockSpec]]:
        main = {clock.key: clock for clock in self.procedure.clocks}
        return {MAIN: main, **{spec.key: {**main, **{one.key: one for one in spec.clocks}} for spec in self.procedure.threads}}

    def actions(self, kind: str) -> Mapping[str, Action]:
        """The acts of the main thread or of a kind of thread, by key."""
        return self._actions.get(kind, _NONE)

    def automatic(self, kind: str) -> tuple[Action, ...]:
        """The acts of the main thread or of a kind of thread that the system does by itself, in the pack's order."""
        return self._automatic.get(kind, ())

    def state(self, kind: str, key: str) -> State | None:
        """One state of the main thread or of a kind of thread."""
        return self._states.get(kind, _NONE).get(key)

    def clock(self, kind: str, key: str) -> ClockSpec | None:
        """The clock of that key in a kind of thread, else the main thread's."""
        return self._clocks.get(kind, self._clocks[MAIN]).get(key)

    @cached_property
    def promising(self) -> Promising:
        """Which clocks of the main thread say by when a matter is done."""
        procedure = self.procedure
        start = self.actions(MAIN).get(procedure.start_action)
        first = (start.event or start.key) if start else ""
        by_date = {spec.key for spec in procedure.clocks if any(limit.fact for limit in spec.limits)}
        began = {spec.key for spec in procedure.clocks if first in spec.starts}
        told = {spec.key for spec in procedure.clocks if spec.promise}
        return Promising(*map(frozenset, (told, by_date & began, by_date - began, by_date | began)))

    def opened_by(self, action: str) -> list[ThreadSpec]:
        """The kinds of threads that an act opens, approvals apart."""
        return [spec for spec in self.procedure.threads if action in spec.openers and not spec.approves]

    def approval_of(self, action: str) -> ThreadSpec | None:
        """The kind of thread in which an act is asked for and granted."""
        return next((spec for spec in self.procedure.threads if spec.approves == action), None)

    @cached_property
    def by_office(self) -> tuple[str, ...]:
        """The kinds of threads that an act opens for each of the units it calls, in the pack's order."""
        needs = {action.key: action.needs for action in self.procedure.actions}
        found = []
        for spec in self.procedure.threads:
            asked = [needs[key][spec.one_for_each] for key in spec.openers if spec.one_for_each in needs.get(key, {})]
            if asked and not spec.numbered and all(need.type == "units" and not need.every for need in asked):
                found.append(spec.key)
        return tuple(found)

    @cached_property
    def _asked_for(self) -> dict[str, frozenset[tuple[str, str]]]:
        return {}

    def asked_for(self, kind: str) -> frozenset[tuple[str, str]]:
        """Events and the names of those of their facts that an act, but for the opening one, asks for as that type of need."""
        known = self._asked_for.get(kind)
        if known is None:
            found = {
                (action.event or action.key, name)
                for acts in self._actions.values()
                for action in acts.values()
                if action.key != self.procedure.start_action
                for name, need in action.needs.items()
                if need.type == kind
            }
            known = self._asked_for[kind] = frozenset(found)
        return known

    @cached_property
    def _published_on(self) -> Mapping[tuple[str, str], list[tuple[Action, list[str]]]]:
        """By kind of thread and event: the acts some of whose words go out with that event, and the names of those words."""
        found: dict[tuple[str, str], list[tuple[Action, list[str]]]] = {}
        for kind in (MAIN, *self.threads):
            for action in self.actions(kind).values():
                waiting: dict[str, list[str]] = {}
                for name, need in action.needs.items():
                    if need.public and need.public_on:
                        waiting.setdefault(need.public_on, []).append(name)
                for event, names in waiting.items():
                    found.setdefault((kind, event), []).append((action, names))
        return found

    def published_on(self, kind: str, event: str) -> list[tuple[Action, list[str]]]:
        """The acts of a kind of thread some of whose words wait for that event, with the names of those words."""
        return self._published_on.get((kind, event), [])


_laid_out: dict[int, Index] = {}
_MOST_LAID_OUT = 64


def index_of(procedure: Procedure) -> Index:
    """The index of a procedure, kept for the next decision under it; it holds the procedure, so its id stays its own."""
    known = _laid_out.get(id(procedure))
    if known is None or known.procedure is not procedure:
        if len(_laid_out) >= _MOST_LAID_OUT:
            _laid_out.clear()
        known = _laid_out[id(procedure)] = Index(procedure)
    return known


class Course:
    """Everything the rules may look at while they decide, and what they have decided so far."""

    def __init__(
        self,
        view: CaseView,
        at: datetime,
        calendar: Calendar,
        directory: Directory,
        refer: Refer,
        beside: Facts | None = None,
    ) -> None:
        """``beside``: what the door itself found out for the act, to stand in its event (whose post a post is)."""
        self.beside = dict(beside or {})
        self.index = index_of(view.procedure)
        self.events = list(view.events)
        self.positions = dict(view.positions)
        self.attributes = view.attributes
        self.at = max(at, self.events[-1].at) if self.events else at
        self.calendar, self.directory, self.refer = calendar, directory, refer
        self._old = dict(view.positions)
        self._known = len(self.events)
        self.words: list[Word] = []
        self.enclosed: list[Enclosed] = []
        self.published: list[str] = []

    # -- looking ------------------------------------------------------------------------------------------------------

    def of(self, thread: str) -> Iterable[Event]:
        """The events of one thread, in order."""
        return (event for event in self.events if event.thread == thread)

    def folded(self, thread: str) -> dict[str, FactValue]:
        """The latest value of every fact: the main thread's, with the thread's own on top."""
        facts = dict(self.attributes)
        own: dict[str, FactValue] = {}
        for event in self.events:
            if event.thread == MAIN:
                facts.update(event.facts)
            elif event.thread == thread:
                own.update(event.facts)
        facts.update(own)
        return facts

    def states_of(self, thread: str) -> list[tuple[str, datetime]]:
        """The states the thread has entered, in order, with the instants."""
        return [(str(event.facts[TO_STATE]), event.at) for event in self.of(thread) if TO_STATE in event.facts]

    def reading(self, thread: str, key: str) -> Reading | None:
        """What the clock of that key says now, of the thread itself or else of the main thread."""
        clock = self.index.clock(kind_of(thread), key)
        if clock is None:
            return None
        where = thread if clock not in self.index.procedure.clocks else MAIN
        return read(clock, self.events, self.calendar, self.at, thread=where)

    def centre(self) -> int:
        """The case's centre as it stands now; 0 = none."""
        return centre_of(self.folded(MAIN), self.directory)

    @property
    def next_seq(self) -> int:
        """The number of the next event."""
        return self.events[-1].seq + 1 if self.events else 1

    # -- writing ------------------------------------------------------------------------------------------------------

    def append(self, kind: str, thread: str, by: Doer, facts: Mapping[str, FactValue]) -> Event:
        """Add one event at the end; a deputy's says for whom."""
        if by.instead_of:
            facts = {**facts, INSTEAD_OF: by.instead_of}
        event = Event(seq=self.next_seq, kind=kind, at=self.at, by=by, thread=thread, facts=facts)
        self.events.append(event)
        return event

    def place(self, position: Position, state: State, holder: Holder) -> None:
        """Put a thread into a state with its holder."""
        self.positions[position.thread] = replace(position, state=state.key, holder=holder, open=not state.final)

    def hold(self, position: Position, holder: Holder) -> None:
        """Give a thread to another holder where it stands."""
        self.positions[position.thread] = replace(self.positions[position.thread], holder=holder)

    def shut(self, position: Position) -> None:
        """End a thread where it stands."""
        self.positions[position.thread] = replace(position, open=False)

    def save(self) -> tuple[int, dict[str, Position], int, int, int]:
        """Where the course stands, to come back to."""
        return len(self.events), dict(self.positions), len(self.words), len(self.enclosed), len(self.published)

    def restore(self, saved: tuple[int, dict[str, Position], int, int, int]) -> None:
        """Come back to where ``save`` was called."""
        events, positions, words, enclosed, published = saved
        self.positions = dict(positions)
        del self.events[events:], self.words[words:], self.enclosed[enclosed:], self.published[published:]

    def decision(self) -> Decision:
        """What has been decided: the new events, and one move for each thread that stands elsewhere than before."""
        return Decision(
            events=tuple(self.events[self._known :]),
            moves=tuple(self._moves()),
            words=tuple(self.words),
            enclosed=tuple(self.enclosed),
            published=tuple(self.published),
        )

    def _moves(self) -> Iterable[Move]:
        entered = {event.thread for event in self.events[self._known :] if TO_STATE in event.facts}
        for name, position in self.positions.items():
            old = self._old.get(name)
            if old == position and name not in entered:
                continue
            yield Move(
                thread=name,
                kind=position.kind,
                item=position.item,
                from_state=old.state if old else "",
                to_state=position.state,
                holder=position.holder,
                open=position.open,
                new=old is None,
            )
