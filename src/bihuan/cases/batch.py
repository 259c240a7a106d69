"""The rows of one or many decisions, collected and then written with one statement a table."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from bihuan.cases import happened, search_index
from bihuan.cases.errors import Refused
from bihuan.cases.fold import ClockRow, Rows, ThreadRow, rows_of, standings
from bihuan.cases.ground import Ground
from bihuan.cases.happened import Happened
from bihuan.cases.insert import Change, Insert, written_beside
from bihuan.cases.models import Case, Clock, Involved, Link, Mark, Thread, Words
from bihuan.cases.papers import with_papers
from bihuan.cases.sealing import sealed
from bihuan.cases.sheet import ATTRIBUTES, CHANGING, PLACED, Sheet, units_in
from bihuan.cases.words import Written
from bihuan.files.errors import FileRefused
from bihuan.files.owners import is_reference
from bihuan.files.services import Attached, attach, publish
from bihuan.ledger.chain import Head, NewEntry, of_event
from bihuan.ledger.rows import together
from bihuan.ledger.services import OutboxRow, append_later, post_out, remember_later
from bihuan.places.selectors import AreaFact, areas
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.course import ABOUT_ACCOUNT
from bihuan.rules.procedure.marks import marks_of
from bihuan.rules.procedure.view import Decision
from bihuan.rules.routing import ABOUT_UNIT_FACT, AREA_FACT, CENTRE_FACT
from bihuan.vault.services import keep_many

THREAD_COLUMNS = (
    "case", "name", "kind", "item", "state", "open", "holder_unit", "holder_post", "due_at", "amber_at", "stopped_at",
    "paused", "provisional", "version", "entered_at", "wake_at",
)  # fmt: skip
CLOCK_COLUMNS = (
    "case", "thread", "key", "state", "started_at", "due_at", "amber_at", "stopped_at", "charged_unit", "lit",
    "provisional", "announce_at", "remind_at",
)  # fmt: skip
THREADS = Insert(Thread, THREAD_COLUMNS, keys=("case", "name"), marks="unsummed")
"""Every act changes a thread of its case: with that row, and no statement more, the case waits for the daily sums."""
CLOCKS = Insert(Clock, CLOCK_COLUMNS, keys=("case", "thread", "key"))
WORDS = Insert(Words, ("case", "seq", "name", "ref", "salt", "text", "public", "at", "erased_at"))
INVOLVED = Insert(Involved, ("case", "unit"), keep=True)
MARKS = Insert(Mark, ("case", "seq", "key", "unit", "at"), keep=True)
LINKS = Insert(Link, ("case", "other", "kind", "at", "ended_at"), keys=("case", "other", "kind"))
CASES = Change(Case, CHANGING)
PLACES = Change(Case, PLACED)
RULES = Change(Case, ("pack_digest",))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be remembered with its answer: whose, its id, the digest of what was asked."""

    account: int
    request_id: str
    digest: str


ABOUT = {ABOUT_UNIT_FACT: "about_unit_id", ABOUT_ACCOUNT: "about_account_id"}
"""Facts of an act that says whom a case is about, and the columns that keep them."""
EXTERNAL = "external_number"
_ANSWER = json.JSONEncoder(separators=(",", ":")).encode
NOTHING = Rows((), ())


def _moved(sheet: Sheet, decision: Decision) -> dict[str, Any]:
    """The columns that say where a case belongs, as an act changed them: its centre and where that has it from, whom it is
    about, its number elsewhere.
    """
    changes: dict[str, Any] = {}
    for event in decision.events:
        if event.thread != MAIN:
            continue
        changes |= {ABOUT[name]: int(str(value)) for name, value in event.facts.items() if name in ABOUT}
        changes |= _handed_over(sheet, event)
    for word in decision.words:
        if word.name == EXTERNAL:
            changes[EXTERNAL] = word.text[:80]
    return changes


def _handed_over(sheet: Sheet, event: Event) -> dict[str, Any]:
    """The columns of an event that hands the case to another centre: that centre, and the one it has the case from."""
    centre = event.facts.get(CENTRE_FACT)
    if not isinstance(centre, int) or centre == sheet.columns["centre_id"]:
        return {}
    return {"centre_id": centre, "from_unit_id": sheet.columns["centre_id"]}


def _rows(sheet: Sheet, only: Collection[str] | None = None) -> Rows:
    return rows_of(sheet.procedure, sheet.events, sheet.ground.calendar, sheet.standing, sheet.eras, only)


