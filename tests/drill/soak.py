"""A soak: a steady crowd for a long time, and what the processes hold and need, window by window.

What is judged is what a leak looks like: memory, open files and threads that grow, work that costs more and more. The
processor's time for each answer says that without minding what else the machine does; the times people waited are told beside it.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from tests.drill.clients import FORM_TOKEN, LETTERS, NUMBER
from tests.drill.place import Place
from tests.drill.server import processes_of

TICK = os.sysconf("SC_CLK_TCK")
LINK = re.compile(r'href="(/desk/case/\d+)')
READ = ("/desk/", "/desk/cases", "/desk/cases?q=%E8%B7%AF%E7%81%AF", "/desk/register", "/", "/report", "/desk/notices")
GROWTH, MEGABYTES = 1.08, 6.0
"""Memory may grow by eight hundredths and six megabytes from the first judged third to the last: caches fill."""
FILES, THREADS = 6, 4
DEARER = 1.3
"""So much more processor time an answer may cost at the end than at the start."""


@dataclass(frozen=True)
class Held:
    """What one process holds: megabytes in memory, open files, threads; seconds of the processor that it has used."""

    memory: float
    files: int
    threads: int
    cpu: float


@dataclass
class Window:
    """What was seen in one window: what each process held at its end, seconds of each answer, faults."""

    held: dict[int, Held]
    took: list[float]
    cpu: float
    acknowledged: int


def held_by(process: int) -> Held:
    """What the kernel says of a process. Raises OSError when it has ended."""
    folder = Path(f"/proc/{process}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    used = (folder / "stat").read_text().rpartition(")")[2].split()
    return Held(
        memory=int(status["VmRSS"].split()[0]) / 1024,
        files=len(list((folder / "fd").iterdir())),
        threads=int(status["Threads"]),
        cpu=(int(used[11]) + int(used[12])) / TICK,
    )


def look(place: Place) -> dict[int, Held]:
    """What every process of the place holds."""
    found = {}
    for process in processes_of(place.folder):
        with suppress(OSError, KeyError):
            found[process] = held_by(process)
    return found


@dataclass
class Crowd:
    """People at work at a steady pace: one in four times something is registered, else something is read."""

    port: int
    cookies: Sequence[str]
    pace: float
    """Seconds each of them rests after an answer."""
    took: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    turned_away: int = 0
    """Answers that said to come again: 503 with Retry-After."""

    def __post_init__(self) -> None:
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(n, one), daemon=True) for n, one in enumerate(self.cookies)]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def taken(self) -> list[float]:
        """The times since it was last asked."""
        with self._lock:
            times, self.took = self.took, []
            return times

    def _work(self, number: int, cookie: str) -> None:
        turn, cases = number, ["/desk/cases"]
        while not self._stop.wait(self.pace):
            turn += 1
            began = time.monotonic()
            try:
                self._register(cookie) if turn % 4 == 0 else self._read(cookie, turn, cases)
            except (OSError, http.client.HTTPException) as fault:
                self.faults.append(type(fault).__name__)
                continue
            with self._lock:
                self.took.append(time.monotonic() - began)

    def _read(self, cookie: str, turn: int, cases: list[str]) -> None:
        """A page; ``cases``: matters that this person sees, as the list said last."""
        address = cases[turn % len(cases)] if turn % 3 == 0 else READ[turn % len(READ)]
        status, page = self._ask("GET", address, cookie)
        if status not in (200, 503):
            self.faults.append(f"{status} for {address}")
        elif status == 200 and address == "/desk/cases":
            cases[:] = sorted(set(LINK.findall(page))) or cases

    def _register(self, cookie: str) -> None:
        name = "drill-" + uuid4().hex.translate(LETTERS)
        form = {
            "f-title": name, "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
            "f-urgency": "normal", "area": "430624", "name": "王小明", "phone": "13800000000",
        }  # fmt: skip
        status, page = self._ask("POST", "/desk/register", cookie, urlencode(form), name)
        while status == 503 and not self._stop.wait(self.pace):
            status, page = self._ask("POST", "/desk/register", cookie, urlencode(form), name)
        if status == 503:
            return
        if status != 201:
            self.faults.append(f"{status} for a registration")
            return
        number = NUMBER.search(page)
        self.acknowledged[name] = number[0] if number else ""

    def _ask(self, method: str, address: str, cookie: str, body: str = "", key: str = "") -> tuple[int, str]:
        headers = {"Cookie": f"bihuan={cookie}; csrftoken={FORM_TOKEN}"}
        if body:
            headers |= {
                "X-CSRFToken": FORM_TOKEN, "Idempotency-Key": key, "Content-Type": "application/x-www-form-urlencoded",
            }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, address, body or None, headers)
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
            if answer.status == 503:
                self.turned_away += 1
                if not answer.headers.get("Retry-After"):
                    self.faults.append("503 without Retry-After")
            return answer.status, page
        finally:
            connection.close()


def windows(place: Place, crowd: Crowd, *, seconds: float, length: float) -> Iterator[Window]:
    """Watch for so many seconds, in windows of ``length``; a last part that is no whole window is left out."""
    before = look(place)
    for _ in range(int(seconds // length)):
        time.sleep(length)
        now = look(place)
        cpu = sum(one.cpu - before[process].cpu for process, one in now.items() if process in before)
        yield Window(now, crowd.taken(), cpu, len(crowd.acknowledged))
        before = now


def leaks(seen: Sequence[Window]) -> list[str]:
    """What grew, in words; nothing = all stayed as it was. The first fifth is warming up and is not judged."""
    judged = list(seen[len(seen) // 5 :])
    third = max(1, len(judged) // 3)
    first, last = judged[:third], judged[-third:]
    faults = [f"process {process} ended" for process in first[0].held if process not in last[-1].held]
    for process in set(first[0].held) & set(last[-1].held):
        before, after = _middle(first, process), _middle(last, process)
        if after.memory > before.memory * GROWTH + MEGABYTES:
            faults.append(f"memory of process {process}: {before.memory:.0f} MB, then {after.memory:.0f} MB")
        if after.files > before.files + FILES:
            faults.append(f"open files of process {process}: {before.files}, then {after.files}")
        if after.threads > before.threads + THREADS:
            faults.append(f"threads of process {process}: {before.threads}, then {after.threads}")
    if cost(last) > cost(first) * DEARER:
        faults.append(f"an answer costs {cost(last) * 1000:.1f} ms of the processor, first {cost(first) * 1000:.1f} ms")
    return faults


def cost(part: Sequence[Window]) -> float:
    """Seconds of the processor for each answer."""
    return sum(one.cpu for one in part) / max(1, sum(len(one.took) for one in part))


def waited(part: Sequence[Window], share: float = 0.5) -> float:
    """How long that share of people waited at most."""
    times = sorted(one for window in part for one in window.took) or [0.0]
    return times[min(len(times) - 1, int(len(times) * share))]


def _middle(part: Sequence[Window], process: int) -> Held:
    held = [one.held[process] for one in part if process in one.held]
    return Held(
        memory=statistics.median(one.memory for one in held),
        files=int(statistics.median(one.files for one in held)),
        threads=int(statistics.median(one.threads for one in held)),
        cpu=held[-1].cpu,
    )
