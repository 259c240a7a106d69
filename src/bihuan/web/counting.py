"""How a limit is counted, day by day: the same words at the desk and on the resident's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bihuan.rules.clocks.shape import Reading
from bihuan.web.moments import plain_day, span_words


@dataclass(frozen=True, slots=True)
class DayWords:
    """One day of the explanation: the day, what it is, and whether it counts."""

    day: str
    words: str
    counts: bool


NATURAL = "hour"


def in_hours(reading: Reading) -> str:
    """How a limit in natural hours is counted, in one sentence; "" for one that is counted in days."""
    if reading.span is None or reading.span.unit != NATURAL:
        return ""
    told = {"span": span_words(reading.span)}
    return _("%(span)s on the clock from its beginning: nights, weekends and holidays count too.") % told


def explained(reading: Reading) -> tuple[DayWords, ...]:
    """The days of a deadline one by one; none for a limit in natural hours, which no day counts for."""
    if in_hours(reading):
        return ()
    said = []
    for one in reading.days:
        words = {
            "receipt": _("received, not counted"),
            "day_off": _("day off"),
            "make_up": _("make-up working day, day %(n)d") % {"n": one.n},
            "paused": _("clock paused"),
            "provisional": _("day %(n)d, calendar not published yet") % {"n": one.n},
            "counted": _("day %(n)d") % {"n": one.n},
        }.get(one.kind, one.kind)
        said.append(DayWords(plain_day(one.day), words, one.kind in ("counted", "make_up", "provisional")))
    return tuple(said)
