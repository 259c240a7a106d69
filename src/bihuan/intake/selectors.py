"""Service records as lists show them, through the actor's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bihuan.cases.lines import row_number
from bihuan.intake.models import ServiceRecord
from bihuan.intake.scope import in_scope
from bihuan.intake.shapes import RecordLine
from bihuan.people.selectors import accounts
from bihuan.places.selectors import path_names

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from bihuan.access.actors import Actor

MOST = 200


def recent(actor: Actor, *, after: str = "", limit: int = 50) -> tuple[tuple[RecordLine, ...], str]:
    """The newest records in the actor's scope and the key of the next page ("" = no more). Three statements."""
    limit = min(max(limit, 1), MOST)
    records = ServiceRecord.objects.filter(in_scope(actor))
    if last := row_number(after):
        records = records.filter(pk__lt=last)
    lines = _lines(records.order_by("-pk")[: limit + 1])
    return lines[:limit], str(lines[limit - 1].id) if len(lines) > limit else ""


def own_since(actor: Actor, since: datetime, *, limit: int = 50) -> tuple[RecordLine, ...]:
    """The actor's own records since an instant, newest first: what was entered today. Three statements."""
    records = ServiceRecord.objects.filter(in_scope(actor), account_id=actor.account, at__gte=since)
    return _lines(records.order_by("-pk")[:limit])


def record(actor: Actor, record_id: int) -> RecordLine | None:
    """One record, None when it is out of scope or not there."""
    return next(iter(_lines(ServiceRecord.objects.filter(in_scope(actor), pk=record_id))), None)


def _lines(records: QuerySet[ServiceRecord]) -> tuple[RecordLine, ...]:
    rows = list(
        records.values(
            "id", "what", "words", "result", "category", "channel", "area_code", "unit_id", "account_id", "at", "case_id",
            "contact__name_masked", "contact__phone_masked",
        )
    )  # fmt: skip
    if not rows:
        return ()
    areas, names = path_names({row["area_code"] for row in rows}), accounts({row["account_id"] for row in rows})
    return tuple(
        RecordLine(
            id=row["id"],
            what=row["what"],
            words=row["words"],
            result=row["result"],
            category=row["category"],
            channel=row["channel"],
            area_code=row["area_code"],
            area_name=areas.get(row["area_code"], ""),
            unit=row["unit_id"],
            account=row["account_id"],
            account_name=names[row["account_id"]].name if row["account_id"] in names else "",
            contact=" ".join(filter(None, (row["contact__name_masked"], row["contact__phone_masked"]))),
            at=row["at"],
            case_id=row["case_id"],
        )
        for row in rows
    )
