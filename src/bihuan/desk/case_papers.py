"""Papers of a case (notices, decisions, orders) taken out as PDF or Word, with the resident's name masked or in full."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.access.looks import REASON_MAX, REASON_MIN
from bihuan.cases import selectors as cases
from bihuan.cases import services
from bihuan.cases.shapes import CasePage
from bihuan.desk.case import case_screen
from bihuan.desk.drawn_papers import drawn, line_of, parties_by, spec_of
from bihuan.desk.frame import actor_of
from bihuan.desk.offers import Retry
from bihuan.desk.papers import paper_answer
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text, unkeepable


@duty(Duty.CASE_READ)
def paper(request: HttpRequest, case_id: int, seq: int, key: str, form: str) -> HttpResponse:
    """A paper of the case as PDF or Word, the resident's name masked. Taking it out is written down."""
    actor = actor_of(request)
    page = cases.case_page(actor, case_id)
    return _taken(request, actor, page, seq, key, form, page.contact.name if page.contact else "")


@duty(Duty.CONTACT_UNMASK, methods=("POST",))
def named_paper(request: HttpRequest, case_id: int, seq: int, key: str, form: str) -> HttpResponse:
    """The same with the names in full, to be served: one look at each name it bears, with a reason, on record."""
    actor, reason = actor_of(request), text(request.POST, "reason")
    if not REASON_MIN <= len(reason) <= REASON_MAX or unkeepable(reason):
        said = _("Say in at least four characters why you need it; it is written down.")
        return case_screen(request, case_id, Retry(said=said, status=422))
    page = cases.case_page(actor, case_id)
    line = line_of(page, seq, key)
    others = [one.id for one in parties_by(page, seq)] if spec_of(page, line).names_parties() else []
    people = [page.contact.id, *others] if page.contact else others
    shown = services.unmask_names(actor=actor, page=page, contacts=people, reason=reason)
    name, further = (shown[0], shown[1:]) if page.contact else ("", shown)
    return _taken(request, actor, page, seq, key, form, name, further)


def _taken(
    request: HttpRequest,
    actor: Actor,
    page: CasePage,
    seq: int,
    key: str,
    form: str,
    name: str,
    others: Sequence[str] | None = None,
) -> HttpResponse:
    line = line_of(page, seq, key)
    return paper_answer(request, drawn(page, line, actor, name, others), form, kind=key, number=page.case_id)
