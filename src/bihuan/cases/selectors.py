"""What can be read of cases; everything through the actor's scope, out of scope = not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.access.scope import as_q, in_area
from bihuan.cases import codes, pages
from bihuan.cases.errors import NotFound
from bihuan.cases.ground import ground
from bihuan.cases.lines import (
    CASE_FIELDS,
    OPEN_LIGHTS,
    THREAD_FIELDS,
    by_limit,
    counts_by_light,
    ended_in,
    light_is,
    light_of_thread,
    limit_key,
    lines,
    row_number,
)  # fmt: skip
from bihuan.cases.models import Case, Clock, Involved, Thread
from bihuan.cases.narrowing import found_in, is_narrow, narrowed
from bihuan.cases.numbering import written_number
from bihuan.cases.shapes import (
    MAIN,
    BesideLine,
    CaseFilter,
    CasePage,
    CasesPage,
    Overdue,
    Placed,
    SeenCase,
    TrackPage,
    WorkLine,
    WorkPage,
)
from bihuan.cases.sheet import EVERYTHING, in_scope, load, stream_of
from bihuan.ledger import clock
from bihuan.ledger.selectors import stream_events
from bihuan.rulebook.selectors import pack
from bihuan.rules.procedure.decide import due_automatic
from bihuan.rules.terms import NOBODY, Holder
from bihuan.vault import keyed_hash

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.rules.procedure.view import Offer

MOST = 200
AT_ONCE = 1000


def my_work(actor: Actor, *, light: str | None = None, after: str = "", limit: int = 50) -> WorkPage:
    """Open threads that wait for the actor's unit and post, earliest limit first, with counts per light.

    ``light``: only that light ("" as counted = no clock runs; None = all). Three statements.
    """
    now = clock.now()
    waiting = waiting_for(actor)
    chosen = waiting.filter(light_is(light, now)) if light else waiting
    limit = min(max(limit, 1), MOST)
    rows = list(by_limit(chosen, after).values(*THREAD_FIELDS, *(f"case__{name}" for name in CASE_FIELDS))[: limit + 1])
    shown = rows[:limit]
    return WorkPage(
        lines=lines(shown, now, case="case__", thread=""),
        after=limit_key(shown[-1]) if len(rows) > limit else "",
        counts=counts_by_light(waiting, now),
    )


def work_counts(actor: Actor) -> Mapping[str, int]:
    """Open threads of the actor's unit and post per light (one statement)."""
    return counts_by_light(waiting_for(actor), clock.now())


def waiting_for(actor: Actor) -> QuerySet[Thread]:
    """Open threads held by the actor's unit and post, inside the scope: what is about the actor is not among them."""
    if actor.kind != "staff" or not actor.unit:
        return Thread.objects.none()
    held = Thread.objects.filter(open=True, holder_unit=actor.unit, holder_post__in=(actor.post, ""))
    return held.filter(as_q(actor.scope, Involved.objects.all(), prefix="case__", each=True))


def case_list(actor: Actor, filters: CaseFilter | None = None, *, after: str = "", limit: int = 50) -> CasesPage:
    """Cases in the actor's scope, newest first; key-set paging over the id. Two statements, one more for each way to see.

    A line shows the case's main thread, or what the filter found in it, for one more statement.
    """
    return _listed(actor, filters or CaseFilter(), after, min(max(limit, 1), MOST), {})


def every_line(actor: Actor, filters: CaseFilter) -> Iterator[WorkLine]:
    """All lines of ``case_list``, page after page of a thousand, so that few are in memory: for files."""
    names: dict[str, str] = {}
    page = _listed(actor, filters, "", AT_ONCE, names)
    yield from page.lines
    while page.after:
        page = _listed(actor, filters, page.after, AT_ONCE, names)
        yield from page.lines


