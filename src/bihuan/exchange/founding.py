"""Setting a place up from its pack: rules into the rulebook, the tree of areas, the units that take in and handle.

Who sits where is not in a pack: posts are given by the place's administrators (or by the demonstration).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bihuan.packs import Division, Pack
from bihuan.packs.shape import OfficeSpec
from bihuan.people import selectors as people
from bihuan.people.services import UnitRow, create_units, unit_key
from bihuan.places import selectors as places
from bihuan.places.services import AreaRow, load_areas
from bihuan.rulebook import services as rulebook

TOWN_WEIGHT, COUNTRY_WEIGHT = 3, 2  # a residents' committee in town has more households than a village
TOWN_SUFFIX = "社区"
GRID_DIGITS = 3


class AnotherPlace(Exception):
    """The areas here are those of another place than the pack's: ``here`` and ``other`` are the names at the top."""

    def __init__(self, here: str, other: str) -> None:
        """Names of the topmost areas."""
        super().__init__(f"{here} is not {other}")
        self.here, self.other = here, other


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What now stands: how many areas of each level and units of each kind, newly made or there before."""

    areas: Mapping[str, int]
    units: Mapping[str, int]
    new_units: int


def spread_grids(villages: Sequence[AreaRow], total: int) -> dict[str, int]:
    """How many grids each village gets when only their total is published: at least one, by weight, largest remainder.

    The order of the codes decides between equals, so the same list always gives the same grids.
    """
    if not villages or total < len(villages):
        return dict.fromkeys((village.code for village in villages), 1 if total else 0)
    weights = {row.code: TOWN_WEIGHT if row.name.endswith(TOWN_SUFFIX) else COUNTRY_WEIGHT for row in villages}
    spare, weight = total - len(villages), sum(weights.values())
    shares = {code: 1 + spare * own // weight for code, own in weights.items()}
    left = total - sum(shares.values())
    by_remainder = sorted(weights, key=lambda code: (-(spare * weights[code] % weight), code))
    for code in by_remainder[:left]:
        shares[code] += 1
    return shares


def area_rows(pack: Pack, divisions: Iterable[Division]) -> list[AreaRow]:
    """Every area of the pack from the top down: its divisions as published, and grids where only their number is."""
    rows = [AreaRow(code=row.code, name=row.name, level=row.level, parent=row.parent) for row in divisions]
    lowest = pack.levels[-1]
    if pack.area.grids and not any(row.level == lowest.key for row in rows):
        above = [row for row in rows if row.level == pack.levels[-2].key]
        for code, count in spread_grids(above, pack.area.grids).items():
            rows += [
                AreaRow(
                    code=f"{code}{n:0{GRID_DIGITS}d}",
                    name=pack.area.grid_name.format(n=n),
                    level=lowest.key,
                    parent=code,
                )
                for n in range(1, count + 1)
            ]
    return rows


def unit_rows(pack: Pack, areas: Iterable[AreaRow]) -> list[UnitRow]:
    """The units of the pack's offices over its areas, each under the unit that stands above it."""
    listed = list(areas)
    by_level: dict[str, list[AreaRow]] = {}
    for area in listed:
        by_level.setdefault(area.level, []).append(area)
    superiors = superior_of(pack)
    kinds_at = Counter(kind.level for kind in pack.unit_kinds)
    rows: list[UnitRow] = []
    for office in pack.offices:
        kind = pack.unit_kind(office.kind)
        if kind is None:
            continue
        takes_in = kind.centre or kinds_at[kind.level] == 1  # a village's or grid's own unit takes in too
        rows += [
            UnitRow(
                key=unit_key(office.key, area.code, per=office.per),
                office=office.key,
                kind=office.kind,
                name=office.title.format(area=area.name),
                area_code=area.code,
                superior_key=superiors(office, area.code),
                centre=takes_in,
            )
            for area in by_level.get(kind.level, ())
        ]
    return rows


def superior_of(pack: Pack) -> Callable[[OfficeSpec, str], str]:
    """A function from an office and its area to the key of the unit above it, "" at the top."""
    first_of_kind: dict[str, OfficeSpec] = {}
    for office in pack.offices:
        first_of_kind.setdefault(office.kind, office)
    digits = {level.key: level.digits for level in pack.levels}

    def key(office: OfficeSpec, area_code: str) -> str:
        kind = pack.unit_kind(office.kind)
        above = pack.office(office.superior) if office.superior else first_of_kind.get(kind.superior if kind else "")
        above_kind = pack.unit_kind(above.kind) if above else None
        if above is None or above_kind is None:
            return ""
        return unit_key(above.key, area_code[: digits[above_kind.level]], per=above.per)

    return key


def found(pack: Pack, divisions: Iterable[Division]) -> Founded:
    """Publish the pack and make the areas and units that are missing. May be run again.

    What is there stays: names given at the desk, areas that have ended (they found no unit), areas made since (they do).

    Raises rulebook.errors.VersionTaken when this version was published with other rules, AnotherPlace when other areas stand
    at the top here; then nothing was written.
    """
    areas = area_rows(pack, divisions)
    top = {row.code: row.name for row in areas if not row.parent}
    here = {area.code: area.name for area in places.top_areas()}
    if here and top and not here.keys() & top.keys():
        raise AnotherPlace("、".join(here.values()), "、".join(top.values()))
    rulebook.publish(pack)
    names = {area.code: area.name for area in places.all_areas()}
    load_areas(replace(row, name=names.get(row.code, row.name)) for row in areas)
    standing = [area for area in places.all_areas() if area.valid_to is None]
    wanted = unit_rows(pack, [AreaRow(area.code, area.name, area.level, area.parent) for area in standing])
    known = people.unit_ids([row.key for row in wanted])
    missing = [row for row in wanted if row.key not in known]
    if missing:
        create_units(missing)
    return Founded(
        areas=Counter(area.level for level in pack.levels for area in places.of_level(level.key)),
        units=Counter(row.kind for row in wanted),
        new_units=len(missing),
    )
