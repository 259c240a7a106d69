"""A crowd over HTTP: so many people who ask again as soon as answered, or so many askings a second whether answered or not.

python -m tests.drill.crowd FILE      FILE holds what is told; what the crowd met is printed as JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.drill.clients import FORM_TOKEN, LETTERS, NUMBER

SETTLED = 2.0
"""Seconds until a crowd counts: what comes before is the crowd arriving."""
EVERY = 4
"""Each so many-th asking registers a matter, the others look at the list."""
PATIENCE = 30.0


class Crowd:
    """What is asked, of whom, and what came of it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.port, self.cookies = int(told["port"]), list(told["cookies"])
        self.seconds = float(told["seconds"]) + SETTLED
        self.took: dict[int, list[float]] = {}
        self.faults: Counter[str] = Counter()
        self.acknowledged: dict[str, str] = {}
        self.sent_away: list[str] = []
        self._asked, self._began = 0, time.monotonic()
        self.counts_from = time.time() + SETTLED

    async def again_and_again(self, people: int) -> None:
        """So many people, each asking again as soon as answered."""
        await asyncio.gather(*(self._patient() for _ in range(people)))

    async def at(self, rate: float) -> None:
        """So many askings a second, evenly, whatever becomes of those before."""
        under_way: set[asyncio.Task[None]] = set()
        count = 0
        while (now := time.monotonic() - self._began) < self.seconds:
            while count < now * rate:
                count += 1
                task = asyncio.create_task(self._ask())
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(0.004)
        if under_way:
            await asyncio.wait(under_way)

    async def _patient(self) -> None:
        while time.monotonic() - self._began < self.seconds:
            await self._ask()

    async def _ask(self) -> None:
        self._asked += 1
        name = "drill-" + uuid4().hex.translate(LETTERS) if self._asked % EVERY == 0 else ""
        cookie = self.cookies[self._asked % len(self.cookies)]
        began = time.monotonic()
        try:
            status, again, page = await asyncio.wait_for(self._answered(cookie, name), PATIENCE)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as fault:
            self.faults[type(fault).__name__] += 1
            return
        if status == 503 and not again:
            self.faults["503 without Retry-After"] += 1
        if name and status == 201:
            number = NUMBER.search(page)
            self.acknowledged[name] = number[0] if number else ""
        if name and status == 503:
            self.sent_away.append(name)
        if began - self._began > SETTLED:
            self.took.setdefault(status, []).append(time.monotonic() - began)

    async def _answered(self, cookie: str, name: str) -> tuple[int, str, str]:
        """Status, Retry-After and page of one asking, on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(_request(cookie, name))
            head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        lines = head.decode("latin-1").split("\r\n")
        again = next((line for line in lines if line.lower().startswith("retry-after:")), "")
        return int(lines[0].split()[1]) if lines[0] else _broken_off(), again, rest.decode(errors="replace")


def _broken_off() -> int:
    raise ConnectionResetError


def _request(cookie: str, name: str) -> bytes:
    address = "POST /desk/register" if name else "GET /desk/cases"
    body = b""
    lines = [
        f"{address} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Cookie: bihuan={cookie}; csrftoken={FORM_TOKEN}"
    ]  # fmt: skip
    if name:
        form = {
            "f-title": name, "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
            "f-urgency": "normal", "area": "430624", "name": "王小明", "phone": "13800000000",
        }  # fmt: skip
        body = urlencode(form).encode()
        lines += [
            f"X-CSRFToken: {FORM_TOKEN}", f"Idempotency-Key: {name}", "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def met(told: dict[str, Any]) -> dict[str, Any]:
    """Let the crowd come; what it met once it had settled."""
    crowd = Crowd(told)
    until = crowd.counts_from + float(told["seconds"])
    asyncio.run(crowd.at(told["rate"]) if "rate" in told else crowd.again_and_again(told["people"]))
    return {
        "took": {str(status): times for status, times in crowd.took.items()}, "faults": crowd.faults,
        "acknowledged": crowd.acknowledged, "sent_away": crowd.sent_away,
        "between": [crowd.counts_from, until],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(met(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
