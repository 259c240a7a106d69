"""Proof 1 for lists and figures: columns and conditions are those of the language, and what they name exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bihuan.packs.later import Indicator, ListView
from bihuan.packs.listing import AT, BY, COLUMNS, CONDITIONS, FACT, LIGHTS, OF_THREADS, SPLIT_BY, UNTOLD, YES_NO
from bihuan.packs.proofs.parts import Strand, strands
from bihuan.packs.proofs.report import Report
from bihuan.packs.shape import Pack
from bihuan.rules.procedure.marks import MET, MISSED
from bihuan.rules.procedure.shape import Procedure

BUILT_IN = ("opened", "ended", "limit_passed", "limit_near")


def prove(report: Report) -> None:
    """Every list and every figure of the pack."""
    for view in report.pack.later.lists:
        for message in [*_columns(view, report.pack), *_conditions(view, report.pack)]:
            report.fault(1, ("list", view.key), message)
    for indicator in report.pack.later.indicators:
        for message in _figure(indicator, report.pack):
            report.fault(1, ("indicator", indicator.key), message)


def meant(view: ListView, pack: Pack) -> list[Procedure]:
    """The case types that a list is of: those its condition names, else all."""
    named = dict(view.where.facts).get("procedure", ())
    return [spec for key, spec in pack.procedures.items() if not named or key in named]


def _columns(view: ListView, pack: Pack) -> Iterator[str]:
    if not view.columns:
        yield "a list shows something: write columns"
    parts = [part for procedure in meant(view, pack) for part in strands(procedure)]
    events = {event for part in parts for event in part.events}
    for column in view.columns:
        start, name = next(
            ((start, column.removeprefix(start)) for start in (AT, BY, FACT) if column.startswith(start)), ("", "")
        )
        if start in (AT, BY) and name not in events:
            yield f"the column {column!r} names no event of its case types"
        elif start == FACT:
            yield from _fact(column, name, parts)
        elif not start and column not in COLUMNS:
            yield f"there is no column {column!r}; there are: {', '.join(COLUMNS)}, at.<event>, by.<event>, fact.<fact>"


def _fact(column: str, name: str, parts: Iterable[Strand]) -> Iterator[str]:
    needs = [need for part in parts if part.thread is None for action in part.part.actions for fact, need in action.needs.items()
             if fact == name]  # fmt: skip
    if not needs:
        yield f"the column {column!r} names no fact that an act of its case types asks for"
    elif any(need.type in UNTOLD for need in needs):
        yield f"the column {column!r} would show words, a person or a file: lists show choices, units, dates and numbers"


def _conditions(view: ListView, pack: Pack) -> Iterator[str]:
    where = dict(view.where.facts)
    procedures = meant(view, pack)
    known = _known(pack, procedures, where.get("thread", ()))
    for name, values in where.items():
        if name not in CONDITIONS:
            yield f"there is no condition {name!r}; there are: {', '.join(CONDITIONS)}"
            continue
        if name in OF_THREADS and "thread" not in where:
            yield f"{name} is said of threads: name them with thread"
        for value in values:
            if value not in known[name]:
                yield f"{name} has no value {value!r}; there are: {', '.join(sorted(known[name])) or 'none'}"


def _known(pack: Pack, procedures: Iterable[Procedure], threads: Iterable[str]) -> dict[str, set[str]]:
    """The values of each condition."""
    specs = list(procedures)
    parts = [part for procedure in specs for part in strands(procedure)]
    events = {event for part in parts for event in part.events} | set(BUILT_IN)
    named = set(threads)
    found = {
        "had": events,
        "not_had": events,
        "procedure": set(pack.procedures),
        "state": {state.key for procedure in specs for state in procedure.states},
        "category": {category.key for category in pack.catalogue.categories},
        "kind": {kind.key for kind in pack.catalogue.kinds},
        "channel": {channel.key for channel in pack.catalogue.channels},
        "light": set(LIGHTS),
        "thread": {part.thread.key for part in parts if part.thread is not None},
        "thread_state": {state.key for part in parts if part.thread and part.thread.key in named for state in part.part.states},
    }
    for attribute in ("weight", "urgency"):
        found[attribute] = {
            value for procedure in specs for action in procedure.actions for name, need in action.needs.items()
            if attribute in (name, need.sets) for value in need.of
        }  # fmt: skip
    graded = any(action.grades for procedure in specs for action in procedure.actions)
    found["weight"] |= {grade.key for grade in pack.catalogue.grades} if graded else set()
    return found | {name: {"true", "false"} for name in YES_NO}


def _figure(indicator: Indicator, pack: Pack) -> Iterator[str]:
    counted = {
        key for mark in pack.marks for key in ([f"{mark.key}_{MET}", f"{mark.key}_{MISSED}"] if mark.clocks else [mark.key])
    }
    for name, key in (("of", indicator.of), ("over", indicator.over)):
        if key not in counted and (key or name == "of"):
            yield f"{name} names a mark; there is no {key!r} among: {', '.join(sorted(counted)) or 'none'}"
    if indicator.by not in SPLIT_BY:
        yield f"by is one of {', '.join(filter(None, SPLIT_BY))}, or left out"
    kinds, levels = {kind.key for kind in pack.unit_kinds}, {level.key for level in pack.levels}
    for name, values in indicator.where.facts:
        known = {"unit_kind": kinds, "level": levels}.get(name)
        if known is None:
            yield f"a figure chooses by unit_kind or level, not by {name!r}"
        elif wrong := [value for value in values if value not in known]:
            yield f"{name} has no value {wrong[0]!r}; there are: {', '.join(sorted(known))}"
