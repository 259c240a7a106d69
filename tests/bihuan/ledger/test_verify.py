"""Random tamperings by plain SQL with the guard lifted: every one is found, and the untouched ledger is whole.

Two hundred in ``./dev test``; BIHUAN_TAMPERINGS says how many otherwise.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation

from bihuan.console import place
from bihuan.console.main import main
from bihuan.ledger import anchors
from bihuan.ledger.chain import entry_hash, instant_text
from bihuan.ledger.models import Entry
from bihuan.ledger.rows import read_instant
from bihuan.ledger.services import NewEntry, append
from bihuan.ledger.verify import Report, verify
from tests.databases.guard import lifted

pytestmark = pytest.mark.django_db
COLUMNS = ("stream", "seq", "kind", "thread", "at", "account", "unit", "post", "doer", "area", "facts", "prev", "hash")
Row = dict[str, Any]


def _run(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _rows() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {', '.join(COLUMNS)} FROM ledger_entry ORDER BY id")
        return [dict(zip(("id", *COLUMNS), row, strict=True)) for row in cursor.fetchall()]


def _hash_of(row: Row, prev: bytes) -> bytes:
    return entry_hash(
        row["stream"], row["seq"], row["kind"], row["thread"], instant_text(read_instant(row["at"])), row["account"],
        row["unit"], row["post"], row["doer"], row["area"], row["facts"], prev,
    )  # fmt: skip


def _other(column: str, value: Any, rng: random.Random) -> Any:
    if column == "at":
        moved = read_instant(value) + timedelta(microseconds=rng.choice([1, 1_000_000, 86_400_000_000]))
        return moved if connection.vendor == "postgresql" else str(moved.replace(tzinfo=None))
    if column == "facts":
        others = (str(value).replace("职责", "人情"), '{"office":99}', str(value) + " ", "{}")
        return rng.choice([one for one in others if one != value])
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)[:-1] + bytes([bytes(value)[-1] ^ 1]) if value else b"\x00" * 32
    return f"{value}x"


# Each takes the rows as they are and a source of chance, and changes the table.


def edit(rows: list[Row], rng: random.Random) -> int:
    row, column = rng.choice(rows), rng.choice(COLUMNS)
    _run(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", _other(column, row[column], rng), row["id"])
    return 0 if column in ("stream", "seq", "prev", "hash") else int(row["id"])


def edit_and_hash_again(rows: list[Row], rng: random.Random) -> int:
    """The forger knows the form: the entry and every later one of its stream get fitting hashes."""
    row = rng.choice(rows)
    row["facts"] = '{"office":99}'
    prev = bytes(row["prev"])
    for later in (one for one in rows if one["stream"] == row["stream"] and one["seq"] >= row["seq"]):
        digest = _hash_of(later, prev)
        _run("UPDATE ledger_entry SET facts = %s, prev = %s, hash = %s WHERE id = %s", later["facts"], prev, digest, later["id"])
        prev = digest
    return 0


def delete_one(rows: list[Row], rng: random.Random) -> int:
    _run("DELETE FROM ledger_entry WHERE id = %s", rng.choice(rows)["id"])
    return 0


def delete_the_last_of_a_stream(rows: list[Row], rng: random.Random) -> int:
    stream = rng.choice(rows)["stream"]
    _run("DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry WHERE stream = %s)", stream)
    return 0


def delete_a_stream(rows: list[Row], rng: random.Random) -> int:
    _run("DELETE FROM ledger_entry WHERE stream = %s", rng.choice(rows)["stream"])
    return 0


def cut_the_tail(rows: list[Row], rng: random.Random) -> int:
    _run("DELETE FROM ledger_entry WHERE id >= %s", rng.choice(rows)["id"])
    return 0


def swap_ids(rows: list[Row], rng: random.Random) -> int:
    one, two = (row["id"] for row in rng.sample(rows, 2))
    for before, after in ((one, -1), (two, one), (-1, two)):
        _run("UPDATE ledger_entry SET id = %s WHERE id = %s", after, before)
    return 0


def swap_places_in_a_stream(rows: list[Row], rng: random.Random) -> int:
    stream = rng.choice([row["stream"] for row in rows if row["seq"] > 1])
    one, two = rng.sample([row for row in rows if row["stream"] == stream], 2)
    for seq, id_ in ((-1, one["id"]), (one["seq"], two["id"]), (two["seq"], one["id"])):
        _run("UPDATE ledger_entry SET seq = %s WHERE id = %s", seq, id_)
    return 0


def swap_what_two_say(rows: list[Row], rng: random.Random) -> int:
    one, two = rng.sample(rows, 2)
    while one["kind"] == two["kind"] and one["facts"] == two["facts"]:
        one, two = rng.sample(rows, 2)
    for source, target in ((one, two), (two, one)):
        _run("UPDATE ledger_entry SET kind = %s, facts = %s WHERE id = %s", source["kind"], source["facts"], target["id"])
    return int(one["id"])


def slip_one_in(rows: list[Row], rng: random.Random) -> int:
    """A well-made entry at the end of a stream, with an id that was never given."""
    stream = rng.choice(rows)["stream"]
    last = [row for row in rows if row["stream"] == stream][-1]
    forged = {**last, "seq": last["seq"] + 1, "prev": last["hash"], "facts": "{}"}
    forged["hash"], forged["id"] = _hash_of(forged, bytes(last["hash"])), rng.choice([0, -5, _gap(rows)])
    names = ("id", *COLUMNS)
    _run(
        f"INSERT INTO ledger_entry ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})",
        *(forged[name] if name != "at" else _same_at(forged["at"]) for name in names),
    )
    return 0


def _gap(rows: list[Row]) -> int:
    used = {row["id"] for row in rows}
    return next((id_ for id_ in range(1, max(used)) if id_ not in used), 0)


def _same_at(value: Any) -> Any:
    at = read_instant(value)
    return at if connection.vendor == "postgresql" else str(at.replace(tzinfo=None))


def move_to_another_stream(rows: list[Row], rng: random.Random) -> int:
    _run("UPDATE ledger_entry SET stream = 'case:hidden' WHERE id = %s", rng.choice(rows)["id"])
    return 0


TAMPERINGS = [
    edit, edit, edit, edit, edit_and_hash_again, delete_one, delete_the_last_of_a_stream, delete_a_stream, cut_the_tail,
    swap_ids, swap_places_in_a_stream, swap_what_two_say, slip_one_in, move_to_another_stream,
]  # fmt: skip


def _after(anchor_path: Path, tamper: Callable[[], int]) -> tuple[Report, int]:
    """What a verification finds after a tampering, which is then undone."""
    point = transaction.savepoint()
    try:
        with lifted(connection):
            named = tamper()
        return verify(path=anchor_path), named
    finally:
        transaction.savepoint_rollback(point)


def test_random_tamperings_are_found(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    written = small_ledger(cases=9, acts=60)
    rows = _rows()
    untouched = verify(path=anchor_path)
    assert (untouched.faults, untouched.entries, untouched.anchored) == ([], written, rows[-1]["id"])
    missed, unnamed = [], []
    for number in range(int(os.environ.get("BIHUAN_TAMPERINGS", "200"))):
        rng = random.Random(number)
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        report, named = _after(anchor_path, lambda tamper=tamper, rng=rng: tamper([dict(row) for row in rows], rng))
        assert not [fault for fault in report.faults if fault.kind == "guard"]
        if report.ok:
            missed.append((number, tamper.__name__))
        if named and named not in {fault.entry for fault in report.faults}:
            unnamed.append((number, tamper.__name__, report.faults))
    assert missed == []
    assert unnamed == []
    assert verify(path=anchor_path).ok


def test_an_edit_is_named_by_entry_and_stream(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    row = _rows()[40]
    report, _ = _after(anchor_path, lambda: _run("UPDATE ledger_entry SET unit = unit + 1 WHERE id = %s", row["id"]))
    assert [(fault.kind, fault.entry, fault.stream, fault.seq) for fault in report.faults] == [
        ("edited", row["id"], row["stream"], row["seq"])
    ]


def test_a_cut_tail_is_called_so(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    rows = _rows()
    with translation.override("en"):
        report, _ = _after(anchor_path, lambda: _run("DELETE FROM ledger_entry WHERE id > %s", rows[-4]["id"]))
    assert [(fault.kind, fault.entry) for fault in report.faults] == [("tail", rows[-3]["id"])]
    assert "3 entries" in report.faults[0].say


def test_bytes_that_are_no_text_are_reported_not_raised(small_ledger: Callable[..., int], anchor_path: Path, vendor: str) -> None:
    if vendor != "sqlite":
        pytest.skip("PostgreSQL stores no text that is not text")
    small_ledger()
    row = _rows()[30]
    report, _ = _after(anchor_path, lambda: _run("UPDATE ledger_entry SET post = CAST(x'ff41' AS TEXT) WHERE id = %s", row["id"]))
    assert ("unreadable", row["id"]) in {(fault.kind, fault.entry) for fault in report.faults}
    for column, junk in (
        ("facts", "x'00ff'"),
        ("facts", "facts || char(0) || 'more'"),
        ("kind", "kind || char(0)"),
        ("at", "'yesterday'"),
        ("seq", "'many'"),
        ("hash", "'short'"),
        ("prev", "7"),
    ):
        report, _ = _after(
            anchor_path, lambda c=column, j=junk: _run(f"UPDATE ledger_entry SET {c} = {j} WHERE id = {row['id']}")
        )
        assert row["id"] in {fault.entry for fault in report.faults}, column


def test_values_shifted_between_columns_are_found(anchor_path: Path, vendor: str) -> None:
    """A row whose parts, put in a line, read like the original's; only SQLite keeps text in columns of numbers."""
    if vendor != "sqlite":
        pytest.skip("PostgreSQL keeps no text in columns of numbers")
    at = datetime(2026, 10, 14, 1, 2, 3, 4, tzinfo=UTC)
    append([NewEntry(stream="case:1", kind="called", at=at, facts={"a": "x+00:00", "b": "c"})])
    anchors.write(path=anchor_path)
    long_at = '2026-10-14 01:02:03.000004+00:00",0,0,"","system","",""]{"a":"x'
    report, _ = _after(
        anchor_path,
        lambda: _run("UPDATE ledger_entry SET at = %s, account = %s, facts = '', unit = '', post = ''", long_at, '"b":"c"}'),
    )
    assert not report.ok


