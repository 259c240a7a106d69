"""The follow-up desk: whom to phone, the call itself on one screen, and the next one by itself.

Somebody who did not handle the matter asks two plain questions. Whoever cannot be reached three times at different times
of day is counted apart; whoever left no phone can say it on the progress page alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.cases import calls, errors, services
from bihuan.cases import selectors as cases
from bihuan.cases.calls import FINDING, NOON, CallLine
from bihuan.cases.shapes import MAIN, CasePage
from bihuan.desk import names
from bihuan.desk.case import changed_words, contact_rows, lost_words, reported_words, units_named
from bihuan.desk.frame import actor_of, show
from bihuan.desk.offers import Act, Retry, drawn_acts
from bihuan.desk.timeline import Entry, statements, timeline
from bihuan.rules.procedure.shape import Action
from bihuan.rules.procedure.view import Offer
from bihuan.rules.scope import Duty
from bihuan.web import forms
from bihuan.web.guards import duty
from bihuan.web.requests import new_request_id, request_id, seen, whole_number
from bihuan.web.speech import Speech, speech

SHOWN = ("name", "phone")
LIST = "/desk/calls"


@duty(Duty.CASE_FOLLOW_UP)
def call_list(request: HttpRequest) -> HttpResponse:
    """The call list: who can be phoned now, who at another time of day, who left no phone, who is a colleague's."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found = calls.call_list(actor)
    sorted_out: dict[str, list[dict[str, Any]]] = {"now": [], "later": [], "unreachable": [], "barred": []}
    for line in found:
        sorted_out[_place_of(line, say)].append(_line(line, say))
    context = {
        **sorted_out,
        "total": len(found),
        "done": request.GET.get("done") == "1",
        "afternoon": _is_afternoon(say.now, say),
    }
    return show(request, "desk/calls.html", context, say=say)


def _place_of(line: CallLine, say: Speech) -> str:
    if line.barred:
        return "barred"
    if not line.phone:
        return "unreachable"
    return "later" if line.tried_in_half(say.now, say.calendar) else "now"


def _line(line: CallLine, say: Speech) -> dict[str, Any]:
    return {
        "href": f"{LIST}/{line.case_id}",
        "case": f"/desk/case/{line.case_id}",
        "number": line.number,
        "title": line.title or _("(no title)"),
        "due": say.due(line.light, line.due_at, provisional=line.provisional),
        "who": " ".join(filter(None, (line.name, line.phone))),
        "tries": [_try(at, say) for at in line.tries],
        "barred": say.sentence(line.barred),
    }


def _try(at: datetime, say: Speech) -> str:
    half = _("afternoon") if _is_afternoon(at, say) else _("morning")
    return f"{say.moment(at)} ({half})"


def _is_afternoon(at: datetime, say: Speech) -> bool:
    return bool(say.calendar.local(at).hour >= NOON)


@duty(Duty.CASE_FOLLOW_UP)
def next_call(request: HttpRequest) -> HttpResponse:
    """On to the first matter that can be phoned now; back to the list where there is none."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    passed = whole_number(request.GET.get("after"))
    line = next((one for one in calls.call_list(actor) if _place_of(one, say) == "now" and one.case_id != passed), None)
    done = "?done=1" if request.GET.get("done") == "1" else ""
    return HttpResponseRedirect(f"{LIST}/{line.case_id}{done}" if line else f"{LIST}{done}")


@duty(Duty.CASE_FOLLOW_UP, methods=("GET", "POST"))
def call(request: HttpRequest, case_id: int) -> HttpResponse:
    """One call: whom, what to say, and the answers, written down as they are given; then the next call."""
    if request.method == "GET":
        return _screen(request, case_id, Retry())
    actor = actor_of(request)
    known = cases.offered(actor, case_id)
    action = _finding(known.offers)
    if action is None:
        return _screen(request, case_id, Retry(typed=_typed(request), status=409))
    reading = forms.read(request.POST, action.needs, known.zone)
    again = Retry(thread=MAIN, action=action.key, typed=reading.typed, status=422)
    if reading.errors:
        return _screen(request, case_id, _with(again, errors=reading.errors))
    try:
        services.perform(
            actor=actor, case_id=case_id, action=action.key, facts=reading.facts, seen=seen(request),
            request_id=request_id(request),
        )  # fmt: skip
    except errors.Refused as refused:
        wrong = {refused.field: refused.say} if refused.field else {}
        return _screen(request, case_id, _with(again, errors=wrong, said="" if refused.field else refused.say))
    except errors.Conflict as conflict:
        return _screen(request, case_id, _with(again, changed=conflict.changed, status=409))
    return HttpResponseRedirect(f"{LIST}/next?done=1&after={case_id}")


@duty(Duty.CASE_FOLLOW_UP, methods=("POST",))
def show_contact(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show name and phone for the call; the look is written down with its one reason."""
    actor = actor_of(request)
    shown = services.unmask_several(actor=actor, case_id=case_id, fields=SHOWN, reason=_("Follow-up call"))
    return _screen(request, case_id, Retry(), shown=shown)


