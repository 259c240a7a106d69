"""The square on a slip, put together from what each sign changes, is the one the library draws."""

from __future__ import annotations

import re
from random import Random

import pytest
import qrcode  # type: ignore[import-untyped]

from bihuan.cases.codes import ALPHABET
from bihuan.web import qr

HOSTS = ("http://127.0.0.1:8000/t/", "https://shiming.xiangyin.example.gov.cn/t/", "HTTPS://UPPER/T/", "https://湘阴.example/t/")


def _whole(address: str) -> str:
    """The library's square without its border, a row a line."""
    code = qrcode.QRCode(border=0, mask_pattern=qr.MASK)
    code.add_data(address, optimize=0)
    return "\n".join("".join("#" if dark else "." for dark in row) for row in code.get_matrix())


def _put_together(address: str) -> str:
    size, modules = qr.square(address)
    inner = size - 2 * qr.BORDER
    signs = f"{modules:0{inner * inner}b}".replace("1", "#").replace("0", ".")
    return "\n".join(signs[row * inner : (row + 1) * inner] for row in range(inner))


@pytest.mark.parametrize("host", HOSTS)
def test_the_square_is_the_librarys(host: str) -> None:
    drawn = Random(host)
    for _ in range(6):
        code = "".join(drawn.choice(ALPHABET) for _ in range(8))
        address = f"{host}{code[:4]}-{code[4:]}"
        assert _put_together(address) == _whole(address)


def test_a_change_left_out_gives_another_square(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"{HOSTS[0]}7QK4-M2XD"
    monkeypatch.setattr(qr, "_change", lambda *_: 0)
    assert _put_together(address) != _whole(address)


def _drawn(picture: str, inner: int) -> str:
    """What the pen has drawn, a row a line."""
    rows = [["."] * inner for _ in range(inner)]
    found = re.search(r'<path d="([^"]*)"', picture)
    assert found
    x = y = 0
    for step, first, second in re.findall(r"([Mmh])(\d+)(?: ([\d.]+))?", found[1]):
        if step == "M":
            x, y = int(first) - qr.BORDER, int(float(second)) - qr.BORDER
        elif step == "m":
            x += int(first)
        else:
            rows[y][x : x + int(first)] = "#" * int(first)
            x += int(first)
    return "\n".join("".join(row) for row in rows)


@pytest.mark.parametrize("host", HOSTS)
def test_the_pen_draws_the_square(host: str) -> None:
    address = f"{host}7QK4-M2XD"
    whole = _whole(address)
    picture = qr.qr(address)
    assert _drawn(picture, whole.count("\n") + 1) == whole
    assert _drawn(picture.replace("h7", "h6", 1), whole.count("\n") + 1) != whole


def test_no_address_of_a_case_is_kept() -> None:
    for host in (HOSTS[0], HOSTS[2]):
        before = qr._drawn.cache_info().currsize
        qr.qr(f"{host}7QK4-M2XD")
        qr.qr(f"{host}WXYZ-9876")
        assert qr._drawn.cache_info().currsize <= before + 1
