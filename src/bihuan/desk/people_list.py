"""Accounts of the staff: the list, posts where matters wait and nobody sits, and a new account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access import codes
from bihuan.access.signin import today_here
from bihuan.cases.waiting import vacant
from bihuan.desk.frame import actor_of, show
from bihuan.people import selectors as people
from bihuan.people import staff
from bihuan.people.errors import BadIdentifier
from bihuan.people.selectors import PostFact
from bihuan.people.services import AccountRow, create_account
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, unkeepable, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 50
NAMES = ("name", "username", "staff_no", "mobile", "email")
LENGTHS = {"name": 60, "username": 60, "staff_no": 40, "mobile": 20, "email": 160}


def sentence_of(error: BadIdentifier) -> str:
    """What is wrong with an identifier, in the administrator's language."""
    if str(error).startswith("another"):
        return _("Another account has this already.")
    return {
        "username": _("A letter first, then letters, digits, dot, hyphen or underscore; at least two characters."),
        "staff_no": _("Letters and digits only, and not a mobile number."),
        "mobile": _("This is not a mobile number."),
        "email": _("This is not an e-mail address."),
    }.get(error.field, _("This cannot be kept."))


def post_words(post: PostFact, say: Speech) -> str:
    """A post in one line: title, unit, for whom, from when to when."""
    words = f"{say.post(post.key, post.key)} · {post.unit_name}"
    if post.instead_of:
        words += " · " + _("for %(name)s") % {"name": post.instead_of_name}
    return words


def days_words(post: PostFact) -> str:
    """From when to when a post is held, "" for no bounds."""
    if post.valid_from and post.valid_to:
        return _("%(first)s to %(last)s") % {"first": post.valid_from.isoformat(), "last": post.valid_to.isoformat()}
    if post.valid_to:
        return _("until %(day)s") % {"day": post.valid_to.isoformat()}
    return _("from %(day)s") % {"day": post.valid_from.isoformat()} if post.valid_from else ""


@duty(Duty.ACCOUNT_MANAGE, Duty.POST_MANAGE)
def staff_list(request: HttpRequest) -> HttpResponse:
    """Accounts with their posts, found by name, user name or number; above them the posts where nobody sits."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    today = today_here(actor.pack_digest)
    typed, state = searched(request), request.GET.get("state", "active")
    state = state if state in staff.STATES else ""
    found = staff.staff(on=today, typed=typed, state=state, after=whole_number(request.GET.get("after")), limit=ROWS)
    empty = vacant(today)
    names = people.unit_names({one.unit for one in empty}) if empty else {}
    more = {"q": typed, "state": state or "all", "after": found[-1].id} if len(found) == ROWS else {}
    context = {
        "find_staff": typed,
        "state": state,
        "states": [
            ("active", _("in service")),
            ("no_post", _("without a post")),
            ("ended", _("account ended")),
            ("all", _("all")),
        ],
        "lines": [
            {
                "id": one.id, "name": one.name, "username": one.username, "staff_no": one.staff_no, "active": one.active,
                "posts": [{"words": post_words(post, say), "days": days_words(post)} for post in one.posts],
            }
            for one in found
        ],
        "vacant": [
            {
                "unit": names.get(one.unit, ""), "n": one.waiting,
                "post": say.post(one.post, one.post) if one.post else _("any post"),
            }
            for one in empty
        ],
        "more": f"{request.path}?{urlencode(more)}" if more else "",
    }  # fmt: skip
    return show(request, "desk/people_list.html", context, say=say)


def typed_names(request: HttpRequest) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed into the names of an account, and what is wrong with it at first sight."""
    typed = {name: text(request.POST, name)[: LENGTHS[name] * 2] for name in NAMES}
    wrong = {name: _("Please fill this in.") for name in ("name", "username") if not typed[name]}
    for name in NAMES:
        if len(typed[name]) > LENGTHS[name]:
            wrong[name] = _("At most %(n)d characters.") % {"n": LENGTHS[name]}
        elif unkeepable(typed[name]):
            wrong[name] = _("This text holds characters that cannot be kept; please type it again.")
    return typed, wrong


def account_row(typed: Mapping[str, str]) -> AccountRow:
    """The names of an account as they were typed."""
    return AccountRow(
        username=typed["username"], name=typed["name"], email=typed["email"], mobile=typed["mobile"], staff_no=typed["staff_no"]
    )


@duty(Duty.ACCOUNT_MANAGE, methods=("GET", "POST"))
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account: its names, and a one-time code with which the person sets a password."""
    actor = actor_of(request)
    if request.method == "GET":
        return _ask(request, {}, {})
    typed, wrong = typed_names(request)
    if wrong:
        return _ask(request, typed, wrong)
    try:
        account = create_account(account_row(typed), by=actor.doer())
    except BadIdentifier as error:
        return _ask(request, typed, {error.field: sentence_of(error)})
    return show_code(request, account, typed["name"], codes.issue_code(account, by=actor.doer()), fresh=True)


def _ask(request: HttpRequest, typed: dict[str, str], wrong: dict[str, str]) -> HttpResponse:
    context: dict[str, Any] = {"typed": typed, "wrong": wrong}
    return show(request, "desk/people_new.html", context, status=422 if wrong else 200)


def show_code(request: HttpRequest, account: int, name: str, code: str, *, fresh: bool = False) -> HttpResponse:
    """The one page on which a one-time code can be read."""
    context = {"account_id": account, "name": name, "code": code, "fresh": fresh, "door": "/new-password"}
    response = show(request, "desk/people_code.html", context)
    response.headers["Cache-Control"] = "no-store, private"
    return response
