"""Whose address a request has, with and without proxies in front."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]


class ClientAddress:
    """Puts the client's address into REMOTE_ADDR where trusted proxies stand in front, and drops the claim elsewhere.

    With ``n`` trusted proxies the n-th address from the right of X-Forwarded-For was written by our own proxy; anything
    to the left of it was sent by the client and is worth nothing.
    """

    def __init__(self, answer: Answer) -> None:
        """``answer``: the rest of the stack."""
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Judge the headers, then answer."""
        claimed = [part.strip() for part in request.META.pop("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        trusted: int = settings.TRUSTED_PROXIES
        if trusted:
            if len(claimed) >= trusted:
                request.META["REMOTE_ADDR"] = claimed[-trusted]
        else:
            for name in ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED"):
                request.META.pop(name, None)
        return self._answer(request)
