"""The filters of the list of all matters: how they stand in the address, and in the form above the list.

The words looked for (``q``) stand beside them in the same address; they are the search's, not a filter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.shapes import CaseFilter
from bihuan.desk import names
from bihuan.reports.board import begins
from bihuan.reports.monthly import next_month
from bihuan.web.forms import Option
from bihuan.web.opening import TYPE, categories
from bihuan.web.requests import searched, whole_number
from bihuan.web.speech import LIGHTS, Speech, light_words

LIST = "/desk/cases"
MONTH = len("2026-10")
OWN = "own"
"""In place of an area's code: in the actor's own area and placed no further."""
KEYS = (
    "q", "type", "area", "office", "state", "light", "category", "open", "from", "to", "beside", "closed", "ended", "until",
    "late", "mark", "month", "sort",
)  # fmt: skip
FURTHER = ("beside", "closed", "ended", "until", "late", "mark", "month")
"""Filters that only a number of the board or of the monthly table sets: kept and shown, not offered."""
OPEN = {"yes": True, "no": False}
UNSORTED = ("q", *FURTHER)
"""What a list by limit cannot be combined with: it is one of open matters by their main line of work."""


def link(**words: object) -> str:
    """The address of the list with these filters; what is empty or 0 is left out."""
    return f"{LIST}?{urlencode({key: str(words[key]) for key in KEYS if words.get(key)})}"


def read(request: HttpRequest, actor: Actor, say: Speech) -> CaseFilter:
    """The filters of an address; what makes no sense filters nothing."""
    light, area = request.GET.get("light", ""), searched(request, "area")
    late, mark = request.GET.get("late", ""), searched(request, "mark")
    ended = _begin(request.GET.get("ended", ""), say)
    month = _month(request.GET.get("month", ""), say)
    procedure, state = _type_and_state(request, say)
    return CaseFilter(
        procedure=procedure,
        area_code=actor.area_code if area == OWN else area if area.isascii() and area.isdigit() else "",
        area_alone=area == OWN,
        state=state,
        light=light if light in LIGHTS else "",
        category=searched(request, "category"),
        holder_unit=whole_number(request.GET.get("office")),
        beside=request.GET.get("beside") == "yes",
        is_open=OPEN.get(request.GET.get("open", "")),
        closed_since=_begin(request.GET.get("closed", ""), say),
        opened_since=_begin(request.GET.get("from", ""), say),
        opened_until=_end(request.GET.get("to", ""), say),
        ended_since=ended,
        ended_until=_end(request.GET.get("until", ""), say) if ended else None,
        ended_late=late == "yes",
        ended_kept=late == "no",
        mark=mark if month else "",
        marked_since=month[0] if month and mark else None,
        marked_until=month[1] if month and mark else None,
        by_limit=is_by_limit(request),
    )


def _type_and_state(request: HttpRequest, say: Speech) -> tuple[str, str]:
    """The case type and the state that an address names; a state may name its case type with it ("petition.accepted")."""
    procedure, state = searched(request, TYPE), searched(request, "state")
    named, dot, rest = state.partition(".")
    known = say.pack.procedures
    if dot and named in known and procedure in ("", named):
        return named, rest
    return (procedure if procedure in known else ""), "" if dot else state


def is_by_limit(request: HttpRequest) -> bool:
    """True where the list is asked for by limit and can be."""
    return request.GET.get("sort") == "limit" and not any(request.GET.get(key) for key in UNSORTED)


def form(request: HttpRequest, actor: Actor, say: Speech, filters: CaseFilter) -> dict[str, Any]:
    """What the form shows: every filter with what may be chosen, and what is chosen. One statement for the areas."""
    given = {key: searched(request, key) for key in KEYS}
    shown: dict[str, Any] = {
        "filters": filters,
        "given": given,
        "find": given["q"],
        "without_filters": link(q=given["q"]) if given["q"] and any(given[key] for key in KEYS[1:]) else "",
        "lights": [(key, light_words(key)) for key in LIGHTS],
        "types": names.procedures(say),
        "states": _grouped(names.states(say, given[TYPE])),
        "state": _state_value(filters, given, say),
        "categories": categories(say),
        "towns": names.towns(actor),
        "own_area": actor.area_name,
        "offices": names.holders(actor, say, filters.holder_unit),
        "kept": [(key, given[key]) for key in FURTHER if given[key]],
    }
    chips = _chips(given, filters, shown, say)
    can_sort = not any(given[key] for key in UNSORTED)
    return shown | {
        "chips": chips,
        "filtered": bool(chips),
        "n_filters": len(chips) or "",
        "sorted": "limit" if filters.by_limit else "" if given["q"] else "new",
        "sort_limit": link(**_words(given), sort="limit") if can_sort and not filters.by_limit else "",
        "sort_new": link(**_words(given)) if filters.by_limit else "",
        "address": link(**_words(given), sort=given["sort"]).partition("?")[2],
    }


def _grouped(options: Sequence[Option]) -> list[tuple[str, list[Option]]]:
    found: dict[str, list[Option]] = {}
    for option in options:
        found.setdefault(option.group, []).append(option)
    return list(found.items())


def _state_value(filters: CaseFilter, given: Mapping[str, str], say: Speech) -> str:
    """The chosen state as the form's list writes it: with its case type where states of several are offered."""
    if not filters.state or given[TYPE] or len(say.pack.procedures) == 1:
        return filters.state
    return f"{filters.procedure}.{filters.state}" if filters.procedure else filters.state


