"""Merging and splitting areas. The job is recorded first, with the new areas; then its matters follow, batch by batch.

It may be killed at any instant: a matter that has been moved lies in its new area and is not met again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bihuan.access.actors import system_actor
from bihuan.boundaries.models import Redrawing
from bihuan.cases.gist import Lying, count_lying, lying_in
from bihuan.cases.services import MOST, perform_many
from bihuan.cases.shapes import Command
from bihuan.ledger import clock
from bihuan.ledger.acts import wait_for_acts
from bihuan.ledger.services import record
from bihuan.packs.shape import Pack
from bihuan.people.services import create_units, end_unit, units_of_pack
from bihuan.people.services.units import carry_posts, units_in
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.places.services import AreaRow, BadAreaRow, end_area, load_areas
from bihuan.rules.terms import FactValue

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

STREAM = "places"
AREA_MOVED = "area_moved"
"""The event by which a matter moves; the act of the system alone that has it follows a boundary."""
MERGE, SPLIT = "merge", "split"
STEP = 3


class CannotRedraw(Exception):
    """The areas named cannot be merged or split. ``say`` is what the person reads."""

    def __init__(self, say: str) -> None:
        """Keep the sentence."""
        super().__init__(say)
        self.say = say


@dataclass(frozen=True, slots=True)
class Progress:
    """A job as its page shows it."""

    id: int
    kind: str
    became: Mapping[str, str]
    begins: date
    account: int
    total: int
    moved: int
    left: int
    done: bool


def next_code(parent: str) -> str:
    """The first free code below an area: three digits after its own, behind the greatest that was ever used."""
    used = [int(fact.code[len(parent) :]) for fact in places.children(parent)]
    after = max(used, default=0) + 1
    if after > 999:
        raise CannotRedraw(_("There is no code left below %(code)s.") % {"code": parent})
    return f"{parent}{after:03d}"


@transaction.atomic
def merge(*, actor: Actor, pack: Pack, codes: Sequence[str], name: str) -> int:
    """Make one new area of several neighbours (same area above); what lies below comes along under new codes.

    Raises CannotRedraw. Gives the job's number; ``go_on`` lets the matters follow. Acts under way are waited for: what they
    open in an old area is there to follow.
    """
    wait_for_acts()
    old = _standing(codes)
    if len(old) < 2:
        raise CannotRedraw(_("Choose at least two areas to merge."))
    if len({(fact.parent, fact.level) for fact in old}) > 1 or not old[0].parent or len(old[0].code) < 12:
        raise CannotRedraw(_("Only villages of one township, or grids of one village, can be merged."))
    new = AreaRow(next_code(old[0].parent), _name(name), old[0].level, old[0].parent)
    rows, became = [new], {fact.code: new.code for fact in old}
    for fact in old:
        for below in places.children(fact.code, on=_today(pack)):
            row = AreaRow(f"{new.code}{len(rows):03d}", below.name, below.level, new.code)
            rows.append(row)
            became[below.code] = row.code
    return _redraw(MERGE, actor, pack, rows, became)


@transaction.atomic
def split(*, actor: Actor, pack: Pack, code: str, names: Sequence[str], follow: int = 1) -> int:
    """Make several new areas of one that has nothing below it. Its open matters follow into the part ``follow`` (1 = the first).

    The centre, which knows the matters, is told and moves on what belongs to another part. Raises CannotRedraw.
    """
    wait_for_acts()
    old = _standing([code])
    called = [_name(one) for one in names if one.strip()]
    if len(called) < 2 or len(set(called)) < len(called):
        raise CannotRedraw(_("Name at least two parts, each with a name of its own."))
    if not old or not old[0].parent or places.children(code, on=_today(pack)):
        raise CannotRedraw(_("Only an area with nothing below it can be split."))
    first = int(next_code(old[0].parent)[len(old[0].parent) :])
    rows = [AreaRow(f"{old[0].parent}{first + n:03d}", one, old[0].level, old[0].parent) for n, one in enumerate(called)]
    if not 1 <= follow <= len(rows):
        raise CannotRedraw(_("There is no part with this number: the open matters follow into one of the parts named."))
    return _redraw(SPLIT, actor, pack, rows, {code: rows[follow - 1].code})


def _standing(codes: Sequence[str]) -> list[AreaFact]:
    known = places.areas(codes)
    found = [known[code] for code in dict.fromkeys(codes) if code in known]
    if len(found) < len(set(codes)) or any(fact.valid_to for fact in found):
        raise CannotRedraw(_("One of these areas does not exist any more."))
    return found


def _name(name: str) -> str:
    words = " ".join(name.split())[:80]
    if not words:
        raise CannotRedraw(_("The new area needs a name."))
    return words


def _today(pack: Pack) -> date:
    return clock.now().astimezone(ZoneInfo(pack.calendar.zone)).date()


def _redraw(kind: str, actor: Actor, pack: Pack, rows: Sequence[AreaRow], became: Mapping[str, str]) -> int:
    """Write the new areas and their units, end the old ones, carry the posts over, note the job."""
    today = _today(pack)
    try:
        load_areas(rows, valid_from=today)
    except BadAreaRow as error:
        raise CannotRedraw(str(error)) from error
    for code in sorted(became, key=len):
        end_area(code, last_day=today - timedelta(days=1))
    units = _units(kind, pack, [row.code for row in rows], became, actor, today)
    job = Redrawing.objects.create(
        kind=kind, became=dict(became), units={str(old): new for old, new in units.items()}, begins=today, at=clock.now(),
        account_id=actor.account, total=count_lying(became),
    )  # fmt: skip
    facts: dict[str, FactValue] = {"job": job.pk, "old": sorted(became), "new": [row.code for row in rows], "count": len(became)}
    record(STREAM, "areas_merged" if kind == MERGE else "areas_split", by=actor.doer(), facts=facts, area=rows[0].parent)
    return int(job.pk)


def _units(kind: str, pack: Pack, new: Sequence[str], became: Mapping[str, str], actor: Actor, today: date) -> dict[int, int]:
    """The units of the new areas as the pack founds them; the old areas' units end and their posts go on in the new ones."""
    tree = {fact.code: fact for code in new for fact in (*places.ancestors(code), *places.areas([code]).values())}
    made = [row for row in units_of_pack(pack, tree.values()) if row.area_code in set(new)]
    ids = create_units(made, by=actor.doer())
    at = {(row.area_code, row.office or row.key): ids[row.key] for row in made}
    follows: dict[int, int] = {}
    for old in units_in(became):
        successor = at.get((became[old.area_code], old.office))
        if successor:
            follows[old.id] = successor
        end_unit(old.id, last_day=today - timedelta(days=1), by=actor.doer())
    for old_id, successor in follows.items():
        office = next(office for (_code, office), unit in at.items() if unit == successor)
        parts = [unit for (_code, other), unit in at.items() if other == office] if kind == SPLIT else [successor]
        carry_posts(old_id, parts, valid_from=today, by=actor.doer())
    return follows


