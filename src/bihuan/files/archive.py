"""Office documents are zip files: the directory is read before anything is unpacked. No Django: a child process reads too."""

from __future__ import annotations

import io
import zipfile

MAX_ENTRIES = 1_000
MAX_UNPACKED = 256 * 1024 * 1024
MAX_ENTRY_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 250  # honest sheets reach 10 to 60; a bomb 1,000
SMALL = 1024 * 1024  # an entry this small may have any ratio


class ArchiveRefusedError(Exception):
    """The archive is not one that an office program writes. The text is one word: what is wrong with it."""


def opened(content: bytes) -> zipfile.ZipFile:
    """Open the archive when its directory is harmless, before anything is unpacked.

    Raises ArchiveRefusedError: not_zip, entries, unpacked, ratio, encrypted, twice.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ArchiveRefusedError("not_zip") from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveRefusedError("entries")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise ArchiveRefusedError("twice")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ArchiveRefusedError("encrypted")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise ArchiveRefusedError("unpacked")
    for entry in entries:
        if entry.file_size > MAX_ENTRY_UNPACKED:
            raise ArchiveRefusedError("unpacked")
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise ArchiveRefusedError("ratio")
    return archive


def is_nothing_else(content: bytes, archive: zipfile.ZipFile) -> bool:
    """True when the file is this archive from its first byte to its last: no program before it, no picture behind it."""
    entries = archive.infolist()
    end = content.rfind(b"PK\x05\x06")
    comment = int.from_bytes(content[end + 20 : end + 22], "little") if end >= 0 else -1
    return bool(entries) and min(entry.header_offset for entry in entries) == 0 and end + 22 + comment == len(content)
