"""Pictures and documents for tests, honest ones and others."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
POSITION = b"28.6789"


def drawing(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue, so that one can see which side is up."""
    image = Image.new(mode, (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def picture(kind: str = "JPEG", *, image: Image.Image | None = None, **options: Any) -> bytes:
    """An ordinary picture of a kind that Pillow writes."""
    out = io.BytesIO()
    (image or drawing()).save(out, kind, **options)
    return out.getvalue()


def photograph(*, turn: int = 1, **options: Any) -> bytes:
    """A JPEG as a telephone writes it: with its position, the device, a comment, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010F], exif[0x0110] = "Telephone", "SecretModel-77"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (28.0, 40.0, 44.04), "E", (112.0, 52.0, 9.0)
    place[6] = IFDRational(50)
    return picture(exif=exif, comment=POSITION, **options)


def pdf(tail: bytes = b"") -> bytes:
    """A small PDF."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n" + tail


def office(kind: str = "docx", *, more: dict[str, bytes] | None = None, types: str = TYPES) -> bytes:
    """A small Word or Excel document; ``more``: further parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml" if kind == "docx" else "xl/workbook.xml", "<w/>")
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return out.getvalue()


HEIC = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAAB4gABAAAAAAAAAEMAAgAAAAACJQABAAAAAAAAADQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkA"
    "AAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEH"
    "BpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAf21kYXQAAAA/KAGvWOb06r//"
    "5zu//yo9IfYlF9f/4qvVf1E7T/xhJUktQaE4Q6hTWRX0Af9f0hC0gX7pJM8cI4fw3erswaIUAAAABkV4aWYAAE1NACoAAAAIAAEBDwACAAAADw"
    "AAABoAAAAAU2VjcmV0TW9kZWwtNzcAAA=="
)
"""A photograph of 64 x 48 points, red and blue, that names its device, as a telephone writes it in HEIC."""
