"""What goes into the room and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bihuan.rules.terms import FactValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One notice to be written. ``ref`` names the occasion; ``facts`` hold keys, numbers, ISO dates, never words.

    ``post_id`` 0: shown in whichever post the account sits. ``at``: from when it is shown, None = at once.
    """

    account: int
    kind: str
    ref: str
    post_id: int = 0
    case_id: int = 0
    href: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A notice as its reader sees it; the face puts it into words."""

    id: int
    kind: str
    case_id: int
    href: str
    facts: Mapping[str, FactValue]
    at: datetime
    read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A page of notices, newest first. ``before``: the key of the next page, 0 = no more."""

    lines: tuple[NoticeLine, ...]
    before: int
