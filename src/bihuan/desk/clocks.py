"""A case's clocks in words, each with its why: the rule, the days counted, who answers for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.cases.shapes import ClockLine
from bihuan.web.counting import DayWords, explained, in_hours
from bihuan.web.moments import span_words
from bihuan.web.speech import Due, Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWords:
    """One clock on the page. ``days`` say how it was counted; ``hours`` where it runs in natural hours."""

    title: str
    span: str
    due: Due
    started: str
    stopped: str
    office: str
    rule: str
    days: tuple[DayWords, ...]
    hours: str = ""


def short_light_words(light: str) -> str:
    """A stopped step clock says "in time" or "late", an open one its light."""
    return {"met": pgettext("step", "in time"), "missed": pgettext("step", "late")}.get(light, "")


def clock_words(clock: ClockLine, procedure: str, speech: Speech, *, office: str = "") -> ClockWords:
    """One clock in words. ``office``: whose it is, where several have the same."""
    due = speech.due(clock.light, clock.due_at, provisional=clock.provisional)
    short = short_light_words(clock.light)
    if short:
        due = Due(due.light, short, due.when, due.left, due.provisional)
    title = speech.clock(procedure, clock.key, clock.title)
    return ClockWords(
        title=_("%(act)s (%(office)s)") % {"act": title, "office": office} if office else title,
        span=span_words(clock.reading.span),
        due=due,
        started=speech.moment(clock.started_at),
        stopped=speech.moment(clock.stopped_at),
        office=clock.charged_unit_name,
        rule=_("Rule: %(source)s; version %(version)s")
        % {"source": clock.source or speech.pack.title, "version": speech.pack.version},
        days=explained(clock.reading),
        hours=in_hours(clock.reading),
    )
