"""Search through the scope: who finds what, in which order, and what can no longer be found."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from bihuan.access.actors import Actor
from bihuan.cases import search, search_candidates, search_index
from bihuan.cases.models import Case, Words
from bihuan.cases.search import find
from bihuan.cases.search_index import index_waiting
from bihuan.cases.shapes import CaseFilter, ContactIn, OpenCommand
from bihuan.cases.words import reference
from bihuan.cases.words_kept import erase_words
from bihuan.config.statements import counted
from bihuan.flows.worker import run_once
from tests.factories.matters import (
    COUNTY,
    EAST,
    EAST_A,
    GRID_1,
    WEST,
    County,
    act,
    brought_to,
    facts,
    found_matters,
    opened,
    request_id,
)

FIRST, SECOND = "镧鑭", "zq7canary"  # nobody else writes these


def found(actor: Actor, typed: str, **filters: Any) -> list[int]:
    return [line.case_id for line in find(actor, typed, CaseFilter(**filters)).lines]


def test_title_hits_first_then_the_newest(county: County, clock: Any) -> None:
    clerk, dispatcher = county.actor("clerk"), county.actor("dispatcher")
    a = opened(clerk, title="水管漏水", what="门口的水管一直在漏水。").case_id
    b = opened(clerk, title="路面塌陷", what="塌陷处旁边的水管也坏了。").case_id
    c = opened(clerk, title="水管又坏", what="水管又坏了，没有人来。").case_id
    d = opened(clerk, title="无题的一件", what="什么都没有说清楚。", place="水管旁边的小路").case_id
    index_waiting()
    assert found(dispatcher, "水管") == [c, a, d, b]
    assert found(dispatcher, "水") == [c, a, d, b]
    assert found(dispatcher, "水管旁边") == [d]
    assert found(dispatcher, "水管 坏了") == [c, b]
    assert found(dispatcher, "热水") == []


def test_a_number_is_found_at_once_and_words_when_the_worker_has_been_there(county: County, clock: Any) -> None:
    dispatcher = county.actor("dispatcher")
    case = opened(county.actor("clerk"), title="井盖不见了", external_number="12345-A88")
    for typed in (case.number, case.number[7:], case.number[-4:], str(int(case.number[-6:])), "12345-A88"):
        assert found(dispatcher, typed) == [case.case_id], typed
    page = find(dispatcher, "井盖")
    assert (page.lines, page.waiting) == ((), 1)
    assert run_once().indexed == 1
    assert run_once().indexed == 0
    assert found(dispatcher, "井盖") == [case.case_id]
    for typed in (case.number, case.number[-4:], str(int(case.number[-6:])), "12345-a88", "a88", case.number[7:11]):
        assert found(dispatcher, typed) == [case.case_id], typed
    assert find(dispatcher, "没有这个").waiting == 0
    assert find(dispatcher, " 。").understood is False


def test_a_number_stands_before_words(county: County, clock: Any) -> None:
    clerk = county.actor("clerk")
    by_number = opened(clerk)
    by_title = opened(clerk, title=f"催问{int(by_number.number[-6:])}号")
    index_waiting()
    assert found(county.actor("dispatcher"), str(int(by_number.number[-6:]))) == [by_number.case_id, by_title.case_id]


def test_each_finds_what_the_list_shows_and_nothing_else(county: County, clock: Any) -> None:
    for step, area in (("", EAST_A), ("assigned", EAST_A), ("archived", GRID_1), ("handling", COUNTY), ("", WEST)):
        brought_to(county, step, area_code=area)
        brought_to(county, step, area_code=area, about_unit=county.units["water"])
    opened(county.actor("east_clerk"), about_unit=county.units["centre"])
    index_waiting()
    for name in county.posts:
        actor = county.actor(name)
        wanted = list(Case.objects.filter(search.in_scope(actor)).order_by("-pk").values_list("pk", flat=True))
        for typed in ("路灯", "灯", "路灯坏了", "第一网格 修理"):
            assert found(actor, typed) == wanted, (name, typed)
        for filters in (
            {"area_code": EAST},
            {"area_code": GRID_1},
            {"area_code": COUNTY},
            {"is_open": True},
            {"state": "archived"},
            {"light": "met"},
        ):
            listed = [line.case_id for line in search_list(actor, filters)]
            assert found(actor, "路灯", **filters) == listed, (name, filters)
    assert found(Actor(kind="resident", case_id=1), "路灯") == []


@pytest.mark.parametrize("who", ["dispatcher", "east_dispatcher"])
def test_what_lies_far_back_is_found_as_well(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """The newest (of all, or of one township), the neighbours before them, everything older: together what one look at all
    would find.
    """
    monkeypatch.setattr(search_candidates, "NEWEST", 2)
    monkeypatch.setattr(search_candidates, "NEWEST_THERE", 2)
    monkeypatch.setattr(search_candidates, "BUCKETS", 1)
    for module in (search_candidates, search_index):
        monkeypatch.setattr(module, "BUCKET", 4)
    clerk, dispatcher = county.actor("clerk"), county.actor(who)
    opened(clerk, title="石桥在别处", what="别处的石桥。", area_code=WEST)
    rare = opened(clerk, title="石桥塌了半边", what="桥面塌了半边没有人修。").case_id
    cases = [opened(clerk, title="路灯坏了").case_id for _ in range(18)]
    near = opened(clerk, title="石桥栏杆松动", what="栏杆松动没有人修。").case_id
    cases += [opened(clerk, title="路灯坏了").case_id for _ in range(4)]
    index_waiting()
    assert found(dispatcher, "石桥")[:2] == [near, rare]
    assert len(found(dispatcher, "石桥")) == (3 if who == "dispatcher" else 2)
    assert found(dispatcher, "路灯坏了") == sorted(cases, reverse=True)
    with counted() as count:
        found(dispatcher, "石桥")
    assert len(count) <= 6, count
    for module in (search, search_candidates):
        monkeypatch.setattr(module, "MOST", 3)
    page = find(dispatcher, "路灯坏了")
    shown = [line.case_id for line in page.lines]
    assert len(shown) >= 3
    assert shown == sorted(cases, reverse=True)[: len(shown)]
    assert page.capped == 3


def search_list(actor: Actor, filters: dict[str, Any]) -> Any:
    from bihuan.cases.selectors import case_list

    return case_list(actor, CaseFilter(**filters)).lines


def test_pages_and_the_limit_of_candidates(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, dispatcher = county.actor("clerk"), county.actor("dispatcher")
    ids = [opened(clerk, title="路灯" if n % 3 else "别的事").case_id for n in range(11)]
    index_waiting()
    titled = [case_id for n, case_id in enumerate(ids) if n % 3]
    whole = [*reversed(titled), *(case_id for case_id in reversed(ids) if case_id not in titled)]
    for size in (1, 3, 10, 11, 12):
        seen, after = [], ""
        while True:
            page = find(dispatcher, "路灯", after=after, limit=size)
            seen += [line.case_id for line in page.lines]
            if not (after := page.after):
                break
        assert seen == whole, size
    assert page.capped == 0
    for nonsense in ("x", "~", "1~", "9~3", "1~x", "\x00~5"):
        assert len(find(dispatcher, "路灯", after=nonsense).lines) == 11
    for module in (search, search_candidates):
        monkeypatch.setattr(module, "MOST", 4)
    page = find(dispatcher, "路灯")
    assert page.capped == 4
    assert sorted(line.case_id for line in page.lines) == ids[-4:]


def test_statements_of_a_search(county: County, clock: Any) -> None:
    brought_to(county, "handling")
    index_waiting()
    for who in ("dispatcher", "east_dispatcher", "officer"):
        actor = county.actor(who)
        find(actor, "路灯")
        for typed in ("路灯", "没有这个"):
            with counted() as count:
                find(actor, typed)
            assert len(count) <= 5, count  # two more on PostgreSQL once there are tens of thousands of cases


def test_the_door_pays_nothing(county: County, clock: Any) -> None:
    """The mark that a case waits is the column's own default."""
    clerk = county.actor("clerk")
    opened(clerk)
    with counted() as count:
        opened(clerk, contact=ContactIn(name="王小明", phone="13800000000"))
    assert not any("cases_search" in sql or "unindexed" in sql for sql in count.statements)
    assert search_index.waiting() == 2


