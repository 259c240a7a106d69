"""Phone- and identity-shaped strings are found in whatever people write, however they part the digits."""

from __future__ import annotations

import re
import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bihuan.vault.free_text import check_character, hide

FULL_WIDTH = str.maketrans("0123456789X-()", "０１２３４５６７８９Ｘ－（）")
CHINESE = st.text(st.sampled_from("尊敬的领导您好我家住在楼下夜市油烟扰民请处理,。!?\n谢谢 联系"), max_size=30)
BREAK = st.sampled_from(["", "-", " ", "—", "·", "  ", "\u3000", " - "])
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
landlines = st.from_regex(r"(010|02[0-9]|0[3-9][1-9][0-9])-?[2-8][0-9]{6}", fullmatch=True)


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(min_value=date(1920, 1, 1), max_value=date(2025, 12, 31)))
    first = f"{draw(st.integers(110000, 659999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first + check_character(first)


def shown_of(text: str) -> str:
    return hide(text)[0]


@given(CHINESE, mobiles, CHINESE, BREAK, st.sampled_from(["", "+86", "86-", "0086 ", "0"]), st.booleans())
def test_mobiles(before: str, number: str, after: str, gap: str, prefix: str, wide: bool) -> None:
    written = prefix + gap.join((number[:3], number[3:7], number[7:]))
    shown, found = hide(before + (written.translate(FULL_WIDTH) if wide else written) + after)
    assert [(one.kind, one.value) for one in found] == [("phone", number)]
    assert number[3:7] not in re.sub(r"\D", "", shown.translate(str.maketrans("０１２３４５６７８９", "0123456789"))) or number[
        3:7
    ] in (number[:3] + number[-4:])
    assert before in shown
    assert after in shown


@given(CHINESE, mobiles, st.lists(st.integers(1, 10), max_size=3, unique=True), CHINESE)
def test_mobiles_parted_anywhere(before: str, number: str, cuts: list[int], after: str) -> None:
    edges = [0, *sorted(cuts), 11]
    written = "-".join(number[a:b] for a, b in pairwise(edges))
    assume(not re.match(r"(19|20)..-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])-", written))
    assert [one.value for one in hide(before + written + after)[1]] == [number]


@given(mobiles, st.sampled_from([" ", "-", "."]))
def test_digit_by_digit(number: str, gap: str) -> None:
    assert [one.value for one in hide(f"打{gap.join(number)}找我")[1]] == [number]


@given(CHINESE, landlines, BREAK, CHINESE)
def test_landlines(before: str, number: str, gap: str, after: str) -> None:
    digits = number.replace("-", "")
    code = 3 if digits[1] in "12" else 4
    shown, found = hide(f"{before}{digits[:code]}{gap}{digits[code:]}{after}")
    assert [(one.kind, one.value) for one in found] == [("phone", digits)]
    assert digits[code:-2] not in shown


@given(CHINESE, identity_numbers(), CHINESE, st.sampled_from(["", " ", "-"]), st.booleans())
def test_identity_numbers(before: str, number: str, after: str, gap: str, wide: bool) -> None:
    written = gap.join((number[:6], number[6:14], number[14:]))
    shown, found = hide(before + (written.translate(FULL_WIDTH) if wide else written) + after)
    assert [(one.kind, one.value) for one in found] == [("id_no", number)]
    assert number[6:14] not in shown


@given(identity_numbers(), st.from_regex(r"[0-9]{0,5}", fullmatch=True), st.from_regex(r"[0-9]{0,5}", fullmatch=True))
def test_an_identity_number_inside_a_longer_number_is_found_too(number: str, before: str, after: str) -> None:
    shown, _ = hide(f"编号{before}{number}{after}号")
    assert number not in shown


@given(mobiles, mobiles, st.sampled_from(["", " ", "/", "、", "或"]))
def test_two_at_once(one: str, two: str, between: str) -> None:
    assert [found.value for found in hide(f"{one}{between}{two}")[1]] == [one, two]


@given(st.lists(st.one_of(CHINESE, mobiles, landlines, identity_numbers()), max_size=6))
def test_places_point_at_the_masks(parts: list[str]) -> None:
    shown, found = hide("，".join(parts))
    for one in found:
        assert shown[one.start] in "0123456789*"
        assert "*" in shown[one.start : one.start + 8]
    assert [one.start for one in found] == sorted(one.start for one in found)


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    shown, found = hide(text)
    assert found or shown == text


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-12 08:30至2020-01-05 17:30", "每月1500-2000元", "合同编号20191012003456",
        "12345热线和400-123-4567", "第3网格4栋502室",
        "从1990-12-10 501路公交", "面积120.5平方米,共13 14 15 16 17 18栋", "A市A3区2019年12月31日", "身份证尾号123X", "湘F12345",
        "1-5号楼,6-10号楼", "订单号2020010113800", "99.99%", "10000000000元", "0.123456789012", "邮编414600",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert hide(text) == (text, [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话：2221234", "电话：*****34"), ("座机 222-1234。", "座机 *****34。"), ("共2221234元", "共2221234元"),
        ("身份证43062419900307123X", "身份证430*************3X"), ("430624900307123", "430**********23"),
        ("138000011112转3", "138****11112转3"), ("٠٧٣٠٢٢٢١٢٣٤", "0730*****34"), ("微信13800001111同号", "微信138****1111同号"),
        ("1380000111143062419900307123X", None), ("138000011111391111222213711113333", "138****1111139****2222137****3333"),
    ],
)  # fmt: skip
def test_as_shown(text: str, shown: str | None) -> None:
    if shown is None:
        assert "19900307" not in shown_of(text)
    else:
        assert shown_of(text) == shown


@pytest.mark.parametrize(
    "unit", ["1", "19900101", "1 ", "13 ", "1-", "430624199001011234", "0730", "138 ", "电话1", "(", "1   ", "19", "86", "1X"]
)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 9.0
        for _ in range(2):
            began = time.process_time()
            hide(text)
            best = min(best, time.process_time() - began)
        return best

    small, large = seconds(20_000), seconds(640_000)
    assert large < 200 * max(small, 0.001), (small, large)  # 32 times the text; a square would be 1024 times the time
    assert large < 5
