"""Facts of an act: only those it asks for, each of its type, in the one form the ledger keeps; words become references."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, DecimalException
from hashlib import sha256
from typing import Any, Final

from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure import sentences as say
from bihuan.rules.procedure.shape import Need
from bihuan.rules.procedure.view import Refusal
from bihuan.rules.routing import Directory
from bihuan.rules.terms import FactValue, Span

Refer = Callable[[str], str]

LONGEST_TEXT: Final = 20_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates; a text may have line ends and tabulators."""
MOST_ITEMS: Final = 200
LARGEST_NUMBER: Final = 10**12
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1900, 2200)
_AREA = re.compile(r"[0-9]{2,24}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_YES, _NO = ("true", "1", "on", "yes"), ("false", "0", "off", "no")


class BadFactError(Exception):
    """A value that its need does not take; carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.say)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class _Asked:
    """One need being answered, and what its answer is measured against."""

    name: str
    need: Need
    at: datetime
    calendar: Calendar
    directory: Directory | None

    def bad(self, msgid: str, **params: str) -> BadFactError:
        """The refusal of this fact, named as the form names it."""
        title = self.need.title or self.name
        return BadFactError(say.refuse("bad_fact", msgid, field=self.name, title=title, **params))


def check_facts(
    needs: Mapping[str, Need],
    facts: Mapping[str, Any],
    at: datetime,
    calendar: Calendar,
    directory: Directory | None = None,
) -> dict[str, FactValue] | Refusal:
    """The facts in the form the ledger keeps, or the refusal of the first that is wrong.

    Accepts the values of a form (text) and of JSON. Money becomes whole fen, dates and instants ISO text (instants with
    the office's offset); text stays whole here. Absent, empty and None are the same. Facts that no need names are refused.
    """
    for name in facts:
        if name not in needs:
            return say.refuse("bad_fact", say.UNKNOWN_FACT, field=str(name), title=str(name))
    cleaned: dict[str, FactValue] = {}
    try:
        conditional = []
        for name, need in needs.items():
            if need.when.facts:
                conditional.append(name)
            elif name in facts or not need.optional:
                _take(_Asked(name, need, at, calendar, directory), facts.get(name), cleaned)
        for name in conditional:
            _take(_Asked(name, needs[name], at, calendar, directory), facts.get(name), cleaned)
    except BadFactError as error:
        return error.refusal
    return cleaned


def with_every(
    needs: Mapping[str, Need], facts: Mapping[str, Any], area_code: str, directory: Directory
) -> Mapping[str, Any] | Refusal:
    """The facts with what nobody is asked for: every unit of a need's kinds in the area. Given by hand it is refused."""
    found = dict(facts)
    for name, need in needs.items():
        if not need.every:
            continue
        if facts.get(name):
            return say.refuse("bad_fact", say.UNKNOWN_FACT, field=name, title=need.title or name)
        units = [unit for kind in need.of for unit in directory.units_in(kind, area_code)]
        if not units and not need.optional:
            return say.refuse("bad_fact", say.NONE_THERE, field=name, title=need.title or name)
        found[name] = units
    return found


def word_ref(text: str) -> str:
    """The reference an event carries in place of words: a digest of the text."""
    return "w:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def event_facts(needs: Mapping[str, Need], cleaned: Mapping[str, FactValue], refer: Refer) -> dict[str, FactValue]:
    """The facts as the event carries them: words as references, and what ``sets`` names under that name too."""
    facts: dict[str, FactValue] = {}
    for name, value in cleaned.items():
        need = needs[name]
        is_words = need.type == "text" and isinstance(value, str)
        facts[name] = refer(value) if is_words and isinstance(value, str) else value
        if need.sets and not is_words:
            facts[need.sets] = value
    return facts


def _take(asked: _Asked, value: object, cleaned: dict[str, FactValue]) -> None:
    absent = value is None or value == "" or value == [] or (isinstance(value, str) and not value.strip())
    if asked.need.when.facts and not asked.need.when.holds(cleaned):
        if not absent:
            raise asked.bad(say.UNKNOWN_FACT)
        return
    if absent:
        if not asked.need.optional:
            raise asked.bad(say.MISSING)
        return
    cleaned[asked.name] = _READERS[asked.need.type](asked, value)


def _text(asked: _Asked, value: object) -> str:
    if not isinstance(value, str):
        raise asked.bad(say.BAD_TEXT)
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROLS.search(text):
        raise asked.bad(say.BAD_TEXT)
    if asked.need.min is not None and len(text) < asked.need.min:
        raise asked.bad(say.TOO_SHORT, limit=str(asked.need.min))
    longest = LONGEST_TEXT if asked.need.max is None else asked.need.max
    if len(text) > longest:
        raise asked.bad(say.TOO_LONG, limit=str(longest))
    return text


def _choice(asked: _Asked, value: object) -> str:
    if not isinstance(value, str) or value not in asked.need.of:
        raise asked.bad(say.NOT_A_CHOICE)
    return value


def _items(asked: _Asked, value: object) -> list[object]:
    """A list without repeats, of as many members as the need takes; one value alone is a list of one."""
    given = list(value) if isinstance(value, list | tuple) else [value]
    if len(given) > max(MOST_ITEMS, asked.need.max or 0):
        raise asked.bad(say.TOO_MANY, limit=str(MOST_ITEMS))
    unique = list(dict.fromkeys(given)) if asked.need.every else [one for n, one in enumerate(given) if one not in given[:n]]
    most = MOST_ITEMS if asked.need.max is None else asked.need.max
    if len(unique) < (asked.need.min or 0):
        raise asked.bad(say.TOO_FEW, limit=str(asked.need.min))
    if len(unique) > most:
        raise asked.bad(say.TOO_MANY, limit=str(most))
    return unique


def _choices(asked: _Asked, value: object) -> list[str]:
    return [_choice(asked, item) for item in _items(asked, value)]


def _whole(asked: _Asked, value: object) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise asked.bad(say.NOT_A_NUMBER)
    return value


def _bounded(asked: _Asked, number: int, scale: int = 1) -> int:
    least = -LARGEST_NUMBER if asked.need.min is None else asked.need.min
    most = LARGEST_NUMBER if asked.need.max is None else asked.need.max
    if number < least * scale:
        raise asked.bad(say.TOO_SMALL, limit=str(least))
    if number > most * scale:
        raise asked.bad(say.TOO_LARGE, limit=str(most))
    return number


def _int(asked: _Asked, value: object) -> int:
    return _bounded(asked, _whole(asked, value))


def _money(asked: _Asked, value: object) -> int:
    """A sum in yuan, kept in whole fen."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise asked.bad(say.NOT_MONEY)
    try:
        fen = Decimal(value) * 100
    except DecimalException:
        raise asked.bad(say.NOT_MONEY) from None
    if not fen.is_finite() or abs(fen) > LARGEST_NUMBER * 100 or fen != fen.to_integral_value():
        raise asked.bad(say.NOT_MONEY)
    return _bounded(asked, int(fen), 100)


def _bool(asked: _Asked, value: object) -> bool:
    word = str(value).strip().lower() if isinstance(value, bool | str) else ""
    if word not in _YES + _NO:
        raise asked.bad(say.NOT_YES_NO)
    return word in _YES


def _date(asked: _Asked, value: object) -> str:
    try:
        day = value if isinstance(value, date) and not isinstance(value, datetime) else _iso_date(value)
    except ValueError:
        raise asked.bad(say.NOT_A_DATE) from None
    if day.year not in _YEARS:
        raise asked.bad(say.NOT_A_DATE)
    today = asked.calendar.local(asked.at).date()
    if asked.need.future and day <= today:
        raise asked.bad(say.NOT_FUTURE)
    if asked.need.past and day > today:
        raise asked.bad(say.NOT_PAST)
    if asked.need.latest is not None:
        latest = _latest_day(asked.need.latest, asked.at, asked.calendar)
        if day > latest:
            raise asked.bad(say.TOO_FAR, limit=latest.isoformat())
    return day.isoformat()


def _dates(asked: _Asked, value: object) -> list[str]:
    """Days in order, none twice; each as the need wants a day, their number within min and max."""
    return sorted({_date(asked, item) for item in _items(asked, value)})


def _iso_date(value: object) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        raise ValueError
    return date.fromisoformat(value.strip())


def _latest_day(span: Span, at: datetime, calendar: Calendar) -> date:
    """The last day allowed, itself not moved off a day off."""
    today = calendar.local(at).date()
    if span.unit in ("calendar_day", "month"):
        return calendar.unmoved(today, span)
    return calendar.local(calendar.add(at, span)[0]).date()


def _instant(asked: _Asked, value: object) -> str:
    """An instant; without a zone it is the office's own wall clock."""
    try:
        instant = value if isinstance(value, datetime) else _iso_instant(value)
        if instant.tzinfo is None:
            instant = asked.calendar.at_wall_clock(instant)
        instant = asked.calendar.local(instant)
    except (ValueError, OverflowError):
        raise asked.bad(say.NOT_AN_INSTANT) from None
    if instant.year not in _YEARS:
        raise asked.bad(say.NOT_AN_INSTANT)
    if asked.need.future and instant <= asked.at:
        raise asked.bad(say.NOT_FUTURE)
    if asked.need.past and instant > asked.at:
        raise asked.bad(say.NOT_PAST)
    if asked.need.latest is not None:
        latest = asked.calendar.add(asked.at, asked.need.latest)[0]
        if instant > latest:
            raise asked.bad(say.TOO_FAR, limit=latest.isoformat(" ", "minutes")[:16])
    return instant.isoformat()


def _iso_instant(value: object) -> datetime:
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()[:10]) or len(value.strip()) == len("2026-10-08"):
        raise ValueError
    return datetime.fromisoformat(value.strip())


def _unit(asked: _Asked, value: object) -> int:
    number = _whole(asked, value)
    if asked.directory is None:
        return number
    unit = asked.directory.unit(number)
    if unit is None:
        raise asked.bad(say.NO_SUCH_UNIT)
    if asked.need.of and unit.kind not in asked.need.of and unit.key not in asked.need.of:
        raise asked.bad(say.WRONG_UNIT)
    return number


def _units(asked: _Asked, value: object) -> list[int]:
    return [_unit(asked, item) for item in _items(asked, value)]


def _reference(asked: _Asked, value: object) -> str | int:
    """A key or number that names something kept elsewhere: a person, file, post, case."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST_NUMBER:
        return value
    if isinstance(value, str) and _REFERENCE.fullmatch(value.strip()):
        return value.strip()
    raise asked.bad(say.NOT_A_REFERENCE)


def _references(asked: _Asked, value: object) -> list[str]:
    return [str(_reference(asked, item)) for item in _items(asked, value)]


def _case(asked: _Asked, value: object) -> int:
    number = _whole(asked, value)
    if number <= 0:
        raise asked.bad(say.NOT_A_REFERENCE)
    return number


def _post(asked: _Asked, value: object) -> str:
    post = str(_reference(asked, value))
    if asked.need.of and post not in asked.need.of:
        raise asked.bad(say.NOT_A_CHOICE)
    return post


def _area(asked: _Asked, value: object) -> str:
    if not isinstance(value, str) or not _AREA.fullmatch(value.strip()):
        raise asked.bad(say.NOT_A_REFERENCE)
    return value.strip()


_READERS: Final[dict[str, Callable[[_Asked, object], FactValue]]] = {
    "text": _text,
    "choice": _choice,
    "choices": _choices,
    "int": _int,
    "bool": _bool,
    "date": _date,
    "dates": _dates,
    "instant": _instant,
    "money": _money,
    "unit": _unit,
    "units": _units,
    "post": _post,
    "area": _area,
    "file": _reference,
    "files": _references,
    "person": _reference,
    "case": _case,
    "route": _post,
}
