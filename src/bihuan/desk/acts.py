"""Acting on a case: the forms of the case page come in here, go through the one door, and lead back to the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from bihuan.cases import errors, services
from bihuan.desk.case import CONTACT_FIELDS, case_screen
from bihuan.desk.frame import actor_of
from bihuan.desk.in_place import asked_in_place, unfolded, went_on
from bihuan.desk.offers import Retry, happened
from bihuan.desk.slips import slip_screen
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotPublished
from bihuan.rules.procedure.shape import Action, Procedure
from bihuan.rules.scope import Duty
from bihuan.web import forms
from bihuan.web.errors import BadRequest
from bihuan.web.guards import duty
from bihuan.web.requests import request_id, seen, text, unkeepable, whole_number
from bihuan.web.speech import speech
from bihuan.web.uploads import LARGEST, uploads

ACTING = (
    Duty.CASE_ACT,
    Duty.CASE_ADD,
    Duty.CASE_ASSIGN,
    Duty.CASE_CHECK,
    Duty.CASE_SIGN,
    Duty.CASE_FOLLOW_UP,
    Duty.CASE_APPROVE,
    Duty.CASE_OPEN,
)
REASON_MIN, REASON_MAX = 4, 160  # with the fields named before it, within what a look keeps


@duty(*ACTING, methods=("GET", "POST"), largest=LARGEST, files=True)
def act(request: HttpRequest, case_id: int, thread: str, action: str) -> HttpResponse:
    """One act: its form, and sent, the act itself. Refused or overtaken: the same page with what was typed and what is wrong.

    For the script of a list the form and the answer are rows of that list; else the form stands on the page of the matter.
    """
    again = unfolded if asked_in_place(request) else case_screen
    if request.method == "GET":
        return again(request, case_id, Retry(thread=thread, action=action))
    actor = actor_of(request)
    known, zone = spec_of(request, thread, action)
    if known is None:
        return again(request, case_id, Retry(said=_("This act does not exist any more."), status=422))
    reading = forms.read(with_basis(request.POST), known.needs, zone, uploads(request, known.needs, actor))
    if reading.errors:
        retry = Retry(thread=thread, action=action, typed=reading.typed, errors=reading.errors, status=422)
        return again(request, case_id, retry)
    try:
        done = services.perform(
            actor=actor, case_id=case_id, thread=thread, action=action, facts=reading.facts, seen=seen(request),
            request_id=request_id(request),
        )  # fmt: skip
    except errors.Refused as refused:
        wrong = {refused.field: refused.say} if refused.field else {}
        said = "" if refused.field else refused.say
        retry = Retry(thread=thread, action=action, typed=reading.typed, errors=wrong, said=said, status=422)
        return again(request, case_id, retry)
    except errors.Conflict as conflict:
        retry = Retry(thread=thread, action=action, typed=reading.typed, changed=conflict.changed, status=409)
        return again(request, case_id, retry)
    if asked_in_place(request):
        return went_on(request, case_id, _title(request, thread, known))
    return HttpResponseRedirect(f"/desk/case/{done.case_id}?done={happened(known)}")


def _title(request: HttpRequest, thread: str, known: Action) -> str:
    """What was done, as the act's button says it."""
    digest, _colon, key = text(request.POST, "rules").partition(":")
    kind = "" if thread == "main" else thread.partition(":")[0]
    return speech(digest).action(key, known.key, known.title, kind)


def with_basis(post: QueryDict) -> QueryDict:
    """The form with the basis of the suggested office that was chosen, where none was typed."""
    chosen = [value for value in post.getlist(f"{forms.PREFIX}office") if value]
    basis = text(post, f"hint-{chosen[-1]}") if chosen else ""
    if not basis or text(post, f"{forms.PREFIX}basis"):
        return post
    filled = post.copy()
    filled[f"{forms.PREFIX}basis"] = basis
    return filled


def spec_of(request: HttpRequest, thread: str, action: str) -> tuple[Action | None, str]:
    """The act as the case's own pack writes it. The form names pack and procedure, so that no statement is needed.

    Nothing is believed because of it: it only says how to read the fields, the door looks for itself.
    """
    digest, _colon, key = text(request.POST, "rules").partition(":")
    try:
        pack = rulebook.pack(digest) if digest.isalnum() else None
    except NotPublished:
        pack = None
    procedure: Procedure | None = pack.procedures.get(key) if pack else None
    if pack is None or procedure is None:
        raise BadRequest("rules")
    kind = thread.partition(":")[0]
    acts = procedure.actions if thread == "main" else tuple(
        one for spec in procedure.threads if spec.key == kind for one in spec.actions
    )  # fmt: skip
    return next((one for one in acts if one.key == action), None), pack.calendar.zone


@duty(Duty.CONTACT_UNMASK, methods=("POST",))
def unmask(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show what of the resident's contact was asked for, for one reason that is written down. The answer is never stored."""
    actor, party = actor_of(request), whole_number(text(request.POST, "party"))
    wanted, reason = list(dict.fromkeys(request.POST.getlist("field"))), text(request.POST, "reason")
    if not set(wanted) <= set(CONTACT_FIELDS):
        raise BadRequest("field")
    said = ""
    if not wanted:
        said = _("Choose what you need to see.")
    elif not REASON_MIN <= len(reason) <= REASON_MAX or unkeepable(reason):
        said = _("Say in at least four characters why you need it; it is written down.")
    if said:
        typed = {"reason": reason, "fields": wanted, "party": party}
        return case_screen(request, case_id, Retry(action="unmask", typed=typed, errors={"reason": said}, status=422))
    shown = services.unmask_several(actor=actor, case_id=case_id, fields=wanted, reason=reason, party=party)
    return case_screen(request, case_id, Retry(), shown=shown, whose=party)


@duty(Duty.CASE_OPEN, methods=("POST",))
def slip_again(request: HttpRequest, case_id: int) -> HttpResponse:
    """Print the slip again; that the code was looked at is written down."""
    return slip_screen(request, code=services.reprint_code(actor=actor_of(request), case_id=case_id), again=True)
