"""What can be read of cases; everything through the actor's scope, out of scope = not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bihuan.cases.shapes import CaseFilter, CasePage, CasesPage, TrackPage, WorkPage

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.rules.procedure.decide import Offer


def my_work(actor: Actor, *, light: str = "", after: str = "", limit: int = 50) -> WorkPage:
    """Open threads that wait for the actor's unit and post, earliest limit first, with counts per light."""
    raise NotImplementedError


def work_counts(actor: Actor) -> Mapping[str, int]:
    """Open threads of the actor's unit and post per light (one statement)."""
    raise NotImplementedError


def case_list(
    actor: Actor, filters: CaseFilter | None = None, *, after: str = "", limit: int = 50
) -> CasesPage:
    """Cases in the actor's scope, newest first; key-set paging over the id."""
    raise NotImplementedError


def case_page(actor: Actor, case_id: int) -> CasePage:
    """Everything the page of one case shows, in at most six statements. Raises NotFound."""
    raise NotImplementedError


def offers(actor: Actor, case_id: int) -> tuple[Offer, ...]:
    """The acts this actor may do on the case now. Raises NotFound."""
    raise NotImplementedError


def tracking(code: str) -> TrackPage | None:
    """The resident's page for a tracking code, typed in any spelling of it; None when no case has that code."""
    raise NotImplementedError
