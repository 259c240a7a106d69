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

ROOT = Path(__file__).resolve().parent.parent
DATABASES = ("sqlite", "postgresql")
SIZES = (10_000, 100_000)
LONGEST = 1800
"""Seconds that one database may take."""


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure, print, and write bench/RESULTS.md.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of cases, rising (default: %(default)s)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas (default: %(default)s)")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one of them (default: both)")
    parser.add_argument("--out", type=Path, help="where to write (default: bench/RESULTS.md, and only when all was measured)")
    asked = parser.parse_args()
    unknown = set(asked.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return asked


@contextmanager
def address(database: str) -> Iterator[str]:
    """The value of BIHUAN_DATABASE for one database, as long as it is needed."""
    if database == "sqlite":
        yield "sqlite"
        return
    with cluster.throw_away(durable=True) as server:
        yield server.create_database("bihuan")


def measured(database: str, asked: argparse.Namespace) -> dict[str, Any]:
    """All parts on one database, each size in a place of its own; all but the screens at the last size alone."""
    parts, sizes = asked.only.split(","), asked.sizes.split(",")
    found: dict[str, Any] = {"sizes": {}, "load": []}
    for size in sizes:
        now = parts if size == sizes[-1] else [part for part in parts if part == "screens"]
        if now:
            print(f"{database}, {int(size):,} cases:", file=sys.stderr, flush=True)
            one = at_size(database, now, size)
            found |= {**one, "sizes": found["sizes"] | one["sizes"], "load": found["load"] + one["load"]}
    return found


def at_size(database: str, parts: list[str], size: str) -> dict[str, Any]:
    """Some parts at one size, in a fresh folder and database. Raises RuntimeError when it cannot be measured."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-bench-"))
    out = folder / "measured.json"
    try:
        with address(database) as where:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
            environment |= {
                "BIHUAN_DATA": str(folder / "data"),
                "BIHUAN_DATABASE": where,
                "BIHUAN_STAGE": "development",
                "BIHUAN_SHARED": os.environ.get("BIHUAN_SHARED", ""),
                "DJANGO_SETTINGS_MODULE": "bench.site",
            }
            command = [sys.executable, "-m", "bench.one", str(out), ",".join(parts), size]
            code = subprocess.run(command, env=environment, cwd=ROOT, timeout=LONGEST, check=False).returncode
        if code:
            raise RuntimeError(f"measuring on {database} failed")
        found: dict[str, Any] = json.loads(out.read_text())
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
