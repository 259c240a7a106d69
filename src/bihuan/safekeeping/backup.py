"""Making an archive of a place while people work in it, and proving that an archive is whole."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from bihuan.files import store
from bihuan.ledger import anchors, clock
from bihuan.ledger.chain import instant_text
from bihuan.ledger.services import record
from bihuan.safekeeping.archive import ANCHORS, FILES, HEAD, MANIFEST, TABLES, Head, Manifest, Part, Rows, Writer, opened, written
from bihuan.safekeeping.errors import Damaged
from bihuan.safekeeping.reading import Snapshot, Sum, lines, snapshot
from bihuan.safekeeping.tables import Table, tables
from bihuan.vault import keyed_hash

_PINS, _A_DAY = ".backup-", 24 * 3600
STREAM = "place"
"""The ledger's stream of what was done with the place as a whole: backed_up, place_exported, restored, moved."""
ENDING = ".bihuan"
Progress = Callable[[int], None]
_decode_rows = msgspec.json.Decoder(list[Any]).decode
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Made:
    """An archive: what it was made from and what it holds."""

    path: Path
    head: Head
    manifest: Manifest


def key_mark() -> str:
    """By which a place's vault keys are known without being told: sealed values open only where it is the same."""
    return keyed_hash("bihuan archive", "exact")[:16]


def migrations() -> tuple[tuple[str, str], ...]:
    """The migrations that the database has had."""
    return tuple(sorted(MigrationRecorder(connection).applied_migrations()))


