"""Cases that may be the same matter: same kind of matter, same or near place, words in common, not long ago. Never by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import FilteredRelation, Q, QuerySet
from django.db.models.expressions import RawSQL

from bihuan.cases.models import Case
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import in_scope

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

NEWEST = 300
"""So many of the newest of a category are looked at, so that the cost does not grow with the years."""
LEAST = 3.0
"""Below this two reports have too little in common to be shown beside one another."""
MOST = 5
GONE = ("merged", "withdrawn", "declined")
_FIELDS = ("id", "number", "title", "opened_at", "area_code", "category", "about_unit_id", "about_account_id", "main__state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The report to which others are held. ``days``: how far back (pack ``[look_alike]``).

    ``others``: further categories that the words may mean; ``guess``: the category that a title suggests, for those that
    nobody has accepted yet.
    """

    case_id: int
    title: str
    text: str
    category: str
    area_code: str
    opened_at: datetime
    days: int
    guess: Callable[[str], str] = str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """One case that may be the same, and what speaks for it: ``words`` in common, the place, the category, days apart."""

    case_id: int
    number: str
    title: str
    state: str
    opened_at: datetime
    area_code: str
    about: tuple[int, int]
    same_category: bool
    same_place: bool
    words: tuple[str, ...]
    days: int
    score: float


def look_alikes(actor: Actor, wanted: Wanted, *, limit: int = MOST) -> list[Alike]:
    """The likeliest first; only what the actor may see. One statement, at the same cost however many cases there are."""
    rows = candidates(actor, wanted).values_list(*_FIELDS)
    told = (dict(zip(_FIELDS, row, strict=True)) for row in rows)
    there = (row for row in told if row["main__state"] not in GONE and _may_be_near(wanted.area_code, row["area_code"]))
    found = [_held_to(wanted, row) for row in there]
    likely = [one for one in found if one.score >= LEAST]
    return sorted(likely, key=lambda one: (-one.score, -one.case_id))[:limit]


def candidates(actor: Actor, wanted: Wanted) -> QuerySet[Case, Any]:
    """The newest of the same category, of those without one yet, and of the same village, whatever became of them."""
    span = timedelta(days=wanted.days)
    near = Q(opened_at__gte=wanted.opened_at - span, opened_at__lte=wanted.opened_at + span)
    same = [("category", category) for category in dict.fromkeys(("", wanted.category, *wanted.others))]
    if len(wanted.area_code) >= TOWNSHIP:  # people call the same thing by different names: whatever was told right there
        width = VILLAGE if len(wanted.area_code) >= VILLAGE else TOWNSHIP
        same.append((f"a{width}", wanted.area_code[:width]))
    cases = Case.objects.annotate(main=FilteredRelation("threads", condition=Q(threads__name=MAIN)))
    return cases.filter(near, in_scope(actor), pk__in=_newest(same)).exclude(pk=wanted.case_id)


TOWNSHIP, VILLAGE, GRID = 9, 12, 15


def _newest(same: Sequence[tuple[str, str]]) -> RawSQL:
    """Ids of the newest of each of these columns and values, as one list to be looked up one by one.

    Asked one list beside the other ("or"), a database reads instead every case of the days that ``near`` names.
    """
    table = connection.ops.quote_name(Case._meta.db_table)  # noqa: SLF001 - Django's own way to ask
    one = f"SELECT id FROM (SELECT id FROM {table} WHERE {{}} = %s ORDER BY id DESC LIMIT {NEWEST}) AS newest"  # noqa: S608
    return RawSQL(" UNION ".join(one.format(column) for column, _ in same), [value for _, value in same])  # noqa: S611


def _held_to(wanted: Wanted, row: Mapping[str, Any]) -> Alike:
    common, share = in_common(row["title"], f"{wanted.title}\n{wanted.text}")
    place = _nearness(wanted.area_code, row["area_code"])
    category = row["category"] or (wanted.guess(row["title"]) if common or place >= 1 else "")
    same_category = bool(wanted.category) and category == wanted.category
    return Alike(
        case_id=row["id"],
        number=row["number"],
        title=row["title"],
        state=row["main__state"],
        opened_at=row["opened_at"],
        area_code=row["area_code"],
        about=(row["about_unit_id"], row["about_account_id"]),
        same_category=same_category,
        same_place=place >= 1,
        words=common,
        days=abs((wanted.opened_at - row["opened_at"]).days),
        score=4 * share + place + (1.0 if same_category else 0.0),
    )


def _may_be_near(one: str, other: str) -> bool:
    """False for two places in different townships. Asked here, not in SQL: there it would tempt into reading a whole township."""
    return min(len(one), len(other)) < TOWNSHIP or one[:TOWNSHIP] == other[:TOWNSHIP]


def _nearness(one: str, other: str) -> float:
    """Same grid, same village, same township; 0 where one of them is not known so closely."""
    for width, weight in ((GRID, 2.0), (VILLAGE, 1.5), (TOWNSHIP, 0.5)):
        if len(one) >= width and one[:width] == other[:width]:
            return weight
    return 0.0


def in_common(title: str, said: str) -> tuple[tuple[str, ...], float]:
    """Runs of two or more characters of a title that stand in the other report, longest first; and their share of the title.

    >>> in_common("村口路灯不亮", "路灯坏了,村口一片黑")
    (('村口', '路灯'), 0.6666666666666666)
    """
    runs: list[str] = []
    start = 0
    while start < len(title) - 1:
        end = start + 1
        while end < len(title) and title[start : end + 1] in said:
            end += 1
        if end - start > 1 and title[start:end].strip():
            runs.append(title[start:end])
            start = end
        else:
            start += 1
    told: Sequence[str] = sorted(dict.fromkeys(runs), key=lambda run: -len(run))
    return tuple(told[:3]), min(1.0, sum(map(len, runs)) / len(title)) if title else 0.0
