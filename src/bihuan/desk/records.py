"""Service records: asked and done on the spot, the everyday act. One screen; raised to a case with nothing retyped."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.cases import errors
from bihuan.desk import names
from bihuan.desk.frame import actor_of, own_area, show
from bihuan.desk.slips import slip_screen
from bihuan.intake import selectors, services
from bihuan.intake.shapes import RecordIn, RecordLine
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.scope import Duty
from bihuan.web import forms, picks
from bihuan.web.guards import duty
from bihuan.web.opening import (
    about_errors,
    about_of,
    beside_errors,
    categories,
    contact_of,
    drawn_fields,
    opening_needs,
)
from bihuan.web.requests import new_request_id, request_id, searched, text, unkeepable
from bihuan.web.speech import Speech, speech
from bihuan.web.uploads import LARGEST, uploads

WHAT_LONGEST, WORDS_LONGEST = 200, 4000
ROWS = 50
KEPT = ("area", "category", "channel")
TYPED = ("what", "result", "words", "category", "channel", "name", "phone", "anonymous")


@duty(Duty.RECORD_READ, Duty.RECORD_WRITE)
def records(request: HttpRequest) -> HttpResponse:
    """The newest service records in the actor's scope."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found, after = selectors.recent(actor, after=searched(request, "after"), limit=ROWS)
    context = {
        "lines": [_line(one, say) for one in found],
        "more": f"/desk/records?after={after}" if after else "",
        "may_write": Duty.RECORD_WRITE in actor.duties,
        "may_raise": Duty.CASE_OPEN in actor.duties,
        "done": request.GET.get("done") == "1",
    }
    return show(request, "desk/records.html", context, say=say)


def _line(one: RecordLine, say: Speech) -> dict[str, Any]:
    return {
        "id": one.id,
        "what": one.what,
        "result": one.result,
        "at": say.moment(one.at),
        "place": one.area_name.replace("·", " · "),
        "top": one.area_name.partition("·")[0],
        "within": one.area_name.partition("·")[2].replace("·", " "),
        "who": one.account_name,
        "category": say.category(one.category),
        "channel": say.choice(one.channel, "channel") if one.channel else "",
        "case_id": one.case_id,
    }


@duty(Duty.RECORD_WRITE, methods=("GET", "POST"))
def new_record(request: HttpRequest) -> HttpResponse:
    """Enter one service record: what was asked, what was done, where. ``raise``: it becomes a case instead.

    Saved, the form is back for the next one with place, channel and category as they were: they seldom change in a round.
    """
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    post = request.POST
    if request.method == "GET" or "find" in post:
        return _form(request, say, {})
    wrong = _wrong(request)
    if wrong:
        return _form(request, say, wrong, status=422)
    record = RecordIn(
        what=text(post, "what"),
        result=text(post, "result") or _("raised to a matter"),
        words=text(post, "words"),
        category=text(post, "category"),
        channel=text(post, "channel"),
        area_code=text(post, "area"),
        contact=contact_of(post),
    )
    try:
        record_id = services.record_service(actor=actor, record=record, request_id=request_id(request))
    except errors.Refused as refused:
        return _form(request, say, {refused.field: say.sentence(refused.say)}, status=422)
    except errors.RequestReused:
        said = _("This form was sent before. If this is another matter, send it again now.")
        return _form(request, say, {"": said}, status=422, anew=True)
    if "raise" in post and Duty.CASE_OPEN in actor.duties:
        return HttpResponseRedirect(f"/desk/records/{record_id}/raise")
    kept = {"area": record.area_code, "category": record.category, "channel": record.channel}
    words = urlencode({"done": "1"} | {name: value for name, value in kept.items() if value})
    return HttpResponseRedirect(f"/desk/records/new?{words}")


def _wrong(request: HttpRequest) -> dict[str, str]:
    post = request.POST
    wrong = beside_errors(post)
    for name, longest in (("what", WHAT_LONGEST), ("result", WORDS_LONGEST), ("words", WORDS_LONGEST)):
        typed = text(post, name)
        if len(typed) > longest:
            wrong[name] = _("At most %(n)d characters.") % {"n": longest}
        elif unkeepable(typed):
            wrong[name] = _("This text holds characters that cannot be kept; please type it again.")
    if not text(post, "what"):
        wrong["what"] = _("Please fill this in.")
    if not text(post, "result") and "raise" not in post:
        wrong["result"] = _("Please fill this in.")
    return wrong