@dataclass(slots=True)
class Batch:
    """Everything that the decisions of one transaction write. ``add`` also moves each sheet on, ``write`` empties nothing.

    ``each``: several acts share it, and one's fault must touch no other.
    """

    each: bool = False
    entries: list[NewEntry] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    sheets: dict[int, Sheet] = field(default_factory=dict)
    threads: dict[tuple[int, str], ThreadRow] = field(default_factory=dict)
    clocks: dict[tuple[int, str, str], ClockRow] = field(default_factory=dict)
    words: list[tuple[Any, ...]] = field(default_factory=list)
    found: list[tuple[str, Any]] = field(default_factory=list)
    enclosed: list[Attached] = field(default_factory=list)
    published: list[tuple[int, str]] = field(default_factory=list)
    involved: dict[tuple[int, int], None] = field(default_factory=dict)
    marks: list[tuple[Any, ...]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    happened: list[tuple[Sheet, Event]] = field(default_factory=list)
    requests: list[tuple[Asked, str]] = field(default_factory=list)
    corrected: set[int] = field(default_factory=set)
    links: dict[tuple[int, int, str], tuple[datetime, datetime | None]] = field(default_factory=dict)
    places: dict[str, AreaFact | None] = field(default_factory=dict)
    moved: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    rules: dict[int, str] = field(default_factory=dict)
    gone: set[tuple[int, str, str]] = field(default_factory=set)

    def add(self, sheet: Sheet, decision: Decision, written: Written, rules: Ground | None = None) -> None:
        """Take a decision on a case; the sheet stands afterwards where the decision brought it.

        ``rules``: with this decision the case goes on under another version of its rules.
        """
        fresh = not sheet.events
        threads = {event.thread for event in decision.events}
        only = None if fresh or rules or sheet.eras or MAIN in threads else threads
        before = NOTHING if fresh else _rows(sheet, only)
        known = sheet.involved()
        first = decision.events[0]
        if rules is not None:
            self._go_under(sheet, rules, first.at)
        if not fresh:
            self._move(sheet, decision)
        decision = with_papers(sheet, decision)
        decision = sealed(sheet, decision, self.entries, self.heads.setdefault(sheet.stream, sheet.head))
        self.sheets[sheet.case_id] = sheet
        sheet.events = [*sheet.events, *decision.events]
        sheet.standing = standings(sheet.procedure, decision.events, sheet.standing)
        index = _rows(sheet, only)
        # what stands in the tables is what the ledger said before; only what it says otherwise now is written
        stood: set[ThreadRow | ClockRow] = set() if rules else {*before.threads, *before.clocks}
        self.threads |= {(sheet.case_id, thread.name): thread for thread in index.threads if thread not in stood}
        for clock in index.clocks:
            if clock not in stood:
                self.clocks[sheet.case_id, clock.thread, clock.key] = clock
                self.gone.discard((sheet.case_id, clock.thread, clock.key))
        for event in decision.events:
            self.entries.append(of_event(sheet.stream, event, sheet.area_code))
            self.happened.append((sheet, event))
            for unit in units_in(event):
                if unit not in known and not sheet.ground.sees_by_area(unit, sheet.area_code):
                    self.involved[sheet.case_id, unit] = None
        counted = marks_of(
            sheet.ground.pack.marks, sheet.procedure, sheet.events, sheet.ground.calendar,
            after=len(sheet.events) - len(decision.events),
        )  # fmt: skip
        self.marks += [(sheet.case_id, *mark) for mark in counted]
        self._take_words(sheet, decision, written, fresh)
        self.enclosed += [
            Attached(one.ref, written.files_of, sheet.case_id, one.seq, one.name, one.public, written.names)
            for one in decision.enclosed
        ]
        self._change_columns(sheet, decision, fresh)

    def _go_under(self, sheet: Sheet, rules: Ground, at: datetime) -> None:
        """The case goes on under another version: clocks that it does not know are no longer shown."""
        self.gone |= {(sheet.case_id, row.thread, row.key) for row in _rows(sheet).clocks}
        sheet.go_under(rules, at)
        self.rules[sheet.case_id] = rules.pack.digest

    def area(self, code: str) -> AreaFact | None:
        """The area with that code, asked for once in a batch; None when there is none or it has ended."""
        if code not in self.places:
            self.places |= {code: None} | {key: fact for key, fact in areas([code]).items() if fact.valid_to is None}
        return self.places[code]

    def _move(self, sheet: Sheet, decision: Decision) -> None:
        """An event of the main thread that names another area moves the case there: its columns, and the search's."""
        for event in decision.events:
            code = event.facts.get(AREA_FACT)
            place = self.area(code) if event.thread == MAIN and isinstance(code, str) and code != sheet.area_code else None
            if place is None:
                continue
            sheet.area_code = place.code
            levels = place.level_codes
            sheet.columns |= _handed_over(sheet, event)
            codes = (levels[name] for name in ("a6", "a9", "a12", "a15"))
            whose = (sheet.columns["centre_id"], sheet.columns["from_unit_id"])
            self.moved[sheet.case_id] = (place.id, place.code, *codes, *whose)
            self.corrected.add(sheet.case_id)

    def _take_words(self, sheet: Sheet, decision: Decision, written: Written, fresh: bool) -> None:
        at = decision.events[0].at
        if not fresh and any(word.name in search_index.reported(sheet.procedure) for word in decision.words):
            self.corrected.add(sheet.case_id)
        for word in decision.words:
            salt = written.salts[word.ref]
            self.words.append((sheet.case_id, word.seq, word.name, word.ref, salt, word.text, word.public, at, None))
            if word.text in written.found:
                self.found.append((f"{sheet.stream}:{word.ref}", written.found[word.text]))
        self.published += [(sheet.case_id, ref) for ref in decision.published]

    def _change_columns(self, sheet: Sheet, decision: Decision, fresh: bool) -> None:
        changes: dict[str, Any] = {
            name: value
            for event in decision.events
            if event.thread == MAIN
            for name, value in event.facts.items()
            if name in ATTRIBUTES
        }
        if not fresh:
            changes |= _moved(sheet, decision)
        main = sheet.standing[MAIN]
        changes["closed_at"] = None if main.position.open else main.entered_at
        if any(sheet.columns[name] != value for name, value in changes.items()):
            sheet.columns |= changes
            if not fresh:
                self.changed.add(sheet.case_id)

    def write(self, at: datetime) -> bool:
        """Write everything; False when a request was already taken: the caller then rolls back.

        The requests are kept first: where a statement is answered at once a repeated one costs no further. Raises Refused,
        to be rolled back too, when a file was taken by another act meanwhile.
        """
        database = connections[DEFAULT_DB_ALIAS]
        later = database.vendor == "postgresql"
        asked = [(asked.account, asked.request_id, asked.digest, answer) for asked, answer in self.requests]
        pairs = {(account, request_id) for account, request_id, *_ in asked}
        with together(database):
            new = remember_later(asked, at=at)
            if not later and new() < pairs:
                return False
            appended = append_later(self.entries, heads=self.heads)
            self._write_index(at)
        if later and new() < pairs:
            return False
        if not attach(self.enclosed):
            raise Refused("bad_fact", FileRefused("gone").say, self.enclosed[0].field)
        if self.corrected:
            search_index.again(sorted(self.corrected))
        self._follow([each.id for each in appended()])
        return True

    def _write_index(self, at: datetime) -> None:
        """Words and everything that can be made again from the ledger."""
        if self.found:
            keep_many(self.found, at=at)
        CASES.run([(case_id, *(self.sheets[case_id].columns[name] for name in CHANGING)) for case_id in sorted(self.changed)])
        PLACES.run([(case_id, *columns) for case_id, columns in sorted(self.moved.items())])
        RULES.run(sorted(self.rules.items()))
        for thread, key in sorted({(thread, key) for _, thread, key in self.gone}):
            whose = [case_id for case_id, *clock in self.gone if clock == [thread, key]]
            Clock.objects.filter(case_id__in=whose, thread=thread, key=key).delete()
        written_beside(
            [
                (WORDS, self.words),
                (THREADS, [(case_id, *row) for (case_id, _), row in self.threads.items()]),
                (CLOCKS, [(case_id, *row) for (case_id, _, _), row in self.clocks.items()]),
                (INVOLVED, list(self.involved)),
                (MARKS, self.marks),
                (LINKS, [(*key, *since) for key, since in self.links.items()]),
            ]
        )
        for case_id in {case_id for case_id, _ in self.published}:
            refs = [ref for of, ref in self.published if of == case_id]
            words, files = [ref for ref in refs if not is_reference(ref)], [ref for ref in refs if is_reference(ref)]
            if words:
                Words.objects.filter(case_id=case_id, ref__in=words).update(public=True)
            if files:
                publish(case_id, files)

    def _follow(self, entries: Sequence[int]) -> None:
        """Call the writers of rooms above, leave work for the worker."""
        events = [
            Happened(
                case_id=sheet.case_id,
                number=sheet.number,
                area_code=sheet.area_code,
                is_demo=sheet.is_demo,
                entry=entry,
                event=event,
                position=sheet.standing[event.thread].position,
                category=sheet.columns["category"],
                about=bool(sheet.about_unit or sheet.about_account),
                urgent=sheet.columns["urgency"] in ("urgent", "critical"),
            )
            for (sheet, event), entry in zip(self.happened, entries, strict=True)
        ]
        happened.write_now(events)
        post_out(
            [
                OutboxRow(topic, {"case": each.case_id, "seq": each.event.seq}, each.entry)
                for topic, each in happened.for_later(events)
            ]
        )

    def remember(self, asked: Asked | None, answer: dict[str, Any]) -> None:
        """Keep the answer with the request, if the doer gave an id."""
        if asked is not None:
            self.requests.append((asked, _ANSWER(answer)))
