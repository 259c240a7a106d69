"""The number of a case as its pack writes it: which sequence it draws from, and how the drawn number is written."""

from __future__ import annotations

import re
from datetime import datetime

from bihuan.cases.ground import Ground
from bihuan.packs.shape import NumberSpec

_PART = re.compile(r"\{(yyyy|mm|seq|code|unit)(?::(\d+))?\}")


def per_of(spec: NumberSpec, ground: Ground, area_code: str, at: datetime) -> str:
    """The sequence a number draws from ("2026", "430101/2026"), by the pack's ``per``: year, month, area, code."""
    day = ground.calendar.local(at)
    words = {
        "year": f"{day.year:04}",
        "month": f"{day.year:04}-{day.month:02}",
        "area": area_code,
        "code": ground.pack.area.code,
    }
    return "/".join(words.get(part, "") for part in spec.per)


def written_number(spec: NumberSpec, ground: Ground, area_code: str, at: datetime, n: int) -> str:
    """The number on the slip: ``{code}`` the jurisdiction's, ``{unit}`` the area's code, ``{seq:6}`` padded."""
    day = ground.calendar.local(at)
    words = {
        "yyyy": f"{day.year:04}",
        "mm": f"{day.month:02}",
        "seq": str(n),
        "code": ground.pack.area.code,
        "unit": area_code,
    }
    return _PART.sub(lambda part: words[part[1]].zfill(int(part[2] or 0)), spec.format)
