"""The closed words of ``[[list]]`` and ``[[indicator]]``: what a list shows, by what it chooses."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "number", "title", "type", "category", "kind", "channel", "weight", "urgency", "received", "closed", "area", "centre",
    "office", "state", "entered", "due", "light", "external_number",
)  # fmt: skip
"""What a column may show of a case by its own name."""
AT, BY, FACT = "at.", "by.", "fact."
"""Before an event: the day when it happened last, the unit that did it; before a fact: what was said last, never words."""
CONDITIONS: Final = (
    "had", "not_had", "procedure", "state", "open", "category", "kind", "channel", "weight", "urgency", "light", "thread",
    "thread_state", "thread_open",
)  # fmt: skip
"""By what a list may choose its cases; all conditions hold together, of the values of one any."""
OF_THREADS: Final = ("thread_state", "thread_open")
"""Conditions on the threads of the kinds that ``thread`` names."""
YES_NO: Final = ("open", "thread_open")
LIGHTS: Final = ("over", "near", "running", "paused")
"""Lights of open cases."""
UNTOLD: Final = frozenset({"text", "area", "person", "post", "file", "files", "case"})
"""Types of facts that no list shows: words may tell who a resident is."""
OFFICE, LEVEL = "office", "level"
SPLIT_BY: Final = ("", OFFICE, LEVEL)
"""What a figure may be split by: not at all, by the unit it counts for, by that unit's level."""
