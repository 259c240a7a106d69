"""One clock, set in one place, seen by every thread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest

from bihuan.ledger import clock

NOON = datetime(2026, 10, 12, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def test_it_tells_the_time_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_set_inside_a_block_for_every_thread() -> None:
    seen: list[datetime] = []
    with clock.at(NOON) as standing:
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC
        standing.advance(timedelta(hours=1))
        thread = Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
        with clock.at(NOON + timedelta(days=9)):
            assert clock.now() == NOON + timedelta(days=9)
        standing.set(NOON - timedelta(days=1))
        assert clock.now() == NOON - timedelta(days=1)
    assert seen == [NOON + timedelta(hours=1)]
    assert clock.now() > NOON


def test_a_source_may_give_any_zone_but_never_none() -> None:
    clock.set_clock(lambda: NOON)
    try:
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC
        clock.set_clock(lambda: datetime(2026, 10, 12))
        with pytest.raises(ValueError, match="aware"):
            clock.now()
    finally:
        clock.set_clock(None)
    with pytest.raises(ValueError, match="aware"), clock.at(datetime(2026, 10, 12)):
        pass
