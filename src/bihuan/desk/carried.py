"""What a numbered line of work carries: one instalment of a promise, one part of a decision, in the words of its opener."""

from __future__ import annotations

from bihuan.cases.shapes import CasePage, ThreadLine
from bihuan.desk.timeline import UNTOLD, value_words
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
