"""Mutants of a procedure: one small slip each, such as somebody makes who writes a pack, or who corrects one in a hurry.

The operators are the pack language's own (docs/rules/packs.md): drop a state, an act, a clock, a guard, a ``who``, a
``starts``, a ``stops``, a step of the ladder; a number one more or one less; another target. Words are left alone, so that
only the proofs of rules, the worked values and the stories can catch a mutant. Approvals follow the act they are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, TypeVar

from bihuan.packs.approvals import approval_thread, centre_posts
from bihuan.packs.lengths import lights_of, relit
from bihuan.packs.shape import Lights, Pack
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import BEFORE, NEXT_ON_LADDER, STAY, Action, Automatic, Guard, Procedure, State, To
from bihuan.rules.terms import Span

T = TypeVar("T")
OPERATORS: Final = (
    "drop state", "drop action", "drop clock", "drop guard", "drop who", "drop starts", "drop stops", "drop ladder step",
    "number +1", "number -1", "swap to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One slip. ``key`` names it for reports: operator, place, what; ``procedure`` is the pack's with the slip in it."""

    operator: str
    place: str
    what: str
    procedure: Procedure

    @property
    def key(self) -> str:
        """The name under which reports list it."""
        return f"{self.operator} | {self.place} | {self.what}"


@dataclass(frozen=True, slots=True)
class _Slip:
    """A slip in one part: its states, actions and clocks afterwards."""

    operator: str
    place: str
    what: str
    states: tuple[State, ...]
    actions: tuple[Action, ...]
    clocks: tuple[ClockSpec, ...]


def mutants(pack: Pack, procedure: Procedure) -> Iterator[Mutant]:
    """Every mutant of a procedure, in the order of its files."""
    key = procedure.key
    posts = centre_posts(pack.unit_kinds, pack.posts)
    for slip in _slips(key, procedure.states, procedure.actions, procedure.clocks):
        if procedure.start_action in slip.what and slip.operator == "drop action":
            continue  # without its first act it is no procedure, and the files cannot be read
        spun = replace(procedure, states=slip.states, actions=slip.actions, clocks=slip.clocks)
        yield Mutant(slip.operator, slip.place, slip.what, _approved(spun, posts))
    for n, thread in enumerate(procedure.threads):
        if thread.approves:
            continue
        for slip in _slips(f"{key}.{thread.key}", thread.states, thread.actions, thread.clocks):
            changed = replace(thread, states=slip.states, actions=slip.actions, clocks=slip.clocks)
            threads = (*procedure.threads[:n], changed, *procedure.threads[n + 1 :])
            yield Mutant(slip.operator, slip.place, slip.what, replace(procedure, threads=threads))
    for step in procedure.ladder:
        ladder = tuple(one for one in procedure.ladder if one != step)
        yield Mutant("drop ladder step", key, step, replace(procedure, ladder=ladder))
    for name, lights in _lights(pack):
        yield Mutant(f"number {name[-2:]}", f"{key}.lights", name[:-3], relit(procedure, pack.lights, lights))


def _approved(procedure: Procedure, posts: frozenset[str]) -> Procedure:
    """The procedure with the approvals that its acts now ask for."""
    kept = tuple(thread for thread in procedure.threads if not thread.approves)
    return replace(
        procedure, threads=kept + tuple(approval_thread(action, posts) for action in procedure.actions if action.approve)
    )


def _slips(place: str, states: tuple[State, ...], actions: tuple[Action, ...], clocks: tuple[ClockSpec, ...]) -> Iterator[_Slip]:
    for n, state in enumerate(states):
        yield _Slip("drop state", place, state.key, _without(states, n), actions, clocks)
        for operator, what, changed in _of_state(state):
            yield _Slip(operator, f"{place}.{state.key}", what, _with(states, n, changed), actions, clocks)
    for n, action in enumerate(actions):
        yield _Slip("drop action", place, action.key, states, _without(actions, n), clocks)
        for operator, what, other in _of_action(action, [state.key for state in states]):
            yield _Slip(operator, f"{place}.{action.key}", what, states, _with(actions, n, other), clocks)
    for n, clock in enumerate(clocks):
        yield _Slip("drop clock", place, clock.key, states, actions, _without(clocks, n))
        for operator, what, ticking in _of_clock(clock):
            yield _Slip(operator, f"{place}.{clock.key}", what, states, actions, _with(clocks, n, ticking))


def _without(things: tuple[T, ...], n: int) -> tuple[T, ...]:
    return (*things[:n], *things[n + 1 :])


def _with(things: tuple[T, ...], n: int, thing: T) -> tuple[T, ...]:
    return (*things[:n], thing, *things[n + 1 :])


