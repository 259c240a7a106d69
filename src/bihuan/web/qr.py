"""A square to scan: the address of a tracking page as SVG."""

from __future__ import annotations

import qrcode  # type: ignore[import-untyped]
from django.utils.safestring import SafeString, mark_safe

BORDER = 2
MASK = 2
"""One pattern for all: comparing the eight costs more than the rest of the slip, and readers take any of them."""


def qr(address: str) -> SafeString:
    """The address as a QR code in SVG, drawn by us from our own address: one path of the dark runs of each row."""
    code = qrcode.QRCode(border=BORDER, mask_pattern=MASK)
    code.add_data(address, optimize=0)
    rows = code.get_matrix()
    path = "".join(_runs(y, row) for y, row in enumerate(rows))
    size = len(rows)
    return mark_safe(  # noqa: S308 - markup made from a path of numbers, no text of anybody's
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size * 0.8:g}mm" height="{size * 0.8:g}mm" '
        f'viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path d="{path}" fill="#000"/></svg>'
    )


def _runs(y: int, row: list[bool]) -> str:
    """The dark modules of one row as rectangles, neighbours in one."""
    drawn, start = [], -1
    for x, dark in enumerate((*row, False)):
        if dark and start < 0:
            start = x
        elif not dark and start >= 0:
            drawn.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            start = -1
    return "".join(drawn)
