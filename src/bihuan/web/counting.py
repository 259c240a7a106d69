"""How a limit is counted, day by day: the same words at the desk and on the resident's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bihuan.rules.clocks.shape import Reading
from bihuan.web.moments import plain_day


@dataclass(frozen=True, slots=True)
class DayWords:
    """One day of the explanation: the day, what it is, and whether it counts."""

    day: str
    words: str
    counts: bool


def explained(reading: Reading) -> tuple[DayWords, ...]:
    """The days of a deadline one by one."""
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
