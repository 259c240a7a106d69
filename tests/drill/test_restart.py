"""PostgreSQL itself is killed and started again under load: what was acknowledged is there once, people are told 503 meanwhile.

Short in ``./dev test`` (two restarts); ``./dev drill restart`` does it ten times. BIHUAN_KILLS says how often otherwise.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.databases import cluster
from tests.drill.clients import Clients
from tests.drill.place import Place, founded
from tests.drill.server import Server, processes_of
from tests.drill.test_kill import until_some_are_acknowledged

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif("postgres" not in os.environ.get("BIHUAN_DATABASE", ""), reason="about PostgreSQL: its run does it"),
]
RESTARTS = int(os.environ.get("BIHUAN_KILLS", "2"))


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, cluster.Cluster]]:
    """A place on a server of its own that syncs."""
    with cluster.throw_away(durable=True) as server:
        monkeypatch.setenv("BIHUAN_DATABASE", server.create_database("drill"))
        with founded() as place:
            yield place, server
            assert processes_of(place.folder) == []


def test_what_was_acknowledged_survives_the_database(
    running: tuple[Place, cluster.Cluster], capsys: pytest.CaptureFixture[str]
) -> None:
    place, database = running
    chance = random.Random(13710)
    with Server(place) as server:
        clients = Clients(server.port, place.inside("seed"))
        clients.start()
        for _ in range(RESTARTS):
            until_some_are_acknowledged(clients)
            time.sleep(chance.uniform(0.1, 0.6))
            database.stop("immediate")
            time.sleep(chance.uniform(0.1, 0.6))
            database.start()
        until_some_are_acknowledged(clients)
        clients.finish()
    tally = clients.tally
    assert tally.refused == []
    assert tally.different == []
    assert tally.retried > 0, "the control: some did not know the outcome and asked again"
    assert place.inside("check", given=tally.acknowledged) == []
    assert place.verify() == 0
    with capsys.disabled():
        told = f"{len(tally.acknowledged)} acknowledged, {tally.retried} asked again; 0 missing"
        print(f"\n  {RESTARTS} restarts of PostgreSQL: {told}")
