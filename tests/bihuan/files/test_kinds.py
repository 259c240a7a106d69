"""What a file is told by; what comes out of a picture; what is refused, and in which words."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bihuan.files.errors import FileRefused
from bihuan.files.kinds import KINDS, PICTURE, check_document, told
from bihuan.files.names import kept_name
from bihuan.files.pictures import Picture, redraw
from tests.factories.pictures import HEIC, POSITION, drawing, office, pdf, photograph, picture

FETCHED = b'<R Type="x/attachedTemplate" Target="http://a/b.dotm" TargetMode="External"/>'
LEFT, RIGHT = (5, 20), (55, 20)


def code_of(content: bytes) -> str:
    """The reason why a file is not taken, "" when it is."""
    try:
        kind = told(content)
        if kind == PICTURE:
            redraw(content)
        else:
            check_document(kind, content)
    except FileRefused as refused:
        return refused.code
    return ""


def opened(made: Picture) -> Image.Image:
    return Image.open(io.BytesIO(made.image))


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    red, _green, blue = image.convert("RGB").getpixel(at)  # type: ignore[misc]
    return bool(red > 200 and blue < 60)


# -- told by content -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("JPEG"), PICTURE), (picture("PNG"), PICTURE), (picture("WEBP"), PICTURE), (pdf(), "pdf"),
        (office("docx"), "docx"), (office("xlsx"), "xlsx"),
    ],
)  # fmt: skip
def test_what_is_accepted(content: bytes, kind: str) -> None:
    assert told(content) == kind
    assert code_of(content) == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (b"<!doctype html><script>alert(1)</script>", "kind"),
        (b"MZ\x90\0" + b"\0" * 100, "kind"),
        (b"\x7fELF" + b"\0" * 100, "kind"),
        (b"#!/bin/sh\nrm -rf /\n", "kind"),
        (picture("GIF"), "kind"),
        (picture("BMP"), "kind"),
        (picture("TIFF"), "kind"),
        ("反映材料".encode(), "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_office"),
        (b"PK\x03\x04 and nothing", "damaged"),
        (b"<script>alert(1)</script>" + pdf(), "kind"),
        (b"\r\n%PDF-1.4\n%%EOF", "kind"),
    ],
    ids=["empty", "svg", "html", "exe", "elf", "shell", "gif", "bmp", "tiff", "text", "doc", "zip", "html then pdf", "late pdf"],
)
def test_what_is_refused(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_refusal_of_the_kind_names_what_is_accepted() -> None:
    said = FileRefused("kind").say
    assert all(word in said for word in ("JPG", "PNG", "HEIC", "PDF", ".docx", ".xlsx"))
    assert "20" in FileRefused("large").say
    assert "50" in FileRefused("pixels").say


# -- pictures --------------------------------------------------------------------------------------------------------


def test_position_device_and_words_are_gone() -> None:
    sent = photograph()
    assert b"SecretModel-77" in sent
    assert POSITION in sent
    made = redraw(sent)
    for data in (made.image, made.thumb):
        assert not any(word in data for word in (b"SecretModel", b"Telephone", POSITION, b"Exif", b"GPS"))
        assert dict(Image.open(io.BytesIO(data)).getexif()) == {}
    assert made.kind == "jpeg"


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_stands_upright(turn: int) -> None:
    """However the telephone was held: the picture looks as its taker saw it."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    lying = drawing().transpose(undo[turn]) if turn in undo else drawing()
    made = opened(redraw(photograph(turn=turn, image=lying, quality=95)))
    assert made.size == (60, 40)
    assert is_red(made, LEFT)
    assert not is_red(made, RIGHT)


def test_a_picture_with_nothing_taken_off_would_fail() -> None:
    """The control: the picture as sent is neither clean nor upright."""
    sent = Image.open(io.BytesIO(photograph(turn=6, image=drawing().transpose(Image.Transpose.ROTATE_90))))
    assert sent.size == (40, 60)
    assert dict(sent.getexif())


