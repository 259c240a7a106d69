"""The tracking page: a code, and then what a parcel's page says: where it is, by when, what was answered, what you may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import resident_actor
from bihuan.cases import errors, services
from bihuan.cases import selectors as cases
from bihuan.cases.shapes import MAIN, TrackPage, TrackStep
from bihuan.portal.frame import may_act, may_look, show
from bihuan.rules.procedure.shape import Need
from bihuan.web import forms
from bihuan.web.counting import explained, in_hours
from bihuan.web.guards import anyone
from bihuan.web.requests import new_request_id, request_id, seen, text
from bihuan.web.speech import Speech, speech
from bihuan.web.uploads import LARGEST, accepts_files, uploads

TITLE = "title"
"""It heads the page; under it the account is not told twice."""
CODE = re.compile(r"^[A-Za-z0-9-]{4,20}$")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the resident reads it. ``said`` are public words with whose paper they stand on."""

    title: str
    at: str
    said: tuple[tuple[str, str], ...]
    now: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """An act of the resident that did not go through: what was typed and what is wrong."""

    action: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    status: int = 200


@anyone("GET", "POST")
def ask_code(request: HttpRequest) -> HttpResponse:
    """The field for the tracking code. The code travels in the body, then stands in the address of its page."""
    if request.method == "GET":
        return show(request, "portal/track_code.html", {})
    may_look(request)
    code = re.sub(r"[\s·—–]+", "", text(request.POST, "code")).upper()
    if not CODE.match(code):
        return unknown(request, code)
    return HttpResponseRedirect(f"/t/{code}")


@anyone()
def track(request: HttpRequest, code: str) -> HttpResponse:
    """The progress of one matter."""
    may_look(request)
    return _screen(request, code, Retry())


