"""Backups taken under load come back exact, on either database; what is cut off, altered or sealed with other keys is refused.

Short in ``./dev test``; ``./dev drill backup`` takes ten. BIHUAN_BACKUPS says how many otherwise.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drill.clients import Clients
from tests.drill.place import Place, beside, founded
from tests.drill.server import Server, processes_of

pytestmark = pytest.mark.drill

BACKUPS = int(os.environ.get("BIHUAN_BACKUPS", "1"))
SERVER = os.environ.get("BIHUAN_DATABASE", "sqlite")
COMMAND = "bihuan.console.main"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with founded() as one:
        yield one
        assert processes_of(one.folder) == []


def refused(place: Place, *command: str) -> str:
    """What the command says as it refuses."""
    done = place.run(COMMAND, *command, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def test_a_backup_under_load_comes_back_exact(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """What was acknowledged before it began is in it, the ledger verifies against the anchors, and the numbers go on."""
    began, held = time.monotonic(), 0
    cookies = place.inside("seed")
    digest = place.inside("attach", given=1)
    for number in range(BACKUPS):
        file = place.folder / f"{number}.bihuan"
        with Server(place) as server:
            clients = Clients(server.port, cookies)
            clients.start()
            before = until_acknowledged(clients, 20)
            place.run(COMMAND, "backup", str(file))
            during = clients.count() - len(before)
            clients.finish()
        assert during > 0, "nobody wrote while it was taken"
        with beside(place, SERVER) as second:
            second.run(COMMAND, "init", "--restore", str(file))
            assert second.verify() == 0
            assert second.inside("missing", given=before) == []
            assert (second.folder / "files" / digest[:2] / digest).is_file()
            refused(second, "init", "--restore", str(file))
            second.inside("open", given=1)
            assert second.verify() == 0
        held += len(before)
    with capsys.disabled():
        print(f"\n  {BACKUPS} backups under load: {held} acknowledged before, 0 missing; {time.monotonic() - began:.0f} s")


def until_acknowledged(clients: Clients, more: int) -> dict[str, str]:
    """Wait for so many more acknowledged intakes; all of them so far."""
    wanted, until = clients.count() + more, time.monotonic() + 400
    while clients.count() < wanted:
        assert time.monotonic() < until, clients.tally.refused[:3]
        time.sleep(0.02)
    return dict(clients.tally.acknowledged)


def test_every_row_is_the_same_and_faults_are_refused(place: Place) -> None:
    """At rest, table by table, on this database and on SQLite; then archives that are not whole."""
    sealed, clear = place.folder / "place.bihuan", place.folder / "place.tar.gz"
    before = place.inside("sums")
    place.run(COMMAND, "backup", str(sealed))
    place.run(COMMAND, "export", str(clear))
    with beside(place, SERVER) as second:
        second.run(COMMAND, "init", "--restore", str(sealed))
        assert changed(before, second.inside("sums")) == ["ledger_entry", "ledger_entry next"], "the entry that it was restored"
    with beside(place, "sqlite") as third:
        third.run(COMMAND, "init", "--restore", str(clear))
        assert third.verify() == 0
    not_whole(place, sealed, clear)


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    """Tables with other rows than before. Numbers may go on further than they had come, never less far."""
    assert all(after[name] >= before[name] for name in before if name.endswith(" next"))
    return [name for name in before if before[name] != after[name] and name != "people_orgstamp next"]


def not_whole(place: Place, sealed: Path, clear: Path) -> None:
    """Cut off, one bit changed, bytes added, other keys: refused before anything is touched."""
    wrong = place.folder / "wrong.bihuan"
    whole = sealed.read_bytes()
    for fault in (whole[: len(whole) // 2], whole[:-1], _one_bit(whole, 5000), whole + b"\0" * 32, b"", b"PK\3\4"):
        wrong.write_bytes(fault)
        assert "wrong.bihuan" in refused(place, "backup", "--check", str(wrong))
    for fault in (clear.read_bytes()[:-2000], _one_bit(clear.read_bytes(), 3000)):
        wrong.write_bytes(fault)
        refused(place, "backup", "--check", str(wrong))
    with beside(place, "sqlite") as other:
        wrong.write_bytes(_one_bit(whole, 9000))
        refused(other, "init", "--restore", str(wrong))
        assert not (other.folder / "data" / "db.sqlite3").exists()
        shutil.rmtree(other.folder / "keys")
        assert other.run(COMMAND, "init", "--restore", str(sealed), check=False).returncode == 3, "without keys"
    assert place.run(COMMAND, "backup", "--check", str(sealed)).returncode == 0, "the control: the right one is whole"


def _one_bit(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]


@pytest.mark.skipif(SERVER == "sqlite", reason="needs a PostgreSQL server: the run on PostgreSQL does it")
def test_a_place_moves_to_postgres() -> None:
    """All rows and the ledger's root are the same, old anchors go on, the old file takes no more acts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIHUAN_DATABASE", "sqlite")
        with founded() as place:
            patch.setenv("BIHUAN_DATABASE", SERVER)
            place.inside("seed")
            place.inside("open", given=5)
            place.inside("anchor")
            before = place.inside("sums")
            with beside(place, SERVER) as second:
                address = second.environ["BIHUAN_DATABASE"]
                place.run(COMMAND, "move-to-postgres", address)
                moved = Place(place.folder, {**place.environ, "BIHUAN_DATABASE": address})
                assert changed(before, moved.inside("sums")) == ["ledger_entry", "ledger_entry next"]
                assert moved.verify() == 0
                moved.inside("open", given=1)
                assert moved.verify() == 0
                with pytest.raises(RuntimeError, match="moved to PostgreSQL"):
                    place.inside("open", given=1)
                assert place.run(COMMAND, "move-to-postgres", address, check=False).returncode == 1
