"""Papers that went out to the resident, fetched from the tracking page: set anew from the ledger, the name masked.

Whoever has the code may fetch them, so what is masked elsewhere is masked here; the one with the full name is the one that
was served.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.access.actors import resident_actor, system_actor
from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound
from bihuan.cases.papers import to_resident
from bihuan.papers.making import TYPES
from bihuan.papers.shapes import PaperFault
from bihuan.portal.frame import may_act, show
from bihuan.web.case_papers import drawn
from bihuan.web.downloads import paper_to_save
from bihuan.web.guards import anyone
from bihuan.web.speech import speech


@anyone()
def paper(request: HttpRequest, code: str, seq: int, key: str, form: str) -> HttpResponse:
    """One of them as PDF or Word, to be saved. That it was fetched is an entry; as often as an act may be done."""
    may_act(request)
    case_id = cases.case_of_code(code)
    if not case_id or form not in TYPES:
        raise NotFound
    page = cases.case_page(system_actor(), case_id)
    lines = to_resident(page.events, speech(page.pack_digest).pack)
    line = next((one for one in lines if (one.seq, one.key) == (seq, key)), None)
    if line is None:
        raise NotFound
    actor = resident_actor(case_id)
    data = drawn(page, line, actor, page.contact.name if page.contact else "")
    name = line.number or line.title
    try:
        return paper_to_save(data, form, name=name, stream=f"track:{case_id}", by=actor.doer(), kind=key, number=case_id)
    except PaperFault:
        return show(request, "portal/no_paper.html", {"code": code}, status=503)
