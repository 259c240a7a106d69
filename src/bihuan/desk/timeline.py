"""The timeline and the three statements: who, which office, what they did, in whose words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.cases.shapes import CasePage, EntryLine, WordsLine
from bihuan.rules.procedure.decide import LIMIT_PASSED
from bihuan.rules.procedure.shape import Action, Need, Procedure
from bihuan.web.moments import plain_day
from bihuan.web.speech import Speech

VOICES = {"followed_up": "followup", "rated": "resident", "answered_question": "resident", "withdrawn": "resident"}
UNTOLD = ("text", "area", "person", "post", "file", "files", "case")
"""Needs that the timeline does not repeat: words stand below the entry, the place and the person beside it."""
OPENED = "opened"
SPOKEN_BY_OFFICE = frozenset({"drafted", "progress_made", "returned", "plan_set", "asked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry in words. ``voice``: resident, office, followup or centre (the colour of the paper)."""

    at: str
    who: str
    act: str
    facts: tuple[tuple[str, str], ...]
    words: tuple[WordsLine, ...]
    voice: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one of the three sides says last; ``absent`` is said where there is nothing yet."""

    voice: str
    title: str
    entry: Entry | None
    absent: str


Known = dict[str, dict[str, tuple[str, Action, Need]]]


def needs_of(procedure: Procedure) -> Known:
    """For each event the needs of the act that makes it, with the kind of thread it belongs to ("" = main)."""
    acts = [("", action) for action in procedure.actions]
    acts += [(thread.key, action) for thread in procedure.threads for action in thread.actions]
    found: Known = {}
    for kind, action in acts:
        if action.event:
            found.setdefault(action.event, {}).update({name: (kind, action, need) for name, need in action.needs.items()})
    return found


def voice_of(entry: EntryLine, centre: int) -> str:
    """Whose paper an entry is written on."""
    if entry.kind in VOICES:
        return VOICES[entry.kind]
    if entry.doer == "resident" or entry.seq == 1:
        return "resident"
    return "centre" if entry.unit in (0, centre) else "office"


def value_words(name: str, value: Any, need: Need, speech: Speech, units: Mapping[int, str], procedure: str) -> str:
    """A fact's value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if need.type == "unit":
        return units.get(int(value or 0), "")
    if need.type == "units" and isinstance(value, list):
        return _("; ").join(filter(None, (units.get(int(one), "") for one in value)))
    if need.type in ("choice", "route", "choices"):
        many = value if isinstance(value, list) else [value]
        return _("; ").join(speech.choice(str(one), name, need.sets, procedure) for one in many if one)
    if need.type == "date":
        return plain_day(date.fromisoformat(str(value)))
    if need.type == "instant":
        return speech.moment(datetime.fromisoformat(str(value)))
    return str(value if value is not None else "")


def timeline(page: CasePage, speech: Speech, units: Mapping[int, str]) -> list[Entry]:
    """Every entry in words, newest first. A side thread's opening belongs to the act that opened it: said once."""
    known = needs_of(page.procedure)
    told: list[Entry] = []
    last: EntryLine | None = None
    for one in sorted(page.timeline, key=lambda one: one.seq):
        entry = _entry(one, page, known, speech, units)
        if one.kind == OPENED and last is not None and (last.at, last.account) == (one.at, one.account):
            told[-1] = replace(told[-1], words=told[-1].words + entry.words)
        else:
            told.append(entry)
            last = one
    told.reverse()
    return told


def _entry(one: EntryLine, page: CasePage, known: Known, speech: Speech, units: Mapping[int, str]) -> Entry:
    if one.doer == "system":
        who = _("System")
    elif one.doer == "resident":
        who = _("Resident")
    else:
        who = " · ".join(part for part in (one.account_name, one.unit_name) if part)
    facts = []
    for name, (kind, action, need) in known.get(one.kind, {}).items():
        if need.type in UNTOLD or one.facts.get(name) in (None, "", []):
            continue
        title = speech.need(page.procedure.key, action.key, name, need.title, kind)
        words = value_words(name, one.facts[name], need, speech, units, page.procedure.key)
        if words:
            facts.append((title, words))
    if one.kind == LIMIT_PASSED:
        facts.append((_("limit"), speech.clock(page.procedure.key, str(one.facts.get("clock") or ""))))
    return Entry(
        at=speech.moment(one.at),
        who=who,
        act=speech.event(page.procedure.key, one.kind),
        facts=tuple(facts),
        words=tuple(words for words in one.words if words.text or words.erased),
        voice=voice_of(one, page.centre),
        seq=one.seq,
    )


def statements(entries: Sequence[Entry], page: CasePage) -> list[Statement]:
    """The office's, the follow-up's and the resident's latest words side by side."""
    kinds = {one.seq: one.kind for one in page.timeline}

    def latest(voice: str) -> Entry | None:
        for entry in entries:
            spoken = entry.words or voice != "office"
            own = kinds[entry.seq] in SPOKEN_BY_OFFICE if voice == "office" else kinds[entry.seq] in VOICES
            if entry.voice == voice and spoken and own:
                return entry
        return None

    return [
        Statement(voice="office", title=_("The office"), entry=latest("office"), absent=_("No answer yet.")),
        Statement(
            voice="followup",
            title=_("Follow-up"),
            entry=latest("followup"),
            absent=_("Somebody who did not handle the matter asks the resident once it is completed."),
        ),
        Statement(
            voice="resident", title=_("The resident"), entry=latest("resident"), absent=_("Not rated yet: solved? satisfied?")
        ),
    ]
