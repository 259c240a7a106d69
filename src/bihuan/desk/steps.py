"""What was done in one line of work: each step with its words, and the light of the limit that ended with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bihuan.cases.shapes import CasePage, ClockLine, WordsLine
from bihuan.desk.clocks import short_light_words
from bihuan.desk.timeline import Entry
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED

NOTED = frozenset({LIMIT_NEAR, LIMIT_PASSED})
"""Entries that the light beside the step itself tells already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an office's line: what was done when and by whom, in whose words; ``light`` where a limit ended with it."""

    act: str
    at: str
    who: str
    facts: tuple[tuple[str, str], ...]
    words: tuple[WordsLine, ...]
    voice: str
    light: str = ""
    light_words: str = ""


def steps_of(thread: str, page: CasePage, entries: Mapping[int, Entry], *, without: Collection[str] = ()) -> tuple[Step, ...]:
    """What was done in one line of work, the first step first; ``without``: kinds of entries that are told elsewhere."""
    clocks = [clock for clock in page.clocks if clock.thread == thread]
    left_out = NOTED.union(without)
    told = [one for one in page.timeline if one.thread == thread and one.kind not in left_out and one.seq in entries]
    return tuple(_step(entries[one.seq], next((clock for clock in clocks if clock.stopped_at == one.at), None)) for one in told)


def _step(entry: Entry, ended: ClockLine | None) -> Step:
    light = ended.light if ended is not None and ended.lit else ""
    return Step(
        act=entry.plain or entry.act,
        at=entry.at,
        who=entry.who,
        facts=entry.facts,
        words=entry.words,
        voice=entry.voice,
        light=light,
        light_words=short_light_words(light),
    )
