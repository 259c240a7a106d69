"""The worker: each limit is entered once, each owed act performed once, work in the outbox done once and never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError

from bihuan.access.models import Session
from bihuan.access.sessions import open_session
from bihuan.cases import happened, selectors
from bihuan.cases.happened import Happened
from bihuan.cases.models import Clock, Thread
from bihuan.flows import worker
from bihuan.flows.table import LATER, NOW
from bihuan.flows.worker import deliver, enter_limits, perform_due, run_once, tidy, work
from bihuan.ledger.models import Entry, Outbox, Request
from bihuan.ledger.services import Claim
from tests.factories.matters import STEPS, County, act, brought_to, opened

SHANGHAI = ZoneInfo("Asia/Shanghai")


def passed(case_id: int) -> list[tuple[str, str]]:
    """The limits entered as passed: clock and charged unit."""
    rows = Entry.objects.filter(stream=f"case:{case_id}", kind="limit_passed").order_by("seq")
    return [(row.facts["clock"], row.facts["charged_unit"]) for row in rows]


def test_a_limit_that_passes_is_entered_once_and_charged_to_who_held_it(county: County, clock: Any) -> None:
    case_id = opened(county.actor("clerk")).case_id
    assert not run_once().limits
    clock.set(datetime(2026, 10, 13, 17, 30, tzinfo=SHANGHAI))
    assert run_once().limits == 0  # the last instant is still in time
    clock.advance(timedelta(seconds=1))
    assert run_once().limits == 1
    assert run_once().limits == 0
    assert passed(case_id) == [("dispatch", county.units["centre"])]
    clock.advance(timedelta(days=30))
    assert run_once().limits == 2
    assert {key for key, _ in passed(case_id)} == {"dispatch", "answer", "resolve"}


def test_an_act_done_late_before_the_worker_came_is_entered_too(county: County, clock: Any) -> None:
    case_id = brought_to(county, "assigned")
    clock.advance(timedelta(days=2))
    act(county.actor("liaison"), case_id, "acknowledge")
    run_once()
    assert ("acknowledge", county.units["housing"]) in passed(case_id)
    done = Clock.objects.get(case_id=case_id, key="acknowledge")
    assert done.announce_at is None
    assert done.stopped_at > done.due_at


def test_a_clock_that_runs_anew_may_pass_anew(county: County, clock: Any) -> None:
    case_id = brought_to(county, "accepted")
    clock.advance(timedelta(days=2))
    run_once()
    for _ in range(2):  # what the centre has to rule on runs anew with each return
        act(county.actor("dispatcher"), case_id, "assign", STEPS["assigned"][2] | {"office": county.units["housing"]})
        act(county.actor("liaison"), case_id, "return_it", {"reason": "not_our_duty", "basis": "不属于本部门职责"})
        clock.advance(timedelta(days=5))
        run_once()
    assert [key for key, _ in passed(case_id)].count("rule") == 2


def test_that_a_limit_passed_is_nobodys_conflict(county: County, clock: Any) -> None:
    case_id = opened(county.actor("clerk")).case_id
    clock.advance(timedelta(days=2))
    run_once()
    act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2], seen=1)


def test_what_the_index_says_wrongly_does_not_stand_in_the_way(county: County, clock: Any) -> None:
    case_id = opened(county.actor("clerk")).case_id
    Clock.objects.filter(case_id=case_id).update(announce_at=clock() - timedelta(days=1))
    Thread.objects.filter(case_id=case_id).update(wake_at=clock() - timedelta(days=1))
    assert enter_limits(clock()) == 0
    assert perform_due(clock()) == 0
    assert passed(case_id) == []


def test_many_cases_are_gone_through_in_parts(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MOST", 3)
    ids = [opened(county.actor("clerk")).case_id for _ in range(8)]
    clock.advance(timedelta(days=2))
    assert run_once().limits == 8
    assert all(len(passed(case_id)) == 1 for case_id in ids)
    waiting = []
    for _ in range(4):
        waiting.append(brought_to(county, "handling"))
        ask = {"why": "court_pending", "until": "2026-10-16", "note": "等待法院的裁定。"}
        act(county.actor("officer"), waiting[-1], "suspend", ask)
        act(county.actor("head"), waiting[-1], "grant_suspend", thread="ask_suspend")
    clock.set(datetime(2026, 10, 16, 0, 0, tzinfo=SHANGHAI))
    assert run_once().acts == 4
    assert run_once().acts == 0


def test_a_passed_limit_leaves_work_that_is_done_once(county: County, clock: Any) -> None:
    opened(county.actor("clerk"))
    clock.advance(timedelta(days=2))
    assert run_once(outbox=False).limits == 1
    waiting = Outbox.objects.get(topic="case.limit_passed")
    assert (waiting.state, waiting.entry) == (0, Entry.objects.get(kind="limit_passed").pk)
    assert deliver() == (2, 0)  # the passed limit, and a reminder of another one
    assert deliver() == (0, 0)
    assert {row.state for row in Outbox.objects.all()} == {1}


def test_work_that_fails_is_put_back_and_comes_again(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Claim] = []

    def receive(taken: Claim) -> None:
        seen.append(taken)
        if len(seen) == 1:
            raise OSError("the post office is closed")

    monkeypatch.setitem(worker._BY_TOPIC, "case.limit_passed", (receive,))
    opened(county.actor("clerk"))
    clock.advance(timedelta(days=2))
    run_once(outbox=False)
    assert deliver() == (1, 1)  # the reminder of another limit went out
    assert deliver() == (0, 0)
    clock.advance(timedelta(minutes=2))
    assert deliver() == (1, 0)
    assert [taken.tries for taken in seen] == [1, 2]


def test_writers_are_called_once_for_all_events_of_their_kind(county: County) -> None:
    calls: list[list[Happened]] = []
    happened.follow({"accepted": (lambda events: calls.append(list(events)),)}, ["accepted"])
    try:
        case_id = brought_to(county, "assigned")
    finally:
        happened.follow(NOW, LATER)
    ((accepted,),) = calls
    assert (accepted.case_id, accepted.event.kind, accepted.position.state) == (case_id, "accepted", "to_assign")
    assert Entry.objects.get(pk=accepted.entry).kind == "accepted"
    assert Outbox.objects.get().payload == {"case": case_id, "seq": 2}


def test_a_writer_that_fails_undoes_the_act(county: County) -> None:
    def refuse(_events: Any) -> None:
        raise RuntimeError("no")

    case_id = opened(county.actor("clerk")).case_id
    happened.follow({"accepted": (refuse,)}, [])
    try:
        with pytest.raises(RuntimeError):
            act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2])
    finally:
        happened.follow(NOW, LATER)
    assert selectors.case_page(county.actor("dispatcher"), case_id).state == "registered"
    assert act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2]).state == "to_assign"


def test_counts_are_folded_by_the_round(county: County) -> None:
    brought_to(county, "archived")
    assert run_once().folded > 0
    assert not Thread.objects.filter(unsummed=True).exists()


def test_the_loop_stops_when_told_and_notes_an_anchor(county: County, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[int] = []
    monkeypatch.setattr(worker.anchors, "write", lambda: noted.append(1))
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    opened(county.actor("clerk"))
    rounds = iter([False] * 6)
    work(lambda: next(rounds, True), pause=0.01)
    assert noted == [1]


def test_a_fault_of_the_database_does_not_end_the_loop(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise OperationalError("the disk is full")

    monkeypatch.setattr(worker, "run_once", fail)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    rounds = iter([False] * 2)
    work(lambda: next(rounds, True), pause=0.01, anchor=False)
    assert tries


def test_what_is_over_is_cleared_away(county: County, clock: Any) -> None:
    opened(county.actor("clerk"))
    open_session(account=county.accounts["clerk"], post=county.posts["clerk"], stage="in")
    tidy()
    assert (Session.objects.count(), Request.objects.count()) == (1, 1)
    clock.advance(timedelta(days=1))
    tidy()
    assert (Session.objects.count(), Request.objects.count()) == (0, 1)
    clock.advance(timedelta(days=400))
    tidy()
    assert Request.objects.count() == 0
