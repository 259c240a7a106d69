"""Proof 8 and the principles: lights, grades and lists are on offices and matters, never on a resident."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bihuan.packs.proofs.report import PRINCIPLES, Report
from bihuan.packs.reading import Place
from bihuan.rules.procedure.shape import Procedure

RESIDENT = "resident"
_REFUSED = Path(__file__).parent / "refused.toml"


@cache
def refused() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Words that no field, category, grade, list or act may be about, each with the reason."""
    groups = tomllib.loads(_REFUSED.read_text("utf-8"))["refused"]
    return tuple((re.compile("|".join(group["words"]), re.IGNORECASE), group["why"]) for group in groups)


def prove(report: Report) -> None:
    """Proof 8 and what the principles refuse."""
    for procedure in report.pack.procedures.values():
        _residents_carry_no_light(report, procedure)
    for post in report.pack.posts:
        if post.key == RESIDENT:
            report.fault(8, ("post", post.key), "a resident is no post")
    for indicator in report.pack.later.indicators:
        if RESIDENT in (indicator.over, indicator.of):
            report.fault(8, ("indicator", indicator.key), "figures are of offices, never of residents")
    for view in report.pack.later.lists:
        if {RESIDENT, "contact", "person"} & set(view.columns):
            report.fault(8, ("list", view.key), "no list is a list of residents")
    for place, text in _named(report):
        for pattern, why in refused():
            found = pattern.search(text)
            if found:
                report.fault(PRINCIPLES, place, f"{found.group(0)!r} is refused: {why}")


def _residents_carry_no_light(report: Report, procedure: Procedure) -> None:
    main: Place = (procedure.key,)
    parts = [(main, procedure.states, procedure.clocks)]
    parts += [((procedure.key, "thread", thread.key), thread.states, thread.clocks) for thread in procedure.threads]
    for place, states, clocks in parts:
        for clock in clocks:
            if clock.charges == RESIDENT:
                message = 'no clock charges a resident: a resident\'s window is charges = "nobody"'
                report.fault(8, (*place, "clock", clock.key), message)
        for state in states:
            if state.holder and state.holder.post == RESIDENT:
                report.fault(8, (*place, "state", state.key), "a resident holds no state: clocks would charge them")


def _named(report: Report) -> Iterator[tuple[Place, str]]:
    """Everything by which people or matters could be sorted: keys and titles of facts, acts, categories, grades, lists."""
    pack = report.pack
    for category in pack.catalogue.categories:
        yield ("category", category.key), f"{category.key} {category.title}"
    for group, things in (("kind", pack.catalogue.kinds), ("channel", pack.catalogue.channels)):
        for thing in things:
            yield (group, thing.key), f"{thing.key} {thing.title}"
    for grade in pack.catalogue.grades:
        yield ("grade", grade.key), f"{grade.key} {grade.title}"
        for where in grade.when:
            yield ("grade", grade.key), " ".join(f"{name} {' '.join(values)}" for name, values in where.facts)
    for view in pack.later.lists:
        yield ("list", view.key), " ".join((view.key, view.title, *view.columns))
    for indicator in pack.later.indicators:
        yield ("indicator", indicator.key), f"{indicator.key} {indicator.title} {indicator.of} {indicator.over}"
    for mark in pack.marks:
        yield ("mark", mark.key), f"{mark.key} {mark.title}"
    for rhythm in pack.later.rhythms:
        yield ("rhythm", rhythm.key), f"{rhythm.key} {rhythm.title} {rhythm.produces}"
    for procedure in pack.procedures.values():
        yield from _named_in(procedure)


def _named_in(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    main: Place = (procedure.key,)
    parts = [(main, procedure.actions)]
    parts += [((procedure.key, "thread", thread.key), thread.actions) for thread in procedure.threads]
    for place, actions in parts:
        for action in actions:
            here = (*place, "action", action.key)
            yield here, f"{action.key} {action.title} {action.event}"
            for name, need in action.needs.items():
                choices = " ".join(need.of) if need.type in ("choice", "choices") else ""
                yield here, f"{name} {need.title} {choices}"
