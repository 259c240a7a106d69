"""Papers of a procedure (papers.toml): which event is told on paper, to whom, under which number, in which words.

A paper says what the ledger says: its facts are those of the case as they stood with its event. The words are the
office's and Chinese, like all words under ``paper``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.packs.written import Conditions, Table
from bihuan.rules.procedure.course import PAPERS
from bihuan.rules.terms import Facts, Where

RESIDENT, CENTRE, DOER, HOLDER, PARTIES = "resident", "centre", "doer", "holder", "parties"
SAID_BY_THE_CASE = frozenset(
    {
        "resident", "number", "case", "title", "received", "today", "unit", "above", "holder", "to", "route_say",
        "parties", "copies",
    }
)  # fmt: skip
"""Places that every paper may fill: the resident's name, the paper's number, the case's, its title, the day it was received,
the day of the event, the unit that signs and the one above it, whoever holds the case then, what a route says, the names of
all parties, and how many copies that makes: one for each of them, two at least, and one for the file."""
EACH = "{each}"
"""The line in whose place the lines of ``each`` stand, numbered."""
DUE = "due_"
"""Begins a place that names a clock of the case: its limit as it stood with the event, as a date."""
PLACE = re.compile(r"\{([A-Za-z_]+)\}")


class EachT(Table, kw_only=True):
    """papers.toml: one of the ``each`` of a paper."""

    thread: str
    line: str
    where: Conditions = {}
    not_in: list[str] = []


class PaperT(Table, kw_only=True):
    """papers.toml ``[[paper]]``."""

    key: str
    title: str
    procedure: str
    on: str
    thread: str = ""
    where: Conditions = {}
    number: str = ""
    to: str = ""
    copy_to: list[str] = []
    signed_by: str = DOER
    committee: bool = False
    lines: list[str]
    each: list[EachT] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class EachSpec:
    """A line for each thread of a kind that was opened since the case last began, as it stood with the paper's event.

    ``where``: only threads with whose opening these facts hold; the first of a paper's that fits is taken. ``not_in``: no line
    for one that stands in such a state by then.
    """

    thread: str
    line: str
    where: Where = Where()
    not_in: tuple[str, ...] = ()

    def places(self) -> tuple[str, ...]:
        """What stands in braces in its line, each once."""
        return tuple(dict.fromkeys(PLACE.findall(self.line)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSpec:
    """One kind of paper. ``thread`` "" = the main one; ``number``: a key of the pack's numbers, "" = it has none.

    ``to``: "resident", "centre", "holder" (who has the case after the event), or a fact that names a unit; ``copy_to``: the
    same of further units, ``to`` also "parties". ``signed_by``: "doer", "centre", "parties" or a fact; ``committee``: it does
    so as its mediation committee, whose name, number and seal it bears (``UnitKind.committee``). ``lines``: paragraphs
    with places in braces; ``each``: what stands in place of the line ``{each}``.
    """

    key: str
    title: str
    procedure: str
    on: str
    thread: str = ""
    where: Where = Where()
    number: str = ""
    to: str = ""
    copy_to: tuple[str, ...] = ()
    signed_by: str = DOER
    committee: bool = False
    lines: tuple[str, ...] = ()
    each: tuple[EachSpec, ...] = ()

    def places(self) -> tuple[str, ...]:
        """What stands in braces in its lines, each once."""
        return tuple(dict.fromkeys(found for line in self.lines if line != EACH for found in PLACE.findall(line)))

    def names_parties(self) -> bool:
        """True when it names every party of the case, not only whoever it was opened for."""
        return self.to == PARTIES or PARTIES in self.places()


def papers_on(specs: Iterable[PaperSpec], procedure: str, thread: str, kind: str, facts: Facts) -> tuple[PaperSpec, ...]:
    """The papers that an event brings. ``thread``: the kind of the thread it happened in, "" = the main one."""
    return tuple(
        spec for spec in specs if (spec.procedure, spec.thread, spec.on) == (procedure, thread, kind) and spec.where.holds(facts)
    )


def issued_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    """(key, number) of the papers that an event brought, as its ledger entry says; number "" = none was drawn."""
    said = facts.get(PAPERS)
    pairs = (str(one).partition(" ") for one in said) if isinstance(said, list) else ()
    return tuple((key, number) for key, _space, number in pairs)


def as_issued(key: str, number: str) -> str:
    """How a ledger entry writes an issued paper."""
    return f"{key} {number}".rstrip()
