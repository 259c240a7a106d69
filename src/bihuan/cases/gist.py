"""The little that rooms above need of many cases at once: number, stage, what has happened; through the actor's scope."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, FilteredRelation, Q

from bihuan.cases.models import Case, Thread
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import Sheet, in_scope, load
from bihuan.rulebook.selectors import pack

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


@dataclass(frozen=True, slots=True)
class Gist:
    """A case by its number and where it stands; no title, no words."""

    number: str
    procedure: str
    state: str


def gists(actor: Actor, case_ids: Collection[int]) -> dict[int, Gist]:
    """The cases among these that the actor may see. One statement."""
    main = FilteredRelation("threads", condition=Q(threads__name=MAIN))
    rows = Case.objects.filter(in_scope(actor), pk__in=set(case_ids)).annotate(main=main)
    found = rows.values_list("pk", "number", "procedure", F("main__state"))
    return {pk: Gist(number, procedure, state) for pk, number, procedure, state in found}


def sheets(actor: Actor, case_ids: Collection[int]) -> dict[int, Sheet]:
    """The same cases with everything that has happened to them, not locked. Two statements."""
    return load(Case.objects.filter(in_scope(actor), pk__in=set(case_ids)))


@dataclass(frozen=True, slots=True)
class Lying:
    """An open case, the area it lies in, who holds it, and the act by which it follows a boundary ("" = its rules know none)."""

    case_id: int
    area_code: str
    holder: int
    act: str


AREA_MOVED = "area_moved"


def lying_in(codes: Collection[str], *, after: int, limit: int) -> list[Lying]:
    """Open cases that lie in one of these very areas, in order, from behind the case ``after``. For jobs of the system."""
    rows = Thread.objects.filter(name=MAIN, open=True, case_id__gt=after, case__area_code__in=list(codes))
    found = rows.order_by("case_id").values_list(
        "case_id", "case__area_code", "holder_unit", "case__pack_digest", "case__procedure"
    )[:limit]
    return [Lying(case_id, code, holder, _following(digest, key)) for case_id, code, holder, digest, key in found]


def count_lying(codes: Collection[str]) -> int:
    """How many open cases lie in one of these very areas."""
    return Thread.objects.filter(name=MAIN, open=True, case__area_code__in=list(codes)).count()


def count_held(unit: int) -> int:
    """How many open lines of work a unit holds."""
    return Thread.objects.filter(open=True, holder_unit=unit).count()


def _following(digest: str, procedure: str) -> str:
    spec = pack(digest).procedures[procedure]
    return next((act.key for act in spec.actions if act.event == AREA_MOVED and act.who == ("system",)), "")
