"""HTTP: granian with two workers on a loopback port, a small client with a few connections, everything bounded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from urllib.parse import urlencode

from bench.clocks import quantile

WORKERS, THREADS, CONNECTIONS = 2, 4, 4
LONGEST = 20.0
"""Seconds that one answer may take."""
TOKEN = "b" * 32
"""The same in the cookie and in the form, which is what the guard against forged forms asks."""


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """A running server: its port and its process. It is gone afterwards."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers",
        str(WORKERS), "--blocking-threads", str(THREADS), "--log-level", "warning", "--no-access-log",
        "bihuan.config.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": "bench.site"})
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the web server did not start")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not answer within 30 seconds")


class Line:
    """One kept-alive connection that sends prepared bytes and reads one answer."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._socket.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, body = got.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def get(path: str, cookie: str) -> bytes:
    """A signed-in GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: bihuan={cookie}\r\n\r\n".encode()


def post(path: str, cookie: str, form: dict[str, str]) -> bytes:
    """A signed-in POST of a form, with a fresh request id."""
    body = urlencode({**form, "request_id": uuid.uuid4().hex, "csrfmiddlewaretoken": TOKEN}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: bihuan={cookie}; csrftoken={TOKEN}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answers(port: int, make: Callable[[], bytes], *, each: int, wanted: int) -> tuple[float, list[float]]:
    """Answers a second over a few connections, and every answer's milliseconds. Raises if one is not ``wanted``."""
    times: list[float] = []
    faults: list[str] = []

    def run() -> None:
        line = Line(port)
        try:
            for request in [make() for _ in range(each)]:
                start = time.perf_counter()
                status, body = line.ask(request)
                times.append((time.perf_counter() - start) * 1000)
                if status != wanted:
                    faults.append(f"{status}: {body[:2000].decode(errors='replace')}")
                    return
        except OSError as error:
            faults.append(str(error))
        finally:
            line.close()

    threads = [Thread(target=run) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return len(times) / (time.perf_counter() - start), times


def beside(port: int, kinds: dict[str, tuple[Callable[[], bytes], int, int]], *, turns: int = 5) -> dict[str, dict[str, float]]:
    """Several kinds of request in turns: (make, each, wanted) -> answers a second, median and 95 % milliseconds."""
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(turns + 1):
        for name, (make, each, wanted) in kinds.items():
            rate, took = answers(port, make, each=each if turn else 5, wanted=wanted)
            if turn:  # the first turn only warms the workers up
                rates[name].append(rate)
                times[name] += took
    return {name: {"rate": median(rates[name]), "ms": median(times[name]), "ms95": quantile(times[name], 0.95)} for name in kinds}


def resident_mb(parent: int) -> list[float]:
    """The resident memory of each worker process of a server."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and (folder / "cmdline").read_bytes().find(b"resource_tracker") < 0:
                pages = int((folder / "statm").read_text().split()[1])
                found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1024**2)
        except (OSError, IndexError):
            continue
    return found
