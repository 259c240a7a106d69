"""Daily sums of what ended, so that figures of the last weeks cost the same however much history there is.

The worker folds the share of each case that changed (``Thread.unsummed``, set with the row that every act writes) into sums
by cell, day and unit. Who reads adds the few that wait exactly as they now stand, in the same sight of the database as the
sums. Where a scope, a window or the number of those that wait has no answer here, the rows are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Max

from bihuan.cases.counts import Closed, Ended
from bihuan.cases.day_shares import CLOSING, Key, Numbers, Share, cell_of_unit, read, shares_of
from bihuan.cases.insert import Insert
from bihuan.cases.models import Case, DayShare, DaySum, Thread
from bihuan.places.models import WIDTHS
from bihuan.rules.scope import Subject, avoided

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.rules.calendar import Calendar

KEPT = timedelta(days=62)
"""How far back sums are kept."""
READ = timedelta(days=34)
"""How far back they are read: well within, so that a clock that was set back reads nothing that is gone."""
AT_ONCE = 500
MOST_WAITING = 300
"""So many cases that wait are added one by one; where more do, the rows are counted."""

Sums = dict[Key, Numbers]
KEY = ("cell", "day", "unit", "procedure", "about_unit", "about_account")


class Recent(NamedTuple):
    """What ended in a window: by charged unit, and the cases closed."""

    ended: dict[int, Ended]
    closed: Closed


# -- folding ----------------------------------------------------------------------------------------------------------


def fold(now: datetime, limit: int = AT_ONCE) -> int:
    """Bring the sums up to date with up to ``limit`` cases that wait, in one transaction; how many. Safe beside the door.

    One cheap statement where nothing waits.
    """
    if not Thread.objects.filter(unsummed=True).exists():
        return 0
    with transaction.atomic():
        waiting = Thread.objects.filter(unsummed=True).order_by("case_id").values_list("case_id", flat=True)[:limit]
        rows = Case.objects.filter(pk__in=set(waiting)).order_by("pk")
        ids = list(rows.select_for_update(of=("self",), skip_locked=True, no_key=True).values_list("pk", flat=True))
        if not ids:
            return 0
        known = {case_id: read(said) for case_id, said in DayShare.objects.filter(pk__in=ids).values_list("pk", "said")}
        shares = shares_of(ids)
        changed = {case_id: share for case_id, share in shares.items() if share != known.get(case_id, _NOTHING)}
        _add(changed, known, first_day(now))
        Thread.objects.filter(case_id__in=ids, unsummed=True).update(unsummed=False)
    return len(ids)


def _add(changed: dict[int, Share], known: dict[int, Share], first: int) -> None:
    sums = changes([*changed.values()], [known[case_id] for case_id in changed if case_id in known], first)
    if sums:
        _ADD.run([(*key, *numbers) for key, numbers in sorted(sums.items())])
    rows = [(case_id, share.written(), share.last_day) for case_id, share in changed.items() if share.last_day >= first]
    if rows:
        _SHARES.run(rows)
    gone = [case_id for case_id, share in changed.items() if share.last_day < first and case_id in known]
    if gone:
        DayShare.objects.filter(pk__in=gone).delete()


def changes(more: Iterable[Share], less: Iterable[Share], first: int) -> Sums:
    """What these shares add and those take away, from the day ``first`` on; sums that stay as they are left out."""
    sums: list[Counter[Key]] = [Counter(), Counter(), Counter()]
    for sign, shares in ((1, more), (-1, less)):
        for share in shares:
            for key, numbers in share.counts():
                if key.day >= first:
                    for one, number in zip(sums, numbers, strict=True):
                        one[key] += sign * number
    n, whole, late = sums
    return {key: found for key in n if any(found := Numbers(n[key], whole[key], late[key]))}


_ADD = Insert(DaySum, (*KEY, *Numbers._fields), keys=KEY, adds=Numbers._fields)
_SHARES = Insert(DayShare, ("case", "said", "last_day"), keys=("case",))
_NOTHING = Share("", 0, 0, "", (), ())


def first_day(now: datetime) -> int:
    """The first day that is kept."""
    return (now - KEPT).date().toordinal()


def clear(now: datetime) -> int:
    """Take away the sums of days that nobody reads any more, and sums of nothing; how many rows."""
    first = first_day(now)
    gone, _ = DaySum.objects.filter(day__lt=first).delete()
    empty, _ = DaySum.objects.filter(n=0, whole=0, late=0).delete()
    shares, _ = DayShare.objects.filter(last_day__lt=first).delete()
    return gone + empty + shares


def waiting() -> int:
    """How many cases wait for the sums."""
    return Thread.objects.filter(unsummed=True).values("case_id").distinct().count()


def again(case_ids: Sequence[int]) -> None:
    """Let these cases wait, whose rows were written otherwise than by an act."""
    Thread.objects.filter(case_id__in=case_ids).update(unsummed=True)


# -- reading ----------------------------------------------------------------------------------------------------------


def recent(
    actor: Actor, calendar: Calendar, days: Sequence[datetime], now: datetime, *, unit: int = 0, procedure: str = ""
) -> Recent | None:
    """What ``counts.limits_ended`` and ``counts.closed`` say of these days; None = they must be asked.

    ``days``: when each day of the window begins, in order, the last of them today.

    One statement; one more while cases wait for the worker.
    """
    scope = actor.scope
    areas = [code for code in scope.area_codes if code]
    held = [one for one in scope.units if one]
    first, today = calendar.local(days[0]).date(), calendar.local(now).date()
    plain = actor.kind == "staff" and not scope.everything and len(areas) <= 1 and len(held) <= 1 and bool(areas or held)
    if not plain or any(len(code) not in WIDTHS for code in areas) or (not areas and unit != held[0]):
        return None
    if today - first > READ or (today - first).days != len(days) - 1:
        return None
    asked = _Asked(actor, areas[0] if areas else "", held[0] if held else 0, unit, procedure, first.toordinal(), len(days))
    return asked.answer()


class _Asked:
    """One question to the sums, and what is found so far."""

    def __init__(self, actor: Actor, area: str, held: int, unit: int, procedure: str, first: int, days: int) -> None:
        """``area``: the scope's ("" = none); ``held``: the unit whose cases the scope holds; ``unit``: charged, 0 = any."""
        self.scope, self.area, self.held, self.unit, self.procedure = actor.scope, area, held, unit, procedure
        self.first, self.days = first, days
        self.sums: dict[tuple[int, int], list[int]] = {}

    def answer(self) -> Recent | None:
        """The sums, without those that wait and with them as they stand; None where the rows must be counted."""
        waits: dict[int, str | None] = {}
        beyond: dict[int, str] = {}
        with connection.cursor() as cursor:
            cursor.execute(*self._statement())
            for part, which, day, n, whole, late, said in cursor.fetchall():
                if part == _SUM:
                    self._add(which, day, Numbers(int(n), int(whole), int(late)), 1)
                elif part == _WAITS:
                    waits[which] = said
                else:
                    beyond[which] = said
        if len(waits) > MOST_WAITING:
            return None
        self._put_right(waits)
        for case_id, said in beyond.items():
            share = read(said)
            if case_id not in waits and not share.area_code.startswith(self.area):
                self._count(share, 1)
        return self._told()

    def _put_right(self, waits: dict[int, str | None]) -> None:
        """Take out what those that wait had added, and count them as they now stand."""
        for said in waits.values():
            if said and (share := read(said)).in_cell(self._cell()):
                self._count(share, -1)
        for share in shares_of(sorted(waits)).values() if waits else ():
            if share.in_cell(self._cell()) or self.held in share.units:
                self._count(share, 1)

    def _cell(self) -> str:
        return self.area or cell_of_unit(self.held)

    def _statement(self) -> tuple[str, list[Any]]:
        """Sums, those that wait, and what the scope's unit holds beyond its area: all in one sight of the database."""
        where, given = ["cell = %s", "day >= %s"], [self._cell(), self.first]
        for column, values in (("about_unit", [one for one in self.scope.chain if one]), ("about_account", self.scope.persons)):
            if values:
                where.append(f"{column} NOT IN ({', '.join(['%s'] * len(values))})")
                given += values
        if self.procedure:
            where.append("procedure = %s")
            given.append(self.procedure)
        if self.unit:
            where.append("unit IN (%s, %s)")
            given += [CLOSING, self.unit]
        sql = _SUMS.format(where=" AND ".join(where)) + _WAITING
        if self.area and self.held:
            sql += _BEYOND
            given += [self.held, self.first]
        return sql, given

    def _count(self, share: Share, sign: int) -> None:
        """Add one case, or take it out."""
        whose = Subject(about_unit=share.about_unit, about_account=share.about_account)
        if avoided(self.scope, whose) or (self.procedure and share.procedure != self.procedure):
            return
        for line in share.lines:
            if line.day >= self.first and (not self.unit or line.unit in (CLOSING, self.unit)):
                self._add(line.unit, line.day, line.numbers, sign)

    def _add(self, unit: int, day: int, numbers: Numbers, sign: int) -> None:
        found = self.sums.setdefault((unit, day), [0, 0, 0])
        for n, number in enumerate(numbers):
            found[n] += sign * number

    def _told(self) -> Recent | None:
        ended: dict[int, Ended] = {}
        days: dict[int, int] = {}
        cases = judged = late = 0
        for (unit, day), (n, whole, n_late) in self.sums.items():
            place = day - self.first
            if place >= self.days and n:
                return None  # ended after today: the server's clock was set back
            if unit == CLOSING:
                cases, judged, late = cases + n, judged + whole, late + n_late
                if n:
                    days[place] = n
            elif n or whole or n_late:
                of = ended.setdefault(unit, Ended())
                of.cases, of.late = of.cases + whole, of.late + n_late
                if n:
                    of.days[place] = n
        return Recent(ended, Closed(cases, judged, late, days))


