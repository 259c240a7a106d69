"""The one table: event -> what follows. ``config`` gives it to the door at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import connection

from bihuan.cases.files_erased import ERASED as FILES_ERASED
from bihuan.cases.following import follow_lead
from bihuan.cases.happened import COPIED, FIRST, URGENT, Writer
from bihuan.cases.rebuilding import check_index
from bihuan.cases.search_index import clean
from bihuan.cases.words_kept import ERASED
from bihuan.dispatch.services import note_assigned, note_returned
from bihuan.files.services import clear_erased
from bihuan.flows.supervising import (
    draft_letters,
    follow_thread,
    forget_words,
    open_lines,
    tell_drafted,
    tell_instructed,
    tell_reported,
    withdraw_lines,
)
from bihuan.flows.telling import tell_copied, tell_limit, tell_reminded
from bihuan.flows.urgent import tell_urgent
from bihuan.intake.batches import note_cases
from bihuan.intake.services import link_raised
from bihuan.ledger.services import Claim
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.supervision.services import LETTER_DRAFTED, LETTER_SIGNED, LETTER_VOIDED

Receiver = Callable[[Claim], None]
"""Does one piece of work that an event left in the outbox; may be called twice for the same piece."""


def look_at_index(work: Claim) -> None:
    """A limit has passed: before anybody is told, see that the stored deadlines are those of the ledger."""
    check_index(int(str(work.payload["case"])))


def clean_search(work: Claim) -> None:
    """Words were erased: see that the search's index holds none of their tokens any more."""
    if connection.vendor == "postgresql":  # SQLite took them out at once
        clean(work.entry)


def tell_merged(work: Claim) -> None:
    """A lead matter was answered, or will not be: what was merged into it goes to its own follow-up, or on its own again."""
    follow_lead(int(str(work.payload["case"])))


def clear_files(work: Claim) -> None:
    """Files were erased: take their bytes away too."""
    clear_erased(int(str(work.payload["case"])))


NOW: Mapping[str, tuple[Writer, ...]] = {
    FIRST: (link_raised, note_cases),
    "assigned": (note_assigned,),
    "returned": (note_returned,),
}
LATER: Mapping[str, tuple[Receiver, ...]] = {
    URGENT: (tell_urgent,),
    LIMIT_PASSED: (look_at_index, tell_limit, draft_letters),
    LIMIT_NEAR: (tell_limit,),
    COPIED: (tell_copied,),
    "reminded": (tell_reminded,),
    "sent_back": (draft_letters,),
    "supervision_answered": (follow_thread,),
    "supervision_accepted": (follow_thread,),
    "supervision_insufficient": (follow_thread,),
    "ended": (follow_thread,),
    "instructed": (tell_instructed,),
    "instruction_answered": (tell_reported,),
    ERASED: (clean_search, forget_words),
    "passed": (tell_merged,),
    "declined": (tell_merged,),
    "withdrawn": (tell_merged,),
    FILES_ERASED: (clear_files,),
}
POSTED: Mapping[str, tuple[Receiver, ...]] = {
    LETTER_DRAFTED: (tell_drafted,),
    LETTER_SIGNED: (open_lines,),
    LETTER_VOIDED: (withdraw_lines,),
}
"""Work that rooms of work leave in the outbox themselves, by topic."""
