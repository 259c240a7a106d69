"""How much a request may bring: judged by what it announces, before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.files.limits import ACT_BYTES, FILE_BYTES, MOST_PER_ACT
from bihuan.web.errors import page
from bihuan.web.guards import Guard
from bihuan.web.uploads import ToFolder


class OneEncoding:
    """Middleware before anything reads an address or a form: they come in UTF-8, whatever the request claims.

    A claimed "charset" names any codec of Python, also those that are no text ("zip"): reading would break off.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on with the claim forgotten."""
        request.encoding = "utf-8"
        return self.get_response(request)


class BoundedBodies:
    """Middleware before the check of form tokens, which reads the body.

    Django bounds the fields of a form, not its files: without this anybody could fill memory by sending a file to any
    address. Only a view that takes files (``Guard.largest``), and only for those it admits, gets more than a form's worth.
    A body that announces no length is not read at all (WSGI).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; of a file that did not come to its end nothing is left behind."""
        try:
            return self.get_response(request)
        finally:
            receiving = getattr(request, "receiving", None)
            if receiving is not None:
                receiving.close()

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """Answer 413 to a body that is longer than the view takes."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()):
            return None
        guard: Guard = getattr(view, "guard", None) or Guard("signed_in")
        takes = bool(guard.largest and guard.admits(getattr(request, "actor", None)))
        most = max(guard.largest if takes else 0, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if len(length) > 18 or int(length) > most:
            return page(request, 413, detail=_too_much() if takes and guard.files else "")
        if takes and guard.files and int(length):
            request.receiving = ToFolder(request)  # type: ignore[attr-defined]
            request.upload_handlers = [request.receiving]  # type: ignore[attr-defined]
        return None


def _too_much() -> str:
    sizes = {"most": MOST_PER_ACT, "size": FILE_BYTES // 1024 // 1024, "all": ACT_BYTES // 1024 // 1024}
    said = _("At most %(most)s files at once, each up to %(size)s MB, together up to %(all)s MB.") % sizes
    return said + " " + _("Go back: what you typed is still there.")
