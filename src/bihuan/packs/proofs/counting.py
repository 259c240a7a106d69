"""Proof 1 for what counts: marks name events, clocks and facts that there are."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.packs.proofs.parts import Strand, strands
from bihuan.packs.proofs.report import Report
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.decide import LIMIT_PASSED
from bihuan.rules.procedure.marks import OFS, MarkSpec


def prove(report: Report) -> None:
    """Every name of every mark; one procedure in which all of them exist is enough."""
    parts = [strand for procedure in report.pack.procedures.values() for strand in strands(procedure)]
    for mark in report.pack.marks:
        faults = [
            list(_faults(mark, part)) for part in parts if (part.thread.key if part.thread else MAIN) == (mark.thread or MAIN)
        ]
        if not faults:
            faults = [[f"there is no thread {mark.thread!r}"]]
        if all(faults):
            for message in faults[0]:
                report.fault(1, ("mark", mark.key), message)


def _faults(mark: MarkSpec, part: Strand) -> Iterator[str]:
    if not mark.on:
        yield "it counts on no event: write on"
    for event in mark.on:
        if event == LIMIT_PASSED and not mark.where.facts and not mark.clocks and mark.of == "holder":
            continue  # built in: a limit passed in the hands of whoever holds the thread
        if event not in part.events:
            yield f"there is no event {event!r}; there are: {', '.join(sorted(part.events))}"
            continue
        needs = part.needs_of(event)
        for name, values in mark.where.facts:
            need = needs.get(name)
            if need is None:
                yield f"the event {event!r} carries no fact {name!r}"
            elif need.of and any(value not in need.of for value in values):
                yield f"{name} has no value among {', '.join(values)}"
    for key in mark.clocks:
        if key not in part.clocks:
            yield f"there is no clock {key!r}; there are: {', '.join(sorted(part.clocks))}"
        elif not set(mark.on) & set(part.clocks[key].stops):
            yield f"the clock {key!r} stops on none of its events, so nothing would ever count"
    if mark.of not in (*OFS, *part.events):
        yield f"it counts for {mark.of!r}, which is neither doer nor holder nor an event"
