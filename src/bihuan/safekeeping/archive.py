"""The form of an archive: a tar of JSON lines, packed with gzip, and for a backup sealed as a whole.

In this order: ``head.json`` (what it was made from), ``tables/<name>/<part>.jsonl``, ``files/<digest>`` (attachments, sealed
as they lie on the disk), ``anchors.jsonl``, ``manifest.json`` (what there is of everything, and one digest over all of it).
An archive without its manifest is not whole.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec
from django.utils.translation import gettext as _

from bihuan.safekeeping.errors import Damaged
from bihuan.safekeeping.sealing import MAGIC, SealedReader, SealedWriter
from bihuan.safekeeping.tables import Table

FORM = 1
HEAD, MANIFEST, ANCHORS = "head.json", "manifest.json", "anchors.jsonl"
TABLES, FILES = "tables/", "files/"
_GZIP = b"\x1f\x8b"
_BLOCK = 1024 * 1024


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive was made from. ``at``: the instant, UTC; ``keys``: which vault key its sealed values need;
    ``migrations``: those applied, as [app, name]; ``numbers``: the last number each table has given.
    """

    at: str
    version: str
    vendor: str
    keys: str
    migrations: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    numbers: dict[str, int]
    form: int = FORM


class Rows(msgspec.Struct, frozen=True):
    """How many rows of a table there are, and the SHA-256 over their lines."""

    rows: int
    digest: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What there is. ``last``, ``entries``, ``root``: the ledger, as anchors note it; ``sum``: SHA-256 over all that stands
    before; ``missing``: attachments whose bytes were gone already when it was made.
    """

    tables: dict[str, Rows]
    files: int
    missing: tuple[str, ...]
    entries: int
    last: int
    root: str
    sum: str


class Part(Protocol):
    """One member of an archive: its name, and its bytes as a file that is read once."""

    name: str
    body: BinaryIO


class _Summed:
    """A member's bytes on their way through the digest over all."""

    def __init__(self, name: str, body: BinaryIO, through: object) -> None:
        self.name = name
        self._body, self._through = body, through
        self.body = cast(BinaryIO, self)

    def read(self, size: int = -1) -> bytes:
        data = self._body.read(size)
        self._through.update(data)  # type: ignore[attr-defined]
        return data


class Writer:
    """Writes an archive's members in order."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar, self._sum = tar, sha256()

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        self._put(name, len(data), io.BytesIO(data))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it lies there. Raises FileNotFoundError."""
        with path.open("rb") as file:
            self._put(name, os.fstat(file.fileno()).st_size, file)

    def hex(self) -> str:
        """The digest over all members so far."""
        return self._sum.hexdigest()

    def _put(self, name: str, size: int, body: BinaryIO) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._sum.update(f"{name}\n{size}\n".encode())
        self._tar.addfile(member, _Summed(name, body, self._sum).body)


@contextmanager
def written(path: Path, *, sealed: bool) -> Iterator[Writer]:
    """A new archive at ``path``: there, whole and on the disk, only when the block ended without an error."""
    beside = path.with_name(path.name + ".part")
    beside.unlink(missing_ok=True)
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            outer = cast(BinaryIO, SealedWriter(file)) if sealed else file
            try:
                with gzip.GzipFile("", "wb", 3, outer, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
                    yield Writer(tar)
            finally:
                if sealed:
                    outer.close()
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


class Reader:
    """The members of an archive, in order, each read to its end before the next."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar, self._sum, self._before = tar, sha256(), ""

    def parts(self) -> Iterator[Part]:
        """Every member. ``hex_before`` of the manifest is right once all members before it were read whole."""
        for member in self._tar:
            body = self._tar.extractfile(member)
            if not member.isfile() or body is None:
                raise Damaged(_("a part of it is no file: %s") % member.name)
            self._before = self._sum.hexdigest()
            self._sum.update(f"{member.name}\n{member.size}\n".encode())
            part = _Summed(member.name, cast(BinaryIO, body), self._sum)
            yield part
            while part.read(_BLOCK):
                continue

    def hex_before(self) -> str:
        """The digest over all members before the one that was given last."""
        return self._before


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """An archive for reading, sealed or not. Raises Damaged, FileNotFoundError."""
    with path.open("rb") as file:
        first = file.read(len(MAGIC))
        inner: BinaryIO
        if first == MAGIC:
            inner = cast(BinaryIO, io.BufferedReader(SealedReader(file), _BLOCK))
        elif first.startswith(_GZIP):
            file.seek(0)
            inner = file
        else:
            raise Damaged(_("it is no archive of this product"))
        try:
            with gzip.GzipFile(fileobj=inner, mode="rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
                yield Reader(tar)
        except (tarfile.TarError, EOFError, zlib.error, OSError) as fault:
            if isinstance(fault, OSError) and not isinstance(fault, gzip.BadGzipFile) and fault.errno:
                raise  # the disk, not the archive
            raise Damaged(_("the archive is cut off or was altered")) from fault
        except msgspec.MsgspecError as fault:
            raise Damaged(_("a part of the archive cannot be read")) from fault


def head_of(path: Path) -> Head:
    """What an archive was made from. Raises Damaged."""
    with opened(path) as reader:
        for part in reader.parts():
            if part.name != HEAD:
                break
            head = msgspec.json.decode(part.body.read(), type=Head)
            if head.form != FORM:
                raise Damaged(_("its form is not known to this version"))
            return head
    raise Damaged(_("the archive does not begin with its head"))
