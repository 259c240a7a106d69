"""The folder of files: bytes sealed under the digest of what they say, whole and on disk before any row speaks of them.

A blob is sixteen random bytes, then pieces of one mebibyte, each sealed and bound to those bytes, to its place, and to
whether it is the last: pieces cannot be swapped, left out or cut off unseen, and a large file is never whole in memory.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from bihuan.files.errors import NotKept, NotReadable
from bihuan.files.limits import FREE_BYTES
from bihuan.vault.errors import CannotOpen
from bihuan.vault.sealing import SEAL_BYTES, seal_bytes, unseal_bytes

PIECE = 1024 * 1024
BINDING = 16
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way in: its name as sent, the SHA-256 and number of its bytes, where it lies sealed."""

    name: str
    digest: str
    size: int
    path: Path


def root() -> Path:
    """The folder of files."""
    return Path(settings.FILES)


def path_of(digest: str) -> Path:
    """Where a blob lies."""
    return root() / digest[:2] / digest


@contextmanager
def _kept() -> Iterator[None]:
    """Faults of the disk are one error, which says that nothing can be kept just now."""
    try:
        yield
    except OSError as fault:
        raise NotKept(type(fault).__name__) from fault


@contextmanager
def held(*, alone: bool = False) -> Iterator[None]:
    """Hold the folder: together with others while blobs and their rows are written, alone while blobs are taken away."""
    with _kept():
        root().mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (root() / ".lock").open("ab")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


class Writer:
    """Seals bytes into a file of the incoming folder as they come. ``finish`` gives the Incoming, ``drop`` leaves nothing."""

    def __init__(self, name: str) -> None:
        """Open a new file. Raises NotKept."""
        with _kept():
            folder = root() / INCOMING
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(folder).free < FREE_BYTES:
                raise OSError("too little room")
            number, path = tempfile.mkstemp(dir=folder)
            self._file: BinaryIO = os.fdopen(number, "wb")
        self.name, self.path, self.size = name, Path(path), 0
        self._binding, self._piece, self._pieces, self._sum = secrets.token_bytes(BINDING), bytearray(), 0, sha256()
        self._put(self._binding)

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        self._sum.update(data)
        self._piece += data
        while len(self._piece) > PIECE:
            self._seal(bytes(self._piece[:PIECE]), last=False)
            del self._piece[:PIECE]

    def finish(self) -> Incoming:
        """Seal what is left and see it on the disk."""
        self._seal(bytes(self._piece), last=True)
        with _kept():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return Incoming(self.name, self._sum.hexdigest(), self.size, self.path)

    def drop(self) -> None:
        """Leave nothing behind; also after ``finish`` when the file was not put into its place."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._put(seal_bytes(piece, field=_field(self._binding, self._pieces, last=last)))
        self._pieces += 1

    def _put(self, data: bytes) -> None:
        with _kept():
            self._file.write(data)


def _field(binding: bytes, piece: int, *, last: bool) -> str:
    return f"file:{binding.hex()}:{piece}:{'last' if last else 'more'}"


def incoming(name: str, data: bytes) -> Incoming:
    """Bytes as a file on its way in. Raises NotKept."""
    writer = Writer(name)
    writer.write(data)
    return writer.finish()


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a sealed file, piece by piece. Raises NotReadable."""
    try:
        with path.open("rb") as file:
            binding, number = file.read(BINDING), 0
            sealed = file.read(PIECE + SEAL_BYTES)
            while sealed:
                following = file.read(PIECE + SEAL_BYTES)
                yield unseal_bytes(sealed, field=_field(binding, number, last=not following))
                sealed, number = following, number + 1
    except (OSError, CannotOpen) as fault:
        raise NotReadable(path.name) from fault


def read(path: Path) -> bytes:
    """All bytes of a sealed file. Raises NotReadable."""
    return b"".join(pieces(path))


def is_whole(digest: str) -> bool:
    """True when the blob is there and its bytes have the digest that names it."""
    found = sha256()
    try:
        for piece in pieces(path_of(digest)):
            found.update(piece)
    except NotReadable:
        return False
    return found.hexdigest() == digest


def settle(arrived: Incoming) -> str:
    """Put an incoming file into its place, for good before this returns; its digest. Call under ``held``. Raises NotKept."""
    place = path_of(arrived.digest)
    with _kept():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arrived.path.replace(place)
        for folder in (place.parent, root()):
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
    return arrived.digest


def remove(digests: Iterable[str]) -> int:
    """Take blobs away; how many were there. Call under ``held(alone=True)``, for digests that no row names."""
    gone = 0
    for digest in digests:
        try:
            path_of(digest).unlink()
            gone += 1
        except FileNotFoundError:
            continue
    return gone


def blobs(prefix: str = "") -> Iterator[tuple[str, float]]:
    """Digest and time of change (seconds since 1970) of every blob; ``prefix``: two digits of the digest, "" = all."""
    folders = [root() / prefix] if prefix else [one for one in root().iterdir() if len(one.name) == 2] if root().is_dir() else []
    for folder in folders:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            yield file.name, file.stat().st_mtime


def stale_incoming(before: float) -> Iterator[Path]:
    """Files of uploads that broke off before that time (seconds since 1970)."""
    folder = root() / INCOMING
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.stat().st_mtime < before:
            yield file
