"""A case in memory while the door works on it: loaded through the scope under a row lock, its standing folded from its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from bihuan.access.scope import as_q
from bihuan.cases import compiled
from bihuan.cases.fold import Era, Standing, standings_over
from bihuan.cases.ground import STAMPS, Ground, ground
from bihuan.cases.models import Case, Involved
from bihuan.ledger.acts import under_way
from bihuan.ledger.chain import GENESIS, Head
from bihuan.ledger.rows import read_instant, together
from bihuan.ledger.selectors import events_column, events_in, stream_events, stream_events_later, streams_events
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import HOLDER_UNIT
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.course import INFORMED, RULES_FROM, RULES_TO
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.procedure.view import CaseView
from bihuan.rules.scope import Scope, Subject, covers

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

ATTRIBUTES = ("category", "kind", "channel", "weight", "urgency")
"""Columns of a case that acts may set (a need's ``sets``)."""
CHANGING = (
    *ATTRIBUTES, "closed_at", "centre_id", "from_unit_id", "about_unit_id", "about_account_id", "external_number",
)  # fmt: skip
PLACED = ("area", "area_code", "a6", "a9", "a12", "a15", "centre_id", "from_unit_id")
"""Columns of a case that change when it moves to another area."""
NAME = "contact__name_sealed"
"""Beside a locked case: the sealed name of its resident, to be masked in what is written."""
CONTACT = "contact_id"
"""Beside a locked case: its resident's contact, which a part that is split off takes over."""
LOCKED = (NAME, CONTACT)
_COLUMNS = ("id", "number", "procedure", "pack_digest", "area_code", "is_demo", *CHANGING)


def came_from(doer_unit: int, centre: int) -> int:
    """The unit from which a centre has a case that was opened: the doer's own, 0 = the centre itself or a resident."""
    return doer_unit if doer_unit != centre else 0


STREAMS = "case:"
"""What the names of all cases' streams in the ledger begin with."""


def stream_of(case_id: int) -> str:
    """The name of a case's stream in the ledger."""
    return f"{STREAMS}{case_id}"


@dataclass(slots=True)
class Sheet:
    """One case: its columns, its events so far, where its threads stand; ``beside``: further columns a page asked for.

    ``eras``: the versions of its rules it went on under before that of today, oldest first.
    """

    case_id: int
    number: str
    area_code: str
    is_demo: bool
    procedure: Procedure
    ground: Ground
    columns: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    head: Head = GENESIS
    standing: dict[str, Standing] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    eras: tuple[Era, ...] = ()

    @property
    def stream(self) -> str:
        """Its stream in the ledger."""
        return stream_of(self.case_id)

    @property
    def about_unit(self) -> int:
        """The unit the case is about; 0 = none."""
        return int(self.columns["about_unit_id"])

    @property
    def about_account(self) -> int:
        """The account the case is about; 0 = none."""
        return int(self.columns["about_account_id"])

    @property
    def version(self) -> int:
        """The number of its newest event."""
        return self.events[-1].seq if self.events else 0

    def view(self) -> CaseView:
        """The case as the rules see it."""
        attributes = {name: self.columns[name] for name in ATTRIBUTES}
        attributes["family"] = self.procedure.family
        return CaseView(
            procedure=self.procedure,
            events=self.events,
            positions={name: standing.position for name, standing in self.standing.items()},
            attributes=attributes,
        )

    def go_under(self, rules: Ground, at: datetime) -> None:
        """From the next event on the case goes on under another version of its rules."""
        self.eras = (*self.eras, _era(self.procedure, self.ground, len(self.events), at))
        self.procedure, self.ground = rules.pack.procedures[self.procedure.key], rules

    def under(self, at: datetime) -> tuple[Procedure, Calendar, Sequence[Event]]:
        """The rules under which something stood at an instant, their calendar, and the events up to the end of that era."""
        era = next((era for era in self.eras if at < era.at), None)
        if era is None:
            return self.procedure, self.ground.calendar, self.events
        return era.procedure, era.calendar, self.events[: era.until]

    def involved(self) -> set[int]:
        """Every unit that holds or held a thread, or was told of the case."""
        return {unit for event in self.events for unit in units_in(event)}

    def units_elsewhere(self) -> set[int]:
        """Of the units involved those that see the case by holding it; a centre sees its whole area anyway."""
        return {unit for unit in self.involved() if not self.ground.sees_by_area(unit, self.area_code)}

    def seen_by(self, actor: Actor) -> bool:
        """True when the actor may see the case as it stands on this sheet: the twin of ``in_scope``."""
        if actor.kind == "resident":
            return actor.case_id == self.case_id
        subject = Subject(
            area_code=self.area_code,
            holder_units=tuple(self.units_elsewhere()),
            about_unit=self.about_unit,
            about_account=self.about_account,
        )
        return covers(actor.scope, subject)


def units_in(event: Event) -> tuple[int, ...]:
    """The units that an event lets see the case: the one that holds a thread from then on, those that are told of it."""
    holder, told = event.facts.get(HOLDER_UNIT), event.facts.get(INFORMED)
    units = [holder, *(told if isinstance(told, list) else [])]
    return tuple(unit for unit in units if isinstance(unit, int) and unit)


def in_scope(actor: Actor, *, each: bool = True) -> Q:
    """The cases this actor may see, as a condition on Case. A resident sees one alone.

    ``each`` False: nothing else bounds the cases, so those that a unit held are read first (see ``as_q``).
    """
    if actor.kind == "resident":
        return Q(pk=actor.case_id)
    return as_q(actor.scope, Involved.objects.all(), each=each)


def load(rows: QuerySet[Case], beside: Sequence[str] = ()) -> dict[int, Sheet]:
    """The cases of a query with their events: two statements however many. ``beside``: further columns to read."""
    found = list(rows.annotate(**STAMPS).values(*_COLUMNS, *beside, *STAMPS))
    if not found:
        return {}
    if len(found) == 1:
        stream = stream_of(found[0]["id"])
        events = {stream: stream_events(stream)}
    else:
        events = streams_events([stream_of(row["id"]) for row in found])
    return {row["id"]: _sheet(row, *events[stream_of(row["id"])], beside) for row in found}


def lock(actor: Actor, case_ids: Sequence[int]) -> dict[int, Sheet]:
    """The cases among ``case_ids`` that the actor may see, locked in the order of their numbers until the transaction ends."""
    wanted = set(case_ids)
    if len(wanted) == 1:
        alone = lock_one(actor, min(wanted))
        return {alone.case_id: alone} if alone else {}
    rows = Case.objects.filter(in_scope(actor), pk__in=wanted).order_by("pk")
    return load(rows.select_for_update(of=("self",)), LOCKED)


def lock_one(actor: Actor, case_id: int, *, acting: bool = False) -> Sheet | None:
    """One case, locked, or None when the actor may not see it; ``lock`` with its SQL made beforehand.

    ``acting``: at the beginning of an act, which is under way from now on.
    Two statements on PostgreSQL, three acting: what happened is read behind the lock. One on SQLite: nobody else writes by now.
    """
    if not 0 < case_id < 2**63 or (actor.kind == "resident" and actor.case_id != case_id):
        return None
    scope = EVERYTHING if actor.kind == "resident" else actor.scope
    database = connections[DEFAULT_DB_ALIAS]
    alone = database.vendor == "sqlite"
    with together(database):  # the entries are read when the lock is had
        if acting:
            under_way()
        locked = compiled.rows_later(_one_alone if alone else _one_locked, scope, values={compiled.NUMBER: case_id})
        entries = None if alone else stream_events_later(stream_of(case_id))
    found = locked()
    if not found:
        return None
    row = dict(zip((*_COLUMNS, *LOCKED, *STAMPS), found[0], strict=not alone))
    if row["closed_at"] is not None:
        row["closed_at"] = read_instant(row["closed_at"])
    row["is_demo"] = bool(row["is_demo"])
    return _sheet(row, *(entries() if entries else events_in(found[0][-1])), LOCKED)


EVERYTHING = Scope(everything=True)


EVENTS_IN = events_column('%s || "cases_case"."id"')
"""The events of a case as a column, for SQLite."""


def _one_locked(scope: Scope) -> QuerySet[Case, Any]:
    rows = Case.objects.filter(as_q(scope, Involved.objects.all(), each=True), pk=compiled.NUMBER).annotate(**STAMPS)
    return rows.select_for_update(of=("self",)).values_list(*_COLUMNS, *LOCKED, *STAMPS)


def _one_alone(scope: Scope) -> QuerySet[Case, Any]:
    """The same with its events, for a database whose transactions come one after the other."""
    return _one_locked(scope).annotate(events=RawSQL(EVENTS_IN, (STREAMS,))).values_list(*_COLUMNS, *LOCKED, *STAMPS, "events")  # noqa: S611 - constants only


def _sheet(row: dict[str, Any], events: list[Event], head: Head, beside: Sequence[str]) -> Sheet:
    stamps: dict[str, Any] = {"org_stamp": row["org_stamp"] or 0, "calendar_stamp": row["calendar_stamp"] or ""}
    digest, eras = row["pack_digest"], []
    for n, event in enumerate(events):  # the ledger says under which versions the case went on; the column is an index
        if event.thread == MAIN and RULES_TO in event.facts:
            before = ground(str(event.facts[RULES_FROM]), **stamps)
            eras.append(_era(before.pack.procedures[row["procedure"]], before, n, event.at))
            digest = str(event.facts[RULES_TO])
    under = ground(digest, **stamps)
    procedure = under.pack.procedures[row["procedure"]]
    return Sheet(
        case_id=row["id"],
        number=row["number"],
        area_code=row["area_code"],
        is_demo=row["is_demo"],
        procedure=procedure,
        ground=under,
        columns={name: row[name] for name in CHANGING},
        events=events,
        head=head,
        standing=standings_over(eras, procedure, events),
        beside={name: row[name] for name in beside},
        eras=tuple(eras),
    )


def _era(procedure: Procedure, under: Ground, until: int, at: datetime) -> Era:
    return Era(until, at, procedure, under.calendar, under.pack.marks)


def moment(sheet: Sheet, now: datetime) -> datetime:
    """When an act counts as received: the clock's time, never before what the case already knows."""
    return max(now, sheet.events[-1].at) if sheet.events else now
