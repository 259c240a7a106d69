"""One's own page: password, devices, recovery codes, language and size of the text."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bihuan.access import own
from bihuan.access.hashing import Busy
from bihuan.access.sessions import SessionRow
from bihuan.access.signin import Outcome
from bihuan.desk.frame import actor_of, show
from bihuan.web.guards import signed_in
from bihuan.web.language import LANGUAGES, TEXT_SIZES, keep
from bihuan.web.requests import text, whole_number
from bihuan.web.signin import as_typed, remember, too_long
from bihuan.web.speech import speech

ME = "/desk/me"


def _session(request: HttpRequest) -> SessionRow:
    session: SessionRow = request.signed  # type: ignore[attr-defined]
    return session


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


@signed_in()
def me(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


def _page(request: HttpRequest, *, wrong: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, session = actor_of(request), _session(request)
    say = speech(actor.pack_digest)
    done = {
        "password": _("Your password is changed. Your other devices are signed out."),
        "device": _("That device is signed out."),
        "preferences": _("Kept."),
    }.get(request.GET.get("done", ""), "")
    context: dict[str, Any] = {
        "account": own.account_row(actor.account),
        "standing": own.standing(actor.account),
        "devices": [
            {
                "id": one.id, "device": one.device or _("unknown browser"), "here": one.id == session.id,
                "since": say.moment(one.created_at), "seen": say.moment(one.seen_at),
            }
            for one in own.devices(actor.account)
        ],
        "languages": [("zh-hans", "中文"), ("en", "English")],
        "wrong": wrong or {},
        "notices": [{"tone": "ok", "words": done}] if done else [],
    }  # fmt: skip
    return show(request, "desk/me.html", context, status=status, say=say)


def _refused(request: HttpRequest, kind: str, field: str) -> HttpResponse:
    """The page with what is wrong about the password that was asked for."""
    if kind == "locked":
        return _page(request, wrong={field: _("Too many wrong tries. Wait a quarter of an hour.")}, status=429)
    return _page(request, wrong={field: _("This is not your password.")}, status=422)


def _busy(request: HttpRequest, busy: Busy) -> HttpResponse:
    words = _("Many people are signing in just now. Please try again in a few seconds.")
    response = _page(request, wrong={"": words}, status=503)
    response.headers["Retry-After"] = str(busy.retry_after)
    return response


@sensitive_post_parameters("old", "new", "again")
@signed_in("POST")
def password(request: HttpRequest) -> HttpResponse:
    """Change the password: the old one, the new one twice. Every other session ends; this one gets a new token."""
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    if not old:
        return _page(request, wrong={"old": _("Please type your password.")}, status=422)
    if not new:
        return _page(request, wrong={"new": _("Please type a new password.")}, status=422)
    if said := too_long(new):
        return _page(request, wrong={"new": said}, status=422)
    if new != again:
        return _page(request, wrong={"again": _("The two passwords differ.")}, status=422)
    try:
        kind, weak, token = own.change_password(_session(request), old=as_typed(old), new=new, address=_address(request))
    except Busy as busy:
        return _busy(request, busy)
    if kind == "weak":
        return _page(request, wrong={"new": " ".join(weak)}, status=422)
    if kind != "changed":
        return _refused(request, kind, "old")
    return remember(request, HttpResponseRedirect(f"{ME}?done=password"), Outcome(kind="in", token=token))


@signed_in("POST")
def sign_out_device(request: HttpRequest) -> HttpResponse:
    """End another of one's own sessions, or all others at once."""
    session = _session(request)
    if text(request.POST, "session") == "others":
        for one in own.devices(session.holds.account):
            if one.id != session.id:
                own.sign_out_device(session, one.id)
        return HttpResponseRedirect(f"{ME}?done=device")
    number = whole_number(request.POST.get("session"))
    if number == session.id or not own.sign_out_device(session, number):
        return _page(request, wrong={"": _("This device is signed out already.")}, status=422)
    return HttpResponseRedirect(f"{ME}?done=device")


@sensitive_post_parameters("password")
@signed_in("POST")
def recovery(request: HttpRequest) -> HttpResponse:
    """Ten fresh recovery codes, shown once, against the password."""
    given = as_typed(request.POST.get("password", ""))
    try:
        kind, fresh = own.new_recovery_codes(_session(request), password=given, address=_address(request))
    except Busy as busy:
        return _busy(request, busy)
    if kind != "changed":
        return _refused(request, kind, "password")
    shown = [f"{code[:4]} {code[4:]}" for code in fresh]
    response = show(request, "desk/me_codes.html", {"codes": shown})
    response.headers["Cache-Control"] = "no-store, private"
    return response


@signed_in("POST")
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep language and size of the text with the account, for every browser; this one follows at once."""
    language, size = text(request.POST, "language"), text(request.POST, "text")
    if language not in LANGUAGES or size not in TEXT_SIZES:
        return _page(request, wrong={"": _("Please choose one of the list.")}, status=422)
    own.prefer(actor_of(request).account, language=language, large_text=size == "large")
    response = HttpResponseRedirect(f"{ME}?done=preferences")
    keep(response, language=language, text=size)
    return response
