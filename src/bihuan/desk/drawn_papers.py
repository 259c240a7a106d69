"""Papers of a case as plain data: which there are, and what each says, from the ledger as it stood with the paper's event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.errors import NotFound
from bihuan.cases.papers import PaperLine, facts_until, issuer_of, papers_of, whole
from bihuan.cases.shapes import CasePage, MaskedContact
from bihuan.desk import names
from bihuan.desk.papers import plain_date
from bihuan.packs.papers import CENTRE, DUE, EACH, HOLDER, PARTIES, PLACE, RESIDENT, SAID_BY_THE_CASE, EachSpec, PaperSpec
from bihuan.papers.shapes import Paper
from bihuan.people.selectors import directory
from bihuan.rules.clocks.reading import HOLDER_UNIT, kind_of, read
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.acts import OPENED
from bihuan.rules.procedure.course import ASKED_BY_UNIT, TO_STATE
from bihuan.rules.procedure.guards import REOPENED
from bihuan.rules.procedure.shape import Need
from bihuan.rules.routing import CENTRE_FACT
from bihuan.rules.terms import FactValue
from bihuan.web.speech import Speech, speech

LANGUAGE = "zh-hans"
"""Papers are Chinese whatever the screen speaks."""


def line_of(page: CasePage, seq: int, key: str) -> PaperLine:
    """Raises NotFound where the case has no such paper."""
    lines = papers_of(page.events, speech(page.pack_digest).pack)
    found = next((line for line in lines if (line.seq, line.key) == (seq, key)), None)
    if found is None:
        raise NotFound(_("There is no such paper."))
    return found


def listed(page: CasePage, say: Speech, units: Mapping[int, str]) -> list[dict[str, Any]]:
    """The papers of a case for its page, the latest first."""
    return [
        {
            "title": say.say("papers", line.key, otherwise=line.title),
            "number": line.number,
            "day": say.day(line.at),
            "signer": units.get(line.signer, ""),
            "href": f"/desk/case/{page.case_id}/paper/{line.seq}/{line.key}",
        }
        for line in reversed(papers_of(page.events, say.pack))
    ]


def signers(page: CasePage, say: Speech) -> set[int]:
    """The units that signed them."""
    return {line.signer for line in papers_of(page.events, say.pack) if line.signer}


@dataclass(frozen=True, slots=True)
class _Telling:
    """What a paper is set from: the case, its paper, the event, the facts and words as they stood with it."""

    page: CasePage
    line: PaperLine
    event: Event
    facts: Mapping[str, FactValue]
    words: Mapping[str, str]
    needs: Mapping[str, Need]
    say: Speech
    unit_of: Callable[[int], str]
    name: str
    parties: tuple[str, ...] = ()


def parties_by(page: CasePage, seq: int) -> tuple[MaskedContact, ...]:
    """The further parties who were named by that entry, in their order."""
    asked = [name for name, need in _needs(page).items() if need.type == "person"]
    known = {event.facts.get(name) for event in page.events if event.seq <= seq for name in asked}
    return tuple(party for party in page.parties if party.id in known)


def spec_of(page: CasePage, line: PaperLine) -> PaperSpec:
    """What the rules say of the paper."""
    found: PaperSpec = next(one for one in speech(page.pack_digest).pack.papers if one.key == line.key)
    return found


def drawn(page: CasePage, line: PaperLine, actor: Actor, name: str, others: Sequence[str] | None = None) -> Paper:
    """The paper as plain data. ``name``: the resident's as it is to stand there; ``others``: the other parties', else masked."""
    say = speech(page.pack_digest, language=LANGUAGE)
    spec = spec_of(page, line)
    event = next(one for one in page.events if one.seq == line.seq)
    facts = _said_by(page, event)
    org = directory(actor.org_stamp)
    above = org.superior_of(line.signer) if line.signer else 0
    needs = _needs(page)
    wanted = {line.signer, above, whole(facts.get(CENTRE_FACT)), whole(facts.get(HOLDER_UNIT))}
    wanted |= {one for key, need in needs.items() if need.type in ("unit", "units") for one in _units_in(facts.get(key))}
    known = names.units(actor, wanted - {0})
    further = [party.name for party in parties_by(page, line.seq)] if others is None else others
    parties = tuple(filter(None, (name, *further)))
    words = _words(page, event, say)
    told = _Telling(page, line, event, facts, words, needs, say, lambda unit: known.get(unit, ""), name, parties)
    head = issuer_of(spec, line.signer, say.pack, org).name or told.unit_of(line.signer)
    places = _places(spec, told, above, head)
    copies = "、".join(filter(None, (_addressee(one, told) for one in spec.copy_to)))
    by_parties = spec.signed_by == PARTIES  # an application of theirs: no office's head, seal or date stands on it
    return Paper(
        head=head,
        number=line.number,
        title=spec.title,
        to=places["to"],
        body=tuple(_body(spec, told, places)),
        after=(_paper_words(say, "copies", units=copies),) if copies else (),
        signer=head,
        signed_on="" if by_parties else _day(event.at, say),
        seal="" if by_parties else _paper_words(say, "seal"),
    )


def _said_by(page: CasePage, event: Event) -> dict[str, FactValue]:
    """The facts as they stood with the event. What its own act leaves open is not filled from an earlier time."""
    facts = facts_until(list(page.events), event)
    if ASKED_BY_UNIT in event.facts:
        return facts
    beside = (act for thread in page.procedure.threads if thread.key == kind_of(event.thread) for act in thread.actions)
    acts = page.procedure.actions if event.thread == MAIN else beside
    open_ = {name for act in acts if act.event == event.kind for name in act.needs} - set(event.facts)
    return {name: value for name, value in facts.items() if name not in open_}


def _filled(line: str, places: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: places.get(found[1], found[0]), line)


def _body(spec: PaperSpec, told: _Telling, places: Mapping[str, str]) -> Iterator[str]:
    """Its lines with every place filled; a line of which nothing was said, as no act had to, is left out."""
    for line in spec.lines:
        asked = [name for name in PLACE.findall(line) if name not in SAID_BY_THE_CASE]
        if line == EACH:
            yield from (f"（{n}）{words}" for n, words in enumerate(_each(spec, told), 1))
        elif not asked or any(places[name] for name in asked):
            yield _filled(line, places)


def _each(spec: PaperSpec, told: _Telling) -> Iterator[str]:
    """A line for each thread as ``each`` says, in the order of their opening."""
    events = [event for event in told.page.events if event.seq <= told.event.seq]
    began = max((event.seq for event in events if event.thread == MAIN and event.kind == REOPENED), default=0)
    for event in events:
        if event.seq < began or event.thread == MAIN or event.kind != OPENED:
            continue
        stands = [str(one.facts[TO_STATE]) for one in events if one.thread == event.thread and TO_STATE in one.facts][-1:]
        fits = (one for one in spec.each if one.thread == kind_of(event.thread) and one.where.holds(event.facts))
        found = next(fits, None)
        if found is not None and not set(stands) & set(found.not_in):
            yield _each_line(found, event, told)


def _each_line(one: EachSpec, event: Event, told: _Telling) -> str:
    """One thread's line: the facts it was opened with, and the words of the act that opened it."""
    before = [entry for entry in told.page.timeline if entry.seq <= event.seq and entry.thread == MAIN]
    said = max(before, key=lambda entry: entry.seq, default=None)
    words = {each.name: each.text if not each.erased else _paper_words(told.say, "erased") for each in said.words} if said else {}
    opened = replace(told, facts=event.facts, words=words)
    return _filled(one.line, {name: _value(name, opened) for name in one.places()})


