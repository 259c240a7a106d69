"""What may be kept no longer is erased: words, files and contacts of matters that ended long ago. Figures and the ledger stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from bihuan.access.looks import forget_reasons
from bihuan.cases import words_kept
from bihuan.intake import services as intake
from bihuan.intake.batches import forget_words
from bihuan.ledger.services import forget_done, record
from bihuan.people.services import erase_contact

AT_ONCE = 100
"""Matters, and as many service records, that one round erases."""
STREAM = "retention"
ERASED = "contact_erased"
YEAR = timedelta(days=365.25)
REASONS_KEPT = 3 * YEAR
"""How long the words stay that staff gave as a reason: for looking at personal data, for undoing an import. The entries stay."""
LEAST_KEPT = timedelta(days=180)
"""What no record of sign-ins, refusals, looks and exports may fall below (GB/T 22239, 《网络安全法》第二十一条)."""
OF_RECORDS: Mapping[str, timedelta] = {"looks": REASONS_KEPT, "imports": REASONS_KEPT}
"""By which rule anything is ever taken from what is kept of looks, sign-ins, refusals, exports: the rest are entries alone."""
WORK_KEPT = timedelta(days=30)
"""How long a piece of work that was done stays in the outbox."""


def erase_what_is_over(now: datetime) -> int:
    """Erase what ended more than ``KEEP_YEARS`` (settings; 0 = never) years before ``now``, a hundred at once; how many matters
    and records it was. May be repeated, and stopped at any instant: what was not erased is found the next time.
    """
    if not settings.KEEP_YEARS:
        return 0
    before = now - settings.KEEP_YEARS * YEAR
    cases = words_kept.kept_since(before, limit=AT_ONCE)
    for case_id, contact in cases:
        for person in (contact, *words_kept.further_people(case_id)):  # first: the words are what a case is found again by
            _erase_contact(person, now)
        words_kept.erase_words(case_id, at=now)
    records = intake.kept_since(before, limit=AT_ONCE)
    for record_id, contact in records:
        _erase_contact(contact, now)
        intake.erase_record(record_id, at=now)
    return len(cases) + len(records)


def clear_records(now: datetime) -> int:
    """Erase what staff wrote as reasons long ago and clear work that is done out of the outbox; how many rows it was.

    Sign-ins, refusals, looks, exports and acts of administration themselves are entries of the ledger and are never dropped.
    """
    looks, imports = (now - max(OF_RECORDS[name], LEAST_KEPT) for name in ("looks", "imports"))
    return forget_reasons(looks) + forget_words(imports) + forget_done(now - WORK_KEPT)


def too_short(rules: Mapping[str, timedelta] | None = None) -> list[str]:
    """The rules that would drop something of a record before the law allows it (none of the product's own)."""
    return sorted(name for name, kept in (OF_RECORDS if rules is None else rules).items() if kept < LEAST_KEPT)


def _erase_contact(contact: int, now: datetime) -> None:
    if contact and erase_contact(contact):
        record(STREAM, ERASED, facts={"contact": contact}, at=now)
