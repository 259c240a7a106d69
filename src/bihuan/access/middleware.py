"""Who asks: the actor of the request, from the session's cookie, with one statement."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bihuan.access import sessions
from bihuan.access.signin import actor_in
from bihuan.rulebook.selectors import calendar_seen


class SignedIn:
    """Sets ``request.actor`` (None = nobody) and ``request.signed`` (the session, also while its second factor is owed).

    Asks nothing without a cookie, so public pages and static files cost no statement.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """``answer``: the rest of the stack."""
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Find out who asks, then answer."""
        token = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        signed = sessions.load(token) if token else None
        request.signed = signed  # type: ignore[attr-defined]
        request.actor = actor_in(signed) if signed else None  # type: ignore[attr-defined]
        with calendar_seen(signed.holds.calendar_stamp if signed else None):
            response = self._answer(request)
        if signed is not None:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
