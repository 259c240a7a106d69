"""Open cases go on under another version of their rules: only by this recorded act (docs/rules/versions.md).

Each case gets its own entry; what stands in the way of one leaves that one where it is. Publishing alone moves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases.asking import check_storable
from bihuan.cases.batch import Batch
from bihuan.cases.errors import Refused
from bihuan.cases.fold import ClockRow, rows_of
from bihuan.cases.ground import Ground
from bihuan.cases.models import Case
from bihuan.cases.named import all_named_in
from bihuan.cases.selectors import kept_from
from bihuan.cases.sheet import Sheet, load, moment
from bihuan.cases.words import Written
from bihuan.ledger import clock
from bihuan.ledger.acts import under_way
from bihuan.ledger.services import record
from bihuan.people.selectors import units_within
from bihuan.rulebook import selectors as rulebook
from bihuan.rules.calendar import Calendar
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.migrating import REASON, Obstacle, migrated, obstacles
from bihuan.rules.procedure.shape import Need
from bihuan.rules.scope import Duty

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.packs.shape import Pack

AT_ONCE = 200
REASON_NEED = {REASON: Need(type="text")}
LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A limit of one case that the other version moves; ``after`` None = it has no such clock, ``before`` None = it is new."""

    thread: str
    clock: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One case as it would stand: ``obstacles`` = why it stays where it is; ``late`` = clocks that would be overdue by it."""

    case_id: int
    number: str
    procedure: str
    state: str
    version: str
    obstacles: tuple[Obstacle, ...]
    shifts: tuple[Shift, ...]
    late: tuple[str, ...]

    @property
    def goes(self) -> bool:
        """True when nothing stands in its way."""
        return not self.obstacles


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What became of the cases: ids of those that went on, and what stood in the way of the others."""

    moved: tuple[int, ...]
    refused: tuple[Foreseen, ...]


def waiting(actor: Actor, to: Pack, procedure: str = "", live: Collection[str] | None = None) -> QuerySet[Case]:
    """The open cases that began under another version of ``to`` and may go on under it, in order.

    Versions of one name; for a township's overlay also its county's within its area, for the county's also those of overlays
    that are in force no longer (``live``: the digests that are). Those about the actor, his unit or a unit above it are left
    out (avoidance).
    """
    live = rulebook.in_force().values() if live is None else live
    others = [rulebook.pack(one.digest) for one in rulebook.versions() if one.digest != to.digest]
    digests = [one.digest for one in others if _may_go(one, to, live)]
    rows = Case.objects.filter(closed_at=None, pack_digest__in=digests, procedure__in=list(to.procedures))
    if to.covers:
        rows = rows.filter(area_code__startswith=to.covers, centre_id__in=units_within(to.covers))
    if procedure:
        rows = rows.filter(procedure=procedure)
    return rows.exclude(pk__in=kept_from(actor)).order_by("pk")


def _may_go(began: Pack, to: Pack, live: Collection[str]) -> bool:
    if began.name == to.name or (to.base and began.name == to.base.partition("@")[0]):
        return True
    return began.base.partition("@")[0] == to.name and began.digest not in live


def foresee(actor: Actor, digest: str, *, procedure: str = "") -> Iterator[Foreseen]:
    """What would become of each open case under the version, nothing written. Raises NotPublished, Refused."""
    _check_duty(actor)
    to = rulebook.pack(digest)
    ids = list(waiting(actor, to, procedure).values_list("pk", flat=True))
    yield from foreseen(ids, to, rulebook.calendar_for(to))


def foreseen(ids: Sequence[int], to: Pack, calendar: Calendar) -> Iterator[Foreseen]:
    """The same of cases that ``waiting`` named; two statements for two hundred."""
    now = clock.now()
    for start in range(0, len(ids), AT_ONCE):
        for sheet in load(Case.objects.filter(pk__in=ids[start : start + AT_ONCE])).values():
            yield _foreseen(sheet, Ground(to, calendar, sheet.ground.directory), max(now, sheet.events[-1].at))


