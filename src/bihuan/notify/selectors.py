"""Reading one's own notices. What must be hidden from the reader is handed in as a query over cases (avoidance)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bihuan.notify.models import Notice
from bihuan.notify.shapes import NoticeLine, NoticePage

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

_FIELDS = ("id", "kind", "case_id", "href", "facts", "at", "read_at")


def mine(actor: Actor, now: datetime, hidden: QuerySet[Any]) -> QuerySet[Notice]:
    """The notices shown to the actor in this post by ``now``. ``hidden``: the cases that this actor must not know of."""
    if actor.kind != "staff" or not actor.account:
        return Notice.objects.none()
    own = Notice.objects.filter(account_id=actor.account, post_id__in=(0, actor.post_id), at__lte=now)
    return own.filter(Q(case_id=0) | ~Q(Exists(hidden.filter(pk=OuterRef("case_id")))))


def notices(actor: Actor, now: datetime, hidden: QuerySet[Any], *, before: int = 0, limit: int = 50) -> NoticePage:
    """The newest notices, those behind the key ``before``. One statement."""
    found = mine(actor, now, hidden)
    found = found.filter(pk__lt=before) if before else found
    rows = list(found.order_by("-id").values_list(*_FIELDS)[: limit + 1])
    lines = tuple(_line(row) for row in rows[:limit])
    return NoticePage(lines=lines, before=lines[-1].id if len(rows) > limit else 0)


def notice(actor: Actor, now: datetime, hidden: QuerySet[Any], notice_id: int) -> NoticeLine | None:
    """One notice of the actor; None when there is none, or it is not to be shown. One statement."""
    row = mine(actor, now, hidden).filter(pk=notice_id).values_list(*_FIELDS).first()
    return _line(row) if row else None


def _line(row: tuple[Any, ...]) -> NoticeLine:
    number, kind, case_id, href, facts, at, read_at = row
    return NoticeLine(id=number, kind=kind, case_id=case_id, href=href, facts=facts, at=at, read=read_at is not None)


def kinds_about(case_id: int) -> Counter[str]:
    """How many notices of each kind there are about a case, whoever they went to, shown yet or not. One statement."""
    return Counter(Notice.objects.filter(case_id=case_id).values_list("kind", flat=True))
