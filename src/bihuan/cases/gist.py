"""The little that rooms above need of many cases at once: number, stage, what has happened; through the actor's scope."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, FilteredRelation, Q

from bihuan.cases.models import Case
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import Sheet, in_scope, load

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
