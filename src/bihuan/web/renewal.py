"""Setting a new password: with a one-time code, or because the old one has grown too old.

The first page never tells whether a name exists or whether a code was ever right.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from bihuan.access import codes, own
from bihuan.access.hashing import Busy
from bihuan.access.sessions import RENEW, SessionRow
from bihuan.access.signin import Outcome
from bihuan.people.identifiers import IDENTIFIER_MAX
from bihuan.web import rates
from bihuan.web.guards import SIGN_IN, anyone
from bihuan.web.signin import DESK, remember, show_door, too_long

TRIES, TEN_MINUTES = 30, 600
CODE_MAX = 40


@sensitive_post_parameters("password", "again", "code")
@anyone("GET", "POST")
def new_password(request: HttpRequest) -> HttpResponse:
    """Name, code and the new password twice; done, the way to the sign-in page."""
    if request.method != "POST":
        return _ask(request, {})
    identifier, code = request.POST.get("identifier", "").strip(), request.POST.get("code", "").strip()
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    wrong = {
        name: words
        for name, value, words in (
            ("identifier", identifier, _("Please type your user name, e-mail, mobile or staff number.")),
            ("code", code, _("Please type the code.")),
            ("password", password, _("Please type a new password.")),
        )
        if not value
    }
    if long := too_long(password):
        wrong["password"] = long
    if password != again:
        wrong["again"] = _("The two passwords differ.")
    if wrong:
        return _ask(request, wrong, status=422)
    rates.limit(request, "new-password", most=TRIES, seconds=TEN_MINUTES)
    try:
        kind, said = codes.renew_password(
            identifier=identifier, code=code[:CODE_MAX], password=password, address=str(request.META.get("REMOTE_ADDR", ""))
        )
    except Busy as busy:
        response = _ask(request, {"": _("Many people are signing in just now. Please try again in a few seconds.")}, status=503)
        response.headers["Retry-After"] = str(busy.retry_after)
        return response
    if kind == "set":
        return show_door(request, "new_password", {"done": True})
    if kind == "weak":
        return _ask(request, {"password": " ".join(said)}, status=422)
    words = _("Name or code is not right, or the code was used or is more than an hour old. Ask for a new one.")
    return _ask(request, {"code": words}, status=422)


def _ask(request: HttpRequest, wrong: dict[str, str], *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "identifier": request.POST.get("identifier", "")[:IDENTIFIER_MAX],
        "identifier_max": IDENTIFIER_MAX,
        "wrong": wrong,
        "say": wrong.get("", ""),
    }
    return show_door(request, "new_password", context, status)


@sensitive_post_parameters("password", "again")
@anyone("GET", "POST")
def old_password(request: HttpRequest) -> HttpResponse:
    """A password that has grown too old, or was given, is changed here and nowhere else; until then the session opens nothing."""
    session: SessionRow | None = getattr(request, "signed", None)
    if session is None or session.stage != RENEW:
        return HttpResponseRedirect(SIGN_IN if session is None else DESK)
    given = own.was_given(session.holds.account)
    if request.method != "POST":
        return show_door(request, "old_password", {"wrong": {}, "given": given})
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    wrong = {} if password else {"password": _("Please type a new password.")}
    if long := too_long(password):
        wrong["password"] = long
    if password != again:
        wrong["again"] = _("The two passwords differ.")
    if wrong:
        return show_door(request, "old_password", {"wrong": wrong, "given": given}, 422)
    rates.limit(request, "new-password", most=TRIES, seconds=TEN_MINUTES)
    try:
        kind, said, token = own.renew_old_password(session, new=password)
    except Busy as busy:
        say = _("Many people are signing in just now. Please try again in a few seconds.")
        response = show_door(request, "old_password", {"wrong": {}, "given": given, "say": say}, 503)
        response.headers["Retry-After"] = str(busy.retry_after)
        return response
    if kind == "weak":
        return show_door(request, "old_password", {"wrong": {"password": " ".join(said)}, "given": given}, 422)
    if kind != "changed":
        return HttpResponseRedirect(SIGN_IN)
    return remember(request, HttpResponseRedirect(DESK), Outcome(kind="in", token=token, post_id=session.holds.post_id))
