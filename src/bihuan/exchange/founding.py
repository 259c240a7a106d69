"""Setting a place up from its pack: rules into the rulebook, the tree of areas, the units that take in and handle.

Who sits where is not in a pack: posts are given by the place's administrators (or by the demonstration).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bihuan.packs import Division, Pack
from bihuan.people import selectors as people
from bihuan.people.services import create_units, units_of_pack
from bihuan.places import selectors as places
from bihuan.places.services import AreaRow, load_areas
from bihuan.rulebook import services as rulebook

TOWN_WEIGHT, COUNTRY_WEIGHT = 3, 2  # a residents' committee in town has more households than a village
TOWN_SUFFIX = "社区"
GRID_DIGITS = 3


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


def found(pack: Pack, divisions: Iterable[Division]) -> Founded:
    """Publish the pack and make its areas and units; what is there already stays as it is. May be run again.

    Raises rulebook.errors.VersionTaken when this version was published with other rules.
    """
    rulebook.publish(pack)
    load_areas(area_rows(pack, divisions))
    areas = [area for level in pack.levels for area in places.of_level(level.key)]
    wanted = units_of_pack(pack, areas)
    known = people.unit_ids([row.key for row in wanted])
    missing = [row for row in wanted if row.key not in known]
    if missing:
        create_units(missing)
    return Founded(
        areas=Counter(area.level for area in areas),
        units=Counter(row.kind for row in wanted),
        new_units=len(missing),
    )
