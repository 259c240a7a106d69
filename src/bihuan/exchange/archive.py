"""A workbook among zip files: its directory is read first, so that nothing in it is unpacked unseen."""

from __future__ import annotations

import zipfile

from bihuan.files.archive import ArchiveRefusedError, opened

CHUNK = 256 * 1024
# A DTD could name entities that grow or that read files. In UTF-8, and in both orders of UTF-16.
DECLARATIONS = tuple(
    mark.encode(encoding) for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
OVERLAP = max(len(mark) for mark in DECLARATIONS) - 1

__all__ = ["ArchiveRefusedError", "check_declarations", "check_directory"]


def check_directory(content: bytes) -> zipfile.ZipFile:
    """Open the archive when its directory is harmless and it is a workbook, before anything is unpacked.

    Raises ArchiveRefusedError: not_zip, entries, unpacked, ratio, encrypted, twice, not_workbook. The text is a key of
    ``workbook.SENTENCES``.
    """
    archive = opened(content)
    if "xl/workbook.xml" not in archive.namelist():
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
