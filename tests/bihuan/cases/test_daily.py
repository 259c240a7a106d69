"""Daily sums say what the rows say, for everybody who looks: through acts, late corrections, reopening, avoidance and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from bihuan.access.actors import Actor
from bihuan.cases import counts, daily
from bihuan.cases.models import Case, Clock, DayShare, DaySum, Thread
from bihuan.cases.rebuilding import rebuild
from bihuan.config.statements import counted
from bihuan.reports.board import window
from bihuan.rulebook.selectors import calendar_for, current_pack
from bihuan.rules.calendar import Calendar
from tests.factories.matters import EAST, GRID_1, STEPS, WEST, County, act, brought_to, opened

LOOKERS = (
    "head", "dispatcher", "east_head", "west_head", "authority_head", "leader", "water_leader", "police_leader", "village_head",
    "grid_leader", "admin",
)  # fmt: skip


def calendar() -> Calendar:
    """The county's."""
    return calendar_for(current_pack())


def unit_of(actor: Actor) -> int:
    """As the board asks: one unit where the post sees no area."""
    return 0 if any(actor.scope.area_codes) or actor.scope.everything else actor.unit


def by_rows(actor: Actor, days: Sequence[datetime], procedure: str = "") -> daily.Recent:
    """The same question answered by every row."""
    return daily.Recent(
        counts.limits_ended(actor, days, unit=unit_of(actor), procedure=procedure),
        counts.closed(actor, days, procedure=procedure),
    )


def differing(county: County, now: datetime) -> list[str]:
    """Who is told by the sums what the rows do not say; everybody else is answered by the sums."""
    _, days = window(calendar(), now)
    found = []
    for name in LOOKERS:
        actor = county.actor(name)
        for procedure in ("", "matter", "no such"):
            summed = daily.recent(actor, calendar(), days, now, unit=unit_of(actor), procedure=procedure)
            if summed is None:
                assert name == "admin", "who sees no case is not answered by sums"
            elif summed != by_rows(actor, days, procedure):
                found.append(f"{name} {procedure}")
    return found


def history(county: County, clock: Any) -> list[int]:
    """Matters at every step in two townships, about offices and people, some late, with limits of several offices."""
    found = []
    for step in ("", *STEPS):
        found += [brought_to(county, step, area_code=area) for area in (GRID_1, WEST)]
    for about in ("housing", "water", "centre"):
        found.append(opened(county.actor("east_clerk"), about_unit=county.units[about]).case_id)
    found.append(brought_to(county, "archived", about_unit=county.units["water"]))
    found.append(opened(county.actor("clerk"), about_account=county.accounts["east_head"], area_code=GRID_1).case_id)
    clock.advance(timedelta(days=4))
    found += [brought_to(county, "archived", area_code=area) for area in (GRID_1, WEST, EAST)]
    return found


def test_the_sums_are_what_the_rows_say(county: County, clock: Any) -> None:
    cases = history(county, clock)
    assert by_rows(county.actor("head"), window(calendar(), clock())[1]).ended, "there is something to count"
    assert daily.waiting() == len(cases)
    assert differing(county, clock()) == []
    assert daily.fold(clock(), limit=7) > 0
    assert 0 < daily.waiting() < len(cases)
    assert differing(county, clock()) == []
    while daily.fold(clock()):
        pass
    assert daily.waiting() == 0
    assert differing(county, clock()) == []
    handling = next(pk for pk in cases if Thread.objects.get(case_id=pk, name="main").state == "handling")
    clock.advance(timedelta(days=20))
    act(county.actor("officer"), handling, "progress", {"note": "材料已到，明天施工。"})
    assert daily.waiting() == 1
    assert differing(county, clock()) == []
    while daily.fold(clock()):
        pass
    clock.advance(timedelta(days=25))
    assert differing(county, clock()) == []


def test_a_sum_that_lies_is_seen(county: County, clock: Any) -> None:
    """The control of everything here."""
    history(county, clock)
    while daily.fold(clock()):
        pass
    assert daily.stored(clock()) == daily.by_hand(clock())
    one = DaySum.objects.filter(cell="430624", unit__gt=0).first() or DaySum.objects.filter(unit__gt=0).earliest("pk")
    DaySum.objects.filter(pk=one.pk).update(whole=one.whole + 1)
    assert daily.stored(clock()) != daily.by_hand(clock())
    assert differing(county, clock()) != []
    daily.recount(clock())
    assert differing(county, clock()) == []
    ended = Clock.objects.filter(stopped_at__isnull=False, lit=True, charged_unit__gt=0).earliest("pk")
    Clock.objects.filter(pk=ended.pk).update(stopped_at=None)  # not by an act: the sums cannot know
    assert daily.stored(clock()) != daily.by_hand(clock())
    assert rebuild([ended.case_id]) > 0
    assert daily.stored(clock()) == daily.by_hand(clock())


