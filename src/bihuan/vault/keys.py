"""The key file: one file outside the database, readable by its owner alone. Several keys, so that they can be changed."""

from __future__ import annotations

import json
import os
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from bihuan.vault.errors import KeysExposed, NoKeys

FILE = "vault.json"
_HIDDEN = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in use: ciphers by key id, the id that new values are sealed with, the key of the keyed hashes."""

    ciphers: dict[int, AESGCM]
    newest: int
    hash_key: bytes


_read: dict[Path, tuple[tuple[int, int, int], Keys]] = {}
_lock = Lock()


def key_file() -> Path:
    """Where the key file lies: the folder BIHUAN_KEYS, else ``keys`` in the data folder."""
    folder = getattr(settings, "KEYS", None) or os.environ.get("BIHUAN_KEYS") or Path(settings.DATA) / "keys"
    return Path(folder) / FILE


def _write(path: Path, content: dict[str, object]) -> None:
    """Write beside and rename, so that no reader ever sees half a file; 0600 from its first byte."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _new_key(number: int) -> dict[str, object]:
    return {
        "id": number,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a note in the key file; the clock of the ledger stands on the same floor
        "key": b64encode(AESGCM.generate_key(256)).decode(),
    }


def create(path: Path | None = None) -> bool:
    """Make the key file with a first key; False when there is one already (it is never overwritten)."""
    path = path or key_file()
    if path.exists():
        return False
    _write(path, {"form": 1, "hash_key": b64encode(os.urandom(32)).decode(), "keys": [_new_key(1)]})
    return True


def add_key(path: Path | None = None) -> int:
    """Add a key that new values are sealed with from now on, in every running process; its id. Old values stay open."""
    path = path or key_file()
    content = _content(path)
    number = max(int(key["id"]) for key in content["keys"]) + 1
    content["keys"].append(_new_key(number))
    _write(path, content)
    return number


def drop_key(number: int, path: Path | None = None) -> None:
    """Take an old key away for ever, after all its values were sealed anew. The newest key cannot be dropped."""
    path = path or key_file()
    content = _content(path)
    if number == max(int(key["id"]) for key in content["keys"]):
        raise ValueError("the newest key is in use")
    content["keys"] = [key for key in content["keys"] if key["id"] != number]
    _write(path, content)


def _content(path: Path) -> dict[str, list[dict[str, object]]]:  # the file's own shape
    try:
        return json.loads(path.read_text(encoding="ascii"))  # type: ignore[no-any-return]
    except FileNotFoundError as fault:
        raise NoKeys(f"no key file at {path}: run `bihuan init`") from fault


def keys(path: Path | None = None) -> Keys:
    """The keys as the file has them now; read again only when the file has changed.

    Raises NoKeys when there is none, KeysExposed when group or others can read it.
    """
    path = path or key_file()
    try:
        found = os.stat(path)
    except FileNotFoundError as fault:
        raise NoKeys(f"no key file at {path}: run `bihuan init`") from fault
    mark = (found.st_ino, found.st_mtime_ns, found.st_size)
    kept = _read.get(path)
    if kept is not None and kept[0] == mark:
        return kept[1]
    if found.st_mode & _HIDDEN:
        raise KeysExposed(f"{path} can be read by others: chmod 600")
    with _lock:
        content = _content(path)
        ciphers = {int(str(key["id"])): AESGCM(b64decode(str(key["key"]))) for key in content["keys"]}
        read = Keys(ciphers, max(ciphers), b64decode(str(content["hash_key"])))
        _read[path] = (mark, read)
    return read
