"""The tables beside the ledger, made again from it: stored must equal rebuilt, and a newly loaded year moves open limits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from bihuan.cases import daily, link_rows
from bihuan.cases.batch import CLOCK_COLUMNS, CLOCKS, LINKS, MARKS, THREAD_COLUMNS, THREADS
from bihuan.cases.fold import ClockRow, Rows, ThreadRow, rows_of
from bihuan.cases.foreseeing import open_cases_of
from bihuan.cases.link_rows import LinkRow
from bihuan.cases.models import Case, Clock, Link, Mark, Thread
from bihuan.cases.sheet import Sheet, load
from bihuan.rules.events import MAIN
from bihuan.rules.procedure import marks

AT_ONCE = 200
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that does not say what the ledger says; ``stored`` or ``rebuilt`` is None where there is no such row."""

    case_id: int
    stored: ThreadRow | ClockRow | marks.Mark | LinkRow | None
    rebuilt: ThreadRow | ClockRow | marks.Mark | LinkRow | None


def differences(*, after: int = 0, limit: int = 500) -> tuple[list[Difference], int]:
    """What differs between tables and ledger in the next ``limit`` cases, and the last case looked at (0 = the end).

    A closed case keeps its limits as they were reckoned then: rows that counted an unpublished year are passed over.
    """
    ids = list(Case.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
    sheets = load(Case.objects.filter(pk__in=ids))
    stored, counted = _stored(ids), _counted(ids)
    found = [each for case_id in ids for each in _differ(sheets[case_id], stored[case_id])]
    found += [each for case_id in ids for each in _miscounted(sheets[case_id], counted[case_id])]
    linked = link_rows.stored(ids)
    found += [each for case_id in ids for each in _mislinked(sheets[case_id], linked[case_id])]
    return found, ids[-1] if ids else 0


def _rows(sheet: Sheet) -> Rows:
    return rows_of(sheet.procedure, sheet.events, sheet.ground.calendar, sheet.standing, sheet.eras)


def _stored(ids: Sequence[int]) -> dict[int, Rows]:
    threads: dict[int, list[ThreadRow]] = {case_id: [] for case_id in ids}
    clocks: dict[int, list[ClockRow]] = {case_id: [] for case_id in ids}
    for case_id, *row in Thread.objects.filter(case_id__in=ids).values_list("case_id", *THREAD_COLUMNS[1:]):
        threads[case_id].append(ThreadRow(*row))
    for case_id, *row in Clock.objects.filter(case_id__in=ids).values_list("case_id", *CLOCK_COLUMNS[1:]):
        clocks[case_id].append(ClockRow(*row))
    return {case_id: Rows(tuple(threads[case_id]), tuple(clocks[case_id])) for case_id in ids}


def _counted(ids: Sequence[int]) -> dict[int, set[marks.Mark]]:
    found: dict[int, set[marks.Mark]] = {case_id: set() for case_id in ids}
    for case_id, *row in Mark.objects.filter(case_id__in=ids).values_list("case_id", *marks.Mark._fields):
        found[case_id].add(marks.Mark(*row))
    return found


def _miscounted(sheet: Sheet, stored: set[marks.Mark]) -> list[Difference]:
    """Marks that are missing or too many; of a closed case a limit that was reckoned anew since changes nothing."""
    rebuilt = _marks(sheet)
    if not sheet.standing[MAIN].position.open and set(map(_whatever_ended, stored)) == set(map(_whatever_ended, rebuilt)):
        return []
    gone = [Difference(sheet.case_id, one, None) for one in sorted(stored - rebuilt)]
    return gone + [Difference(sheet.case_id, None, one) for one in sorted(rebuilt - stored)]


def _marks(sheet: Sheet) -> set[marks.Mark]:
    """What counts of a case, each stretch of its events by the version of the rules it went on under."""
    ground, done, found = sheet.ground, 0, set[marks.Mark]()
    for era in sheet.eras:
        found |= set(marks.marks_of(era.marks, era.procedure, sheet.events[: era.until], era.calendar, after=done))
        done = era.until
    return found | set(marks.marks_of(ground.pack.marks, sheet.procedure, sheet.events, ground.calendar, after=done))


def _mislinked(sheet: Sheet, stored: set[LinkRow]) -> list[Difference]:
    """Links that the ledger does not tell of, and those it tells of that stand nowhere."""
    told = set(link_rows.told(sheet))
    gone = [Difference(sheet.case_id, one, None) for one in sorted(stored - told)]
    return gone + [Difference(sheet.case_id, None, one) for one in sorted(told - stored)]


def _whatever_ended(mark: marks.Mark) -> tuple[int, str, int]:
    return mark.seq, mark.key.removesuffix(f"_{marks.MET}").removesuffix(f"_{marks.MISSED}"), mark.unit


def _differ(sheet: Sheet, stored: Rows) -> list[Difference]:
    is_open = sheet.standing[MAIN].position.open
    rebuilt = _rows(sheet)
    have, want = _by_key(stored), _by_key(rebuilt)
    return [
        Difference(sheet.case_id, have.get(key), want.get(key))
        for key in sorted(have.keys() | want.keys())
        if have.get(key) != want.get(key) and (is_open or key not in have or not have[key].provisional)
    ]


def _by_key(index: Rows) -> dict[tuple[str, ...], ThreadRow | ClockRow]:
    rows: dict[tuple[str, ...], ThreadRow | ClockRow] = {(row.name,): row for row in index.threads}
    return rows | {(row.thread, row.key): row for row in index.clocks}


def rebuild(case_ids: Sequence[int]) -> int:
    """Write threads, clocks and links of these cases anew from the ledger; how many rows moved."""
    moved = 0
    for start in range(0, len(case_ids), AT_ONCE):
        with transaction.atomic():
            rows = Case.objects.filter(pk__in=case_ids[start : start + AT_ONCE]).order_by("pk")
            moved += _rewrite(load(rows.select_for_update(of=("self",))))
    return moved


def _rewrite(sheets: dict[int, Sheet]) -> int:
    stored = _stored(list(sheets))
    threads: list[tuple[object, ...]] = []
    clocks: list[tuple[object, ...]] = []
    for case_id, sheet in sheets.items():
        for each in _differ(sheet, stored[case_id]):
            if isinstance(each.rebuilt, ThreadRow):
                threads.append((case_id, *each.rebuilt))
            elif isinstance(each.rebuilt, ClockRow):
                clocks.append((case_id, *each.rebuilt))
    counted = _counted(list(sheets))
    wrong = [each for case_id, sheet in sheets.items() for each in _miscounted(sheet, counted[case_id])]
    for each in wrong:
        if isinstance(each.stored, marks.Mark):
            Mark.objects.filter(case_id=each.case_id, seq=each.stored.seq, key=each.stored.key).delete()
    THREADS.run(threads)
    CLOCKS.run(clocks)
    MARKS.run([(each.case_id, *each.rebuilt) for each in wrong if isinstance(each.rebuilt, marks.Mark)])
    if clocks:
        daily.again(sorted({int(str(row[0])) for row in clocks}))
    return len(threads) + len(clocks) + len(wrong) + _relink(sheets)


def _relink(sheets: dict[int, Sheet]) -> int:
    """Put the rows of links right; how many were wrong."""
    linked = link_rows.stored(list(sheets))
    wrong = [each for case_id, sheet in sheets.items() for each in _mislinked(sheet, linked[case_id])]
    told = {case_id: link_rows.told(sheets[case_id]) for case_id in {each.case_id for each in wrong}}
    for each in wrong:
        if isinstance(each.stored, LinkRow):
            Link.objects.filter(case_id=each.case_id, other_id=each.stored.other, kind=each.stored.kind).delete()
    LINKS.run(
        [
            (each.case_id, each.rebuilt.other, each.rebuilt.kind, *told[each.case_id][each.rebuilt])
            for each in wrong
            if isinstance(each.rebuilt, LinkRow)
        ]
    )
    return len(wrong)


def recompute_open(year: int) -> int:
    """Read the open limits anew that a loaded year can have to do with; how many rows moved. Closed cases stay."""
    return rebuild(open_cases_of(year))


def check_index(case_id: int) -> bool:
    """See that one case's rows say what its ledger says; False when they did not and were made again."""
    if not rebuild([case_id]):
        return True
    log.warning("the deadlines of case %d were not those of its ledger and have been made again", case_id)
    return False
