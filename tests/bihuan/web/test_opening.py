"""What is typed when a matter is opened: phones as people write them, and a title from the first words."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from bihuan.web.opening import TITLE_LONGEST, beside_errors, first_words


@pytest.mark.parametrize(
    ("phone", "fits"),
    [
        ("13800138000", True),
        ("138 0013-8000", True),
        ("+86 138 0013 8000", True),
        ("(0730) 2221234", True),
        ("0730-2221234转12", True),
        ("1380013800o", False),
        ("138 0013-80x0", False),
        ("123", False),
        ("没有电话", False),
    ],
)
def test_a_phone_as_people_write_it(phone: str, fits: bool) -> None:
    form = QueryDict(mutable=True)
    form.update({"area": "430624", "phone": phone})
    assert ("phone" not in beside_errors(form)) is fits
    form["anonymous"] = "yes"
    assert "phone" not in beside_errors(form)


def test_a_title_from_the_first_words_ends_where_the_speaker_paused() -> None:
    assert first_words("路灯坏了。请来修") == "路灯坏了"
    long = "我住文星街道江东社区三网格，楼下的路灯坏了半个月了，晚上黑得看不见路，我七十六了，前天差点摔了。"
    assert first_words(long) == "我住文星街道江东社区三网格，楼下的路灯坏了半个月了，晚上黑得看不见路"
    endless = first_words("一" * 200)
    assert len(endless) == TITLE_LONGEST
    assert endless.endswith("…")
