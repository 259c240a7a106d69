"""``bihuan keys renew`` begun and killed again and again, and what lies under which key.

python -m tests.drill.rekeyed WORD FILE      the words stand in ASKED; FILE holds what is told; the answer is printed as JSON
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import django

from tests.drill import shifted

LONGEST = {"new": 0.02, "renew": 0.4, "retire": 0.04}
"""Seconds within which the kill of a command falls: most of them are at work then."""
AT_LEAST = 2
"""Times that each renewal is killed before one may come to its end."""


def fill(told: Any) -> int:
    """So many matters with everything that is sealed, a picture with every tenth, people with a phone and a second factor."""
    from bihuan.access import factor
    from bihuan.people.models import Account
    from bihuan.people.services import AccountRow, create_accounts
    from tests.drill.inside import attach, open_some

    open_some(told)
    for number in range(max(2, told // 10)):
        attach(number)
    names = [f"mobile{n}" for n in range(max(2, told // 10))]
    create_accounts(AccountRow(username=name, name=name, password="", mobile=f"137{n:08d}") for n, name in enumerate(names))
    for account in Account.objects.filter(username__in=names):
        factor.enrol(account.pk, factor.new_secret())
    return len(_in_clear())


def opened(told: Any) -> dict[str, Any]:
    """Every sealed value opened: how many there are, which do not open, which no longer say what they said.

    ``told``: a file with digests by place from an earlier look, to hold against; it is written where there is none.
    """
    file, there = Path(told), _in_clear()
    if not file.exists():
        file.write_text(json.dumps(there), "utf-8")
    before = json.loads(file.read_text("utf-8"))
    return {
        "values": len(there), "shut": sorted(place for place, digest in there.items() if not digest),
        "changed": sorted(place for place, digest in before.items() if there.get(place) != digest),
    }  # fmt: skip


def under(_told: Any) -> dict[str, Any]:
    """How much lies under each key, the keys there are, and the key under which the ledger says that everything is."""
    from bihuan.flows.renewing import RENEWED, STREAM, in_use
    from bihuan.ledger.selectors import records
    from bihuan.vault.keys import keys

    said = records(prefix=STREAM, kinds=(RENEWED,), limit=1)
    return {
        "used": {str(key): number for key, number in in_use().items() if number},
        "keys": sorted(keys().ciphers),
        "said": int(str(said[0].facts["key"])) if said else 0,
    }


def killed(told: Any) -> dict[str, Any]:
    """New keys and renewals, each killed at a random instant and begun again, until there were so many kills of renewals.

    ``lies``: how often the ledger said that everything was under the newest key while something was not. ``marks`` true: the
    wrong setting, a renewal that says so before it writes and dies in between, once.
    """
    from bihuan.flows import renewing

    wrong = bool(told.get("marks"))
    if wrong:
        renewing.renew_all = _marking
    chance, kills, ends, others, lies = random.Random(13710), 0, 0, 0, 0
    while kills < told["kills"]:
        others += _until_it_ends("new", chance)
        time.sleep(0.5)  # what a clerk began before the new key is over
        here = 0
        while not _dies("renew", chance, spare=wrong or (here >= AT_LEAST and chance.random() < 0.3)):
            kills, here = kills + 1, here + 1
            lies += _lies()
            if wrong:
                return {"kills": kills, "ends": ends, "others": others, "lies": lies}
        ends += 1
        lies += _lies()
    return {"kills": kills, "ends": ends, "others": others, "lies": lies}


def retired(_told: Any) -> dict[str, int]:
    """Every key but the newest retired by the command, which is killed now and then; how many kills, and refusals."""
    from bihuan.vault.keys import keys

    chance, kills, refused = random.Random(9), 0, 0
    for number in sorted(keys().ciphers)[:-1]:
        while number in keys().ciphers and refused < 3:
            try:
                kills += not _dies("retire", chance, str(number), spare=chance.random() < 0.6)
            except RuntimeError:
                refused += 1
    return {"kills": kills, "refused": refused}


def lose(_told: Any) -> int:
    """The deliberately wrong thing: a key is taken away behind our back with values under it; how many keys are left."""
    from bihuan.vault import keys

    keys.drop_key(min(keys.keys().ciphers))
    return len(keys.keys().ciphers)


def _until_it_ends(command: str, chance: random.Random) -> int:
    """Begin a command until it ends by itself; how often it was killed."""
    kills = 0
    while not _dies(command, chance, spare=chance.random() < 0.5):
        kills += 1
    return kills


def _dies(command: str, chance: random.Random, *more: str, spare: bool = False) -> bool:
    """One ``bihuan keys`` in a process of its own, killed at a random instant; True where it came to its end before.

    ``spare``: it is left to end. Raises RuntimeError when the command says that something is wrong.
    """
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        _run(command, more)
    if not spare:
        time.sleep(chance.uniform(0.0, LONGEST[command]))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"keys {command} ended with {os.WEXITSTATUS(status)}")
    return True


def _run(command: str, more: tuple[str, ...]) -> None:
    from bihuan.console.main import main

    code = 99
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        code = main(["keys", command, *more])
    finally:
        os._exit(code)


def _lies() -> bool:
    found = under(None)
    return found["said"] == max(found["keys"]) and set(found["used"]) != {str(found["said"])}


def _marking(**_given: Any) -> Any:
    """The deliberately wrong setting: it says that all is done, and is killed before it has done it."""
    from bihuan.flows.renewing import RENEWED, STREAM
    from bihuan.ledger.services import record
    from bihuan.vault.keys import keys

    record(STREAM, RENEWED, facts={"key": keys().newest})
    os.kill(os.getpid(), signal.SIGKILL)


def _in_clear() -> dict[str, str]:
    """The digest of every sealed value's and file's clear text by its place; "" where it does not open."""
    found = dict(_columns())
    found.update(_secrets())
    found.update(_files())
    return found


def _columns() -> Iterator[tuple[str, str]]:
    from django.db import connection

    from bihuan.flows.renewing import COLUMNS
    from bihuan.vault.errors import CannotOpen
    from bihuan.vault.sealing import unseal

    for column in COLUMNS:
        with connection.cursor() as cursor:
            kind = column.kind or "''"
            cursor.execute(f"SELECT id, {column.column}, {kind} FROM {column.table} WHERE length({column.column}) > 0")
            rows = cursor.fetchall()
        for id_, sealed, of in rows:
            field = f"{column.field}.{of}" if column.kind else column.field
            place = f"{column.table}.{column.column}:{id_}"
            try:
                yield place, sha256(unseal(sealed, field=field).encode()).hexdigest()
            except CannotOpen:
                yield place, ""


def _secrets() -> Iterator[tuple[str, str]]:
    from allauth.mfa.models import Authenticator

    from bihuan.access.factor import SealedSecrets
    from bihuan.vault.errors import CannotOpen

    for pk, data in Authenticator.objects.filter(type="totp").values_list("pk", "data"):
        try:
            yield f"secret:{pk}", sha256(SealedSecrets().decrypt(data["secret"]).encode()).hexdigest()
        except CannotOpen:
            yield f"secret:{pk}", ""


def _files() -> Iterator[tuple[str, str]]:
    from bihuan.files import store
    from bihuan.files.errors import NotReadable

    for digest, _changed in store.blobs():
        told = sha256()
        try:
            for piece in store.pieces(store.path_of(digest)):
                told.update(piece)
        except NotReadable:
            yield f"file:{digest}", ""
        else:
            yield f"file:{digest}", told.hexdigest()


ASKED = {"fill": fill, "opened": opened, "under": under, "killed": killed, "retired": retired, "lose": lose}

if __name__ == "__main__":
    shifted.install()
    django.setup()
    print(json.dumps(ASKED[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text("utf-8")))))
