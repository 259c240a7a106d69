"""Canaries put in through every door are found in no file of the place: database, journal, cache, search, logs, anchors, backup.

Short in ``./dev test`` (forty people, 240 canaries); ``./dev drill canaries`` puts in a thousand and more.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases.cluster import programs
from tests.drill.canaries import OPENS, PLAIN, Canary
from tests.drill.place import Place, founded
from tests.drill.server import Server, processes_of

pytestmark = pytest.mark.drill

MANY = int(os.environ.get("BIHUAN_CANARIES", "40"))
COMMAND = "bihuan.console.main"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with founded() as one:
        yield one
        assert processes_of(one.folder) == []


def readable(data: bytes) -> bytes:
    """What a file says once unpacked."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return data


def dumped(place: Place) -> bytes:
    """PostgreSQL's own dump of the whole database; nothing where it is a file."""
    address = place.environ["BIHUAN_DATABASE"]
    if not address.startswith("postgres"):
        return b""
    return subprocess.run([str(programs() / "pg_dump"), f"--dbname={address}"], capture_output=True, check=True).stdout


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the place but the keys and what the drill itself wrote."""
    return {
        str(path.relative_to(folder)): readable(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in ("keys", "told.json", "canaries.csv")
    }


def found_in(where: dict[str, bytes], words: list[str]) -> list[str]:
    """Which of the words stand where, in the encodings that files use."""
    coded = [(word, [word.encode(), word.encode("utf-16-le"), json.dumps(word).strip('"').encode()]) for word in words]
    return [f"{word} in {name}" for name, data in where.items() for word, forms in coded if any(form in data for form in forms)]


def test_no_canary_is_found_anywhere(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.inside("seed")
    with Server(place):  # worker and log are there too
        told, table = place.folder / "told.json", place.folder / "canaries.csv"
        told.write_text(json.dumps({"many": MANY, "csv": str(table)}), "utf-8")
        planted = place.run("tests.drill.canaries", "plant", str(told)).stdout.splitlines()[-1]
        place.run(COMMAND, "import", str(table), "--as", OPENS)
        place.run(COMMAND, "work", "--once")
        place.run(COMMAND, "backup", str(place.folder / "place.bihuan"))
        place.run(COMMAND, "export", str(place.folder / "place.tar.gz"))
        lists = place.inside("lists", given=OPENS)
        (place.folder / "list.html").write_text(lists["html"], "utf-8")
        (place.folder / "list.bin").write_bytes(bytes.fromhex(lists["export"]))
        where = files(place.folder) | {"dump": dumped(place)}
    words = [word for bird in json.loads(planted) for word in Canary(**bird).secrets()]
    assert found_in(where, words) == []
    assert where["place.tar.gz"].count("村口路灯坏了两周".encode()) == MANY, "the words of all of them came in"
    assert {"place.bihuan", "place.tar.gz", "server.log", "list.html", "list.bin"} <= set(where)
    seen = {line.partition(" in ")[2] for line in found_in(where, [PLAIN])}
    database = {"dump"} if where["dump"] else {"data/db.sqlite3", "data/db.sqlite3-wal"}
    assert seen & database, "the control: a plain word stands in the database, so this look can find"
    assert "place.tar.gz" in seen
    assert "place.bihuan" not in seen, "a backup tells nothing without its key"
    with capsys.disabled():
        print(f"\n  {len(words)} canaries through five doors, {len(where)} files: none found")


def test_the_look_finds_what_is_there(place: Place) -> None:
    """The control: one canary written where it must not be, packed or not."""
    bird = "欧阳垚犇"
    assert found_in({"a": readable(gzip.compress(bird.encode())), "b": bird.encode("utf-16-le"), "c": b"-"}, [bird]) == [
        f"{bird} in a", f"{bird} in b",
    ]  # fmt: skip
