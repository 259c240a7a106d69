"""The page of one case, for staff and for the resident, put together from the ledger and the rows beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from bihuan.access.actors import resident_actor
from bihuan.cases.attachments import references
from bihuan.cases.batch import CLOCK_COLUMNS
from bihuan.cases.fold import ClockRow, promised, thread_row
from bihuan.cases.leads import lead_of, with_lead
from bihuan.cases.lines import light_of_thread
from bihuan.cases.models import Case, Clock, Words
from bihuan.cases.papers import to_resident
from bihuan.cases.parties import parties_of
from bihuan.cases.shapes import (
    MAIN,
    CasePage,
    ClockLine,
    EntryLine,
    MaskedContact,
    ThreadLine,
    TrackPage,
    TrackStep,
    WordsLine,
)  # fmt: skip
from bihuan.cases.sheet import Sheet, load
from bihuan.cases.statements import statements_of, times_reopened
from bihuan.files import selectors as files
from bihuan.files.shapes import FileLine
from bihuan.ledger import clock
from bihuan.people.selectors import accounts, unit_names
from bihuan.rules.clocks.reading import HOLDER_UNIT, explain, read
from bihuan.rules.events import Event
from bihuan.rules.lights import light
from bihuan.rules.procedure.acts import asked_event
from bihuan.rules.procedure.course import ASKED_BY_UNIT, TO_STATE, index_of
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED, available
from bihuan.rules.procedure.duties import may_perform
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.procedure.view import Offer
from bihuan.rules.scope import Duty
from bihuan.rules.terms import INSTEAD_OF, FactValue

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

_MASKED = ("contact__name_masked", "contact__phone_masked", "contact__id_no_masked", "contact__address_masked")
_AREAS = ("area__name", "area__parent__name", "area__parent__parent__name", "area__parent__parent__parent__name")
_PAGE = ("title", "opened_at", "contact_id", *_MASKED, *_AREAS)
_TRACK = ("title", "opened_at")
WordsBy = Mapping[tuple[str, str], WordsLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The acts of somebody on a case now, under which rules, in whose time zone: enough to read a form that was sent."""

    case_id: int
    pack_digest: str
    zone: str
    offers: tuple[Offer, ...]


def case_page(actor: Actor, rows: QuerySet[Case]) -> CasePage | None:
    """The staff's page: case, ledger, words, clocks, names; None when the query finds no case. Six statements at most."""
    sheet = next(iter(load(rows, _PAGE).values()), None)
    if sheet is None:
        return None
    now, beside = clock.now(), sheet.beside
    clocks = _clock_rows(sheet)
    units = _unit_names(sheet, clocks)
    main = sheet.standing[MAIN].position
    lines = _thread_lines(sheet, clocks, units, now)
    first = next(line for line in lines if line.name == MAIN)
    whole = promised(sheet.procedure, MAIN, clocks)
    return CasePage(
        case_id=sheet.case_id,
        number=sheet.number,
        title=beside["title"],
        procedure=sheet.procedure,
        pack_digest=sheet.ground.pack.digest,
        state=main.state,
        is_open=main.open,
        version=sheet.version,
        light=first.light,
        due_at=first.due_at,
        provisional=any(row.provisional for row in clocks if row.state != "stopped"),
        promised_at=whole.due_at if whole and whole.state != "stopped" else None,
        promised_by=whole.key if whole else "",
        area_code=sheet.area_code,
        area_name=_area_name([beside[name] for name in _AREAS]),
        **{name: sheet.columns[name] for name in ("category", "kind", "channel", "weight", "urgency", "closed_at")},
        centre=sheet.columns["centre_id"],
        centre_name=units.get(sheet.columns["centre_id"], ""),
        about_unit=sheet.about_unit,
        opened_at=beside["opened_at"],
        is_demo=sheet.is_demo,
        external_number=sheet.columns["external_number"],
        threads=lines,
        timeline=(lines_of_time := _timeline(sheet, _words(sheet), units)),
        statements=statements_of(sheet.procedure, lines_of_time),
        reopened=times_reopened(sheet.events),
        clocks=_clock_lines(sheet, clocks, units, now),
        contact=_contact(sheet),
        parties=parties_of(sheet),
        offers=_offers(actor, sheet, now),
        reached=tuple(str(event.facts[TO_STATE]) for event in sheet.events if event.thread == MAIN and TO_STATE in event.facts),
        events=tuple(sheet.events),
        files=files.of_case(sheet.case_id) if references(sheet.events) else (),
    )


