"""What a resident is told of a case in the moment it is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bihuan.cases.fold import ClockRow, promised
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.shape import Procedure

if TYPE_CHECKING:
    from bihuan.cases.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the case is called, with whom it is, and by when what is promised (``promised_by``: the clock that says so)."""

    procedure: Procedure
    title: str
    office: str
    opened_at: datetime
    promised_at: datetime | None
    promised_by: str
    provisional: bool
    pack_digest: str


def receipt_of(sheet: Sheet, clocks: Iterable[ClockRow], *, title: str, at: datetime) -> Receipt:
    """The receipt of a case that was decided just now, with the clocks that its opening started."""
    whole = promised(sheet.procedure, MAIN, clocks)
    return Receipt(
        procedure=sheet.procedure,
        title=title,
        office=sheet.ground.directory.name_of(sheet.standing[MAIN].position.holder.unit),
        opened_at=at,
        promised_at=whole.due_at if whole else None,
        promised_by=whole.key if whole else "",
        provisional=bool(whole and whole.provisional),
        pack_digest=sheet.ground.pack.digest,
    )
