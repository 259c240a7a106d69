"""A place of its own for a drill: data, keys, anchors and database, founded by the product's own command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from tests.databases import scratch

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 1500


@dataclass(frozen=True)
class Place:
    """Where everything of one drill lies, and the environment its processes run in."""

    folder: Path
    environ: Mapping[str, str]

    def run(self, *command: str, check: bool = True, patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run a module of Python in this place to its end."""
        done = subprocess.run(
            [sys.executable, "-m", *command], env=dict(self.environ), cwd=ROOT, text=True, capture_output=True, check=False,
            timeout=patience,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def inside(self, *words: str, given: Any = None, module: str = "tests.drill.inside") -> Any:
        """Ask a module that sees this place's tables; its answer."""
        told = self.folder / "told.json"
        told.write_text(json.dumps(given), "utf-8")
        return json.loads(self.run(module, *words, str(told)).stdout.splitlines()[-1])

    def verify(self) -> int:
        """The exit code of ``bihuan ledger verify``."""
        return self.run("bihuan.console.main", "ledger", "verify", check=False).returncode


@contextmanager
def founded(prepare: Callable[[Path], None] = lambda _folder: None) -> Iterator[Place]:
    """A founded place on the database that BIHUAN_DATABASE names; gone afterwards. ``prepare`` gets its empty folder first."""
    with unfounded(prepare) as place:
        place.run("bihuan.console.main", "init")
        yield place


@contextmanager
def unfounded(prepare: Callable[[Path], None] = lambda _folder: None) -> Iterator[Place]:
    """The same before ``bihuan init``: no table, no key."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-drill-", dir=scratch.place()))
    prepare(folder)
    server = os.environ.get("BIHUAN_DATABASE", "sqlite")
    database = _created(server) if server.startswith("postgres") else "sqlite"
    own = {
        "BIHUAN_DATA": str(folder / "data"),
        "BIHUAN_FILES": str(folder / "files"),
        "BIHUAN_KEYS": str(folder / "keys"),
        "BIHUAN_ANCHORS": str(folder / "anchors"),
        "BIHUAN_DATABASE": database,
        "BIHUAN_SECRET": "",
        "DJANGO_SETTINGS_MODULE": "bihuan.config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONWARNINGS": "",
    }
    try:
        yield Place(folder, {**os.environ, **own})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if database != "sqlite":
            _ask(server, f'DROP DATABASE IF EXISTS "{_name(database)}" WITH (FORCE)')


@contextmanager
def beside(place: Place, server: str) -> Iterator[Place]:
    """An empty second place with the first one's keys, on ``server`` ("sqlite" or an address); gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-drill-", dir=scratch.place()))
    shutil.copytree(place.folder / "keys", folder / "keys")
    database = _created(server) if server.startswith("postgres") else "sqlite"
    own = {f"BIHUAN_{name.upper()}": str(folder / name) for name in ("data", "files", "keys", "anchors")}
    try:
        yield Place(folder, {**place.environ, **own, "BIHUAN_DATABASE": database})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if database != "sqlite":
            _ask(server, f'DROP DATABASE IF EXISTS "{_name(database)}" WITH (FORCE)')


def _created(server: str) -> str:
    name = f"drill_{uuid4().hex[:12]}"
    _ask(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _name(address: str) -> str:
    return urlsplit(address).path.lstrip("/")


def _ask(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(urlunsplit(urlsplit(server)._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(statement)
