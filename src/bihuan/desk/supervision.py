"""The supervision desk: red by office, letters to sign, to answer and to judge, instructions, circulars; and one letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor, may
from bihuan.cases import selectors as cases
from bihuan.cases.counts import open_main
from bihuan.cases.errors import Conflict, NotFound, Refused
from bihuan.cases.shapes import BesideLine
from bihuan.desk import names, papers
from bihuan.desk.case import INSTRUCTION, LETTER
from bihuan.desk.filters import link
from bihuan.desk.frame import actor_of, show
from bihuan.ledger import clock
from bihuan.rules.scope import Duty
from bihuan.supervision import circulars, selectors, services
from bihuan.supervision.shapes import DRAFTED, SETTLED, SIGNED, VOID, LetterChange, LetterHead, LetterView
from bihuan.web.guards import duty
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

THREAD, JUDGING = LETTER, "judging"


@duty(Duty.LETTER_READ)
def desk(request: HttpRequest) -> HttpResponse:
    """What is red and with whom, and what this post has to sign, answer or judge."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    red = _red(actor)
    letters = selectors.letters(actor, (DRAFTED, SIGNED))
    lines = cases.beside(actor, THREAD)
    instructions = cases.beside(actor, INSTRUCTION)
    published = selectors.circulars(actor, limit=8)
    units = names.units(actor, _units(red, letters, instructions, (one.issuer for one in published)))
    drafts = [one for one in letters if one.state == DRAFTED]
    sent = [one for one in letters if one.state == SIGNED and one.issuer == actor.unit]
    received = [one for one in letters if one.state == SIGNED and one.unit == actor.unit]
    context = {
        "red": [
            {"name": units.get(unit, ""), "n": n, "href": link(office=unit, light="over"), "own": unit == actor.unit}
            for unit, n in red.most_common()
        ],
        "red_total": sum(red.values()),
        "drafts": [_head(one, lines, units, say) for one in drafts],
        "judge": [_act(one, units, say) for one in lines if one.state == JUDGING and one.holder_unit == actor.unit],
        "sent": [_head(one, lines, units, say) for one in sent],
        "received": [_head(one, lines, units, say) for one in received],
        "instructions": [_act(one, units, say) for one in instructions],
        "circulars": [
            {"href": f"/desk/supervision/circular/{one.id}", "number": one.number, "issuer": units.get(one.issuer, ""),
             "since": one.since, "until": one.until, "draft": one.state == DRAFTED, "signed": say.day(one.signed_at)}
            for one in published
        ],
        "may_sign": may(actor, Duty.LETTER_SIGN),
    }  # fmt: skip
    return show(request, "desk/supervision.html", context, say=say)


def _red(actor: Actor) -> Counter[int]:
    """Open matters past a limit, by the unit that holds them. One statement."""
    found: Counter[int] = Counter()
    for one in open_main(actor, clock.now(), below=actor.area_code):
        if one.light == "over" and one.unit:
            found[one.unit] += one.n
    return found


def _units(red: Iterable[int], letters: Iterable[LetterHead], lines: Iterable[BesideLine], more: Iterable[int]) -> set[int]:
    found = set(red) | set(more) | {one.holder_unit for one in lines}
    for one in letters:
        found |= {one.unit, one.issuer}
    return found


def _head(one: LetterHead, lines: Iterable[BesideLine], units: Mapping[int, str], say: Speech) -> dict[str, Any]:
    own = [line for line in lines if line.item == str(one.id)]
    waiting = [line for line in own if line.state != JUDGING]
    first = min((line for line in waiting if line.due_at), key=lambda line: line.due_at or clock.now(), default=None)
    return {
        "href": f"/desk/supervision/letter/{one.id}",
        "unit": units.get(one.unit, ""),
        "issuer": units.get(one.issuer, ""),
        "grade": one.grade,
        "grade_words": say.choice(one.grade, "letter_grade"),
        "number": one.number,
        "n": one.n,
        "drafted": say.day(one.drafted_at),
        "signed": say.day(one.signed_at),
        "waiting": len(waiting),
        "answered": len(own) - len(waiting),
        "due": say.due(first.light, first.due_at) if first else None,
    }


def _act(line: BesideLine, units: Mapping[int, str], say: Speech) -> dict[str, Any]:
    return {
        "href": f"/desk/case/{line.case_id}#acts",
        "title": line.title or line.number,
        "number": line.number,
        "unit": units.get(line.holder_unit, ""),
        "due": say.due(line.light, line.due_at),
    }


# -- one letter -------------------------------------------------------------------------------------------------------


