"""The duty roster of a unit (值班): who answers for it by day and by night. No check-in, nobody's whereabouts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.access.signin import today_here
from bihuan.desk.away import LEADS
from bihuan.desk.frame import actor_of, show
from bihuan.desk.kept import workbook
from bihuan.desk.list_import import LARGEST, Sheet, ask, taken, uploaded
from bihuan.desk.people_posts import day_of
from bihuan.exchange import rosters
from bihuan.exchange.lists import template
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.people import staff
from bihuan.people.errors import PeopleError
from bihuan.people.selectors import ShiftFact
from bihuan.people.services import ShiftRow, add_shifts, remove_shift
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty, signed_in
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

ROSTER = "/desk/roster"
DAYS, MOST_DAYS = 14, 31
KEEPS = (Duty.CASE_ASSIGN, Duty.CASE_SIGN, Duty.CASE_APPROVE, Duty.POST_MANAGE)
"""Who keeps a roster: whoever assigns for a centre or leads a unit, for that unit; who gives posts, for every unit."""


def _unit(request: HttpRequest, actor: Actor) -> int:
    """The unit of the page: one's own; another for who reads the staff directory. Raises Http404."""
    unit = whole_number(request.POST.get("unit") or request.GET.get("unit")) or actor.unit
    reads = Duty.ACCOUNT_READ in actor.duties or Duty.POST_MANAGE in actor.duties
    if unit != actor.unit and not (reads and people.directory(actor.org_stamp).unit(unit)):
        raise Http404
    return unit


def keeps(actor: Actor, unit: int) -> bool:
    """True when this actor may change the roster of that unit."""
    if Duty.POST_MANAGE in actor.duties:
        return True
    return unit == actor.unit and bool((LEADS | {Duty.CASE_ASSIGN}) & actor.duties)


@signed_in("GET", "POST")
def roster(request: HttpRequest) -> HttpResponse:
    """The next two weeks, who is on duty now, and for who keeps it a form for one more turn."""
    actor = actor_of(request)
    unit, say = _unit(request, actor), speech(actor.pack_digest)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        if not keeps(actor, unit):
            raise Http404
        try:
            wrong = _changed(request, actor, say, unit)
        except PeopleError as error:
            wrong = {"": str(error)}
        if not wrong:
            return HttpResponseRedirect(f"{ROSTER}?unit={unit}&done={text(request.POST, 'do')}")
    context = _shown(request, actor, say, unit) | {"wrong": wrong}
    return show(request, "desk/roster.html", context, status=422 if wrong else 200, say=say)


def _changed(request: HttpRequest, actor: Actor, say: Speech, unit: int) -> dict[str, str]:
    """Enter or remove a turn; what is wrong, by field. Raises PeopleError."""
    if text(request.POST, "do") == "remove":
        remove_shift(whole_number(request.POST.get("shift")), unit=unit, by=actor.doer())
        return {}
    day = day_of(text(request.POST, "day"))
    if day is None:
        return {"day": _("This is not a date.")}
    who = whole_number(request.POST.get("who"))
    today = today_here(actor.pack_digest)
    if who not in {one.account for one in staff.colleagues(unit, today) if one.unit == unit}:
        return {"who": _("Please choose one of the list.")}
    times = {name: _time_of(text(request.POST, name)) for name in ("start", "end")}
    for name, at in times.items():
        if at is None:
            return {name: _("This is not a time of day.")}
    zone = ZoneInfo(say.zone)
    starts = datetime.combine(day, times["start"] or time(), zone)
    ends = datetime.combine(day, times["end"] or time(), zone)
    ends = ends if ends > starts else datetime.combine(day + timedelta(days=1), times["end"] or time(), zone)
    row = ShiftRow(account=who, starts_at=starts, ends_at=ends, leads=text(request.POST, "leads") == "yes")
    add_shifts(unit, [row], by=actor.doer())
    return {}


def _time_of(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed) if len(typed) <= len("17:30:00") else None
    except ValueError:
        return None


