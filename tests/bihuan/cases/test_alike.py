"""Look-alikes: what speaks for two reports being the same, through the scope, at a cost that does not grow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from bihuan.cases.alike import Wanted, candidates, in_common, look_alikes
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from tests.factories.matters import EAST_A, GRID_1, WEST, County, brought_to, category, opened


def wanted(case_id: int, **more: Any) -> Wanted:
    case = Case.objects.get(pk=case_id)
    given = {
        "case_id": case_id, "title": case.title, "text": "村口的路灯两个星期没亮过了", "category": category(),
        "area_code": case.area_code, "opened_at": case.opened_at, "days": 30,
    }  # fmt: skip
    return Wanted(**{**given, **more})


def test_what_speaks_for_it(county: County) -> None:
    """Same kind of matter, same village, words in common; said in so many words, in one statement."""
    same = brought_to(county, "accepted", area_code=GRID_1)
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    dispatcher, asked = county.actor("dispatcher"), wanted(case_id)
    with counted() as count:
        found = look_alikes(dispatcher, asked)
    assert len(count) == 1
    (one,) = found
    assert (one.case_id, one.same_category, one.same_place, one.words, one.days) == (same, True, True, ("路灯",), 0)


def test_another_township_another_month_another_matter_are_not(county: County, clock: Any) -> None:
    """The control: each of them differs in one thing and is not shown; nor is what was declined or merged."""
    brought_to(county, "accepted", area_code=WEST)
    brought_to(county, "accepted", area_code=EAST_A, title="学校食堂的饭菜不新鲜")
    old = brought_to(county, "accepted", area_code=EAST_A)
    clock.advance(timedelta(days=40))
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    found = {one.case_id for one in look_alikes(county.actor("dispatcher"), wanted(case_id))}
    assert old not in found
    assert found == set()


def test_only_what_the_actor_may_see(county: County) -> None:
    brought_to(county, "accepted", area_code=EAST_A, about_unit=county.units["housing"])
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    assert len(look_alikes(county.actor("dispatcher"), wanted(case_id))) == 1
    assert look_alikes(county.actor("west_dispatcher"), wanted(case_id)) == []
    assert look_alikes(county.actor("officer"), wanted(case_id)) == []


def test_the_newest_of_a_category_are_read_from_the_index(county: County) -> None:
    """The plan names the index: it reads a few hundred rows from its end, however many cases there are."""
    case_id = opened(county.actor("clerk"), area_code=EAST_A).case_id
    query = candidates(county.actor("dispatcher"), wanted(case_id))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    assert "case_category" in query.explain()


def test_words_in_common() -> None:
    assert in_common("村口路灯不亮", "路灯坏了,村口一片黑") == (("村口", "路灯"), 4 / 6)
    assert in_common("", "什么") == ((), 0.0)
    assert in_common("水", "水") == ((), 0.0)
