"""An archive's bytes, sealed piece by piece with the place's own key: who has the archive alone can read nothing of it.

``BIHUAN SEALED 1``, sixteen random bytes, then pieces of one mebibyte, each bound to those bytes, to its place, and to
whether it is the last. A piece that is altered, left out, moved or cut off does not open.
"""

from __future__ import annotations

import io
import secrets
from typing import BinaryIO

from django.utils.translation import gettext as _

from bihuan.safekeeping.errors import Damaged
from bihuan.vault.errors import CannotOpen
from bihuan.vault.sealing import SEAL_BYTES, seal_bytes, unseal_bytes

MAGIC = b"BIHUAN SEALED 1\n"
_BINDING = 16
_PIECE = 1024 * 1024


def _field(binding: bytes, piece: int, *, last: bool) -> str:
    return f"archive:{binding.hex()}:{piece}:{'last' if last else 'more'}"


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into ``file``. The last piece is written by ``close``; ``file`` stays open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._binding = file, secrets.token_bytes(_BINDING)
        self._piece, self._pieces = bytearray(), 0
        file.write(MAGIC + self._binding)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Take the next bytes."""
        taken = bytes(data)  # type: ignore[call-overload]
        self._piece += taken
        while len(self._piece) > _PIECE:
            self._seal(bytes(self._piece[:_PIECE]), last=False)
            del self._piece[:_PIECE]
        return len(taken)

    def close(self) -> None:
        """Seal what is left. Closing twice is closing once."""
        if not self.closed:
            self._seal(bytes(self._piece), last=True)
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(seal_bytes(piece, field=_field(self._binding, self._pieces, last=last)))
        self._pieces += 1


class SealedReader(io.RawIOBase):
    """Opens what ``SealedWriter`` made. Reading raises Damaged where the archive is not what was sealed."""

    def __init__(self, file: BinaryIO) -> None:
        """``file`` stands behind the first sixteen bytes, MAGIC."""
        self._file = file
        self._binding = file.read(_BINDING)
        self._pieces, self._ready = 0, b""
        self._sealed = file.read(_PIECE + SEAL_BYTES)
        if not self._sealed:
            raise Damaged(_("the archive is cut off"))

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """The next bytes."""
        if not self._ready and self._sealed:
            following = self._file.read(_PIECE + SEAL_BYTES)
            field = _field(self._binding, self._pieces, last=not following)
            try:
                self._ready = unseal_bytes(self._sealed, field=field)
            except CannotOpen as fault:
                raise Damaged(_("the archive is cut off, was altered, or was sealed with other keys")) from fault
            self._sealed = following
            self._pieces += 1
        view = memoryview(buffer)  # type: ignore[arg-type]
        part = self._ready[: len(view)]
        view[: len(part)] = part
        self._ready = self._ready[len(part) :]
        return len(part)
