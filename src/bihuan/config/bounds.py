"""Overload: a web process works on a few requests at once, lets a few more wait a moment, and turns the rest away at once.

Without a bound every request waits for all before it, and everybody is served when nobody waits any more. Here the web
server has a thread for each request that works or waits; ``Bounded`` lets ``AT_ONCE`` of them work. A short crowd (a bell
at eight o'clock) waits up to ``PATIENCE``. Where there has been a queue for that long without a break, it is no crowd but
overload, until nobody was turned away for a while; then nobody waits longer than the work itself takes, and who would have
to is told at once when to come again: who is let in is answered soon, and nobody waits for nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connections

from bihuan.web.csp import ALWAYS, POLICY

AT_ONCE = 4
"""Requests of one process at work: they wait for the database more than for the processor."""
WAITING = 48
SPARE = 12
"""Threads that only say that it is too much, so that saying so never waits."""
THREADS = AT_ONCE + WAITING + SPARE
PATIENCE, HURRIED = 1.0, 0.1
"""Seconds. In a standing overload people wait ``HURRIED``, or as long as requests take at present, but never longer than else."""
RETRY_AFTER = 5
"""Seconds that who is turned away is asked to wait."""
FREE = ("/static/",)
"""Addresses that need no database and are answered always."""
WATCH = ("/healthz", "/readyz", "/metrics")
"""Addresses that a machine looks at: they have a place of their own, so that overload is not taken for death."""
log = logging.getLogger(__name__)
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">{again}
<title>请稍候</title><link rel="stylesheet" href="/static/bihuan/tokens.css">
<link rel="stylesheet" href="/static/bihuan/portal.css">
<body class="quiet"><div class="wrap"><main>
<h1>现在使用的人多，请稍等几秒再试</h1>
<p>这一次什么都没有保存。刚填的内容还在：请按浏览器的“后退”，再提交一次；同一张表提交两次也只会登记一件。</p>
<p lang="en">Too many people at this moment. Nothing was saved; go back and send it again in a few seconds.</p></main></div>
</html>
"""


class Place:
    """A place to work at. Its database connections go from thread to thread with it; ``began``: when it was taken."""

    def __init__(self) -> None:
        self.connections: dict[str, Any] = {}
        self.began = 0.0


class Slots:
    """The places of one process, and those who wait for one."""

    def __init__(self, places: int, waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._free = [Place() for _ in range(places)]
        self._queue: deque[_Ticket] = deque()
        self._places, self._most, self._clock = places, waiting, clock
        self._idle_at = clock()
        self._took, self._calm_at = 0.0, 0.0
        self.turned_away = 0

    def enter(self) -> Place | None:
        """A place, at once or after a moment; None where it is too much."""
        with self._lock:
            now = self._clock()
            if not self._queue:
                self._idle_at = now
                if self._free:
                    self._free[-1].began = now
                    return self._free.pop()
            over = now - self._idle_at > PATIENCE or now < self._calm_at
            patience = min(PATIENCE, max(HURRIED, self._took)) if over else PATIENCE
            in_vain = over and (len(self._queue) + 1) * self._took > patience * self._places
            if in_vain or len(self._queue) >= self._most:
                self._turn_away(now)
                return None
            ticket = _Ticket()
            self._queue.append(ticket)
        ticket.called.wait(patience)
        with self._lock:
            if ticket.place is None:
                self._queue.remove(ticket)
                self._turn_away(self._clock())
            return ticket.place

    def _turn_away(self, now: float) -> None:
        """Count it; until nobody was turned away for a while it is overload, though the queue be empty for a moment."""
        self.turned_away += 1
        self._calm_at = now + RETRY_AFTER

    def leave(self, place: Place, *, worked: bool = True) -> None:
        """Give a place to who has waited longest. ``worked``: not where a line of somebody's fetched a file all that time."""
        with self._lock:
            now = self._clock()
            if worked:
                self._took += (now - place.began - self._took) / 8
            place.began = now
            if self._queue:
                ticket = self._queue.popleft()
                ticket.place = place
                ticket.called.set()
            else:
                self._free.append(place)


class _Ticket:
    """Somebody waiting."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.place: Place | None = None


def _take_connections(place: Place) -> None:
    """Let the thread work with the place's connections."""
    for alias, connection in place.connections.items():
        connections[alias] = connection


def _put_connections(place: Place) -> None:
    """Take the thread's connections from it; the place keeps them for whoever comes next."""
    for connection in connections.all(initialized_only=True):
        if connection.alias not in place.connections:
            connection.inc_thread_sharing()
            place.connections[connection.alias] = connection
        del connections[connection.alias]


class Bounded:
    """The application within bounds."""

    def __init__(self, application: Application, *, slots: Slots | None = None) -> None:
        self._application = application
        self.slots = slots or Slots(AT_ONCE, WAITING)
        self._watch = Slots(1, WAITING)
        self._told = 0.0

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer, or say 503."""
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(FREE):
            return self._application(environ, start_response)
        slots = self._watch if path in WATCH else self.slots
        place = slots.enter()
        if place is None:
            self._tell(slots)
            return _turned_away(environ, start_response)
        _take_connections(place)
        try:
            answer = self._application(environ, start_response)
            if getattr(answer, "streaming", False):
                return _Streamed(answer, slots, place)
            body = b"".join(answer)
            if close := getattr(answer, "close", None):
                close()
        except BaseException:
            _put_connections(place)
            slots.leave(place)
            raise
        _put_connections(place)
        slots.leave(place)
        return [body]

    def _tell(self, slots: Slots) -> None:
        now = time.monotonic()
        if now - self._told > 10:
            self._told = now
            log.warning("overload: %d requests turned away since the start", slots.turned_away)


class _Streamed:
    """An answer that is made while it is sent: it keeps its place until it is closed."""

    def __init__(self, answer: Iterable[bytes], slots: Slots, place: Place) -> None:
        self._answer, self._slots, self._place = answer, slots, place
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        """Its pieces."""
        try:
            yield from self._answer
        finally:
            self.close()

    def close(self) -> None:
        """End it; twice is once."""
        if self._open:
            self._open = False
            try:
                self._answer.close()  # type: ignore[attr-defined]
            finally:
                _put_connections(self._place)
                self._slots.leave(self._place, worked=False)


def _turned_away(environ: Environ, start_response: Start) -> list[bytes]:
    again = f'<meta http-equiv="refresh" content="{RETRY_AFTER}">' if environ.get("REQUEST_METHOD") == "GET" else ""
    body = _PAGE.format(again=again).encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), ("Retry-After", str(RETRY_AFTER)),
        ("Cache-Control", "no-store"), ("Content-Security-Policy", POLICY.format(nonce=secrets.token_urlsafe(16))),
        *ALWAYS.items(),
    ]  # fmt: skip
    if settings.SECURE_HSTS_SECONDS:
        headers.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"))
    start_response("503 Service Unavailable", headers)
    return [body]