def make(
    path: Path, *, sealed: bool = True, attachments: bool = True, kind: str = "backed_up", step: Progress | None = None
) -> Made:
    """Write an archive of the whole place to ``path``; ``step(rows)`` is called as it goes. People go on working.

    Everything in it is of one instant; what is committed later is not in it. Notes an anchor first, so that the archive can
    be held against the anchors outside, and leaves an entry (``kind``; "" = none). Raises NotKept, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    anchors.write()
    noted = anchors.anchor_file().read_bytes()
    with written(path, sealed=sealed) as out, _pins() as pins:
        with store.held():  # nothing is swept away between the look at the rows and the hold on their attachments
            head, sums, digests = _write_tables(out, step or (lambda _rows: None))
            missing = _pinned(digests if attachments else (), pins)
        for pin in sorted(pins.iterdir()):
            out.add_file(FILES + pin.name, pin)
        out.add(ANCHORS, noted)
        ledger = sums["ledger_entry"]
        manifest = Manifest(
            tables={name: Rows(one.rows, one.hex()) for name, one in sums.items()}, missing=missing,
            files=len(digests) - len(missing) if attachments else 0,
            entries=ledger.rows, last=ledger.last, root=ledger.root.hex(), sum=out.hex(),
        )  # fmt: skip
        out.add(MANIFEST, msgspec.json.encode(manifest))
    if kind:
        record(STREAM, kind, facts={"entries": manifest.entries, "last": manifest.last, "root": manifest.root})
    return Made(path, head, manifest)


@contextmanager
def _pins() -> Iterator[Path]:
    """A folder beside the attachments, gone afterwards; those that a killed backup left are cleared away first."""
    with store.held():
        for left in store.root().glob(f"{_PINS}*"):
            if left.stat().st_mtime < clock.now().timestamp() - _A_DAY:
                shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=_PINS, dir=store.root()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _pinned(digests: Collection[str], pins: Path) -> tuple[str, ...]:
    """Hold attachments by a second name each, which costs no room, so that they can be copied at leisure; those that are gone."""
    missing = []
    for digest in digests:
        try:
            (pins / digest).hardlink_to(store.path_of(digest))
        except FileNotFoundError:
            missing.append(digest)
    return tuple(sorted(missing))


def _write_tables(out: Writer, step: Progress) -> tuple[Head, dict[str, Sum], set[str]]:
    """Head and tables as they are at one instant; sums by table and the digests of the attachments named in it."""
    kept = tables()
    sums, digests = {table.name: Sum(table) for table in kept}, set[str]()
    with snapshot() as there:
        head = Head(
            at=instant_text(clock.now()), version=version("bihuan"), vendor=there.vendor, keys=key_mark(),
            migrations=migrations(), tables=kept, numbers=there.last_numbers(kept),
        )  # fmt: skip
        out.add(HEAD, msgspec.json.encode(head))
        for table in kept:
            _write_table(out, there, table, sums[table.name], digests, step)
    return head, sums, digests


def _write_table(out: Writer, there: Snapshot, table: Table, total: Sum, digests: set[str], step: Progress) -> None:
    for number, rows in enumerate(there.pages(table), 1):
        text = lines(rows)
        total.add(rows, text)
        out.add(f"{TABLES}{table.name}/{number:06}.jsonl", text)
        if table.name == "files_attachment":
            digests |= named_in(table, rows)
        step(len(rows))


def named_in(table: Table, rows: Collection[Any]) -> set[str]:
    """The digests of the blobs that rows of attachments name; erased ones name none."""
    place = {column.name: number for number, column in enumerate(table.columns)}
    there = [row for row in rows if row[place["erased_at"]] is None]
    return {row[place[name]] for row in there for name in ("digest", "thumb") if row[place[name]]}


def check(path: Path, *, step: Progress | None = None) -> Made:
    """Read an archive to its end and hold all of it against its manifest. Raises Damaged, FileNotFoundError."""
    head: Head | None = None
    manifest: Manifest | None = None
    sums: dict[str, Sum] = {}
    named, found = set[str](), set[str]()
    with opened(path) as reader:
        for part in reader.parts():
            if manifest is not None:
                raise Damaged(_("something follows the end of the archive"))
            if head is None:
                head = _head(part)
                sums = {table.name: Sum(table) for table in head.tables}
            elif part.name.startswith(TABLES):
                table, rows, text = rows_of(head, part)
                sums[table.name].add(_bytes_of_ledger(table, rows), text)
                if table.name == "files_attachment":
                    named |= named_in(table, rows)
                (step or (lambda _rows: None))(len(rows))
            elif part.name.startswith(FILES):
                found.add(digest_of(part))
            elif part.name == MANIFEST:
                manifest = msgspec.json.decode(part.body.read(), type=Manifest)
                if manifest.sum != reader.hex_before():
                    raise Damaged(_("the archive was altered"))
    if head is None or manifest is None:
        raise Damaged(_("the archive is cut off: its manifest is missing"))
    _hold(manifest, sums, named, found)
    return Made(path, head, manifest)


def _head(part: Part) -> Head:
    if part.name != HEAD:
        raise Damaged(_("the archive does not begin with its head"))
    head = msgspec.json.decode(part.body.read(), type=Head)
    if head.keys != key_mark():
        raise Damaged(_("the archive's sealed values need other keys than those in BIHUAN_KEYS"))
    return head


def _hold(manifest: Manifest, sums: dict[str, Sum], named: set[str], found: set[str]) -> None:
    told = {name: Rows(one.rows, one.hex()) for name, one in sums.items()}
    if wrong := sorted(name for name in told.keys() | manifest.tables.keys() if told.get(name) != manifest.tables.get(name)):
        raise Damaged(_("not as the manifest says: %s") % ", ".join(wrong))
    ledger = sums["ledger_entry"]
    if (ledger.rows, ledger.last, ledger.root.hex()) != (manifest.entries, manifest.last, manifest.root):
        raise Damaged(_("the ledger in it does not have the root that the manifest tells"))
    if manifest.files and found | set(manifest.missing) != named:
        raise Damaged(_("its attachments are not those that it names"))


def rows_of(head: Head, part: Part) -> tuple[Table, list[list[Any]], bytes]:
    """The table a part belongs to, its rows with values as written, its text. Raises Damaged."""
    name = part.name.removeprefix(TABLES).partition("/")[0]
    table = next((one for one in head.tables if one.name == name), None)
    if table is None:
        raise Damaged(_("a part of it belongs to no table: %s") % part.name)
    text = part.body.read()
    rows = [_decode_rows(line) for line in text.splitlines()]
    if any(len(row) != len(table.columns) for row in rows):
        raise Damaged(_("a part of it has other columns than its table: %s") % part.name)
    return table, rows, text


def _bytes_of_ledger(table: Table, rows: list[list[Any]]) -> list[list[Any]]:
    if table.name != "ledger_entry":
        return rows
    place = [column.name for column in table.columns].index("hash")
    return [[*row[:place], msgspec.convert(row[place], bytes), *row[place + 1 :]] for row in rows]


def digest_of(part: Part) -> str:
    """The digest that names an attachment's part. Raises Damaged for any other name."""
    digest = part.name.removeprefix(FILES)
    if not _DIGEST.fullmatch(digest):
        raise Damaged(_("a part of it is no attachment: %s") % part.name)
    return digest


def prune(folder: Path, keep: int) -> list[Path]:
    """Take away all but the newest ``keep`` backups of a folder; those taken away. Names sort by time."""
    gone = sorted(folder.glob(f"bihuan-*{ENDING}"))[:-keep] if keep > 0 else []
    for path in gone:
        path.unlink()
    return gone


def name_at(at: datetime) -> str:
    """The name of a backup made at ``at``: names sort by time."""
    return f"bihuan-{at:%Y%m%dT%H%M%SZ}{ENDING}"
