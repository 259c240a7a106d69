"""The area tree: from the county down, paged, searched; one area renamed, added, ended; several merged, one split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.boundaries import areas as changes
from bihuan.boundaries import services as boundaries
from bihuan.boundaries.services import CannotRedraw
from bihuan.desk.frame import actor_of, show
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.picks import words_of
from bihuan.web.requests import searched, text, unkeepable, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 100
LONGEST_CODE = 15


@duty(Duty.AREA_MANAGE, methods=("GET", "POST"))
def areas(request: HttpRequest) -> HttpResponse:
    """One area with what lies below it; sent, one change of it."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    code = searched(request, "code") or actor.area_code
    here = places.area(code) if code.isdigit() and len(code) <= LONGEST_CODE else None
    if here is None:
        raise Http404
    if request.method == "GET":
        return _page(request, say, here)
    try:
        return HttpResponseRedirect(_changed(request, actor, say, here))
    except CannotRedraw as refused:
        return _page(request, say, here, wrong=refused.say)


def _changed(request: HttpRequest, actor: Actor, say: Speech, here: AreaFact) -> str:
    """Do what was sent; where to go then. Raises CannotRedraw."""
    step, name = text(request.POST, "step"), text(request.POST, "name")
    if unkeepable(name) or unkeepable(text(request.POST, "names")):
        raise CannotRedraw(_("This text holds characters that cannot be kept; please type it again."))
    back = f"{request.path}?code={here.code}"
    if step == "rename":
        changes.rename(actor=actor, code=here.code, name=name)
    elif step == "add":
        begins = _day(request, "begins", say)
        changes.add(actor=actor, pack=say.pack, parent=here.code, name=name, code=text(request.POST, "new_code"), begins=begins)
    elif step == "end":
        changes.end(actor=actor, code=here.code, last_day=_day(request, "last_day", say))
    elif step == "merge":
        number = boundaries.merge(actor=actor, pack=say.pack, codes=request.POST.getlist("codes")[:50], name=name)
        return f"/desk/admin/redrawings/{number}"
    elif step == "split":
        parts = [one for one in text(request.POST, "names").split("\n") if one.strip()][:50]
        follow = whole_number(text(request.POST, "follow"), most=50) or 1
        number = boundaries.split(actor=actor, pack=say.pack, code=here.code, names=parts, follow=follow)
        return f"/desk/admin/redrawings/{number}"
    else:
        raise CannotRedraw(_("Please choose what is to be done."))
    return back


def _day(request: HttpRequest, name: str, say: Speech) -> date:
    typed = text(request.POST, name)
    if not typed:
        today: date = say.calendar.local(clock.now()).date()
        return today
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise CannotRedraw(_("This is not a date.")) from None


def _page(request: HttpRequest, say: Speech, here: AreaFact, *, wrong: str = "") -> HttpResponse:
    today = say.calendar.local(clock.now()).date()
    words, start = words_of(searched(request)), whole_number(request.GET.get("from"), most=100_000)
    found = places.find(words, limit=ROWS) if words else places.children(here.code)
    shown = found if words else found[start : start + ROWS]
    paths = places.path_names(fact.code for fact in shown) if words else {}
    keys = [level.key for level in say.pack.levels]
    below = keys[keys.index(here.level) + 1] if here.level in keys[:-1] else ""
    alive = here.valid_to is None
    standing = [fact for fact in shown if fact.valid_to is None]
    context = {
        "here": _line(here, say, today),
        "above": places.ancestors(here.code),
        "rows": [_line(fact, say, today, paths.get(fact.code, "")) for fact in shown],
        "q": searched(request),
        "count": len(found),
        "more": f"?code={here.code}&from={start + ROWS}" if not words and start + ROWS < len(found) else "",
        "below": say.say("level", below) if below else "",
        "may_change": alive,
        "may_end": alive and here.parent,
        "may_merge": not words and alive and below in keys[2:] and len(standing) > 1,
        "may_split": alive and here.level in keys[2:] and not any(fact.valid_to is None for fact in found) and not words,
        "wrong_words": wrong,
        "wrong": {"": wrong} if wrong else {},
        "typed": {name: text(request.POST, name) for name in ("name", "names", "new_code", "follow")},
        "today": today.isoformat(),
        "jobs": [_job(one) for one in boundaries.latest(5)] if not here.parent and not words else [],
    }
    return show(request, "desk/admin/areas.html", context, status=422 if wrong else 200, say=say)


def _line(fact: AreaFact, say: Speech, today: date, path: str = "") -> dict[str, Any]:
    return {
        "code": fact.code,
        "name": path or fact.name,
        "plain": fact.name,
        "level": say.say("level", fact.level),
        "begins": fact.valid_from.isoformat() if fact.valid_from else "",
        "ends": fact.valid_to.isoformat() if fact.valid_to else "",
        "over": bool(fact.valid_to and fact.valid_to < today),
    }


@duty(Duty.AREA_MANAGE)
def redrawing(request: HttpRequest, number: int) -> HttpResponse:
    """A merge or split: what became what, and how many open matters have followed; the worker lets them follow."""
    actor = actor_of(request)
    job = boundaries.progress(number)
    if job is None:
        raise Http404
    names = places.path_names([*job.became, *job.became.values()])
    who = people.accounts([job.account])
    context = {
        "job": job,
        "title": _("Merged areas") if job.kind == boundaries.MERGE else _("A split area"),
        "rows": _became(job.became, names),
        "who": who[job.account].name if job.account in who else "",
        "waiting": max(job.total - job.moved - job.left, 0),
    }
    return show(request, "desk/admin/redrawing.html", context, say=speech(actor.pack_digest))


def _became(became: Any, names: dict[str, str]) -> Sequence[dict[str, str]]:
    return [
        {"old": old, "old_name": names.get(old, ""), "new": new, "new_name": names.get(new, "")}
        for old, new in sorted(became.items())
    ]


def _job(job: boundaries.Progress) -> dict[str, Any]:
    title = _("Merged areas") if job.kind == boundaries.MERGE else _("A split area")
    return {"id": job.id, "title": title, "begins": job.begins.isoformat(), "n": len(job.became), "done": job.done}
