"""Masks show what an office needs to recognise and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.vault import mask


@pytest.mark.parametrize(
    ("text", "shown"), [("王伟", "王**"), ("王小明", "王**"), (" 欧阳娜娜 ", "欧**"), ("李", "李**"), ("", ""), ("  ", "")]
)
def test_names(text: str, shown: str) -> None:
    assert mask.name(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800000000", "138****0000"), ("138-0000-0000", "138****0000"), ("+86 138 0000 0000", "861******0000"),
        ("0730-2221234", "0730*****34"), ("010-87654321", "010******21"), ("2221234", "*****34"), ("110", "***"),
        ("", ""), ("没有", "****"),
    ],
)  # fmt: skip
def test_phones(text: str, shown: str) -> None:
    assert mask.phone(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("43062419900307123X", "430*************3X"), ("430624900307123", "430**********23"), ("4306", "****"), ("", "")],
)
def test_identity_numbers(text: str, shown: str) -> None:
    assert mask.id_no(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("湘阴县文星街道东茅社区第3网格4栋502", "湘阴县文星街道东茅社区***"),
        ("新村镇大村村3组12号", "新村镇大村村***"),
        ("樟树镇文谊新村18号", "樟树镇文谊新村***"),
        ("湘阴县樟树镇", "湘阴县樟树镇"),
        ("湘阴县樟树镇解放路8号", "湘阴县樟树镇***"),
        ("金龙镇望星村", "金龙镇望星村"),
        ("东茅居委会后面第二家", "东茅居委会***"),
        ("人民路8号", "***"),
        ("", ""),
    ],
)
def test_addresses_end_at_the_village(text: str, shown: str) -> None:
    assert mask.address(text) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_mobile_hides_four_digits(number: str) -> None:
    assert mask.phone(number) == f"{number[:3]}****{number[-4:]}"


@given(st.text(max_size=60))
def test_masks_take_any_text(text: str) -> None:
    for cover in (mask.name, mask.phone, mask.id_no, mask.address):
        cover(text)
