"""One account: its names and posts, how its sign-in stands, and what an administrator does about it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access import codes, own
from bihuan.access.actors import Actor
from bihuan.access.signin import end_sessions_of, today_here
from bihuan.desk.frame import actor_of, show
from bihuan.desk.people_list import account_row, days_words, post_words, sentence_of, show_code, typed_names
from bihuan.people import selectors as people
from bihuan.people import staff
from bihuan.people.errors import BadIdentifier, PeopleError
from bihuan.people.services import correct_account, end_account, set_active
from bihuan.people.staff import StaffCard
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text
from bihuan.web.speech import speech

DONE = {
    "corrected": lambda: _("The names have been changed."),
    "unlock": lambda: _("The lock is lifted; the person can sign in again."),
    "sessions": lambda: _("Every session of this account has ended."),
    "factor": lambda: _("The second step is taken away; it is set up anew at the next sign-in."),
    "end": lambda: _("The account is ended, with its posts and sessions."),
    "restore": lambda: _("The account is in service again; give it a post and a new password."),
    "given": lambda: _("The post is given."),
    "handed": lambda: _("The post is handed over."),
    "ended": lambda: _("The post ends as entered."),
}


def card_of(account_id: int, *, seconds: bool = True) -> StaffCard:
    """The account of the address. Raises Http404."""
    found = staff.card(account_id, seconds=seconds) if account_id < 2**62 else None
    if found is None:
        raise Http404
    return found


@duty(Duty.ACCOUNT_MANAGE, Duty.POST_MANAGE)
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """The page of one account."""
    return page(request, card_of(account_id))


def page(
    request: HttpRequest, card: StaffCard, *, wrong: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    """Draw the account, with what is wrong in one of its forms."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    today = today_here(actor.pack_digest)
    standing = own.standing(card.id)
    done = DONE.get(request.GET.get("done", ""))
    context = {
        "card": card,
        "typed": typed or {"name": card.name, "username": card.username, "staff_no": card.staff_no, "email": card.email},
        "standing": standing,
        "posts": [
            {
                "id": post.id, "words": post_words(post, say), "days": days_words(post), "area": post.area_name,
                "over": post.valid_to is not None and post.valid_to < today, "own": not post.instead_of,
                "second": card.seconds.get(post.id, ""),
            }
            for post in card.posts
        ],
        "leaves": [
            {"id": one.id, "first": one.first_day.isoformat(), "last": one.last_day.isoformat()}
            for one in people.leaves([card.id], today)
        ],
        "self": card.id == actor.account,
        "may_manage": Duty.ACCOUNT_MANAGE in actor.duties,
        "may_give": Duty.POST_MANAGE in actor.duties,
        "may_end_sessions": Duty.SESSION_END in actor.duties,
        "wrong": wrong or {},
        "notices": [{"tone": "ok", "words": done()}] if done else [],
        "say_moment": say.moment,
        "code_to": say.moment(standing.code_to if standing else None),
    }  # fmt: skip
    return show(request, "desk/people_one.html", context, status=422 if wrong else 200, say=say)


def _on(account_id: int, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"/desk/admin/people/{account_id}?done={done}")


@duty(Duty.ACCOUNT_MANAGE, methods=("POST",))
def correct(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change an account's names."""
    card = card_of(account_id)
    typed, wrong = typed_names(request)
    if wrong:
        return page(request, card, wrong=wrong, typed=typed)
    try:
        correct_account(card.id, account_row(typed), keep_mobile=not typed["mobile"], by=actor_of(request).doer())
    except BadIdentifier as error:
        return page(request, card, wrong={error.field: sentence_of(error)}, typed=typed)
    return _on(card.id, "corrected")


@duty(Duty.ACCOUNT_MANAGE, methods=("POST",))
def reset_password(request: HttpRequest, account_id: int) -> HttpResponse:
    """Issue a one-time code, shown on the answer and nowhere else; the old password and all sessions are worth nothing."""
    card, actor = card_of(account_id, seconds=False), actor_of(request)
    if card.id == actor.account:
        return page(request, card_of(account_id), wrong={"": _("Change your own password on your own page.")})
    try:
        code = codes.issue_code(card.id, by=actor.doer())
    except LookupError:
        return page(request, card_of(account_id), wrong={"": _("This account has been ended already.")})
    return show_code(request, card.id, card.name, code)


def _unlock(card: StaffCard, actor: Actor) -> None:
    own.unlock(card.id, by=actor)


def _factor(card: StaffCard, actor: Actor) -> None:
    own.reset_factor(card.id, by=actor.doer())


def _end(card: StaffCard, actor: Actor) -> None:
    end_account(card.id, last_day=today_here(actor.pack_digest), by=actor.doer())


def _restore(card: StaffCard, actor: Actor) -> None:
    set_active(card.id, active=True, by=actor.doer())


ACTS: dict[str, Callable[[StaffCard, Actor], None]] = {
    "unlock": _unlock, "factor": _factor, "end": _end, "restore": _restore,
}  # fmt: skip


@duty(Duty.ACCOUNT_MANAGE, methods=("POST",))
def act(request: HttpRequest, account_id: int) -> HttpResponse:
    """Lift a lock, take the second step away, end an account or put it back into service."""
    card, actor, wanted = card_of(account_id, seconds=False), actor_of(request), text(request.POST, "do")
    if wanted not in ACTS:
        return page(request, card_of(account_id), wrong={"": _("Please choose one of the list.")})
    if card.id == actor.account:
        return page(
            request, card_of(account_id), wrong={"": _("Nobody does this to their own account; another administrator does it.")}
        )
    try:
        ACTS[wanted](card, actor)
    except PeopleError as error:
        return page(request, card_of(account_id), wrong={"": str(error)})
    return _on(card.id, wanted)


@duty(Duty.SESSION_END, methods=("POST",))
def end_sessions(request: HttpRequest, account_id: int) -> HttpResponse:
    """End every session of somebody's account at once."""
    card = card_of(account_id, seconds=False)
    end_sessions_of(card.id, by=actor_of(request))
    return _on(card.id, "sessions")
