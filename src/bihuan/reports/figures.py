"""The pack's figures (``[[indicator]]``) of a month: what its marks counted, as numbers or shares, whole or by office or level.

Every figure is of an office's work. Avoidance holds as in every list; nothing is ranked: rows stand in the order of the
levels and units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bihuan.access.actors import Actor
from bihuan.cases import counts
from bihuan.packs import Pack
from bihuan.packs.later import Indicator
from bihuan.packs.listing import LEVEL, OFFICE
from bihuan.people import selectors as people
from bihuan.reports.board import begins
from bihuan.reports.monthly import next_month
from bihuan.rules.calendar import Calendar
from bihuan.rules.terms import Where


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a figure: of one unit, of one level, or of all. ``of`` None = a number, else the whole of a share."""

    unit: int
    level: str
    n: int
    of: int | None = None

    @property
    def percent(self) -> int | None:
        """The share in whole per cent, rounded down so that 100 means all; None for a number, or a share of nothing."""
        return self.n * 100 // self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the pack with its lines."""

    spec: Indicator
    parts: tuple[Part, ...]


def month_figures(actor: Actor, pack: Pack, month: date, calendar: Calendar) -> tuple[Figure, ...]:
    """Every figure of the pack for the month that ``month`` lies in. At most two statements.

    Of the actor's area; of the actor's own unit where the post sees no area.
    """
    first = month.replace(day=1)
    since, until = begins(calendar, first), begins(calendar, next_month(first))
    return figures(actor, pack, since, until)


def figures(actor: Actor, pack: Pack, since: datetime, until: datetime) -> tuple[Figure, ...]:
    """Every figure of the pack from ``since`` to before ``until``."""
    specs = pack.later.indicators
    unit = 0 if any(actor.scope.area_codes) or actor.scope.everything else actor.unit
    cases = counts.marked(actor, since, until, unit=unit) if any(not spec.times for spec in specs) else {}
    times = counts.marked(actor, since, until, unit=unit, times=True) if any(spec.times for spec in specs) else {}
    kinds = _kinds(actor, pack)
    return tuple(Figure(spec, _parts(spec, times if spec.times else cases, kinds, pack)) for spec in specs)


def _kinds(actor: Actor, pack: Pack) -> dict[int, tuple[str, str]]:
    """Every unit's kind and level. No statement once the directory has been read."""
    directory = people.directory(actor.org_stamp)
    return {fact.id: (kind.key, kind.level) for kind in pack.unit_kinds for fact in directory.all_of(kind.key)}


def _parts(
    spec: Indicator, marked: Mapping[int, Mapping[str, int]], kinds: Mapping[int, tuple[str, str]], pack: Pack
) -> tuple[Part, ...]:
    """The lines of a figure; a unit or level for which nothing was counted has none."""
    n: Counter[tuple[int, str]] = Counter()
    whole: Counter[tuple[int, str]] = Counter()
    for unit, counted in marked.items():
        kind, level = kinds.get(unit, ("", ""))
        if not _meant(spec.where, kind, level):
            continue
        place = (unit if spec.by == OFFICE else 0, level if spec.by == LEVEL else "")
        n[place] += counted.get(spec.of, 0)
        whole[place] += counted.get(spec.over, 0) if spec.over else 0
    order = [level.key for level in pack.levels]
    keys = [key for key in n.keys() | whole.keys() if n[key] or whole[key]] or ([] if spec.by else [(0, "")])
    ranked = sorted(keys, key=lambda key: (order.index(key[1]) if key[1] in order else len(order), key[0]))
    return tuple(Part(unit, level, n[unit, level], whole[unit, level] if spec.over else None) for unit, level in ranked)


def _meant(where: Where, kind: str, level: str) -> bool:
    return where.holds({"unit_kind": kind, "level": level})