@anyone("POST", largest=LARGEST, files=True)
def act(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """The resident rates, answers a question, withdraws, asks for it to be handled again."""
    may_act(request)
    known = cases.resident_offers(code)
    if known is None:
        return unknown(request, code)
    offer = next((one for one in known.offers if one.action.key == action and one.thread == MAIN), None)
    if offer is None or offer.refused:
        said = _("This is not possible any more. The page shows how it stands now.")
        refusal = speech(known.pack_digest).sentence(offer.refused) if offer else said
        return _screen(request, code, Retry(said=refusal, status=409))
    needs, actor = offer.action.needs, resident_actor(known.case_id)
    reading = forms.read(request.POST, needs, known.zone, uploads(request, needs, actor))
    if reading.errors:
        return _screen(request, code, Retry(action, reading.typed, reading.errors, status=422))
    try:
        services.perform(
            actor=actor, case_id=known.case_id, action=action, facts=reading.facts,
            seen=seen(request), request_id=request_id(request),
        )  # fmt: skip
    except errors.Refused as refused:
        said = speech(known.pack_digest).sentence(refused.say)
        wrong = {refused.field: said} if refused.field else {}
        return _screen(request, code, Retry(action, reading.typed, wrong, "" if wrong else said, 422))
    except errors.Conflict:
        said = _("Something happened while you were writing. Please look at it and send again if it is still right.")
        return _screen(request, code, Retry(action, reading.typed, {}, said, 409))
    return HttpResponseRedirect(f"/t/{code}?done={action}")


def unknown(request: HttpRequest, code: str) -> HttpResponse:
    """One answer for every code that leads nowhere: never there, mistyped, or erased."""
    return show(request, "portal/track_code.html", {"code": code[:20], "unknown": True}, status=404)


def _screen(request: HttpRequest, code: str, retry: Retry) -> HttpResponse:
    page = cases.tracking(code) if CODE.match(code) else None
    if page is None:
        return unknown(request, code)
    say = speech(page.pack_digest)
    done = request.GET.get("done", "")
    late = page.is_open and page.overdue
    answer = _answer(page, say)
    question = _unanswered(page)
    context = {
        "page": page,
        "code": code,
        "now_title": _titled(say, page.procedure.key, page.state, page.office),
        "now_say": say.say("track", page.procedure.key, page.state, "say", otherwise="\0").replace("\0", ""),
        "light": "over" if late else "running",
        "light_words": _("late") if late else _("in time"),
        "promised": say.full(page.promised_at),
        "promised_what": say.promise(page.procedure.key, page.promised_by),
        "left": say.left(page.promised_at) if page.is_open else "",
        "answer": answer,
        "promise": page.is_open and page.promised_at is not None,
        "counted": explained(page.why()) if page.why and page.is_open and page.promised_at else (),
        "hours": in_hours(page.why()) if page.why and page.is_open and page.promised_at else "",
        "question": question,
        "papers": _papers(page, say, code),
        "steps": _steps(page, say),
        "opened": say.day(page.opened_at),
        "acts": _acts(page, say, retry, question=question),
        "retry": retry,
        "request_id": new_request_id(),
        "done": say.action(page.procedure.key, done) if any(done == one.key for one in page.procedure.actions) else "",
    }
    return show(request, "portal/track.html", context, say=say, status=retry.status)


def _papers(page: TrackPage, say: Speech, code: str) -> list[dict[str, str]]:
    """The papers that went out to the resident, the latest first."""
    return [
        {
            "title": say.say("papers", one.key, otherwise=one.title),
            "number": one.number,
            "day": say.day(one.at),
            "href": f"/t/{code}/paper/{one.seq}/{one.key}",
        }
        for one in reversed(page.papers)
    ]


def _titled(say: Speech, procedure: str, state: str, office: str) -> str:
    words = say.say("track", procedure, state, "title", otherwise=say.state(procedure, state))
    return words.replace("{office}", office or _("the office"))


@dataclass(frozen=True, slots=True)
class Answer:
    """The latest answer that has gone out: whose, when, in which words; ``checked`` = the centre passed it, or checks none.

    It is drafted inside the office and the resident's only once its leader has signed it.
    """

    office: str
    at: str
    words: str
    checked: bool


def _answer(page: TrackPage, say: Speech) -> Answer | None:
    draft, found = "", None
    says = page.procedure.said_by()
    checked = "answer_passed" not in says.values()
    for step in page.steps:
        what = says.get(step.kind)
        if what == "answer":
            draft = "\n".join(words.text for words in step.words if words.public and words.text)
        elif what == "answer_out":
            found = Answer(step.unit_name, say.day(step.at), draft, checked=checked)
        elif what == "answer_passed" and found:
            found = replace(found, checked=True)
        elif what == "again":
            found = None
    return found


def _unanswered(page: TrackPage) -> str:
    """The office's question that the resident has not answered yet, "" when there is none."""
    question = ""
    says = page.procedure.said_by()
    for step in page.steps:
        what = says.get(step.kind)
        if what == "question":
            question = "\n".join(words.text for words in step.words if words.text)
        elif what == "reply":
            question = ""
    return question


def _steps(page: TrackPage, say: Speech) -> list[Step]:
    """Steps newest first; only those that the pack has words for, so that inner acts of an office stay inside."""
    told: list[Step] = []
    for step in page.steps:
        words = say.say("step", page.procedure.key, step.kind, otherwise="\0")
        said = tuple(
            ("resident" if step.by_resident else "office", one.text)
            for one in step.words
            if one.public and one.text and one.name != TITLE
        )
        if words != "\0":
            told.append(Step(_worded(words, step, page, say), say.moment(step.at), said))
    told.reverse()
    return told


def _worded(words: str, step: TrackStep, page: TrackPage, say: Speech) -> str:
    """The pack's sentence with who, until when, and by how many days."""
    names = {
        "{office}": step.office or page.office or _("the office"),
        "{unit}": step.unit_name or _("the office"),
        "{days}": str(step.facts.get("days") or ""),
        "{date}": _day_in(step, say),
    }
    for place, name in names.items():
        words = words.replace(place, name)
    return words


def _day_in(step: TrackStep, say: Speech) -> str:
    """The date a step speaks of: the new limit where it moved one, else the day that was given."""
    if step.promised_at:
        return say.day(step.promised_at)
    until = step.facts.get("until")
    return say.told_day(date.fromisoformat(until)) if isinstance(until, str) and until else ""


def _acts(page: TrackPage, say: Speech, retry: Retry, *, question: str) -> list[dict[str, Any]]:
    drawn = []
    for offer in page.offers:
        if offer.refused:
            continue
        action = offer.action

        def options(name: str, need: Need) -> list[forms.Option]:
            return [forms.Option(value, say.choice(value, name, need.sets, page.procedure.key)) for value in need.of]

        again = retry.action == action.key
        asked = bool(question) and action.says == "reply"
        if action.says == "reply" and not asked:
            continue
        first = asked or (action.primary and (page.is_open or action.says == "rating"))  # what is over is not asked for anew
        where = (page.procedure.key, "", action.key)
        typed, wrong = (retry.typed, retry.errors) if again else ({}, {})
        fields = forms.fields(action.needs, say, where, options=options, typed=typed, errors=wrong)
        drawn.append(
            {
                "key": action.key,
                "title": say.action(page.procedure.key, action.key, action.title),
                "primary": asked or (first and not question),
                "first": first,
                "open": again or first,
                "question": question if asked else "",
                "said": retry.said if again else "",
                "fields": fields,
                "files": accepts_files(fields),
            }
        )
    drawn.sort(key=lambda one: (not one["primary"], not one["first"]))
    for later in drawn[1:]:  # one primary button a screen
        later["primary"] = False
    return drawn
