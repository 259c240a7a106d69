"""The search box of the desk: words and numbers, what it says when nothing is found, whom it shows what."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from bihuan.cases import search, search_candidates
from bihuan.cases.search_index import index_waiting
from bihuan.config.statements import counted
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import EAST_A, brought_to, opened
from tests.factories.organisation import EAST, WEST, County
from tests.factories.visits import faults_of

BUDGET = 8


def page_of(client: object, **words: str) -> str:
    answer = client.get(f"/desk/cases?{urlencode(words)}")  # type: ignore[attr-defined]
    text: str = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(text) == []
    return text


def test_words_and_numbers(visit: Visit, county: County) -> None:
    case = opened(county.actor("clerk"), title="井盖不见了")
    opened(county.actor("clerk"), title="树倒了")
    index_waiting()
    client = visit("dispatcher")
    for typed in ("井", "井盖", "井盖不见", "不见了 井", case.number, case.number[-4:]):
        text = page_of(client, q=typed)
        assert "井盖不见了</a>" in text
        assert "树倒了" not in text
        assert f'value="{typed}"' in text


def test_what_it_says_when_nothing_is_found(visit: Visit, county: County) -> None:
    opened(county.actor("clerk"), title="井盖不见了")
    client = visit("dispatcher")
    waits = page_of(client, q="井盖")
    assert "有 1 件新事项还没有进入搜索" in waits
    index_waiting()
    nothing = page_of(client, q="<b>大象</b>")
    assert "没有“&lt;b&gt;大象&lt;/b&gt;”" in nothing
    assert "一两个字就能搜" in nothing
    assert "还没有进入搜索" not in nothing
    assert "请至少输入一个" in page_of(client, q="，。")
    filtered = page_of(client, q="井盖", open="no", area=EAST)
    assert f'href="/desk/cases?{urlencode({"q": "井盖"})}"' in filtered
    assert "井盖不见了</a>" in page_of(client, q="井盖", open="yes", area=EAST)
    for hostile in (
        "\x00",
        "路'灯",
        '"',
        "NEAR(",
        "a" * 500,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "%",
        "𠀀",
    ):
        page_of(client, q=hostile)
    english = visit("dispatcher", language="en").get("/desk/cases?q=elephant").content.decode()
    assert "No matter in your sight holds “elephant”" in english


def test_nobody_is_shown_what_he_may_not_see(visit: Visit, county: County) -> None:
    opened(county.actor("clerk"), title="井盖不见了", area_code=EAST_A)
    opened(county.actor("clerk"), title="井盖的问题", area_code=EAST_A, about_unit=county.units["water"])
    brought_to(county, "assigned", title="井盖交给住建", area_code=WEST)
    index_waiting()
    seen = {
        who: {title for title in ("井盖不见了", "井盖的问题", "井盖交给住建") if f"{title}</a>" in page_of(visit(who), q="井盖")}
        for who in ("dispatcher", "east_dispatcher", "west_dispatcher", "officer", "water_officer")
    }
    assert seen == {
        "dispatcher": {"井盖不见了", "井盖的问题", "井盖交给住建"},
        "east_dispatcher": {"井盖不见了", "井盖的问题"},
        "west_dispatcher": {"井盖交给住建"},
        "officer": {"井盖交给住建"},
        "water_officer": set(),
    }


def test_pages_keep_the_words_and_say_where_looking_ended(visit: Visit, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        opened(county.actor("clerk"), title=f"井盖第{n}件")
    index_waiting()
    monkeypatch.setattr("bihuan.desk.work.ROWS", 2)
    client = visit("dispatcher")
    text = page_of(client, q="井盖", open="yes")
    assert "open=yes" in text
    assert "after=1~" in text.replace("%7E", "~")
    assert "井盖第3件" in text
    assert "井盖第0件" not in text
    for module in (search, search_candidates):
        monkeypatch.setattr(module, "MOST", 3)
    assert "超过 3 件" in page_of(client, q="井盖")


def test_statements_of_the_screen(visit: Visit, county: County) -> None:
    for who in ("dispatcher", "east_dispatcher", "officer"):
        brought_to(county, "handling")
        index_waiting()
        client = visit(who)
        page_of(client, q="路灯")
        with counted() as count:
            page_of(client, q="路灯")
        assert len(count) <= BUDGET, count