def _paper_words(say: Speech, key: str, **places: str) -> str:
    return str(say.pack.say(f"paper.{key}", "zh", **places))


def _day(at: datetime | None, say: Speech) -> str:
    return plain_date(say.calendar.local(at).date() if at else None, say)


def _needs(page: CasePage) -> dict[str, Need]:
    """Every fact that an act of the case asks for, by its name."""
    acts = [*page.procedure.actions, *(act for thread in page.procedure.threads for act in thread.actions)]
    return {name: need for act in acts for name, need in act.needs.items()}


def _words(page: CasePage, last: Event, say: Speech) -> dict[str, str]:
    """The texts said until then, the latest under each name; what was erased says so."""
    found: dict[str, str] = {}
    erased = _paper_words(say, "erased")
    for entry in page.timeline:
        if entry.seq <= last.seq and entry.thread in (MAIN, last.thread):
            found |= {one.name: one.text if not one.erased else erased for one in entry.words}
    return found


def _units_in(value: FactValue) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, int) and not isinstance(one, bool)]


def _addressee(asked: str, told: _Telling) -> str:
    if asked == RESIDENT:
        return told.name or _paper_words(told.say, "resident")
    if asked == PARTIES:
        return "、".join(told.parties) or _paper_words(told.say, PARTIES)
    if asked in (CENTRE, HOLDER):
        return told.unit_of(whole(told.facts.get(CENTRE_FACT if asked == CENTRE else HOLDER_UNIT)))
    return "、".join(filter(None, (told.unit_of(one) for one in _units_in(told.facts.get(asked)))))


