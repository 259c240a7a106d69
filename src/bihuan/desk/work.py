"""My work and all matters: the two lists of the desk."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import search
from bihuan.cases import selectors as cases
from bihuan.desk import filters, names
from bihuan.desk.frame import actor_of, show
from bihuan.desk.lines import lines, together
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty, signed_in
from bihuan.web.requests import new_request_id, searched, whole_number
from bihuan.web.speech import LIGHTS, light_words, speech, unit_counts

ROWS = 50


@signed_in()
def my_work(request: HttpRequest) -> HttpResponse:
    """What waits for this post, earliest limit first; the counts per light are filters in the address."""
    actor = actor_of(request)
    light = request.GET.get("light", "")
    light = light if light in LIGHTS else ""
    page = cases.my_work(actor, light=light, after=searched(request, "after"), limit=ROWS)
    say = speech(actor.pack_digest)
    counts = [{"light": key, "words": words, "n": n, "here": key == light} for key, words, n in unit_counts(page.counts)]
    gone_on = whole_number(request.GET.get("done"))
    rows = lines(page.lines, say, names.units(actor, (line.holder_unit for line in page.lines)), actor)
    context = {
        "lines": rows,
        "bulk": together(rows),
        "request_id": new_request_id(),
        "counts": counts,
        "total": page.total,
        "notices": _gone_on(gone_on) if gone_on else [],
        "may_read": Duty.CASE_READ in actor.duties,
        "light": light,
        "light_words": light_words(light),
        "more": _again(request, after=page.after) if page.after else "",
        "doors": _doors(actor),
        "mine": [] if page.total else [_(duty.sentence) for duty in Duty if duty in actor.duties],
    }
    return show(request, "desk/work.html", context, say=say)


def _gone_on(case_id: int) -> list[dict[str, str]]:
    """What is said after an act that took the matter away; its drafts are done with."""
    said = _("Done. The matter has gone on and is no longer in your sight.")
    return [{"tone": "ok", "words": said, "draft": f"case-{case_id}-*"}]


def _doors(actor: Actor) -> list[dict[str, str]]:
    """What this post is there for besides what waits: the rooms where its own acts begin, the everyday one first."""
    entries = (
        (Duty.RECORD_WRITE, "/desk/records/new", _("New service record"), _("asked and settled on the spot")),
        (Duty.CASE_OPEN, "/desk/register", _("Register a matter"), _("an answer is owed: number, code and slip")),
        (Duty.LOOK_READ, "/desk/looks", _("Looks at personal data"), _("who looked, on which matter, and why")),
        (Duty.LEDGER_READ, "/desk/ledger", _("Ledger"), _("whether it stands unchanged; sign-ins and administration")),
        (
            Duty.PACK_PUBLISH,
            "/desk/admin/pack",
            _("Rules in force"),
            _("limits, lights, who answers; changed when a second person agrees"),
        ),
        (Duty.UNIT_MANAGE, "/desk/admin/units", _("Units"), _("offices and stations, whom they come under, when they end")),
        (
            Duty.AREA_MANAGE,
            "/desk/admin/areas",
            _("Areas"),
            _("townships, villages and grids; what is redrawn takes its matters along"),
        ),
        (Duty.CALENDAR_LOAD, "/desk/admin/calendar", _("Working days"), _("the year's holidays and days worked instead")),
        (Duty.ACCOUNT_MANAGE, "/desk/admin/people", _("Staff and posts"), _("accounts, who sits where, help with signing in")),
        (Duty.CASE_READ, "/desk/cases?open=yes", _("Open matters"), _("all of your area and unit, with their limits")),
    )
    return [{"href": href, "title": title, "say": say} for duty, href, title, say in entries if duty in actor.duties]


@duty(Duty.CASE_READ)
def all_cases(request: HttpRequest) -> HttpResponse:
    """Every matter in the actor's scope, newest first, or those that hold the words looked for; filters in the address."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    wanted = filters.read(request, actor, say)
    find, after = searched(request), searched(request, "after")
    found = search.find(actor, find, wanted, after=after, limit=ROWS) if find else None
    page = found or cases.case_list(actor, wanted, after=after, limit=ROWS)
    rows = lines(page.lines, say, names.units(actor, (line.holder_unit for line in page.lines)), actor)
    context = filters.form(request, actor, say, wanted) | {
        "found": found,
        "lines": rows,
        "bulk": together(rows),
        "request_id": new_request_id(),
        "more": _again(request, after=page.after) if page.after else "",
        "title": _("All matters"),
        "may_export": Duty.EXPORT_RUN in actor.duties,
    }
    return show(request, "desk/cases.html", context, say=say)


def _again(request: HttpRequest, **changed: str) -> str:
    """The same address with some of its words changed."""
    words = {key: value for key, value in request.GET.items() if value} | changed
    return f"{request.path}?{urlencode(words)}"
