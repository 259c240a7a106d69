"""Circles: sets of situations in which a case can go round for ever without any one clock turning red over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from bihuan.packs.proofs.parts import Strand
from bihuan.packs.proofs.walk import Step
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import STAY

MOST_ROUNDS = 50


def circles(strand: Strand) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each unbounded circle: the shortest way to it and once round, and the acts on the way round.

    Situations count what ``max_before`` counts, and acts that it alone bounds are left out, so a bounded circle is none here.
    Among situations that can all reach one another, going round can take every step; so they are safe only if one clock
    that charges somebody runs in all of them and no step among them touches it. In a thread, acts that stay in their state
    are no circle; nor is one that stays and needs another case each time; nor what the system alone does to a case on the
    order of an office (its area is redrawn): nobody works on the case by it; nor one that
    changes nothing while a clock is paused (the pause ends by itself, proof 6) or while the work goes on in another case.
    """
    walk = strand.walk
    told: set[tuple[str, ...]] = set()
    onward = [[step for step in steps if step.action.key not in walk.bounded] for steps in walk.steps]
    for component in components([[step.target for step in steps] for steps in onward]):
        members = set(component)
        inside = [step for index in component for step in onward[index] if step.target in members]
        inside = [step for step in inside if step.action.pair is None or _moves(strand, step)]
        inside = [step for step in inside if not _redrawn(step)]
        if strand.thread is not None:
            inside = [step for step in inside if _moves(strand, step)]
        inside = [step for step in inside if not _waits(strand, step)]
        if not inside or all(strand.states[walk.situations[index].state].final for index in component):
            continue
        if any(_covers(strand, clock, component, inside) for clock in strand.part.clocks):
            continue
        round_ = _shown(strand, component, inside)
        first = round_[0].origin
        acts = tuple(step.action.key for step in round_)
        if acts not in told:
            told.add(acts)
            way = [part for step in round_ for part in (step.action.key, walk.situations[step.target].state)]
            yield (*walk.path_to(first), *way), acts


def _redrawn(step: Step) -> bool:
    return step.action.who == ("system",) and step.action.automatic is None and step.action.to.state == STAY


def _moves(strand: Strand, step: Step) -> bool:
    return strand.walk.situations[step.origin].state != strand.walk.situations[step.target].state


def _waits(strand: Strand, step: Step) -> bool:
    """An act that leaves everything as it is, clocks too, while one is paused or the work goes on in another case."""
    situation = strand.walk.situations[step.origin]
    holder = strand.states[situation.state].holder
    touched = any(step.action.event in _touching(clock) for clock in strand.part.clocks)
    return step.origin == step.target and (bool(situation.paused) or bool(holder and holder.nobody)) and not touched


def _covers(strand: Strand, clock: ClockSpec, component: Sequence[int], inside: Sequence[Step]) -> bool:
    if clock.charges == "nobody":
        return False
    if not all(clock.key in strand.walk.situations[index].running for index in component):
        return False
    return not any(step.action.event in _touching(clock) for step in inside)


def _touching(clock: ClockSpec) -> set[str]:
    return {*clock.stops, *clock.restarts, *clock.pauses, *clock.extends, *clock.marks}


def _shown(strand: Strand, component: Sequence[int], inside: Sequence[Step]) -> list[Step]:
    """The shortest way round that shows the fault: through a step that touches a clock, or where none runs."""
    charging = [clock for clock in strand.part.clocks if clock.charges != "nobody"]
    events = {event for clock in charging for event in _touching(clock)}
    bare = {index for index in component if not strand.walk.situations[index].running}
    telling = [step for step in inside if step.action.event in events or step.origin in bare] or list(inside)
    rounds = (_round(step, inside) for step in telling[:MOST_ROUNDS])
    return min((way for way in rounds if way), key=len)


def _round(first: Step, inside: Sequence[Step]) -> list[Step]:
    """The shortest way round that begins with a step."""
    after: dict[int, list[Step]] = {}
    for step in inside:
        after.setdefault(step.origin, []).append(step)
    reached: dict[int, list[Step]] = {first.target: [first]}
    queue = deque([first.target])
    while queue:
        origin = queue.popleft()
        if origin == first.origin:
            return reached[origin]
        for step in after.get(origin, ()):
            if step.target not in reached:
                reached[step.target] = [*reached[origin], step]
                queue.append(step.target)
    return []


def components(after: Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected components of a graph (Tarjan, without recursion), those of one node without a loop too."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in range(len(after)):
        if root in number:
            continue
        work = [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                number[node] = low[node] = len(number)
                stack.append(node)
                on_stack.add(node)
            for offset in range(position, len(after[node])):
                target = after[node][offset]
                if target not in number:
                    work += [(node, offset + 1), (target, 0)]
                    break
                if target in on_stack:
                    low[node] = min(low[node], number[target])
            else:
                if low[node] == number[node]:
                    found.append(_pop_to(node, stack, on_stack))
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
    return found


def _pop_to(node: int, stack: list[int], on_stack: set[int]) -> list[int]:
    component: list[int] = []
    while not component or component[-1] != node:
        component.append(stack.pop())
        on_stack.discard(component[-1])
    return component
