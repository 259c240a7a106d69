"""Acts on two matters at once, from the sorting desk and from the case page: merge, take back, link; and splitting one off."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import errors, services, sorting
from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound
from bihuan.desk import triage
from bihuan.desk.acts import ACTING
from bihuan.desk.case import case_screen
from bihuan.desk.frame import actor_of, show
from bihuan.desk.offers import Retry
from bihuan.desk.slips import slip_screen
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotPublished
from bihuan.rules.procedure.shape import Need, Procedure, opening_act
from bihuan.rules.scope import Duty
from bihuan.web import forms
from bihuan.web.guards import duty
from bihuan.web.requests import new_request_id, request_id, seen, text, whole_number
from bihuan.web.speech import speech

PART = ("title", "what", "place")
"""What is asked of a part that is split off; everything else comes from the first matter."""


@duty(*ACTING, methods=("POST",))
def pair(request: HttpRequest, case_id: int, action: str) -> HttpResponse:
    """One act on this matter and the one named (by number on the case page). Refused or overtaken: the same screen says why."""
    actor = actor_of(request)
    from_list = text(request.POST, "back") == "triage"
    other = whole_number(request.POST.get("other")) or cases.by_number(actor, text(request.POST, "number")[:80])
    known = _procedure(actor, case_id)
    act = next((one for one in known.actions if one.key == action), None) if known else None
    facts = {"reason": text(request.POST, "reason")} if act and "reason" in act.needs else {}
    try:
        if not other:
            raise errors.Refused("bad_fact", _("There is no matter with this number in your sight."), "other")
        done = services.perform(
            actor=actor, case_id=case_id, action=action, facts=facts, other=other,
            seen=seen(request), request_id=request_id(request),
        )  # fmt: skip
    except errors.Refused as refused:
        if from_list:
            return triage.screen(request, case_id, triage.Retry(said=refused.say, status=422))
        return case_screen(request, case_id, Retry(said=refused.say, status=422))
    except errors.Conflict as conflict:
        if from_list:
            return triage.screen(request, case_id, triage.Retry(changed=conflict.changed, status=409))
        return case_screen(request, case_id, Retry(changed=conflict.changed, status=409))
    if from_list:
        moved = known is None or done.state not in sorting.sorted_states(known)
        after = {
            "case": text(request.POST, "next") if moved else str(case_id),
            "done": str(case_id),
            "act": act.event if act else "",
        }
        return HttpResponseRedirect(f"{triage.HREF}?{urlencode({key: value for key, value in after.items() if value})}")
    return HttpResponseRedirect(f"/desk/case/{case_id}?done={act.event if act else ''}")


def _procedure(actor: Actor, case_id: int) -> Procedure | None:
    """The rules of the case's own type and version; None where the actor does not see it. One statement."""
    one = cases.seen(actor, [case_id]).get(case_id)
    return rulebook.pack(one.pack_digest).procedures.get(one.procedure) if one else None


@duty(Duty.CASE_ASSIGN, methods=("GET", "POST"))
def split(request: HttpRequest, case_id: int) -> HttpResponse:
    """The form for the part that becomes a matter of its own; sent, the slip with its number and code."""
    actor = actor_of(request)
    if request.method == "GET":
        return _form(request, case_id, {}, {})
    digest, procedure = _rules(request, actor, case_id)
    needs, say = _needs(procedure), speech(digest)
    reading = forms.read(request.POST, needs, say.zone)
    if reading.errors:
        return _form(request, case_id, reading.typed, reading.errors, status=422)
    try:
        opened = services.split_off(
            actor=actor, case_id=case_id, facts=reading.facts, seen=seen(request), request_id=request_id(request)
        )
    except errors.Refused as refused:
        return _form(request, case_id, reading.typed, {refused.field or "": say.sentence(refused.say)}, status=422)
    except errors.Conflict as conflict:
        return _form(request, case_id, reading.typed, {"": conflict.say}, status=409)
    return slip_screen(request, number=opened.number, code=opened.tracking_code, receipt=opened.receipt)


def _rules(request: HttpRequest, actor: Actor, case_id: int) -> tuple[str, Procedure]:
    """The rules the form was made with, as it names them; read from the matter where it names none that are known.

    Nothing is believed because of it: it only says how to read the fields. Raises NotFound.
    """
    digest, _colon, key = text(request.POST, "rules").partition(":")
    try:
        procedure = rulebook.pack(digest).procedures.get(key) if digest.isalnum() else None
    except NotPublished:
        procedure = None
    if procedure is None:
        one = cases.seen(actor, [case_id]).get(case_id)
        if one is None:
            raise NotFound(_("There is no such case."))
        digest, procedure = one.pack_digest, rulebook.pack(one.pack_digest).procedures[one.procedure]
    return digest, procedure


def _needs(procedure: Procedure) -> dict[str, Need]:
    opening = opening_act(procedure)
    return {name: opening.needs[name] for name in PART if name in opening.needs}


def _form(request: HttpRequest, case_id: int, typed: dict[str, Any], wrong: dict[str, str], *, status: int = 200) -> HttpResponse:
    one = sorting.opened(actor_of(request), case_id)
    if one is None:
        raise NotFound(_("There is no such case."))
    say, needs = speech(one.pack_digest), _needs(one.procedure)
    if not typed:
        typed = {"place": one.place}
    where = (one.procedure.key, "", one.procedure.start_action)
    context = {
        "one": one,
        "fields": forms.fields(needs, say, where, options=lambda _name, _need: (), typed=typed, errors=wrong),
        "said": wrong.get("", ""),
        "request_id": new_request_id(),
    }
    return show(request, "desk/split.html", context, status=status, say=say)
