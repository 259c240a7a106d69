"""Which language and text size a page speaks: the person's own choice, else the account's, else the county's Chinese."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGE, TEXT = "language", "text"
LANGUAGES, TEXT_SIZES = ("zh-hans", "en"), ("normal", "large")
YEAR = 365 * 24 * 3600


def kept_as(name: str) -> str:
    """The name of a cookie of this host. With https it says that no other host and no plain line has set it."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def keep(response: HttpResponse, **chosen: str) -> None:
    """Keep what was chosen (``language``, ``text``) in this browser for a year."""
    for name, value in chosen.items():
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(kept_as(name), value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)


def language_of(request: HttpRequest) -> str:
    """The cookie's language, else the signed-in account's, else the default.

    The browser's own header is not asked: office machines are often set up in English by whoever installed them.
    """
    chosen = request.COOKIES.get(kept_as(LANGUAGE), "")
    if chosen in LANGUAGES:
        return chosen
    own = str(getattr(getattr(request, "actor", None), "language", "") or "").lower().replace("_", "-")
    return own if own in LANGUAGES else settings.LANGUAGE_CODE


def text_size_of(request: HttpRequest) -> str:
    """``large`` when the person chose large text in this browser, else what the signed-in account chose, else ``normal``."""
    chosen = request.COOKIES.get(kept_as(TEXT), "")
    if chosen in TEXT_SIZES:
        return chosen
    return "large" if getattr(getattr(request, "actor", None), "large_text", False) else "normal"


class LanguageOfPerson:
    """Middleware after sessions and actors: speaks the person's language while the request lasts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the person's language and say so in the header."""
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response