def migrate(
    actor: Actor, digest: str, *, reason: str, procedure: str = "", limit: int = 0, at: datetime | None = None
) -> Migrated:
    """Let the open cases go on under a published version, up to 200 in a transaction; each gets an entry ``migrated``.

    ``reason`` is kept with each entry as words, the names of the people of any of these cases masked in all of them. What is
    done already is not done again. Raises NotPublished, Refused.
    """
    _check_duty(actor)
    check_storable({REASON: reason})
    if not 0 < len(reason.strip()) <= LONGEST:
        raise Refused("bad_fact", _("Say in a few words why these matters go on under other rules."), REASON)
    to, now = rulebook.pack(digest), at or clock.now()
    ids = list(waiting(actor, to, procedure).values_list("pk", flat=True)[: limit or None])
    said = Written().hidden(REASON_NEED, {REASON: reason}, names=all_named_in(reason, ids))[REASON]
    moved: list[int] = []
    refused: list[Foreseen] = []
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic(durable=True):
            under_way()
            rows = waiting(actor, to, procedure).filter(pk__in=ids[start : start + AT_ONCE])
            done = _go_on(actor, load(rows.select_for_update(of=("self",))), to, said, now)
            if done.moved:
                record(
                    f"pack:{to.name}", "cases_migrated", by=actor.doer(), at=now,
                    facts={"version": to.version, "digest": digest, "cases": len(done.moved), "refused": len(done.refused)},
                )  # fmt: skip
        moved += done.moved
        refused += done.refused
    return Migrated(moved=tuple(moved), refused=tuple(refused))


def _go_on(actor: Actor, sheets: dict[int, Sheet], to: Pack, reason: str, at: datetime) -> Migrated:
    batch, calendar = Batch(each=True), rulebook.calendar_for(to)
    moved: list[int] = []
    refused: list[Foreseen] = []
    for case_id, sheet in sheets.items():
        rules, written = Ground(to, calendar, sheet.ground.directory), Written()
        now = moment(sheet, at)
        decision = migrated(
            sheet.view(),
            rules.pack.procedures[sheet.procedure.key],
            rules=(sheet.ground.pack.digest, to.digest),
            doer=actor.doer(),
            at=now,
            calendar=rules.calendar,
            directory=rules.directory,
            reason=reason,
            refer=written.refer,
        )
        if isinstance(decision, tuple):
            refused.append(_foreseen(sheet, rules, now))
        else:
            batch.add(sheet, decision, written, rules)
            moved.append(case_id)
    if batch.entries:
        batch.write(at)
    return Migrated(moved=tuple(moved), refused=tuple(refused))


def _check_duty(actor: Actor) -> None:
    if actor.kind == "staff" and not may(actor, Duty.PACK_PUBLISH):
        raise Refused("not_allowed", _("Your post may not do this."))


def _foreseen(sheet: Sheet, rules: Ground, now: datetime) -> Foreseen:
    new = rules.pack.procedures[sheet.procedure.key]
    stopping = obstacles(sheet.view(), new, rules.calendar, rules.directory, now)
    shifts, late = ((), ()) if stopping else _shifts(sheet, rules, now)
    return Foreseen(
        case_id=sheet.case_id,
        number=sheet.number,
        procedure=sheet.procedure.key,
        state=sheet.standing[MAIN].position.state,
        version=sheet.ground.pack.version,
        obstacles=stopping,
        shifts=shifts,
        late=late,
    )


def _shifts(sheet: Sheet, rules: Ground, now: datetime) -> tuple[tuple[Shift, ...], tuple[str, ...]]:
    """The running limits that move, and those that would be overdue though they are not now."""
    before = _running(rows_of(sheet.procedure, sheet.events, sheet.ground.calendar, sheet.standing, sheet.eras).clocks)
    new = replace(sheet)
    new.go_under(rules, now)
    after = _running(rows_of(new.procedure, new.events, rules.calendar, new.standing, new.eras).clocks)
    moved = [
        Shift(thread=key[0], clock=key[1], before=before.get(key), after=after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    late = [one.clock for one in moved if one.after and one.after < now and not (one.before and one.before < now)]
    return tuple(moved), tuple(late)


def _running(rows: Sequence[ClockRow]) -> dict[tuple[str, str], datetime | None]:
    return {(row.thread, row.key): row.due_at for row in rows if row.lit and row.state in ("running", "paused")}
