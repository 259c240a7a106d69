"""Walking a procedure: every situation a case (or a thread) can come into, and every step between them.

A situation is a state with what guards can see of the past: how often counted events happened (no further than any guard
counts), which clocks run or are paused. Time is left open: what a clock or window could allow, it allows. So the walk is
finite, and what holds in every situation of it holds in every case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.guards import REOPENED, SINCE_CENTRE
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, SINCE, STAY, Action, Guard, Need, State
from bihuan.rules.terms import Facts, Where

OTHER = "\x00other"
"""A value that is none of those a pack asks about."""
MOST_SITUATIONS = 60_000


class Counter(NamedTuple):
    """What some guard or automatic act counts."""

    event: str
    where: Where
    since: str


class Situation(NamedTuple):
    """A state and what can be seen of the past. ``paused`` holds (clock, event that resumes it)."""

    state: str
    before: str
    counts: tuple[int, ...]
    running: frozenset[str]
    paused: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Step:
    """One act with the choices that matter, from one situation to another (indices into ``Walk.situations``)."""

    action: Action
    facts: Mapping[str, str]
    origin: int
    target: int


@dataclass(frozen=True, slots=True)
class Part:
    """What is walked: the main thread of a procedure, or a kind of thread. ``opening``: the event that begins it."""

    states: Sequence[State]
    actions: Sequence[Action]
    clocks: Sequence[ClockSpec]
    start: str
    opening: str
    ladder: Sequence[str] = ()
    start_action: str = ""
    other_starts: Sequence[str] = ()


@dataclass(slots=True)
class _Counters:
    """The counters of a part that are carried along, and how far each has to be counted."""

    most: dict[Counter, int] = field(default_factory=dict)

    def note(self, guard: Guard) -> None:
        counter = Counter(guard.count, guard.where, guard.since)
        beyond = [limit + 1 for limit in (guard.max_before, guard.equals) if limit is not None]
        self.most[counter] = max(self.most.get(counter, 0), guard.min or 0, *beyond, 1)  # past a minimum nothing changes


class Walk:
    """All situations of a part, breadth first, with the step by which each was first reached."""

    def __init__(self, part: Part) -> None:
        """Walk at once. ``whole`` is False when there are more situations than are looked at."""
        self.part = part
        self.states = {state.key: state for state in part.states}
        counters = _Counters()
        self.bounded = _bounded(part)
        for action in part.actions:
            for guard in action.guards:
                if guard.count and not _bounds(action, guard, self.bounded):
                    counters.note(guard)
            if action.automatic and action.automatic.count:
                counters.note(action.automatic.count)
        self.counters = list(counters.most)
        self.most = [counters.most[counter] for counter in self.counters]
        self.place = {counter: index for index, counter in enumerate(self.counters)}
        self.situations: list[Situation] = []
        self.reached_by: list[Step | None] = []
        self.steps: list[list[Step]] = []
        self.whole = True
        self._index: dict[Situation, int] = {}
        self._walk()

    def _walk(self) -> None:
        if self.part.start not in self.states:
            return
        running = frozenset(clock.key for clock in self.part.clocks if self.part.opening in clock.starts)
        counts = tuple(
            1 if counter.event == self.part.opening and not counter.where.facts and counter.since == "start" else 0
            for counter in self.counters
        )
        firsts = [self.part.start, *(state for state in self.part.other_starts if state in self.states)]
        queue = deque(self._add(Situation(state, "", counts, running, frozenset()), None) for state in dict.fromkeys(firsts))
        while queue:
            origin = queue.popleft()
            for action, facts, target in self._after(self.situations[origin]):
                known = self._index.get(target)
                if known is None:
                    if len(self.situations) >= MOST_SITUATIONS:
                        self.whole = False
                        return
                    known = self._add(target, Step(action, facts, origin, len(self.situations)))
                    queue.append(known)
                self.steps[origin].append(Step(action, facts, origin, known))

    def _add(self, situation: Situation, step: Step | None) -> int:
        self._index[situation] = len(self.situations)
        self.situations.append(situation)
        self.reached_by.append(step)
        self.steps.append([])
        return len(self.situations) - 1

    # -- one step -----------------------------------------------------------------------------------------------------

    def _after(self, at: Situation) -> Iterator[tuple[Action, Mapping[str, str], Situation]]:
        """What each act makes of a situation. An automatic act whose count has come true comes before anything else."""
        here = [action for action in self.part.actions if at.state in action.from_ and action.key != self.part.start_action]
        for action in here:
            if action.automatic and action.automatic.count and self._counted(at, action.automatic.count):
                forced = list(self._outcomes(at, action))
                if forced:
                    yield from forced
                    return
        for action in here:
            waits = action.automatic is not None and action.automatic.count is not None and action.who == ("system",)
            if not waits:
                yield from self._outcomes(at, action)

    def _outcomes(self, at: Situation, action: Action) -> Iterator[tuple[Action, Mapping[str, str], Situation]]:
        for facts in self.choices(action):
            if all(self._met(at, action, guard, facts) for guard in action.guards):
                for target in self.targets(at, action, facts):
                    after = self._apply(at, action, facts, target)
                    if after is not None:
                        yield action, facts, after

    def choices(self, action: Action) -> Iterator[dict[str, str]]:
        """Every combination of those facts of an act that anything asks about."""
        asked = self._asked_of(action)
        names = [name for name in action.needs if name in asked]
        seen: set[tuple[tuple[str, str], ...]] = set()
        for values in product(*(_options(action.needs[name], asked[name]) for name in names)):
            given = {name: value for name, value in zip(names, values, strict=True) if value}
            facts = tuple(given.items())
            if facts not in seen and all(_is_whole(action.needs[name], name in given, given) for name in names):
                seen.add(facts)
                yield given

    def _asked_of(self, action: Action) -> dict[str, set[str]]:
        """Facts of an act that a count, its target or another need asks about, with the values asked for."""
        asked: dict[str, set[str]] = {}
        for counter in self.counters:
            if counter.event == action.event:
                for name, values in counter.where.facts:
                    asked.setdefault(name, set()).update(values)
        if action.to.fact:
            asked.setdefault(action.to.fact, set()).update(action.to.by_value)
        for name in list(asked):
            if name in action.needs:
                for other, values in action.needs[name].when.facts:
                    asked.setdefault(other, set()).update(values)
        return asked

    def targets(self, at: Situation, action: Action, facts: Facts) -> Iterator[str]:
        """The states an act can lead to from a situation; a fact that is not its own leads to each of its values' states."""
        words = [action.to.state or STAY]
        if action.to.fact:
            words = [action.to.by_value.get(str(facts.get(action.to.fact)), action.to.state or STAY)]
            if action.to.fact not in action.needs:
                words = [*action.to.by_value.values(), *([action.to.state] if action.to.state else [])]
        for word in dict.fromkeys(words):
            if word == STAY:
                yield at.state
            elif word == BEFORE:
                yield at.before or at.state
            elif word == NEXT_ON_LADDER:
                ladder = list(self.part.ladder)
                step = ladder.index(at.state) + 1 if at.state in ladder else len(ladder)
                if step < len(ladder):
                    yield ladder[step]
            else:
                yield word

    def _apply(self, at: Situation, action: Action, facts: Facts, target: str) -> Situation | None:
        """The situation after the act, or None where the state it leaves may not be left that way."""
        state = self.states.get(at.state)
        if target not in self.states or state is None:
            return None
        moved = target != at.state or _enters(action, target)
        if state.final and target != at.state and (state.reopens is None or state.reopens.to != target):
            return None
        counts = list(at.counts)
        for index, counter in enumerate(self.counters):
            entered = counter.since == "entered_state" and moved
            anew = counter.since == "reopened" and action.event == REOPENED
            again = counter.since not in SINCE and counter.since == action.event
            if entered or anew or again or (counter.since == SINCE_CENTRE and action.centre):
                counts[index] = 0
            elif counter.event == action.event and counter.where.holds(facts):
                counts[index] = min(counts[index] + 1, self.most[index])
        running, paused = self._clocks(at, action.event)
        before = at.state if moved and self._remembers else at.before
        return Situation(target, before, tuple(counts), running, paused)

    @cached_property
    def _remembers(self) -> bool:
        return any(BEFORE in (action.to.state, *action.to.by_value.values()) for action in self.part.actions)

    def _clocks(self, at: Situation, event: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """Which clocks run and which are paused after an event (the order of ``rules.clocks.reading``)."""
        running, paused = set(at.running), dict(at.paused)
        for clock in self.part.clocks:
            is_open = clock.key in running or clock.key in paused
            if is_open and event in clock.stops:
                running.discard(clock.key)
                paused.pop(clock.key, None)
            elif not is_open and (event in clock.starts or event in clock.resumes_after or event in clock.takes_back):
                running.add(clock.key)
            elif clock.key in running and event in clock.pauses:
                running.discard(clock.key)
                paused[clock.key] = clock.pauses[event]
            elif clock.key in paused and (paused[clock.key] == event or event in clock.ends_pause):
                del paused[clock.key]
                running.add(clock.key)
        return frozenset(running), frozenset(paused.items())

    def _met(self, at: Situation, action: Action, guard: Guard, facts: Facts) -> bool:
        """Whether a guard can be met here; people and time are taken to be there."""
        if guard.count:
            if _bounds(action, guard, self.bounded):
                return True
            if action.event == guard.count and guard.max_before is not None and not guard.where.holds(facts):
                return True
            return self._counted(at, guard)
        if guard.clock and any(clock.key == guard.clock for clock in self.part.clocks):
            is_open = guard.clock in at.running or any(key == guard.clock for key, _ in at.paused)
            return is_open or guard.clock_is == "not_red"
        return True

    def _counted(self, at: Situation, guard: Guard) -> bool:
        count = at.counts[self.place[_counter(guard)]]
        if guard.min is not None and count < guard.min:
            return False
        if guard.equals is not None and count != guard.equals:
            return False
        return guard.max_before is None or count <= guard.max_before

    # -- looking back and ahead ---------------------------------------------------------------------------------------

    def path_to(self, index: int) -> tuple[str, ...]:
        """The shortest way to a situation: state, act, state, ..."""
        way: list[str] = []
        step = self.reached_by[index]
        while step is not None:
            way[:0] = [step.action.key, self.situations[step.target].state]
            index = step.origin
            step = self.reached_by[index]
        return (self.situations[index].state, *way)

    def that_reach(self, goals: Collection[int], allowed: Callable[[Step], bool]) -> set[int]:
        """The situations from which one of the goals can be reached by allowed steps."""
        backward: list[list[int]] = [[] for _ in self.situations]
        for steps in self.steps:
            for step in steps:
                if allowed(step):
                    backward[step.target].append(step.origin)
        found, queue = set(goals), deque(goals)
        while queue:
            for origin in backward[queue.popleft()]:
                if origin not in found:
                    found.add(origin)
                    queue.append(origin)
        return found


def _bounded(part: Part) -> frozenset[str]:
    """The acts that can be done so often and no oftener because of their own ``max_before``, on which nothing else depends.

    How often they were done is not counted: that would double the situations for each. The walk lets them be done any number
    of times, so proofs must not lean on them: no end, no life and no stop of a clock is proved by such an act alone, and no
    circle goes through it. Where ``reopened`` starts the count anew, that must be bounded itself.
    """
    counts: dict[Counter, set[str]] = {}
    kept: set[Counter] = set()
    for action in part.actions:
        if action.automatic and action.automatic.count:
            kept.add(_counter(action.automatic.count))
        for guard in action.guards:
            if guard.count:
                own = guard.max_before is not None and guard.min is None and guard.equals is None and action.event == guard.count
                counts.setdefault(_counter(guard), set()).add(action.key)
                if not own or guard.where.facts or guard.since not in ("start", REOPENED):
                    kept.add(_counter(guard))
    anew = [action for action in part.actions if action.event == REOPENED]
    if not all(any(guard.count == REOPENED and guard.max_before is not None for guard in action.guards) for action in anew):
        kept |= {counter for counter in counts if counter.since == "reopened"}
    found: set[str] = set()
    for counter, keys in counts.items():
        if counter not in kept and keys == {action.key for action in part.actions if action.event == counter.event}:
            found |= keys
    return frozenset(found)


def _counter(guard: Guard) -> Counter:
    return Counter(guard.count, guard.where, guard.since)


def _bounds(action: Action, guard: Guard, bounded: Collection[str]) -> bool:
    """Whether this guard is the one by which its own act is bounded."""
    return action.key in bounded and guard.count == action.event and guard.max_before is not None and not guard.where.facts


def _options(need: Need, asked: Collection[str]) -> list[str]:
    """The values of a fact that make a difference; "" stands for leaving an optional fact out."""
    if need.type in ("choice", "choices", "route") and need.of:
        rest = [value for value in need.of if value not in asked]
        values = [value for value in need.of if value in asked] + rest[:1]
    elif need.type == "bool":
        values = ["true", "false"]
    else:
        values = [*sorted(asked), OTHER]
    return [*values, ""] if need.optional or need.when.facts else values


def _is_whole(need: Need, has_value: bool, given: Facts) -> bool:
    """True when a fact is there exactly where it is asked for."""
    if not need.when.facts:
        return has_value or need.optional
    wanted = need.when.holds(given)
    return has_value <= wanted and (has_value or need.optional or not wanted)


def _enters(action: Action, target: str) -> bool:
    """True when the act enters its target anew even from the target itself."""
    return action.to.state == target
