"""Child processes: started together, gone together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from bihuan.console import processes
from bihuan.console.problem import Problem

STUBBORN_PROGRAM = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""
STUBBORN = [sys.executable, "-c", STUBBORN_PROGRAM]


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_that_will_not_go_is_ended_with_its_own_children(monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.5)
    child = processes.start(STUBBORN)
    time.sleep(0.3)
    processes.stop(child)
    assert not processes.group_lives(child)


def test_one_child_ending_ends_the_other():
    program = textwrap.dedent("""
        import sys
        from bihuan.console import processes
        sleeper = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
        sys.exit(processes.run_together([sleeper, [sys.executable, "-c", "import time; time.sleep(0.5)"]]))
    """)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert not alive(int(ended.stdout))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_nothing_is_left(number):
    program = textwrap.dedent("""
        import sys
        from bihuan.console import processes
        sleeper = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
        sys.exit(processes.run_together([sleeper]))
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.send_signal(number)
        assert parent.wait(timeout=30) == 0
    assert not alive(child)


def test_a_port_in_use_is_seen():
    port = processes.free_port()
    assert not processes.is_taken("127.0.0.1", port)
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        for _ in range(100):
            if processes.answers("127.0.0.1", port):
                break
            time.sleep(0.05)
        assert processes.is_taken("127.0.0.1", port)
    finally:
        processes.stop(server)


def test_a_server_that_does_not_start_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "web_command", lambda *_: [sys.executable, "-c", "print('no luck'); raise SystemExit(1)"])
    with pytest.raises(Problem, match="no luck"), processes.serving("127.0.0.1", processes.free_port(), log=tmp_path / "log"):
        pass
