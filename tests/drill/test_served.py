"""The commands of the operator's guide, as they are typed, on this database: serve, doctor, work, and the end by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from bihuan.console import processes
from tests.drill.place import ROOT, Place, founded
from tests.drill.server import processes_of

pytestmark = pytest.mark.drill

COMMAND = "bihuan.console.main"
PATIENCE = 120.0


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        yield one
        assert processes_of(one.folder) == []


def ready(port: int) -> bool:
    """Does the place that is served there say that it is ready?"""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def test_a_place_is_served_looked_at_and_ended(place: Place) -> None:
    """Web processes and worker start, the doctor goes through all its checks, and one signal ends everything."""
    port, log = processes.free_port(), place.folder / "served.log"
    assert not ready(port), "the control: nobody is there yet"
    with log.open("wb") as out:
        served = subprocess.Popen(
            [sys.executable, "-m", COMMAND, "serve", "--port", str(port)], env=dict(place.environ), cwd=ROOT,
            start_new_session=True, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        until = time.monotonic() + PATIENCE
        while not ready(port):
            assert served.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.1)
        done = place.run(COMMAND, "doctor", check=False)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stdout.splitlines()[-1].split()[1] == "备份", f"the last of all checks\n{done.stdout}"
        assert place.run(COMMAND, "work", "--once").returncode == 0
        os.kill(served.pid, signal.SIGTERM)
        assert served.wait(PATIENCE) in (0, 128 + signal.SIGTERM, -signal.SIGTERM), log.read_text("utf-8")
        assert not ready(port)
    finally:
        processes.stop(served)
