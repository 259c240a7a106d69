"""The resident's own photographs and documents, and those made public, on the tracking page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.access.actors import Actor, resident_actor
from bihuan.cases import attachments
from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound
from bihuan.portal.frame import may_fetch
from bihuan.web.downloads import to_save, to_show
from bihuan.web.guards import anyone


@anyone()
def download(request: HttpRequest, code: str, file_id: int) -> HttpResponse:
    """Fetch one of them to be saved."""
    may_fetch(request)
    actor = _resident(code)
    return to_save(request, lambda: attachments.download(actor, actor.case_id, file_id))


@anyone()
def thumb(request: HttpRequest, code: str, file_id: int) -> HttpResponse:
    """The small picture of a photograph."""
    may_fetch(request)
    actor = _resident(code)
    return to_show(request, lambda: attachments.small_picture(actor, actor.case_id, file_id))


def _resident(code: str) -> Actor:
    case_id = cases.case_of_code(code)
    if not case_id:
        raise NotFound
    return resident_actor(case_id)
