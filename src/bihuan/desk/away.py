"""Leave and deputies: who is away from when to when, who stands in (A/B 角); for oneself, for one's unit, for anybody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.access.signin import today_here
from bihuan.desk.frame import actor_of, show
from bihuan.desk.people_list import post_words
from bihuan.desk.people_posts import day_of, say_wrong
from bihuan.people import selectors as people
from bihuan.people import staff
from bihuan.people.errors import PeopleError
from bihuan.people.selectors import PostFact
from bihuan.people.services import end_leave, enter_leave, name_second, posts_apart
from bihuan.rules.scope import Duty
from bihuan.web.guards import signed_in
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

AWAY = "/desk/away"
LEADS = frozenset({Duty.CASE_SIGN, Duty.CASE_APPROVE})
"""Duties of those who lead a unit: they may enter the leave of its people."""


def _of_unit(actor: Actor, today: date) -> dict[int, str]:
    """The people of the actor's own unit, where the actor leads it. One statement."""
    if not LEADS & actor.duties or actor.instead_of:
        return {}
    inside = people.holders_of(actor.unit, on=today)
    return {post.account: post.account_name for post in inside if not post.instead_of}


def _whose(request: HttpRequest, actor: Actor, unit: dict[int, str]) -> int:
    """Whose leave the page is about: one's own, that of somebody of one's unit, anybody's for who gives posts.

    Raises Http404 for everybody else.
    """
    person = whole_number(request.POST.get("person") or request.GET.get("person")) or actor.account
    if person == actor.account or person in unit or Duty.POST_MANAGE in actor.duties:
        return person
    raise Http404


@signed_in("GET", "POST")
def away(request: HttpRequest) -> HttpResponse:
    """Enter a leave with its deputies, end one earlier, or name who stands in as a rule."""
    actor = actor_of(request)
    say, today = speech(actor.pack_digest), today_here(actor.pack_digest)
    unit = _of_unit(actor, today)
    person = _whose(request, actor, unit)
    card = staff.card(person, seconds=False)
    if card is None or not card.active:
        raise Http404
    own = [post for post in card.posts if not post.instead_of and (post.valid_to is None or post.valid_to >= today)]
    wrong: dict[str, str] = {}
    if request.method == "POST":
        try:
            wrong = _done(request, actor, say, today, person, own)
        except PeopleError as error:
            wrong = {error.field if error.field in ("first_day", "last_day", "deputy") else "": say_wrong(error)}
        if not wrong:
            return HttpResponseRedirect(f"{AWAY}?person={person}&done={text(request.POST, 'do')}")
    context = _shown(request, say, today, person, own) | {
        "card": card,
        "self": person == actor.account,
        "unit": sorted(((who, name) for who, name in unit.items() if who != person), key=lambda one: one[1]),
        "standing": [post_words(post, say) for post in card.posts if post.instead_of and post.runs_on(today)],
        "wrong": wrong,
    }
    return show(request, "desk/away.html", context, status=422 if wrong else 200, say=say)


def _done(request: HttpRequest, actor: Actor, say: Speech, today: date, person: int, own: list[PostFact]) -> dict[str, str]:
    """Do what the form asks; what is wrong, by field. Raises PeopleError."""
    wanted, by = text(request.POST, "do"), actor.doer()
    if wanted == "back":
        leaves = {one.id for one in people.leaves([person], today)}
        leave = whole_number(request.POST.get("leave"))
        if leave not in leaves:
            return {"": _("This leave has ended already.")}
        end_leave(leave, last_day=today - timedelta(days=1), by=by)
        return {}
    deputies = {post.id: whole_number(request.POST.get(f"deputy-{post.id}")) for post in own}
    inside = {unit: {one.account for one in staff.colleagues(unit, today)} for unit in {post.unit for post in own}}
    known = {post.id: inside[post.unit] for post in own}
    if any(deputy and deputy not in known[post] for post, deputy in deputies.items()):
        return {"deputy": _("Please choose one of the list.")}
    if actor.account != person and Duty.POST_MANAGE in actor.duties and actor.account in deputies.values():
        return {"deputy": _("Nobody gives a post to themselves; another administrator does it.")}
    if wanted == "second":
        before = staff.seconds_of(list(deputies))
        for post, deputy in deputies.items():
            if deputy != before.get(post, 0):
                name_second(post, deputy, by=by)
        return {}
    if wanted != "leave":
        return {"": _("Please choose one of the list.")}
    first, last = day_of(text(request.POST, "first_day")), day_of(text(request.POST, "last_day"))
    if first is None or last is None:
        return {"first_day" if first is None else "last_day": _("This is not a date.")}
    enter_leave(person, first_day=first, last_day=last, deputies=deputies, today=today, apart=posts_apart(say.pack), by=by)
    return {}


def _shown(request: HttpRequest, say: Speech, today: date, person: int, own: list[PostFact]) -> dict[str, Any]:
    seconds = staff.seconds_of([post.id for post in own])
    choices: dict[int, list[PostFact]] = {}
    for post in own:
        if post.unit not in choices:
            choices[post.unit] = staff.colleagues(post.unit, today)
    done = {
        "leave": _("The leave is entered. The deputies find the post in their own switch on its first day."),
        "back": _("The leave has ended; nobody stands in any more."),
        "second": _("Kept."),
    }.get(request.GET.get("done", ""), "")
    return {
        "posts": [
            {
                "id": post.id,
                "words": post_words(post, say),
                "chosen": whole_number(request.POST.get(f"deputy-{post.id}")) or seconds.get(post.id, 0),
                "second": seconds.get(post.id, 0),
                "people": [
                    (one.account, f"{one.account_name} · {say.post(one.key, one.key)}", one.unit_name)
                    for one in choices[post.unit]
                    if one.account != person
                ],
            }
            for post in own
        ],
        "leaves": [
            {"id": one.id, "first": one.first_day.isoformat(), "last": one.last_day.isoformat(), "now": one.first_day <= today}
            for one in people.leaves([person], today)
        ],
        "typed": {name: text(request.POST, name) for name in ("first_day", "last_day")},
        "today": today.isoformat(),
        "notices": [{"tone": "ok", "words": done}] if done else [],
    }
