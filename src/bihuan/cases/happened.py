"""What follows an event: writers in the same transaction (NOW) and work for the outbox (LATER), injected at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bihuan.rules.clocks.reading import HOLDER_UNIT
from bihuan.rules.events import Event
from bihuan.rules.procedure.view import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event as it was just written; ``position``: where its thread stands now. ``entry``: the ledger entry's id.

    ``about``: the matter is about an office or somebody on duty, and kept from them.
    """

    case_id: int
    number: str
    area_code: str
    is_demo: bool
    entry: int
    event: Event
    position: Position
    category: str = ""
    about: bool = False
    urgent: bool = False


Writer = Callable[[Sequence[Happened]], None]
"""Writes a room's own rows for the events of one kind, in the door's transaction, with at most one statement."""

URGENT = "urgent"
"""Stands in the table of later work for an event by which an urgent or critical case comes into somebody's hands."""

COPIED, COPY = "copied", "copy_leader"
"""COPIED stands in that table for an event whose fact COPY says that the leader of the office gets a copy."""

FIRST = "first"
"""Stands in the table of writers for the event that opens a case, whatever its procedure calls it."""

_now: dict[str, tuple[Writer, ...]] = {}
_later: set[str] = set()


def follow(now: Mapping[str, Iterable[Writer]], later: Iterable[str]) -> None:
    """Set what follows which kind of event. Called once by ``config`` with the tables of ``flows``."""
    _now.clear()
    _now.update({kind: tuple(writers) for kind, writers in now.items()})
    _later.clear()
    _later.update(later)


def topic_of(kind: str) -> str:
    """The outbox topic under which a kind of event is followed."""
    return f"case.{kind}"


def write_now(happened: Sequence[Happened]) -> None:
    """Call the writers of each kind of event, once each."""
    for kind, writers in _now.items():
        mine = [each for each in happened if (each.event.seq == 1 if kind == FIRST else each.event.kind == kind)]
        for writer in writers if mine else ():
            writer(mine)


def for_later(happened: Sequence[Happened]) -> list[tuple[str, Happened]]:
    """Those events that work in the outbox follows, each with its topic; an urgent case in new hands and a copy have one more."""
    found = [(topic_of(each.event.kind), each) for each in happened if each.event.kind in _later]
    if URGENT in _later:
        found += [(topic_of(URGENT), each) for each in happened if each.urgent and each.event.facts.get(HOLDER_UNIT)]
    if COPIED in _later:
        found += [(topic_of(COPIED), each) for each in happened if each.event.facts.get(COPY) is True]
    return found