def test_what_is_see_through_stays_so_and_has_a_white_small_picture() -> None:
    made = redraw(picture("PNG", image=Image.new("RGBA", (50, 50), (0, 0, 255, 0))))
    assert (made.kind, opened(made).mode) == ("png", "RGBA")
    assert Image.open(io.BytesIO(made.thumb)).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_a_large_picture_is_kept_at_four_thousand_points() -> None:
    made = redraw(picture(image=Image.new("RGB", (8000, 2000), "green")))
    assert (made.width, made.height) == (4096, 1024)
    assert max(Image.open(io.BytesIO(made.thumb)).size) == 320


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose head speaks of many points and that holds none."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 100)) + part(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png_that_claims(7072, 7072), "pixels"),
        (png_that_claims(60_000, 60_000), "pixels"),
        (png_that_claims(2**31 - 1, 2**31 - 1), "pixels"),
        (picture("PNG", image=Image.new("1", (7100, 7100))), "pixels"),
        (png_that_claims(100, 100), "damaged"),
        (photograph(quality=95, image=Image.effect_noise((400, 400), 90).convert("RGB"))[:-4000], "damaged"),
        (picture("PNG", image=Image.effect_noise((300, 300), 90))[:20_000], "damaged"),
        (picture("WEBP", image=Image.effect_noise((300, 300), 90).convert("RGB"))[:9_000], "damaged"),
        (b"\xff\xd8\xff" + b"\0" * 400, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"<script>", "damaged"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 400, "damaged"),
    ],
    ids=[
        "just over", "bomb", "largest", "honest but too many", "no points", "cut jpeg", "cut png", "cut webp", "no jpeg",
        "no png", "no heic",
    ],
)  # fmt: skip
def test_pictures_that_are_refused(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_just_under_the_limit_is_taken() -> None:
    """The control of the limit: 49.98 million points."""
    assert redraw(picture("PNG", image=Image.new("1", (7070, 7070)))).width == 4096


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    return picture(kind, image=frames[0], save_all=True, append_images=frames[1:])


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    assert code_of(moving(kind)) == "moving"


def test_a_telephone_s_heic_becomes_a_clean_jpeg() -> None:
    assert b"SecretModel" in HEIC
    made = redraw(HEIC)
    assert (made.kind, made.width, made.height) == ("jpeg", 64, 48)
    assert is_red(opened(made), (5, 20))
    assert b"SecretModel" not in made.image


def test_of_a_telephone_s_double_picture_the_first_is_kept() -> None:
    """Some telephones hang further pictures or a little film behind a photograph."""
    made = redraw(picture("MPO", image=drawing(), save_all=True, append_images=[Image.new("RGB", (60, 40), "green")]))
    assert is_red(opened(made), LEFT)


@pytest.mark.parametrize("behind", [b"<script>alert(1)</script>", office(), b"\0\0\0\x18ftypmp42" + b"x" * 999])
def test_what_hangs_behind_a_picture_is_gone(behind: bytes) -> None:
    made = redraw(photograph() + behind)
    assert behind[:20] not in made.image


@pytest.mark.parametrize(
    "end", ["import os; os.abort()", "while True: pass", "x = bytearray(8 * 1024**3)", "raise SystemExit(1)"]
)
def test_what_kills_the_child_only_refuses_the_picture(end: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The child crashes, never ends, takes all memory, breaks off: one picture is refused, this process goes on."""
    child = tmp_path / "child"
    code = f"from bihuan.files import child as c; c.CPU = 1; c.limit_self(); {end}"
    code = code if not end.startswith("while") else code.replace("; while", "\nwhile")
    child.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}'\n")
    child.chmod(0o700)
    monkeypatch.setattr("bihuan.files.child.sys.executable", str(child))
    with pytest.raises(FileRefused):
        redraw(photograph())


# -- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf()[:-10], "damaged"),
        (pdf(b"\n" + office()), "damaged"),
        (pdf(b"<html>" + b" " * 2000), "damaged"),
        (pdf(b"\n\n"), ""),
        (office(more={"word/vbaProject.bin": b"x"}), "macros"),
        (office("xlsx", more={"xl/macrosheets/sheet1.xml": b"x"}), "macros"),
        (office(more={"word/activeX/activeX1.xml": b"x"}), "macros"),
        (office(types="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (
            office(more={"word/_rels/settings.xml.rels": FETCHED}),
            "macros",
        ),
        (office(more={"word/media/zeros": b"0" * (300 * 1024 * 1024)}), "bomb"),
        (office(more={f"word/{n}": b"" for n in range(1100)}), "bomb"),
        (b"MZ" + office(), "kind"),
        (office() + b"trailing", "damaged"),
        (office()[:-30], "damaged"),
        (office(types="").replace(b"[Content_Types].xml", b"[Xontent_Types].xml"), "kind"),
    ],
    ids=[
        "cut pdf", "pdf and zip", "pdf and html", "pdf", "macros", "old macros", "controls", "docm", "template", "bomb",
        "many parts",
        "program and docx", "docx and more", "cut docx", "some zip",
    ],
)  # fmt: skip
def test_documents(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_part_that_is_damaged_is_found() -> None:
    content = bytearray(office(more={"word/media/a": bytes(range(256)) * 40}))
    place = content.index(b"word/media/a") + 60
    content[place] ^= 0xFF
    assert code_of(bytes(content)) == "damaged"


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("路灯.JPG", "路灯.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        (r"C:\Users\王\照片.png", "照片.jpg"),
        ("村口\u202egpj.exe", "村口gpj.jpg"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        ("𠀀井盖.heic", "𠀀井盖.jpg"),
        ("photo.php.jpg", "photo.php.jpg"),
        ('a"b<c>|d?.jpg', "a_b_c__d_.jpg"),
        ("x" * 300 + ".jpg", "x" * 100 + ".jpg"),
    ],
)
def test_names(sent: str, kept: str) -> None:
    assert kept_name(sent, "jpeg") == kept


def test_a_phone_number_in_a_name_is_hidden() -> None:
    assert "13912345678" not in kept_name("13912345678的照片.jpg", "jpeg")


def test_every_kind_is_announced_as_what_it_is() -> None:
    assert {one.content_type.partition("/")[0] for one in KINDS.values()} == {"image", "application"}
    assert not any("svg" in one.content_type or "html" in one.content_type for one in KINDS.values())