def _listed(actor: Actor, filters: CaseFilter, after: str, limit: int, names: dict[str, str]) -> CasesPage:
    """A page of the list; ``names``: those of the areas that earlier pages named."""
    now = clock.now()
    if filters.by_limit:
        return _by_limit(actor, filters, after, limit, now, names)
    rows = list(_newest(actor, filters, row_number(after), limit + 1, now).values(*LINE))
    found = found_in(filters, [row["id"] for row in rows[:limit]], now)
    shown = [row | found[row["id"]] if row["id"] in found else row for row in rows[:limit]]
    return CasesPage(
        lines=lines(shown, now, case="", thread="main__", known=names), after=str(shown[-1]["id"]) if len(rows) > limit else ""
    )


def _by_limit(actor: Actor, filters: CaseFilter, after: str, limit: int, now: datetime, names: dict[str, str]) -> CasesPage:
    """Open cases with the earliest limit of their main thread first; those without one last. Two statements."""
    cases = Case.objects.annotate(main=FilteredRelation("threads", condition=Q(threads__name=MAIN)))
    wanted = cases.filter(matching(filters, actor, now)).values("pk")
    threads = Thread.objects.filter(as_q(actor.scope, Involved.objects.all(), prefix="case__"), open=True, name=MAIN)
    found = by_limit(threads.filter(case_id__in=wanted), after)
    rows = list(found.values(*THREAD_FIELDS, *(f"case__{name}" for name in CASE_FIELDS))[: limit + 1])
    shown = rows[:limit]
    return CasesPage(
        lines=lines(shown, now, case="case__", thread="", known=names), after=limit_key(shown[-1]) if len(rows) > limit else ""
    )


LINE = (*CASE_FIELDS, *(f"main__{name}" for name in THREAD_FIELDS))


def _newest(actor: Actor, filters: CaseFilter, before: int, limit: int, now: datetime) -> QuerySet[Case]:
    """The newest cases of a scope at the same cost however many there are.

    A condition with OR would let no index give their order, so every way to see (an area, a unit that held them) is
    asked for its own newest. Where only open cases can be meant these are read first and then sorted: ``+ 0`` keeps the
    database from walking through all that is archived in search of them.
    """
    wanted = matching(filters, actor, now) & (Q(pk__lt=before) if before else Q())
    cases = Case.objects.annotate(main=FilteredRelation("threads", condition=Q(threads__name=MAIN)))
    scope = EVERYTHING if actor.kind == "resident" else actor.scope
    if filters.is_open or is_narrow(filters, now) or _is_passing(filters, actor):
        return cases.filter(in_scope(actor, each=False), wanted).order_by((F("pk") + 0).desc())[:limit]
    if scope.everything:
        return cases.filter(in_scope(actor, each=False), wanted).order_by("-pk")[:limit]
    allowed = cases.filter(as_q(replace(scope, everything=True)), wanted)
    ways = [allowed.filter(in_area(code)).order_by("-pk") for code in scope.area_codes if code]
    ways += [allowed.filter(involved__unit_id=unit).order_by("-involved__case_id") for unit in scope.units if unit]
    ids = {case_id for way in ways for case_id in way.values_list("pk", flat=True)[:limit]}
    return cases.filter(pk__in=sorted(ids, reverse=True)[:limit]).order_by("-pk")


def matching(filters: CaseFilter, actor: Actor, now: datetime) -> Q:
    """The filter as a condition.

    What only open cases can have is looked up among the open threads, which are few; what ended ones have is asked of
    each case on the way from the newest back, where it is common.
    """
    wanted = narrowed(filters, now)
    if filters.area_code:
        wanted &= Q(area_code=filters.area_code) if filters.area_alone else in_area(filters.area_code)
    if filters.procedure:
        wanted &= Q(procedure=filters.procedure)
    if filters.category:
        wanted &= Q(category=filters.category)
    if filters.number:
        wanted &= numbered(filters.number, actor, now)
    main = Thread.objects.filter(open=True, name=MAIN)
    if filters.light and filters.light not in OPEN_LIGHTS:
        wanted &= Q(main__open=False) & ended_in(filters.light, "main__")
    if filters.is_open is True:
        wanted &= Q(pk__in=main.values("case_id"))
    elif filters.is_open is False:
        wanted &= Q(closed_at__isnull=False)
    if _is_passing(filters, actor):
        wanted &= Q(pk__in=main.filter(state=filters.state).values("case_id"))
    elif filters.state:
        wanted &= Q(main__state=filters.state)
    return wanted