def _form(request: HttpRequest, say: Speech, wrong: dict[str, str], *, status: int = 200, anew: bool = False) -> HttpResponse:
    actor, post = actor_of(request), request.POST
    _find, _colon, parent = text(post, "find").partition(":")
    area_q, area = text(post, "area_q")[:60], text(post, "area")
    kept = {name: searched(request, name) for name in KEPT}
    area = area if area.isdigit() else kept["area"] if kept["area"].isdigit() else own_area(actor, post)
    opened = parent if parent.isdigit() else ""
    wanted = area or area_q or "find" in post
    today = say.calendar.local(say.now).replace(hour=0, minute=0, second=0, microsecond=0)
    done = request.method == "GET" and request.GET.get("done") == "1"
    written = selectors.own_since(actor, today) if Duty.RECORD_READ in actor.duties and request.method == "GET" else ()
    context = {
        "typed": {name: post.get(name, kept.get(name, "")) for name in TYPED},
        "done": done,
        "today": [_line(one, say) for one in written],
        "wrong": wrong,
        "categories": categories(say),
        "channels": [forms.Option(one.key, say.choice(one.key, "channel")) for one in say.pack.catalogue.channels],
        "area": area,
        "area_q": area_q,
        "area_picks": picks.area_picks(area_q, chosen=area, parent=opened, browse="find" in post) if wanted else [],
        "may_raise": Duty.CASE_OPEN in actor.duties,
        "request_id": (not anew and text(post, "request_id")) or new_request_id(),
        "redisplayed": request.method == "POST",
    }  # fmt: skip
    return show(request, "desk/record_new.html", context, status=status, say=say)


@duty(Duty.CASE_OPEN, methods=("GET", "POST"), largest=LARGEST, files=True)
def raise_record(request: HttpRequest, record_id: int) -> HttpResponse:
    """Raise a record to a case: only what a case needs and the record lacks is asked."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    kept = services.raisable(actor, record_id)
    if kept is None:
        raise Http404
    needs = {name: need for name, need in opening_needs(_usual(say)).items() if name not in _held(kept)}
    if request.method == "GET":
        return _raise_form(request, say, record_id, needs, {"what": kept.what}, {})
    reading = forms.read(request.POST, needs, say.zone, uploads(request, needs, actor))
    if "find" in request.POST:  # a search without a script
        return _raise_form(request, say, record_id, needs, reading.typed, {})
    wrong = reading.errors | about_errors(request.POST)
    if wrong:
        return _raise_form(request, say, record_id, needs, reading.typed, wrong, status=422)
    try:
        opened = services.raise_to_case(
            actor=actor,
            record_id=record_id,
            record=kept,
            request_id=request_id(request),
            facts=reading.facts,
            **about_of(request.POST),
        )
    except errors.Refused as refused:
        said = {refused.field: say.sentence(refused.say)}
        return _raise_form(request, say, record_id, needs, reading.typed, said, status=422)
    return slip_screen(request, number=opened.number, code=opened.tracking_code, receipt=opened.receipt)


def _usual(say: Speech) -> Procedure:
    """The case type that a record is raised to."""
    usual: Procedure = say.pack.procedures[say.pack.usual()]
    return usual


def _held(record: Any) -> set[str]:
    held = {"title", "place", "external_number"}
    if record.words:
        held.add("what")
    if record.category:
        held.add("category")
    if record.channel:
        held.add("channel")
    return held


def _raise_form(
    request: HttpRequest, say: Speech, record_id: int, needs: Any, typed: dict[str, Any], wrong: dict[str, str],
    *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    record = selectors.record(actor_of(request), record_id)
    if record is None:
        raise Http404
    typed.setdefault("urgency", "normal")
    drawn = drawn_fields(say, usual := _usual(say), typed, wrong)
    context = {
        **names.about_choices(actor_of(request), request.POST, say, usual.key),
        "typed": {name: request.POST.get(name, "") for name in ("about", "about_account")},
        "record": record,
        "line": _line(record, say),
        "fields": [drawn[name] for name in needs if name in drawn],
        "wrong": wrong,
        "request_id": text(request.POST, "request_id") or new_request_id(),
    }
    return show(request, "desk/record_raise.html", context, status=status, say=say)