def _with(retry: Retry, **changed: Any) -> Retry:
    fields = {name: getattr(retry, name) for name in ("thread", "action", "typed", "errors", "said", "changed", "status")}
    return Retry(**{**fields, **changed})


def _typed(request: HttpRequest) -> Mapping[str, Any]:
    return {name: value for name, value in request.POST.items() if name.startswith(forms.PREFIX)}


def _finding(offers: Sequence[Offer]) -> Action | None:
    return next((offer.action for offer in offers if offer.action.says == FINDING and offer.thread == MAIN), None)


def _screen(request: HttpRequest, case_id: int, retry: Retry, *, shown: Mapping[str, str] | None = None) -> HttpResponse:
    actor = actor_of(request)
    page = cases.case_page(actor, case_id)
    say = speech(page.pack_digest)
    entries = timeline(page, say, names.units(actor, units_named(page)))
    finding = _finding(page.offers)
    act = _act_of(drawn_acts(page, actor, say, retry, entries), finding)
    rows = contact_rows(page.contact, shown or {})
    answer = next((side.entry for side in statements(entries, page) if side.voice == "office" and side.entry), None)
    context = {
        "page": page,
        "act": act,
        "retry": retry,
        "changed": changed_words(retry, page, say),
        "lost": lost_words(retry) if act is None else [],
        "due": say.due(page.light, page.due_at, provisional=page.provisional),
        "reported": reported_words(entries[-1], page, say) if entries else [],
        "answer": answer,
        "tries": _tries(page, finding, say),
        "contact_rows": [row for row in rows if row["key"] in SHOWN],
        "has_phone": any(row["key"] == "phone" for row in rows),
        "shown": bool(shown),
        "can_unmask": Duty.CONTACT_UNMASK in actor.duties,
        "script": _script(page, answer, actor.unit_name, say),
        "request_id": new_request_id(),
        "href": f"{LIST}/{case_id}",
        "done": request.GET.get("done") == "1",
    }
    return show(request, "desk/call.html", context, status=retry.status, say=say)


def _act_of(acts: list[Act], finding: Action | None) -> Act | None:
    key = f"{MAIN}.{finding.key}" if finding else ""
    return next((act for act in acts if act.key == key), None)


def _tries(page: CasePage, finding: Action | None, say: Speech) -> list[str]:
    """Earlier tries since the matter came here."""
    main = next((thread for thread in page.threads if thread.name == MAIN), None)
    if finding is None or main is None:
        return []
    return [_try(one.at, say) for one in page.timeline if one.kind == finding.event and one.at >= main.entered_at]


def _script(page: CasePage, answer: Entry | None, centre: str, say: Speech) -> list[str]:
    """What to say, in the words of an ordinary conversation."""
    told = {"centre": centre, "day": say.day(page.opened_at), "title": page.title}
    opening = _("Hello, this is %(centre)s. On %(day)s you told us about “%(title)s”.") % told
    if answer is not None:
        opening += " " + _("We have an answer to it. May I ask you two short questions?")
    return [
        opening,
        _("Is it solved?"),
        _("Are you satisfied with how it was handled?"),
        _("Is there anything you want to add? I write it down in your own words."),
        _("If it is not solved, it will be handled again, and you need not tell it once more. Thank you."),
    ]
