"""Web server and worker of a place, each in a process group of its own, to be killed as one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bihuan.console import processes
from tests.drill.place import ROOT, Place

RIGHT, WRONG = processes.APPLICATION, "tests.drill.early:application"


class Server:
    """The two groups. ``with Server(place):`` leaves no process behind, whatever happens inside."""

    def __init__(
        self,
        place: Place,
        application: str = RIGHT,
        *,
        workers: int = 2,
        log: Path | None = None,
        worker: Sequence[str] | None = None,
    ) -> None:
        self.port = processes.free_port()
        self.log = log or place.folder / "server.log"
        self._place = place
        web = [application if word == RIGHT else word for word in processes.web_command("127.0.0.1", self.port, workers)]
        self._commands = [web, [*(worker or processes.worker_command())]]
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, patience: float = 300.0) -> None:
        """Start both and wait until a connection is taken."""
        for command in self._commands:
            with self.log.open("ab") as log:
                self._running.append(
                    subprocess.Popen(
                        command, env=dict(self._place.environ), cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL,
                        stdout=log, stderr=log,
                    )
                )  # fmt: skip
        until = time.monotonic() + patience
        while not processes.answers("127.0.0.1", self.port):
            if time.monotonic() > until or self._running[0].poll() is not None:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 both groups, and see that nothing of them is left."""
        for child in self._running:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        for child in self._running:
            child.wait()
            until = time.monotonic() + 20
            while processes.group_lives(child):
                if time.monotonic() > until:
                    raise RuntimeError(f"group {child.pid} lives on")
                time.sleep(0.02)
        self._running.clear()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def processes_of(folder: Path) -> list[int]:
    """Processes that run in this drill's place, by their environment: there must be none at the end."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"BIHUAN_DATA={folder / 'data'}".encode() in entry.read_bytes() and int(entry.parent.name) != os.getpid():
                found.append(int(entry.parent.name))
    return found


__all__ = ["RIGHT", "WRONG", "Server", "processes_of"]