def test_many_openings_are_taken_up_together(county: County, clock: Any) -> None:
    from bihuan.cases.services import open_many

    commands = [
        OpenCommand(actor=county.actor("clerk"), request_id=request_id(), facts=facts(title=f"第{n}件"), area_code=EAST_A)
        for n in range(30)
    ]
    open_many(commands)
    with counted() as count:
        assert index_waiting() == 30
    assert len(count) <= 7, count
    assert len(found(county.actor("dispatcher"), "件")) == 30
    assert search_index.again() == 30
    assert index_waiting(limit=20) == 20
    assert index_waiting() == 10
    assert len(found(county.actor("dispatcher"), "第3件")) == 1


def test_numbers_of_people_are_not_found(county: County, clock: Any) -> None:
    contact = ContactIn(name="欧阳测试", phone="13800000000", address="东岭街九十九号")
    opened(
        county.actor("clerk"),
        contact=contact,
        title="回电 13512344321",
        external_number="13612348765",
        what="请打 13912345678 或者 0730-2223344 找我谈路灯。",
    )
    index_waiting()
    for typed in (
        "13912345678",
        "13800000000",
        "欧阳",
        "九十九号",
        "2223344",
        "13912345",
        "1391234",
        "5678",
        "139",
        "4321",
        "135",
        "8765",
        "136",
        "44",
    ):
        assert found(county.actor("dispatcher"), typed) == [], typed
    assert found(county.actor("dispatcher"), "找我谈路灯")