_SUM, _WAITS, _BEYOND_AREA = 0, 1, 2
_SUMS = f"""SELECT {_SUM}, unit, day, sum(n), sum(whole), sum(late), '' FROM cases_daysum WHERE {{where}} GROUP BY unit, day"""  # noqa: S608 - placeholders of our own
_WAITING = f""" UNION ALL SELECT {_WAITS}, waits.case_id, 0, 0, 0, 0, share.said
    FROM (SELECT DISTINCT case_id FROM cases_thread WHERE unsummed LIMIT {MOST_WAITING + 1}) AS waits
    LEFT JOIN cases_dayshare AS share ON share.case_id = waits.case_id"""  # noqa: S608
_BEYOND = f""" UNION ALL SELECT {_BEYOND_AREA}, share.case_id, 0, 0, 0, 0, share.said
    FROM cases_involved AS held JOIN cases_dayshare AS share ON share.case_id = held.case_id
    WHERE held.unit_id = %s AND share.last_day >= %s"""  # noqa: S608


# -- proof ------------------------------------------------------------------------------------------------------------


def stored(now: datetime) -> Sums:
    """Every sum as it stands, with those that wait put right; sums of nothing left out. Grows with the days kept."""
    first = first_day(now)
    rows = DaySum.objects.filter(day__gte=first).values_list(*KEY, *Numbers._fields)
    sums = {Key(*row[: len(KEY)]): Numbers(*row[len(KEY) :]) for row in rows}
    ids = list(Thread.objects.filter(unsummed=True).values_list("case_id", flat=True).distinct())
    known = [read(said) for said in DayShare.objects.filter(pk__in=ids).values_list("said", flat=True)]
    _join(sums, changes(shares_of(ids).values(), known, first))
    return {key: numbers for key, numbers in sums.items() if any(numbers)}


def _join(sums: Sums, more: Sums) -> None:
    for key, numbers in more.items():
        sums[key] = Numbers(*map(add, sums.get(key, (0, 0, 0)), numbers))


def by_hand(now: datetime) -> Sums:
    """The same made from the rows of every case: what ``stored`` must say. Grows with the number of cases."""
    last = Case.objects.aggregate(last=Max("pk"))["last"] or 0
    sums: Sums = {}
    for after in range(0, last, AT_ONCE):
        ids = list(Case.objects.filter(pk__gt=after, pk__lte=after + AT_ONCE).values_list("pk", flat=True))
        _join(sums, changes(shares_of(ids).values(), (), first_day(now)))
    return sums


def recount(now: datetime) -> None:
    """Make all sums anew. For a database that was tampered with."""
    with transaction.atomic():
        DaySum.objects.all().delete()
        DayShare.objects.all().delete()
        Thread.objects.filter(unsummed=False).update(unsummed=True)
    while fold(now):
        continue
