"""Writing notices and marking them read. A notice is written once for its occasion, however often it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from bihuan.ledger import clock
from bihuan.ledger.chain import canonical_facts
from bihuan.ledger.rows import insert, instant
from bihuan.notify.models import Notice
from bihuan.notify.shapes import Note

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

_COLUMNS = ("account_id", "post_id", "kind", "ref", "case_id", "href", "facts", "at")


def notify(notes: Sequence[Note]) -> int:
    """Write the notices that are not there yet, with one statement; how many were new.

    Whoever calls has made sure that each reader may know of the case (avoidance); it is asked again whenever one is shown.
    """
    now = clock.now()
    rows = [
        (
            note.account, note.post_id, note.kind, note.ref, note.case_id, note.href, canonical_facts(note.facts),
            instant(connection, note.at or now),
        )
        for note in notes
    ]  # fmt: skip
    if not rows:
        return 0
    return len(insert(connection, "notify_notice", _COLUMNS, rows, "ON CONFLICT (account_id, ref) DO NOTHING RETURNING id"))


def mark_read(actor: Actor, ids: Sequence[int] = (), *, up_to: int = 0) -> int:
    """Mark the actor's own notices read: those named, or all up to one; how many were unread. One statement."""
    own = Notice.objects.filter(account_id=actor.account, post_id__in=(0, actor.post_id), read_at=None, at__lte=clock.now())
    own = own.filter(pk__lte=up_to) if up_to else own.filter(pk__in=list(ids))
    return own.update(read_at=clock.now()) if actor.account else 0


def forget_read(before: datetime) -> int:
    """Remove notices that were read before an instant; how many. For the worker, now and then."""
    return Notice.objects.filter(read_at__lt=before).delete()[0]
