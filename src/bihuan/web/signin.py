"""Signing in and out, the second factor, changing the post: thin pages over ``access.signin``. They need no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from bihuan.access import signin
from bihuan.access.hashing import Busy
from bihuan.access.policy import policy
from bihuan.access.sessions import RENEW, SessionRow
from bihuan.access.signin import Outcome
from bihuan.people.identifiers import IDENTIFIER_MAX
from bihuan.people.selectors import posts_of
from bihuan.rulebook.errors import NotPublished
from bihuan.web import rates
from bihuan.web.guards import SIGN_IN, anyone, signed_in
from bihuan.web.speech import speech

FACTOR, POSTS, DESK, OLD_PASSWORD = "/factor", "/post", "/desk/", "/renew-password"
PASSWORD_MAX = 512
YEAR = 365 * 24 * 3600
TRIES, TEN_MINUTES = 300, 600
"""Tries of one address, whatever names are typed: a whole office gets in behind one line, a list of names does not."""


BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(request: HttpRequest) -> str:
    """Browser and system in two words, so that people know their own sessions again; the header itself is not kept."""
    said = request.headers.get("User-Agent", "")[:400]
    found = [next((name for mark, name in known if mark in said), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(part for part in found if part)


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of this host that the form or address names, else the desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if ours and not wanted.startswith((SIGN_IN, FACTOR)) else DESK


def _on(address: str, after: str) -> str:
    return address if after == DESK else f"{address}?{urlencode({'next': after})}"


def _last_post() -> str:
    """The name of the cookie with the post last used; it is sent to the sign-in page alone."""
    return "__Secure-last_post" if settings.SESSION_COOKIE_SECURE else "last_post"


def as_typed(password: str) -> str:
    """A password as it was typed, never a part of it: one that is too long to be anybody's is none."""
    return password if len(password) <= PASSWORD_MAX else ""


def too_long(password: str) -> str:
    """What is said about a new password that is longer than can be kept, "" where it is not."""
    return _("At most %(n)d characters.") % {"n": PASSWORD_MAX} if len(password) > PASSWORD_MAX else ""


