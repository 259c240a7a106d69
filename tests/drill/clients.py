"""Clients that register matters over HTTP as fast as they are answered, and repeat what they do not know the outcome of."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

from bihuan.config.bounds import RETRY_AFTER

FORM_TOKEN = "drill" * 6 + "ab"
NUMBER = re.compile(r"\d{6}-\d{4}-\d{6}")
AGAIN_AFTER = 0.05
TURNED_AWAY = -503
"""Stands for the 503 of overload among the statuses."""
LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Titles without digits: eleven of them in a row could look like somebody's phone, which the door would hide."""


@dataclass
class Tally:
    """What the clients know. ``acknowledged``: title (= request id) -> number answered; ``refused``: answers that must not be;
    ``unwell``: how often which status of 500 and more was answered; ``turned_away``: how often 503 because it was too much at
    that moment (``bihuan.config.bounds``), which says nothing is wrong but that there is a queue.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    retried: int = 0
    different: list[str] = field(default_factory=list)
    unwell: Counter[int] = field(default_factory=Counter)
    turned_away: int = 0


class Clients:
    """Several threads, each a window clerk's browser with its own session."""

    def __init__(self, port: int, cookies: list[str], *, threads: int = 6) -> None:
        self.tally = Tally()
        self._port = port
        self._enough = threading.Event()
        self._given_up = False
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._register, args=(cookies[n % len(cookies)],), daemon=True) for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, patience: float = 400.0) -> None:
        """No new matters; each thread repeats its last one until it has an answer."""
        self._enough.set()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("a client did not get its last answer")

    def give_up(self) -> None:
        """No new matters; what is unknown stays unknown."""
        self._given_up = True
        self._enough.set()

    def count(self) -> int:
        with self._lock:
            return len(self.tally.acknowledged)

    def _register(self, cookie: str) -> None:
        while not self._enough.is_set():
            name = "drill-" + uuid4().hex.translate(LETTERS)
            tries = 0
            while True:
                status, number = self._send(cookie, name)
                if status == 201:
                    with self._lock:
                        self.tally.acknowledged[name] = number
                        self.tally.retried += tries > 0
                    break
                if status >= 500:
                    with self._lock:
                        self.tally.unwell[status] += 1
                elif status == TURNED_AWAY:
                    with self._lock:
                        self.tally.turned_away += 1
                elif status:
                    with self._lock:
                        self.tally.refused.append(f"{status} for {name}")
                    break
                if self._given_up:
                    return
                tries += 1
                time.sleep(AGAIN_AFTER)
            if tries % 3 == 1:  # a nervous clerk sends it once more although it was answered
                status, again = self._send(cookie, name)
                if status == 201 and again != number:
                    self.tally.different.append(f"{name}: {number}, then {again}")

    def _send(self, cookie: str, name: str) -> tuple[int, str]:
        """One try: (status, number on the slip); (0, "") where nothing is known, (TURNED_AWAY, "") where it was too much."""
        form = {
            "f-title": name, "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
            "f-urgency": "normal", "area": "430624", "name": "王小明", "phone": "13800000000",
        }  # fmt: skip
        headers = {
            "Cookie": f"bihuan={cookie}; csrftoken={FORM_TOKEN}",
            "X-CSRFToken": FORM_TOKEN,
            "Idempotency-Key": name,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", "/desk/register", urlencode(form), headers)
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
        if answer.status == 503 and answer.headers["Retry-After"] == str(RETRY_AFTER):
            return TURNED_AWAY, ""
        found = NUMBER.search(page)
        return answer.status, found[0] if found else ""
