"""Canaries put in through every door are found in no file of the place: database, journal, cache, search, logs, anchors, backup.

Every registered column of personal data is reached by one, or says why none can. Short in ``./dev test`` (fifty people, four
stories); ``./dev drill canaries`` puts in two hundred people and tells every story of two packs.
"""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from bihuan.safekeeping.personal import register
from tests.databases.cluster import programs
from tests.drill.canaries import OPENS, PLAIN, Canary, flock
from tests.drill.canaries_reached import CANNOT, WANTED
from tests.drill.canaries_within import ENDS, SEED, STAYS
from tests.drill.clients import FORM_TOKEN
from tests.drill.place import Place, founded, unfounded
from tests.drill.server import Server, processes_of

pytestmark = pytest.mark.drill

MANY = int(os.environ.get("BIHUAN_CANARIES", "40"))
STORIES = 4 if MANY < 200 else 0
"""How many stories of one pack are told; at length all of two."""
COMMAND = "bihuan.console.main"
MADE_OF_IT = ("dump", "place.tar.gz", "data/db.sqlite3", "data/db.sqlite3-wal", "list.html", "list.bin")
"""Where the names of staff stand by right: the database, what is made of it, what somebody of the office sees."""


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


def sealed_files(place: Place) -> set[str]:
    """The names of the blobs in the folder of files."""
    return {path.name for path in (place.folder / "files").rglob("*") if path.is_file() and len(path.name) == 64}


def found_in(where: dict[str, bytes], words: list[str]) -> list[str]:
    """Which of the words stand where, in the encodings that files use."""
    coded = [(word, [word.encode(), word.encode("utf-16-le"), json.dumps(word).strip('"').encode()]) for word in words]
    return [f"{word} in {name}" for name, data in where.items() for word, forms in coded if any(form in data for form in forms)]