@duty(Duty.LETTER_READ, methods=("GET", "POST"))
def letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter; a draft is a form for its leader. Posting saves, and signs where the button said so."""
    actor = actor_of(request)
    if request.method == "GET":
        return _screen(request, selectors.letter(actor, letter_id))
    seen, act = whole_number(text(request.POST, "seen")), text(request.POST, "act")
    try:
        if act == "void":
            services.declare_void(actor, letter_id, reason=text(request.POST, "reason"), seen=seen)
        elif act == "sign":
            services.sign(actor, letter_id, seen=seen, wanted=_change(request.POST))
        else:
            services.change(actor, letter_id, _change(request.POST), seen=seen)
    except Refused as refused:
        return _screen(request, selectors.letter(actor, letter_id), refused.say, refused.field, typed=request.POST, status=422)
    except Conflict as conflict:
        return _screen(request, selectors.letter(actor, letter_id), conflict.say, typed=request.POST, status=409)
    return HttpResponseRedirect(f"{request.path}?done={act or 'saved'}")


def _change(post: QueryDict) -> LetterChange:
    """What the form says. Raises Refused for a date that is none."""
    typed = text(post, "answer_by")
    try:
        answer_by = date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Refused("bad_fact", _("This is not a date."), "answer_by") from error
    return LetterChange(
        opening=text(post, "opening"),
        answer_by=answer_by,
        summaries={line: text(post, name) for name in post if (line := _line_of(name, "summary-"))},
        removed=frozenset(line for name in post if (line := _line_of(name, "off-"))),
    )


def _line_of(name: str, begins: str) -> int:
    return whole_number(name.removeprefix(begins)) if name.startswith(begins) else 0


def _screen(
    request: HttpRequest,
    found: LetterView,
    wrong: str = "",
    field: str = "",
    *,
    typed: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    units = names.units(actor, {found.issuer, found.unit})
    threads = {} if found.state == DRAFTED else _threads(actor, found.id)
    own, may_sign = found.issuer == actor.unit, may(actor, Duty.LETTER_SIGN)
    editable = found.state == DRAFTED and own and (may_sign or may(actor, Duty.LETTER_DRAFT))
    context = {
        "letter": found,
        "issuer": units.get(found.issuer, ""),
        "unit": units.get(found.unit, ""),
        "grade_words": say.choice(found.grade, "letter_grade"),
        "editable": editable,
        "may_sign": may_sign,
        "may_void": found.state in (DRAFTED, SIGNED) and may_sign and own,
        "wrong": wrong,
        "wrong_field": field,
        "opening": text(typed, "opening") if typed else found.opening,
        "answer_by": text(typed, "answer_by") if typed else found.answer_by.isoformat() if found.answer_by else "",
        "answer_default": say.full(services.answer_due(found.grade, say.pack, say.calendar, say.now)),
        "lines": [_line(line, found, threads, say, typed) for line in found.lines],
        "signed": say.moment(found.signed_at),
        "void": found.state == VOID,
        "settled": found.state == SETTLED,
        "done": {"saved": _("Saved."), "sign": _("Signed."), "void": _("Declared void.")}.get(request.GET.get("done", ""), ""),
    }
    return show(request, "desk/letter.html", context, status=status, say=say)


def _threads(actor: Actor, letter_id: int) -> dict[int, BesideLine]:
    return {one.case_id: one for one in cases.beside(actor, THREAD, items=[str(letter_id)], only_open=False)}


def _line(
    line: Any, found: LetterView, threads: Mapping[int, BesideLine], say: Speech, typed: QueryDict | None
) -> dict[str, Any]:
    thread = threads.get(line.case_id)
    return {
        "id": line.id,
        "href": f"/desk/case/{line.case_id}",
        "number": line.number,
        "summary": text(typed, f"summary-{line.id}") if typed and f"summary-{line.id}" in typed else line.summary,
        "clock": say.clock(line.procedure, line.clock) if line.clock else _("closing found fake"),
        "due": say.day(line.due_at),
        "over": services.days_over(line.due_at, found.signed_at or say.now, say.calendar),
        "removed": bool(typed.get(f"off-{line.id}")) if typed else line.removed,
        "state": say.state(thread.procedure, thread.state, THREAD) if thread else "",
        "light": say.due(thread.light, thread.due_at) if thread and thread.open else None,
    }


@duty(Duty.LETTER_READ)
def letter_paper(request: HttpRequest, letter_id: int, form: str) -> HttpResponse:
    """The letter as PDF or Word, as an attachment; taking it out is written down."""
    actor = actor_of(request)
    found = selectors.letter(actor, letter_id)
    paper = papers.letter_paper(found, names.units(actor, {found.issuer, found.unit}), speech(actor.pack_digest))
    return papers.paper_answer(request, paper, form, kind="letter", number=letter_id)


# -- circulars --------------------------------------------------------------------------------------------------------


@duty(Duty.LETTER_SIGN, methods=("GET", "POST"))
def new_circular(request: HttpRequest) -> HttpResponse:
    """Ask for the period, then draft the circular of what was overdue in it."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    today = say.calendar.local(say.now).date()
    typed = {name: text(request.POST, name) for name in ("since", "until")}
    wrong = ""
    if request.method == "POST":
        try:
            since, until = (date.fromisoformat(typed[name]) for name in ("since", "until"))
            return HttpResponseRedirect(f"/desk/supervision/circular/{circulars.draft(actor, since, until)}")
        except ValueError:
            wrong = _("This is not a date.")
        except Refused as refused:
            wrong = refused.say
    else:
        typed = {"since": today.replace(day=1).isoformat(), "until": today.isoformat()}
    return show(request, "desk/circular_new.html", typed | {"wrong": wrong}, status=422 if wrong else 200, say=say)