def offers(actor: Actor, rows: QuerySet[Case]) -> tuple[Offer, ...] | None:
    """What the actor may do now; None when the query finds no case."""
    sheet = next(iter(load(rows).values()), None)
    return None if sheet is None else _offers(actor, sheet, clock.now())


def offered(rows: QuerySet[Case], actor: Actor | None = None) -> Offered | None:
    """The same with the rules the case goes by, for a form that was sent. ``actor`` None: the resident of the case."""
    sheet = next(iter(load(rows).values()), None)
    if sheet is None:
        return None
    found = _offers(actor or resident_actor(sheet.case_id), sheet, clock.now())
    pack = sheet.ground.pack
    return Offered(case_id=sheet.case_id, pack_digest=pack.digest, zone=pack.calendar.zone, offers=found)


def _offers(actor: Actor, sheet: Sheet, now: datetime) -> tuple[Offer, ...]:
    if actor.kind == "staff" and not actor.duties & {Duty.CASE_ACT, Duty.CASE_ADD}:
        return ()
    at = max(now, sheet.events[-1].at)
    found = available(sheet.view(), actor.doer(), at, sheet.ground.calendar, sheet.ground.directory)
    return tuple(one for one in found if actor.kind != "staff" or may_perform(actor.duties, actor.post, one.action))


def _clock_rows(sheet: Sheet) -> tuple[ClockRow, ...]:
    """The stored readings, in the procedure's order: a closed case keeps its limits as they were reckoned then."""
    stored = {
        (row[0], row[1]): ClockRow(*row) for row in Clock.objects.filter(case_id=sheet.case_id).values_list(*CLOCK_COLUMNS[1:])
    }
    known = [(MAIN, spec.key) for spec in sheet.procedure.clocks]
    return tuple(stored[key] for key in (*known, *sorted(stored.keys() - set(known))) if key in stored)


def _unit_names(sheet: Sheet, clocks: Sequence[ClockRow]) -> dict[int, str]:
    """Names of all units on the page; a statement only for units that no longer take in work."""
    wanted = {event.by.unit for event in sheet.events} | {row.charged_unit for row in clocks}
    wanted |= {int(str(event.facts.get(HOLDER_UNIT) or 0)) for event in sheet.events}
    wanted |= {sheet.columns["centre_id"], sheet.about_unit}
    wanted.discard(0)
    names = {unit: sheet.ground.directory.name_of(unit) for unit in wanted}
    closed = [unit for unit, name in names.items() if not name]
    return names | unit_names(closed) if closed else names


def _thread_lines(sheet: Sheet, clocks: Sequence[ClockRow], units: Mapping[int, str], now: datetime) -> tuple[ThreadLine, ...]:
    lines, of_thread = [], {}  # type: list[ThreadLine], dict[str, list[ClockRow]]
    for one in clocks:
        of_thread.setdefault(one.thread, []).append(one)
    for name, standing in sheet.standing.items():
        row = thread_row(sheet.procedure, standing, of_thread.get(name, ()))
        lines.append(
            ThreadLine(
                name=row.name,
                kind=row.kind,
                item=row.item,
                state=row.state,
                open=row.open,
                holder_unit=row.holder_unit,
                holder_unit_name=units.get(row.holder_unit, ""),
                holder_post=row.holder_post,
                due_at=row.due_at,
                light=light_of_thread(row.due_at, row.amber_at, row.stopped_at, row.paused, now),
                version=row.version,
                entered_at=row.entered_at,
            )
        )
    return tuple(lines)


