"""Papers of supervision as plain data: the letter, the circular, the instruction; and the answer that carries their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.desk.frame import actor_of, show
from bihuan.papers.shapes import Column, Paper, PaperFault
from bihuan.supervision.services import days_over
from bihuan.supervision.shapes import DRAFTED, VOID, CircularView, LetterView
from bihuan.web.downloads import paper_to_save
from bihuan.web.speech import Speech

DRAFT_OR_VOID = {DRAFTED: "draft", VOID: "void"}


def _words(say: Speech, *key: str, **names: object) -> str:
    """The pack's words for papers: always Chinese, whatever language the screen speaks; they are the office's."""
    return str(say.pack.say(".".join(("paper", *key)), "zh", **{name: str(value) for name, value in names.items()}))


def plain_date(day: date | None, say: Speech) -> str:
    """A day as a paper writes it, "" for none."""
    return _words(say, "date", y=day.year, m=day.month, d=day.day) if day else ""


def _day(at: datetime | None, say: Speech) -> str:
    return plain_date(say.calendar.local(at).date() if at else None, say)


def _columns(say: Speech, paper: str, **shares: int) -> tuple[Column, ...]:
    return tuple(Column(title=_words(say, paper, "column", name), share=share) for name, share in shares.items())


def letter_paper(found: LetterView, units: Mapping[int, str], say: Speech) -> Paper:
    """A supervision letter; a draft says that it is one. Without words of its leader's it has the pack's."""
    issuer, as_of = units.get(found.issuer, ""), found.signed_at or say.now
    lines = [line for line in found.lines if not line.removed]
    kind = "fake" if lines and all(line.due_at is None for line in lines) else "letter"
    by = plain_date(found.answer_by, say) or _words(say, "blank_date")
    body = (found.opening,) if found.opening else (_words(say, kind, "body", today=_day(as_of, say)),)
    rows = tuple(
        (
            str(n), line.number, line.summary, _day(line.due_at, say) or _words(say, "fake", "instead"),
            str(days_over(line.due_at, as_of, say.calendar) or "—"),
        )
        for n, line in enumerate(lines, 1)
    )  # fmt: skip
    withheld = (_words(say, "letter", "withheld", n=found.withheld),) if found.withheld else ()
    return Paper(
        head=issuer,
        number=found.number,
        title=_words(say, kind, "title"),
        to=units.get(found.unit, ""),
        body=(*body, _words(say, "letter", "by", by=by)),
        columns=_columns(say, "letter", n=3, number=11, summary=14, limit=7, over=5),
        rows=rows,
        after=(*withheld, _words(say, "letter", "end")),
        signer=issuer,
        signed_on=_day(found.signed_at, say),
        seal=_words(say, "seal") if found.signed_at else "",
        draft=_words(say, DRAFT_OR_VOID[found.state]) if found.state in DRAFT_OR_VOID else "",
    )


def circular_paper(found: CircularView, units: Mapping[int, str], say: Speech) -> Paper:
    """A circular: offices' overdue matters of a period in the order of the offices; nobody is named, nothing is ranked."""
    issuer, as_of = units.get(found.issuer, ""), found.signed_at or say.now
    offices = {line.unit for line in found.lines}
    since, until = plain_date(found.since, say), plain_date(found.until, say)
    usual = _words(say, "circular", "body", since=since, until=until, n=len(found.lines), offices=len(offices))
    rows = tuple(
        (
            str(n), units.get(line.unit, ""), line.number, _day(line.due_at, say),
            str(days_over(line.due_at, line.ended_at or as_of, say.calendar) or "—"),
            _words(say, "circular", "ended" if line.ended_at else "open"),
        )
        for n, line in enumerate(found.lines, 1)
    )  # fmt: skip
    return Paper(
        head=issuer,
        number=found.number,
        title=_words(say, "circular", "title"),
        to=_words(say, "circular", "to"),
        body=(found.opening or usual,),
        columns=_columns(say, "circular", n=3, unit=9, number=11, limit=7, over=5, now=5),
        rows=rows,
        signer=issuer,
        signed_on=_day(found.signed_at, say),
        seal=_words(say, "seal") if found.signed_at else "",
        draft=_words(say, "draft") if found.state == DRAFTED else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An instruction as its sheet needs it: who gave it to whom, on which matter, when, and what was reported."""

    issuer: str
    unit: str
    number: str
    title: str
    words: str
    answer_by: date | None
    at: datetime
    report: str = ""


def instruction_paper(said: Said, say: Speech) -> Paper:
    """The sheet with which an instruction goes to the office, and comes back with the report."""
    return Paper(
        head=said.issuer,
        number=said.number,
        title=_words(say, "instruction", "title"),
        to=said.unit,
        body=(
            _words(say, "instruction", "matter", title=said.title),
            _words(say, "instruction", "words", words=said.words),
            _words(say, "instruction", "by", by=plain_date(said.answer_by, say)),
        ),
        after=(_words(say, "instruction", "report", report=said.report),) if said.report else (),
        signer=said.issuer,
        signed_on=_day(said.at, say),
        seal=_words(say, "seal"),
    )


def paper_answer(request: HttpRequest, paper: Paper, form: str, *, kind: str, number: int) -> HttpResponse:
    """The bytes as an attachment; that they were taken out is an entry. A paper that cannot be made says so, and what can."""
    number_or_draft = paper.number or _("draft")
    actor, name = actor_of(request), f"{number_or_draft}-{paper.to}"
    try:
        return paper_to_save(paper, form, name=name, stream=f"export:{actor.account}", by=actor.doer(), kind=kind, number=number)
    except PaperFault:
        return show(request, "desk/no_paper.html", {"word": form == "pdf"}, status=503)
