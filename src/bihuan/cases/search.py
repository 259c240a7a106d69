"""Search: which cases of the actor's scope hold these words or this number (docs/rules/search.md).

The index names candidates, the newest six hundred that hold the words; scope and filters are asked of each. By number first,
then words in the title, then words elsewhere, each the newest first. No relevance: it differs between databases and
grows with the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import FilteredRelation, Q, Value, When

from bihuan.cases.among import Ids
from bihuan.cases.lines import lines, row_number
from bihuan.cases.models import Case
from bihuan.cases.narrowing import found_in
from bihuan.cases.search_candidates import MOST, Candidates, Reach, candidates
from bihuan.cases.search_index import WIDTHS, waiting
from bihuan.cases.search_tokens import phrases
from bihuan.cases.selectors import LINE, matching, numbered
from bihuan.cases.shapes import MAIN, CaseFilter, FoundPage
from bihuan.cases.sheet import in_scope
from bihuan.ledger import clock
from bihuan.rules.scope import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from bihuan.access.actors import Actor


_Place = tuple[int, int]
"""Where a case stands among those found: its rank, then the newest first (the id, negative)."""


def find(actor: Actor, typed: str, filters: CaseFilter | None = None, *, after: str = "", limit: int = 50) -> FoundPage:
    """Cases that hold every phrase of what was typed, or have it as their number; key-set paging.

    Beyond the newest six hundred that hold the words nothing is looked at: ``capped`` says so. At most six statements.
    """
    now, limit = clock.now(), min(max(limit, 1), 200)
    filters = filters or CaseFilter()
    wanted, by_number = phrases(typed), typed.strip()
    if actor.kind == "resident" or not wanted:
        return FoundPage(lines=(), after="", understood=bool(wanted))
    numbers = Case.objects.filter(numbered(by_number, actor, now)).order_by().values_list("pk")
    found = candidates(wanted, _reach(actor.scope, filters.area_code), numbers)
    places = sorted((found.ranks[case_id], -case_id) for case_id in _seen(found, actor, filters, now))
    behind = _place_of(after)
    places = [place for place in places if behind is None or place > behind]
    shown = [-older for _, older in places[:limit]]
    rows = {row["id"]: row for row in _with_main().filter(pk__in=shown).values(*LINE)} if shown else {}
    meant = found_in(filters, shown, now)
    return FoundPage(
        lines=lines(
            [rows[case_id] | meant.get(case_id, {}) for case_id in shown if case_id in rows], now, case="", thread="main__"
        ),
        after=f"{places[limit - 1][0]}~{shown[-1]}" if len(places) > limit else "",
        capped=MOST if found.capped else 0,
        waiting=0 if shown else waiting(in_scope(actor)),
    )


def _place_of(after: str) -> _Place | None:
    rank, _, case_id = after.partition("~")
    number = row_number(case_id)
    return (int(rank), -number) if number and rank in ("0", "1", "2") else None


def _with_main() -> models.QuerySet[Case]:
    return Case.objects.annotate(main=FilteredRelation("threads", condition=Q(threads__name=MAIN)))


def _seen(found: Candidates, actor: Actor, filters: CaseFilter, now: datetime) -> list[int]:
    """The candidates that the actor may see and the filters let through.

    Asked as a column, not as a condition: so the candidates are read by their ids whatever else an index could offer.
    """
    lawful = When(in_scope(actor) & matching(filters, actor, now), then=Value(1))
    asked = models.Case(lawful, default=Value(0), output_field=models.IntegerField())
    rows = _with_main().filter(pk__among=sorted(found.ranks)).order_by().annotate(lawful=asked)
    seen: list[int] = rows.aggregate(ids=Ids("pk", filter=Q(lawful=1)))["ids"] if found.ranks else []
    return seen


def _reach(scope: Scope, area_code: str) -> Reach:
    """What of the scope the index can narrow down beforehand; the rest is asked of each candidate."""
    areas = [code for code in scope.area_codes if code]
    everywhere = scope.everything or any(len(code) not in WIDTHS for code in areas)
    return Reach(
        everywhere=everywhere,
        areas=() if everywhere else tuple(areas),
        units=() if everywhere else tuple(unit for unit in scope.units if unit),
        within=area_code if len(area_code) in WIDTHS else "",
    )
