"""What a clock is (pack key ``[[clock]]``) and what a reading of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bihuan.rules.calendar import DayCounted as DayCounted  # noqa: PLC0414 - part of this vocabulary
from bihuan.rules.terms import NOBODY, Holder, Span, Where

ClockState = Literal["idle", "running", "paused", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a clock: a span, or the instant/date held in ``fact``. ``key`` names it for people ("major").

    ``amber``: how long before the due instant the light turns near; the loader fills it from limit, clock or pack.
    ``remind``: how long before that a first reminder goes out; None = none before the light turns.
    """

    where: Where = Where()
    span: Span | None = None
    fact: str = ""
    key: str = ""
    amber: Span | None = None
    remind: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earliest:
    """The earliest limit holds (pack key ``earliest``): ``event`` brings another matter's due instant along in ``fact``.

    ``of``: the clocks of that other matter whose earliest limit it is; ``item``: the fact that tells one matter from
    another; ``until``: the event that takes it away again.
    """

    event: str
    fact: str
    item: str
    until: str = ""
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSpec:
    """A clock as the pack writes it. Event names are kinds; the first matching limit wins, chosen by folded facts.

    ``charges``: "holder" (whoever held it when it ran out), a post key, or "nobody" (a resident's window: no light).
    ``ends_pause``: events that end any pause, beside the one that each pause names (the office that paused it lost the case).
    ``every``: a limit that falls anew each period; ``marks``: the events that answer a period.
    ``thread``: "" for the main thread's clocks, else the thread kind whose events it reads.
    ``takes_back``: an event after which the stop by the other event counts as never made. ``since``: the fact of the
    starting event that names an earlier instant to count from. ``promise``: its limit is what the resident is told.
    """

    key: str
    charges: str = "holder"
    title: str = ""
    thread: str = ""
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: Mapping[str, str] = field(default_factory=dict)
    ends_pause: tuple[str, ...] = ()
    resumes_after: Mapping[str, str] = field(default_factory=dict)
    restarts: tuple[str, ...] = ()
    extends: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    every: Span | None = None
    amber: Span | None = None
    marks: tuple[str, ...] = ()
    takes_back: Mapping[str, str] = field(default_factory=dict)
    since: str = ""
    earliest: Earliest | None = None
    source: str = ""
    confidence: str = ""
    promise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a clock says at one instant. ``due_at``/``amber_at`` are the index stored beside the case.

    ``remind_at``: when a running clock's first reminder is due, None = only when the light turns near.
    ``charged`` is the holder who answers for it; ``provisional`` means a counted day lies past the last published year;
    ``days`` explains the deadline; ``limit_key``/``span`` name the rule that applied. ``brought_forward``: the limit is that
    of a matter merged into this one.
    """

    key: str
    thread: str
    state: ClockState
    started_at: datetime | None = None
    due_at: datetime | None = None
    amber_at: datetime | None = None
    remind_at: datetime | None = None
    stopped_at: datetime | None = None
    provisional: bool = False
    lit: bool = True
    charged: Holder = NOBODY
    span: Span | None = None
    limit_key: str = ""
    days: tuple[DayCounted, ...] = ()
    brought_forward: bool = False
