"""The timeline and the three statements: who, which office, what they did, in whose words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.cases.files_erased import ERASED, WHYS
from bihuan.cases.shapes import MAIN, CasePage, EntryLine, WordsLine
from bihuan.files.shapes import FileLine
from bihuan.rules.procedure.acts import OPENED, asked_event
from bihuan.rules.procedure.course import index_of
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.rules.procedure.shape import Action, Need, Procedure, ThreadSpec
from bihuan.web.speech import Speech

VOICES: Mapping[str, str] = {"finding": "followup", "rating": "resident", "reply": "resident"}
"""Whose paper an act is written on that says one of these; every other is its doer's."""
UNTOLD = ("text", "area", "person", "post", "file", "files", "case")
"""Needs that the timeline does not repeat: words stand below the entry, the place and the person beside it."""
SPOKEN_BY_OFFICE = frozenset({"answer", "progress", "question"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry in words. ``voice``: resident, office, followup or centre (the colour of the paper).

    ``repeated``: the beginning of a line of work that the act which called for it has told already. ``plain``: the act
    without the office whose line of work it belongs to, "" where that stands nowhere.
    """

    at: str
    who: str
    act: str
    facts: tuple[tuple[str, str], ...]
    words: tuple[WordsLine, ...]
    voice: str
    seq: int
    files: tuple[FileLine, ...] = ()
    repeated: bool = False
    plain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one of the three sides says last, and before that (``earlier``, the newest first); else ``absent``."""

    voice: str
    title: str
    entry: Entry | None
    absent: str
    earlier: tuple[Entry, ...] = ()


Known = dict[str, dict[str, tuple[str, Action, Need]]]


def by_office(procedure: Procedure) -> tuple[str, ...]:
    """The kinds of lines of work that an act opens for each of the offices it calls, in the pack's order."""
    return index_of(procedure).by_office


def needs_of(procedure: Procedure) -> Known:
    """For each event the needs of the act that makes it, with the kind of thread it belongs to ("" = main)."""
    acts = [("", action) for action in procedure.actions]
    acts += [(thread.key, action) for thread in procedure.threads for action in thread.actions]
    found: Known = {}
    for kind, action in acts:
        if action.event:
            found.setdefault(action.event, {}).update({name: (kind, action, need) for name, need in action.needs.items()})
    return found


def voice_of(entry: EntryLine, says: str, centre: int) -> str:
    """Whose paper an entry is written on."""
    if says in VOICES:
        return VOICES[says]
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
        counted = ngettext("%(n)d unit", "%(n)d units", len(value)) % {"n": len(value)}
        return counted if need.every else _("; ").join(filter(None, (units.get(int(one), "") for one in value)))
    if need.type in ("choice", "route", "choices"):
        many = value if isinstance(value, list) else [value]
        return _("; ").join(speech.choice(str(one), name, need.sets, procedure) for one in many if one)
    if need.type in ("date", "dates"):
        days = value if isinstance(value, list) else [value]
        return _("; ").join(speech.told_day(date.fromisoformat(str(one))) for one in days)
    if need.type == "money":
        return _("%(sum)s yuan") % {"sum": f"{int(value) / 100:,.2f}".removesuffix(".00")}
    if need.type == "instant":
        return speech.moment(datetime.fromisoformat(str(value)))
    return str(value if value is not None else "")


def for_whom(name: str, instead_of: str) -> str:
    """Who acted; a deputy with the one whose post it is."""
    return _("%(name)s (for %(other)s)") % {"name": name, "other": instead_of} if instead_of else name


def timeline(page: CasePage, speech: Speech, units: Mapping[int, str], *, without: Collection[int] = ()) -> list[Entry]:
    """Every entry in words, newest first. A request for approval is told once, with all that it asks for.

    ``without``: numbers of entries that are put into words nowhere on the page.
    """
    known = needs_of(page.procedure)
    requests = {asked_event(action): action for action in page.procedure.actions if action.approve}
    told = [one for one in page.timeline if one.seq not in without and (one.thread != MAIN or one.kind not in requests)]
    return [_entry(one, page, known, speech, units) for one in sorted(told, key=lambda one: -one.seq)]


def _entry(one: EntryLine, page: CasePage, known: Known, speech: Speech, units: Mapping[int, str]) -> Entry:
    if one.doer == "system":
        who = _("System")
    elif one.doer == "resident":
        who = _("Resident")
    else:
        who = " · ".join(part for part in (for_whom(one.account_name, one.instead_of_name), one.unit_name) if part)
    act, needs = speech.event(page.procedure.key, one.kind), known.get(one.kind, {})
    request = _requested(one, page)
    if request is not None:
        act = speech.event(page.procedure.key, asked_event(request))
        needs = {name: ("", request, need) for name, need in request.needs.items()}
    called = _called(one, page) if request is None else None
    if called is not None:
        act = speech.say("thread", page.procedure.key, called.key, otherwise=act)
        needs = {name: ("", opener, need) for opener in openers(page.procedure, called) for name, need in opener.needs.items()}
    facts = (
        _passed(one, page, speech, units) if one.kind in (LIMIT_PASSED, LIMIT_NEAR) else _told(one, needs, page, speech, units)
    )
    if one.kind == ERASED:
        facts = _erased(one)
    plain = (act.removeprefix(who) or act) if one.doer == "resident" else act
    own = called or one.doer == "resident" or one.thread.endswith(f":{one.unit}")
    office = "" if own else whose_line(one.thread, page, units)
    return Entry(
        at=speech.moment(one.at),
        who=who,
        plain=plain if office else "",
        act=_("%(act)s (%(office)s)") % {"act": plain, "office": office} if office else plain,
        facts=tuple(facts),
        words=tuple(words for words in one.words if words.text or words.erased),
        voice=voice_of(one, page.procedure.said_by().get(one.kind, ""), page.centre),
        seq=one.seq,
        files=_files(one, page),
        repeated=called is not None,
    )


def whose_line(thread: str, page: CasePage, units: Mapping[int, str]) -> str:
    """The office for which a line of work was opened beside those of others; "" for every other line."""
    kind, _colon, item = thread.partition(":")
    return units.get(int(item), "") if item.isdecimal() and kind in by_office(page.procedure) else ""


def why_words() -> dict[str, str]:
    """The reasons for which a file is erased, in words."""
    said = (
        _("the resident wishes it"),
        _("it shows other people or their personal data"),
        _("it does not belong to this matter"),
        _("the time it may be kept is over"),
    )
    return dict(zip(WHYS, said, strict=True))


def _erased(one: EntryLine) -> list[tuple[str, str]]:
    """How many files were erased, and why where somebody said so."""
    why = why_words().get(str(one.facts.get("why") or ""), "")
    return [(_("Files"), str(one.facts.get("files") or "")), *([(_("Why"), why)] if why else [])]


def _called(one: EntryLine, page: CasePage) -> ThreadSpec | None:
    """The kind of line of work that begins with this entry, called for by an act of the main one; None for every other entry."""
    kind = one.thread.partition(":")[0]
    return (
        next((spec for spec in page.procedure.threads if spec.key == kind and not spec.approves), None)
        if one.kind == OPENED
        else None
    )


def openers(procedure: Procedure, spec: ThreadSpec) -> list[Action]:
    """The acts by which a line of work can be called for."""
    return [action for action in procedure.actions if action.key in spec.openers]


def _files(one: EntryLine, page: CasePage) -> tuple[FileLine, ...]:
    """What was enclosed with an entry and is still there."""
    named = [value for fact in one.facts.values() if isinstance(fact, list) for value in fact]
    return tuple(line for line in page.files if not line.erased and line.ref in named)


def _requested(one: EntryLine, page: CasePage) -> Action | None:
    """The act that a thread of approval was opened for; None for every other entry."""
    if one.kind != OPENED:
        return None
    kind = one.thread.partition(":")[0]
    asked = next((spec.approves for spec in page.procedure.threads if spec.key == kind), "")
    return next((action for action in page.procedure.actions if asked and action.key == asked), None)


def _told(
    one: EntryLine, needs: Mapping[str, tuple[str, Action, Need]], page: CasePage, speech: Speech, units: Mapping[int, str]
) -> list[tuple[str, str]]:
    facts = []
    rows = {spec.one_for_each for spec in page.procedure.threads}
    for name, (kind, action, need) in needs.items():
        if need.type == "int" and name in rows:  # the key of a row elsewhere, which says nothing to anybody
            continue
        if need.type in UNTOLD or one.facts.get(name) in (None, "", []):
            continue
        title = short(speech.need(page.procedure.key, action.key, name, need.title, kind))
        words = value_words(name, one.facts[name], need, speech, units, page.procedure.key)
        if words:
            facts.append((title, words))
    return facts


def _passed(one: EntryLine, page: CasePage, speech: Speech, units: Mapping[int, str]) -> list[tuple[str, str]]:
    """Which limit passed or came near, when it ends and who answers for it or was reminded."""
    key, due = str(one.facts.get("clock") or ""), one.facts.get("due")
    title = next((clock.title for clock in page.clocks if clock.key == key and clock.thread == one.thread), "")
    facts = [(_("Limit"), speech.clock(page.procedure.key, key, title))]
    near = one.kind == LIMIT_NEAR
    if due:
        facts.append((_("Ends") if near else _("Ended"), speech.moment(datetime.fromisoformat(str(due)))))
    office = units.get(int(str(one.facts.get("reminded_unit" if near else "charged_unit") or 0)), "")
    return [*facts, (_("Reminded") if near else _("Answers for it"), office)] if office else facts


def short(title: str) -> str:
    """A question's title without its question mark and what its form adds in brackets."""
    return title.partition("（")[0].partition(" (")[0].rstrip("？?")


def statements(entries: Sequence[Entry], page: CasePage) -> list[Statement]:
    """The office's, the follow-up's and the resident's latest words side by side; the latter two where the procedure asks."""
    by_event = page.procedure.said_by()
    said = {one.seq: by_event.get(one.kind, "") for one in page.timeline}

    def latest(voice: str) -> Entry | None:
        for entry in entries:
            spoken = entry.words or voice != "office"
            own = said[entry.seq] in (SPOKEN_BY_OFFICE if voice == "office" else VOICES)
            if entry.voice == voice and spoken and own:
                return entry
        return None

    by_seq = {entry.seq: entry for entry in entries}

    def earlier(voice: str) -> tuple[Entry, ...]:
        newest = latest(voice)
        lines = (by_seq.get(line.seq) for line in getattr(page.statements, voice))
        return tuple(entry for entry in lines if entry is not None and newest is not None and entry.seq != newest.seq)

    sides = [
        Statement(
            voice="office",
            title=_("The office"),
            entry=latest("office"),
            absent=_("No answer yet."),
            earlier=earlier("office"),
        ),
        Statement(
            voice="followup",
            title=_("Follow-up"),
            entry=latest("followup"),
            absent=_("Somebody who did not handle the matter asks the resident once it is completed."),
            earlier=earlier("followup"),
        ),
        Statement(
            voice="resident",
            title=_("The resident"),
            entry=latest("resident"),
            absent=_("Not rated yet: solved? satisfied?"),
            earlier=earlier("resident"),
        ),
    ]
    asked = {"followup": "finding", "resident": "rating"}
    return [side for side in sides if asked.get(side.voice, "") in ("", *by_event.values())]
