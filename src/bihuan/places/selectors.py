"""Reading the area tree. Every answer is a plain value, found by code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from threading import Lock

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from bihuan.places.models import WIDTHS, Area, level_codes

KEPT = 24
"""Areas whose names a process keeps, each for one state of the organisation."""
_named: OrderedDict[tuple[str, int, str], dict[str, str]] = OrderedDict()
_lock = Lock()
_FIELDS = ("id", "code", "level", "name", "parent__code", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class AreaFact:
    """One area. ``parent`` is the code of the area above ("" at the top); ``valid_to`` is its last day, included."""

    id: int
    code: str
    level: str
    name: str
    parent: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def level_codes(self) -> dict[str, str]:
        """The codes a6, a9, a12, a15 of the areas it lies in, itself included."""
        return level_codes(self.code)


def _facts(rows: QuerySet[Area]) -> list[AreaFact]:
    return [AreaFact(row[0], row[1], row[2], row[3], row[4] or "", row[5], row[6]) for row in rows.values_list(*_FIELDS)]


def _valid(on: date | None) -> Q:
    if on is None:
        return Q()
    started = Q(valid_from=None) | Q(valid_from__lte=on)
    return started & (Q(valid_to=None) | Q(valid_to__gte=on))


def code_column(code: str) -> str:
    """The level column ("a9") that holds this code; ValueError for a code of no known width."""
    if len(code) not in WIDTHS or not (code.isascii() and code.isdigit()):
        raise ValueError(f"not an area code: {code!r}")
    return f"a{len(code)}"


def area(code: str) -> AreaFact | None:
    """The area with this code, whether or not it still exists. One statement."""
    found = _facts(Area.objects.filter(code=code))
    return found[0] if found else None


def areas(codes: Iterable[str]) -> dict[str, AreaFact]:
    """The areas with these codes, by code; unknown codes are absent. One statement."""
    return {fact.code: fact for fact in _facts(Area.objects.filter(code__in=set(codes)))}


def top_areas(on: date | None = None) -> list[AreaFact]:
    """The areas with nothing above them: one in a jurisdiction."""
    return _facts(Area.objects.filter(_valid(on), parent=None).order_by("code"))


def all_areas() -> list[AreaFact]:
    """Every area of the jurisdiction, ended ones too, in code order: what is above comes first. One statement."""
    return _facts(Area.objects.order_by("code"))


def children(code: str, on: date | None = None) -> list[AreaFact]:
    """The areas directly below, in code order; only those that exist on the day ``on`` where it is given."""
    return _facts(Area.objects.filter(_valid(on), parent__code=code).order_by("code"))


def descendants(code: str, *, level: str = "", on: date | None = None) -> list[AreaFact]:
    """Everything below an area, in code order, or only the areas of one level. One statement."""
    rows = Area.objects.filter(_valid(on), **{code_column(code): code}).exclude(code=code)
    if level:
        rows = rows.filter(level=level)
    return _facts(rows.order_by("code"))


def names_in(code: str, stamp: int) -> dict[str, str]:
    """The names of an area and of everything below it, by code. One statement, none while this process knows them.

    ``stamp``: the state of the organisation for which they are kept; what is shown by them may be as old as that.
    """
    key = (connection.alias, stamp, code)
    with _lock:
        known = _named.get(key)
    if known is None:
        known = dict(Area.objects.filter(valid_to=None, **{code_column(code): code}).values_list("code", "name"))
        with _lock:
            _named[key] = known
            while len(_named) > KEPT:
                _named.popitem(last=False)
    return known


def ancestors(code: str) -> list[AreaFact]:
    """The areas above one, from the top down, without itself. One statement."""
    codes = [code[:width] for width in WIDTHS if width < len(code)]
    return _facts(Area.objects.filter(code__in=codes).order_by("code"))


def of_level(level: str, on: date | None = None) -> list[AreaFact]:
    """All areas of one level, in code order."""
    return _facts(Area.objects.filter(_valid(on), level=level).order_by("code"))


def path_names(codes: Iterable[str]) -> dict[str, str]:
    """For each code the names of its areas below the top, joined by "·": "文星街道·东湖社区·第3网格". One statement.

    The top area's own name stands for itself only.
    """
    wanted = set(codes)
    prefixes = {code[:width] for code in wanted for width in WIDTHS if width <= len(code)}
    known = areas(prefixes)
    spelled: dict[str, str] = {}
    for code in wanted & known.keys():
        chain = [known[code[:width]] for width in WIDTHS if width <= len(code) and code[:width] in known]
        below = [fact.name for fact in chain if fact.parent] or [chain[-1].name]
        spelled[code] = "·".join(below)
    return spelled


def find(words: Iterable[str], *, limit: int, on: date | None = None) -> list[AreaFact]:
    """Areas whose own name or the name of an area above holds every word, widest areas first. One statement."""
    rows = Area.objects.filter(_valid(on))
    for word in words:
        rows = rows.filter(
            Q(name__contains=word)
            | Q(parent__name__contains=word)
            | Q(parent__parent__name__contains=word, parent__parent__parent__isnull=False)
        )
    return _facts(rows.order_by(Length("code"), "code")[:limit])
