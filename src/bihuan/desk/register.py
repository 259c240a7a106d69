"""Registering: a resident stands at the window or is on the phone; one page, then the slip.

Where the post may begin several case types, a line above the form chooses one; where there is one alone nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import errors, services
from bihuan.desk import names
from bihuan.desk.frame import actor_of, own_area, show
from bihuan.desk.slips import slip_screen
from bihuan.rules.procedure.shape import Need, Procedure
from bihuan.rules.scope import Duty
from bihuan.web import forms, picks
from bihuan.web.forms import Option
from bihuan.web.guards import duty
from bihuan.web.opening import (
    SERVICE,
    TYPE,
    about_of,
    arranged,
    beside_errors,
    chosen_type,
    contact_of,
    drawn_fields,
    errands,
    opening_needs,
    titled,
    types,
)
from bihuan.web.requests import new_request_id, request_id, searched, text
from bihuan.web.speech import Speech, speech
from bihuan.web.uploads import LARGEST, uploads


@duty(Duty.CASE_OPEN, methods=("GET", "POST"), largest=LARGEST, files=True)
def register(request: HttpRequest) -> HttpResponse:
    """The form; sent, the slip. Nothing typed is lost: what is wrong is said beside its field and all else stays."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    post = request.POST
    procedure = chosen_type(say, text(post, TYPE) or searched(request, TYPE), actor.post)
    if request.method == "GET":
        return _form(request, say, procedure, {SERVICE: searched(request, SERVICE)}, {})
    needs = opening_needs(procedure)
    reading = forms.read(titled(post, say), needs, say.zone, uploads(request, needs, actor))
    wrong = dict(reading.errors) | beside_errors(post)
    if not text(post, "f-title"):
        wrong.pop("title", None)  # made from the first words: what is wrong is said there
    if "find" in post:  # a search without a script: the same page with what was found
        return _form(request, say, procedure, reading.typed, {})
    if wrong:
        return _form(request, say, procedure, reading.typed, wrong, status=422)
    try:
        opened = services.open_case(
            actor=actor, procedure=procedure.key, facts=reading.facts, contact=contact_of(post),
            area_code=text(post, "area"), request_id=request_id(request), **about_of(post),
        )  # fmt: skip
    except errors.Refused as refused:
        return _form(request, say, procedure, reading.typed, {refused.field or "": say.sentence(refused.say)}, status=422)
    except errors.RequestReused:
        said = _("This form was sent before. If this is another matter, send it again now.")
        return _form(request, say, procedure, reading.typed, {"": said}, status=422, anew=True)
    code, receipt = opened.tracking_code, opened.receipt
    return slip_screen(request, number=opened.number, code=code, receipt=receipt, draft=_draft(say, procedure))


def _form(
    request: HttpRequest,
    say: Speech,
    procedure: Procedure,
    typed: dict[str, Any],
    wrong: dict[str, str],
    *,
    status: int = 200,
    anew: bool = False,
) -> HttpResponse:
    actor: Actor = actor_of(request)
    post = request.POST
    find, _colon, parent = text(post, "find").partition(":")
    area, area_q = text(post, "area"), text(post, "area_q")[:60]
    area = area if area.isdigit() else own_area(actor, post)
    opened = parent if find == "area" and parent.isdigit() else ""
    needs = opening_needs(procedure)
    if "urgency" in needs:
        typed.setdefault("urgency", "normal")
    if request.method == "POST":  # a title made from the first words is made anew from what is sent in the end
        typed["title"] = text(post, "f-title")
    fields = drawn_fields(say, procedure, typed, wrong, units=_offices(actor, say, area))
    first, later = arranged(fields, needs)
    context = {
        **names.about_choices(actor, post, say, procedure.key),
        "type": procedure.key,
        "title": say.procedure(procedure.key, procedure.title),
        "types": types(say, procedure, actor.post),
        "draft": _draft(say, procedure),
        "usual": procedure.key == say.pack.usual(),
        "place": fields.get("place"),
        "first": first,
        "errands": errands(say) if SERVICE in needs else [],
        "later": later,
        "later_open": any(field.error or (field.value and field.value != "normal") for field in later),
        "wrong": wrong,
        "first_wrong": next(iter(wrong), ""),
        "typed": {name: post.get(name, "") for name in ("name", "phone", "anonymous", "about", "about_account")},
        "area_q": area_q,
        "area": area,
        "area_picks": picks.area_picks(area_q, chosen=area, parent=opened, browse=find == "area")
        if (area or area_q or opened or find == "area")
        else [],
        "request_id": (not anew and text(post, "request_id")) or new_request_id(),
        "redisplayed": request.method == "POST",
    }
    return show(request, "desk/register.html", context, status=status, say=say)


def _draft(say: Speech, procedure: Procedure) -> str:
    """The name under which the browser keeps what is typed: each case type its own."""
    return "register" if procedure.key == say.pack.usual() else f"register-{procedure.key}"


def _offices(actor: Actor, say: Speech, area: str) -> Callable[[Need], Sequence[Option]]:
    """The offices that a need of the opening act may name: those that serve the place chosen, else the actor's own area."""
    asking = names.Asking(category="", area_code=area or actor.area_code, centre=actor.unit, about_unit=0, holder=actor.unit)
    return lambda need: names.offices_for_act(actor, say, asking, need)
