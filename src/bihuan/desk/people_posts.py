"""Giving a post, and handing one over: a change of job in one act."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.access.signin import today_here
from bihuan.cases import waiting
from bihuan.desk.frame import actor_of, show
from bihuan.desk.people_list import days_words, post_words
from bihuan.desk.people_one import card_of
from bihuan.people import selectors as people
from bihuan.people import staff
from bihuan.people.errors import PeopleError, PostsApart
from bihuan.people.selectors import PostFact
from bihuan.people.services import Handover, PostRow, give_post, hand_over, posts_apart
from bihuan.people.staff import StaffCard
from bihuan.rules.scope import Duty
from bihuan.web import picks
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, whole_number
from bihuan.web.speech import Speech, speech

LATEST = timedelta(days=366)


def day_of(typed: str) -> date | None:
    """A day as the browser sends it; None for anything else."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def say_wrong(error: PeopleError) -> str:
    """What the organisation has against it, in words."""
    if isinstance(error, PostsApart):
        return _("One person may not hold both posts: the administrators of this place are kept apart.")
    return str(error)


def posts_in(unit: int, actor: Actor, say: Speech) -> list[tuple[str, str]]:
    """The posts that a unit can have, by its kind: key and title."""
    fact = people.directory(actor.org_stamp).unit(unit)
    kind = fact.kind if fact else ""
    return [(post.key, say.post(post.key, post.title)) for post in say.pack.posts if kind in post.unit_kinds]


