"""Erasing photographs and documents of a case where the law or the resident asks for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import may, system_actor
from bihuan.cases.attachments import attached
from bihuan.cases.batch import Batch
from bihuan.cases.errors import Refused
from bihuan.cases.sheet import lock
from bihuan.cases.sheet import moment as when
from bihuan.cases.words import Written
from bihuan.files.services import erase_rows
from bihuan.ledger import clock
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.view import Decision
from bihuan.rules.scope import Duty
from bihuan.rules.terms import SYSTEM, Doer, FactValue

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

ERASED = "files_erased"
DUTIES: Final = (Duty.CONTACT_CORRECT, Duty.CASE_APPROVE)
"""Who erases one file at the desk: whoever corrects what is held on a resident, and the head of a centre."""
WHYS: Final = ("resident_wishes", "shows_others", "not_of_this_matter", "time_is_over")
"""Why a file is erased: a word of this list stands in the ledger, never a person's words, which could name somebody."""


def erase_file(actor: Actor, case_id: int, file_id: int, *, why: str) -> None:
    """Erase one file of a case in the actor's sight, for one of WHYS. Raises NotFound, Refused (not allowed, no reason)."""
    if not any(may(actor, duty) for duty in DUTIES):
        raise Refused("not_allowed", _("Your post may not do this."))
    line = attached(actor, case_id, file_id)
    if why not in WHYS:
        raise Refused("bad_fact", _("Please choose."), "why")
    erase_files(case_id, [line.id], by=actor.doer(), why=why)


def erase_files(
    case_id: int, ids: Collection[int] | None = None, *, by: Doer = SYSTEM, at: datetime | None = None, why: str = ""
) -> int:
    """Erase the case's files (all, or those numbered): names now, bytes by the worker; that it was done is an entry.

    How many files it was.
    """
    moment = at or clock.now()
    with transaction.atomic():
        case = lock(system_actor(), [case_id])[case_id]
        refs = erase_rows(case_id, ids, at=moment)
        if not refs:
            return 0
        facts: dict[str, FactValue] = {"files": len(refs), "erased": list(refs)}
        if why:
            facts["why"] = why
        event = Event(seq=case.version + 1, kind=ERASED, at=when(case, moment), by=by, thread=MAIN, facts=facts)
        batch = Batch()
        batch.add(case, Decision(events=(event,), moves=()), Written())
        batch.write(moment)
    return len(refs)
