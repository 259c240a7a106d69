"""Working days: each year as months; a new year is looked at first (which open limits move from when to when), then loaded."""

from __future__ import annotations

import calendar as months
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.cases.foreseeing import Foreseen, foresee
from bihuan.desk import names
from bihuan.desk.frame import actor_of, show
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.year_days import read_days, typed_days
from bihuan.ledger import clock
from bihuan.people import selectors as people
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import BadYear
from bihuan.rulebook.published import departing, known_years
from bihuan.rulebook.services import load_calendar_year
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 50
FIRST_YEAR, LAST_YEAR = 2000, 2100
LARGEST = 1024 * 1024
Days = tuple[list[date], list[date]]


@duty(Duty.PACK_READ, Duty.CALENDAR_LOAD)
def years(request: HttpRequest) -> HttpResponse:
    """Every loaded year, newest first."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    known = rulebook.calendar_years()
    by = people.accounts({row.loaded_by for row in known.values() if row.loaded_by})
    this = say.calendar.local(clock.now()).year
    context = {
        "years": [
            {
                "year": row.year,
                "off": len(row.off),
                "made_up": len(row.made_up),
                "source": _source(row.source),
                "at": say.moment(row.loaded_at),
                "by": by[row.loaded_by].name if row.loaded_by in by else _("System"),
                "revision": row.revision,
            }
            for row in sorted(known.values(), key=lambda row: -row.year)
        ],
        "missing": [year for year in (this, this + 1) if year not in known],
        "may_load": Duty.CALENDAR_LOAD in actor.duties,
    }
    return show(request, "desk/admin/calendar_years.html", context, say=say)


@duty(Duty.PACK_READ, Duty.CALENDAR_LOAD)
def year(request: HttpRequest, number: int) -> HttpResponse:
    """One year as twelve months: days off and make-up working days in words, colour and shape."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    row = rulebook.calendar_years().get(number)
    if row is None:
        raise Http404
    off, made_up = ({date.fromisoformat(day) for day in days} for days in (row.off, row.made_up))
    context = {
        "year": number,
        "source": _source(row.source),
        "revision": row.revision,
        "months": _months(number, off, made_up),
        "weekdays": _weekdays(),
        "moved": request.GET.get("moved", "") if request.GET.get("moved", "").isdigit() else "",
        "may_load": Duty.CALENDAR_LOAD in actor.duties,
    }
    return show(request, "desk/admin/calendar_year.html", context, say=say)


def _source(words: str) -> str:
    return _("the calendar that comes with the product") if words.startswith("chinesecalendar") else words


def _weekdays() -> list[str]:
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def _months(number: int, off: set[date], made_up: set[date]) -> list[dict[str, Any]]:
    """Twelve months as weeks of days; each day with what it is."""

    def cell(month: int, day: int) -> dict[str, Any]:
        if not day:
            return {}
        at = date(number, month, day)
        kind = "holiday" if at in off else "make-up" if at in made_up else "rest" if at.weekday() >= 5 else ""
        return {"day": day, "kind": kind}

    return [
        {
            "name": _("%(month)d/%(year)d") % {"month": month, "year": number},
            "weeks": [[cell(month, day) for day in week] for week in months.monthcalendar(number, month)],
        }
        for month in range(1, 13)
    ]


# -- loading -------------------------------------------------------------------------------------------------------------


@duty(Duty.CALENDAR_LOAD, methods=("GET", "POST"), largest=LARGEST + 64 * 1024)
def load(request: HttpRequest) -> HttpResponse:
    """Give the days of a year, see what they would move, and only then load them."""
    if request.method == "GET":
        return _ask(request, whole_number(request.GET.get("year"), most=LAST_YEAR))
    number = whole_number(text(request.POST, "year"), most=LAST_YEAR)
    if number < FIRST_YEAR:
        return _ask(request, number, wrong=_("Please give the year with four digits."))
    days, wrong = _days_sent(request, number)
    if wrong or days is None:
        return _ask(request, number, wrong=wrong)
    if text(request.POST, "step") == "load":
        return _load(request, number, days)
    return _preview(request, number, days)


def _ask(request: HttpRequest, number: int, *, wrong: str = "") -> HttpResponse:
    say = speech(actor_of(request).pack_digest)
    shipped = [one.year for one in known_years()]
    context = {
        "year": number or say.calendar.local(clock.now()).year + 1,
        "shipped": shipped[-3:],
        "source": text(request.POST, "source"),
        "off": text(request.POST, "off_typed"),
        "made_up": text(request.POST, "made_up_typed"),
        "wrong_words": wrong,
        "wrong": {"": wrong} if wrong else {},
    }
    return show(request, "desk/admin/calendar_load.html", context, status=422 if wrong else 200, say=say)


