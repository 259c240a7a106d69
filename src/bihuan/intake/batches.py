"""Imports: recorded when they begin, their cases noted in the door's transaction, and undone case by case through the door.

Undoing gives no number back and touches no case that somebody has acted on since. It may be killed at any instant: asked
for again it goes on where it stopped, because what became of a case is read from the case's own ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.gist import gists, sheets
from bihuan.cases.happened import Happened
from bihuan.cases.insert import Insert
from bihuan.cases.opening import FROM_BATCH
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import Command
from bihuan.cases.sheet import Sheet
from bihuan.intake.models import ImportBatch, ImportedCase
from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.people.services.contacts import opened_name
from bihuan.rules.scope import Duty
from bihuan.vault.free_text import hide, hide_names

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

IMPORT_UNDONE = "import_undone"
"""The event by which a case that an import brought is taken out again."""
UNDONE, KEPT = "undone", "kept"
CENTRE_HEAD = Duty.CASE_APPROVE
LONGEST_REASON = 300
AT_ONCE = 2000
"""Names opened at once, to be looked for in a reason."""
_NOTED = Insert(ImportedCase, ("batch", "case", "outcome"), keys=("case",), keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An import as lists show it. ``opened``: cases it brought; of an undoing: how many are out again, kept, not looked at."""

    id: int
    account: int
    unit: int
    file_name: str
    at: datetime
    rows: int
    already: int
    refused: int
    opened: int
    undone: int
    kept: int
    undone_at: datetime | None
    undone_by: int
    reason: str

    @property
    def waiting(self) -> int:
        """Cases that an undoing has not come to yet."""
        return self.opened - self.undone - self.kept if self.undone_at else 0


@dataclass(frozen=True, slots=True)
class BatchCase:
    """A case of an import as its page lists it: no title, no words."""

    case_id: int
    number: str
    state: str
    procedure: str
    outcome: str


# -- recording ---------------------------------------------------------------------------------------------------------


def begin(*, actor: Actor, file_name: str, content: bytes, rows: int, refused: int, is_demo: bool = False) -> int:
    """Record that a table is about to be taken in; its number goes with every case that it opens.

    Numbers of people in the file's name are hidden.
    """
    batch = ImportBatch.objects.create(
        account_id=actor.account, unit_id=actor.unit, file_name=hide(file_name)[0][:80], digest=sha256(content).hexdigest(),
        at=clock.now(), rows=rows, refused=refused, is_demo=is_demo,
    )  # fmt: skip
    return int(batch.pk)


def finish(batch: int, *, already: int, refused: int) -> None:
    """Note how many rows had been taken in before and how many were refused."""
    ImportBatch.objects.filter(pk=batch).update(already=already, refused=refused)


def note_cases(opened: Sequence[Happened]) -> None:
    """Follows ``registered`` in the door's transaction: an import knows the cases it brought. One statement, if any."""
    _NOTED.run([(each.event.facts[FROM_BATCH], each.case_id, "") for each in opened if FROM_BATCH in each.event.facts])


# -- reading -----------------------------------------------------------------------------------------------------------


def batches(actor: Actor, *, before: int = 0, limit: int = 50) -> list[Batch]:
    """The imports of the actor's unit, newest first. One statement."""
    rows = _of_unit(actor)
    return _shown(rows.filter(pk__lt=before) if before else rows, limit)


def batch(actor: Actor, number: int) -> Batch:
    """One import of the actor's unit. Raises NotFound. One statement."""
    found = _shown(_of_unit(actor).filter(pk=number), 1)
    if not found:
        raise NotFound(_("There is no such import."))
    return found[0]


def _of_unit(actor: Actor):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a query of batches
    return ImportBatch.objects.filter(unit_id=actor.unit) if actor.unit else ImportBatch.objects.none()


def _shown(rows, limit: int) -> list[Batch]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    counted = rows.annotate(
        opened=Count("cases"),
        undone=Count("cases", filter=Q(cases__outcome=UNDONE)),
        kept=Count("cases", filter=Q(cases__outcome=KEPT)),
    )
    return [
        Batch(
            id=row.pk, account=row.account_id, unit=row.unit_id, file_name=row.file_name, at=row.at, rows=row.rows,
            already=row.already, refused=row.refused, opened=row.opened, undone=row.undone, kept=row.kept,
            undone_at=row.undone_at, undone_by=row.undone_by, reason=row.reason,
        )
        for row in counted.order_by("-pk")[:limit]
    ]  # fmt: skip


