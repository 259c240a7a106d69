"""Bringing a place back from an archive into an empty database of either kind, and proving that it is the same."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from bihuan.files import store
from bihuan.ledger import anchors, clock
from bihuan.ledger.chain import instant_text
from bihuan.ledger.services import record
from bihuan.ledger.verify import Report, verify
from bihuan.rules.terms import FactValue
from bihuan.safekeeping.archive import ANCHORS, FILES, TABLES, Head, Part, opened
from bihuan.safekeeping.backup import STREAM, Made, Progress, check, digest_of, migrations, rows_of
from bihuan.safekeeping.errors import NotEmpty, NotTheSame, TooNew
from bihuan.safekeeping.reading import LEDGER, sums
from bihuan.safekeeping.tables import Column, Kind, Table

_BLOCK = 1024 * 1024
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it. ``lost``: entries that anchors found here know of and the archive does not (0 = none)."""

    made: Made
    ledger: Report
    lost: int
    aside: Path | None


def restore(path: Path, *, kind: str = "restored", stays: bool = False, step: Progress | None = None) -> Restored:
    """Bring the archive's place back into this database, which must be empty; attachments and anchors too.

    ``stays``: only the database is exchanged, attachments and anchors are those that lie here already. The archive is read
    to its end before anything is touched. All rows come in one transaction, are read back and held against the archive;
    the ledger is verified. Raises Damaged, NotEmpty, TooNew, NotTheSame.
    """
    made = check(path)
    refuse_unless_empty()
    _make_tables(made.head)
    with transaction.atomic(durable=True):
        _load(path, made.head, step or (lambda _rows: None))
    _compare(made)
    aside, lost = (None, 0) if stays else _put_anchors(_place_files(path), made)
    call_command("migrate", verbosity=0, interactive=False)  # what this version has beyond the archive's
    facts: dict[str, FactValue] = {
        "entries": made.manifest.entries,
        "last": made.manifest.last,
        "root": made.manifest.root,
        "lost": lost,
    }
    record(STREAM, kind, facts=facts)
    report = verify()
    anchors.write()
    return Restored(made, report, lost, aside)


def refuse_unless_empty() -> None:
    """Raises NotEmpty where a ledger with entries is."""
    with connection.cursor() as cursor:
        if LEDGER in connection.introspection.table_names(cursor):
            cursor.execute("SELECT count(*) FROM ledger_entry")
            if cursor.fetchone()[0]:
                raise NotEmpty


def _make_tables(head: Head) -> None:
    """The tables as they were when the archive was made. Raises TooNew, NotEmpty."""
    executor = MigrationExecutor(connection)
    graph, had = executor.loader.graph, set(head.migrations)
    if unknown := sorted(had - set(graph.nodes)):
        raise TooNew(", ".join(f"{app} {name}" for app, name in unknown[:3]))
    executor.migrate(sorted(node for node in had if not any(child.key in had for child in graph.node_map[node].children)))
    if not set(migrations()) <= had:
        raise NotEmpty


def _load(path: Path, head: Head, step: Progress) -> None:
    with opened(path) as reader:
        for part in reader.parts():
            if part.name.startswith(TABLES):
                table, rows, _text = rows_of(head, part)
                _insert(table, rows)
                step(len(rows))
    _go_on_counting(head)


def _insert(table: Table, rows: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    converts = [(place, convert) for place, one in enumerate(table.columns) if (convert := _converter(one))]
    ready = [_converted(row, converts) for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in ready:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(table.columns))
        cursor.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', ready)


def _converted(row: Sequence[Any], converts: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for place, convert in converts:
        if values[place] is not None:
            values[place] = convert(values[place])
    return values


def _converter(column: Column) -> Convert | None:
    """How a value as an archive holds it becomes one of this database; None = as it is."""
    here: dict[Kind, Convert] = {"bytes": b64decode}
    if connection.vendor == "postgresql":
        here["flag"] = bool
    else:
        here["instant"] = _sqlite_instant
    return here.get(column.kind)


def _sqlite_instant(text: str) -> str:
    """As Django writes it: a blank between day and time, no zone, no fraction where it is nought."""
    return text.replace("T", " ").removesuffix("+00:00").removesuffix(".000000")


def _go_on_counting(head: Head) -> None:
    """Numbers that were given once are not given again, also those of rows that are gone."""
    with connection.cursor() as cursor:
        for table in head.tables:
            cursor.execute(f'SELECT coalesce(max("{table.key}"), 0) FROM "{table.name}"')
            last = max(head.numbers.get(table.name, 0), int(cursor.fetchone()[0]))
            if connection.vendor == "postgresql":
                ask = "SELECT setval(pg_get_serial_sequence(%s, %s)::regclass, greatest(%s, 1), %s > 0)"
                cursor.execute(ask, [table.name, table.key, last, last])
            elif last:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])


def _compare(made: Made) -> None:
    """Everything read back from the database must be what the archive says. Raises NotTheSame."""
    told = made.manifest.tables
    back = sums(made.head.tables)
    wrong = [name for name, one in back.items() if (one.rows, one.hex()) != (told[name].rows, told[name].digest)]
    if wrong or back[LEDGER].root.hex() != made.manifest.root:
        raise NotTheSame(", ".join(wrong) or "ledger")


def _place_files(path: Path) -> bytes:
    """Put the attachments into the folder of files; the anchors that came with the archive."""
    noted = b""
    with store.held(), opened(path) as reader:
        for part in reader.parts():
            if part.name.startswith(FILES):
                _place_file(part, store.path_of(digest_of(part)))
            elif part.name == ANCHORS:
                noted = part.body.read()
    return noted


def _place_file(part: Part, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as file:
        while data := part.body.read(_BLOCK):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _put_anchors(noted: bytes, made: Made) -> tuple[Path | None, int]:
    """Go on from the archive's anchors. Those that lie here are later ones: they are put aside, and tell what is lost."""
    here = anchors.anchor_file()
    aside, lost = None, 0
    if here.exists() and here.read_bytes() != noted:
        lost = max(0, anchors.latest().count - made.manifest.entries)
        aside = here.with_name(f"anchors-before-{instant_text(clock.now())[:19].replace(':', '')}.jsonl")
        here.replace(aside)
    here.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(here, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(noted)
        file.flush()
        os.fsync(file.fileno())
    return aside, lost
