"""Reading letters and circulars; the matters in them only as far as the reader may know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.cases import selectors as cases
from bihuan.supervision import scope
from bihuan.supervision.errors import NotFound
from bihuan.supervision.models import Circular, CircularLine, Letter, LetterLine
from bihuan.supervision.shapes import CircularLineView, CircularView, LetterHead, LetterView, LineView

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

MOST = 100
_LINE = ("id", "case_id", "number", "summary", "clock", "due_at", "removed")
_LETTER = (
    "id", "issuer_id", "unit_id", "grade", "state", "opening", "answer_by", "number", "drafted_at", "signed_at", "signed_by",
    "reason", "version",
)  # fmt: skip
_CIRCULAR = (
    "id", "issuer_id", "state", "since", "until", "opening", "number", "drafted_at", "signed_at", "version",
)  # fmt: skip


def letter(actor: Actor, letter_id: int) -> LetterView:
    """One letter with its matters. Three statements. Raises NotFound.

    To the leader a matter that is not in sight any more is withheld; taken-off ones are shown only while it is a draft.
    """
    row = Letter.objects.filter(scope.letters(actor), pk=letter_id).values_list(*_LETTER).first()
    if row is None:
        raise NotFound(_("There is no such letter."))
    named = dict(zip(_LETTER, row, strict=True))
    lines = [LineView(**dict(zip(_LINE, line, strict=True))) for line in _lines(letter_id)]
    if named["state"] != "drafted":
        lines = [line for line in lines if not line.removed]
    known = cases.seen(actor, {line.case_id for line in lines})
    shown = tuple(replace(line, procedure=known[line.case_id].procedure) for line in lines if line.case_id in known)
    issuer, unit = named.pop("issuer_id"), named.pop("unit_id")
    return LetterView(**named, issuer=issuer, unit=unit, lines=shown, withheld=len(lines) - len(shown))


def _lines(letter_id: int) -> QuerySet[LetterLine, Any]:
    return LetterLine.objects.filter(letter_id=letter_id).order_by("due_at", "id").values_list(*_LINE)


def letters(actor: Actor, states: Sequence[str], *, limit: int = MOST) -> list[LetterHead]:
    """Letters in these states, newest first. One statement."""
    found = Letter.objects.filter(scope.letters(actor), state__in=states)
    rows = found.annotate(n=Count("lines", filter=Q(lines__removed=False))).order_by("-id")[:limit]
    return [
        LetterHead(
            id=row.pk, issuer=row.issuer_id, unit=row.unit_id, grade=row.grade, state=row.state, number=row.number,
            drafted_at=row.drafted_at, signed_at=row.signed_at, answer_by=row.answer_by, n=row.n,
        )
        for row in rows
    ]  # fmt: skip


def issuers_waiting() -> list[int]:
    """The units that have a letter to sign, or one that waits for its answers. One statement."""
    waiting = Letter.objects.filter(state__in=("drafted", "signed")).order_by("issuer_id")
    return list(waiting.values_list("issuer_id", flat=True).distinct())


def circular(actor: Actor, circular_id: int) -> CircularView:
    """One circular; matters about the reader, the reader's unit or one above it are left out. Two statements. Raises NotFound."""
    row = Circular.objects.filter(scope.circulars(actor), pk=circular_id).values_list(*_CIRCULAR).first()
    if row is None:
        raise NotFound(_("There is no such circular."))
    named = dict(zip(_CIRCULAR, row, strict=True))
    lines = CircularLine.objects.filter(circular_id=circular_id).exclude(case_id__in=cases.kept_from(actor).values("pk"))
    issuer = named.pop("issuer_id")
    return CircularView(
        **named,
        issuer=issuer,
        lines=tuple(
            CircularLineView(
                unit=line.unit_id, case_id=line.case_id, number=line.number, summary=line.summary, clock=line.clock,
                due_at=line.due_at, ended_at=line.ended_at,
            )
            for line in lines.order_by("id")
        ),
    )  # fmt: skip


def circulars(actor: Actor, *, limit: int = 20) -> list[CircularView]:
    """The newest circulars, without their matters. One statement."""
    found = Circular.objects.filter(scope.circulars(actor)).exclude(state="void").order_by("-id")
    views = []
    for row in found.values_list(*_CIRCULAR)[:limit]:
        named = dict(zip(_CIRCULAR, row, strict=True))
        issuer = named.pop("issuer_id")
        views.append(CircularView(**named, issuer=issuer))
    return views
