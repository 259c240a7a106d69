"""One act on several matters of a list: each is decided by itself, and the page says of each how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.cases import selectors as cases
from bihuan.cases import services
from bihuan.cases.errors import CaseError, Conflict
from bihuan.cases.shapes import Command, Done, Verdict
from bihuan.desk.frame import actor_of, show
from bihuan.rules.procedure.shape import Action, Need
from bihuan.rules.scope import Duty
from bihuan.web import forms
from bihuan.web.errors import BadRequest
from bihuan.web.guards import duty
from bihuan.web.requests import request_id, text, whole_number
from bihuan.web.speech import Speech, speech

MOST = services.MOST
LONGEST = 100
Chosen = tuple[int, str, int]
"""A line that was ticked: case, thread, version seen."""


@dataclass(frozen=True, slots=True)
class Act:
    """An act that may be done on several matters at once, as the rules in force write it; ``kind``: of which thread."""

    procedure: str
    kind: str
    spec: Action
    title: str

    @property
    def asked(self) -> dict[str, Need]:
        """What is said once for all of them."""
        return {name: need for name, need in self.spec.needs.items() if need.same_for_all}


@duty(Duty.CASE_ACT, methods=("POST",))
def act_on_several(request: HttpRequest) -> HttpResponse:
    """Do one act of the pack that is meant for it on the lines chosen; a verdict for each, in their order.

    What the act asks for is said once for all, on a page before. The same form sent again gives the same verdicts: each
    line's request id is made from the form's.
    """
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    act, chosen = _act(say, text(request.POST, "action")), _chosen(request)
    if act is None:
        raise BadRequest("action")
    if not chosen or len(chosen) > MOST:
        words = _("Choose at least one matter.") if not chosen else _("At most %(n)d matters at once.") % {"n": MOST}
        return show(request, "desk/together.html", {"title": act.title, "wrong": words}, status=422, say=say)
    reading = forms.read(request.POST, act.asked, say.pack.calendar.zone)
    if act.asked and (reading.errors or not text(request.POST, "said")):
        return _asked(request, act, chosen, reading, say)
    form = request_id(request)[:32]
    commands = [
        Command(
            actor=actor,
            case_id=case_id,
            thread=thread,
            action=act.spec.key,
            facts=reading.facts,
            seen=seen,
            request_id=f"{form}-{case_id}-{thread}"[:80],
        )
        for case_id, thread, seen in chosen
    ]
    verdicts = services.perform_many(commands)
    known = cases.titles(actor, {case_id for case_id, _thread, _seen in chosen})
    lines = [_line(command, verdict, known, say) for command, verdict in zip(commands, verdicts, strict=True)]
    context = {
        "title": act.title,
        "lines": sorted(lines, key=lambda line: line["ok"]),
        "done": sum(line["ok"] and not line["asked"] for line in lines),
        "asked": sum(bool(line["asked"]) for line in lines),
        "left": sum(not line["ok"] for line in lines),
        "draft": _draft(act),
        "approves": say.posts(dict.fromkeys(post for line in lines for post in line["asked"])),
    }
    return show(request, "desk/together.html", context, say=say)


def _asked(request: HttpRequest, act: Act, chosen: Sequence[Chosen], reading: forms.Reading, say: Speech) -> HttpResponse:
    """The page that asks once for what is said on each of them."""
    sent = bool(text(request.POST, "said"))
    known = cases.titles(actor_of(request), {case_id for case_id, _thread, _seen in chosen})

    def options(name: str, need: Need) -> Sequence[forms.Option]:
        return [forms.Option(value, say.choice(value, name, need.sets, act.procedure)) for value in need.of]

    where, errors = (act.procedure, act.kind, act.spec.key), reading.errors if sent else {}
    context = {
        "title": act.title,
        "act": act.spec.key,
        "approves": say.posts(act.spec.approve.who if act.spec.approve else ()),
        "draft": _draft(act),
        "fields": forms.fields(act.asked, say, where, options=options, typed=reading.typed, errors=errors),
        "request_id": request_id(request),
        "chosen": [
            {"value": f"{case_id}.{thread}.{seen}", "number": known[case_id][0], "title": known[case_id][1] or _("(no title)")}
            for case_id, thread, seen in chosen
            if case_id in known
        ],
        "wrong": bool(errors),
    }
    return show(request, "desk/together_form.html", context, status=422 if errors else 200, say=say)


def _draft(act: Act) -> str:
    return f"together-{act.spec.event or act.spec.key}" if act.asked else ""


def _chosen(request: HttpRequest) -> list[Chosen]:
    """(case, thread, version seen) of each box ticked. Raises BadRequest for what no box says."""
    found = []
    for value in request.POST.getlist("line")[: MOST + 1]:
        case_id, _dot, rest = value.partition(".")
        thread, _last, seen = rest.rpartition(".")
        if not (whole_number(case_id) and thread and len(thread) <= LONGEST and thread.isascii() and seen.isdigit()):
            raise BadRequest("line")
        found.append((whole_number(case_id), thread, whole_number(seen)))
    return list(dict.fromkeys(found))


def _act(say: Speech, action: str) -> Act | None:
    """The act of that key where a procedure in force lets it be done on several matters at once."""
    for procedure in say.pack.procedures.values():
        parts: Sequence[tuple[str, Any]] = (("", procedure.actions), *((spec.key, spec.actions) for spec in procedure.threads))
        for kind, acts in parts:
            spec = next((one for one in acts if one.key == action and one.many), None)
            if spec is not None:
                return Act(procedure.key, kind, spec, say.action(procedure.key, action, spec.title, kind))
    return None


def _line(command: Command, verdict: Verdict, known: dict[int, tuple[str, str]], say: Speech) -> dict[str, Any]:
    """How one of them went, as the door tells it: under its own rules the act may have happened, or wait for somebody."""
    number, title = known.get(command.case_id, ("", ""))
    return {
        "ok": verdict.done is not None,
        "asked": verdict.done.asked if isinstance(verdict.done, Done) else (),
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
