"""The key file: one file outside the database, readable by its owner alone. Several keys, so that they can be changed."""

from __future__ import annotations

import fcntl
import hmac
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec
from django.conf import settings

from bihuan.vault.ciphers import CipherName, Sealer, new_key, sealer
from bihuan.vault.errors import KeysExposed, NoKeys

FILE = "vault.json"
_HIDDEN = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in use: ciphers by key id, the id that new values are sealed with, the key of the keyed hashes.

    ``keyed``: HMAC-SHA256 begun with that key, to be copied for each hash.
    """

    ciphers: dict[int, Sealer]
    newest: int
    hash_key: bytes
    keyed: hmac.HMAC = field(init=False)

    def __post_init__(self) -> None:
        """Begin the keyed hash once."""
        object.__setattr__(self, "keyed", hmac.new(self.hash_key, digestmod="sha256"))


_read: dict[str, tuple[tuple[int, int, int], Keys]] = {}
_lock = Lock()


def key_file() -> Path:
    """Where the key file lies: in the folder BIHUAN_KEYS, which can be outside the data folder."""
    return Path(settings.KEYS) / FILE


class _Key(msgspec.Struct):
    id: int
    key: bytes
    cipher: str = "aes"


class _File(msgspec.Struct):
    """The key file: JSON, keys in base64."""

    hash_key: bytes
    keys: list[_Key]
    form: int = 1


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One change of the key file at a time: of two made at once, the second would write the first one's key away for ever."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, content: _File) -> None:
    """Write beside and rename, so that no reader ever sees half a file; 0600 from its first byte."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=1))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _content(path: Path) -> _File:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError as fault:
        raise NoKeys(f"no key file at {path}: run `bihuan init`") from fault
    except msgspec.MsgspecError as fault:
        raise NoKeys(f"{path} is not a key file") from fault


def cipher_wanted() -> CipherName:
    """With which cipher a new key seals: SM4 where the profile of GB/T 22239 is on, else AES."""
    return "sm4" if getattr(settings, "PROFILE", "") else "aes"


def create(path: Path | None = None, *, cipher: CipherName | None = None) -> bool:
    """Make the key file with a first key; False when there is one already (it is never overwritten)."""
    path = path or key_file()
    if path.exists():
        return False
    cipher = cipher or cipher_wanted()
    with _alone(path):
        if path.exists():
            return False
        _write(path, _File(hash_key=os.urandom(32), keys=[_Key(1, new_key(cipher), cipher)]))
    return True


def add_key(path: Path | None = None, *, cipher: CipherName | None = None) -> int:
    """Add a key that new values are sealed with from now on, in every running process; its id. Old values stay open.

    ``cipher``: another than the place's profile asks for.
    """
    path = path or key_file()
    cipher = cipher or cipher_wanted()
    with _alone(path):
        content = _content(path)
        number = max(key.id for key in content.keys) + 1
        content.keys.append(_Key(number, new_key(cipher), cipher))
        _write(path, content)
    return number


def drop_key(number: int, path: Path | None = None) -> None:
    """Take an old key away for ever, after all its values were sealed anew. The newest key cannot be dropped."""
    path = path or key_file()
    with _alone(path):
        content = _content(path)
        if number == max(key.id for key in content.keys):
            raise ValueError("the newest key is in use")
        content.keys = [key for key in content.keys if key.id != number]
        _write(path, content)


def keys() -> Keys:
    """The keys as the file has them now; read again only when the file has changed.

    Raises NoKeys when there is none, KeysExposed when group or others can read it.
    """
    path = f"{settings.KEYS}/{FILE}"  # text, for this runs several times in each intake
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError as fault:
        raise NoKeys(f"no key file at {path}: run `bihuan init`") from fault
    mark = (found.st_ino, found.st_mtime_ns, found.st_size)
    kept = _read.get(path)
    if kept is not None and kept[0] == mark:
        return kept[1]
    if found.st_mode & _HIDDEN:
        raise KeysExposed(f"{path} can be read by others: chmod 600")
    with _lock:
        content = _content(Path(path))
        try:
            ciphers = {key.id: sealer(key.cipher, key.key) for key in content.keys}
        except (KeyError, ValueError) as fault:
            raise NoKeys(f"{path} holds a key that cannot be used: {fault}") from fault
        read = Keys(ciphers, max(ciphers), content.hash_key)
        _read[path] = (mark, read)
    return read
