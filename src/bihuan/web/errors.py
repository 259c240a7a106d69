"""What a person reads when something did not work: one page for every status, in their language, never a trace."""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.access.refusals import note_refused
from bihuan.cases import errors as case_errors
from bihuan.files.errors import NotKept

log = logging.getLogger(__name__)


class BadRequest(Exception):
    """The request is not one that our own forms send; ``field`` names what is wrong with it."""

    def __init__(self, field: str = "") -> None:
        super().__init__(field)
        self.field = field


class TooMany(Exception):
    """Too many tries; ``wait`` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def _texts(status: int) -> tuple[str, str]:
    return {
        400: (_("This request cannot be read"), _("Go back, reload the page and try again. What you typed is kept there.")),
        403: (_("Your post does not have this duty"), _("If you need it for your work, ask your administrator.")),
        404: (_("Nothing here"), _("It does not exist, or it does not lie in your area of work.")),
        405: (_("This address does not work that way"), _("Start again from the page before.")),
        409: (_("Somebody was faster"), _("The matter changed while you were looking at it. Open it again.")),
        413: (_("That is too much at once"), _("The text or the file is larger than can be taken in.")),
        422: (_("That cannot be done"), _("Go back, change what is named here, and send it again.")),
        429: (_("Too many tries"), _("Please wait a little and try again.")),
        500: (_("Something broke on our side"), _("Nothing was changed. It has been written down; please try again later.")),
        503: (_("Just now we cannot save anything"), _("What you typed is still on the page before. Try again in a minute.")),
    }.get(status, (_("That did not work"), ""))  # fmt: skip


def page(request: HttpRequest, status: int, *, detail: str = "", reference: str = "") -> HttpResponse:
    """The page of a status; ``detail`` is a sentence of ours, ``reference`` finds the entry in the log."""
    heading, say = _texts(status)
    at_desk = request.path.startswith("/desk")
    context = {
        "status": status,
        "heading": heading,
        "say": say,
        "detail": detail,
        "reference": reference,
        "way_out": "/desk/" if at_desk else "/",
        "way_out_words": _("To my work") if at_desk else _("To the first page"),
    }
    return render(request, "web/error.html", context, status=status)


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The page for an error that we know, None for one that nobody expected."""
    if isinstance(error, case_errors.NotFound):
        return page(request, 404)
    if isinstance(error, case_errors.Conflict):
        return page(request, 409, detail=error.say)
    if isinstance(error, case_errors.CaseError):
        return page(request, 422, detail=error.say)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        return page(request, 413)
    if isinstance(error, BadRequest | SuspiciousOperation):
        return page(request, 400)
    if isinstance(error, TooMany):
        response = page(request, 429)
        response.headers["Retry-After"] = str(error.wait)
        return response
    if isinstance(error, OperationalError | NotKept):
        log.error("nothing can be kept just now: %s", type(error).__name__)
        response = page(request, 503)
        response.headers["Retry-After"] = "30"
        return response
    return None


class ErrorsInWords:
    """Middleware next to the views: errors become pages; what nobody expected is logged under a reference."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; an empty 405 gets its page."""
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            worded = page(request, 405)
            worded.headers["Allow"] = response.headers.get("Allow", "")
            return worded
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a view's error."""
        return answer(request, error)


def _said(status: int) -> Callable[..., HttpResponse]:
    def handler(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        return (answer(request, exception) if exception else None) or page(request, status)

    return handler


bad_request, not_found = _said(400), _said(404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django hands it over
    """Handler of 403: somebody signed in asked for what their post has no duty for; it is entered."""
    actor, match = getattr(request, "actor", None), request.resolver_match
    if actor is not None and match is not None:
        case = match.kwargs.get("case_id", 0)
        note_refused(actor, where=match.route, method=str(request.method), case=case if isinstance(case, int) else 0)
    return page(request, 403)


def broken(request: HttpRequest) -> HttpResponse:
    """Handler of 500: the entry in the log and the page share a reference, the page tells nothing else.

    A database that does not answer while the session is looked up, and a disk without room for an upload while the form
    is read, come here, past ``process_exception``: that is a 503.
    """
    error = sys.exc_info()[1]
    known = answer(request, error) if isinstance(error, OperationalError | NotKept) else None
    if known is not None:
        return known
    reference = uuid.uuid4().hex[:8]
    log.error("reference %s: %s %s", reference, request.method, request.path)
    try:
        return page(request, 500, reference=reference)
    except DatabaseError:
        return HttpResponse(f"500 {reference}", status=500, content_type="text/plain; charset=utf-8")


def refused_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django hands it over
    """The answer to a form without its token: usually a page left open too long."""
    return page(request, 403, detail=_("This page was open too long. Go back, reload it and send it again."))
