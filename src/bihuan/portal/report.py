"""The resident's own report: one page, no account, a name only if the resident wants to give one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import resident_actor
from bihuan.cases import errors, services
from bihuan.cases import selectors as cases
from bihuan.cases.shapes import Opened
from bihuan.portal.frame import may_report, show
from bihuan.rules.procedure.shape import Need, Procedure
from bihuan.web import forms, picks
from bihuan.web.guards import anyone
from bihuan.web.opening import (
    SERVICE,
    TYPE,
    about_of,
    arranged,
    beside_errors,
    chosen_type,
    contact_of,
    drawn_fields,
    opening_needs,
    titled,
    types,
)
from bihuan.web.qr import qr
from bihuan.web.requests import new_request_id, request_id, searched, text, whole_number
from bihuan.web.speech import Speech, speech
from bihuan.web.uploads import LARGEST, uploads

CHANNEL = "portal"
NOT_ASKED = frozenset({"channel", "external_number", "external_due", "urgency", "title"})
"""What the centre fills in, not the resident."""
USEFUL = frozenset({"what", "files", "kind", "place"})
"""What the form asks though it may be left empty; of all else only what must be said, and what follows from it."""


@anyone("GET", "POST", largest=LARGEST, files=True)
def report(request: HttpRequest) -> HttpResponse:
    """The form; sent, the page with the tracking code."""
    say = speech()
    post = request.POST
    procedure = chosen_type(say, text(post, TYPE) or searched(request, TYPE))
    if request.method == "GET":
        return _form(request, say, procedure, {SERVICE: searched(request, SERVICE)}, {})
    needs = _asked(procedure)
    reading = forms.read(post, needs, say.zone, uploads(request, needs, resident_actor(0)))
    if "find" in post:
        return _form(request, say, procedure, reading.typed, {})
    wrong = dict(reading.errors) | beside_errors(post)
    if wrong:
        return _form(request, say, procedure, reading.typed, wrong, status=422)
    may_report(request)
    untitled = post.copy()
    untitled.pop("f-title", None)  # a resident is not asked for a title, and one that is sent all the same is not read
    ours = {"channel": CHANNEL, "title": text(titled(untitled, say), "f-title")}
    facts = reading.facts | {name: value for name, value in ours.items() if name in opening_needs(procedure)}
    try:
        opened = services.open_case(
            actor=resident_actor(0), procedure=procedure.key, facts=facts, contact=contact_of(post),
            area_code=text(post, "area"), request_id=request_id(request), **about_of(post),
        )  # fmt: skip
    except errors.Refused as refused:
        return _form(request, say, procedure, reading.typed, {refused.field or "": say.sentence(refused.say)}, status=422)
    except errors.RequestReused:
        said = _("This form was sent before. If this is another matter, send it again now.")
        return _form(request, say, procedure, reading.typed, {"": said}, status=422, anew=True)
    return _received(request, say, opened)


def _asked(procedure: Procedure) -> dict[str, Need]:
    """What a resident is asked; a unit is never among it, for residents cannot know who handles what."""
    needs = {name: need for name, need in opening_needs(procedure).items() if name not in NOT_ASKED}
    said = {name for name, need in needs.items() if not need.optional or name in USEFUL}
    return {
        name: need
        for name, need in needs.items()
        if need.type not in ("unit", "units") and (name in said or any(fact in said for fact, _values in need.when.facts))
    }


def _received(request: HttpRequest, say: Speech, opened: Opened) -> HttpResponse:
    """The page with the tracking code; only a form sent twice has the matter read again."""
    number, code = opened.number, opened.tracking_code
    page = opened.receipt or cases.tracking(code)
    address = request.build_absolute_uri(f"/t/{code}")
    context = {
        "number": number,
        "code": code,
        "promised": say.full(page.promised_at) if page else "",
        "promised_what": say.promise(page.procedure.key, page.promised_by) if page else "",
        "address": address,
        "qr": qr(address),
    }
    return show(request, "portal/received.html", context, say=say, status=201)


def _form(
    request: HttpRequest, say: Speech, procedure: Procedure, typed: dict[str, Any], wrong: dict[str, str], *,
    status: int = 200, anew: bool = False,
) -> HttpResponse:  # fmt: skip
    post = request.POST
    find, _colon, parent = text(post, "find").partition(":")
    area, unit = text(post, "area"), whole_number(text(post, "about_unit"))
    area_q, office_q = text(post, "area_q")[:60], text(post, "office_q")[:60]
    area = area if area.isdigit() else ""
    opened = parent if find == "area" and parent.isdigit() else ""
    wanted = area or area_q or opened or find == "area"
    needs = _asked(procedure)
    drawn = {name: one for name, one in drawn_fields(say, procedure, typed, wrong).items() if name in needs}
    first, later = arranged(drawn, needs)
    context = {
        "type": procedure.key,
        "types": types(say, procedure),
        "fields": [*first, *later],
        "place": drawn.get("place"),
        "wrong": wrong,
        "typed": {name: post.get(name, "") for name in ("name", "phone", "anonymous", "about")},
        "area_q": area_q,
        "area": area,
        "area_picks": picks.area_picks(area_q, chosen=area, parent=opened, browse=find == "area") if wanted else [],
        "about_question": say.about(procedure.key),
        "office_q": office_q,
        "unit": unit,
        "office_picks": picks.office_picks(0, office_q, say, chosen=unit) if office_q or unit else [],
        "request_id": (not anew and text(post, "request_id")) or new_request_id(),
        "redisplayed": request.method == "POST",
    }
    return show(request, "portal/report.html", context, say=say, status=status)
