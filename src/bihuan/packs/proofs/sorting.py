"""Proof 1 for routes: what a route fills in is asked, with that choice, by an act that names a route."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.packs.proofs.report import Report
from bihuan.packs.shape import Pack, Route
from bihuan.rules.procedure.shape import Action


def prove(report: Report) -> None:
    """Every route of the pack that sorting asks for."""
    naming = list(_naming(report.pack))
    for route in report.pack.catalogue.routes:
        for message in _faults(route, naming):
            report.fault(1, ("route", route.key), message)


def _naming(pack: Pack) -> Iterator[Action]:
    """Every act that names a route."""
    for procedure in pack.procedures.values():
        yield from (act for act in procedure.actions if any(need.type == "route" for need in act.needs.values()))


def _faults(route: Route, naming: list[Action]) -> Iterator[str]:
    if route.if_so and not naming:
        yield "if_so: no act of the pack names a route, so nobody is asked: drop it"
    if route.fills and not route.if_so:
        yield "fills needs if_so: it is filled in where that sentence is true"
    for name, value in route.fills.items():
        asking = [act.needs[name] for act in naming if name in act.needs and act.needs[name].type == "choice"]
        if not asking:
            yield f"fills: no act that names a route asks for the choice {name!r}"
        elif not any(value in need.of for need in asking):
            known = sorted({one for need in asking for one in need.of})
            yield f"fills: {name} has no value {value!r}; there are: {', '.join(known)}"
