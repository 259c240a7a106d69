"""The filters of the list of all matters: how they stand in the address, and in the form above the list.

The words looked for (``q``) stand beside them in the same address; they are the search's, not a filter.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.shapes import CaseFilter
from bihuan.desk import names
from bihuan.reports.board import begins
from bihuan.web.opening import categories
from bihuan.web.requests import searched, whole_number
from bihuan.web.speech import LIGHTS, Speech, light_words

LIST = "/desk/cases"
OWN = "own"
"""In place of an area's code: in the actor's own area and placed no further."""
KEYS = ("q", "area", "office", "state", "light", "category", "open", "beside", "closed", "ended", "late")
FURTHER = ("beside", "closed", "ended", "late")
OPEN = {"yes": True, "no": False}


def link(**words: object) -> str:
    """The address of the list with these filters; what is empty or 0 is left out."""
    return f"{LIST}?{urlencode({key: str(words[key]) for key in KEYS if words.get(key)})}"


def read(request: HttpRequest, actor: Actor, say: Speech) -> CaseFilter:
    """The filters of an address; what makes no sense filters nothing."""
    light, area = request.GET.get("light", ""), searched(request, "area")
    return CaseFilter(
        area_code=actor.area_code if area == OWN else area if area.isascii() and area.isdigit() else "",
        area_alone=area == OWN,
        state=searched(request, "state"),
        light=light if light in LIGHTS else "",
        category=searched(request, "category"),
        holder_unit=whole_number(request.GET.get("office")),
        beside=request.GET.get("beside") == "yes",
        is_open=OPEN.get(request.GET.get("open", "")),
        closed_since=_begin(request.GET.get("closed", ""), say),
        ended_since=_begin(request.GET.get("ended", ""), say),
        ended_late=request.GET.get("late") == "yes",
    )


def form(request: HttpRequest, actor: Actor, say: Speech, filters: CaseFilter) -> dict[str, Any]:
    """What the form shows: every filter with what may be chosen, and what is chosen. One statement for the areas."""
    given = {key: searched(request, key) for key in KEYS}
    return {
        "filters": filters,
        "given": given,
        "find": given["q"],
        "without_filters": link(q=given["q"]) if given["q"] and any(given[key] for key in KEYS[1:]) else "",
        "lights": [(key, light_words(key)) for key in LIGHTS],
        "states": names.states(say),
        "categories": categories(say),
        "towns": names.towns(actor),
        "own_area": actor.area_name,
        "offices": names.holders(actor, say, filters.holder_unit),
        "filtered": any(given.values()),
        "further": any(given[key] for key in FURTHER),
        "ended_of": _("of the chosen unit") if filters.holder_unit else "",
    }


def _begin(written: str, say: Speech) -> datetime | None:
    """The beginning of a day written 2026-10-24; None for anything that is no day of these times."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        return None
    return begins(say.calendar, day) if 2000 <= day.year < 2200 else None