def test_what_comes_after_the_last_anchor_still_has_to_fit(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    at = datetime(2026, 10, 14, tzinfo=UTC)
    append([NewEntry(stream="case:late", kind=kind, at=at) for kind in ("registered", "accepted", "assigned")])
    assert verify(path=anchor_path).ok
    report, _ = _after(anchor_path, lambda: _run("DELETE FROM ledger_entry WHERE stream = 'case:late' AND seq = 2"))
    assert [(fault.kind, fault.stream, fault.seq) for fault in report.faults] == [("missing", "case:late", 3)]


def test_the_guard_itself_is_verified(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    with lifted(connection):
        assert {fault.kind for fault in verify(path=anchor_path).faults} == {"guard"}
    assert verify(path=anchor_path).ok


def test_progress_is_told(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    told: list[tuple[int, int]] = []
    verify(path=anchor_path, progress=lambda done, of: told.append((done, of)))
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert told[-1] == (last, last)


def test_an_anchor_of_another_ledger_does_not_fit(small_ledger: Callable[..., int], anchor_path: Path) -> None:
    small_ledger()
    strange = anchor_path.with_name("strange.jsonl")
    point = transaction.savepoint()
    append([NewEntry(stream="case:other", kind="registered", at=datetime(2026, 10, 14, tzinfo=UTC))])
    anchors.write(path=strange)
    transaction.savepoint_rollback(point)
    assert [fault.kind for fault in verify(path=strange).faults] == ["tail"]


def test_rare_characters_are_no_edit(anchor_path: Path) -> None:
    """The database escapes them otherwise than the canonical form: such an entry is examined, not accused."""
    odd = 'a\u0001\u001f\u007f\u2028"\\/𠀀\b\t'
    new = NewEntry(stream=f"export:{odd}", kind="exported", at=datetime(2026, 10, 14, tzinfo=UTC), area="é", facts={odd: odd})
    append([new])
    anchors.write(path=anchor_path)
    assert verify(path=anchor_path).faults == []
    report, _ = _after(anchor_path, lambda: _run("UPDATE ledger_entry SET area = 'e'"))
    assert [fault.kind for fault in report.faults] == ["edited"]


def test_a_fault_is_told_in_words_with_what_to_do(
    small_ledger: Callable[..., int], anchor_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the operator reads it: no English, the place's own time, and what comes next; a whole ledger says none of it."""
    monkeypatch.setattr(place, "use", lambda _data: None)
    monkeypatch.setattr(place, "ready", lambda: None)
    monkeypatch.setattr(anchors, "anchor_file", lambda: anchor_path)
    small_ledger()
    rows = _rows()
    assert main(["ledger", "verify"]) == 0
    assert "bihuan init --restore" not in capsys.readouterr().out
    with lifted(connection):
        _run("DELETE FROM ledger_entry WHERE id > %s", rows[-4]["id"])
    assert main(["ledger", "verify"]) == 1
    told = capsys.readouterr().out
    assert "bihuan init --restore" in told
    fault = next(line for line in told.splitlines() if line.startswith("✕"))
    assert "被截断" in fault
    assert "(Asia/Shanghai)" in fault
    assert "+00:00" not in told
