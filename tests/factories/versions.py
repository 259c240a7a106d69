"""Other versions of the small county's pack: what a place changes when it publishes anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bihuan import packs
from bihuan.packs.shape import Pack
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Span


def newer(pack: Pack, version: str = "9.2", **parts: Any) -> Pack:
    """The pack under another number, with parts of it replaced."""
    changed = replace(pack, version=version, digest="", **parts)
    return replace(changed, digest=packs.digest(changed))


def with_procedure(pack: Pack, change: Callable[[Procedure], Procedure], key: str = "matter") -> dict[str, Any]:
    """The part ``procedures`` with one of them changed."""
    return {"procedures": {**pack.procedures, key: change(pack.procedures[key])}}


def with_limit(procedure: Procedure, clock: str, n: int) -> Procedure:
    """The last limit of a clock (the ordinary one) with another number of units."""

    def changed(spec: ClockSpec) -> ClockSpec:
        *firsts, last = spec.limits
        span = Span(n, last.span.unit) if last.span else None
        return replace(spec, limits=(*firsts, replace(last, span=span)))

    return replace(procedure, clocks=tuple(changed(one) if one.key == clock else one for one in procedure.clocks))


def without_state(procedure: Procedure, key: str, instead: str) -> Procedure:
    """The procedure with a state of its main thread renamed everywhere."""

    def other(name: str) -> str:
        return instead if name == key else name

    return replace(
        procedure,
        states=tuple(replace(one, key=other(one.key)) for one in procedure.states),
        actions=tuple(
            replace(one, from_=tuple(map(other, one.from_)), to=replace(one.to, state=other(one.to.state)))
            for one in procedure.actions
        ),
    )
