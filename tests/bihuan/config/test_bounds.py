"""Within bounds: never more at work than places, a moment's wait for a short crowd, 503 with Retry-After for the rest."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory

from bihuan.config import bounds
from bihuan.config.bounds import Bounded, Slots
from bihuan.console import processes
from bihuan.web.csp import ALWAYS, SafeHeaders

GET = {"PATH_INFO": "/desk/", "REQUEST_METHOD": "GET"}


class Work:
    """An application that takes a while and counts how many are in it at once."""

    def __init__(self, seconds: float) -> None:
        self.most = self.now = 0
        self._seconds, self._lock = seconds, threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
        start("200 OK", [])
        return [b"done"]


def crowd(application: bounds.Application, n: int, environ: dict[str, Any] = GET) -> list[tuple[str, dict[str, str], float]]:
    """``n`` requests at the same moment: status, headers and seconds of each."""
    answers: list[tuple[str, dict[str, str], float]] = []

    def ask() -> None:
        began, said = time.monotonic(), []
        b"".join(application(dict(environ), lambda status, headers: said.append((status, dict(headers)))))
        answers.append((*said[0], time.monotonic() - began))

    threads = [threading.Thread(target=ask) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_who_is_turned_away_gets_every_header(settings: Any) -> None:
    """The answer of the bounds is made before Django: it carries what ``SafeHeaders`` gives to all others."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    said: list[Any] = []
    body = b"".join(bounds._turned_away(dict(GET), lambda status, headers: said.append((status, dict(headers)))))
    status, headers = said[0]
    assert status.startswith("503")
    usual = SafeHeaders(lambda request: HttpResponse(body))(RequestFactory().get("/desk/")).headers
    assert {name for name in usual if name not in headers} == set(), "the control: what SafeHeaders sets is the list"
    assert {name: headers[name] for name in ALWAYS} == dict(ALWAYS)
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_short_crowd_waits_and_is_served() -> None:
    work = Work(0.01)
    answers = crowd(Bounded(work, slots=Slots(4, 30)), 30)
    assert Counter(status for status, _, _ in answers) == {"200 OK": 30}
    assert work.most == 4


def test_what_is_too_much_is_turned_away_at_once() -> None:
    work = Work(0.2)
    answers = crowd(Bounded(work, slots=Slots(2, 3)), 40)
    turned = [(headers, seconds) for status, headers, seconds in answers if status.startswith("503")]
    assert len(turned) == 35
    assert all(
        headers["Retry-After"] == "5" and "default-src 'none'" in headers["Content-Security-Policy"] for headers, _ in turned
    )
    assert sorted(seconds for _, seconds in turned)[30] < 0.2, "saying so takes no place"
    assert work.most == 2


def test_the_page_for_who_is_turned_away_names_files_that_exist() -> None:
    page = b"".join(bounds._turned_away(dict(GET), lambda *_said: None)).decode()
    named = re.findall(r'href="/static/([^"]+)"', page)
    assert named
    assert all(finders.find(one) for one in named)
    assert not finders.find("bihuan/nothing.css"), "the control"


def test_without_the_bound_all_are_at_work_at_once() -> None:
    """The control."""
    work = Work(0.2)
    crowd(work, 40)
    assert work.most > 20


def test_in_a_standing_overload_nobody_waits_long() -> None:
    """After a second of unbroken queue the patience is a tenth of it."""
    now = [0.0]
    slots = Slots(1, 10, clock=lambda: now[0])
    held = slots.enter()
    assert held is not None
    first = threading.Thread(target=slots.enter)
    first.start()
    while not slots._queue:
        time.sleep(0.005)
    now[0] = bounds.PATIENCE + 0.1
    began = time.monotonic()
    assert slots.enter() is None
    assert time.monotonic() - began < bounds.PATIENCE / 2
    slots.leave(held)
    first.join()


