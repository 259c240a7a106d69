"""A full disk: nothing acknowledged is lost, people are told 503 and may read on, and all goes on by itself when there is room.

Database, uploads, anchors and the log each lie on a small disk of their own, which is filled to the last byte under load.
Short in ``./dev test`` (once each); ``./dev drill disk`` does it ten times. BIHUAN_FULLS says how often otherwise.
"""

from __future__ import annotations

import http.client
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.databases import cluster
from tests.drill.clients import FORM_TOKEN, LETTERS, Clients
from tests.drill.disk import Ballast, can_mount, mounted
from tests.drill.place import Place, founded
from tests.drill.server import RIGHT, WRONG, Server, processes_of
from tests.factories.pictures import picture

POSTGRES = "postgres" in os.environ.get("BIHUAN_DATABASE", "")
pytestmark = [pytest.mark.drill, pytest.mark.skipif(not can_mount(), reason="needs the right to mount a small disk (root)")]
FULLS = int(os.environ.get("BIHUAN_FULLS", "1"))
LEAST = 8
PATIENCE = 300.0
SIZES = {"data": 64, "files": 300, "anchors": 2, "log": 1}
"""Megabytes of each small disk; attachments need 256 free to be taken in at all."""
SERVER_SIZE = 320


class Disks:
    """The small disks of a place. ``database``: what the database lies on; ``server``: the PostgreSQL server that does."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.folder: dict[str, Path] = {}
        self.server: cluster.Cluster | None = None
        self.started_again = 0

    def prepare(self, folder: Path) -> None:
        """Mount them in the empty folder of a place."""
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name, size in SIZES.items():
            self.folder[name] = self._stack.enter_context(mounted(folder / name, size))
        self.folder["database"] = self.folder["data"]

    def put_server(self, folder: Path) -> str:
        """A PostgreSQL server that syncs, on a small disk; the address of a database of it."""
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self.folder["pg"] = self._stack.enter_context(mounted(folder, SERVER_SIZE))
        self.server = cluster.Cluster(folder, durable=True).start()
        self._stack.callback(self.server.stop, "immediate")
        return self.server.create_database("drill")

    def revive(self) -> None:
        """What the machine's service manager does: start the database server again if it gave up without room."""
        if self.server is not None and not self.server.answers():
            self.server.stop("immediate")
            self.server.start()
            self.started_again += 1


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Disks]]:
    with ExitStack() as stack:
        disks = Disks(stack)
        if POSTGRES:
            address = disks.put_server(Path("/tmp") / f"bihuan-pg-{uuid4().hex[:8]}")
            monkeypatch.setenv("BIHUAN_DATABASE", address)
        one = stack.enter_context(founded(disks.prepare))
        if POSTGRES:
            disks.folder["database"] = disks.folder["pg"]
        yield one, disks
        assert processes_of(one.folder) == []


def until(there: Callable[[], object], said: str) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, said
        time.sleep(0.05)


def acknowledged(clients: Clients, more: int) -> None:
    """Wait for so many more acknowledged intakes."""
    wanted = clients.count() + more
    until(lambda: clients.count() >= wanted, f"no more intakes were acknowledged; {clients.tally.unwell}")


def turned_away(clients: Clients, ballast: Ballast) -> None:
    """Fill the disk until people are told 503: what the database gives back meanwhile is taken too."""
    told = clients.tally.unwell[503]
    until(lambda: ballast.fill() and clients.tally.unwell[503] > told + 3, "nobody was told 503")


def asked(port: int, address: str, cookie: str, body: bytes = b"", kind: str = "application/x-www-form-urlencoded") -> int:
    """The status of one answer; 0 where none came."""
    headers = {"Cookie": f"bihuan={cookie}; csrftoken={FORM_TOKEN}"}
    if body:
        headers |= {"X-CSRFToken": FORM_TOKEN, "Idempotency-Key": uuid4().hex, "Content-Type": kind}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST" if body else "GET", address, body or None, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    assert answer.status != 503 or answer.headers["Retry-After"]
    return answer.status


def form() -> dict[str, str]:
    """What is sent to register a matter."""
    return {
        "f-title": "drill-" + uuid4().hex.translate(LETTERS), "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint",
        "f-channel": "phone", "f-urgency": "normal", "area": "430624", "name": "王小明", "phone": "13800000000",
    }  # fmt: skip