def _of_state(state: State) -> Iterator[tuple[str, str, State]]:
    if state.reopens is None:
        return
    for sign, span in _around(state.reopens.within):
        yield f"number {sign}", "reopens within", replace(state, reopens=replace(state.reopens, within=span))
    for sign, more in (("+1", 1), ("-1", -1)):
        yield f"number {sign}", "reopens times", replace(state, reopens=replace(state.reopens, times=state.reopens.times + more))


# -- acts -------------------------------------------------------------------------------------------------------------


def _of_action(action: Action, states: Sequence[str]) -> Iterator[tuple[str, str, Action]]:
    for n, guard in enumerate(action.guards):
        yield "drop guard", f"guard {n + 1}", replace(action, guards=_without(action.guards, n))
        for operator, what, changed in _of_guard(guard):
            yield operator, f"guard {n + 1} {what}", replace(action, guards=_with(action.guards, n, changed))
    for who in action.who:
        left = tuple(one for one in action.who if one != who) or (("system",) if action.automatic else ("holder",))
        if left != action.who:
            yield "drop who", who, replace(action, who=left)
    yield from _of_approval(action)
    if action.automatic and action.automatic.count:
        for operator, what, count in _of_guard(action.automatic.count):
            yield operator, f"automatic {what}", replace(action, automatic=Automatic(count=count))
    for name, need in action.needs.items():
        for sign, span in _around(need.latest):
            yield f"number {sign}", f"{name} latest", replace(action, needs={**action.needs, name: replace(need, latest=span)})
    for what, to in _other_targets(action, states):
        yield "swap to", what, replace(action, to=to)


def _of_guard(guard: Guard) -> Iterator[tuple[str, str, Guard]]:
    for sign, span in _around(guard.within):
        yield f"number {sign}", "within", replace(guard, within=span)
    for name in ("min", "max_before", "equals"):
        number = getattr(guard, name)
        for sign, more in (("+1", 1), ("-1", -1)):
            if number is not None and number + more >= 0:
                changes: dict[str, Any] = {name: number + more}
                yield f"number {sign}", name, replace(guard, **changes)


def _of_approval(action: Action) -> Iterator[tuple[str, str, Action]]:
    approve = action.approve
    if approve is None:
        return
    for sign, span in _around(approve.within):
        yield f"number {sign}", "approve within", replace(action, approve=replace(approve, within=span))
    for who in approve.who if len(approve.who) > 1 else ():
        left = tuple(one for one in approve.who if one != who)
        yield "drop who", f"approve {who}", replace(action, approve=replace(approve, who=left))


def _other_targets(action: Action, states: Sequence[str]) -> Iterator[tuple[str, To]]:
    """The state behind the act's own in the file, and staying; for a target by a fact, two of its values changed round."""
    if action.to.fact:
        pairs = list(action.to.by_value.items())
        for (one, first), (other, second) in pairwise(pairs):
            if first != second:
                yield f"{one} <-> {other}", replace(action.to, by_value={**action.to.by_value, one: second, other: first})
        return
    own = action.to.state
    if own in states:
        following = states[(list(states).index(own) + 1) % len(states)]
        if following != own:
            yield f"{own} -> {following}", To(state=following)
        if action.from_:
            yield f"{own} -> {STAY}", To(state=STAY)
    elif own in (STAY, "") and action.from_:
        following = states[(list(states).index(action.from_[0]) + 1) % len(states)]
        yield f"{STAY} -> {following}", To(state=following)
    elif own in (BEFORE, NEXT_ON_LADDER):
        yield f"{own} -> {STAY}", To(state=STAY)


# -- clocks and lights ------------------------------------------------------------------------------------------------


def _of_clock(clock: ClockSpec) -> Iterator[tuple[str, str, ClockSpec]]:
    for event in clock.starts:
        yield "drop starts", event, replace(clock, starts=tuple(one for one in clock.starts if one != event))
    for event in clock.stops:
        yield "drop stops", event, replace(clock, stops=tuple(one for one in clock.stops if one != event))
    for n, limit in enumerate(clock.limits):
        for sign, span in _around(limit.span):
            changed = replace(clock, limits=_with(clock.limits, n, replace(limit, span=span)))
            if clock.every is not None and clock.every == limit.span:
                changed = replace(changed, every=span)
            yield f"number {sign}", f"limit {limit.key or n + 1}", changed


def _around(span: Span | None) -> Iterator[tuple[str, Span]]:
    if span is not None:
        yield "+1", Span(span.n + 1, span.unit)
        yield "-1", Span(span.n - 1, span.unit)


def _lights(pack: Pack) -> Iterator[tuple[str, Lights]]:
    """The pack's ambers one more and one less; each name ends with the sign."""
    for name, long in lights_of(pack).items():
        for sign, span in _around(long):
            changes: dict[str, Any] = {name: span}
            if span.n > 0:
                yield f"{name} {sign}", replace(pack.lights, **changes)
