"""After a change of key: attachments written anew under the newest key, one at a time, while people fetch and send others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bihuan.files import store
from bihuan.files.errors import NotReadable
from bihuan.vault.keys import keys
from bihuan.vault.sealing import SEAL_BYTES

FOLDERS = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a folder's old files: written anew, gone meanwhile, not to be opened."""

    renewed: int = 0
    shut: int = 0


def renew_folder(prefix: str) -> Renewed:
    """Write the old files of one of the 256 folders anew. May be stopped at any instant: a file is the old one or the new one.

    Raises NotKept when the disk takes nothing.
    """
    renewed = shut = 0
    newest = keys().newest
    for digest, _changed in list(store.blobs(prefix)):
        path = store.path_of(digest)
        with suppress(FileNotFoundError):
            if set(_keys_of(path)) <= {newest}:
                continue
        try:
            renewed += _written_anew(digest, path)
        except NotReadable:
            if path.exists():
                shut += 1
    return Renewed(renewed, shut)


def _written_anew(digest: str, path: Path) -> int:
    writer = store.Writer(digest)
    try:
        for piece in store.pieces(path):
            writer.write(piece)
        fresh = writer.finish()
        if fresh.digest != digest:
            raise NotReadable(digest)
        with store.held():  # nothing is taken away meanwhile: what was erased must not come back
            if not path.exists():
                return 0
            store.settle(fresh)
        return 1
    finally:
        writer.drop()


def files_under() -> Counter[int]:
    """How many files there are under each key; one with pieces under several counts for each. Reads a few bytes of each piece."""
    found: Counter[int] = Counter()
    for digest, _changed in store.blobs():
        with suppress(FileNotFoundError):
            found.update(set(_keys_of(store.path_of(digest))))
    return found


def _keys_of(path: Path) -> Iterator[int]:
    """The keys of a file's pieces, from the head of each."""
    with path.open("rb") as file:
        place = store.BINDING
        while True:
            file.seek(place)
            head = file.read(3)
            if len(head) < 3:
                return
            yield int.from_bytes(head[1:], "big")
            place += store.PIECE + SEAL_BYTES
