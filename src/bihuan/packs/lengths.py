"""The lengths of time that a pack holds as settings: limits, warnings, rhythms; and the pack with another one in its place.

A limit's warnings are the pack's own unless the pack says otherwise for it: those that are follow, the others stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import get_args

from bihuan.packs.shape import Lights, Pack
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Span, SpanUnit

MOST = 999
UNITS: tuple[SpanUnit, ...] = get_args(SpanUnit)
LIGHTS = tuple(one.name for one in fields(Lights))


def span_of(n: int, unit: str) -> Span | None:
    """A length as it was sent: ``n`` of a ``unit``; None for what is none."""
    known = next((one for one in UNITS if one == unit), None)
    return Span(n, known) if known is not None and 0 < n <= MOST else None


def lights_of(pack: Pack) -> dict[str, Span]:
    """The warnings that the pack has, by name."""
    named = {name: getattr(pack.lights, name) for name in LIGHTS}
    return {name: span for name, span in named.items() if span is not None}


def each_clock(procedure: Procedure, change: Callable[[ClockSpec], ClockSpec], thread: str | None = None) -> Procedure:
    """The procedure with its clocks changed: of the main thread (""), of one kind of thread, or (None) of all."""
    main = tuple(map(change, procedure.clocks)) if thread in ("", None) else procedure.clocks
    threads = tuple(
        replace(one, clocks=tuple(map(change, one.clocks))) if thread in (one.key, None) else one for one in procedure.threads
    )
    return replace(procedure, clocks=main, threads=threads)


def with_limit(procedure: Procedure, of: tuple[str, str, int], span: Span, lights: Lights) -> Procedure:
    """The procedure with another length of the limit ``of`` (thread, clock, index); an act that waits for it knows of it."""
    thread, key, index = of

    def changed(clock: ClockSpec) -> ClockSpec:
        listed = tuple(_long(one, span, lights, lights) if n == index else one for n, one in enumerate(clock.limits))
        return replace(clock, limits=listed) if clock.key == key else clock

    waits = next((one.approves for one in procedure.threads if one.key == thread), "")
    actions = tuple(
        replace(act, approve=replace(act.approve, within=span)) if act.approve and act.key == waits else act
        for act in procedure.actions
    )
    return each_clock(replace(procedure, actions=actions), changed, thread)


def with_light(pack: Pack, name: str, span: Span) -> Pack:
    """The pack with another warning."""
    lights = replace(pack.lights, **{name: span})
    return replace(pack, lights=lights, procedures={key: relit(one, pack.lights, lights) for key, one in pack.procedures.items()})


def with_rhythm(pack: Pack, key: str, every: Span) -> Pack:
    """The pack with another rhythm."""
    rhythms = tuple(replace(one, every=every) if one.key == key else one for one in pack.later.rhythms)
    return replace(pack, later=replace(pack.later, rhythms=rhythms))


def relit(procedure: Procedure, was: Lights, now: Lights) -> Procedure:
    """The procedure under other warnings of the pack."""

    def lit(clock: ClockSpec) -> ClockSpec:
        return replace(clock, limits=tuple(_long(limit, limit.span, was, now) for limit in clock.limits))

    return each_clock(procedure, lit)


def _long(limit: Limit, span: Span | None, was: Lights, now: Lights) -> Limit:
    amber = now.amber_for(span) if limit.amber == was.amber_for(limit.span) else limit.amber
    remind = now.remind_for(span) if limit.remind == was.remind_for(limit.span) else limit.remind
    return replace(limit, span=span, amber=amber, remind=remind)
