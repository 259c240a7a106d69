"""Looking at a resident's personal data: one record at a time, by a post with the duty, with a reason, on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bihuan.access.actors import Actor, may
from bihuan.access.models import Look
from bihuan.ledger import clock
from bihuan.ledger.services import record, record_several
from bihuan.people.services.contacts import ContactDetails, open_contacts
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue
from bihuan.vault import keyed_hash
from bihuan.vault.free_text import hide, hide_names

REASON_MIN, REASON_MAX = 4, 200


class LookRefused(Exception):
    """No look. ``code``: "duty" (this post may not), "reason" (none given, or too long), "gone" (nothing is held)."""

    def __init__(self, code: str) -> None:
        """Keep the code; the words are the face's."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFact:
    """One look as the data protection officer sees it. ``id`` orders them."""

    id: int
    account: int
    unit: int
    post: str
    contact: int
    case: int
    reason: str
    at: datetime


@transaction.atomic
def look_at_contacts(actor: Actor, contact_ids: Sequence[int], *, reason: str, case_id: int = 0) -> list[ContactDetails]:
    """Open contacts for an actor, in their order, and record each look: who, in which post, whom, on which case, why.

    The caller has found the contacts on a case inside the actor's scope. Without the entries nothing is shown.
    Four statements however many. Raises LookRefused.
    """
    said = " ".join(reason.split())
    if not may(actor, Duty.CONTACT_UNMASK):
        raise LookRefused("duty")
    if not REASON_MIN <= len(said) <= REASON_MAX:
        raise LookRefused("reason")
    details = open_contacts(contact_ids)
    if len(details) < len(set(contact_ids)):
        raise LookRefused("gone")
    now = clock.now()
    said = hide(hide_names(said, [one.name for one in details.values()]))[0][:REASON_MAX]
    digest = keyed_hash(said, "exact")[:32]
    facts: list[dict[str, FactValue]] = [{"contact": one, "case": case_id, "reason": f"w:{digest}"} for one in contact_ids]
    stream, doer = f"look:{actor.account}", actor.doer()
    entries = record_several(stream, "contact_seen", facts, by=doer, area=actor.area_code, at=now)
    Look.objects.bulk_create(
        Look(
            entry=entry.id, account_id=actor.account, unit_id=actor.unit, post=actor.post, contact_id=contact,
            case_id=case_id, reason=said, at=now,
        )
        for entry, contact in zip(entries, contact_ids, strict=True)
    )  # fmt: skip
    return [details[one] for one in contact_ids]


FILE = "file:"
"""Begins the reason kept with a look at a file; its number follows."""


@transaction.atomic
def look_at_file(actor: Actor, file_id: int, *, case_id: int) -> None:
    """Record that an actor fetched a file of a case that is not public: staff, or the resident of that case.

    The caller has found the file on a case that the actor sees. Three statements for staff, two for a resident.
    """
    now = clock.now()
    stream = f"look:{actor.account}" if actor.kind == "staff" else f"look:case:{case_id}"
    facts: dict[str, FactValue] = {"case": case_id, "file": file_id}
    entry = record(stream, "file_seen", by=actor.doer(), facts=facts, area=actor.area_code, at=now)
    if actor.kind == "staff":
        Look.objects.create(
            entry=entry.id, account_id=actor.account, unit_id=actor.unit, post=actor.post, contact_id=0,
            case_id=case_id, reason=f"{FILE}{file_id}", at=now,
        )  # fmt: skip


def forget_reasons(before: datetime) -> int:
    """Erase the words of reasons given before then; how many. Who looked at whom, and when, stays, and so does the entry."""
    old = Look.objects.filter(at__lt=before).exclude(reason="").exclude(reason__startswith=FILE)
    return int(old.update(reason=""))


def looks_at(contact_ids: list[int]) -> list[LookFact]:
    """Who looked at these contacts, newest first: for the resident's own wish to know, and the officer's."""
    return _facts(Look.objects.filter(contact_id__in=contact_ids).order_by("-pk"))


def latest_looks(limit: int = 200, before: int = 0) -> list[LookFact]:
    """The latest looks, newest first: the data protection officer's list."""
    rows = Look.objects.filter(pk__lt=before) if before else Look.objects.all()
    return _facts(rows.order_by("-pk")[:limit])


def _facts(rows: object) -> list[LookFact]:
    return [
        LookFact(
            id=row.pk, account=row.account_id, unit=row.unit_id, post=row.post, contact=row.contact_id, case=row.case_id,
            reason=row.reason, at=row.at,
        )
        for row in rows  # type: ignore[attr-defined]
    ]  # fmt: skip
