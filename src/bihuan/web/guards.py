"""Who may call a view: declared on the view itself, enforced there, and read by the permission table and its tests.

A route whose view carries no declaration fails the house test: nothing is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

SIGN_IN = "/sign-in"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Guard:
    """A view's declaration. ``who``: "anyone", "signed_in", or "duty" = a post with at least one of ``duties``.

    What lies inside the actor's scope is not decided here: selectors and the door answer "not found" outside it.
    ``largest``: bytes of a request's body where it takes files; 0 = what every form may send. ``files``: they are
    photographs and documents (``web.uploads``), sealed onto the disk as they come in.
    """

    who: str
    duties: frozenset[str] = frozenset()
    methods: tuple[str, ...] = ("GET",)
    largest: int = 0
    files: bool = False

    def admits(self, actor: Any) -> bool:
        """True when this actor (None = nobody signed in) may call the view at all."""
        if self.who == "anyone":
            return True
        if actor is None:
            return False
        return self.who == "signed_in" or bool(self.duties & actor.duties)


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the product with its declaration; ``guard`` None = somebody forgot."""

    pattern: str
    name: str
    guard: Guard | None


def _guarded(view: View, guard: Guard) -> View:
    allowed = frozenset(guard.methods) | ({"HEAD"} if "GET" in guard.methods else set()) | {"OPTIONS"}

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in allowed or request.method == "OPTIONS":
            return HttpResponseNotAllowed(sorted(allowed))
        actor = getattr(request, "actor", None)
        if guard.admits(actor):
            return view(request, *args, **kwargs)
        if actor is None:
            back = request.get_full_path() if request.method in ("GET", "HEAD") else _came_from(request)
            return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': back})}")
        raise PermissionDenied

    inner.guard = guard  # type: ignore[attr-defined]
    return inner


def _came_from(request: HttpRequest) -> str:
    """The screen a form was sent from (own host only), so that the kept draft is there again after signing in."""
    referer = request.headers.get("Referer", "")
    origin = f"{request.scheme}://{request.get_host()}"
    return referer[len(origin) :] if referer.startswith(origin + "/") else "/desk/"


def anyone(*methods: str, largest: int = 0, files: bool = False) -> Callable[[View], View]:
    """The public may call this view, with these methods (GET when none is named)."""
    return lambda view: _guarded(view, Guard("anyone", methods=methods or ("GET",), largest=largest, files=files))


def signed_in(*methods: str) -> Callable[[View], View]:
    """Every post may call this view."""
    return lambda view: _guarded(view, Guard("signed_in", methods=methods or ("GET",)))


def duty(*duties: str, methods: tuple[str, ...] = ("GET",), largest: int = 0, files: bool = False) -> Callable[[View], View]:
    """Posts with at least one of these duties (values of ``rules.scope.Duty``) may call this view."""
    return lambda view: _guarded(view, Guard("duty", frozenset(str(one) for one in duties), methods, largest, files))


def routes() -> Iterator[Route]:
    """Every address of the product with its declaration, for the permission table and the tests' matrix."""
    yield from _walk(get_resolver().url_patterns, "/")


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, before + str(entry.pattern))
        else:
            yield Route(before + str(entry.pattern), entry.name or "", getattr(entry.callback, "guard", None))
