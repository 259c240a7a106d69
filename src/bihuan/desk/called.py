"""Work that several offices were called to at once: each office with what it did, in time or not, and what was said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bihuan.cases.shapes import CasePage, ThreadLine
from bihuan.desk.offers import Act
from bihuan.desk.steps import Step, steps_of
from bihuan.desk.timeline import Entry, by_office
from bihuan.web.speech import Due, Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One office that was called: where its line stands, the limit that runs, its steps, the first one first, and what
    the reader may do in it now.
    """

    name: str
    state: str
    open: bool
    due: Due
    steps: tuple[Step, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One kind of such work on a case, with every office that was called to it."""

    title: str
    offices: tuple[Office, ...]


def called(
    page: CasePage, entries: Sequence[Entry], say: Speech, units: Mapping[int, str], acts: Sequence[Act] = ()
) -> list[Called]:
    """A table for each such kind that the case has; none where it has none. ``acts``: those drawn on the page. No statement."""
    kinds = by_office(page.procedure)
    by_seq = {entry.seq: entry for entry in entries}
    found = []
    for kind in kinds:
        lines = [line for line in page.threads if line.kind == kind]
        if lines:
            offices = tuple(_office(line, page, by_seq, say, units, acts) for line in lines)
            found.append(Called(title=say.say("thread", page.procedure.key, kind), offices=offices))
    return found


def _office(
    line: ThreadLine, page: CasePage, entries: Mapping[int, Entry], say: Speech, units: Mapping[int, str], acts: Sequence[Act]
) -> Office:
    unit = int(line.item) if line.item.isdecimal() else 0
    return Office(
        name=units.get(unit, "") or line.holder_unit_name,
        state=say.state(page.procedure.key, line.state, line.kind),
        open=line.open,
        due=say.due(line.light, line.due_at),
        steps=steps_of(line.name, page, entries),
        acts=tuple(act for act in acts if act.thread == line.name and not act.refused),
    )
