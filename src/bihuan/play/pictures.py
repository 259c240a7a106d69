"""Photographs of the demonstration, drawn here: a street with its lamp, a hole in the road, rubbish, water, a sheet of paper.

Each shows the matter as it was and as it is once somebody has seen to it. None is a picture of a real place.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 960, 720
HORIZON = 430
SUBJECTS = (("light", "lamp"), ("road", "road"), ("drain", "water"), ("sanitation", "rubbish"), ("waste", "rubbish"))
"""What to draw, by a part of a category's key."""
Colour = tuple[int, int, int]
NIGHT: tuple[Colour, Colour] = ((16, 22, 44), (52, 58, 84))
DAY: tuple[Colour, Colour] = ((150, 190, 226), (222, 234, 240))
ASPHALT, KERB, WALL, GRASS = (88, 90, 94), (168, 166, 158), (196, 178, 152), (112, 138, 88)


def subject_of(category: str) -> str:
    """What a photograph of this kind of matter shows; "paper" where nothing is to be seen outside."""
    leaf = category.rpartition(".")[2]
    return next((subject for part, subject in SUBJECTS if part in leaf), "paper")


@cache
def photograph(subject: str, *, mended: bool = False) -> bytes:
    """A JPEG: the subject as it was reported, or ``mended``."""
    draw = {"lamp": _lamp, "road": _road, "water": _water, "rubbish": _rubbish}.get(subject, _paper)
    out = io.BytesIO()
    draw(mended).save(out, "JPEG", quality=85)
    return out.getvalue()


def _street(sky: tuple[Colour, Colour]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A village street: sky, houses, the road between its kerbs."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(image)
    top, low = sky
    for y in range(HORIZON):
        pen.line((0, y, WIDTH, y), fill=_between(top, low, y / HORIZON))
    dim = 0.35 if sky is NIGHT else 1.0
    pen.rectangle((0, HORIZON, WIDTH, HEIGHT), fill=_dimmed(GRASS, dim))
    for left, width, height in ((0, 190, 170), (190, 120, 120), (650, 140, 140), (790, 170, 190)):
        wall = (left, HORIZON - height, left + width, HORIZON + 10)
        pen.rectangle(wall, fill=_dimmed(WALL, dim), outline=_dimmed((120, 104, 84), dim), width=3)
        roof = [(left - 12, HORIZON - height), (left + width / 2, HORIZON - height - 52), (left + width + 12, HORIZON - height)]
        pen.polygon(roof, fill=_dimmed((122, 70, 58), dim))
        for x in range(left + 24, left + width - 30, 52):
            pen.rectangle((x, HORIZON - height + 36, x + 26, HORIZON - height + 74), fill=_dimmed((92, 112, 128), dim))
    pen.polygon([(380, HORIZON), (560, HORIZON), (900, HEIGHT), (60, HEIGHT)], fill=_dimmed(ASPHALT, dim))
    pen.line((380, HORIZON, 60, HEIGHT), fill=_dimmed(KERB, dim), width=8)
    pen.line((560, HORIZON, 900, HEIGHT), fill=_dimmed(KERB, dim), width=8)
    return image, pen


def _lamp(mended: bool) -> Image.Image:
    image, pen = _street(NIGHT)
    if mended:
        glow = Image.new("RGB", image.size)
        light = ImageDraw.Draw(glow)
        for radius in range(300, 0, -12):
            strength = 1 - radius / 300
            light.ellipse((560 - radius, 196 - radius, 560 + radius, 196 + radius), fill=_dimmed((255, 226, 150), strength * 0.7))
        light.polygon([(530, 200), (590, 200), (840, 690), (330, 690)], fill=(86, 78, 50))
        image = Image.composite(Image.blend(image, glow, 0.55), image, glow.convert("L").point(lambda value: min(255, value * 3)))
        pen = ImageDraw.Draw(image)
    pen.line((690, 660, 690, 170), fill=(150, 154, 160), width=14)
    pen.line((690, 172, 560, 190), fill=(150, 154, 160), width=9)
    pen.ellipse((530, 182, 592, 208), fill=(255, 240, 190) if mended else (70, 72, 78), outline=(150, 154, 160), width=3)
    return image


def _road(mended: bool) -> Image.Image:
    image, pen = _street(DAY)
    if mended:
        pen.polygon([(400, 560), (560, 552), (590, 640), (380, 648)], fill=(60, 61, 64), outline=(50, 51, 54))
        return image
    pen.ellipse((380, 548, 600, 650), fill=(58, 48, 40), outline=(120, 112, 100), width=9)
    pen.ellipse((420, 574, 560, 632), fill=(34, 28, 24))
    for ends in ((380, 590, 250, 560), (600, 600, 720, 640), (480, 548, 470, 480), (560, 560, 640, 520)):
        pen.line(ends, fill=(46, 44, 42), width=5)
    return image


def _water(mended: bool) -> Image.Image:
    image, pen = _street(DAY)
    if not mended:
        pen.polygon([(330, 500), (620, 500), (860, 700), (90, 700)], fill=(128, 122, 96))
        for y in range(520, 700, 26):
            pen.arc((240 + (y % 52), y, 700, y + 22), 10, 170, fill=(164, 160, 136), width=4)
    pen.rectangle((452, 610, 520, 640), fill=(52, 54, 56), outline=(130, 132, 134), width=4)
    for x in range(462, 516, 12):
        pen.line((x, 614, x, 636), fill=(150, 152, 154) if mended else (90, 86, 70), width=4)
    return image


def _rubbish(mended: bool) -> Image.Image:
    image, pen = _street(DAY)
    for left in (640, 742):
        pen.rectangle((left, 500, left + 84, 612), fill=(46, 110, 84), outline=(30, 74, 58), width=4)
        pen.rectangle((left - 6, 484, left + 90, 504), fill=(36, 92, 70))
    if not mended:
        heap: tuple[tuple[int, int, int, Colour], ...] = (
            (470, 590, 56, (58, 60, 66)), (550, 604, 48, (196, 196, 190)), (596, 566, 44, (60, 64, 70)),
            (514, 552, 42, (150, 68, 58)), (640, 612, 40, (208, 184, 96)), (566, 540, 34, (92, 120, 150)),
        )  # fmt: skip
        for x, y, radius, colour in heap:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius * 0.8), fill=colour, outline=(40, 40, 42), width=3)
    return image


def _paper(mended: bool) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), (118, 92, 66))
    pen = ImageDraw.Draw(image)
    pen.polygon([(250, 40), (720, 58), (702, 690), (226, 676)], fill=(246, 244, 236))
    for n, y in enumerate(range(120, 600, 34)):
        pen.line((290 - n, y, (660 if n % 4 else 520) - n, y + 6), fill=(96, 96, 100), width=6)
    if mended:
        pen.ellipse((520, 520, 650, 650), outline=(196, 40, 40), width=9)
    return image


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _dimmed(colour: Colour, strength: float) -> Colour:
    red, green, blue = (round(part * strength) for part in colour)
    return red, green, blue
