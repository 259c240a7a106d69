"""What a line of work carries, in the words of its opener: one instalment of a promise, a task force's leader and plan."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.cases.shapes import CasePage, ThreadLine
from bihuan.desk.timeline import UNTOLD, Entry, value_words
from bihuan.rules.procedure.acts import OPENED
from bihuan.web.speech import Speech


def carried(thread: ThreadLine, page: CasePage, say: Speech) -> str:
    """Its own date, unit or choice, then the other facts of the act that opened it; "" for lines named by their item."""
    spec = next((spec for spec in page.procedure.threads if spec.key == thread.kind and spec.numbered), None)
    first = next((one for one in page.timeline if one.thread == thread.name and one.kind == OPENED), None)
    opener = next((action for action in page.procedure.actions if spec and action.key in spec.openers), None)
    if spec is None or first is None or opener is None:
        return ""
    words = {one.name: one.text for one in first.words}
    units = {thread.holder_unit: thread.holder_unit_name}
    procedure, told = page.procedure.key, []
    for name, need in opener.needs.items():
        known = spec.numbered if name == spec.one_for_each else name
        if name in words:
            told.append(words[name])
        elif need.type not in UNTOLD and first.facts.get(known) not in (None, "", []):
            told.append(value_words(name, first.facts[known], need, say, units, procedure))
    return " · ".join(filter(None, told))


def called_for(thread: ThreadLine, page: CasePage, entries: Sequence[Entry]) -> Entry | None:
    """The act that opened a line of work which is the only one of its act (a task force, an instruction); None for others."""
    spec = next((spec for spec in page.procedure.threads if spec.key == thread.kind and not spec.one_for_each), None)
    events = {action.event for action in page.procedure.actions if spec and action.key in spec.openers}
    began = next((one.seq for one in page.timeline if one.thread == thread.name and one.kind == OPENED), 0)
    acts = [one.seq for one in page.timeline if one.kind in events and one.seq <= began]
    return next((one for one in entries if acts and one.seq == max(acts)), None)
