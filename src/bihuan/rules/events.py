"""Events: what happened, as the ledger keeps it. Every count, clock and guard is a fold over a sequence of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bihuan.rules.terms import Doer, FactValue

MAIN = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact of a case.

    ``seq`` counts from 1 inside the case; ``kind`` is a past participle ("assigned"); ``thread`` is "main" or
    "<kind>:<item>"; ``at`` is the server's receipt (aware); ``facts`` hold keys, numbers and ISO dates, never words.
    """

    seq: int
    kind: str
    at: datetime
    by: Doer
    thread: str = MAIN
    facts: Mapping[str, FactValue] = field(default_factory=dict)


def folded_facts(events: Iterable[Event]) -> dict[str, FactValue]:
    """The latest value of every fact that the events name, later events winning."""
    facts: dict[str, FactValue] = {}
    for event in events:
        facts.update(event.facts)
    return facts


def of_thread(events: Iterable[Event], thread: str) -> list[Event]:
    """Only the events of one thread, in order."""
    return [event for event in events if event.thread == thread]
