"""What a file is, told by what it says and never by its name; and documents looked through before they are kept as they are."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass

from bihuan.files.archive import ArchiveRefusedError, is_nothing_else, opened
from bihuan.files.errors import FileRefused

PICTURE = "picture"
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF_HEAD = re.compile(rb"%PDF-[12]\.\d")
PDF_END, PDF_TAIL = b"%%EOF", 1024
RELATIONS_MOST = 1024 * 1024
ELSEWHERE = re.compile(rb"TargetMode\s*=\s*[\"']External")
MACROS = re.compile(r"(?i)vbaProject|vbaData|/activeX/|macrosheets/")
SLIPS = {"entries": "bomb", "unpacked": "bomb", "ratio": "bomb", "encrypted": "locked", "twice": "damaged", "not_zip": "damaged"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file as it is kept: its key, the ending of its name, how it is announced to a browser."""

    key: str
    ending: str
    content_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    one.key: one
    for one in (
        Kind("jpeg", "jpg", "image/jpeg"),
        Kind("png", "png", "image/png"),
        Kind("pdf", "pdf", "application/pdf"),
        Kind("docx", "docx", f"{_OFFICE}.wordprocessingml.document"),
        Kind("xlsx", "xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
    )
}
ACCEPT = "image/jpeg,image/png,image/webp,image/heic,.heic,.pdf,.docx,.xlsx"
"""What a file field offers to choose; what is sent is looked at anyway."""


def told(content: bytes) -> str:
    """PICTURE, "pdf", "docx" or "xlsx". Raises FileRefused: kind, old_office, empty."""
    if not content:
        raise FileRefused("empty")
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        return PICTURE
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS:
        return PICTURE
    if PDF_HEAD.match(content):
        return "pdf"
    if content.startswith(OLD_OFFICE):
        raise FileRefused("old_office")
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    raise FileRefused("kind")


def check_document(kind: str, content: bytes) -> None:
    """Look through a document that is kept as it is. Raises FileRefused: damaged, macros, bomb, locked."""
    if kind == "pdf":
        tail = content[-PDF_TAIL:]
        if PDF_END not in tail or tail.rpartition(PDF_END)[2].strip(b"\r\n\t \0"):
            raise FileRefused("damaged")  # cut off, or something else hangs behind it
        return
    archive = _opened(content)
    names = archive.namelist()
    if any(MACROS.search(name) for name in names) or _names_macros(archive):
        raise FileRefused("macros")
    if not is_nothing_else(content, archive):
        raise FileRefused("damaged")
    try:
        if archive.testzip() is not None:
            raise FileRefused("damaged")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise FileRefused("damaged") from error


def _office(content: bytes) -> str:
    names = set(_opened(content).namelist())
    if "[Content_Types].xml" in names:
        for part, kind in (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")):
            if part in names:
                return kind
    raise FileRefused("kind")


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return opened(content)
    except ArchiveRefusedError as refused:
        raise FileRefused(SLIPS[str(refused)]) from refused


def _template_elsewhere(relations: bytes) -> bool:
    """True when one element names a template and a place outside; element by element, so that the time stays linear."""
    return any(b"attachedTemplate" in element and ELSEWHERE.search(element) for element in relations.split(b">"))


def _names_macros(archive: zipfile.ZipFile) -> bool:
    """True when the parts that say what the document consists of speak of macros, or of a template to be fetched."""
    for entry in archive.infolist():
        if entry.filename != "[Content_Types].xml" and not entry.filename.endswith(".rels"):
            continue
        try:
            with archive.open(entry) as part:
                said = part.read(RELATIONS_MOST)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise FileRefused("damaged") from error
        if b"macroEnabled" in said or b"vbaProject" in said or _template_elsewhere(said):
            return True
    return False
