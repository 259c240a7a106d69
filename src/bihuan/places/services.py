"""Writing the area tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from bihuan.places.models import WIDTHS, Area, level_codes
from bihuan.places.selectors import code_column


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One row of a list of areas. ``parent`` "" = the top of this jurisdiction."""

    code: str
    name: str
    level: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many areas a load created, renamed or left as they were."""

    created: int
    changed: int
    unchanged: int


class BadAreaRow(ValueError):
    """A row that cannot be an area; ``code`` names it."""

    def __init__(self, code: str, why: str) -> None:
        """Keep the code beside the reason."""
        super().__init__(f"area {code!r}: {why}")
        self.code = code


def _check(rows: Sequence[AreaRow], known: set[str]) -> None:
    """Refuse the whole list at its first impossible row: half a tree is worse than none."""
    seen: set[str] = set()
    for row in rows:
        if len(row.code) not in WIDTHS or not (row.code.isascii() and row.code.isdigit()):
            raise BadAreaRow(row.code, f"a code has {', '.join(map(str, WIDTHS))} digits")
        if row.code in seen:
            raise BadAreaRow(row.code, "twice in the list")
        if not row.name.strip() or not row.level:
            raise BadAreaRow(row.code, "no name or no level")
        if row.parent and not (row.code.startswith(row.parent) and len(row.parent) < len(row.code)):
            raise BadAreaRow(row.code, f"does not lie below {row.parent}")
        seen.add(row.code)
    for row in rows:
        if row.parent and row.parent not in seen and row.parent not in known:
            raise BadAreaRow(row.code, f"its parent {row.parent} is nowhere")


@transaction.atomic
def load_areas(rows: Iterable[AreaRow], *, valid_from: date | None = None) -> Loaded:
    """Create the areas that are missing and rename those whose name or level changed; one insert for each level.

    Raises BadAreaRow and writes nothing when any row is impossible. Areas absent from ``rows`` stay (see ``end_area``).
    """
    listed = list(rows)
    known = {area.code: area for area in Area.objects.only("code", "name", "level")}
    _check(listed, set(known))
    ids = {code: area.pk for code, area in known.items()}
    changed: list[Area] = []
    missing: list[AreaRow] = []
    for row in listed:
        area = known.get(row.code)
        if area is None:
            missing.append(row)
        elif (area.name, area.level) != (row.name, row.level):
            area.name, area.level = row.name, row.level
            changed.append(area)
    for width in WIDTHS:
        layer = [
            Area(
                code=row.code, name=row.name.strip(), level=row.level, valid_from=valid_from,
                parent_id=ids[row.parent] if row.parent else None, **level_codes(row.code),
            )
            for row in missing
            if len(row.code) == width
        ]  # fmt: skip
        ids.update({area.code: area.pk for area in Area.objects.bulk_create(layer)})
    Area.objects.bulk_update(changed, ["name", "level"])
    return Loaded(created=len(missing), changed=len(changed), unchanged=len(listed) - len(missing) - len(changed))


def end_area(code: str, *, last_day: date) -> int:
    """Let an area and everything below it end after ``last_day``; how many ended. Ended ones stay as they were."""
    return Area.objects.filter(valid_to=None, **{code_column(code): code}).update(valid_to=last_day)
