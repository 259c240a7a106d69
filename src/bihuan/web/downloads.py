"""Sending an attachment or a paper: always to be saved, never shown; small pictures are our own and may be shown."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from bihuan.files.errors import NotReadable
from bihuan.files.shapes import FileLine
from bihuan.ledger.services import record
from bihuan.papers.making import TYPES, made
from bihuan.papers.shapes import Paper
from bihuan.rules.terms import Doer
from bihuan.web.errors import page

log = logging.getLogger(__name__)
POLICY = "sandbox; default-src 'none'"


def to_save(request: HttpRequest, fetch: Callable[[], tuple[FileLine, bytes]]) -> HttpResponse:
    """The original as an attachment. What cannot be read is said in words and written down."""
    try:
        line, content = fetch()
    except NotReadable as fault:
        return _unreadable(request, fault)
    response = _sealed(content, line.content_type)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, line.name))
    return response


def file_to_save(content: bytes | str, content_type: str, name: str) -> HttpResponse:
    """Bytes that were made for this answer, as an attachment of that name: not kept by browsers, and never run."""
    response = _sealed(content, content_type)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name.replace("/", "-")))
    return response


def paper_to_save(paper: Paper, form: str, *, name: str, stream: str, by: Doer, kind: str, number: int) -> HttpResponse:
    """A paper as PDF or Word; that it was taken out is an entry of ``stream``. Raises PaperFault where it cannot be made."""
    content = made(paper, "pdf" if form == "pdf" else "docx")
    record(stream, "paper_taken", by=by, facts={"paper": kind, "number": number, "form": form})
    return file_to_save(content, TYPES[form], f"{name}.{form}")


def to_show(request: HttpRequest, fetch: Callable[[], bytes]) -> HttpResponse:
    """The small JPEG that we drew ourselves."""
    try:
        content = fetch()
    except NotReadable as fault:
        return _unreadable(request, fault)
    response = _sealed(content, "image/jpeg")
    response.headers["Content-Disposition"] = "inline"
    return response


def _sealed(content: bytes | str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def _unreadable(request: HttpRequest, fault: NotReadable) -> HttpResponse:
    log.error("%s cannot be read", fault)
    return page(request, 422, detail=_("The file is damaged or gone. Your administrator has been told by the log."))
