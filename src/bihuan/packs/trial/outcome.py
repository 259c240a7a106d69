"""What came of a story so far, held against what it tells: states, threads, events, limits, lights, who may do what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bihuan.packs.proofs.told_place import ToldPlace
from bihuan.packs.telling import instant
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import kind_of
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.lights import light_of
from bihuan.rules.procedure.decide import LIMIT_NEAR, CaseView, Position, available
from bihuan.rules.routing import UnitTable
from bihuan.rules.terms import Doer

Wrong = tuple[tuple[str, ...], str]
"""Where in an act or in the end something is not as told, and what."""


@dataclass(slots=True)
class ToldCase:
    """One of a story's cases as events and positions. ``seen``: how many of its events were looked at."""

    number: int
    events: list[Event] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    seen: int = 0


class Told(Protocol):
    """A story on its way, as far as it is told."""

    case: ToldCase
    at: datetime
    calendar: Calendar
    place: ToldPlace
    table: UnitTable

    @property
    def events(self) -> list[Event]:
        """The events of the case told of just now."""

    @property
    def positions(self) -> dict[str, Position]:
        """Where its threads stand."""

    def readings(self) -> tuple[Reading, ...]:
        """Every clock as it stands now."""

    def view(self) -> CaseView:
        """The case as the rules see it now."""

    def doer(self, who: str) -> Doer:
        """A member of the cast, the resident or the system. Raises StoryFault."""


class Outcome:
    """The case that is told of just now, to be held against an expectation."""

    def __init__(self, told: Told) -> None:
        """Of one telling."""
        self.told = told

    def differences(self, expect: Mapping[str, Any]) -> Iterator[Wrong]:
        """What is not as told of that case."""
        happened = self.happened()
        main = self.told.positions.get(MAIN)
        state = main.state if main else ""
        if expect.get("state", state) != state:
            yield ("state",), f"state {state}, not {expect['state']}"
        for kind, wanted in expect.get("threads", {}).items():
            stands = sorted(position.state for position in self.told.positions.values() if position.kind == kind)
            if stands != sorted([wanted] if isinstance(wanted, str) else wanted):
                yield ("threads", kind), f"{kind} {stands}, not {wanted}"
        missing = [kind for kind in expect.get("events", ()) if kind not in happened and kind != LIMIT_NEAR]
        yield from ((("events",), f"no {kind}") for kind in missing)
        if {"light", "due", "charged"} & set(expect):
            yield from self._clocks(expect)
        for word, may in (("can", True), ("cannot", False)):
            for who, acts in expect.get(word, {}).items():
                offered = self._offered(who)
                yield from (
                    ((word, who), f"{who} {'may not' if may else 'may'} {act}") for act in acts if (act in offered) != may
                )

    def happened(self) -> set[str]:
        """The events that an expectation may look for: those since the last one."""
        since, self.told.case.seen = self.told.case.seen, len(self.told.events)
        return {event.kind for event in self.told.events[since:]}

    def lit(self, wanted: str, shown: Collection[str]) -> bool:
        """Whether a light is as told."""
        return wanted in shown

    def ended(self, told: datetime, ends: Collection[datetime | None]) -> bool:
        """Whether a limit ends as told."""
        return told in ends

    def _clocks(self, expect: Mapping[str, Any]) -> Iterator[Wrong]:
        readings = [reading for reading in self.told.readings() if reading.state != "idle"]
        for key, wanted in expect.get("light", {}).items():
            lights = [light_of(one, self.told.at) for one in readings if one.key == key]  # one for each thread of its kind
            shown = [str(light or "none") for light in lights or [None]]
            if not self.lit(wanted, shown):
                yield ("light", key), f"light of {key} {', '.join(shown)}, not {wanted}"
        for key, due in expect.get("due", {}).items():
            ends = {one.due_at for one in readings if one.key == key}
            if not self.ended(instant(str(due), self.told.at, self.told.calendar), ends):
                stands = ", ".join(sorted(self.told.calendar.local(end).isoformat() for end in ends if end)) or "not at all"
                yield ("due", key), f"{key} due {stands}, not {due}"
        for key, unit in expect.get("charged", {}).items():
            if self.told.place.unit(str(unit)) not in {one.charged.unit for one in readings if one.key == key}:
                yield ("charged", key), f"{key} not charged to {unit}"

    def _offered(self, who: str) -> set[str]:
        offers = available(self.told.view(), self.told.doer(who), self.told.at, self.told.calendar, self.told.table)
        return {
            offer.action.key if offer.thread == MAIN else f"{kind_of(offer.thread)}.{offer.action.key}"
            for offer in offers
            if not offer.refused
        }
