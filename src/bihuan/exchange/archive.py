"""An xlsx file is a zip file: its directory is read first, so that nothing in it is unpacked unseen."""

from __future__ import annotations

import io
import zipfile

MAX_ENTRIES = 1_000
MAX_UNPACKED = 256 * 1024 * 1024
MAX_ENTRY_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 250  # honest sheets reach 10 to 60; a bomb 1,000
SMALL = 1024 * 1024  # an entry this small may have any ratio
CHUNK = 256 * 1024
# A DTD could name entities that grow or that read files. In UTF-8, and in both orders of UTF-16.
DECLARATIONS = tuple(
    mark.encode(encoding) for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
OVERLAP = max(len(mark) for mark in DECLARATIONS) - 1


class ArchiveRefusedError(Exception):
    """The archive is not one that a spreadsheet program writes. The text is a key of ``workbook.SENTENCES``."""


def check_directory(content: bytes) -> zipfile.ZipFile:
    """Open the archive when its directory is harmless, before anything is unpacked.

    Raises ArchiveRefusedError: not_zip, entries, unpacked, ratio, encrypted, twice, not_workbook.
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
    if "xl/workbook.xml" not in names:
        raise ArchiveRefusedError("not_workbook")
    return archive


def check_declarations(archive: zipfile.ZipFile) -> None:
    """Refuse document type and entity declarations in any XML part; unpacks in pieces, in the child process only.

    Raises ArchiveRefusedError: dtd, damaged.
    """
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        tail = b""
        try:
            with archive.open(entry) as part:
                while piece := part.read(CHUNK):
                    window = tail + piece
                    if any(mark in window for mark in DECLARATIONS):
                        raise ArchiveRefusedError("dtd")
                    tail = window[-OVERLAP:]
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise ArchiveRefusedError("damaged") from error
        except ArchiveRefusedError:
            raise
        except Exception as error:  # zlib.error and lzma.LZMAError have no common root
            raise ArchiveRefusedError("damaged") from error