def test_in_a_standing_overload_nobody_waits_in_vain() -> None:
    """Work takes a second, two at once: who comes when two wait already is told so at once and not after a second."""
    now = [0.0]
    slots = Slots(2, 30, clock=lambda: now[0])
    for _ in range(40):  # so the slots know how long work takes
        held = slots.enter()
        assert held is not None
        now[0] += 1.0
        slots.leave(held)
    held, also = slots.enter(), slots.enter()
    assert held is not None
    assert also is not None
    waiting = [threading.Thread(target=slots.enter) for _ in range(2)]
    for thread in waiting:
        thread.start()
    while len(slots._queue) < 2:
        time.sleep(0.005)
    now[0] += bounds.PATIENCE + 0.1
    began = time.monotonic()
    assert slots.enter() is None
    assert time.monotonic() - began < 0.5
    assert len(slots._queue) == 2, "who waited already waits on"
    slots.leave(held)
    slots.leave(also)
    for thread in waiting:
        thread.join()


@pytest.mark.parametrize(("streamed", "waits"), [(True, bounds.HURRIED), (False, bounds.PATIENCE)])
def test_a_slow_line_says_nothing_about_work_and_nobody_waits_longer_than_ever(streamed: bool, waits: float) -> None:
    """Somebody fetched a file for five minutes: in an overload that makes nobody wait; had it been work, no longer than else."""
    now = [0.0]
    slots = Slots(1, 10, clock=lambda: now[0])
    fetched = slots.enter()
    assert fetched is not None
    now[0] += 300.0
    slots.leave(fetched, worked=not streamed)
    held = slots.enter()
    assert held is not None
    slots._turn_away(now[0])  # from here on it is overload
    slots._places = 100  # so that nobody is told at once
    began = time.monotonic()
    assert slots.enter() is None
    assert waits <= time.monotonic() - began < waits + 0.5


def test_an_error_gives_its_place_back() -> None:
    def broken(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError

    application = Bounded(broken, slots=Slots(1, 0))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            application(dict(GET), lambda *_: None)


def test_streamed_answers_keep_their_place_until_closed() -> None:
    closed: list[bool] = []

    class Answer:
        streaming = True

        def __iter__(self) -> Any:
            return iter([b"a", b"b"])

        def close(self) -> None:
            closed.append(True)

    slots = Slots(1, 0)
    answer = Bounded(lambda *_: Answer(), slots=slots)(dict(GET), lambda *_: None)
    assert slots.enter() is None
    assert b"".join(answer) == b"ab"
    answer.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert slots.enter() is not None


@pytest.mark.parametrize("path", ["/static/web/base.css", "/healthz", "/readyz", "/metrics"])
def test_static_files_and_watching_machines_have_places_of_their_own(path: str) -> None:
    slots = Slots(1, 0)
    assert slots.enter() is not None, "all at work"
    application = Bounded(Work(0), slots=slots)
    assert crowd(application, 1, {**GET, "PATH_INFO": path})[0][0] == "200 OK"
    assert crowd(application, 1)[0][0].startswith("503"), "the control"


@pytest.mark.django_db(transaction=True)
def test_places_bring_their_database_connections() -> None:
    """Many threads, few connections: a connection goes with the place."""
    seen: set[int] = set()
    alive: list[object] = []

    def asks(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            time.sleep(0.02)
        seen.add(id(connections["default"]))
        alive.append(connections["default"])
        start("200 OK", [])
        return [b""]

    slots = Slots(3, 40)
    assert {status for status, _, _ in crowd(Bounded(asks, slots=slots), 30)} == {"200 OK"}
    assert 0 < len(seen) <= 3
    for place in slots._free:
        for one in place.connections.values():
            one.close()
    seen.clear()
    crowd(lambda e, s: [*asks(e, s), connections.close_all() or b""], 10)
    assert len(seen) == 10, "the control: without it each thread has its own"


def test_the_web_server_has_a_thread_for_everybody_who_works_or_waits() -> None:
    assert processes.THREADS == bounds.THREADS