def _clock_lines(sheet: Sheet, clocks: Sequence[ClockRow], units: Mapping[int, str], now: datetime) -> tuple[ClockLine, ...]:
    today, lines = index_of(sheet.procedure), []
    for row in clocks:
        procedure, calendar, events = sheet.under(row.stopped_at or now)
        index = today if procedure is sheet.procedure else index_of(procedure)
        spec = index.clock(sheet.standing[row.thread].position.kind, row.key)
        if spec is None:
            continue
        why = partial(explain, spec, events, calendar, max(now, sheet.events[-1].at), thread=row.thread)
        lines.append(
            ClockLine(
                key=row.key,
                title=spec.title,
                thread=row.thread,
                state=row.state,
                light=light(row.due_at, row.amber_at, row.state, row.stopped_at, now) if row.lit else "",
                lit=row.lit,
                started_at=row.started_at,
                due_at=row.due_at,
                amber_at=row.amber_at,
                stopped_at=row.stopped_at,
                provisional=row.provisional,
                charged_unit=row.charged_unit,
                charged_unit_name=units.get(row.charged_unit, ""),
                source=spec.source,
                explain=why,
            )
        )
    return tuple(lines)


def _words(sheet: Sheet, *, public: bool = False, own: bool = False) -> WordsBy:
    """The words by name and reference; those written with a request stand again where it was granted.

    ``public``: only those; with ``own`` also what the case's resident said: never for a reporter of another case.
    """
    rows = Words.objects.filter(case_id=sheet.case_id)
    if public:
        said = [event.seq for event in sheet.events if own and event.by.kind == "resident"]
        rows = rows.filter(Q(public=True) | Q(seq__in=said))
    return {
        (name, ref): WordsLine(name=name, text=text, public=is_public, erased=erased_at is not None)
        for name, ref, text, is_public, erased_at in rows.values_list("name", "ref", "text", "public", "erased_at")
    }


def _said(event: Event, words: WordsBy, order: Mapping[str, int]) -> tuple[WordsLine, ...]:
    """The words of an event in the order in which its form asks for them."""
    said = [words[name, value] for name, value in event.facts.items() if isinstance(value, str) and (name, value) in words]
    return tuple(sorted(said, key=lambda line: order.get(line.name, 0)))


def _order(procedure: Procedure) -> dict[str, int]:
    """Where each fact stands among those its form asks for."""
    acts = [*procedure.actions, *(act for thread in procedure.threads for act in thread.actions)]
    return {name: place for act in acts for place, name in enumerate(act.needs)}


def _timeline(sheet: Sheet, words: WordsBy, units: Mapping[int, str]) -> tuple[EntryLine, ...]:
    deputised = {event.seq: int(str(event.facts.get(INSTEAD_OF) or 0)) for event in sheet.events}
    ids = {event.by.account for event in sheet.events if event.by.account} | {who for who in deputised.values() if who}
    names = accounts(ids) if ids else {}
    order = _order(sheet.procedure)
    return tuple(
        EntryLine(
            seq=event.seq,
            kind=event.kind,
            thread=event.thread,
            at=event.at,
            doer=event.by.kind,
            account=event.by.account,
            account_name=names[event.by.account].name if event.by.account in names else "",
            unit=event.by.unit,
            unit_name=units.get(event.by.unit, ""),
            post=event.by.post,
            facts=event.facts,
            words=_said(event, words, order),
            instead_of_name=names[deputised[event.seq]].name if deputised[event.seq] in names else "",
        )
        for event in sheet.events
    )


def _contact(sheet: Sheet) -> MaskedContact | None:
    number = sheet.beside["contact_id"]
    if number is None:
        return None
    name, phone, id_no, address = (sheet.beside[column] for column in _MASKED)
    return MaskedContact(id=number, name=name, phone=phone, id_no=id_no, address=address)


def _area_name(names: Sequence[str | None]) -> str:
    """From the area's name and those above it: all below the top one, largest first, joined by a dot."""
    known = [name for name in names if name]
    return "·".join(reversed(known[:-1] or known))


# -- the resident's page ----------------------------------------------------------------------------------------------


