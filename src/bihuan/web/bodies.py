"""How much a request may bring: judged by what it announces, before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bihuan.web.errors import page


class BoundedBodies:
    """Middleware before the check of form tokens, which reads the body.

    Django bounds the fields of a form, not its files: without this anybody could fill memory by sending a file to any
    address. Only a view that takes files (``Guard.largest``), and only for those it admits, gets more than a form's worth.
    A body that announces no length is not read at all (WSGI).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """Answer 413 to a body that is longer than the view takes."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()):
            return None
        guard = getattr(view, "guard", None)
        more = guard.largest if guard and guard.largest and guard.admits(getattr(request, "actor", None)) else 0
        most = max(more, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return page(request, 413) if len(length) > 18 or int(length) > most else None
