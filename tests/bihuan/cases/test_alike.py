"""Look-alikes: what speaks for two reports being the same, through the scope, at a cost that does not grow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from bihuan.cases.alike import Wanted, candidates, in_common, look_alikes
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from tests.factories.matters import EAST_A, GRID_1, WEST, County, act, brought_to, category, opened

MANY = 3000


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
    """The control: each of them differs in one thing and is not shown."""
    brought_to(county, "accepted", area_code=WEST)
    brought_to(county, "accepted", area_code=EAST_A, title="学校食堂的饭菜不新鲜")
    old = brought_to(county, "accepted", area_code=EAST_A)
    clock.advance(timedelta(days=40))
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    found = {one.case_id for one in look_alikes(county.actor("dispatcher"), wanted(case_id))}
    assert old not in found
    assert found == set()


def test_what_is_gone_is_not_the_same_matter(county: County) -> None:
    there, gone = (opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id for _ in range(2))
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    dispatcher = county.actor("dispatcher")
    assert {one.case_id for one in look_alikes(dispatcher, wanted(case_id))} == {there, gone}
    act(dispatcher, gone, "merge", {"reason": "同一处路灯"}, other=case_id)
    assert {one.case_id for one in look_alikes(dispatcher, wanted(case_id))} == {there}


def test_only_what_the_actor_may_see(county: County) -> None:
    brought_to(county, "accepted", area_code=EAST_A, about_unit=county.units["housing"])
    case_id = opened(county.actor("clerk"), area_code=EAST_A, title="路灯不亮").case_id
    assert len(look_alikes(county.actor("dispatcher"), wanted(case_id))) == 1
    assert look_alikes(county.actor("west_dispatcher"), wanted(case_id)) == []
    assert look_alikes(county.actor("officer"), wanted(case_id)) == []


def test_the_newest_of_a_category_are_read_from_the_index(county: County) -> None:
    """The plan names the index: it reads a few hundred rows from its end, and not all that was opened in those days."""
    case_id = opened(county.actor("clerk"), area_code=EAST_A).case_id
    one = Case.objects.values().get(pk=case_id)
    del one["id"]
    others = ({**one, "category": "other", "number": f"N{n}", "tracking_hash": f"{n:064}"} for n in range(MANY))
    Case.objects.bulk_create([Case(**row) for row in others])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = candidates(county.actor("dispatcher"), wanted(case_id)).explain()
    Case.objects.filter(category="other").delete()
    assert "case_category" in plan
    one_by_one = "(id = cases_case_1.id)" if connection.vendor == "postgresql" else "INTEGER PRIMARY KEY (rowid=?)"
    assert one_by_one in plan, "the days bound what is shown, not what is read"


def test_words_in_common() -> None:
    assert in_common("村口路灯不亮", "路灯坏了,村口一片黑") == (("村口", "路灯"), 4 / 6)
    assert in_common("", "什么") == ((), 0.0)
    assert in_common("水", "水") == ((), 0.0)
