"""Proof 1 for papers: procedure, event, number, units and every place in their lines exist; and what they say of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bihuan.packs.papers import CENTRE, DOER, DUE, EACH, HOLDER, PARTIES, RESIDENT, SAID_BY_THE_CASE, EachSpec, PaperSpec
from bihuan.packs.proofs.lights import refused
from bihuan.packs.proofs.parts import Strand, strands
from bihuan.packs.proofs.report import PRINCIPLES, Report
from bihuan.rules.procedure.shape import Need

UNFILLED = ("file", "files", "person", "case", "post")
"""Types of facts that stand on no paper."""


WORDS = ("date", "seal", "copies", "resident", "erased")
"""Words under ``paper`` that every paper of a case takes."""


def prove(report: Report) -> None:
    """Every paper of the pack."""
    spoken = report.pack.wording.get("zh", {})
    for word in WORDS if report.pack.papers else ():
        if f"paper.{word}" not in spoken:
            message = f"papers need the words 'paper.{word}': write them in wording/zh.toml"
            report.fault(1, ("paper", report.pack.papers[0].key), message)
    naming = next((paper for paper in report.pack.papers if paper.names_parties()), None)
    if naming and f"paper.{PARTIES}" not in spoken:
        message = f"a paper that names the parties needs the words 'paper.{PARTIES}' for when nobody is named"
        report.fault(1, ("paper", naming.key), message)
    for paper in report.pack.papers:
        place = ("paper", paper.key)
        for message in _faults(report, paper):
            report.fault(1, place, message)
        for pattern, why in refused():
            found = next(
                (hit for text in (paper.title, *paper.lines, *(e.line for e in paper.each)) if (hit := pattern.search(text))),
                None,
            )
            if found:
                report.fault(PRINCIPLES, place, f"{found.group(0)!r} is refused: {why}")


def _faults(report: Report, paper: PaperSpec) -> Iterator[str]:
    procedure = report.pack.procedures.get(paper.procedure)
    if procedure is None:
        yield f"there is no procedure {paper.procedure!r}; there are: {', '.join(sorted(report.pack.procedures))}"
        return
    if not paper.lines:
        yield "a paper says something: write lines"
    if paper.number and paper.signed_by == PARTIES:
        yield "number: what the parties sign carries none, for a number stands below an office's head; leave it out"
    if paper.committee and not any(kind.committee for kind in report.pack.unit_kinds):
        yield "committee: no kind of unit names a committee; write committee in its [[unit_kind]]"
    if paper.number and paper.number not in report.pack.numbers:
        yield f"there is no number {paper.number!r}; there are: {', '.join(sorted(report.pack.numbers))}"
    parts = {part.thread.key if part.thread else "": part for part in strands(procedure)}
    part = parts.get(paper.thread)
    if part is None:
        yield f"there is no thread {paper.thread!r}; there are: {', '.join(sorted(filter(None, parts)))}"
        return
    if paper.on not in part.events:
        yield f"there is no event {paper.on!r}; there are: {', '.join(sorted(part.events))}"
        return
    needs = part.all_needs()
    yield from _values(paper, part)
    for word, asked in (("to", paper.to), ("signed_by", paper.signed_by), *(("copy_to", one) for one in paper.copy_to)):
        known = {
            "to": (RESIDENT, PARTIES, CENTRE, HOLDER, ""),
            "signed_by": (DOER, CENTRE, PARTIES),
            "copy_to": (CENTRE, HOLDER),
        }[word]
        if asked not in known and (asked not in needs or needs[asked].type not in ("unit", "units")):
            yield f"{word}: {asked!r} is neither {', '.join(filter(None, known))} nor a fact that names a unit"
    yield from _places(paper, part, needs)
    yield from _each(paper, parts)


def _values(paper: PaperSpec, part: Strand) -> Iterator[str]:
    needs = part.needs_of(paper.on)
    for name, values in paper.where.facts:
        need = needs.get(name)
        if need is None:
            yield f"the event {paper.on!r} carries no fact {name!r}"
        elif need.of and any(value not in need.of for value in values):
            yield f"{name} has no value among {', '.join(values)}"


def _places(paper: PaperSpec, part: Strand, known: Mapping[str, Need]) -> Iterator[str]:
    clocks = {clock.key for clock in part.procedure.clocks}
    for name in paper.places():
        if name in SAID_BY_THE_CASE or (name.startswith(DUE) and name.removeprefix(DUE) in clocks):
            continue
        if name not in known or known[name].type in UNFILLED:
            yield f"nothing fills {{{name}}}: no act asks for it, and it is none of {', '.join(sorted(SAID_BY_THE_CASE))}"


def _each(paper: PaperSpec, parts: Mapping[str, Strand]) -> Iterator[str]:
    """The lines for each thread: where they stand, the thread, its states, and what fills their places."""
    if bool(paper.each) != (EACH in paper.lines):
        yield f"each and the line {EACH!r} need one another: write both or none"
    for one in paper.each:
        part = parts.get(one.thread)
        if part is None or part.thread is None:
            yield f"each: there is no thread {one.thread!r}; there are: {', '.join(sorted(filter(None, parts)))}"
            continue
        yield from (f"each: {one.thread} has no state {state!r}" for state in one.not_in if state not in part.states)
        yield from _each_places(one, part)


def _each_places(one: EachSpec, part: Strand) -> Iterator[str]:
    spec = part.thread
    openers, numbered = (spec.openers, spec.numbered) if spec is not None else ((), "")
    asked: dict[str, Need] = {}
    for act in part.procedure.actions:
        asked |= act.needs if act.key in openers else {}
    for name in (*one.places(), *(name for name, _values in one.where.facts)):
        if name != numbered and (name not in asked or asked[name].type in UNFILLED):
            yield f"each: nothing fills {name!r}: no act that opens {one.thread} asks for it"
    for name, values in one.where.facts:
        if name in asked and asked[name].of and any(value not in asked[name].of for value in values):
            yield f"each: {name} has no value among {', '.join(values)}"
