"""The duty list: which office answers for which kind of matter, and by what text; with the actual office for a place.

Read-only: the list is part of the rules. Dispatchers assign by it, offices cite it when they return a matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.desk.admin.rule_words import confidence_words
from bihuan.desk.frame import actor_of, show
from bihuan.packs.shape import DutyLine
from bihuan.people import selectors as people
from bihuan.people.directory import OrgDirectory
from bihuan.places import selectors as places
from bihuan.rules.scope import Duty
from bihuan.web import picks
from bihuan.web.guards import duty
from bihuan.web.requests import searched, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 60


@duty(Duty.PACK_READ)
def duty_list(request: HttpRequest) -> HttpResponse:
    """The lines that hold every word typed, in the pack's order; with a place chosen, the offices that answer there."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    directory = people.directory(actor.org_stamp)
    words = [word.casefold() for word in searched(request).split()][:6]
    area = searched(request, "area")
    place = places.path_names([area]) if area.isdigit() else {}
    code = area if area in place else actor.area_code
    rows = [row for line in say.pack.catalogue.duties if _holds(row := _row(line, say, directory, code), words)]
    start = whole_number(request.GET.get("from"), most=len(rows))
    area_q, find = searched(request, "area_q"), searched(request, "find")
    opened = find.removeprefix("area:") if find.startswith("area:") else ""
    query = request.GET.copy()
    query["from"] = str(start + ROWS)
    context = {
        "q": searched(request),
        "area": area if area in place else "",
        "area_name": place.get(area, "") or actor.area_name,
        "area_q": area_q,
        "area_picks": picks.area_picks(area_q, chosen=area if area in place else "", parent=opened, browse=find == "area")
        if (area_q or opened or find == "area")
        else [],
        "rows": rows[start : start + ROWS],
        "count": len(rows),
        "more": f"?{query.urlencode()}" if start + ROWS < len(rows) else "",
        "rules": f"{say.say('pack', 'title', otherwise=say.pack.title)} {say.pack.version}",
        "source": _common_source(rows[start : start + ROWS]),
    }
    return show(request, "desk/admin/duty_list.html", context, say=say)


def _common_source(rows: Sequence[dict[str, str]]) -> str:
    """What all lines of a page rest on, said once above them; "" where they rest on different things."""
    found = {(row["source"], row["confidence"]) for row in rows}
    return " · ".join(filter(None, found.pop())) if len(found) == 1 else ""


def _row(line: DutyLine, say: Speech, directory: OrgDirectory, code: str) -> dict[str, str]:
    """One line in words; ``units``: who that is at the place, "" where the place is too wide to say."""
    units = [directory.name_of(unit) for unit in directory.units_of(line.office, code)]
    category = next((one for one in say.pack.catalogue.categories if one.key == line.category), None)
    above = say.category(category.parent) if category and category.parent else ""
    level = say.pack.level(line.level)
    office = say.say("office", line.office, otherwise=line.office)
    return {
        "category": say.category(line.category),
        "above": above,
        "level": say.say("level", line.level, otherwise=level.title if level else line.level),
        "office": office.replace("{area}", _("(each place's own) ")),
        "units": _(", ").join(units),
        "basis": line.basis,
        "source": line.source,
        "confidence": confidence_words(line.confidence),
    }


def _holds(row: dict[str, str], words: list[str]) -> bool:
    text = " ".join(row[name] for name in ("category", "above", "office", "units", "basis")).casefold()
    return all(word in text for word in words)
