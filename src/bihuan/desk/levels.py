"""What came to a centre from above and from below, and what of its own falls due today: one list with three counts."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.cases.levels import Origin, level_work
from bihuan.desk import names
from bihuan.desk.frame import actor_of, show
from bihuan.desk.lines import lines, together
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import new_request_id, searched
from bihuan.web.speech import speech

ROWS = 50


@duty(Duty.CASE_ASSIGN)
def levels(request: HttpRequest) -> HttpResponse:
    """The part of the list that the address names; the counts of all three lead to their lists."""
    actor = actor_of(request)
    wanted = request.GET.get("from", "")
    page = level_work(actor, Origin(wanted) if wanted in list(Origin) else None, after=searched(request, "after"), limit=ROWS)
    say = speech(actor.pack_digest)
    units = names.units(actor, {*(line.holder_unit for line in page.lines), *page.origins.values()})
    rows = [
        replace(row, sub=" · ".join(filter(None, (row.sub, _sent_by(units.get(page.origins[line.case_id], ""))))))
        for row, line in zip(lines(page.lines, say, units, actor), page.lines, strict=True)
    ]
    titles = {Origin.ABOVE: _("From above"), Origin.BELOW: _("From below"), Origin.TODAY: _("Due by today")}
    context = {
        "lines": rows,
        "bulk": together(rows),
        "request_id": new_request_id(),
        "parts": [
            {"key": origin.value, "title": title, "n": page.counts[origin], "here": origin is page.part}
            for origin, title in titles.items()
        ],
        "mine": page.part is not Origin.TODAY,
        "more": "?" + urlencode({"from": page.part.value, "after": page.after}) if page.after else "",
    }
    return show(request, "desk/levels.html", context, say=say)


def _sent_by(unit: str) -> str:
    return _("from %(unit)s") % {"unit": unit} if unit else ""