def open_ids() -> list[int]:
    """Ids of all matters on which something is still open. One statement."""
    return list(Thread.objects.filter(open=True).order_by("case_id").values_list("case_id", flat=True).distinct())


def open_by_version() -> dict[str, int]:
    """How many open cases go by each version of the rules, by its digest. One statement."""
    rows = Case.objects.filter(closed_at=None).order_by().values_list("pack_digest").annotate(n=Count("pk"))
    return dict(rows)


def kept_from(actor: Actor) -> QuerySet[Case]:
    """The cases about the actor, his unit or a unit above it: a room above hides with them what led to them."""
    about = Q(about_unit_id__in=[unit for unit in actor.scope.chain if unit])
    if actor.scope.persons:
        about |= Q(about_account_id__in=actor.scope.persons)
    return Case.objects.filter(about)


def seen(actor: Actor, ids: Collection[int]) -> dict[int, SeenCase]:
    """Those of the cases that the actor may see, by id: number, title, rules, place. One statement, none for no ids."""
    if not ids:
        return {}
    rows = Case.objects.filter(in_scope(actor), pk__in=ids).values_list(
        "pk", "number", "title", "procedure", "pack_digest", "area_code"
    )
    return {row[0]: SeenCase(*row) for row in rows}


def _is_passing(filters: CaseFilter, actor: Actor) -> bool:
    """True for a state that only open cases are in, by the procedure asked for, else by all that are in force."""
    if not filters.state or not actor.pack_digest:
        return False
    every = pack(actor.pack_digest).procedures
    meant = [every[filters.procedure]] if filters.procedure in every else every.values()
    return not any(one.key == filters.state and one.final for procedure in meant for one in procedure.states)


def numbered(typed: str, actor: Actor, now: datetime) -> Q:
    """A number as people type it: whole, without the county's code, or its last digits of this year or the last."""
    text = typed.strip()[:64]
    meant = {text}
    if actor.pack_digest:
        under = ground(actor.pack_digest, org_stamp=actor.org_stamp)
        spec, sequence = under.pack.numbers["case"], row_number(text)
        meant.add(f"{under.pack.area.code}-{text}")
        if sequence:
            years = (now, now.replace(year=now.year - 1, day=1))
            meant |= {written_number(spec, under, actor.area_code, at, sequence) for at in years}
    return Q(number__in=meant) | (Q(external_number=text) & ~Q(external_number=""))


def case_page(actor: Actor, case_id: int) -> CasePage:
    """Everything the page of one case shows, in at most six statements. Raises NotFound."""
    page = pages.case_page(actor, Case.objects.filter(in_scope(actor), pk=case_id))
    if page is None:
        raise NotFound(_("There is no such case."))
    return page


