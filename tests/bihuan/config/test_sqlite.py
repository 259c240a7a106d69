"""The SQLite engine: durability, the queue of writers, the fault it must not run into."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from bihuan.config.sqlite import build
from bihuan.config.sqlite import queue as turns
from bihuan.config.sqlite.queue import WriteQueue
from bihuan.config.statements import counted

pytestmark = pytest.mark.skipif("sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="about SQLite alone")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1), ("temp_store", 2)],
)
def test_pragmas_hold_on_every_connection(pragma: str, value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (value,)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 0), True), ((3, 6, 23), True),
    ],
)  # fmt: skip
def test_faulty_builds_are_known(version: build.Version, safe: bool) -> None:
    assert build.is_safe(version) is safe


def test_a_faulty_build_admits_one_process_and_says_so(tmp_path: Path) -> None:
    file = str(tmp_path / "db.sqlite3")
    other = WriteQueue(Path(f"{file}.process"))
    assert other.enter_at_once()
    with pytest.raises(ImproperlyConfigured, match="another process"):
        build.claim(file, (3, 40, 1))
    other.close()
    with pytest.warns(RuntimeWarning, match="ONE process"):
        build.claim(file, (3, 40, 1))
    build.claim(file, (3, 40, 1))  # a second connection of the same process: nothing to say
    build.release(file)
    assert not other.enter_at_once()
    build.release(file)
    assert other.enter_at_once(), "with the last connection the file is free"
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_holds_the_queue_from_its_begin_and_a_reader_never_waits() -> None:
    connection.ensure_connection()
    queue = connection._queue
    seen: list[object] = []

    def read() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_content_type")
            seen.append((cursor.fetchone(), connections["default"]._queue.held))
        connections["default"].close()

    with transaction.atomic():
        assert queue.held
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(5)
        assert seen
        assert not reader.is_alive()
    assert not queue.held
    assert not seen[0][1]


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_left_after_rollback_failed_begin_and_close() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert not connection._queue.held
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
    with pytest.raises(OperationalError), transaction.atomic():
        pass
    assert not connection._queue.held
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
    transaction.set_autocommit(True)
    connection.close()
    with transaction.atomic():
        assert connection._queue.held


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", ["IMMEDIATE", "DEFERRED"])
def test_writers_that_read_first_never_meet_a_locked_database(begin: str) -> None:
    """Eight threads read, then write. DEFERRED, the control, must fail: its readers cannot become writers."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tally (n integer)")
        cursor.execute("INSERT INTO tally VALUES (0)")
    locked: list[str] = []

    def add() -> None:
        mine = connections["default"]
        try:
            mine.ensure_connection()
            for _turn in range(25):
                _read_then_write(mine, begin, locked)
        finally:
            mine.close()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM tally")
        total = cursor.fetchone()[0]
        cursor.execute("DROP TABLE tally")
    assert bool(locked) is (begin == "DEFERRED")
    assert total == 200 - len(locked)


def _read_then_write(mine, begin: str, locked: list[str]) -> None:
    if begin == "IMMEDIATE":
        with transaction.atomic(), mine.cursor() as cursor:
            cursor.execute("SELECT n FROM tally")
            cursor.execute("UPDATE tally SET n = %s", [cursor.fetchone()[0] + 1])
        return
    raw = mine.connection.cursor()
    try:
        raw.execute("BEGIN DEFERRED")
        n = raw.execute("SELECT n FROM tally").fetchone()[0]
        time.sleep(0.001)
        raw.execute("UPDATE tally SET n = ?", [n + 1])
        raw.execute("COMMIT")
    except build.Database.OperationalError as error:
        locked.append(str(error))
        raw.execute("ROLLBACK")


def _wait_in_line(path: str, number: int, order: object) -> None:
    queue = WriteQueue(Path(path))
    queue.enter()
    order.put(number)
    queue.close()


def test_processes_take_turns(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    context = multiprocessing.get_context("spawn")
    order = context.Queue()
    first = WriteQueue(Path(path))
    first.enter()
    waiting = [context.Process(target=_wait_in_line, args=(path, number, order)) for number in range(3)]
    for process in waiting:
        process.start()
    time.sleep(0.3)
    assert order.empty()
    first.leave()
    for process in waiting:
        process.join(20)
    assert sorted(order.get(timeout=5) for _ in waiting) == [0, 1, 2]


def came_by(path: Path) -> int:
    """How often whoever has just left comes in again before the one who has waited all the while."""
    mine, other, sooner = WriteQueue(path), WriteQueue(path), 0
    for _ in range(40):
        order: list[str] = []

        def wait(order: list[str] = order) -> None:
            other.enter()
            order.append("waited")
            other.leave()

        mine.enter()
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.005)
        mine.leave()
        mine.enter()
        order.append("came by")
        mine.leave()
        waiting.join(10)
        sooner += order[0] == "came by"
    mine.close()
    other.close()
    return sooner


@pytest.mark.skipif(not turns._NUMBERED, reason="locks of bytes that belong to an open file are Linux's")
def test_nobody_who_comes_by_is_let_in_before_one_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert came_by(tmp_path / "lock") == 0
    monkeypatch.setattr(turns, "_NUMBERED", False)
    assert came_by(tmp_path / "lock") > 0, "the control: by the flock alone it happens"


def test_one_who_is_told_to_stop_while_waiting_keeps_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, stopped, last = (WriteQueue(tmp_path / "lock") for _ in range(3))
    first.enter()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns, "_wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stopped.enter()
    waiting = threading.Thread(target=last.enter, daemon=True)
    waiting.start()
    first.leave()
    waiting.join(10)
    assert last.held
    last.close()
    assert not stopped.held


@pytest.mark.django_db(transaction=True)
def test_a_thousand_rows_are_one_statement() -> None:
    from django.contrib.contenttypes.models import ContentType

    with counted() as count:
        ContentType.objects.bulk_create(ContentType(app_label="a", model=f"m{n}") for n in range(1000))
    assert len(count) == 1, count
