"""Work left for the worker is taken once, and taken again when its worker was killed."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from bihuan.config.statements import counted
from bihuan.ledger import services
from bihuan.ledger.models import Outbox
from bihuan.ledger.selectors import outbox_counts
from bihuan.ledger.services import LEASE, TRIES, OutboxRow, claim, done, failed, forget_done, post_out


@pytest.mark.django_db
def test_taken_once_and_done(clock: Any) -> None:
    with counted() as count:
        post_out([OutboxRow("notice", {"to": 4}, entry=9), OutboxRow("order", {}, not_before=clock() + timedelta(hours=1))])
    assert len(count) == 1
    with counted() as count:
        (taken,) = claim()
    assert len(count) == 1
    assert (taken.topic, taken.payload, taken.entry, taken.tries) == ("notice", {"to": 4}, 9, 1)
    assert claim() == []
    assert done(taken)
    assert not done(taken)
    clock.advance(timedelta(hours=1))
    assert [one.topic for one in claim()] == ["order"]
    assert outbox_counts() == {"waiting": 1}


@pytest.mark.django_db
def test_a_killed_workers_work_is_taken_again_within_the_minute(clock: Any) -> None:
    post_out([OutboxRow("notice", {})])
    (lost,) = claim()
    clock.advance(LEASE - timedelta(seconds=1))
    assert claim() == []
    clock.advance(timedelta(seconds=1))
    assert timedelta(seconds=60) > LEASE
    (again,) = claim()
    assert (again.id, again.tries) == (lost.id, 2)
    assert not done(lost)  # the one that was killed, or only slow, has no say any more
    assert not failed(lost, "late")
    assert done(again)


@pytest.mark.django_db
def test_work_that_fails_waits_longer_each_time_and_is_given_up(clock: Any) -> None:
    post_out([OutboxRow("notice", {})])
    waited = []
    for _ in range(TRIES):
        began = clock()
        while not (taken := claim()):
            clock.advance(timedelta(seconds=30))
        waited.append(clock() - began)
        assert failed(taken[0], "no answer")
    assert waited == sorted(waited)
    clock.advance(timedelta(days=30))
    assert claim() == []
    assert outbox_counts() == {"given_up": 1}
    assert Outbox.objects.get().fault == "no answer"


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_take_the_same(clock: Any) -> None:
    post_out([OutboxRow("notice", {"n": n}) for n in range(60)])
    ready, taken = Barrier(4), []

    def work() -> None:
        try:
            ready.wait(10)
            while mine := claim(limit=3):
                taken.extend(one.id for one in mine)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == len(set(taken)) == 60


@pytest.mark.django_db
def test_what_was_done_is_cleared_page_by_page(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old work that nobody took lies between, more of it than a page; what is young ends the search."""
    monkeypatch.setattr(services, "_CLEARED", 3)
    old, young = clock() - timedelta(days=40), clock()
    for state, at in [(0, old)] * 4 + [(1, old)] * 7 + [(1, young)] * 5 + [(1, old)]:
        Outbox.objects.create(topic="none", state=state, not_before=at)
    assert forget_done(clock() - timedelta(days=30)) == 7
    assert Outbox.objects.filter(state=1).count() == 6, "behind a page of young work nothing is looked for"
    assert forget_done(clock() - timedelta(days=50)) == 0