def asked(server: Server, where: str, form: dict[str, str] | None = None, *, token: bool = True) -> int:
    """The status of one request over HTTP, as whoever is not signed in sends it."""
    headers = {"Cookie": f"csrftoken={FORM_TOKEN}", "X-CSRFToken": FORM_TOKEN} if token else {}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        body = urlencode(form) if form is not None else None
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request("POST" if body else "GET", quote(where, safe="/?=&"), body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def ask_for_canaries(server: Server, bird: Canary, code: str) -> list[int]:
    """Over HTTP: addresses and questions that hold numbers, forms that are refused, a tracking code right and half typed."""
    typed = {"f-what": f"{bird.name}{bird.phone_in_words}", "name": bird.name, "phone": bird.phone, "id_no": bird.id_no}
    return [
        asked(server, f"/report/{bird.phone}"), asked(server, f"/{bird.id_no}"), asked(server, f"/areas?area_q={bird.phone}"),
        asked(server, f"/desk/cases?q={bird.phone}&name={bird.name}"), asked(server, "/report", typed),
        asked(server, "/report", typed, token=False), asked(server, f"/t/{code}/{bird.phone}"), asked(server, f"/t/{code}"),
        asked(server, "/sign-in", {"identifier": bird.phone, "password": bird.id_no}),
        asked(server, f"/t/{code}/mine", {"do": "copy", "confirm": bird.id_no}), asked(server, "/track", {"code": bird.phone}),
    ]  # fmt: skip


def told(place: Place, module: str, given: object) -> Any:
    """The answer of a module that plants or looks in this place; what it said aside is kept as a log that is looked through."""
    file = place.folder / "told.json"
    file.write_text(json.dumps(given), "utf-8")
    done = place.run(module, *(["plant"] if module == "tests.drill.canaries" else []), str(file))
    with (place.folder / "processes.log").open("a", encoding="utf-8") as log:
        log.write(done.stderr + "\n".join(done.stdout.splitlines()[:-1]))
    return json.loads(done.stdout.splitlines()[-1])


def without_a_canary(reached: dict[str, str]) -> list[str]:
    """Registered columns of personal data that no canary reached as their form of keeping says, and those that are no more."""
    held = {field: one.form for one in register().held for field in one.fields}
    wrong = [f"{field}: {reached.get(field)!r}" for field, form in held.items() if field not in CANNOT]
    wrong = [one for one in wrong if one.partition(": '")[2].rstrip("'") not in WANTED[held[one.partition(":")[0]]]]
    return sorted(wrong) + sorted(field for field in CANNOT if reached.get(field) != "cannot")


def made_of(place: Place) -> None:
    """Everything that is made of a place: a backup, an export, a list on the screen, a table taken out."""
    for name in ("place.bihuan", "place.tar.gz"):
        (place.folder / name).unlink(missing_ok=True)
    place.run(COMMAND, "backup", str(place.folder / "place.bihuan"))
    place.run(COMMAND, "export", str(place.folder / "place.tar.gz"))
    lists = place.inside("lists", given=OPENS)
    (place.folder / "list.html").write_text(lists["html"], "utf-8")
    (place.folder / "list.bin").write_bytes(bytes.fromhex(lists["export"]))


def everywhere(place: Place) -> dict[str, bytes]:
    """Every file of the place, and PostgreSQL's own dump."""
    return files(place.folder) | {"dump": dumped(place)}


def test_no_canary_is_found_anywhere(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.inside("seed")
    with Server(place) as server:  # worker and log are there too
        table = place.folder / "canaries.csv"
        birds = [Canary(**bird) for bird in told(place, "tests.drill.canaries", {"many": MANY, "csv": str(table)})]
        within = told(place, "tests.drill.canaries_within", {"many": MANY})
        place.run(COMMAND, "import", str(table), "--as", OPENS)
        answers = ask_for_canaries(server, birds[0], within["secrets"][-1])
        place.run(COMMAND, "work", "--once")
        made_of(place)
        where = everywhere(place)
    assert set(answers) <= {200, 302, 403, 404, 405, 409, 422, 429}, answers
    secrets = [*within["secrets"], *(word for bird in birds for word in bird.secrets())]
    assert found_in(where, secrets) == []
    assert found_in({name: data for name, data in where.items() if name not in MADE_OF_IT}, within["staff"]) == []
    assert without_a_canary(told(place, "tests.drill.canaries_reached", {**within, "secrets": secrets})) == []
    assert where["place.tar.gz"].count("村口路灯坏了两周".encode()) >= MANY, "the words of all of them came in"
    assert {"place.bihuan", "place.tar.gz", "server.log", "processes.log", "list.html", "list.bin"} <= set(where)
    assert b"/report/" in where["server.log"], "what was not found is in the log"
    seen = {line.partition(" in ")[2] for line in found_in(where, [PLAIN])}
    database = {"dump"} if where["dump"] else {"data/db.sqlite3", "data/db.sqlite3-wal"}
    assert seen & database, "the control: a plain word stands in the database, so this look can find"
    assert "place.tar.gz" in seen
    assert "place.bihuan" not in seen, "a backup tells nothing without its key"
    with capsys.disabled():
        print(f"\n  {len(secrets)} canaries, {len(where)} files, every registered column: none found")


def test_what_is_erased_is_gone_everywhere(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The matter that ended, eleven years on: its words, its people's digests, its files; the one that goes on stays."""
    made_of(place)
    before, blobs = everywhere(place), sealed_files(place)
    database = "dump" if before["dump"] else "data/db.sqlite3"
    ended = flock(1 + 1, SEED)[1]
    told_of = told(place, "tests.drill.canaries_erased", {"hashes": [[ended.phone, "phone"], [ended.id_no, "id_no"]]})
    marks = [ENDS, ENDS[:2], *told_of["hashes"]]
    found = {line.partition(" in ")[2] for line in found_in(before, marks[:1])}
    assert {"place.tar.gz"} <= found, "the control: before, its words were there"
    assert found & {database, "data/db.sqlite3-wal"}
    assert len(found_in({"export": before["place.tar.gz"]}, marks[2:])) == 2, "the control: and its people's digests"
    assert told_of["erased"] > 0
    (place.folder / "list.bin").unlink()
    made_of(place)
    after = everywhere(place)
    assert found_in(after, marks) == []
    assert {database, "place.tar.gz"} <= {line.partition(" in ")[2] for line in found_in(after, [STAYS])}, (
        "the other matter goes on"
    )
    assert len(blobs - sealed_files(place)) == 5, "a paper, two pictures, each with its small one: their bytes are off the disk"
    assert place.verify() == 0
    with capsys.disabled():
        print(f"\n  {told_of['erased']} texts erased; nothing of them in {len(after)} files")


@pytest.mark.parametrize("pack", ["santai", "xiangyin"])
def test_no_canary_of_a_story_is_found(pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Disputes with mediation, petitions, meetings, visits: the pack's own stories, each text of each act with a canary."""
    if STORIES and pack != "santai":
        pytest.skip("at length")
    with unfounded() as told_place:
        told_place.run(COMMAND, "init", "--pack", pack)
        planted = told(told_place, "tests.drill.canaries_told", {"most": STORIES})
        told_place.run(COMMAND, "export", str(told_place.folder / "place.tar.gz"))
        told_place.run(COMMAND, "backup", str(told_place.folder / "place.bihuan"))
        where = everywhere(told_place)
    assert planted["wrong"] == []
    kept = planted["texts"] - planted["refused"]
    assert (kept > 20, planted["people"] > 2) == (True, True), "what is refused, as a story tells, is not kept"
    assert found_in(where, planted["secrets"]) == []
    with capsys.disabled():
        print(f"\n  {pack}: {kept} texts of {planted['acts']} acts kept, {planted['people']} people, {len(where)} files")


def test_a_column_that_no_canary_reached_is_named() -> None:
    """The control: of each form one column that holds nothing, or holds something otherwise than its form says."""
    best = {"sealed": "opens", "hashed": "hash", "masked": "mask", "words": "mask", "clear": "clear", "session": "hash"}
    right = {field: best[one.form] for one in register().held for field in one.fields} | dict.fromkeys(CANNOT, "cannot")
    assert without_a_canary(right) == []
    for field in ("people_contact.name_sealed", "people_account.mobile_hash", "cases_words.text", "ledger_request.answer"):
        assert without_a_canary(right | {field: ""}) == [f"{field}: ''"]
    assert without_a_canary(right | {"people_contact.phone_sealed": "row"}) == ["people_contact.phone_sealed: 'row'"]
    assert without_a_canary(right | {"access_session.device": ""}) == ["access_session.device"], "somebody's words are in it"


def test_the_look_finds_what_is_there(place: Place) -> None:
    """The control: one canary written where it must not be, packed or not."""
    bird = "欧阳垚犇"
    assert found_in({"a": readable(gzip.compress(bird.encode())), "b": bird.encode("utf-16-le"), "c": b"-"}, [bird]) == [
        f"{bird} in a", f"{bird} in b",
    ]  # fmt: skip
