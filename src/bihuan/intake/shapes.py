"""What a service record's screen sends and gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bihuan.cases.shapes import ContactIn


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIn:
    """One service record as typed: what (one line), the resident's words, what was done. Contact optional."""

    what: str
    result: str
    words: str = ""
    category: str = ""
    channel: str = ""
    area_code: str = ""
    contact: ContactIn = field(default_factory=ContactIn)
    is_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One service record as a list shows it. ``case_id`` 0 = not raised to a case."""

    id: int
    what: str
    words: str
    result: str
    category: str
    channel: str
    area_code: str
    area_name: str
    unit: int
    account: int
    account_name: str
    contact: str
    at: datetime
    case_id: int
