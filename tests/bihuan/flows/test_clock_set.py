"""The server's clock is set back and forth: nothing in a matter runs backwards, what waits is not left, nothing is erased."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bihuan.access import sessions
from bihuan.access.models import Session
from bihuan.flows import worker
from bihuan.flows.clock_set import Watch, is_settled
from bihuan.ledger import anchors
from bihuan.ledger.models import Entry, Request
from bihuan.ledger.selectors import clock_behind
from bihuan.ledger.services import OutboxRow, claim, post_out
from bihuan.ledger.verify import verify
from tests.factories.matters import STEPS, County, act, opened

YEAR = timedelta(days=365)


def test_nothing_in_a_matter_runs_backwards(county: County, clock: Any) -> None:
    """Between any two acts the clock may be anywhere within two years; that rebuilt = stored is seen after every test here."""
    chance, start = random.Random(13710), clock()
    cases = [opened(county.actor("clerk")).case_id for _ in range(3)]
    for doer, action, given in list(STEPS.values())[:4]:
        for case_id in cases:
            clock.set(start + chance.uniform(-1, 1) * YEAR)
            office = {"office": county.units["housing"]} if action == "assign" else {}
            act(county.actor(doer), case_id, action, {**given, **office})
    clock.set(start - YEAR)
    worker.run_once()
    for case_id in cases:
        told = list(Entry.objects.filter(stream=f"case:{case_id}").order_by("seq").values_list("at", flat=True))
        assert len(told) >= 5
        assert told == sorted(told)
    assert verify().ok


def test_what_a_clock_running_ahead_left_is_done_when_it_is_right(county: County, clock: Any) -> None:
    watch = Watch()
    assert watch.look(clock()), "the first look: it may have happened while nothing ran"
    clock.advance(YEAR)
    assert not watch.look(clock()), "ahead cannot be told from time passing"
    post_out([OutboxRow("nothing", {})])
    token = sessions.open_session(account=county.accounts["clerk"], post=county.posts["clerk"], stage="in")
    clock.advance(-YEAR)
    assert sessions.load(token) is None, "nobody knows how old it is"
    assert claim() == [], "the control: the work waits for next year"
    assert watch.look(clock())
    assert not watch.look(clock())
    assert Session.objects.count() == 0
    assert [work.topic for work in claim()] == ["nothing"]


def test_small_steps_of_the_clock_are_no_matter(county: County, clock: Any) -> None:
    watch = Watch()
    watch.look(clock())
    token = sessions.open_session(account=county.accounts["clerk"], post=county.posts["clerk"], stage="in")
    clock.advance(timedelta(seconds=-40))
    assert not watch.look(clock())
    assert sessions.load(token) is not None


def test_the_clock_is_behind_what_has_happened(county: County, clock: Any) -> None:
    opened(county.actor("clerk"))
    assert clock_behind(clock()) == 0
    assert clock_behind(clock() - timedelta(minutes=90)) == 5400


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ANCHORS", tmp_path)


@pytest.mark.usefixtures("noted")
@pytest.mark.django_db(transaction=True)
def test_a_clock_that_leaps_is_not_believed_for_a_day(clock: Any) -> None:
    def hours(many: int) -> bool:
        for _ in range(many):
            clock.advance(timedelta(hours=1))
            anchors.write()
        return is_settled(clock())

    assert not is_settled(clock())
    assert not hours(20), "in its first day"
    assert hours(6)
    clock.advance(YEAR)
    assert not is_settled(clock())
    assert not hours(20), "a leap of a year"
    assert hours(6), "the control: a day has really passed"


def test_nothing_is_erased_by_a_clock_that_is_not_believed(county: County, clock: Any) -> None:
    opened(county.actor("clerk"))
    clock.advance(3 * YEAR)
    worker.tidy(settled=False)
    assert Request.objects.count() == 1
    worker.tidy()
    assert Request.objects.count() == 0, "the control"


def test_a_full_disk_does_not_end_the_worker(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def full() -> None:
        tries.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker.anchors, "write", full)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    rounds = iter([False] * 2)
    worker.work(lambda: next(rounds, True), pause=0.01)
    assert tries
