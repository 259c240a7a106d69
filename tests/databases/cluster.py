"""A throw-away PostgreSQL cluster: its own data folder outside the checkout, its own socket, no network port.

    python -m tests.databases run [--durable] -- COMMAND ...   start, run with BIHUAN_DATABASE set, stop, same exit code
    python -m tests.databases start FOLDER                     start and print the address (for work by hand)
    python -m tests.databases stop FOLDER

``initdb`` refuses to work as root; then the server runs as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST = 15
PORT = 54329  # names the socket file only; the server does not listen on the network
_ORDINARY = ("postgres", "nobody")
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ALWAYS = {
    "listen_addresses": "''",
    "port": str(PORT),
    "max_connections": "80",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
    "logging_collector": "off",
    "timezone": "UTC",
}


class Missing(RuntimeError):
    """PostgreSQL's programs are not installed, or too old."""


def programs() -> Path:
    """The folder of initdb and pg_ctl, newest version first. Raises Missing."""
    found = sorted(
        (int(folder.parent.name), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and (folder / "initdb").exists()
    )
    if found and found[-1][0] >= OLDEST:
        return found[-1][1]
    path = shutil.which("initdb")
    if path and _version(path) >= OLDEST:
        return Path(path).resolve().parent
    raise Missing(f"PostgreSQL {OLDEST} or newer is needed: apt-get install postgresql")


def _version(initdb: str) -> int:
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
    digits = "".join(sign if sign.isdigit() else " " for sign in said).split()
    return int(digits[0]) if digits else 0


def ordinary_user() -> str:
    """Whom the server runs as: ourselves, or an ordinary user when we are root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in _ORDINARY:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise Missing("no ordinary user to run PostgreSQL as: neither 'postgres' nor 'nobody' exists")


class Cluster:
    """One server under ``folder`` (short path: a socket's path may not exceed 107 bytes)."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        """``durable``: with fsync, for tests that measure what survives."""
        self.folder = folder
        self.durable = durable
        self.user = ordinary_user()
        self._programs = programs()

    def address(self, database: str = "postgres") -> str:
        """The value of BIHUAN_DATABASE for one database of this server."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}&port={PORT}"

    def start(self) -> Cluster:
        """Make the data folder if there is none, start, wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._call("initdb", "--pgdata=data", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
            self._configure()
        elif f"'{self.folder}'" not in (self.folder / "data" / "postgresql.conf").read_text():  # a copy of another one's folder
            self._configure()
        self._call("pg_ctl", "--pgdata=data", "--log=log", "--wait", "--timeout=60", "start")
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop (``fast``, ``immediate`` = as a crash) if it runs."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._call("pg_ctl", "--pgdata=data", f"--mode={mode}", "--wait", "--timeout=60", "stop", check=False)

    def answers(self) -> bool:
        """Whether it runs and takes connections."""
        asked = [str(self._programs / "pg_isready"), f"--host={self.folder}", f"--port={PORT}", "--quiet"]
        said = subprocess.run(asked, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=False, timeout=60)
        return said.returncode == 0

    def create_database(self, name: str) -> str:
        """A new empty database; its address."""
        self._call("createdb", f"--host={self.folder}", f"--port={PORT}", "--template=template0", name)
        return self.address(name)

    def _configure(self) -> None:
        values = {**_ALWAYS, "unix_socket_directories": f"'{self.folder}'", **({} if self.durable else _FAST)}
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in values.items())

    def _call(self, program: str, *arguments: str, check: bool = True) -> None:
        as_user = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGUSER": self.user, "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **as_user,
        )
        if check and done.returncode:
            log = self.folder / "log"
            said = done.stdout.decode(errors="replace") + (log.read_text(errors="replace")[-2000:] if log.exists() else "")
            raise RuntimeError(f"{program} failed ({done.returncode}):\n{said}")


@contextmanager
def throw_away(*, durable: bool = False) -> Iterator[Cluster]:
    """A running cluster in a new folder; stopped and removed afterwards (see leave_on_signals)."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-pg-", dir=tempfile.gettempdir()))
    cluster = Cluster(folder, durable=durable)
    try:
        yield cluster.start()
    finally:
        cluster.stop("immediate" if not durable else "fast")
        _remove(folder)


def leave_on_signals() -> None:
    """End by an exception when told to stop, so that whoever holds something lets go of it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _remove(folder: Path) -> None:
    for _attempt in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
