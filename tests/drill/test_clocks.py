"""The server's clock is set back and forth under the running product: nothing runs backwards, nobody is shut in or out.

A year and more ahead, back, as much behind, and right again. ``bihuan doctor`` and ``/metrics`` say so. The same on both
lengths: it takes what it takes.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.drill.clients import FORM_TOKEN, LETTERS, NUMBER
from tests.drill.place import Place, founded
from tests.drill.server import Server, processes_of

pytestmark = pytest.mark.drill

DAYS = 400
AHEAD, RIGHT_AGAIN, BEHIND = DAYS * 86_400, 0, -DAYS * 86_400
APPLICATION, WORKER = "tests.drill.shifted:application", [sys.executable, "-m", "tests.drill.shifted", "work"]
PASSWORD = "open sesame 9"
PATIENCE = 120.0
TOKEN = "Zx3-nobody-guesses-this-one-0123456789"


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        yield replace(one, environ={**one.environ, "BIHUAN_DRILL_CLOCK": str(one.folder / "clock"), "BIHUAN_METRICS": TOKEN})
        assert processes_of(one.folder) == []


class Desk:
    """What a window clerk meets while the clock is set."""

    def __init__(self, place: Place, port: int) -> None:
        self.place, self.port = place, port
        self.acknowledged: dict[str, str] = {}

    def set(self, seconds: float) -> None:
        """Set the clock of web server and worker."""
        (self.place.folder / "clock").write_text(str(seconds), "ascii")

    def ask(
        self, method: str, address: str, cookie: str = "", form: dict[str, str] | None = None, **more: str
    ) -> tuple[int, str]:
        """Status and page."""
        headers = {"Cookie": f"bihuan={cookie}; csrftoken={FORM_TOKEN}", "X-CSRFToken": FORM_TOKEN, **more}
        body = urlencode(form) if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, address, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def lets_in(self, cookie: str) -> bool:
        """Whether this session is still somebody."""
        return self.ask("GET", "/desk/cases", cookie)[0] == 200

    def registers(self, cookie: str) -> str:
        """Register a matter; its number."""
        name = "drill-" + uuid4().hex.translate(LETTERS)
        form = {
            "f-title": name, "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
            "f-urgency": "normal", "area": "430624", "name": "王小明", "phone": "13800000000",
        }  # fmt: skip
        status, page = self.ask("POST", "/desk/register", cookie, form, **{"Idempotency-Key": name})
        number = NUMBER.search(page)
        assert (status, bool(number)) == (201, True), page[:2000]
        self.acknowledged[name] = number[0] if number else ""
        return self.acknowledged[name]

    def signs_in(self, password: str) -> int:
        """The status of a try to sign in."""
        return self.ask("POST", "/sign-in", form={"identifier": "clerk1", "password": password})[0]

    def behind(self) -> float:
        """What /metrics says of the clock."""
        _, page = self.ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}")
        found = re.search(r"^bihuan_clock_behind_seconds (\S+)$", page, re.MULTILINE)
        return float(found[1]) if found else -1.0

    def last_anchor(self) -> str:
        """When the worker noted its last anchor, by its own clock."""
        file = self.place.folder / "anchors" / "anchors.jsonl"
        lines = file.read_text("ascii").splitlines() if file.exists() else []
        return str(json.loads(lines[-1])["at"]) if lines else ""


def until(there: Callable[[], object], said: str) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, said
        time.sleep(0.2)


def test_the_clock_is_set_back_and_forth(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "clock").write_text("0", "ascii")
    first, *_ = place.inside("seed")
    year = time.gmtime().tm_year
    with Server(place, APPLICATION, worker=WORKER) as server:
        desk = Desk(place, server.port)
        for _ in range(3):
            desk.registers(first)
        assert desk.behind() == 0

        desk.set(AHEAD)
        assert not desk.lets_in(first), "an hour without a request is over"
        ahead = place.inside("again")[0]
        assert f"-{year + 1}-" in desk.registers(ahead)
        until(lambda: place.inside("passed") > 0, "the worker did not enter the limits that have passed")
        while desk.signs_in("wrong") != 429:
            continue
        assert desk.signs_in(PASSWORD) == 429, "the control: shut out"
        place.inside("later")
        assert place.inside("waiting") == 1, "the control: a piece of work that waits"

        desk.set(RIGHT_AGAIN)
        assert not desk.lets_in(ahead), "nobody knows how old that session is"
        assert desk.lets_in(first), "who was signed in before works on"
        assert f"-{year}-" in desk.registers(first)
        assert desk.behind() > AHEAD - 86_400
        assert "时钟" in doctor(place, wrong=True)
        until(lambda: place.inside("waiting") == 0, "work was left for next year")
        assert desk.signs_in(PASSWORD) in (302, 303), "nobody is shut out for a year"
        until(lambda: desk.last_anchor().startswith(str(year)), "no anchors until next year")

        desk.set(BEHIND)
        assert not desk.lets_in(first), "seen in what is now the future"
        assert desk.registers(place.inside("again")[0])
        assert desk.behind() > 0
        doctor(place, wrong=True)

        desk.set(RIGHT_AGAIN)
        last = place.inside("again")[0]
        assert f"-{year}-" in desk.registers(last)
        assert desk.lets_in(last)
    assert place.inside("backwards") == []
    assert place.inside("check", given=desk.acknowledged) == []
    assert place.verify() == 0
    with capsys.disabled():
        told = f"{len(desk.acknowledged)} matters, 0 missing, none backwards"
        print(f"\n  clock set by {DAYS} days: ahead, right, behind, right; {told}")


def doctor(place: Place, *, wrong: bool) -> str:
    """What the doctor says of the clock."""
    done = place.run("tests.drill.shifted", "doctor", check=False)
    line = next(line for line in done.stdout.splitlines() if "时钟" in line)
    assert line.startswith("✕") == wrong, done.stdout
    return line


def test_a_matter_that_runs_backwards_is_found(place: Place) -> None:
    """The control of the look at the end."""
    place.inside("seed")
    first, _second = place.inside("open", given=2)
    assert place.inside("erase", given=first) > 0
    assert place.inside("backwards") == []
    earlier = f"UPDATE ledger_entry SET at = '2020-01-01 00:00:00+00:00' WHERE stream = 'case:{first}' AND seq > 1"
    assert place.inside("sql", given=[earlier])[0] > 0
    assert place.inside("backwards") == [f"case:{first}"]
