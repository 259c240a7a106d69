"""The progress of work that many units do at once (a campaign's grids): one table by area instead of a line for each.

Doors are counted, done and to revisit; who was at home is asked nowhere and stands nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from bihuan.access.actors import Actor
from bihuan.cases.shapes import CasePage, ThreadLine
from bihuan.people import selectors as people
from bihuan.people.directory import OrgDirectory
from bihuan.places import selectors as places
from bihuan.rules.procedure.shape import Procedure, ThreadSpec
from bihuan.web.speech import Due, Speech


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's task: where it stands, what it counted, its light, and since when."""

    name: str
    state: str
    done: bool
    counts: tuple[int, ...]
    due: Due
    since: str

    @property
    def line(self) -> SafeString:
        """All of it as one line, made here: a page has a thousand of them, and a template takes each apart anew."""
        light = self.due.light if not self.done else ""
        shown = format_html('<span class="light {}">{}</span>', light, self.due.light_words) if light else ""
        said = (self.name, shown, self.state, self.since if self.done else "", *map(str, self.counts))
        return SafeString(" · ".join(conditional_escape(part) for part in said if part))


@dataclass(slots=True)
class Row:
    """One area: how many units of it are done, open, late; what they counted together, under which heads."""

    name: str
    heads: tuple[str, ...] = ()
    units: list[Unit] = field(default_factory=list)

    @property
    def n(self) -> int:
        """All of its units."""
        return len(self.units)

    @property
    def done(self) -> int:
        """Those that are done."""
        return sum(unit.done for unit in self.units)

    @property
    def open(self) -> int:
        """Those that are not done."""
        return self.n - self.done

    @property
    def late(self) -> int:
        """Those that are past their limit and not done."""
        return sum(unit.due.light == "over" and not unit.done for unit in self.units)

    @property
    def percent(self) -> int:
        """The share that is done, rounded down so that 100 means all."""
        return self.done * 100 // self.n if self.units else 0

    @property
    def counts(self) -> list[int]:
        """What its units counted, added up."""
        return [sum(column) for column in zip(*(unit.counts for unit in self.units), strict=True)]

    @property
    def headed(self) -> list[tuple[str, int]]:
        """The counts, each with its head."""
        return list(zip(self.heads, self.counts, strict=True)) if self.units else []


@dataclass(frozen=True, slots=True)
class Progress:
    """One kind of line of work of which there is one for every unit. ``counted``: the heads of what they count."""

    title: str
    counted: tuple[str, ...]
    rows: tuple[Row, ...]
    whole: Row


def many(procedure: Procedure) -> dict[str, ThreadSpec]:
    """The kinds of threads that are opened for every unit of an area at once."""
    every = {
        (action.key, name) for action in procedure.actions for name, need in action.needs.items() if need.every
    }  # fmt: skip
    return {spec.key: spec for spec in procedure.threads if any((opener, spec.one_for_each) in every for opener in spec.openers)}


def progress(page: CasePage, actor: Actor, say: Speech) -> list[Progress]:
    """A table for each such kind of the case; none where it has none. No statement once names have been read."""
    found = []
    for kind, spec in many(page.procedure).items():
        lines = [line for line in page.threads if line.kind == kind]
        if lines:
            found.append(_progress(spec, lines, page, actor, say))
    return found


def _progress(spec: ThreadSpec, lines: Sequence[ThreadLine], page: CasePage, actor: Actor, say: Speech) -> Progress:
    procedure = page.procedure.key
    facts = _counted_facts(spec)
    numbers = _latest(page, spec.key)
    directory, names = people.directory(actor.org_stamp), places.names_in(page.area_code, actor.org_stamp)
    final = {state.key for state in spec.states if state.final}
    width = next((size for size in sorted({len(code) for code in names}) if size > len(page.area_code)), len(page.area_code))
    rows: dict[str, Row] = {}
    heads = tuple(say.need(procedure, _asking(spec, name), name, title, spec.key) for name, title in facts.items())
    whole = Row(say.say("thread", procedure, spec.key, otherwise=spec.title), heads)
    due, day = cache(say.due), cache(say.day)  # a thousand units have a few limits and days between them
    for line in sorted(lines, key=lambda line: _area(line, directory)):
        code = _area(line, directory)
        row = rows.setdefault(code[:width], Row(names.get(code[:width], "") or line.holder_unit_name, heads))
        own = numbers.get(line.name, {})
        unit = Unit(
            name=directory.name_of(_unit(line)) or line.holder_unit_name,
            state=say.state(procedure, line.state, spec.key),
            done=line.state in final,
            counts=tuple(own.get(name, 0) for name in facts),
            due=due(line.light, line.due_at),
            since=day(line.entered_at),
        )
        row.units.append(unit)
        whole.units.append(unit)
    return Progress(whole.name, heads, tuple(rows.values()), whole)


def _unit(line: ThreadLine) -> int:
    return int(line.item) if line.item.isdecimal() else 0


def _area(line: ThreadLine, directory: OrgDirectory) -> str:
    fact = directory.unit(_unit(line))
    return fact.area_code if fact else ""


def _counted_facts(spec: ThreadSpec) -> dict[str, str]:
    """The numbers that the acts of such a thread ask for, in the pack's order."""
    return {name: need.title for action in spec.actions for name, need in action.needs.items() if need.type == "int"}


def _asking(spec: ThreadSpec, name: str) -> str:
    return next(action.key for action in spec.actions if name in action.needs)


def _latest(page: CasePage, kind: str) -> dict[str, dict[str, int]]:
    """The numbers that each thread of a kind said last."""
    found: dict[str, dict[str, int]] = {}
    for event in page.events:
        if event.thread.partition(":")[0] == kind:
            numbers = {
                name: value for name, value in event.facts.items() if isinstance(value, int) and not isinstance(value, bool)
            }
            found.setdefault(event.thread, {}).update(numbers)
    return found


def told_alone(page: CasePage, kinds: Iterable[str]) -> set[int]:
    """The entries that stand in such a table and not in the timeline, by number."""
    wanted = set(kinds)
    return {entry.seq for entry in page.timeline if entry.thread.partition(":")[0] in wanted}


def unspoken(page: CasePage, hidden: Collection[int]) -> set[int]:
    """Of the entries that stand in a table alone those of which nothing else on the page speaks: no statement of anybody,
    no file, and no act of this reader in that line of work. A table of a thousand units has two thousand of them.
    """
    offered, by_event = {offer.thread for offer in page.offers}, page.procedure.said_by()
    spoken = {line.seq for line in page.files}
    return {
        one.seq
        for one in page.timeline
        if one.seq in hidden and one.seq not in spoken and one.thread not in offered and not by_event.get(one.kind)
    }