def _shown(request: HttpRequest, actor: Actor, say: Speech, unit: int) -> dict[str, Any]:
    zone, today = ZoneInfo(say.zone), today_here(actor.pack_digest)
    first = day_of(request.GET.get("from", "")) or today
    begin = datetime.combine(first, time(), zone)
    turns = people.shifts(unit, begin, begin + timedelta(days=DAYS))
    may = keeps(actor, unit)
    done = {"add": _("The turn is entered."), "remove": _("The turn is taken out.")}.get(request.GET.get("done", ""), "")
    return {
        "unit": unit,
        "unit_name": people.directory(actor.org_stamp).name_of(unit),
        "own": unit == actor.unit,
        "may_keep": may,
        "now": [_words(one, zone) for one in turns if one.starts_at <= clock.now() < one.ends_at],
        "days": _by_day(turns, zone),
        "earlier": f"{ROSTER}?unit={unit}&from={(first - timedelta(days=DAYS)).isoformat()}",
        "later": f"{ROSTER}?unit={unit}&from={(first + timedelta(days=DAYS)).isoformat()}",
        "people": _people(unit, today, say) if may else [],
        "typed": {name: text(request.POST, name) for name in ("day", "start", "end", "leads", "who")},
        "today": today.isoformat(),
        "notices": [{"tone": "ok", "words": done}] if done else [],
    }


def _people(unit: int, today: Any, say: Speech) -> list[tuple[str, str]]:
    found: dict[int, str] = {}
    for one in staff.colleagues(unit, today):
        if one.unit == unit:
            found.setdefault(one.account, f"{one.account_name} · {say.post(one.key, one.key)}")
    return [(str(account), words) for account, words in found.items()]


def _words(one: ShiftFact, zone: ZoneInfo) -> dict[str, object]:
    starts, ends = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
    over = f"{ends:%H:%M}" if ends.date() == starts.date() else _("%(time)s the next day") % {"time": f"{ends:%H:%M}"}
    if ends.date() > starts.date() + timedelta(days=1):
        over = f"{ends:%m-%d %H:%M}"
    return {"id": one.id, "name": one.account_name, "leads": one.leads, "from": f"{starts:%H:%M}", "to": over}


def _by_day(turns: list[ShiftFact], zone: ZoneInfo) -> list[dict[str, Any]]:
    days: dict[str, list[dict[str, object]]] = {}
    for one in turns:
        days.setdefault(one.starts_at.astimezone(zone).date().isoformat(), []).append(_words(one, zone))
    return [{"day": day, "turns": listed} for day, listed in days.items()]


# -- from a spreadsheet ------------------------------------------------------------------------------------------------


def _sheet(request: HttpRequest) -> Sheet:
    actor = actor_of(request)
    unit, say = actor.unit, speech(actor.pack_digest)
    if not keeps(actor, unit):
        raise Http404
    told: dict[str, Any] = {
        "unit": unit, "zone": ZoneInfo(say.zone), "today": today_here(actor.pack_digest), "actor": actor,
    }  # fmt: skip
    return Sheet(
        title=_("Take in a duty roster"),
        lead=_("One row for each turn of your own unit: %(unit)s.") % {"unit": actor.unit_name},
        where=f"{ROSTER}/import",
        back=ROSTER,
        plan=lambda content: rosters.plan(content, **told),
        take=lambda content: rosters.take_in(content, **told),
        outcomes=((rosters.NEW, _("new turns")), (rosters.KNOWN, _("there already"))),
    )


@duty(*KEEPS, methods=("GET", "POST"), largest=LARGEST + 1024 * 1024)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a roster; sent, what would become of each row."""
    sheet = _sheet(request)
    return ask(request, sheet) if request.method == "GET" else uploaded(request, sheet)


@duty(*KEEPS, methods=("POST",))
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Take the kept roster in, or give its refused rows."""
    return taken(request, _sheet(request), token)


@duty(*KEEPS)
def roster_template(_request: HttpRequest) -> HttpResponse:
    """An empty roster to fill in."""
    note = _("One row for each turn. An end before the beginning means the next day; no times mean from 8 to 8.")
    return workbook(template(rosters.FIELDS, note), "duty-roster.xlsx")