def track_page(rows: QuerySet[Case]) -> TrackPage | None:
    """What a resident sees: steps, offices, public words. Nothing internal, no person's name."""
    sheet = next(iter(load(rows, _TRACK).values()), None)
    if sheet is None:
        return None
    now = clock.now()
    lead = lead_of(sheet)
    main = sheet.standing[MAIN].position
    governs = lead.sheet if lead is not None and lead.until is None else sheet  # whose limits are promised
    clocks = _clock_rows(governs)
    units = _unit_names(governs, clocks)
    if lead is not None:
        units = units | _unit_names(sheet, ()) | _unit_names(lead.sheet, ())
    whole = promised(governs.procedure, MAIN, clocks)
    alive = whole is not None and whole.state != "stopped"
    spec = index_of(governs.procedure).clock(governs.standing[whole.thread].position.kind, whole.key) if whole else None
    at = max(now, governs.events[-1].at)
    steps = _steps(sheet, _words(sheet, public=True, own=True), units)
    if lead is not None:
        told = _steps(lead.sheet, _words(lead.sheet, public=True), units)
        steps = with_lead(steps, told, lead)
    return TrackPage(
        case_id=sheet.case_id,
        number=sheet.number,
        title=sheet.beside["title"],
        procedure=sheet.procedure,
        pack_digest=sheet.ground.pack.digest,
        state=main.state,
        is_open=main.open,
        version=sheet.version,
        opened_at=sheet.beside["opened_at"],
        promised_at=whole.due_at if whole and (alive or not main.open) else None,
        promised_by=whole.key if whole else "",
        provisional=bool(alive and whole and whole.provisional),
        overdue=bool(alive and whole and whole.due_at and whole.due_at < now),
        office=units.get(governs.standing[MAIN].position.holder.unit, ""),
        category=sheet.columns["category"],
        steps=steps,
        reopened=times_reopened(sheet.events),
        offers=_offers(resident_actor(sheet.case_id), sheet, now),
        is_demo=sheet.is_demo,
        files=_files_for_resident(sheet),
        papers=to_resident(sheet.events, sheet.ground.pack),
        why=partial(explain, spec, governs.events, governs.ground.calendar, at, thread=whole.thread) if spec and whole else None,
    )


def _files_for_resident(sheet: Sheet) -> tuple[FileLine, ...]:
    if not references(sheet.events):
        return ()
    return tuple(line for line in files.of_case(sheet.case_id) if line.seen_by_resident and not line.erased)


def _steps(sheet: Sheet, words: WordsBy, units: Mapping[int, str]) -> tuple[TrackStep, ...]:
    index = index_of(sheet.procedure)
    acts = index.actions(MAIN)
    by_event = {act.event or key: act for key, act in acts.items()}
    untold = {LIMIT_PASSED, LIMIT_NEAR, *(asked_event(act) for act in acts.values() if act.approve)}
    order = _order(sheet.procedure)
    steps = []
    for event in sheet.events:
        if event.thread != MAIN or event.kind in untold:
            continue
        needs = by_event[event.kind].needs if event.kind in by_event else {}
        told: dict[str, FactValue] = {
            name: value
            for name, value in event.facts.items()
            if name in needs and needs[name].type != "text"
            and (event.by.kind == "resident" or needs[name].public or needs[name].type == "route")
        }  # fmt: skip
        steps.append(
            TrackStep(
                seq=event.seq,
                kind=event.kind,
                at=event.at,
                state=str(event.facts.get(TO_STATE) or ""),
                unit_name=units.get(_asked_by(event) or event.by.unit, "") if event.by.kind == "staff" else "",
                office=units.get(int(str(event.facts.get(HOLDER_UNIT) or 0)), ""),
                by_resident=event.by.kind == "resident",
                words=_own_words(event, words, order),
                facts=told,
                promised_at=_promised_then(sheet, event),
            )
        )
    return tuple(steps)


def _asked_by(event: Event) -> int:
    """The unit that asked for what another one granted; 0 where nobody had to."""
    return int(str(event.facts.get(ASKED_BY_UNIT) or 0))


def _promised_then(sheet: Sheet, event: Event) -> datetime | None:
    """By when the matter was to be done once this event had moved a limit; None where it moved none."""
    known = (
        sheet.events[: sheet.events.index(event) + 1] if any(event.kind in one.extends for one in sheet.procedure.clocks) else []
    )
    moved = (one for one in sheet.procedure.clocks if event.kind in one.extends)
    return next((read(one, known, sheet.ground.calendar, event.at).due_at for one in moved), None)


def _own_words(event: Event, words: WordsBy, order: Mapping[str, int]) -> tuple[WordsLine, ...]:
    """What the resident may read of an event: public words, and whatever the resident said."""
    own = event.by.kind == "resident"
    return tuple(replace(line, public=True) for line in _said(event, words, order) if line.public or own)