def with_picture() -> tuple[bytes, str]:
    """The same with a picture: the body and its kind."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in form().items()]
    parts.append(
        b'Content-Disposition: form-data; name="f-files"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + picture()
    )
    return b"--edge\r\n" + b"\r\n--edge\r\n".join(parts) + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def test_no_room_for_the_database(place: tuple[Place, Disks], capsys: pytest.CaptureFixture[str]) -> None:
    one, disks = place
    cookies, ballast = one.inside("seed"), Ballast(disks.folder["database"])
    with Server(one) as server:
        clients = Clients(server.port, cookies)
        clients.start()
        for _ in range(FULLS):
            acknowledged(clients, LEAST)
            turned_away(clients, ballast)
            if not POSTGRES:  # a PostgreSQL without room for its journal takes nobody in
                assert asked(server.port, "/desk/cases", cookies[0]) == 200, "people read on"
                assert asked(server.port, "/readyz", "") == 503, "readiness says so"
            ballast.drop()
            disks.revive()
            acknowledged(clients, LEAST)
            until(lambda: asked(server.port, "/readyz", "") == 200, "not ready again")
        clients.finish()
    tally = clients.tally
    assert tally.refused == []
    assert set(tally.unwell) == {503}, "never another fault"
    assert one.inside("check", given=tally.acknowledged) == []
    assert one.verify() == 0
    with capsys.disabled():
        print(
            f"\n  {FULLS} times full: {len(tally.acknowledged)} acknowledged, {tally.unwell[503]} times told 503, 0 missing"
            + (f"; PostgreSQL had to be started again {disks.started_again} times" if POSTGRES else "")
        )


def test_an_answer_without_room_is_found_out(place: tuple[Place, Disks]) -> None:
    """The control: with an application that answers before it has kept, what was acknowledged on the full disk is missing."""
    one, disks = place
    cookies, ballast = one.inside("seed"), Ballast(disks.folder["database"])
    with Server(one, WRONG) as server:
        clients = Clients(server.port, cookies, threads=3)
        clients.start()
        acknowledged(clients, 3)
        ballast.fill()
        acknowledged(clients, 30)
        clients.give_up()
        time.sleep(2.0)
        ballast.drop()
        disks.revive()
        faults = one.inside("check", given=clients.tally.acknowledged)
    assert any("acknowledged and not there" in fault for fault in faults)


def test_no_room_for_uploads_anchors_and_the_log(place: tuple[Place, Disks], capsys: pytest.CaptureFixture[str]) -> None:
    one, disks = place
    cookie = one.inside("seed")[0]
    full = {name: Ballast(disks.folder[name]) for name in ("files", "anchors", "log")}
    plain, noted = urlencode(form()).encode(), disks.folder["anchors"] / "anchors.jsonl"
    full["anchors"].fill()
    with Server(one, RIGHT, log=disks.folder["log"] / "server.log") as server:
        alive = len(processes_of(one.folder))
        assert asked(server.port, "/desk/register", cookie, *with_picture()) == 201
        for name in ("files", "log"):
            full[name].fill()
        for _ in range(20):
            assert asked(server.port, "/desk/case/999999", cookie) == 404, "each writes a line to the log"
        assert asked(server.port, "/desk/register", cookie, *with_picture()) == 503
        assert asked(server.port, "/desk/register", cookie, plain) == 201, "without a picture it can be kept"
        assert asked(server.port, "/readyz", "") == 503
        assert asked(server.port, "/healthz", "") == 200, "it lives"
        time.sleep(8)
        assert noted.stat().st_size == 0 if noted.exists() else True, "the control: no anchor could be noted"
        assert len(processes_of(one.folder)) == alive, "neither the web server nor the worker has ended"
        before = server.log.stat().st_size
        for ballast in full.values():
            ballast.drop()
        assert asked(server.port, "/desk/register", cookie, *with_picture()) == 201
        assert asked(server.port, "/desk/case/999999", cookie) == 404
        until(lambda: server.log.stat().st_size > before, "the log did not go on")
        until(lambda: noted.exists() and noted.stat().st_size > 0, "the worker did not go on with its anchors")
        until(lambda: asked(server.port, "/readyz", "") == 200, "not ready again")
    assert one.verify() == 0
    with capsys.disabled():
        print("\n  uploads, anchors, log full: 503 for a picture alone, nobody ended, all went on")