@duty(Duty.POST_MANAGE, methods=("GET", "POST"))
def give(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give somebody a post: first the unit, then which of its posts and from when."""
    actor, card = actor_of(request), card_of(account_id, seconds=False)
    say = speech(actor.pack_digest)
    unit = whole_number(request.POST.get("unit") or request.GET.get("unit"))
    known = posts_in(unit, actor, say) if unit else []
    typed = {"key": text(request.POST, "key"), "from": text(request.POST, "from")}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        wrong = _given(actor, card, unit, known, typed)
        if not wrong:
            return HttpResponseRedirect(f"/desk/admin/people/{card.id}?done=given")
    q = searched(request)
    context: dict[str, Any] = {
        "card": card,
        "q": q,
        "units": picks.office_picks(actor.org_stamp, q, say),
        "unit": unit if known else 0,
        "unit_name": people.directory(actor.org_stamp).name_of(unit),
        "known": known,
        "typed": typed,
        "today": today_here(actor.pack_digest).isoformat(),
        "wrong": wrong,
    }
    return show(request, "desk/people_give.html", context, status=422 if wrong else 200, say=say)


def _given(actor: Actor, card: StaffCard, unit: int, known: list[tuple[str, str]], typed: dict[str, str]) -> dict[str, str]:
    """Give the post; what is wrong, by field, when it cannot be."""
    today = today_here(actor.pack_digest)
    start = day_of(typed["from"]) if typed["from"] else today
    if not known:
        return {"unit": _("Please choose one of the list.")}
    if typed["key"] not in dict(known):
        return {"key": _("Please choose one of the list.")}
    if start is None or not today <= start <= today + LATEST:
        return {"from": _("From today on, within a year.")}
    if card.id == actor.account:
        return {"": _("Nobody gives a post to themselves; another administrator does it.")}
    held = [one for one in card.posts if not one.instead_of and one.unit == unit and one.key == typed["key"]]
    if any(one.valid_to is None or one.valid_to >= start for one in held):
        return {"key": _("This person holds that post already.")}
    row = PostRow(username=card.username, unit_key=staff.unit_key(unit), key=typed["key"])
    try:
        give_post(row, valid_from=start, apart=posts_apart(speech(actor.pack_digest).pack), by=actor.doer())
    except PeopleError as error:
        return {"": say_wrong(error)}
    return {}


def _post_of(account: int, post_id: int) -> PostFact:
    found = staff.own_post(post_id) if post_id < 2**62 else None
    if found is None or found.account != account:
        raise Http404
    return found


@duty(Duty.POST_MANAGE, methods=("GET", "POST"))
def change(request: HttpRequest, account_id: int, post_id: int) -> HttpResponse:
    """A change of job in one act: the last day, who follows, and the old holder's next post."""
    actor, say = actor_of(request), speech(actor_of(request).pack_digest)
    typed = {name: text(request.POST, name) for name in ("last_day", "successor", "next_unit", "next_key", "seen_to")}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        wrong = _handed(actor, say, account_id, post_id, typed)
        if not wrong:
            done = "handed" if whole_number(typed["successor"]) else "ended"
            return HttpResponseRedirect(f"/desk/admin/people/{account_id}?done={done}")
    card = card_of(account_id)
    post = _post_of(card.id, post_id)
    return show(
        request,
        "desk/people_change.html",
        _shown(request, actor, say, post, typed, wrong) | {"card": card},
        status=422 if wrong else 200,
        say=say,
    )


def _shown(
    request: HttpRequest, actor: Actor, say: Speech, post: PostFact, typed: dict[str, str], wrong: dict[str, str]
) -> dict[str, Any]:
    today, q = today_here(actor.pack_digest), searched(request)
    colleagues = {one.account: one for one in staff.colleagues(post.unit, today) if one.account != post.account}
    found = [line for line in staff.find_people(q, on=today) if line.id != post.account and line.id not in colleagues]
    successor = whole_number(typed["successor"] or request.GET.get("successor"))
    others = [one for one in people.holders_of(post.unit, post.key, today) if one.account != post.account]
    unit = whole_number(typed["next_unit"] or request.GET.get("next_unit"))
    return {
        "post": post,
        "post_words": post_words(post, say),
        "days": days_words(post),
        "waiting": waiting.waiting_for(post.unit, post.key),
        "others": [one.account_name for one in others],
        "people": [(one.account, one.account_name, say.post(one.key, one.key)) for one in colleagues.values()]
        + [(line.id, line.name, line.staff_no or line.username) for line in found],
        "successor": successor,
        "stuck": waiting.out_of_reach(post.unit, post.key, before=post.account, after=successor) if successor else 0,
        "q": q,
        "units": picks.office_picks(actor.org_stamp, searched(request, "unit_q"), say, chosen=unit),
        "unit_q": searched(request, "unit_q"),
        "next_unit": unit,
        "next_posts": posts_in(unit, actor, say) if unit else [],
        "typed": typed,
        "today": today.isoformat(),
        "seen_to": post.valid_to.isoformat() if post.valid_to else "",
        "wrong": wrong,
    }


def _handed(actor: Actor, say: Speech, account: int, post_id: int, typed: dict[str, str]) -> dict[str, str]:
    """Hand the post over; what is wrong, by field, when it cannot be. Another's post, or none, counts as ended meanwhile."""
    if max(account, post_id) >= 2**62:
        raise Http404
    last_day, today = day_of(typed["last_day"]), today_here(actor.pack_digest)
    if last_day is None:
        return {"last_day": _("This is not a date.")}
    unit = whole_number(typed["next_unit"])
    if typed["next_key"] and typed["next_key"] not in dict(posts_in(unit, actor, say)):
        return {"next_key": _("Please choose one of the list.")}
    order = Handover(
        post=post_id,
        holder=account,
        last_day=last_day,
        seen_to=day_of(typed["seen_to"]),
        successor=whole_number(typed["successor"]),
        next_unit=unit if typed["next_key"] else 0,
        next_key=typed["next_key"],
    )
    zone = ZoneInfo(say.pack.calendar.zone)
    ends_at = datetime.combine(last_day + timedelta(days=1), time(), zone)
    try:
        hand_over(order, today=today, ends_at=ends_at, apart=posts_apart(say.pack), by=actor.doer())
    except PeopleError as error:
        return {error.field if error.field in ("last_day", "successor") else "": say_wrong(error)}
    return {}
