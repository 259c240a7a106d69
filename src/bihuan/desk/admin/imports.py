"""Imports: who took which table in and when, and how to undo one: case by case, only where nobody has acted since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.errors import NotFound, Refused
from bihuan.desk.frame import actor_of, show
from bihuan.intake import batches
from bihuan.intake.batches import Batch
from bihuan.people import selectors as people
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text, unkeepable, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 50


@duty(Duty.IMPORT_RUN, Duty.CASE_APPROVE)
def imports(request: HttpRequest) -> HttpResponse:
    """The imports of the actor's own unit, newest first."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    found = batches.batches(actor, before=whole_number(request.GET.get("before")), limit=ROWS)
    names = _names(found)
    context = {
        "rows": [_row(one, say, names) for one in found],
        "more": f"?before={found[-1].id}" if len(found) == ROWS else "",
        "may_import": Duty.IMPORT_RUN in actor.duties,
    }
    return show(request, "desk/admin/imports.html", context, say=say)


@duty(Duty.IMPORT_RUN, Duty.CASE_APPROVE, methods=("GET", "POST"))
def one_import(request: HttpRequest, number: int) -> HttpResponse:
    """One import with its cases; sent with a reason, it is undone as far as one request goes."""
    actor = actor_of(request)
    try:
        if request.method == "GET":
            return _page(request, actor, batches.batch(actor, number))
        return _undo(request, actor, number)
    except NotFound:
        raise Http404 from None


def _undo(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    reason = text(request.POST, "reason")
    if unkeepable(reason):
        return _page(
            request,
            actor,
            batches.batch(actor, number),
            wrong=_("This text holds characters that cannot be kept; please type it again."),
        )
    try:
        batches.undo(actor=actor, number=number, reason=reason)
    except Refused as refused:
        return _page(request, actor, batches.batch(actor, number), wrong=refused.say)
    return HttpResponseRedirect(f"/desk/admin/imports/{number}")


def _page(request: HttpRequest, actor: Actor, one: Batch, *, wrong: str = "") -> HttpResponse:
    say = speech(actor.pack_digest)
    kept = request.GET.get("show") == "kept"
    after = whole_number(request.GET.get("after"))
    listed = batches.cases_of(actor, one.id, outcome=batches.KEPT if kept else None, after=after, limit=ROWS)
    context = {
        "one": _row(one, say, _names([one])),
        "may_undo": batches.may_undo(actor, one) and (not one.undone_at or one.waiting) and one.opened,
        "waiting": one.waiting,
        "kept_only": kept,
        "cases": [
            {
                "href": f"/desk/case/{row.case_id}",
                "number": row.number,
                "stage": say.state(row.procedure, row.state),
                "outcome": row.outcome,
            }
            for row in listed
        ],
        "more": f"?after={listed[-1].case_id}{'&show=kept' if kept else ''}" if len(listed) == ROWS else "",
        "reason": text(request.POST, "reason") or one.reason,
        "longest": batches.LONGEST_REASON,
        "wrong_words": wrong,
        "wrong": {"": wrong} if wrong else {},
    }
    return show(request, "desk/admin/import.html", context, status=422 if wrong else 200, say=say)


def _names(found: Iterable[Batch]) -> dict[int, str]:
    ids = {number for one in found for number in (one.account, one.undone_by) if number}
    return {number: fact.name for number, fact in people.accounts(ids).items()} if ids else {}


def _row(one: Batch, say: Speech, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "file": one.file_name or _("(no file name)"),
        "at": say.moment(one.at),
        "who": names.get(one.account, ""),
        "rows": one.rows,
        "opened": one.opened,
        "already": one.already,
        "refused": one.refused,
        "undone": one.undone,
        "kept": one.kept,
        "waiting": one.waiting,
        "undone_at": say.moment(one.undone_at),
        "undone_by": names.get(one.undone_by, ""),
        "reason": one.reason,
    }
