"""Child processes of one command: web server and worker, started together and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bihuan.console.problem import FOUND, Problem
from bihuan.console.words import _

GRACE = 10.0  # seconds a child has to end by itself
APPLICATION = "bihuan.config.wsgi:application"
THREADS = 64  # of one web process: four work, the others hold who waits a moment or is turned away (config.bounds says how many)


def web_command(host: str, port: int, workers: int, *, access_log: bool = False) -> list[str]:
    """The web server's command line."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(THREADS), "--log-level", "error"]
    command += ["--access-log" if access_log else "--no-access-log", "--respawn-failed-workers", APPLICATION]
    return command


def worker_command() -> list[str]:
    """The worker's command line."""
    return [sys.executable, "-m", "bihuan.console.main", "work"]


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def is_taken(host: str, port: int) -> bool:
    """True when somebody listens there already."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return True
    return False


def answers(host: str, port: int) -> bool:
    """True when a connection is taken."""
    with socket.socket() as trial:
        trial.settimeout(1)
        return trial.connect_ex((host, port)) == 0


def start(command: Sequence[str], *, extra: Mapping[str, str] | None = None, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start one child in its own process group, so that it and its own children can be ended as one."""
    environ = {**os.environ, **(extra or {})}
    if log is None:
        return subprocess.Popen(command, env=environ, start_new_session=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            command, env=environ, start_new_session=True, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child with its whole process group: asked first, then forced. Returns when none is left."""
    for with_signal, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        try:
            os.killpg(child.pid, with_signal)
        except ProcessLookupError:
            break
        until = time.monotonic() + patience
        while time.monotonic() < until and group_lives(child):
            time.sleep(0.05)
        if not group_lives(child):
            break
    child.wait()


def group_lives(child: subprocess.Popen[bytes]) -> bool:
    """True while any process of the child's group runs; reaps the child itself.

    A grandchild that has ended may stay listed until the machine's first process takes note of it: it does not count.
    """
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    states = list(_states_of_group(child.pid))
    return not states or any(state not in "ZX" for state in states)


def _states_of_group(group: int) -> Iterator[str]:
    """The state letters of the group's processes, as the kernel lists them (nothing where it lists none)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[2]) == group:
            yield fields[0]


@contextmanager
def serving(host: str, port: int, *, log: Path, patience: float = 30.0) -> Iterator[str]:
    """A web server for the time of the block; gives its address. Nothing is left running afterwards."""
    child = start(web_command(host, port, 1), log=log)
    try:
        until = time.monotonic() + patience
        while not answers(host, port):
            if child.poll() is not None or time.monotonic() > until:
                raise Problem(_("The web server did not start:\n%s") % log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        yield f"http://{host}:{port}"
    finally:
        stop(child)


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run several children until one ends or this process is told to; then all are ended. 0 when told to, else 1."""
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    children = [start(command) for command in commands]
    try:
        while not told and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        for child in children:
            stop(child)
    return 0 if told else FOUND
