"""One act on several matters of a list: each is decided by itself, and the page says of each how it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.cases import selectors as cases
from bihuan.cases import services
from bihuan.cases.errors import CaseError, Conflict
from bihuan.cases.shapes import Command, Verdict
from bihuan.desk.frame import actor_of, show
from bihuan.rules.scope import Duty
from bihuan.web.errors import BadRequest
from bihuan.web.guards import duty
from bihuan.web.requests import request_id, text, whole_number
from bihuan.web.speech import Speech, speech

MOST = services.MOST
LONGEST = 100


@duty(Duty.CASE_ACT, methods=("POST",))
def act_on_several(request: HttpRequest) -> HttpResponse:
    """Do one act of the pack that is meant for it on the lines chosen; a verdict for each, in their order.

    The same form sent again gives the same verdicts: each line's request id is made from the form's.
    """
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    action, chosen = text(request.POST, "action"), _chosen(request)
    title = _title(say, action)
    if not title:
        raise BadRequest("action")
    if not chosen or len(chosen) > MOST:
        words = _("Choose at least one matter.") if not chosen else _("At most %(n)d matters at once.") % {"n": MOST}
        return show(request, "desk/together.html", {"title": title, "wrong": words}, status=422, say=say)
    form = request_id(request)[:32]
    commands = [
        Command(
            actor=actor,
            case_id=case_id,
            thread=thread,
            action=action,
            seen=seen,
            request_id=f"{form}-{case_id}-{thread}"[:80],
        )
        for case_id, thread, seen in chosen
    ]
    verdicts = services.perform_many(commands)
    known = cases.titles(actor, {case_id for case_id, _thread, _seen in chosen})
    lines = [_line(command, verdict, known, say) for command, verdict in zip(commands, verdicts, strict=True)]
    context = {
        "title": title,
        "lines": sorted(lines, key=lambda line: line["ok"]),
        "done": sum(line["ok"] for line in lines),
        "left": sum(not line["ok"] for line in lines),
    }
    return show(request, "desk/together.html", context, say=say)


def _chosen(request: HttpRequest) -> list[tuple[int, str, int]]:
    """(case, thread, version seen) of each box ticked. Raises BadRequest for what no box says."""
    found = []
    for value in request.POST.getlist("line")[: MOST + 1]:
        case_id, _dot, rest = value.partition(".")
        thread, _last, seen = rest.rpartition(".")
        if not (whole_number(case_id) and thread and len(thread) <= LONGEST and thread.isascii() and seen.isdigit()):
            raise BadRequest("line")
        found.append((whole_number(case_id), thread, whole_number(seen)))
    return list(dict.fromkeys(found))


def _title(say: Speech, action: str) -> str:
    """The act's title where a procedure in force lets it be done on several matters at once, else ""."""
    for procedure in say.pack.procedures.values():
        parts: Sequence[tuple[str, Any]] = (("", procedure.actions), *((spec.key, spec.actions) for spec in procedure.threads))
        for kind, acts in parts:
            if any(one.key == action and one.many for one in acts):
                return say.action(procedure.key, action, kind=kind)
    return ""


def _line(command: Command, verdict: Verdict, known: dict[int, tuple[str, str]], say: Speech) -> dict[str, Any]:
    number, title = known.get(command.case_id, ("", ""))
    return {
        "ok": verdict.done is not None,
        "href": f"/desk/case/{command.case_id}" if number else "",
        "number": number,
        "title": title or _("a matter that is no longer in your sight"),
        "words": "" if verdict.error is None else _why(verdict.error, say),
    }


def _why(error: CaseError, say: Speech) -> str:
    """Why this one was not done; whoever was faster is named."""
    if isinstance(error, Conflict) and error.changed:
        who = " · ".join(filter(None, (error.changed[-1].who, error.changed[-1].unit_name)))
        return f"{error.say} ({who}, {say.moment(error.changed[-1].at)})"
    return say.sentence(error.say)
