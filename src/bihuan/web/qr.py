"""A square to scan: the address of a tracking page as SVG.

With version, mode and mask fixed, every module of a square is the exclusive or of bits of the address and a constant.
So the square of one address is that of another one with the changes of each differing bit laid over it, and only those
changes have ever to be worked out by the library: some sixty for all tracking codes of a site.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isqrt

import qrcode  # type: ignore[import-untyped]
from django.utils.safestring import SafeString, mark_safe

BORDER = 2
MASK = 2
"""One pattern for all: comparing the eight costs more than the rest of the slip, and readers take any of them."""
CODE = 9
"""Characters at the end of an address that differ from one resident to the next ("7QK4-M2XD")."""
FIRST = "0"
_RUN = re.compile("0+|1+")
_EIGHT = [
    "".join(
        f"{'h' if run[0][0] == '1' else 'm'}{len(run[0])}{'' if run[0][0] == '1' else ' 0'}" for run in _RUN.finditer(f"{n:08b}")
    )
    for n in range(256)
]
"""Eight modules as the strokes of a pen one module wide: drawn over the dark ones, lifted over the light ones."""


def qr(address: str) -> SafeString:
    """The address as a QR code in SVG, drawn by us from our own address: a pen that goes along each row."""
    size, modules = square(address)
    inner = size - 2 * BORDER
    width = (inner + 7) // 8
    row, beyond, most = (1 << inner) - 1, width * 8 - inner, inner * inner
    rows = ((modules >> most - (y + 1) * inner & row) << beyond for y in range(inner))
    path = "".join(
        f"M{BORDER} {y}.5{''.join([_EIGHT[eight] for eight in line.to_bytes(width, 'big')])}"
        for y, line in enumerate(rows, BORDER)
    )
    return mark_safe(  # noqa: S308 - markup made from a path of numbers, no text of anybody's
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size * 0.8:g}mm" height="{size * 0.8:g}mm" '
        f'viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path d="{path}" stroke="#000"/></svg>'
    )


def square(address: str) -> tuple[int, int]:
    """Modules along one side with the border, and the dark ones inside it as the ones of a number, row after row."""
    if not address.isascii() or not address[:1].islower():  # another mode of writing, or a length that is not told
        modules = _as_drawn(address)
    else:
        head, tail = address[:-CODE], address[-CODE:]
        modules = _drawn(head + FIRST * len(tail))
        for place, sign in enumerate(tail):
            differs = ord(sign) ^ ord(FIRST)
            for bit in range(differs.bit_length()):
                if differs >> bit & 1:
                    modules ^= _change(head, len(tail), place, bit)
    return isqrt(modules.bit_length()) + 2 * BORDER, modules


@lru_cache(maxsize=1024)
def _change(head: str, length: int, place: int, bit: int) -> int:
    """What one other bit in a sign, FIRST, changes in the square."""
    plain = head + FIRST * length
    at = len(head) + place
    return _drawn(plain) ^ _as_drawn(plain[:at] + chr(ord(FIRST) ^ 1 << bit) + plain[at + 1 :])


@lru_cache(maxsize=64)
def _drawn(address: str) -> int:
    """``_as_drawn``, kept; never asked for the address of a case."""
    return _as_drawn(address)


def _as_drawn(address: str) -> int:
    """The square as the library draws it; its first module is dark, so that the number tells the size."""
    code = qrcode.QRCode(border=0, mask_pattern=MASK)
    code.add_data(address, optimize=0)
    return int("".join("1" if dark else "0" for row in code.get_matrix() for dark in row), 2)