def _places(spec: PaperSpec, told: _Telling, above: int, head: str) -> dict[str, str]:
    """What fills each place in the lines."""
    page, say = told.page, told.say
    found = {
        "resident": _addressee(RESIDENT, told),
        "number": told.line.number,
        "case": page.number,
        "title": page.title,
        "received": _day(page.opened_at, say),
        "today": _day(told.event.at, say),
        "unit": head,
        "above": told.unit_of(above),
        "holder": _addressee(HOLDER, told),
        "to": _addressee(spec.to, told) if spec.to else "",
        "parties": _addressee(PARTIES, told) if spec.names_parties() else "",
        "copies": str(max(len(told.parties), 2) + 1),
        "route_say": say.say("route", str(told.facts.get("route")), "say", otherwise="") if told.facts.get("route") else "",
    }
    for place in spec.places():
        if place not in found:
            found[place] = _due(place.removeprefix(DUE), told) if _is_due(place, told) else _value(place, told)
    return found


def _is_due(place: str, told: _Telling) -> bool:
    return place.startswith(DUE) and place not in told.needs


def _due(key: str, told: _Telling) -> str:
    """A clock's limit as it stood with the event."""
    clocks = {clock.key: (MAIN, clock) for clock in told.page.procedure.clocks}
    for kind in told.page.procedure.threads:
        if kind.key == kind_of(told.event.thread):
            clocks |= {clock.key: (told.event.thread, clock) for clock in kind.clocks}
    if key not in clocks:
        return ""
    thread, spec = clocks[key]
    events = [one for one in told.page.events if one.seq <= told.event.seq]
    return _day(read(spec, events, told.say.calendar, told.event.at, thread=thread).due_at, told.say)


def _value(name: str, told: _Telling) -> str:
    """One fact as a paper writes it."""
    value, need = told.facts.get(name), told.needs.get(name)
    if value is None:
        return ""
    if need is None or need.type in ("date", "dates"):  # the item of a numbered thread is one day of a list of days
        return "、".join(_plain_dates(value, told.say))
    if need.type == "text":
        return told.words.get(name, "")
    if need.type in ("unit", "units"):
        return _addressee(name, told)
    if need.type in ("choice", "choices", "route"):
        many = value if isinstance(value, list) else [value]
        return "、".join(_without_brackets(told.say.choice(str(one), name, need.sets, told.page.procedure.key)) for one in many)
    if need.type == "money" and isinstance(value, int):  # kept in fen
        return f"{value / 100:,.2f}".removesuffix(".00")
    if need.type == "instant":
        return _day(datetime.fromisoformat(str(value)), told.say)
    return str(value)


def _plain_dates(value: FactValue, say: Speech) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        yield plain_date(date.fromisoformat(str(one)), say)


def _without_brackets(words: str) -> str:
    """A choice's title without what stands in brackets behind it: a limit is said as a date."""
    return words.partition("（")[0]
