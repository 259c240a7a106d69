"""Words after they were written: proved against the ledger, and erased where the law or the resident asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bihuan.cases import search_index
from bihuan.cases.files_erased import erase_files
from bihuan.cases.happened import topic_of
from bihuan.cases.models import Case, Words
from bihuan.cases.parties import numbers_of
from bihuan.cases.rebuilding import rebuild
from bihuan.cases.sheet import load, stream_of
from bihuan.cases.words import reference
from bihuan.ledger import clock
from bihuan.ledger.chain import NewEntry
from bihuan.ledger.selectors import stream_events
from bihuan.ledger.services import OutboxRow, append, post_out
from bihuan.rules.events import MAIN
from bihuan.rules.terms import SYSTEM, Doer
from bihuan.vault.services import erase

ERASED = "words_erased"
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Altered:
    """Words that are not those the ledger speaks of."""

    case_id: int
    seq: int
    name: str


def altered() -> Iterator[Altered]:
    """Every kept text whose digest is not the one its entry carries."""
    after = 0
    while rows := list(
        Words.objects.filter(pk__gt=after, erased_at=None)
        .order_by("pk")
        .values_list("pk", "case_id", "seq", "name", "ref", "salt", "text")[:PAGE]
    ):
        for _, case_id, seq, name, ref, salt, text in rows:
            if reference(salt, text) != ref:
                yield Altered(case_id, seq, name)
        after = rows[-1][0]


def kept_since(before: datetime, *, limit: int) -> list[tuple[int, int]]:
    """Cases that ended before then and whose words or contact are still there, with the contact's number (0 = none).

    A contact that an open case has too is left until that one has ended long ago as well.
    """
    still = Case.objects.filter(contact=OuterRef("contact")).filter(Q(closed_at=None) | Q(closed_at__gte=before))
    kept = ~Q(title="") | Q(contact__isnull=False, contact__erased_at=None)
    over = Case.objects.filter(kept, closed_at__lt=before).exclude(Exists(still)).order_by("closed_at", "pk")
    return [(number, contact or 0) for number, contact in over.values_list("pk", "contact_id")[:limit]]


def words_left(case_ids: Iterable[int]) -> bool:
    """True while anything said in one of these cases is still kept."""
    return Words.objects.filter(case_id__in=list(case_ids), erased_at=None).exists()


def further_people(case_id: int) -> tuple[int, ...]:
    """The contacts that acts on a case have named beside its resident's; nobody else's case has them. Two statements."""
    sheet = load(Case.objects.filter(pk=case_id)).get(case_id)
    return numbers_of(sheet) if sheet is not None else ()


def erase_words(case_id: int, *, by: Doer = SYSTEM, at: datetime | None = None) -> int:
    """Erase every text of a case, its title and other number, what was hidden in them, and its files; entries say so.

    How many texts it was.
    """
    moment = at or clock.now()
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        erase_files(case_id, by=by, at=moment)
        refs = list(Words.objects.filter(case=case, erased_at=None).values_list("ref", flat=True))
        if not refs:
            return 0
        stream = stream_of(case_id)
        events, head = stream_events(stream)
        Words.objects.filter(case=case, erased_at=None).update(text="", salt="", erased_at=moment)
        Case.objects.filter(pk=case_id).update(title="", external_number="")
        for ref in refs:
            erase(f"{stream}:{ref}", at=moment)
        search_index.erase(case_id)
        entry = NewEntry(
            stream=stream,
            kind=ERASED,
            at=max(moment, events[-1].at),
            by=by,
            facts={"texts": len(refs)},
            thread=MAIN,
            area=case.area_code,
        )
        (written,) = append([entry], heads={stream: head})
        rebuild([case_id])
        post_out([OutboxRow(topic_of(ERASED), {"case": case_id}, written.id)])
    return len(refs)