def cases_of(actor: Actor, number: int, *, outcome: str | None = None, after: int = 0, limit: int = 50) -> list[BatchCase]:
    """The cases of an import that the actor may see, in order; ``outcome``: only those. Two statements."""
    rows = ImportedCase.objects.filter(batch_id=number, case_id__gt=after)
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    listed = list(rows.order_by("case_id").values_list("case_id", "outcome")[:limit])
    known = gists(actor, [case_id for case_id, _what in listed])
    return [
        BatchCase(case_id, known[case_id].number, known[case_id].state, known[case_id].procedure, what)
        for case_id, what in listed
        if case_id in known
    ]


def may_undo(actor: Actor, one: Batch) -> bool:
    """True for whoever took the table in, and for the head of that centre."""
    return one.unit == actor.unit and (
        (one.account == actor.account and may(actor, Duty.IMPORT_RUN)) or (may(actor, CENTRE_HEAD) and may(actor, Duty.CASE_ACT))
    )


# -- undoing -----------------------------------------------------------------------------------------------------------


def undo(*, actor: Actor, number: int, reason: str, most: int = 5 * MOST) -> Batch:
    """Take the cases of an import out again, as many as ``most`` in one call; asked again it goes on.

    A case that anybody has acted on stays as it is. The reason first given holds: numbers in it are hidden, and the names of
    all people of the import, for it stands under each of its cases. Raises NotFound, Refused (not this actor's, no reason).
    """
    one = batch(actor, number)
    if not may_undo(actor, one):
        raise Refused("not_allowed", _("Only whoever took the table in, or the head of the centre, can undo it."))
    words = one.reason or " ".join(reason.split())[:LONGEST_REASON]
    if len(words) < 2:
        raise Refused("bad_fact", _("Please say in a few words why."), "reason")
    if not one.reason:
        words = hide(hide_names(words, _named_in(words, number)))[0][:LONGEST_REASON]
    with transaction.atomic():
        if ImportBatch.objects.filter(pk=number, undone_at=None).update(
            undone_at=clock.now(), undone_by=actor.account, reason=words
        ):
            record(f"import:{number}", "import_undo_asked", by=actor.doer(), facts={"batch": number, "count": one.opened})
    left = most
    while left > 0 and (waiting := _waiting(number, min(left, MOST))):
        _undo_some(actor, waiting, words)
        left -= len(waiting)
    return batch(actor, number)


def _named_in(text: str, number: int) -> list[str]:
    """The names of the people of an import's cases that stand in a text; they are shown to nobody. One statement."""
    rows = ImportedCase.objects.filter(batch_id=number, case__contact__erased_at=None).exclude(case__contact=None)
    sealed = rows.values_list("case__contact__name_sealed", flat=True).iterator(chunk_size=AT_ONCE)
    return sorted({name for one in sealed if one and (name := opened_name(bytes(one))) and name in text})


def _waiting(number: int, limit: int) -> list[int]:
    rows = ImportedCase.objects.filter(batch_id=number, outcome="").order_by("case_id")
    return list(rows.values_list("case_id", flat=True)[:limit])


def _undo_some(actor: Actor, case_ids: Sequence[int], reason: str) -> None:
    out: set[int] = set()
    asked: list[Command] = []
    for case_id, sheet in sheets(actor, case_ids).items():
        if any(event.kind == IMPORT_UNDONE for event in sheet.events):
            out.add(case_id)  # done by a call that was stopped before it could note it
        elif not _acted_on(sheet) and (key := _act_of(sheet)):
            asked.append(
                Command(
                    actor=actor, case_id=case_id, action=key, facts={"reason": reason}, seen=sheet.version,
                    request_id=f"undo-import-{case_id}",
                )
            )  # fmt: skip
    if asked:
        verdicts = perform_many(asked)
        out |= {one.case_id for one, verdict in zip(asked, verdicts, strict=True) if verdict.done is not None}
    ImportedCase.objects.filter(case_id__in=out).update(outcome=UNDONE)
    ImportedCase.objects.filter(case_id__in=set(case_ids) - out).update(outcome=KEPT)


def _acted_on(sheet: Sheet) -> bool:
    """True when anybody but the system has done anything with the case since it was opened."""
    return any(event.by.kind != "system" for event in sheet.events[1:])


def _act_of(sheet: Sheet) -> str:
    """The act of the case's own procedure that undoes an import, "" where its rules know none."""
    return next((act.key for act in sheet.procedure.actions if act.event == IMPORT_UNDONE), "")


def forget_words(before: datetime) -> int:
    """Erase the file names and reasons of imports from before then; how many. The import and what it brought stay known."""
    old = ImportBatch.objects.filter(at__lt=before).exclude(file_name="", reason="")
    return int(old.update(file_name="", reason=""))