def remember(request: HttpRequest, response: HttpResponse, outcome: Outcome) -> HttpResponse:
    """Put the session's token into the cookie, which ends with the browser, and renew the form token with it."""
    response.set_cookie(
        settings.SESSION_COOKIE_NAME, outcome.token, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    if outcome.post_id:
        response.set_cookie(
            _last_post(), str(outcome.post_id), max_age=YEAR, httponly=True, samesite="Lax", path=SIGN_IN,
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    rotate_token(request)
    return response


def show_door(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the door under the place's name (none before the first pack is published)."""
    try:
        say = speech()
        context["place_name"] = say.say("area", "name", otherwise=say.pack.area.name)
    except NotPublished:
        context["place_name"] = ""
    return render(request, f"web/signin/{template}.html", context, status=status)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _session(request: HttpRequest) -> SessionRow | None:
    session: SessionRow | None = getattr(request, "signed", None)
    return session


def _pause() -> str:
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return ngettext(
        "Too many tries with this name from this computer. Wait %(n)d minute without trying, then sign in.",
        "Too many tries with this name from this computer. Wait %(n)d minutes without trying, then sign in.",
        minutes,
    ) % {"n": minutes}


# -- name and password -------------------------------------------------------------------------------------------------


@sensitive_post_parameters("password")
@anyone("GET", "POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. Unknown name, wrong password and switched-off account are answered alike."""
    after = _next(request)
    if request.method != "POST":
        if getattr(request, "actor", None) is not None:
            return HttpResponseRedirect(after)
        session = _session(request)
        if session is not None:
            return _over(request, session, after)
        return _ask(request, after)
    identifier, password = request.POST.get("identifier", ""), request.POST.get("password", "")
    missing = {
        name: words
        for name, value, words in (
            ("identifier", identifier.strip(), _("Please type your user name, e-mail, mobile or staff number.")),
            ("password", password, _("Please type your password.")),
        )
        if not value
    }
    if missing:
        return _ask(request, after, wrong=missing, status=422)
    rates.limit(request, "sign-in", most=TRIES, seconds=TEN_MINUTES)
    hint = request.COOKIES.get(_last_post(), "")
    try:
        outcome = signin.sign_in(
            identifier=identifier, password=as_typed(password), address=_address(request),
            prefer_post=int(hint) if hint.isascii() and hint.isdigit() and len(hint) < 19 else 0, device=device_of(request),
        )  # fmt: skip
    except Busy as busy:
        response = _ask(
            request, after, say=_("Many people are signing in just now. Please try again in a few seconds."), status=503
        )
        response.headers["Retry-After"] = str(busy.retry_after)
        return response
    return _answer(request, after, outcome)


def _over(request: HttpRequest, session: SessionRow, after: str) -> HttpResponse:
    """A session that opens nothing: its second factor is owed, its password too old, or its post is over and another follows."""
    if session.stage == RENEW:
        return HttpResponseRedirect(OLD_PASSWORD)
    outcome = signin.go_on(session)
    if outcome.kind in ("in", "owed"):
        return remember(request, HttpResponseRedirect(DESK if outcome.kind == "in" else FACTOR), outcome)
    if outcome.kind == "no_post":
        return _answer(request, after, outcome)
    return HttpResponseRedirect(_on(FACTOR, after))


def _answer(request: HttpRequest, after: str, outcome: Outcome) -> HttpResponse:
    if outcome.kind == "in":
        return remember(request, HttpResponseRedirect(after), outcome)
    if outcome.kind == "owed":
        return remember(request, HttpResponseRedirect(_on(FACTOR, after)), outcome)
    if outcome.kind == "renew":
        return remember(request, HttpResponseRedirect(OLD_PASSWORD), outcome)
    if outcome.kind == "locked":
        return _ask(request, after, say=_pause(), status=429)
    if outcome.kind == "no_post":
        say = _("Your account has no post at present. Ask the security administrator of your centre.")
        return _ask(request, after, say=say, status=403)
    words = _("Name or password is not right. Capital and small letters differ in the password.")
    return _ask(request, after, wrong={"password": words}, status=422)


def _ask(
    request: HttpRequest, after: str, *, wrong: dict[str, str] | None = None, say: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "next": "" if after == DESK else after,
        "identifier": request.POST.get("identifier", "")[:IDENTIFIER_MAX],
        "identifier_max": IDENTIFIER_MAX,
        "wrong": wrong or {},
        "say": say,
    }
    return show_door(request, "sign_in", context, status)


# -- second factor -----------------------------------------------------------------------------------------------------


@sensitive_post_parameters("code")
@anyone("GET", "POST")
def factor(request: HttpRequest) -> HttpResponse:
    """The second factor: asked with a code, or set up where the account has none yet."""
    after, session = _next(request), _session(request)
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(after)
    if session is None:
        return HttpResponseRedirect(_on(SIGN_IN, after))
    if session.stage == RENEW:
        return HttpResponseRedirect(OLD_PASSWORD)
    if signin.needs_setting_up(session):
        return _set_up(request, session, after)
    context: dict[str, Any] = {"next": "" if after == DESK else after, "name": session.holds.account_name}
    if request.method != "POST":
        return show_door(request, "factor", context)
    outcome = signin.give_factor(session, code=request.POST.get("code", ""), address=_address(request))
    if outcome.kind in ("in", "renew"):
        return remember(request, HttpResponseRedirect(after if outcome.kind == "in" else OLD_PASSWORD), outcome)
    if outcome.kind == "paused":
        minutes = int(policy().codes_pause.total_seconds() // 60)
        context["say"] = ngettext(
            "Too many wrong codes. Wait %(n)d minute, then use a new code.",
            "Too many wrong codes. Wait %(n)d minutes, then use a new code.",
            minutes,
        ) % {"n": minutes}
        return show_door(request, "factor", context, 429)
    context["wrong"] = _("This code is not right, or was used already. Wait for the next one and type it.")
    return show_door(request, "factor", context, 422)


def _set_up(request: HttpRequest, session: SessionRow, after: str) -> HttpResponse:
    """Show the secret and take the app's first code; afterwards the recovery codes, once."""
    context: dict[str, Any] = {"next": "" if after == DESK else after, "name": session.holds.account_name}
    status = 200
    if request.method == "POST":
        outcome = signin.set_up_factor(session, code=request.POST.get("code", ""), address=_address(request))
        if outcome.kind in ("in", "renew"):
            shown = show_door(request, "codes", {"codes": _grouped(outcome.codes), "after": after})
            return remember(request, shown, outcome)
        context["wrong"] = _("This code is not right. Look at the app again; each code is good for half a minute.")
        status = 422
    secret = signin.secret_to_set_up(session)
    context["qr"] = mark_safe(secret.svg)  # noqa: S308 - drawn by us from the secret alone
    context["secret"] = [secret.secret[n : n + 4] for n in range(0, len(secret.secret), 4)]
    context["uri"] = secret.uri
    return show_door(request, "set_up", context, status)


def _grouped(codes: tuple[str, ...]) -> list[str]:
    return [f"{code[:4]} {code[4:]}" for code in codes]


# -- the session in use ------------------------------------------------------------------------------------------------


@anyone("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on the server and forget the cookie. Nobody signed in: nothing to do."""
    session = _session(request)
    if session is not None:
        signin.sign_out(session)
    response = HttpResponseRedirect(SIGN_IN)
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # drafts too, whatever became of the page's script
    rotate_token(request)
    return response


@signed_in("GET", "POST")
def post(request: HttpRequest) -> HttpResponse:
    """Choose another of one's posts; the session goes on under a new token."""
    session = _session(request)
    if session is None:
        return HttpResponseRedirect(SIGN_IN)
    wrong = ""
    if request.method == "POST":
        wanted = request.POST.get("post", "")
        outcome = signin.switch_post(session, int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0)
        if outcome.kind in ("in", "owed"):
            return remember(request, HttpResponseRedirect(DESK if outcome.kind == "in" else FACTOR), outcome)
        wrong = _("This is not one of your posts today.")
    say = speech(session.holds.pack_digest)
    posts = [
        {"id": one.id, "title": say.post(one.key, one.key), "unit": one.unit_name, "area": one.area_name,
         "here": one.id == session.holds.post_id, "instead_of": one.instead_of_name}
        for one in posts_of(session.holds.account, signin.today_here())
    ]  # fmt: skip
    return show_door(request, "post", {"posts": posts, "wrong": wrong}, 422 if wrong else 200)