def _words(given: Mapping[str, str], *without: str) -> dict[str, str]:
    return {key: value for key, value in given.items() if key != "sort" and key not in without}


def _chips(given: Mapping[str, str], filters: CaseFilter, shown: Mapping[str, Any], say: Speech) -> list[dict[str, str]]:
    """What is chosen, one chip each with the address of the list without it."""
    categories_of = {option.value: option.title for _group, options in shown["categories"] for option in options}
    titles: dict[str, str] = {
        "q": given["q"],
        "area": _area_words(filters, shown),
        "office": next((one.title for one in shown["offices"] if one.value == given["office"]), ""),
        "category": categories_of.get(filters.category, ""),
        "type": next((one.title for one in shown["types"] if one.value == given[TYPE]), ""),
        "state": _state_words(filters, say),
        "light": light_words(filters.light),
        "open": {True: _("open"), False: _("closed")}[filters.is_open] if filters.is_open is not None else "",
        "from": _("received from %(day)s") % {"day": say.day(filters.opened_since)} if filters.opened_since else "",
        "to": _("received until %(day)s") % {"day": given["to"]} if filters.opened_until else "",
        "beside": _("beside the main one") if filters.beside else "",
        "closed": _("closed since %(day)s") % {"day": say.day(filters.closed_since)} if filters.closed_since else "",
        "ended": _ended_words(given, filters, say),
        "mark": f"{given['month']} · {say.say('mark', given['mark'])}" if filters.mark else "",
    }
    together = {"ended": ("until", "late"), "mark": ("month",)}
    return [
        {"title": title, "without": link(**_words(given, key, *together.get(key, ())), sort=given["sort"])}
        for key, title in titles.items()
        if title
    ]


def _state_words(filters: CaseFilter, say: Speech) -> str:
    """The chosen state's title, "" for none that is known."""
    known = say.pack.procedures
    for key in (filters.procedure,) if filters.procedure else tuple(known):
        if any(one.key == filters.state for one in known[key].states):
            return say.state(key, filters.state)
    return ""


def _area_words(filters: CaseFilter, shown: Mapping[str, Any]) -> str:
    if filters.area_alone:
        return _("%(area)s, not placed further") % {"area": shown["own_area"]}
    if not filters.area_code:
        return ""
    return next((town.name for town in shown["towns"] if town.code == filters.area_code), filters.area_code)


def _ended_words(given: Mapping[str, str], filters: CaseFilter, say: Speech) -> str:
    if not filters.ended_since:
        return ""
    told = _("a limit ended since %(day)s") % {"day": say.day(filters.ended_since)}
    if filters.ended_until:
        told += f" – {given['until']}"
    if filters.ended_late:
        told += _(", late")
    return told + (_(", all in time") if filters.ended_kept else "")


def _month(written: str, say: Speech) -> tuple[datetime, datetime] | None:
    """The instants at which a month written 2026-10 begins and ends; None for anything else."""
    first = _begin(f"{written}-01" if len(written) == MONTH else "", say)
    if first is None:
        return None
    day = say.calendar.local(first).date()
    return first, begins(say.calendar, next_month(day))


def _end(written: str, say: Speech) -> datetime | None:
    """The end of a day written 2026-10-24: the beginning of the next; None for anything that is no day of these times."""
    begun = _begin(written, say)
    return begins(say.calendar, say.calendar.local(begun).date() + timedelta(days=1)) if begun else None


def _begin(written: str, say: Speech) -> datetime | None:
    """The beginning of a day written 2026-10-24; None for anything that is no day of these times."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        return None
    return begins(say.calendar, day) if 2000 <= day.year < 2200 else None
