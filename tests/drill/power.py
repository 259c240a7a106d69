"""A disk that loses what was not synced: records what SQLite writes, and what would be there after the power went.

A written page counts as safe once its file was synced. Of what was written since, a disk may have kept any part, in any
order: here each write is kept or lost by chance, and one in eight is torn at a sector.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass
class Journal:
    """Everything that reached the disk's cache, in order: ("write", file, at, bytes), ("size", file, n), ("sync", file),
    ("told", n): the caller was told that all up to entry n is kept.
    """

    steps: list[tuple[Any, ...]] = field(default_factory=list)


class _Disk(apsw.VFS):
    def __init__(self, name: str, journal: Journal) -> None:
        self._journal = journal
        super().__init__(name, "unix")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802 - apsw names it
        return _File(name, flags, self._journal)


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], journal: Journal) -> None:
        self._journal = journal
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary").name
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._journal.steps.append(("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._journal.steps.append(("size", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._journal.steps.append(("sync", self._name))
        super().xSync(flags)


def replayed(start: Path, statements: Sequence[str], synchronous: str, folder: Path) -> Journal:
    """Run the application's own statements on a copy of its database; what went to the disk meanwhile."""
    journal, copy = Journal(), folder / "db.sqlite3"
    copy.write_bytes(start.read_bytes())
    disk = _Disk(f"losing-{synchronous}", journal)
    connection = apsw.Connection(str(copy), vfs=f"losing-{synchronous}")
    for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "secure_delete = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for statement in statements:
        connection.execute(statement).fetchall()
        if statement.startswith("COMMIT"):
            last = connection.execute("SELECT max(id) FROM ledger_entry").fetchall()[0][0]
            journal.steps.append(("told", last))
    connection.close()
    disk.unregister()
    return journal


def after_cuts(
    journal: Journal, start: bytes, points: Sequence[int], seed: int = 13710
) -> Iterator[tuple[dict[str, bytes], int]]:
    """For each point in the journal: the files as they may be after the power went there, and the last entry told as kept."""
    chance, told = random.Random(seed), 0
    safe: dict[str, bytearray] = {"db.sqlite3": bytearray(start)}
    waiting: dict[str, list[tuple[Any, ...]]] = {}
    wanted = sorted(points)
    for number, step in enumerate(journal.steps):
        while wanted and wanted[0] == number:
            wanted.pop(0)
            yield {name: _after(safe.get(name, bytearray()), waiting.get(name, []), chance) for name in {*safe, *waiting}}, told
        if step[0] == "told":
            told = step[1]
        elif step[0] == "sync":
            image = safe.setdefault(step[1], bytearray())
            for one in waiting.pop(step[1], []):
                _apply(image, one)
        else:
            waiting.setdefault(step[1], []).append(step)


def _after(safe: bytearray, waiting: list[tuple[Any, ...]], chance: random.Random) -> bytes:
    image = bytearray(safe)
    for step in waiting:
        luck = chance.random()
        if luck < 0.5:
            continue
        torn = step[0] == "write" and luck < 0.56
        _apply(image, (*step[:3], step[3][: SECTOR * chance.randrange(len(step[3]) // SECTOR + 1)]) if torn else step)
    return bytes(image)


def _apply(image: bytearray, step: tuple[Any, ...]) -> None:
    if step[0] == "size":
        del image[step[2] :]
        return
    _, _, offset, data = step
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data
