"""Paper numbers as the pack writes them, drawn gap-free: a rollback gives the number back, a void keeps it used."""

from __future__ import annotations

import re
from datetime import datetime

from bihuan.packs.shape import Pack
from bihuan.rulebook.services import next_number
from bihuan.rules.calendar import Calendar

_PART = re.compile(r"\{(yyyy|mm|seq|code|unit)(?::(\d+))?\}")


def draw(kind: str, *, pack: Pack, calendar: Calendar, unit: int, unit_name: str, at: datetime) -> str:
    """The next number of a kind of paper of one unit, inside the caller's transaction. One statement."""
    spec, day = pack.numbers[kind], calendar.local(at)
    sequences = {"year": f"{day.year:04}", "month": f"{day.year:04}-{day.month:02}", "unit": str(unit), "code": pack.area.code}
    n = next_number(kind, "/".join(sequences.get(part, "") for part in spec.per))
    words = {"yyyy": f"{day.year:04}", "mm": f"{day.month:02}", "seq": str(n), "code": pack.area.code, "unit": unit_name}
    return _PART.sub(lambda part: words[part[1]].zfill(int(part[2] or 0)), spec.format)
