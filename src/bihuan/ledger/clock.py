"""The one injectable clock. Everything that asks what time it is asks here; tests and the demonstration set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock

Source = Callable[[], datetime]


def _real() -> datetime:
    return datetime.now(UTC)


def behind(by: timedelta) -> Source:
    """The machine's own time less ``by``: a demonstration whose last day lies in the past goes on from there."""
    return lambda: _real() - by


_source: Source = _real
_lock = RLock()


def now() -> datetime:
    """The instant of receipt: aware, in UTC. Raises ValueError when an injected source gives a naive instant."""
    instant = _source()
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError("the clock's source must give aware instants")
    return instant.astimezone(UTC)


def set_clock(source: Source | None) -> None:
    """Tell the time by ``source`` from now on, in every thread of this process; None = the machine's own clock."""
    global _source
    with _lock:
        _source = source or _real


class SetClock:
    """A clock that stands until it is moved. Safe to read and move from several threads."""

    def __init__(self, instant: datetime) -> None:
        self._lock = RLock()
        self.set(instant)

    def __call__(self) -> datetime:
        """The instant at which it stands."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Stand at ``instant`` (aware) from now on."""
        if instant.tzinfo is None:
            raise ValueError("a clock is set to an aware instant")
        with self._lock:
            self._instant = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Move by ``by`` and return the new instant."""
        with self._lock:
            self._instant += by
            return self._instant


@contextmanager
def at(instant: datetime) -> Iterator[SetClock]:
    """Let every thread see ``instant`` inside the block; the yielded clock can be moved. Blocks nest, last in first out."""
    global _source
    clock = SetClock(instant)
    with _lock:
        before, _source = _source, clock
    try:
        yield clock
    finally:
        with _lock:
            _source = before
