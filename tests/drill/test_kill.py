"""kill -9 under load: every acknowledged intake is there exactly once; an answer sent before the commit is found out.

Short in ``./dev test`` (two kills); ``./dev drill kill`` kills a hundred times. BIHUAN_KILLS says how often otherwise.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.drill.clients import Clients
from tests.drill.place import Place, founded
from tests.drill.server import WRONG, Server, processes_of

pytestmark = pytest.mark.drill

KILLS = int(os.environ.get("BIHUAN_KILLS", "2"))
LEAST = 10 if KILLS < 5 else 60
"""Intakes that must be acknowledged between two kills: there is load."""
LONGEST = 400.0


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        yield one
        assert processes_of(one.folder) == []


def until_some_are_acknowledged(clients: Clients, least: int = LEAST) -> None:
    wanted, until = clients.count() + least, time.monotonic() + LONGEST
    while clients.count() < wanted:
        assert time.monotonic() < until, f"only {clients.count()} of {wanted} acknowledged; {clients.tally.refused[:3]}"
        time.sleep(0.02)


def test_every_acknowledged_intake_survives(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(13710)
    began = time.monotonic()
    with Server(place) as server:
        clients = Clients(server.port, place.inside("seed"))
        clients.start()
        for _ in range(KILLS):
            until_some_are_acknowledged(clients)
            time.sleep(chance.uniform(0.1, 1.0))
            server.kill()
            server.start()
        until_some_are_acknowledged(clients)
        clients.finish()
    tally = clients.tally
    assert tally.refused == []
    assert tally.different == []
    assert all(tally.acknowledged.values()), "an answer without a number"
    assert place.inside("check", given=tally.acknowledged) == []
    assert place.verify() == 0
    with capsys.disabled():
        print(
            f"\n  {KILLS} kills: {len(tally.acknowledged)} intakes acknowledged, {tally.retried} after an unknown outcome; "
            f"0 missing, 0 double, ledger whole, deadlines as rebuilt; {time.monotonic() - began:.0f} s"
        )


def test_an_answer_before_the_commit_is_found_out(place: Place) -> None:
    """The control: with the deliberately wrong setting, what was acknowledged is missing after a kill."""
    with Server(place, WRONG) as server:
        clients = Clients(server.port, place.inside("seed"), threads=3)
        clients.start()
        until_some_are_acknowledged(clients)
        server.kill()
        clients.give_up()
        faults = place.inside("check", given=clients.tally.acknowledged)
    assert any("acknowledged and not there" in fault for fault in faults)
