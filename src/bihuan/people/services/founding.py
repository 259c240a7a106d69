"""The units that a pack's offices make over a tree of areas: what a new jurisdiction is founded with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bihuan.packs.shape import OfficeSpec, Pack
from bihuan.people.errors import UnknownUnit
from bihuan.people.services.organisation import UnitRow
from bihuan.places.models import WIDTHS
from bihuan.places.selectors import AreaFact

AT = "@"


def unit_key(office: str, area_code: str, *, per: str) -> str:
    """The stable key of a pack's office: its own key, with ``per`` a level the area's code behind it ("police@430624101")."""
    return f"{office}{AT}{area_code}" if per else office


def takes_in(pack: Pack, kind: str) -> bool:
    """True for units that receive for their area: the centres, and at a level without one (village, grid) its own unit."""
    spec = pack.unit_kind(kind)
    if spec is None:
        return False
    level = pack.level(spec.level)
    return spec.centre or (level is not None and not level.centre)


def units_of_pack(pack: Pack, areas: Iterable[AreaFact]) -> list[UnitRow]:
    """A row for each office of the pack, one for each area where the office stands in every area of a level.

    The superior is the office's own, else the unit of the superior kind in the same area or the nearest above it.
    Raises UnknownUnit when the pack names a kind that does not exist, or a superior that stands nowhere above.
    """
    tree = sorted(areas, key=lambda area: (len(area.code), area.code))
    placed: dict[tuple[str, str], str] = {}
    standing: list[tuple[OfficeSpec, AreaFact, str]] = []
    for office in pack.offices:
        kind = pack.unit_kind(office.kind)
        if kind is None:
            raise UnknownUnit(f"office {office.key!r}: no unit kind {office.kind!r}", "kind")
        for area in tree:
            if area.level != (office.per or kind.level):
                continue
            key = unit_key(office.key, area.code, per=office.per)
            placed.setdefault((office.key, area.code), key)
            placed.setdefault((office.kind, area.code), key)
            standing.append((office, area, key))
    return [
        UnitRow(
            key=key,
            office=office.key,
            kind=office.kind,
            name=office.title.replace("{area}", area.name),
            area_code=area.code,
            superior_key=_superior(pack, office, area, placed),
            centre=takes_in(pack, office.kind),
        )
        for office, area, key in standing
    ]


def _superior(pack: Pack, office: OfficeSpec, area: AreaFact, placed: dict[tuple[str, str], str]) -> str:
    kind = pack.unit_kind(office.kind)
    wanted = office.superior or (kind.superior if kind else "")
    if not wanted:
        return ""
    for code in _upwards(area.code):
        found = placed.get((wanted, code))
        if found is not None:
            return found
    raise UnknownUnit(f"office {office.key!r} in {area.code}: no {wanted!r} above it", "superior")


def _upwards(code: str) -> Sequence[str]:
    return [code[:width] for width in reversed(WIDTHS) if width <= len(code)]


def posts_apart(pack: Pack) -> dict[str, frozenset[str]]:
    """Posts that one person may not hold together (pack key ``apart_from``), both ways round."""
    apart: dict[str, set[str]] = {}
    for post in pack.posts:
        for other in post.apart_from:
            apart.setdefault(post.key, set()).add(other)
            apart.setdefault(other, set()).add(post.key)
    return {key: frozenset(others) for key, others in apart.items()}
