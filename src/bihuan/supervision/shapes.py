"""What goes into the room and what comes out of it. All values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Grade = Literal["ordinary", "yellow", "red"]
DRAFTED, SIGNED, SETTLED, VOID = "drafted", "signed", "settled", "void"
GRADES: tuple[Grade, ...] = ("red", "yellow", "ordinary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why a matter enters a letter: its limit passed while the unit held it, or its closing was found fake (``due_at`` None).

    ``ref`` names the occasion: once in one letter, ever.
    """

    issuer: int
    unit: int
    grade: Grade
    ref: str
    case_id: int
    number: str
    summary: str
    clock: str = ""
    due_at: datetime | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One matter of a letter as its reader sees it. ``procedure``: its case type, whose clock ``clock`` is."""

    id: int
    case_id: int
    number: str
    summary: str
    clock: str
    due_at: datetime | None
    removed: bool
    procedure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """A letter with the matters its reader may know of; ``withheld``: how many others it names."""

    id: int
    issuer: int
    unit: int
    grade: str
    state: str
    opening: str
    answer_by: date | None
    number: str
    drafted_at: datetime
    signed_at: datetime | None
    signed_by: int
    reason: str
    version: int
    lines: tuple[LineView, ...] = ()
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterHead:
    """A letter in a list; ``n``: how many matters it names."""

    id: int
    issuer: int
    unit: int
    grade: str
    state: str
    number: str
    drafted_at: datetime
    signed_at: datetime | None
    answer_by: date | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterChange:
    """What a leader changes in a draft: words, date, summaries by line, lines taken off and put back."""

    opening: str = ""
    answer_by: date | None = None
    summaries: Mapping[int, str] = field(default_factory=dict)
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularLineView:
    """One overdue matter of an office in a circular."""

    unit: int
    case_id: int
    number: str
    summary: str
    clock: str
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularView:
    """A circular with the matters its reader may know of."""

    id: int
    issuer: int
    state: str
    since: date
    until: date
    opening: str
    number: str
    drafted_at: datetime
    signed_at: datetime | None
    version: int
    lines: tuple[CircularLineView, ...] = ()
