"""Units: the list, one unit renamed, put under another one, ended; a new one of a kind that the rules know. No people here."""

from __future__ import annotations

import secrets
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.boundaries import units as ending
from bihuan.boundaries.services import CannotRedraw
from bihuan.cases.gist import count_held
from bihuan.desk.frame import actor_of, show
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.people.errors import UnknownUnit
from bihuan.people.services import UnitRow, create_units
from bihuan.people.services.units import put_under, rename_unit
from bihuan.places import selectors as places
from bihuan.rules.routing import UnitFact
from bihuan.rules.scope import Duty
from bihuan.web import picks
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, unkeepable, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 60
LONGEST = 80


@duty(Duty.UNIT_MANAGE, methods=("GET", "POST"))
def units(request: HttpRequest) -> HttpResponse:
    """The units of a kind, or those whose names hold the words typed; sent, a new unit."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    if request.method == "POST":
        number, wrong = _created(request, actor, say)
        return HttpResponseRedirect(f"/desk/admin/units/{number}") if number else _list(request, actor, say, wrong=wrong)
    return _list(request, actor, say)


def _list(request: HttpRequest, actor: Actor, say: Speech, *, wrong: str = "") -> HttpResponse:
    directory = people.directory(actor.org_stamp)
    kinds = say.pack.unit_kinds
    chosen = next((kind for kind in kinds if kind.key == searched(request, "kind")), None)
    words = picks.words_of(searched(request))
    facts = [fact for kind in kinds if chosen in (None, kind) for fact in directory.all_of(kind.key)]
    found = [fact for fact in facts if all(word in directory.name_of(fact.id) for word in words)]
    start = whole_number(request.GET.get("from"), most=len(found))
    shown = found[start : start + ROWS]
    paths = places.path_names({fact.area_code for fact in shown})
    query = request.GET.copy()
    query["from"] = str(start + ROWS)
    context = {
        "q": searched(request),
        "count": len(found),
        "kinds": [
            {"key": kind.key, "title": say.say("unit_kind", kind.key, otherwise=kind.title), "here": kind == chosen}
            for kind in kinds
        ],
        "rows": [
            {
                "id": fact.id,
                "name": directory.name_of(fact.id),
                "kind": say.say("unit_kind", fact.kind),
                "area": paths.get(fact.area_code, ""),
                "superior": directory.name_of(fact.superior),
            }
            for fact in shown
        ],
        "more": f"?{query.urlencode()}" if start + ROWS < len(found) else "",
        "typed": {name: text(request.POST, name) for name in ("name", "kind", "area")},
        "wrong_words": wrong,
        "wrong": {"": wrong} if wrong else {},
    }
    return show(request, "desk/admin/units.html", context, status=422 if wrong else 200, say=say)


def _created(request: HttpRequest, actor: Actor, say: Speech) -> tuple[int, str]:
    """The number of the new unit, or what is wrong."""
    name, code = " ".join(text(request.POST, "name").split())[:LONGEST], text(request.POST, "area")
    kind = say.pack.unit_kind(text(request.POST, "kind"))
    if not name or unkeepable(name) or kind is None:
        return 0, _("Please give the unit a name and a kind.")
    area = places.area(code) if code.isdigit() else None
    if area is None or area.valid_to or area.level != kind.level:
        level = say.pack.level(kind.level)
        return 0, _("Please give the code of an area of this level: %(level)s.") % {"level": level.title if level else ""}
    directory = people.directory(actor.org_stamp)
    above = next(iter(directory.units_of(kind.superior, area.code)), 0) if kind.superior else 0
    above_fact = directory.unit(above)
    key = f"own{secrets.token_hex(8)}@{area.code}"
    keys = people.unit_keys([above]) if above_fact else {}
    row = UnitRow(key=key, kind=kind.key, name=name, area_code=area.code, superior_key=keys.get(above, ""), centre=False)
    try:
        return create_units([row], by=actor.doer())[key], ""
    except UnknownUnit:  # the one above has ended since
        return 0, _("A unit cannot stand under itself, under one below it, or under one that has ended.")


@duty(Duty.UNIT_MANAGE, methods=("GET", "POST"))
def unit(request: HttpRequest, number: int) -> HttpResponse:
    """One unit; sent, one change of it."""
    actor = actor_of(request)
    fact = people.directory(actor.org_stamp).unit(number)
    if fact is None:
        raise Http404
    if request.method == "GET":
        return _page(request, actor, fact)
    wrong = _changed(request, actor, fact)
    if wrong:
        return _page(request, actor, fact, wrong=wrong)
    ended = text(request.POST, "step") == "end"
    return HttpResponseRedirect("/desk/admin/units" if ended else request.path)


def _changed(request: HttpRequest, actor: Actor, fact: UnitFact) -> str:
    """Do what was sent; what is wrong, "" for nothing."""
    step, name = text(request.POST, "step"), " ".join(text(request.POST, "name").split())
    if step == "rename":
        if not name or unkeepable(name):
            return _("Please give the unit a name and a kind.")
        rename_unit(fact.id, name[:LONGEST], by=actor.doer())
    elif step == "put":
        try:
            put_under(fact.id, whole_number(text(request.POST, "superior")), by=actor.doer())
        except UnknownUnit:
            return _("A unit cannot stand under itself, under one below it, or under one that has ended.")
    elif step == "end":
        try:
            ending.end(actor=actor, unit=fact.id, last_day=_today(actor))
        except CannotRedraw as refused:
            return refused.say
    else:
        return _("Please choose what is to be done.")
    return ""


def _today(actor: Actor) -> date:
    today: date = speech(actor.pack_digest).calendar.local(clock.now()).date()
    return today


def _page(request: HttpRequest, actor: Actor, fact: UnitFact, *, wrong: str = "") -> HttpResponse:
    say = speech(actor.pack_digest)
    directory = people.directory(actor.org_stamp)
    kind = say.pack.unit_kind(fact.kind)
    above = [one for other in say.pack.unit_kinds if kind and other.key == kind.superior for one in directory.all_of(other.key)]
    context = {
        "id": fact.id,
        "name": directory.name_of(fact.id),
        "kind": say.say("unit_kind", fact.kind),
        "area": places.path_names([fact.area_code]).get(fact.area_code, ""),
        "superior": fact.superior,
        "superior_name": directory.name_of(fact.superior),
        "above": [(one.id, directory.name_of(one.id)) for one in above],
        "held": count_held(fact.id),
        "may_read_cases": Duty.CASE_READ in actor.duties,
        "wrong_words": wrong,
        "wrong": {"": wrong} if wrong else {},
    }
    return show(request, "desk/admin/unit.html", context, status=422 if wrong else 200, say=say)
