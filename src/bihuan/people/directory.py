"""The organisation as routing asks about it: every unit that still takes in work, held in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from bihuan.rules.routing import UnitFact

_KEPT = 8


@dataclass(frozen=True, slots=True)
class OpenUnit:
    """A unit with what the directory answers about it; ``centre``: it takes in what comes to its area at its level.

    ``area_name``: what its area is called.
    """

    fact: UnitFact
    name: str
    centre: bool
    area_name: str = ""


class OrgDirectory:
    """A ``rules.routing.Directory`` over the units of one state of the organisation (``stamp``). Never changes."""

    def __init__(self, stamp: int, units: Iterable[OpenUnit]) -> None:
        """Index the units by number, by level and area, and by kind or key."""
        self.stamp = stamp
        self._units = {unit.fact.id: unit for unit in units}
        self._centres: dict[tuple[str, str], int] = {}
        self._by_word: dict[str, list[UnitFact]] = {}
        for unit in self._units.values():
            fact = unit.fact
            if unit.centre:
                self._centres.setdefault((fact.level, fact.area_code), fact.id)
            for word in {fact.kind, fact.key}:
                self._by_word.setdefault(word, []).append(fact)
        for listed in self._by_word.values():
            listed.sort(key=lambda fact: (-len(fact.area_code), fact.id))

    def unit(self, unit: int) -> UnitFact | None:
        """The unit, or None when there is none that takes in work now."""
        found = self._units.get(unit)
        return found.fact if found else None

    def centre_at(self, level: str, area_code: str) -> int:
        """The unit that receives for the area of that level in which ``area_code`` lies; 0 = none."""
        for width in range(len(area_code), 0, -1):
            centre = self._centres.get((level, area_code[:width]))
            if centre is not None:
                return centre
        return 0

    def units_of(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind, or with that key, whose area contains ``area_code``; nearest first."""
        return [fact.id for fact in self._by_word.get(kind, ()) if area_code.startswith(fact.area_code)]

    def units_in(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind whose area lies in ``area_code``, by area."""
        return [fact.id for fact in self.all_of(kind) if fact.area_code.startswith(area_code)]

    def superior_of(self, unit: int) -> int:
        """The unit above; 0 = none."""
        found = self._units.get(unit)
        return found.fact.superior if found else 0

    def has_below(self, unit: int) -> bool:
        """True where other units stand directly under it."""
        return any(one.fact.superior == unit for one in self._units.values())

    def all_of(self, kind: str) -> Sequence[UnitFact]:
        """Every unit of that kind, wherever it lies, by area and number."""
        return sorted(
            (fact for fact in self._by_word.get(kind, ()) if fact.kind == kind), key=lambda fact: (fact.area_code, fact.id)
        )

    def name_of(self, unit: int) -> str:
        """The unit's name, "" when it is not in the directory."""
        found = self._units.get(unit)
        return found.name if found else ""

    def area_name_of(self, unit: int) -> str:
        """The name of the unit's area, "" when it is not in the directory."""
        found = self._units.get(unit)
        return found.area_name if found else ""

    def beside(self, unit: int) -> Sequence[UnitFact]:
        """The units of the same area, this one among them, by number; none when it is not in the directory."""
        known = self._units.get(unit)
        found = (one.fact for one in self._units.values() if known and one.fact.area_code == known.fact.area_code)
        return sorted(found, key=lambda fact: fact.id)


class DirectoryShelf:
    """The last few directories read by this process, keyed by database and stamp: two jurisdictions never meet in it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kept: OrderedDict[tuple[str, int], OrgDirectory] = OrderedDict()
        self._lock = Lock()

    def get(self, alias: str, stamp: int) -> OrgDirectory | None:
        """The directory of that state of the organisation, if this process has read it."""
        with self._lock:
            return self._kept.get((alias, stamp))

    def put(self, alias: str, directory: OrgDirectory) -> None:
        """Keep a directory; the oldest goes when there are too many."""
        with self._lock:
            self._kept[alias, directory.stamp] = directory
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
