"""Several sessions at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, connection

from bihuan.cases.errors import CaseError


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gives or raises, all started together in threads with connections of their own."""
    gate, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n: int, call: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            outcomes[n] = call()
        except CaseError as error:
            outcomes[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@contextmanager
def pausing(word: str, gate: threading.Barrier) -> Iterator[None]:
    """After this thread's first statement with ``word`` in it, wait for whoever else comes to the gate; half a second at most."""
    waits = [True]

    def see(run: Callable[..., Any], sql: str, *given: Any) -> Any:
        done = run(sql, *given)
        if word in sql and waits:
            waits.clear()
            with suppress(threading.BrokenBarrierError):
                gate.wait(0.5)
        return done

    with connection.execute_wrapper(see):
        yield


def crossed(one: tuple[Callable[[], Any], str], two: tuple[Callable[[], Any], str]) -> list[Any]:
    """Two calls at once, neither going on past its first statement with that word in it before the other has come to its own.

    What each gave, or the error of the database: two that lock in opposite orders are a deadlock then, every time.
    """
    gate = threading.Barrier(2)

    def run(call: Callable[[], Any], word: str) -> Any:
        try:
            with pausing(word, gate):
                return call()
        except DatabaseError as error:
            return error

    return at_once(lambda: run(*one), lambda: run(*two))


def meanwhile(standing: Callable[[], Any], word: str, other: Callable[[], Any]) -> list[Any]:
    """One call stands still after its first statement with that word in it; the other runs, whole where it need not wait.

    A second at most, then the first goes on: one who waits for it has its turn then. What each gave.
    """
    reached, over = threading.Event(), threading.Event()

    def see(run: Callable[..., Any], sql: str, *given: Any) -> Any:
        done = run(sql, *given)
        if word in sql and not reached.is_set():
            reached.set()
            over.wait(1)
        return done

    def stand() -> Any:
        try:
            with connection.execute_wrapper(see):
                return standing()
        finally:
            reached.set()

    def run() -> Any:
        reached.wait(10)
        try:
            return other()
        finally:
            over.set()

    return at_once(stand, run)
