"""``./dev bench``: measure on both databases, print the table, write ``bench/RESULTS.md``.

Each database is measured in a process of its own in a folder of its own on the disk (not in memory: what is measured is
durable). PostgreSQL is a throw-away cluster with its default settings of durability.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.results import PARTS, write
from tests.databases import cluster

OPEN = 3000
READS = frozenset({"screens", "export"})
"""Parts that leave a place as it is."""

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
SIZES = (10_000, 100_000)
LONGEST = 7200
"""Seconds that one database may take."""


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure, print, and write bench/RESULTS.md.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of cases, rising (default: %(default)s)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="folder of places to fill once and measure again (short, and open to postgres)")
    parser.add_argument("--busy", type=int, default=0, help="measure the screens of the last size once more with so many open")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one of them (default: both)")
    parser.add_argument("--out", type=Path, help="where to write (default: bench/RESULTS.md, and only when all was measured)")
    asked = parser.parse_args()
    unknown = set(asked.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return asked


@contextmanager
def standing(database: str, folder: Path) -> Iterator[str]:
    """The value of BIHUAN_DATABASE for the database of one place, as long as it is needed."""
    if database == "sqlite":
        yield "sqlite"
        return
    fresh = not (folder / "pg" / "data").exists()
    server = cluster.Cluster(folder / "pg", durable=True)
    try:
        server.start()
        yield server.create_database("bihuan") if fresh else server.address("bihuan")
    finally:
        server.stop()


def measured(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """All parts on one database, each size in a place of its own; all but the screens at the last size alone."""
    parts, sizes = asked.only.split(","), asked.sizes.split(",")
    found: dict[str, Any] = {"sizes": {}, "load": []}
    for size in sizes:
        now = parts if size == sizes[-1] else [part for part in parts if part == "screens"]
        if now:
            print(f"{database}, {int(size):,} cases:", file=sys.stderr, flush=True)
            one = at_size(database, now, size, OPEN, asked.keep)
            found |= {**one, "sizes": found["sizes"] | one["sizes"], "load": found["load"] + one["load"]}
    if asked.busy:
        print(f"{database}, {int(sizes[-1]):,} cases, {asked.busy:,} of them open:", file=sys.stderr, flush=True)
        one = at_size(database, ["screens"], sizes[-1], asked.busy, asked.keep)
        found |= {"busy": {"open": asked.busy, **one["sizes"][sizes[-1]]}, "load": found["load"] + one["load"]}
    return found


def at_size(database: str, parts: list[str], size: str, wanted: int, keep: Path | None) -> dict[str, Any]:
    """Some parts at one size with ``wanted`` cases open. Raises RuntimeError when it cannot be measured.

    ``keep``: in the place of that size kept there, filled now if it is not, going on where a filling was cut off; parts that
    write are measured on a copy of it.
    """
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-", ignore_cleanup_errors=True) as temporary:
        Path(temporary).chmod(0o755)  # the server of PostgreSQL runs as somebody else
        if keep is None:
            return run(database, Path(temporary) / "place", parts, size, wanted)
        kept = keep.resolve() / f"{database}-{size}-{wanted}"
        if not (kept / "filled.json").is_file():
            run(database, kept, [], size, wanted)
        if set(parts) <= READS:
            return run(database, kept, parts, size, wanted)
        shutil.copytree(kept, Path(temporary) / "place", symlinks=True)
        _same_owner(kept, Path(temporary) / "place")
        return run(database, Path(temporary) / "place", parts, size, wanted)


def _same_owner(kept: Path, copy: Path) -> None:
    """Give the copy to whom the kept place belongs (only root needs to, and may)."""
    if os.geteuid() == 0:
        for one in (kept, *kept.rglob("*")):
            found = one.lstat()
            os.chown(copy / one.relative_to(kept), found.st_uid, found.st_gid, follow_symlinks=False)


def run(database: str, folder: Path, parts: list[str], size: str, wanted: int) -> dict[str, Any]:
    """Measure in a process of its own, in this folder; what was told of its filling lies in the folder too."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "measured.json"
    with standing(database, folder) as where:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
        environment |= {
            "BIHUAN_DATA": str(folder / "data"),
            "BIHUAN_DATABASE": where,
            "BIHUAN_STAGE": "development",
            "BIHUAN_SHARED": os.environ.get("BIHUAN_SHARED", ""),
            "DJANGO_SETTINGS_MODULE": "bench.site",
        }
        told = str(folder / "filled.json")
        command = [sys.executable, "-m", "bench.one", str(out), ",".join(parts), size, str(wanted), told]
        code = subprocess.run(command, env=environment, cwd=ROOT, timeout=LONGEST, check=False).returncode
    if code:
        raise RuntimeError(f"measuring on {database} failed")
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def main() -> int:
    """Measure, write, say where an aim is missed."""
    asked = arguments()
    cluster.leave_on_signals()
    found = {database: measured(database, asked) for database in asked.database or DATABASES}
    whole = set(found) == set(DATABASES) and asked.only == ",".join(PARTS)
    out = asked.out or (ROOT / "bench" / "RESULTS.md" if whole else None)
    text = write(found, "./dev bench" + "".join(f" {word}" for word in sys.argv[1:]))
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