def test_a_correction_is_taken_up(county: County, clock: Any) -> None:
    """Whatever act writes a text of the opening by its name puts it right."""
    dispatcher = county.actor("dispatcher")
    case_id = opened(county.actor("clerk"), title="错字的标题", what="这里写错了地方。").case_id
    index_waiting()
    old = Words.objects.get(case_id=case_id, name="title")
    for name, text in (("title", "改正后标题"), ("note", "与搜索无关的办理过程")):
        Words.objects.create(case_id=case_id, seq=2, name=name, ref=reference("s", text), salt="s", text=text, at=old.at)
    assert search_index.again([case_id]) == 1
    index_waiting()
    assert found(dispatcher, "改正后") == [case_id]
    assert found(dispatcher, "错字") == []
    assert found(dispatcher, "写错了地方") == [case_id]
    assert found(dispatcher, "办理过程") == []
    Words.objects.filter(case_id=case_id, seq=2).delete()


def test_an_act_that_repeats_a_text_of_the_opening_marks_the_case(
    county: County, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = brought_to(county, "handling")
    index_waiting()
    note = {"note": "已派人到现场查看。"}
    act(county.actor("officer"), case_id, "progress", note)
    assert search_index.waiting() == 0
    monkeypatch.setattr(search_index, "reported", lambda procedure: frozenset({"note"}))
    act(county.actor("officer"), case_id, "progress", note)
    assert search_index.waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_erased_words_stand_in_no_page_of_the_index(clock: Any, vendor: str) -> None:
    county = found_matters()
    dispatcher = county.actor("dispatcher")
    told = {
        "title": f"{FIRST}的标题",
        "what": f"说的是{SECOND}和{FIRST}。",
        "place": f"{FIRST}路口",
        "external_number": "QX-99887",
    }
    case = opened(county.actor("clerk"), **told)
    other = opened(county.actor("clerk"), title="另一件事的标题").case_id
    run_once()
    assert found(dispatcher, SECOND) == found(dispatcher, FIRST) == found(dispatcher, "QX-99887") == [case.case_id]
    assert all(in_pages(vendor)), "the check sees what stands there"
    assert erase_words(case.case_id) == 4
    run_once()  # PostgreSQL: the index is made anew behind it
    assert found(dispatcher, SECOND) == found(dispatcher, FIRST) == found(dispatcher, "QX-99887") == []
    assert found(dispatcher, case.number) == [case.case_id]
    assert found(dispatcher, "标题") == [other]
    assert not any(in_pages(vendor)), "erased"
    search_index.again()
    run_once()
    assert found(dispatcher, FIRST) == []
    assert not any(in_pages(vendor)), "taken up anew, erased words do not come back"


def in_pages(vendor: str) -> list[bool]:
    """Whether each of the two words stands in what is on disk: SQLite's whole file, PostgreSQL's index."""
    with connection.cursor() as cursor:
        if vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            content = Path(connection.settings_dict["NAME"]).read_bytes()
        else:
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath('cases_search_tokens'))")
            content = bytes(cursor.fetchone()[0])
    return [word.encode() in content for word in (FIRST, SECOND)]


@pytest.mark.django_db(transaction=True)
def test_one_cleaning_does_for_all_that_were_erased_before_it(clock: Any, vendor: str) -> None:
    county = found_matters()
    ids = [opened(county.actor("clerk")).case_id for _ in range(3)]
    index_waiting()
    for case_id in ids:
        erase_words(case_id)
    with counted() as count:
        run_once()
    cleaned = [sql for sql in count.statements if "REINDEX" in sql]
    assert len(cleaned) == (1 if vendor == "postgresql" else 0)


def test_a_place_of_an_earlier_version_gets_its_index(county: County, clock: Any) -> None:
    """The migration makes an empty index, in which every case that was there waits."""
    opened(county.actor("clerk"))
    index_waiting()
    migration: Any = import_module("bihuan.cases.migrations.0002_search")
    migration.drop(apps, SimpleNamespace(connection=connection))
    migration.create(apps, SimpleNamespace(connection=connection))
    assert found(county.actor("dispatcher"), "路灯") == []
    search_index.again()
    assert index_waiting() == 1
    assert len(found(county.actor("dispatcher"), "路灯")) == 1