# -- the matters follow ------------------------------------------------------------------------------------------------------


def go_on(number: int, *, steps: int = STEP) -> Progress:
    """Move the next matters of a job, 200 in one transaction, at most ``steps`` times; call again until it is done."""
    job = Redrawing.objects.get(pk=number)
    for _step in range(steps):
        if job.done_at is not None:
            break
        found = lying_in(job.became, after=job.last_case, limit=MOST)
        if not found:
            Redrawing.objects.filter(pk=number, done_at=None).update(done_at=clock.now())
        else:
            moved = _move(job, found)
            Redrawing.objects.filter(pk=number, last_case=job.last_case).update(  # counted once, whoever moved them
                moved=F("moved") + moved, left=F("left") + len(found) - moved, last_case=found[-1].case_id
            )
        job.refresh_from_db()
    return _shown(job)


def _move(job: Redrawing, found: Sequence[Lying]) -> int:
    commands: list[Command] = []
    for one in found:
        facts: dict[str, object] = {"area": job.became[one.area_code]}
        follower = job.units.get(str(one.holder))
        if follower:
            facts["office"] = follower
        if one.act:
            commands.append(
                Command(actor=system_actor(), case_id=one.case_id, action=one.act, facts=facts,
                        request_id=f"redrawing-{job.pk}-{one.case_id}")
            )  # fmt: skip
    return sum(verdict.done is not None for verdict in perform_many(commands)) if commands else 0


def unfinished() -> list[int]:
    """The jobs whose matters have not all been come to, the oldest first. One statement."""
    return list(Redrawing.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))


def progress(number: int) -> Progress | None:
    """How far a job has come; None when there is no such job."""
    job = Redrawing.objects.filter(pk=number).first()
    return _shown(job) if job else None


def latest(limit: int = 20) -> list[Progress]:
    """The newest jobs."""
    return [_shown(job) for job in Redrawing.objects.order_by("-pk")[:limit]]


def _shown(job: Redrawing) -> Progress:
    return Progress(
        job.pk, job.kind, dict(job.became), job.begins, job.account_id, job.total, job.moved, job.left, job.done_at is not None
    )


__all__ = ["CannotRedraw", "Progress", "go_on", "latest", "merge", "next_code", "progress", "split", "unfinished"]