def _days_sent(request: HttpRequest, number: int) -> tuple[Days | None, str]:
    """The days off and make-up days of the form, however they were given; else what is wrong."""
    way = text(request.POST, "way")
    if way == "kept":  # from the page that showed what would move
        off, wrong_off = typed_days(text(request.POST, "off"), number)
        made_up, wrong_up = typed_days(text(request.POST, "made_up"), number)
        return ((off, made_up), "") if not (wrong_off or wrong_up) else (None, _("These days cannot be read."))
    if way == "shipped":
        known = next((one for one in known_years() if one.year == number), None)
        if known is None:
            return None, _("The days that come with the product do not reach that year. Give a file, or type them.")
        return (list(known.off), list(known.made_up)), ""
    if way == "file":
        return _days_of_file(request)
    off, wrong_off = typed_days(text(request.POST, "off_typed"), number)
    made_up, wrong_up = typed_days(text(request.POST, "made_up_typed"), number)
    if wrong_off or wrong_up:
        return None, _("These lines cannot be read as days: %(lines)s") % {"lines": _(", ").join([*wrong_off, *wrong_up][:5])}
    if not off:
        return None, _("No day off is given: a year without any holiday would move every limit.")
    return (off, made_up), ""


def _days_of_file(request: HttpRequest) -> tuple[Days | None, str]:
    file = request.FILES.get("file")
    if file is None:
        return None, _("Please choose a file.")
    if (file.size or 0) > LARGEST:
        return None, _("The file is larger than %(size)s MB.") % {"size": LARGEST // 1024 // 1024}
    try:
        off, made_up, faults = read_days(file.read())
    except FileRefused as refused:
        return None, refused.say
    if faults:
        first = faults[0]
        return None, _("Line %(line)s: %(say)s") % {"line": first.line, "say": first.say}
    return ((off, made_up), "") if off else (None, _("No day off is given: a year without any holiday would move every limit."))


def _wrong_days(number: int, days: Days) -> str:
    off, made_up = map(set, days)
    outside = sorted(day for day in off | made_up if day.year != number)
    if outside:
        return _("%(day)s lies outside %(year)d.") % {"day": outside[0].isoformat(), "year": number}
    both = sorted(off & made_up)
    return _("%(day)s is both off and worked.") % {"day": both[0].isoformat()} if both else ""


def _preview(request: HttpRequest, number: int, days: Days) -> HttpResponse:
    """What the days would move: counts by office, then the limits themselves, page by page."""
    wrong = _wrong_days(number, days)
    if wrong:
        return _ask(request, number, wrong=wrong)
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found = foresee(actor, number, lambda pack: rulebook.calendar_with(pack, number, *days))
    moving = [one for one in found if one.moves]
    units = names.units(actor, {one.unit for one in found})
    off, made_up = departing(*map(set, days))
    start = whole_number(text(request.POST, "from"), most=len(moving))
    counts = Counter(one.unit for one in moving)
    context = {
        "year": number,
        "months": _months(number, set(off), set(made_up)),
        "weekdays": _weekdays(),
        "off": "\n".join(day.isoformat() for day in off),
        "made_up": "\n".join(day.isoformat() for day in made_up),
        "source": text(request.POST, "source"),
        "moving": len(moving),
        "cases": len({one.case_id for one in moving}),
        "settled": sum(one.settled for one in found),
        "offices": [(units.get(unit) or _("nobody"), n) for unit, n in counts.most_common()],
        "rows": _rows(moving[start : start + ROWS], units, say),
        "next": start + ROWS if start + ROWS < len(moving) else 0,
        "from": start,
    }
    return show(request, "desk/admin/calendar_preview.html", context, say=say)


def _rows(found: Sequence[Foreseen], units: dict[int, str], say: Speech) -> list[dict[str, str]]:
    return [
        {
            "number": one.number,
            "office": units.get(one.unit, ""),
            "clock": say.clock(one.procedure, one.clock),
            "before": say.full(one.before),
            "after": say.full(one.after),
            "later": _("later") if one.after > one.before else _("earlier"),
        }
        for one in found
    ]


def _load(request: HttpRequest, number: int, days: Days) -> HttpResponse:
    actor = actor_of(request)
    source = text(request.POST, "source") or _("typed in")
    try:
        loaded = load_calendar_year(number, *days, source=source, by=actor.doer())
    except BadYear:
        return _ask(request, number, wrong=_wrong_days(number, days) or _("These days cannot be read."))
    return HttpResponseRedirect(f"/desk/admin/calendar/{number}?moved={sum(loaded.moved.values())}")