def test_whoever_a_matter_is_about_learns_nothing_from_a_sum(county: County, clock: Any) -> None:
    _, days = window(calendar(), clock())
    looks = {name: county.actor(name) for name in ("water_leader", "head", "authority_head")}

    def closed() -> dict[str, int]:
        found = {}
        for name, actor in looks.items():
            told = daily.recent(actor, calendar(), days, clock(), unit=unit_of(actor))
            assert told
            found[name] = told.closed.cases
        return found

    before = closed()
    brought_to(county, "archived", about_unit=county.units["water"])
    for _ in range(2):  # as it waits, and once it is in the sums
        after = closed()
        assert after["water_leader"] == before["water_leader"]
        assert after["head"] == before["head"] + 1
        while daily.fold(clock()):
            pass
    assert DaySum.objects.filter(about_unit=county.units["water"]).exists()


def test_where_too_many_wait_the_rows_are_counted(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = history(county, clock)
    _, days = window(calendar(), clock())
    monkeypatch.setattr(daily, "MOST_WAITING", len(cases) - 1)
    assert daily.recent(county.actor("head"), calendar(), days, clock()) is None
    daily.fold(clock(), limit=1)
    assert daily.recent(county.actor("head"), calendar(), days, clock()) is not None


def test_other_windows_are_not_answered_by_sums(county: County, clock: Any) -> None:
    _, days = window(calendar(), clock())
    head = county.actor("head")
    assert daily.recent(head, calendar(), days, clock()) is not None
    assert daily.recent(head, calendar(), days[:-1], clock()) is None, "a window that does not end today"
    assert daily.recent(head, calendar(), days, clock() + timedelta(days=1)) is None


def test_what_nobody_reads_any_more_is_cleared_away(county: County, clock: Any) -> None:
    brought_to(county, "archived")
    while daily.fold(clock()):
        pass
    assert DayShare.objects.exists()
    assert daily.clear(clock()) == 0
    clock.advance(daily.KEPT + timedelta(days=2))
    assert daily.clear(clock()) > 0
    assert not DaySum.objects.exists()
    assert not DayShare.objects.exists()
    assert daily.stored(clock()) == daily.by_hand(clock()) == {}


def test_an_act_needs_no_statement_more_and_an_idle_round_one(county: County, clock: Any) -> None:
    case_id = brought_to(county, "accepted")
    while daily.fold(clock()):
        pass
    with counted() as count:
        act(county.actor("dispatcher"), case_id, "assign", {"office": county.units["housing"], "basis": "城市照明职责"})
    assert not any("daysum" in sql or "dayshare" in sql for sql in count.statements)
    assert daily.waiting() == 1
    daily.fold(clock())
    with counted() as count:
        assert daily.fold(clock()) == 0
    assert len(count) == 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_rows_there_are(county: County, clock: Any, seed: int) -> None:
    """Rows as no procedure makes them: ends on any days, begun anew, moved, about anybody, closed and open again."""
    drawn = Random(seed)
    cases = [brought_to(county, drawn.choice(("handling", "archived")), area_code=drawn.choice((GRID_1, WEST))) for _ in range(6)]
    clock.advance(timedelta(days=40))
    kept = {pk: list(Clock.objects.filter(case_id=pk).values()) for pk in cases}
    columns = {pk: Case.objects.filter(pk=pk).values("closed_at", "about_unit_id", "about_account_id").get() for pk in cases}
    units = [county.units[key] for key in ("housing", "water", "centre")]
    for _ in range(12):
        pk = drawn.choice(cases)
        for row in Clock.objects.filter(case_id=pk):
            ended = drawn.choice((None, clock() - timedelta(hours=drawn.randrange(24 * 45))))
            due = drawn.choice((None, clock() - timedelta(hours=drawn.randrange(24 * 45))))
            Clock.objects.filter(pk=row.pk).update(stopped_at=ended, due_at=due, charged_unit=drawn.choice((0, *units)))
        Case.objects.filter(pk=pk).update(
            closed_at=drawn.choice((None, clock() - timedelta(hours=drawn.randrange(24 * 45)))),
            about_unit_id=drawn.choice((0, 0, *units)),
            about_account_id=drawn.choice((0, 0, county.accounts["east_head"])),
        )
        daily.again([pk])
        if drawn.random() < 0.6:
            daily.fold(clock(), limit=drawn.choice((1, 500)))
        assert differing(county, clock()) == []
        assert daily.stored(clock()) == daily.by_hand(clock())
    for pk in cases:  # as the ledger has it, for whoever looks after the test
        Case.objects.filter(pk=pk).update(**columns[pk])
        for values in kept[pk]:
            Clock.objects.filter(pk=values["id"]).update(**values)
        daily.again([pk])
