"""Papers of a case: each is numbered in the transaction of the act that brings it, and listed from the ledger alone.

What a paper says is never kept: it is set anew from the entries up to its event, so it says what was said then. The number
stands in the event itself; a rollback gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from bihuan.cases.sheet import Sheet
from bihuan.packs.papers import CENTRE, DOER, PARTIES, RESIDENT, PaperSpec, as_issued, issued_with, papers_on
from bihuan.packs.shape import Pack
from bihuan.people.directory import OrgDirectory
from bihuan.rulebook.numbering import draw
from bihuan.rules.clocks.reading import kind_of
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.course import ASKED_BY_UNIT, PAPERS
from bihuan.rules.procedure.view import Decision
from bihuan.rules.routing import CENTRE_FACT
from bihuan.rules.terms import FactValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A paper of a case: with which entry it was issued, under which number ("" = none), by which unit."""

    key: str
    title: str
    seq: int
    number: str
    at: datetime
    signer: int


def with_papers(sheet: Sheet, decision: Decision) -> Decision:
    """The decision with the papers that its events bring, each numbered: one statement for each number, none without."""
    specs = sheet.ground.pack.papers
    if not any(spec.procedure == sheet.procedure.key for spec in specs):
        return decision
    events: list[Event] = []
    for event in decision.events:
        found = papers_on(specs, sheet.procedure.key, _kind(event.thread), event.kind, event.facts)
        said = [as_issued(spec.key, _number(spec, sheet, event, [*sheet.events, *events])) for spec in found]
        events.append(replace(event, facts={**event.facts, PAPERS: said}) if said else event)
    return replace(decision, events=tuple(events))


def _kind(thread: str) -> str:
    return "" if thread == MAIN else kind_of(thread)


def _number(spec: PaperSpec, sheet: Sheet, event: Event, before: list[Event]) -> str:
    if not spec.number:
        return ""
    ground = sheet.ground
    unit = signer_of(spec, event, facts_until([*before, event], event))
    issued = issuer_of(spec, unit, ground.pack, ground.directory)
    return draw(spec.number, pack=ground.pack, calendar=ground.calendar, unit=issued.seat, unit_name=issued.name, at=event.at)


class Issuer(NamedTuple):
    """Under whose name a paper goes out, and the unit whose sequence of numbers it takes (0 = nobody's)."""

    name: str
    seat: int


def issuer_of(spec: PaperSpec, unit: int, pack: Pack, directory: OrgDirectory) -> Issuer:
    """The unit that signs, or its mediation committee where the paper is a committee's and the unit has one.

    Units that share a committee share its sequence: that of the first of them. No statement.
    """
    fact = directory.unit(unit) if spec.committee else None
    of = {kind.key: kind.committee for kind in pack.unit_kinds}
    if fact is None or not of.get(fact.kind):
        return Issuer(directory.name_of(unit), unit)
    seat = next(one.id for one in directory.beside(unit) if of.get(one.kind) == of[fact.kind])
    return Issuer(of[fact.kind].replace("{area}", directory.area_name_of(unit)), seat)


def facts_until(events: list[Event], last: Event) -> dict[str, FactValue]:
    """The facts of a case up to an event: the main thread's, with those of the event's own thread on top."""
    facts: dict[str, FactValue] = {}
    own: dict[str, FactValue] = {}
    for event in events:
        if event.seq > last.seq:
            break
        if event.thread == MAIN:
            facts.update(event.facts)
        elif event.thread == last.thread:
            own.update(event.facts)
    return facts | own


def signer_of(spec: PaperSpec, event: Event, facts: Mapping[str, FactValue]) -> int:
    """The unit that signs: whose act it was (who asked, where another unit granted it), the centre, or a fact's; 0 = none.

    What the parties sign themselves no unit does.
    """
    if spec.signed_by == PARTIES:
        return 0
    if spec.signed_by == DOER:
        return whole(event.facts.get(ASKED_BY_UNIT)) or event.by.unit
    return whole(facts.get(CENTRE_FACT if spec.signed_by == CENTRE else spec.signed_by))


def whole(value: FactValue) -> int:
    """A fact that names one unit, as its number; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def papers_of(events: Sequence[Event], pack: Pack) -> tuple[PaperLine, ...]:
    """The papers that these events brought, oldest first; those that the rules still know."""
    return _listed(events, {spec.key: spec for spec in pack.papers})


def to_resident(events: Sequence[Event], pack: Pack) -> tuple[PaperLine, ...]:
    """Of the papers that these events brought, those that are addressed or copied to the resident, oldest first."""
    return _listed(events, {spec.key: spec for spec in pack.papers if RESIDENT in (spec.to, *spec.copy_to)})


def _listed(events: Sequence[Event], specs: Mapping[str, PaperSpec]) -> tuple[PaperLine, ...]:
    lines = []
    for event in events:
        for key, number in issued_with(event.facts):
            if key in specs:
                signer = signer_of(specs[key], event, facts_until(list(events), event))
                lines.append(PaperLine(key=key, title=specs[key].title, seq=event.seq, number=number, at=event.at, signer=signer))
    return tuple(lines)
