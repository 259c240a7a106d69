"""Change of key while people work: the sealing anew is killed again and again, and nothing is lost, shut or left behind.

Short in ``./dev test`` (four kills); ``./dev drill keys`` kills three hundred times. BIHUAN_REKEYS says how often otherwise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bihuan.config.sqlite.queue import WriteQueue
from tests.drill.clients import Clients
from tests.drill.place import Place, founded
from tests.drill.server import Processor, Server, processes_of
from tests.drill.test_kill import until_some_are_acknowledged

pytestmark = pytest.mark.drill

KILLS = int(os.environ.get("BIHUAN_REKEYS", "4"))
MATTERS = 20 if KILLS < 50 else 400
WRITERS = 2
TWO_HOURS = 7200
APPLICATION, WORKER = "tests.drill.shifted:application", [sys.executable, "-m", "tests.drill.shifted", "work"]


@pytest.fixture
def place() -> Iterator[Place]:
    """A place whose clock stands two hours back, so that the hour that a key must be old can pass at the end."""
    with founded() as one:
        (one.folder / "clock").write_text(str(-TWO_HOURS), "ascii")
        yield replace(one, environ={**one.environ, "BIHUAN_DRILL_CLOCK": str(one.folder / "clock")})
        assert processes_of(one.folder) == []


def ask(place: Place, word: str, given: Any = None) -> Any:
    return place.inside(word, given=given, module="tests.drill.rekeyed")


def keys(place: Place, *words: str) -> int:
    """The exit code of ``bihuan keys ...``."""
    return place.run("tests.drill.shifted", "keys", *words, check=False).returncode


def later(place: Place) -> None:
    """Two hours pass."""
    (place.folder / "clock").write_text("0", "ascii")


def test_sealing_anew_may_be_killed_while_people_work(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    began, cookies, digests = time.monotonic(), place.inside("seed"), str(place.folder / "digests.json")
    ask(place, "fill", MATTERS)
    seeded = [f"路灯 {number}" for number in range(MATTERS)]
    before = ask(place, "opened", digests)
    assert before["shut"] == before["changed"] == []
    with Server(place, APPLICATION, worker=WORKER) as server:
        clients = Clients(server.port, cookies, threads=WRITERS)
        clients.start()
        until_some_are_acknowledged(clients, 5)
        done = ask(place, "killed", {"kills": KILLS})
        until_some_are_acknowledged(clients, 5)
        clients.finish()
        found = ask(place, "under")
        newest = max(found["keys"])
        assert newest > 1
        assert set(found["used"]) == {str(newest)}, "nothing is left under an older key"
        assert keys(place, "retire", "1") != 0, "the newest key is too young"
        later(place)
        after_all = Clients(server.port, place.inside("again"), threads=WRITERS)  # two hours idle: they sign in again
        after_all.start()
        gone = ask(place, "retired")
        until_some_are_acknowledged(after_all, 5)
        after_all.finish()
        processor = server.processor()
    after = ask(place, "opened", digests)
    acknowledged = clients.tally.acknowledged | after_all.tally.acknowledged
    assert (done["lies"], gone["refused"]) == (0, 0)
    assert ask(place, "under")["keys"] == [newest], "the older keys are gone"
    assert (after["shut"], after["changed"]) == ([], []), "everything opens and says what it said"
    assert after["values"] > before["values"], "and what came meanwhile"
    for tally in (clients.tally, after_all.tally):
        assert tally.refused == tally.different == []
        assert dict(tally.unwell) == {}, "nobody was told that something is wrong"
        assert is_owed_to_the_machine(tally.turned_away, processor), f"{tally.turned_away} were turned away; {processor}"
    assert place.inside("missing", given=[*acknowledged, *seeded]) == []
    assert place.verify() == 0
    with capsys.disabled():
        print(
            f"\n  sealing anew killed {done['kills']} times, adding and retiring {done['others'] + gone['kills']} times: "
            f"{done['ends']} changes of key, {after['values']} values and files, 0 shut, 0 changed, 0 left behind; "
            f"{len(acknowledged)} acknowledged meanwhile, 0 missing; {time.monotonic() - began:.0f} s"
        )


def is_owed_to_the_machine(turned_away: int, processor: Processor) -> bool:
    """Two clerks are never too many for eight places: who is turned away waits for something that holds the others up.

    That may be a machine that others have taken; a change of key may it not be.
    """
    return turned_away == 0 or processor.starved()


def test_a_change_of_key_that_holds_everybody_up_is_told_from_a_busy_machine() -> None:
    """The judge: nobody turned away is right on every machine, somebody turned away on an overloaded one alone."""
    busy, free = Processor(worked=10, stood=200), Processor(worked=10, stood=20)
    assert [is_owed_to_the_machine(n, one) for n in (0, 22) for one in (busy, free)] == [True, True, True, False]


@pytest.mark.skipif("postgres" in os.environ.get("BIHUAN_DATABASE", ""), reason="about the turn to write on SQLite")
def test_a_writer_that_does_not_give_its_turn_back_is_found_out(place: Place) -> None:
    """The control: somebody holds the turn for seconds, as a renewal in one piece would. Clerks are turned away: it is ours."""
    cookies = place.inside("seed")
    with Server(place, APPLICATION, worker=WORKER) as server:
        clients = Clients(server.port, cookies, threads=24)
        clients.start()
        until_some_are_acknowledged(clients, 5)
        queue = WriteQueue(place.folder / "data" / "db.sqlite3.lock")
        queue.enter()
        time.sleep(4)
        queue.close()
        clients.finish()
        processor = server.processor()
    assert (clients.tally.refused, dict(clients.tally.unwell)) == ([], {})
    assert clients.tally.turned_away > 0
    assert processor.worked > 1
    assert not is_owed_to_the_machine(clients.tally.turned_away, replace(processor, stood=0.0)), "where it lets us work"


def test_what_would_lose_is_refused_or_found(place: Place) -> None:
    """The controls: an old key is not given up before its time; saying it before doing it, and a lost key, are found."""
    place.inside("seed")
    ask(place, "fill", MATTERS)
    ask(place, "opened", digests := str(place.folder / "digests.json"))
    assert keys(place, "new") == 0
    later(place)
    assert keys(place, "retire", "1") != 0, "before renewing it is refused, however old"
    assert set(ask(place, "under")["used"]) == {"1"}
    told = ask(place, "killed", {"kills": 1, "marks": True})
    assert told["lies"] == 1, "a renewal that says so before it has written is found out"
    ask(place, "lose")
    lost = ask(place, "opened", digests)
    assert lost["shut"], "a key taken away with something under it is found out"
