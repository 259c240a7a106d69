"""The child process that draws one picture anew, under limits of memory and time: a bad picture kills it, not the server.

Reads the picture from standard input and writes one msgpack message to standard output: {"refused": code} or
{"kind", "width", "height", "image", "thumb"}. What comes out was drawn from points alone: no position, no device, no words,
nothing hung behind. No Django here.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import pi_heif
from PIL import Image, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from bihuan.files.child import answer
from bihuan.files.limits import LONGEST_SIDE, PIXELS, THUMB_SIDE

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
READERS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Importing them makes them known; HEIF registers itself. No other format is ever tried."""
PNG_MOST = 3 * 1024 * 1024
QUALITY, THUMB_QUALITY = 88, 76


class PictureRefusedError(Exception):
    """The picture is not drawn. The text is a key of ``errors.SENTENCES``."""


def redrawn(content: bytes) -> dict[str, Any]:
    """The picture as points only, upright, at most LONGEST_SIDE on its longer side. Raises PictureRefusedError."""
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    pi_heif.register_heif_opener()
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF"))
        kind = str(image.format)
        if image.width * image.height > PIXELS:
            raise PictureRefusedError("pixels")
        if kind in ("PNG", "WEBP") and getattr(image, "n_frames", 1) > 1:
            raise PictureRefusedError("moving")
        turn = int(image.getexif().get(ORIENTATION, 1) or 1)
        if kind in ("JPEG", "MPO"):
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        return _drawn(_upright(_plain(image), turn), lossless=kind in ("PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise PictureRefusedError("pixels") from bomb
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, Warning) as fault:
        raise PictureRefusedError("damaged") from fault


def _plain(image: Image.Image) -> Image.Image:
    """Points in ordinary colours (RGB, or RGBA where something is see-through), no larger than is kept."""
    see_through = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L") and not see_through:
        image = _ordinary(image, profile)
    image = image.convert("RGBA" if see_through else "RGB")
    image.info = {}
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _ordinary(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours of a camera's own profile as every screen shows them; as they stand where the profile is unusable."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return changed or image


def _upright(image: Image.Image, turn: int) -> Image.Image:
    return image.transpose(TURNS[turn]) if turn in TURNS else image


def _drawn(image: Image.Image, *, lossless: bool) -> dict[str, Any]:
    kind, out = "jpeg", io.BytesIO()
    if lossless:
        image.save(out, "PNG")
        kind = "png"
    if not lossless or out.tell() > PNG_MOST:
        kind, out = "jpeg", io.BytesIO()
        _on_white(image).save(out, "JPEG", quality=QUALITY)
    small = _on_white(image)
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    thumb = io.BytesIO()
    small.save(thumb, "JPEG", quality=THUMB_QUALITY)
    return {"kind": kind, "width": image.width, "height": image.height, "image": out.getvalue(), "thumb": thumb.getvalue()}


def _on_white(image: Image.Image) -> Image.Image:
    """A copy without anything see-through."""
    if image.mode != "RGBA":
        return image.copy()
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A"))
    return sheet


if __name__ == "__main__":
    raise SystemExit(answer(redrawn, PictureRefusedError))
