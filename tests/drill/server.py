"""Web server and worker of a place, each in a process group of its own, to be killed as one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bihuan.console import processes
from tests.drill.place import ROOT, Place

RIGHT, WRONG = processes.APPLICATION, "tests.drill.early:application"


@dataclass(frozen=True, slots=True)
class Processor:
    """Seconds on a processor, and seconds ready for one that others had."""

    worked: float = 0.0
    stood: float = 0.0

    def starved(self) -> bool:
        """True where the machine let us work less than a quarter of the time in which we could have: it is overloaded itself."""
        return self.stood > 3 * self.worked


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

    def processor(self) -> Processor:
        """How long the threads of both groups have worked so far, and how long they stood ready and were not let."""
        groups = {child.pid for child in self._running}
        total = Processor()
        for entry in Path("/proc").glob("[0-9]*/task/[0-9]*/schedstat"):
            with suppress(OSError):
                if os.getpgid(int(entry.parts[2])) in groups:
                    worked, stood, _times = entry.read_text("ascii").split()
                    total = Processor(total.worked + int(worked) / 1e9, total.stood + int(stood) / 1e9)
        return total

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


__all__ = ["RIGHT", "WRONG", "Processor", "Server", "processes_of"]
