"""What may be kept no longer is erased: words, files and contacts of matters that ended long ago. Figures and the ledger stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from bihuan.cases import words_kept
from bihuan.intake import services as intake
from bihuan.ledger.services import record
from bihuan.people.services import erase_contact

AT_ONCE = 100
"""Matters, and as many service records, that one round erases."""
STREAM = "retention"
ERASED = "contact_erased"
YEAR = timedelta(days=365.25)


def erase_what_is_over(now: datetime) -> int:
    """Erase what ended more than ``KEEP_YEARS`` (settings; 0 = never) years before ``now``, a hundred at once; how many matters
    and records it was. May be repeated, and stopped at any instant: what was not erased is found the next time.
    """
    if not settings.KEEP_YEARS:
        return 0
    before = now - settings.KEEP_YEARS * YEAR
    cases = words_kept.kept_since(before, limit=AT_ONCE)
    for case_id, contact in cases:
        words_kept.erase_words(case_id, at=now)
        _erase_contact(contact, now)
    records = intake.kept_since(before, limit=AT_ONCE)
    for record_id, contact in records:
        intake.erase_record(record_id, at=now)
        _erase_contact(contact, now)
    return len(cases) + len(records)


def _erase_contact(contact: int, now: datetime) -> None:
    if contact and erase_contact(contact):
        record(STREAM, ERASED, facts={"contact": contact}, at=now)
