"""Routing: who holds a case next, which centre receives it, which office a kind of matter belongs to.

The rules know units only through a Directory; ``people`` provides one over its tables, ``UnitTable`` is one in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bihuan.rules.events import Event
from bihuan.rules.terms import NOBODY, Facts, Holder, HolderSpec

CENTRE = "centre"
AREA_FACT, CENTRE_FACT, ABOUT_UNIT_FACT = "area", "centre", "about_unit"
"""Facts that routing reads: the case's area code, its centre, the unit it is about. The opening event names them, and any
later act that hands the case to another centre or says whom it is about names them anew; the latest holds."""
SUPERIOR = "superior"
_CLIMB_LIMIT = 16


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit as routing sees it. ``level``: the pack's key of its area's level; ``superior`` 0 = none above."""

    id: int
    kind: str
    area_code: str
    superior: int = 0
    level: str = ""
    key: str = ""


class Directory(Protocol):
    """What routing asks about units. Unit numbers are those of ``people``; 0 means there is none."""

    def unit(self, unit: int) -> UnitFact | None:
        """The unit, or None when there is no such unit now."""
        ...

    def centre_at(self, level: str, area_code: str) -> int:
        """The unit that receives for the area of that level in which ``area_code`` lies; 0 = none."""
        ...

    def units_of(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind, or with that key, whose area contains ``area_code``; nearest first."""
        ...

    def units_in(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind whose area lies in ``area_code``, by area."""
        ...

    def superior_of(self, unit: int) -> int:
        """The unit above; 0 = none."""
        ...


class DutyLine(Protocol):
    """A line of a pack's duty list: a category, the office (unit key or kind) that answers for it at a level, and why."""

    @property
    def category(self) -> str:
        """The category it answers for."""
        ...

    @property
    def office(self) -> str:
        """The office's key, or a kind of unit."""
        ...

    @property
    def level(self) -> str:
        """The area level at which the line holds."""
        ...

    @property
    def basis(self) -> str:
        """The text to cite."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An office that the duty list names for a category, with the basis to cite."""

    unit: int
    basis: str


def chain_of(unit: int, directory: Directory) -> tuple[int, ...]:
    """The unit and every unit above it, nearest first."""
    chain: list[int] = []
    while unit and unit not in chain and len(chain) < _CLIMB_LIMIT:
        chain.append(unit)
        unit = directory.superior_of(unit)
    return tuple(chain)


def is_avoided(unit: int, avoid: Collection[int], directory: Directory) -> bool:
    """True when the unit is, or stands below, one that must not deal with the matter."""
    return bool(avoid) and any(above in avoid for above in chain_of(unit, directory))


def over_all(units: Sequence[int], directory: Directory) -> int:
    """The lowest unit that is, or stands above, every one of them; 0 = none."""
    chains = [chain_of(unit, directory) for unit in units]
    return next((unit for unit in chains[0] if all(unit in chain for chain in chains)), 0) if chains else 0


def climb(unit: int, avoid: Collection[int], directory: Directory) -> int:
    """The unit, or the nearest above it that need not be avoided; 0 = no lawful place here."""
    for above in chain_of(unit, directory):
        if not is_avoided(above, avoid, directory):
            return above
    return 0


def receiving_centre(area_code: str, level: str, avoid: Collection[int], directory: Directory) -> int:
    """The centre of that level for an area, or the first unit above it that is not avoided; 0 = no lawful place here."""
    return climb(directory.centre_at(level, area_code), avoid, directory)


def resolve_holder(
    spec: HolderSpec | None,
    facts: Facts,
    events: Iterable[Event],
    directory: Directory,
    current: Holder,
    item: str = "",
) -> Holder:
    """The holder that a state's ``holder`` names for this case; unit 0 when nobody answers to it.

    ``facts`` are the case's folded facts, ``current`` the holder so far (also when ``spec`` is None), ``item`` the thread's.
    """
    if spec is not None and spec.by_grade:
        spec = spec.of(facts)
        if spec is None:
            return NOBODY
    if spec is not None and spec.nobody:
        return NOBODY
    if spec is None or spec.keep:
        named = spec is not None and (spec.post or spec.in_kind)
        return _within(current.unit, spec, directory) if spec is not None and named else current
    if spec.fact:
        return _within(_number(facts.get(spec.fact)), spec, directory)
    if spec.item:
        return _within(_number(item), spec, directory)
    if spec.superior_of:
        deciders = [event for event in events if event.kind == spec.superior_of]
        return _within(directory.superior_of(_unit_behind(deciders[-1])) if deciders else 0, spec, directory)
    if spec.at in ("", CENTRE):
        return _within(centre_of(facts, directory), spec, directory)
    avoid = _avoided_units(facts)
    return _within(receiving_centre(str(facts.get(AREA_FACT) or ""), spec.at, avoid, directory), spec, directory)


def centre_of(facts: Facts, directory: Directory) -> int:
    """The case's centre as its folded facts say; where the matter is about it, the first unit above that it is not about."""
    return climb(_number(facts.get(CENTRE_FACT)), _avoided_units(facts), directory)


def centre_above(facts: Facts, directory: Directory) -> int:
    """The unit above the case's centre to which it is reported up, past what it is about; 0 = none."""
    return climb(directory.superior_of(centre_of(facts, directory)), _avoided_units(facts), directory)


def answers_to(unit: int, centre: int, directory: Directory) -> bool:
    """True for the units a centre may hand work to: those of its own area at its own level, and those right below it.

    A county centre: county offices, township centres; a township centre: its stations, its villages. Never another
    township's station, nor, from a township, an office of the county.
    """
    one, own = directory.unit(unit), directory.unit(centre)
    if one is None or own is None or unit == centre:
        return False
    return (one.area_code, one.level) == (own.area_code, own.level) or one.superior == centre


def _within(unit: int, spec: HolderSpec, directory: Directory) -> Holder:
    if not unit:
        return NOBODY
    fact = directory.unit(unit) if spec.in_kind else None
    return Holder(unit, spec.post_in(fact.kind) if fact else spec.post)


def _avoided_units(facts: Facts) -> tuple[int, ...]:
    unit = _number(facts.get(ABOUT_UNIT_FACT))
    return (unit,) if unit else ()


def _unit_behind(event: Event) -> int:
    """The unit that did it: the one that asked where another granted it, the doer's own, or the holder the event names."""
    return _number(event.facts.get("asked_by_unit")) or event.by.unit or _number(event.facts.get("holder_unit"))


def _number(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else 0


def offices_for(
    category: str,
    duties: Iterable[DutyLine],
    area_code: str,
    directory: Directory,
    *,
    parents: Mapping[str, str] | None = None,
    level: str = "",
) -> list[Suggestion]:
    """The offices that the duty list names for a category, nearest office first.

    A line for a category above (``parents``: category -> the one above it) serves those under it, unless a line names
    them. ``level`` keeps only the lines of that level; "" = all.
    """
    known = [line for line in duties if level in ("", line.level)]
    lines: list[DutyLine] = []
    while category and not lines:
        lines = [line for line in known if line.category == category]
        category = (parents or {}).get(category, "")
    found: dict[int, Suggestion] = {}
    for line in lines:
        for unit in directory.units_of(line.office, area_code):
            found.setdefault(unit, Suggestion(unit, line.basis))
    return list(found.values())


class UnitTable:
    """A Directory over a fixed list of units, for proofs over a pack, stories and caches. Area codes are prefixes.

    ``centre_kinds`` says which kind of unit receives at each level; a level it does not name takes any unit of that level.
    """

    def __init__(self, units: Iterable[UnitFact], centre_kinds: Mapping[str, str] | None = None) -> None:
        """Index the units once."""
        self._units = {unit.id: unit for unit in units}
        self._centres: dict[tuple[str, str], int] = {}
        self._by_word: dict[str, list[UnitFact]] = {}
        kinds = centre_kinds or {}
        for unit in self._units.values():
            if unit.kind == kinds.get(unit.level, unit.kind):
                self._centres.setdefault((unit.level, unit.area_code), unit.id)
            for word in {unit.kind, unit.key} - {""}:
                self._by_word.setdefault(word, []).append(unit)
        for listed in self._by_word.values():
            listed.sort(key=lambda unit: (-len(unit.area_code), unit.id))

    def unit(self, unit: int) -> UnitFact | None:
        """The unit, or None."""
        return self._units.get(unit)

    def centre_at(self, level: str, area_code: str) -> int:
        """The receiving unit of that level above (or at) the area."""
        for width in range(len(area_code), 0, -1):
            centre = self._centres.get((level, area_code[:width]))
            if centre is not None:
                return centre
        return 0

    def units_of(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind or key whose area contains the code, nearest first."""
        return [unit.id for unit in self._by_word.get(kind, ()) if area_code.startswith(unit.area_code)]

    def units_in(self, kind: str, area_code: str) -> Sequence[int]:
        """Units of that kind whose area lies in the code, by area."""
        inside = [unit for unit in self._by_word.get(kind, ()) if unit.kind == kind and unit.area_code.startswith(area_code)]
        return [unit.id for unit in sorted(inside, key=lambda unit: (unit.area_code, unit.id))]

    def superior_of(self, unit: int) -> int:
        """The unit above; 0 = none."""
        known = self._units.get(unit)
        return known.superior if known is not None else 0
