"""The working days of a year as people have them: a table (day, off or worked), or lines typed from the notice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.exchange.cells import as_text
from bihuan.exchange.columns import headers_of, plain_word
from bihuan.exchange.faults import CellRefused, FileRefused, RowFault
from bihuan.exchange.importer import read_table
from bihuan.exchange.table import Cell, is_empty

DATE_WORDS = frozenset(map(plain_word, ("日期", "日子", "date", "day")))
KIND_WORDS = frozenset(map(plain_word, ("类型", "安排", "kind", "type", "是否放假", "休班")))
OFF = frozenset({"off", "休", "放假", "休息", "节假日", "假日", "1"})
WORK = frozenset({"work", "班", "上班", "补班", "调休上班", "工作日", "0"})
DAY = re.compile(r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
UNTIL = re.compile(r"至|到|~|～|—|–|to")
MOST_DAYS = 40


def read_days(content: bytes) -> tuple[list[date], list[date], list[RowFault]]:
    """Days off, make-up days, and what is wrong with which row, of a csv or xlsx table. Raises FileRefused."""
    table = read_table(content)
    after = 0
    for row in table.rows[:10]:
        after += 1
        words = [plain_word(word) for word in headers_of(row)]
        found = [next((n for n, word in enumerate(words) if word in known), None) for known in (DATE_WORDS, KIND_WORDS)]
        if None not in found:
            break
    else:
        raise FileRefused(_("The table needs the columns 日期 (2027-01-01) and 类型 (休 or 班)."))
    off: list[date] = []
    made_up: list[date] = []
    faults: list[RowFault] = []
    for row in table.rows[after:]:
        cells = [row.cells[n] if n is not None and n < len(row.cells) else None for n in found]
        if all(map(is_empty, cells)):
            continue
        day, kind = _day(cells[0]), _kind(cells[1])
        if day is None or not kind:
            say = _("This is not a date.") if day is None else _("This is neither 休 (off) nor 班 (worked).")
            faults.append(RowFault(line=row.line, column="", say=say))
        else:
            (off if kind == "off" else made_up).append(day)
    return off, made_up, faults


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = DAY.fullmatch(str(cell or "").strip())
    return _date(match, 0) if match else None


def _kind(cell: Cell) -> str:
    try:
        word = as_text(cell).strip().casefold()
    except CellRefused:
        return ""
    return "off" if word in OFF else "work" if word in WORK else ""


def _date(match: re.Match[str], year: int) -> date | None:
    try:
        return date(int(match[1] or year), int(match[2]), int(match[3]))
    except ValueError:
        return None


def typed_days(text: str, year: int) -> tuple[list[date], list[str]]:
    """The days in typed lines ("1月1日至3日", "2027-02-05 ~ 2027-02-13"), and the lines that cannot be read."""
    days: list[date] = []
    wrong: list[str] = []
    for line in re.split(r"[\n，,、;；]+", text):
        if not line.strip():
            continue
        ends = [end.strip() for end in UNTIL.split(line)]
        found = _ends(ends, year) if len(ends) <= 2 else None
        if found is None:
            wrong.append(line.strip()[:40])
        else:
            days += found
    return days, wrong


def _ends(ends: Iterable[str], year: int) -> list[date] | None:
    first, *rest = ends
    match = DAY.fullmatch(first)
    begins = _date(match, year) if match else None
    if begins is None:
        return None
    last: date | None = begins
    if rest:
        short = re.fullmatch(r"(\d{1,2})\s*日?", rest[0])
        other = DAY.fullmatch(rest[0])
        last = _date(other, year) if other else _in_month(begins, int(short[1])) if short else None
    if last is None or not begins <= last < begins + timedelta(days=MOST_DAYS):
        return None
    return [begins + timedelta(days=n) for n in range((last - begins).days + 1)]


def _in_month(begins: date, day: int) -> date | None:
    try:
        return begins.replace(day=day)
    except ValueError:
        return None
