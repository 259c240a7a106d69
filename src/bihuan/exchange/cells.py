"""Cells as values, where they can be read in one way only: text, numbers of things, instants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bihuan.exchange.faults import CellRefused
from bihuan.exchange.table import Cell

EXACT_DIGITS = 15  # a spreadsheet keeps this many digits of a number and replaces the rest by zeros
FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_MOMENT = 80  # signs; what is longer is no date, and the patterns below never see it
DATE = re.compile(
    r"(?P<y>\d{4})\s*(?P<s>[-/.年])\s*(?P<m>\d{1,2})\s*(?(s)(?:[-/.月]))\s*(?P<d>\d{1,2})\s*[日号]?"
    r"(?:[\sT]*(?P<rest>\S.*))?\Z"
)
DIGITS = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[\sT]*(?P<rest>\S.*))?\Z")
DAY_FIRST = re.compile(r"(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})(?:[\sT]+(?P<rest>\S.*))?\Z")
SHORT_YEAR = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2}(?:\D|\Z)")
TIME = re.compile(
    r"(?P<half>上午|下午|中午|晚上|凌晨|早上|[AaPp][Mm])?\s*(?P<h>\d{1,2})\s*[:时点]\s*(?:(?P<min>\d{1,2})\s*分?)?"
    r"\s*(?::?\s*(?P<sec>\d{1,2})(?:[.]\d+)?\s*秒?)?\s*(?P<after>[AaPp][Mm])?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\Z"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
AFTERNOON = {"下午", "晚上", "pm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, aware; ``has_time`` False when only the day was written (then the instant is the day's start)."""

    at: datetime
    has_time: bool


def as_text(cell: Cell) -> str:
    """A cell as text, outer blanks cut; a whole number without its ".0". Raises CellRefused on control characters."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    control = _CONTROLS.search(cell)
    if control:
        say = _("Character %(position)s is an invisible control character (U+%(code)s).")
        raise CellRefused(say % {"position": control.start() + 1, "code": f"{ord(control[0]):04X}"})
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def number_text(cell: float) -> str:
    """A number as its digits. Raises CellRefused when the spreadsheet has already lost some of them."""
    if isinstance(cell, float) and not cell.is_integer():
        return repr(cell)
    whole = int(cell)
    if len(str(abs(whole))) > EXACT_DIGITS:
        say = _(
            "The spreadsheet kept this long number (%(digits)s digits) as a number and lost its last digits; "
            "format the column as text and enter it again."
        )
        raise CellRefused(say % {"digits": len(str(abs(whole)))})
    return str(whole)


def as_moment(cell: Cell, zone: ZoneInfo, *, now: datetime) -> Moment | None:
    """When something was written, in the jurisdiction's zone unless the text names its own; None for an empty cell.

    Day and month in doubt ("3/4/2026"), two-digit years, bare numbers and times to come are refused (CellRefused).
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, datetime):
        moment = Moment(at=cell.replace(tzinfo=cell.tzinfo or zone), has_time=True)
    elif isinstance(cell, date):
        moment = Moment(at=datetime.combine(cell, time(), zone), has_time=False)
    elif isinstance(cell, str):
        moment = moment_of_text(cell, zone)
    else:
        raise CellRefused(_("This cell holds a number, not a date; format the column as a date or as text."))
    if not FIRST_YEAR <= moment.at.year <= LAST_YEAR:
        raise CellRefused(_("The year %(year)s cannot be right.") % {"year": moment.at.year})
    if moment.at > now:
        raise CellRefused(_("This time still lies ahead."))
    return moment


def moment_of_text(text: str, zone: ZoneInfo) -> Moment:
    """An instant out of text with the year first, or with day and month that cannot be confused."""
    plain = unicodedata.normalize("NFKC", text.strip()[: LONGEST_MOMENT * 2])
    if len(plain) > LONGEST_MOMENT:
        raise CellRefused(_("“%(text)s” is not a date that can be read.") % {"text": shortened(text)})
    match = DATE.match(plain) or DIGITS.match(plain)
    if match:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    else:
        match = DAY_FIRST.match(plain)
        if not match:
            if SHORT_YEAR.match(plain):
                raise CellRefused(_("“%(text)s”: write the year with four digits.") % {"text": shortened(text)})
            raise CellRefused(_("“%(text)s” is not a date that can be read.") % {"text": shortened(text)})
        first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
        if first <= 12 and second <= 12 and first != second:
            say = _("“%(text)s”: day and month cannot be told apart; write the year first (2026-04-03).")
            raise CellRefused(say % {"text": shortened(text)})
        day, month = (first, second) if first > 12 else (second, first)
    try:
        on = date(year, month, day)
    except ValueError as error:
        raise CellRefused(_("There is no such day: “%(text)s”.") % {"text": shortened(text)}) from error
    rest = match["rest"]
    if not rest:
        return Moment(at=datetime.combine(on, time(), zone), has_time=False)
    return Moment(at=with_time(on, rest, text, zone), has_time=True)


def with_time(on: date, rest: str, text: str, zone: ZoneInfo) -> datetime:
    """The day with the time of day that follows it in the text."""
    match = TIME.match(rest.strip())
    if not match:
        raise CellRefused(_("“%(text)s” is not a date that can be read.") % {"text": shortened(text)})
    hour, minute, second = int(match["h"]), int(match["min"] or 0), int(match["sec"] or 0)
    half = (match["half"] or match["after"] or "").lower()
    if (half in AFTERNOON and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    named = match["zone"]
    try:
        at = datetime.combine(on, time(hour, minute, second), zone)
        return at if not named else datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{named}")
    except ValueError as error:
        raise CellRefused(_("There is no such time of day: “%(text)s”.") % {"text": shortened(text)}) from error


def shortened(text: str) -> str:
    """At most 40 characters of what was typed, for a sentence about it."""
    return text if len(text) <= 40 else text[:39] + "…"
