"""The parts of a procedure that are walked and proved alike: its main thread, and each kind of thread beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from bihuan.packs.proofs.walk import Part, Walk
from bihuan.packs.reading import Place
from bihuan.rules.clocks.reading import ENDED
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.acts import OPENED, asked_event
from bihuan.rules.procedure.shape import Action, Need, NeedType, Procedure, State, ThreadSpec
from bihuan.rules.terms import GRADE

SINGLE: Final[Mapping[str, NeedType]] = {"units": "unit", "choices": "choice", "dates": "date"}
"""Facts that list several things, and the type of one of them."""


@dataclass(frozen=True)
class Strand:
    """One part with its place in the files. ``thread`` is None for the main thread."""

    procedure: Procedure
    thread: ThreadSpec | None
    place: Place
    part: Part

    @cached_property
    def walk(self) -> Walk:
        """Every situation of the part; walked when first asked for. Clocks that may never run are looked at apart."""
        return Walk(replace(self.part, clocks=[clock for clock in self.part.clocks if self.certain(clock)]))

    @cached_property
    def states(self) -> Mapping[str, State]:
        """States by key."""
        return {state.key: state for state in self.part.states}

    @cached_property
    def clocks(self) -> Mapping[str, ClockSpec]:
        """Clocks by key."""
        return {clock.key: clock for clock in self.part.clocks}

    @cached_property
    def events(self) -> frozenset[str]:
        """Every kind of event that this part's ledger can hold."""
        own = {action.event for action in self.part.actions}
        asked = {asked_event(action) for action in self.part.actions if action.approve}
        return frozenset(own | asked | ({OPENED, ENDED} if self.thread else set()))

    def certain(self, clock: ClockSpec) -> bool:
        """False for a clock that runs only where somebody gave it a date that nobody had to give (another office's ticket)."""
        dates = {limit.fact for limit in clock.limits if limit.fact}
        if not dates or len([limit for limit in clock.limits if limit.fact]) < len(clock.limits):
            return True
        givers = [action for event in clock.starts for action in self.doing(event)]
        return all(any(name in dates and not need.optional for name, need in action.needs.items()) for action in givers)

    def doing(self, event: str) -> list[Action]:
        """The acts whose event is ``event``."""
        return [action for action in self.part.actions if action.event == event]

    def needs_of(self, event: str) -> Mapping[str, Need]:
        """Every fact an event may carry; a thread's first event carries those of the act that opened it."""
        needs = {name: need for action in self.doing(event) for name, need in action.needs.items()}
        if event == OPENED and self.thread:
            for action in self.procedure.actions:
                if action.key in self.thread.openers:
                    needs.update(action.needs)
        return needs | self._numbered()

    def _numbered(self) -> dict[str, Need]:
        """The fact that each of several numbered threads carries for itself: one of what the act that opens them lists."""
        thread = self.thread
        if thread is None or not thread.numbered:
            return {}
        opener = next((action for action in self.procedure.actions if action.key in thread.openers), None)
        listed = opener.needs.get(thread.one_for_each) if opener else None
        return {thread.numbered: replace(listed, type=SINGLE[listed.type])} if listed and listed.type in SINGLE else {}

    def all_needs(self) -> Mapping[str, Need]:
        """Every fact this part can know: the main thread's too, for a thread; choices of every act that asks."""
        needs: dict[str, Need] = {}
        for action in (*self.procedure.actions, *self.part.actions):
            for name, need in action.needs.items():
                known = needs.get(name)
                both = known is not None and known.type == need.type and known.of and need.of
                needs[name] = replace(need, of=tuple(dict.fromkeys((*known.of, *need.of)))) if known and both else need
        return needs | self._numbered()


def with_grades(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The acts as the proofs see them: one that grades brings the grade, whatever it is asked."""
    return tuple(
        replace(action, needs={**action.needs, GRADE: _grade(action)}) if action.grades else action for action in actions
    )


def _grade(action: Action) -> Need:
    return Need(type="choice", title=GRADE, of=tuple(rule.key for rule in action.grades))


def strands(procedure: Procedure) -> Iterator[Strand]:
    """The main thread, then each kind of thread."""
    threads = tuple(replace(thread, actions=with_grades(thread.actions)) for thread in procedure.threads)
    procedure = replace(procedure, actions=with_grades(procedure.actions), threads=threads)
    start = next((action for action in procedure.actions if action.key == procedure.start_action), None)
    main = Part(
        states=procedure.states,
        actions=procedure.actions,
        clocks=procedure.clocks,
        start=procedure.start_state,
        other_starts=tuple(dict.fromkeys(procedure.starts_in.values())),
        opening=start.event if start else "",
        ladder=procedure.ladder,
        start_action=procedure.start_action,
    )
    yield Strand(procedure, None, (procedure.key,), main)
    for thread in procedure.threads:
        part = Part(states=thread.states, actions=thread.actions, clocks=thread.clocks, start=thread.start, opening=OPENED)
        yield Strand(procedure, thread, (procedure.key, "thread", thread.key), part)