def titles(actor: Actor, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and title of those of these cases that the actor may see, by id. One statement."""
    rows = Case.objects.filter(in_scope(actor), pk__in=ids).values_list("pk", "number", "title")
    return {pk: (number, title) for pk, number, title in rows}


def numbers(ids: Collection[int]) -> dict[int, str]:
    """Numbers of cases by id, for the officer who sees who looked at whom; nothing else of the case. One statement."""
    return dict(Case.objects.filter(pk__in=ids).values_list("pk", "number"))


def by_number(actor: Actor, typed: str) -> int:
    """The one case with this number, typed as people type it; 0 where the actor sees none or several. One statement."""
    if not typed.strip() or not typed.isprintable():  # what cannot be kept is no number; one database would break on it
        return 0
    found = Case.objects.filter(in_scope(actor), numbered(typed, actor, clock.now())).values_list("pk", flat=True)[:2]
    return found[0] if len(found) == 1 else 0


def offers(actor: Actor, case_id: int) -> tuple[Offer, ...]:
    """The acts this actor may do on the case now. Two statements. Raises NotFound."""
    found = pages.offers(actor, Case.objects.filter(in_scope(actor), pk=case_id))
    if found is None:
        raise NotFound(_("There is no such case."))
    return found


def tracking(code: str) -> TrackPage | None:
    """The resident's page for a tracking code, typed in any spelling of it; None when no case has that code."""
    plain = codes.normalised(code)
    if not plain:
        return None
    return pages.track_page(Case.objects.filter(tracking_hash=keyed_hash(plain, "code")))


def offered(actor: Actor, case_id: int) -> pages.Offered:
    """``offers`` with the rules that the case goes by. Two statements. Raises NotFound."""
    found = pages.offered(Case.objects.filter(in_scope(actor), pk=case_id), actor)
    if found is None:
        raise NotFound(_("There is no such case."))
    return found


def resident_offers(code: str) -> pages.Offered | None:
    """What the resident of a tracking code may do now; None when no case has that code. Two statements."""
    plain = codes.normalised(code)
    return pages.offered(Case.objects.filter(tracking_hash=keyed_hash(plain, "code"))) if plain else None


def case_of_code(code: str) -> int:
    """The number of the case with that tracking code, 0 when there is none. One statement."""
    plain = codes.normalised(code)
    known = Case.objects.filter(tracking_hash=keyed_hash(plain, "code")) if plain else Case.objects.none()
    return known.values_list("pk", flat=True).first() or 0


# -- for the worker ---------------------------------------------------------------------------------------------------


def limits_passed(now: datetime, *, limit: int = MOST) -> list[tuple[int, str, str]]:
    """(case, thread, clock) of limits that have passed by ``now`` and are not entered yet, the longest past first."""
    passed = Clock.objects.filter(announce_at__lt=now).order_by("announce_at", "pk")
    return list(passed.values_list("case_id", "thread", "key")[:limit])


def holder(case_id: int, thread: str = MAIN) -> Holder:
    """Who holds a thread of a case now; nobody when there is no such thread. One statement."""
    row = Thread.objects.filter(case_id=case_id, name=thread).values_list("holder_unit", "holder_post").first()
    return Holder(*row) if row else NOBODY


def state_of(case_id: int, thread: str = MAIN) -> str:
    """The state in which a thread of a case is; "" when there is no such thread. One statement."""
    return Thread.objects.filter(case_id=case_id, name=thread).values_list("state", flat=True).first() or ""


def last_doer(case_id: int, kind: str) -> tuple[int, str]:
    """Unit and post of whoever did something of that kind last on a case; (0, "") when nobody did. One statement."""
    events, _head = stream_events(stream_of(case_id))
    done = next((event.by for event in reversed(events) if event.kind == kind), None)
    return (done.unit, done.post) if done else (0, "")


def placed(case_id: int) -> Placed | None:
    """A case's number, rules, receiving centre and whom it is about; None when there is none. One statement."""
    row = Case.objects.filter(pk=case_id).values_list(
        "id", "number", "title", "procedure", "pack_digest", "centre_id", "about_unit_id", "about_account_id", "is_demo",
        "contact_id",
    )  # fmt: skip
    return next((Placed(*one[:-1], one[-1] or 0) for one in row), None)


def beside(
    actor: Actor, kind: str, *, items: Collection[str] = (), holder: int = 0, only_open: bool = True, limit: int = MOST
) -> list[BesideLine]:
    """Threads of one kind in the actor's scope, earliest limit first. One statement.

    ``items``: only those of these items; ``holder``: only those that this unit holds.
    """
    now = clock.now()
    found = Thread.objects.filter(as_q(actor.scope, Involved.objects.all(), prefix="case__"), kind=kind)
    if only_open:
        found = found.filter(open=True)
    if items:
        found = found.filter(item__in=items)
    if holder:
        found = found.filter(holder_unit=holder)
    rows = found.order_by(F("due_at").asc(nulls_last=True), "pk").values_list(
        "case_id", "name", "item", "state", "open", "holder_unit", "due_at", "amber_at", "stopped_at", "paused",
        "case__number", "case__title", "case__pack_digest", "case__procedure",
    )  # fmt: skip
    return [
        BesideLine(
            case_id=row[0], thread=row[1], item=row[2], state=row[3], open=row[4], holder_unit=row[5], due_at=row[6],
            light=light_of_thread(row[6], row[7], row[8], row[9], now),
            number=row[10], title=row[11], pack_digest=row[12], procedure=row[13],
        )
        for row in rows[:limit]
    ]  # fmt: skip


def overdue(actor: Actor, begins: datetime, ends: datetime, clocks: Collection[str], *, limit: int = MOST) -> list[Overdue]:
    """Limits of these clocks in the actor's scope that fell in a stretch of time and were not kept. One statement.

    What is about an office or a person is left out: the list is for everybody to read.
    """
    late = Q(stopped_at__gt=F("due_at")) | Q(stopped_at=None, state="running")
    found = Clock.objects.filter(
        as_q(actor.scope, Involved.objects.all(), prefix="case__"), late, thread=MAIN, key__in=clocks, lit=True,
        due_at__gte=begins, due_at__lt=ends, charged_unit__gt=0, case__about_unit_id=0, case__about_account_id=0,
    )  # fmt: skip
    rows = found.order_by("charged_unit", "due_at", "pk").values_list(
        "charged_unit", "case_id", "case__number", "case__title", "key", "due_at", "stopped_at"
    )
    return [
        Overdue(unit, case_id, number, title, key, due_at, stopped_at)
        for unit, case_id, number, title, key, due_at, stopped_at in rows[:limit]
        if due_at is not None
    ]


def reminders_due(now: datetime, *, limit: int = MOST) -> list[tuple[int, str, str]]:
    """(case, thread, clock) of limits not passed by ``now`` whose next reminder is due, the longest due first."""
    due = Clock.objects.filter(remind_at__lte=now, due_at__gte=now).order_by("remind_at", "pk")
    return list(due.values_list("case_id", "thread", "key")[:limit])


def next_due(now: datetime) -> datetime | None:
    """When the worker next has to enter a limit, remind, or look whether it owes an act, as it stands; None = never.

    A moment up to ``now`` when something is due already. Three statements.
    """
    passing = Clock.objects.filter(announce_at__isnull=False).order_by("announce_at").values_list("announce_at", flat=True)
    reminding = Clock.objects.filter(remind_at__isnull=False, due_at__gte=now).order_by("remind_at")
    waking = Thread.objects.filter(wake_at__isnull=False).order_by("wake_at").values_list("wake_at", flat=True)
    found = (rows.first() for rows in (passing, reminding.values_list("remind_at", flat=True), waking))
    return min((at for at in found if at is not None), default=None)


def acts_due(now: datetime, *, after: int = 0, limit: int = MOST) -> tuple[list[tuple[int, str, str]], int]:
    """(case, thread, action) of the acts that the system owes by ``now``, and the last thread looked at (0 = the end).

    The index names the threads that may owe one; whether they do is asked of the rules.
    """
    rows = Thread.objects.filter(wake_at__lte=now, pk__gt=after).order_by("pk").values_list("pk", "case_id")[:limit]
    waking = list(rows)
    sheets = load(Case.objects.filter(pk__in={case_id for _, case_id in waking})) if waking else {}
    due = [
        (case_id, thread, action)
        for case_id, sheet in sheets.items()
        for thread, action in due_automatic(
            sheet.view(), max(now, sheet.events[-1].at), sheet.ground.calendar, sheet.ground.directory
        )
    ]
    return due, waking[-1][0] if len(waking) == limit else 0
