"""Erasing photographs and documents of a case where the law or the resident asks for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from bihuan.cases.happened import topic_of
from bihuan.cases.models import Case
from bihuan.cases.rebuilding import rebuild
from bihuan.cases.sheet import stream_of
from bihuan.files.services import erase_rows
from bihuan.ledger import clock
from bihuan.ledger.chain import NewEntry
from bihuan.ledger.selectors import stream_events
from bihuan.ledger.services import OutboxRow, append, post_out
from bihuan.rules.events import MAIN
from bihuan.rules.terms import SYSTEM, Doer

ERASED = "files_erased"


def erase_files(case_id: int, ids: Collection[int] | None = None, *, by: Doer = SYSTEM, at: datetime | None = None) -> int:
    """Erase the case's files (all, or those numbered): names now, bytes by the worker; that it was done is an entry.

    How many files it was.
    """
    moment = at or clock.now()
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        refs = erase_rows(case_id, ids, at=moment)
        if not refs:
            return 0
        stream = stream_of(case_id)
        events, head = stream_events(stream)
        entry = NewEntry(
            stream=stream,
            kind=ERASED,
            at=max(moment, events[-1].at),
            by=by,
            facts={"files": len(refs), "erased": list(refs)},
            thread=MAIN,
            area=case.area_code,
        )
        (written,) = append([entry], heads={stream: head})
        rebuild([case_id], at=moment)
        post_out([OutboxRow(topic_of(ERASED), {"case": case_id}, written.id)])
    return len(refs)