@duty(Duty.LETTER_READ, methods=("GET", "POST"))
def circular(request: HttpRequest, circular_id: int) -> HttpResponse:
    """One circular; a draft is signed or dropped by its leader."""
    actor = actor_of(request)
    wrong, status = "", 200
    if request.method == "POST":
        try:
            if text(request.POST, "act") == "drop":
                circulars.drop(actor, circular_id)
                return HttpResponseRedirect("/desk/supervision")
            seen = whole_number(text(request.POST, "seen"))
            circulars.sign(actor, circular_id, opening=text(request.POST, "opening"), seen=seen)
            return HttpResponseRedirect(request.path)
        except (Refused, Conflict) as error:
            wrong, status = error.say, 409 if isinstance(error, Conflict) else 422
    found = selectors.circular(actor, circular_id)
    say = speech(actor.pack_digest)
    units = names.units(actor, {found.issuer, *(line.unit for line in found.lines)})
    as_of = found.signed_at or say.now
    context = {
        "circular": found,
        "issuer": units.get(found.issuer, ""),
        "editable": found.state == DRAFTED,
        "opening": text(request.POST, "opening") if wrong else found.opening,
        "wrong": wrong,
        "signed": say.moment(found.signed_at),
        "lines": [
            {
                "unit": units.get(line.unit, ""), "number": line.number, "clock": say.clock("", line.clock),
                "due": say.day(line.due_at), "over": services.days_over(line.due_at, line.ended_at or as_of, say.calendar),
                "ended": bool(line.ended_at),
            }
            for line in found.lines
        ],
    }  # fmt: skip
    return show(request, "desk/circular.html", context, status=status, say=say)


@duty(Duty.LETTER_READ)
def circular_paper(request: HttpRequest, circular_id: int, form: str) -> HttpResponse:
    """The circular as PDF or Word."""
    actor = actor_of(request)
    found = selectors.circular(actor, circular_id)
    units = names.units(actor, {found.issuer, *(line.unit for line in found.lines)})
    paper = papers.circular_paper(found, units, speech(actor.pack_digest))
    return papers.paper_answer(request, paper, form, kind="circular", number=circular_id)


@duty(Duty.LETTER_READ)
def instruction_paper(request: HttpRequest, case_id: int, form: str) -> HttpResponse:
    """The latest instruction on a matter as PDF or Word, with its report where there is one. Raises NotFound."""
    actor = actor_of(request)
    page = cases.case_page(actor, case_id)
    given = next((one for one in reversed(page.timeline) if one.kind == "instructed"), None)
    if given is None:
        raise NotFound(_("There is no instruction on this matter."))
    later = [one for one in page.timeline if one.seq > given.seq and one.thread == INSTRUCTION]
    holder = next((int(str(one.facts.get("holder_unit") or 0)) for one in later if one.facts.get("holder_unit")), 0)
    reported = [words.text for one in later if one.kind == "instruction_answered" for words in one.words]
    said = papers.Said(
        issuer=given.unit_name,
        unit=names.units(actor, {holder}).get(holder, ""),
        number=page.number,
        title=page.title,
        words="".join(words.text for words in given.words if words.name == "words"),
        answer_by=date.fromisoformat(str(given.facts["answer_by"])),
        at=given.at,
        report="".join(reported),
    )
    paper = papers.instruction_paper(said, speech(actor.pack_digest))
    return papers.paper_answer(request, paper, form, kind="instruction", number=case_id)
