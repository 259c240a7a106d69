"""Anchors are appended outside the data folder, go on where the last one ended, and survive a crash in mid-line."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from bihuan.config.statements import counted
from bihuan.ledger import anchors
from bihuan.ledger.errors import DamagedAnchors
from bihuan.ledger.services import NewEntry, append, record
from bihuan.ledger.verify import verify

AT = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)


def test_they_lie_outside_the_data_folder() -> None:
    assert not anchors.anchor_file().is_relative_to(Path(settings.DATA))


@pytest.mark.django_db
def test_each_goes_on_from_the_one_before(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    kept = list(anchors.anchors(anchor_path))
    assert len(kept) > 5
    record("look:1", "looked", at=AT)
    with counted() as count:
        last = anchors.write(at=AT, path=anchor_path)
    assert len(count) <= 4
    assert last.count == kept[-1].count + 1
    count_anew, root_anew = anchors.rolled_on(anchors.NOTHING, last.last)
    assert (last.count, last.root) == (count_anew, root_anew)
    assert list(anchors.anchors(anchor_path)) == [*kept, last]
    assert stat.S_IMODE(anchor_path.stat().st_mode) == 0o600
    assert set(json.loads(anchor_path.read_text().splitlines()[-1])) == {"at", "last", "count", "root"}


@pytest.mark.django_db
def test_an_empty_ledger_and_a_quiet_minute_are_noted_too(anchor_path: Path) -> None:
    first, second = (anchors.write(at=AT + timedelta(minutes=n), path=anchor_path) for n in (0, 1))
    assert first.last == second.last == 0
    assert len(list(anchors.anchors(anchor_path))) == 2
    assert verify(path=anchor_path).ok


@pytest.mark.django_db
def test_a_torn_line_counts_for_nothing_and_is_taken_away(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    whole = anchor_path.read_bytes()
    before = list(anchors.anchors(anchor_path))
    anchor_path.write_bytes(whole + b'{"at":"2026-10-12T02:0')
    assert list(anchors.anchors(anchor_path)) == before
    last = anchors.write(at=AT, path=anchor_path)
    assert list(anchors.anchors(anchor_path)) == [*before, last]
    assert verify(path=anchor_path).ok


@pytest.mark.django_db
def test_a_line_that_cannot_be_read_is_reported_and_not_built_upon(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    lines = anchor_path.read_bytes().splitlines(keepends=True)
    anchor_path.write_bytes(b"".join([*lines[:2], b"nonsense\n", *lines[2:]]))
    assert [fault.kind for fault in verify(path=anchor_path).faults] == ["anchor"]
    anchor_path.write_bytes(b"".join([*lines, b"nonsense\n"]))
    with pytest.raises(DamagedAnchors):
        anchors.write(at=AT, path=anchor_path)


def _entry(stream: str) -> NewEntry:
    return NewEntry(stream=stream, kind="registered", at=AT)


class Slow(threading.Thread):
    """A writer that keeps its transaction open until told."""

    def __init__(self) -> None:
        super().__init__()
        self.wrote, self.may_end = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                append([_entry("case:slow")])
                self.wrote.set()
                self.may_end.wait(20)
        finally:
            connection.close()


def _late_commit(anchor_path: Path) -> anchors.Anchor:
    """A small id commits after a greater one; an anchor is written between the two."""
    slow = Slow()
    slow.start()
    assert slow.wrote.wait(10)
    append([_entry("case:quick")])
    threading.Timer(0.7, slow.may_end.set).start()
    noted = anchors.write(at=AT, path=anchor_path)
    slow.may_end.set()
    slow.join(20)
    anchors.write(at=AT, path=anchor_path)
    return noted


@pytest.mark.django_db(transaction=True)
def test_ids_that_commit_out_of_order_are_waited_for(anchor_path: Path, vendor: str) -> None:
    if vendor != "postgresql":
        pytest.skip("SQLite has one writer: ids commit in order")
    began = time.monotonic()
    assert _late_commit(anchor_path).count == 2
    assert time.monotonic() - began > 0.5
    assert verify(path=anchor_path).ok


@pytest.mark.django_db(transaction=True)
def test_without_the_shared_lock_the_late_entry_would_look_slipped_in(anchor_path: Path, vendor: str) -> None:
    """The control of the test above: it must fail when writers do not share the anchor's lock."""
    if vendor != "postgresql":
        pytest.skip("SQLite has one writer: ids commit in order")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_anchor")
    try:
        assert _late_commit(anchor_path).count == 1
        assert {"anchor", "guard"} == {fault.kind for fault in verify(path=anchor_path).faults}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_anchor")


@pytest.mark.django_db(transaction=True)
def test_writers_and_anchors_at_once(anchor_path: Path) -> None:
    """Writers that commit and roll back at odd times, records in one shared stream, anchors all the while: all fit."""
    faults: list[BaseException] = []
    over = threading.Event()

    def write(number: int) -> None:
        try:
            for turn in range(25):
                with transaction.atomic():
                    append([_entry(f"case:{number}:{turn}:{n}") for n in range(1 + turn % 3)])
                    time.sleep(0.001 * ((number * 7 + turn) % 4))
                    if turn % 6 == 5:
                        transaction.set_rollback(True)
                record("look:shared", "looked", at=AT, facts={"turn": turn})
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)
        finally:
            connection.close()

    def note() -> None:
        try:
            while not over.is_set():
                anchors.write(at=AT, path=anchor_path)
                time.sleep(0.003)
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    noter = threading.Thread(target=note)
    for thread in (*writers, noter):
        thread.start()
    for thread in writers:
        thread.join(60)
    over.set()
    noter.join(60)
    assert faults == []
    report = verify(path=anchor_path)
    assert report.faults == []
    assert report.anchors > 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(seq) FROM ledger_entry WHERE stream = 'look:shared'")
        assert cursor.fetchone() == (125, 125)
