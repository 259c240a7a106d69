"""Service records: asked and done on the spot; raised to a case with nothing retyped."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases import selectors as cases
from bihuan.cases.models import Case
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.intake.errors import NotFound, Refused, RequestReused
from bihuan.intake.models import ServiceRecord
from bihuan.intake.selectors import recent, record
from bihuan.intake.services import erase_record, raise_to_case, record_service, stream_of
from bihuan.intake.shapes import RecordIn
from bihuan.ledger.selectors import entries
from bihuan.ledger.verify import verify
from bihuan.vault.services import held
from tests.factories.matters import EAST_A, GRID_1, WEST, County, category, request_id

WANG = ContactIn(name="王小明", phone="13800000000")


def told(**more: Any) -> RecordIn:
    """Somebody asked how to claim for medicine bought elsewhere, and was helped."""
    return RecordIn(**{
        "what": "咨询异地就医报销", "words": "住院在外地，回来怎么报销？电话 13912345678", "result": "当场指导线上备案并填表",
        "category": category(), "channel": "visit", "area_code": GRID_1, **more,
    })  # fmt: skip


def test_one_screen_one_act_one_entry(county: County) -> None:
    leader = county.actor("grid_leader")
    with counted() as count:
        number = record_service(actor=leader, record=told(contact=WANG), request_id="one")
    assert len(count) + 1 <= 12, count
    line = record(leader, number)
    assert line is not None
    assert (line.what, line.area_name, line.contact) == ("咨询异地就医报销", "东岭镇·青石村·第1网格", "王** 138****0000")
    assert "13912345678" not in line.words
    assert [one.value for one in held(f"{stream_of(number)}:words")] == ["13912345678"]
    (entry,) = entries(stream=stream_of(number))
    assert entry.kind == "service_recorded"
    assert "报销" not in str(entry.facts)
    assert verify().ok


def test_the_same_request_is_one_record(county: County) -> None:
    leader = county.actor("grid_leader")
    first = record_service(actor=leader, record=told(), request_id="one")
    assert record_service(actor=leader, record=told(), request_id="one") == first
    with pytest.raises(RequestReused):
        record_service(actor=leader, record=told(result="请到乡镇窗口办理"), request_id="one")
    assert ServiceRecord.objects.count() == 1


def test_each_sees_the_records_of_area_and_unit_page_by_page(county: County) -> None:
    mine = [record_service(actor=county.actor("grid_leader"), record=told(), request_id=request_id()) for _ in range(5)]
    west = record_service(actor=county.actor("west_dispatcher"), record=told(area_code=WEST), request_id=request_id())

    def seen(who: str) -> list[int]:
        found, after = [], ""
        while True:
            lines, after = recent(county.actor(who), after=after, limit=2)
            found += [line.id for line in lines]
            if not after:
                return found

    assert seen("dispatcher") == [west, *reversed(mine)]
    assert seen("east_dispatcher") == seen("village_clerk") == seen("grid_leader") == list(reversed(mine))
    assert seen("west_dispatcher") == [west]
    assert seen("officer") == seen("admin") == []
    assert record(county.actor("west_dispatcher"), mine[0]) is None


def test_a_record_becomes_a_case_with_nothing_retyped(county: County) -> None:
    clerk = county.actor("village_clerk")
    number = record_service(actor=clerk, record=told(contact=WANG), request_id=request_id())
    case = raise_to_case(actor=clerk, record_id=number, request_id="raise", facts={"kind": "help"})
    page = cases.case_page(county.actor("east_dispatcher"), case.case_id)
    assert (page.title, page.category, page.channel) == ("咨询异地就医报销", category(), "visit")
    assert page.contact is not None
    assert page.contact.name == "王**"
    assert page.timeline[0].facts["from_record"] == number
    words = {line.name: line.text for line in page.timeline[0].words}
    assert "怎么报销" in words["what"]
    assert "指导线上备案" in words["what"]
    line = record(clerk, number)
    assert line is not None
    assert line.case_id == case.case_id
    again = raise_to_case(actor=clerk, record_id=number, request_id="raise", facts={"kind": "help"})
    assert (again.case_id, again.replayed) == (case.case_id, True)
    with pytest.raises(Refused):
        raise_to_case(actor=county.actor("east_dispatcher"), record_id=number, request_id="raise", facts={"kind": "help"})
    assert Case.objects.count() == 1


def test_what_a_case_needs_and_a_record_lacks_is_asked_for(county: County) -> None:
    clerk = county.actor("village_clerk")
    number = record_service(actor=clerk, record=told(), request_id=request_id())
    with pytest.raises(Refused) as refused:
        raise_to_case(actor=clerk, record_id=number, request_id=request_id())
    assert refused.value.field == "kind"
    with pytest.raises(NotFound):
        raise_to_case(actor=county.actor("west_dispatcher"), record_id=number, request_id=request_id(), facts={"kind": "help"})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": " "}, "what"),
        ({"result": ""}, "result"),
        ({"what": "长" * 201}, "what"),
        ({"words": "坏\x00"}, "words"),
        ({"result": "\udfff"}, "result"),
        ({"category": "no.such"}, "category"),
        ({"channel": "smoke"}, "channel"),
        ({"area_code": WEST}, "area"),
        ({"area_code": "1"}, "area"),
        ({"contact": ContactIn(address="长" * 201)}, "address"),
    ],
)
def test_bad_input_is_refused_by_name(county: County, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        record_service(actor=county.actor("grid_leader"), record=told(**wrong), request_id=request_id())
    assert refused.value.field == field
    assert not ServiceRecord.objects.exists()


def test_without_a_place_it_lies_where_the_post_sits(county: County) -> None:
    number = record_service(actor=county.actor("village_clerk"), record=told(area_code=""), request_id=request_id())
    assert ServiceRecord.objects.get(pk=number).area_code == EAST_A


def test_who_has_no_such_duty_writes_none(county: County) -> None:
    with pytest.raises(Refused) as refused:
        record_service(actor=county.actor("officer"), record=told(), request_id=request_id())
    assert refused.value.code == "not_allowed"


def test_an_erased_record_leaves_the_ledger_whole(county: County) -> None:
    leader = county.actor("grid_leader")
    number = record_service(actor=leader, record=told(), request_id="one")
    assert held(f"{stream_of(number)}:words")
    assert erase_record(number)
    assert not erase_record(number)
    line = record(leader, number)
    assert line is not None
    assert (line.what, line.words, line.result) == ("", "", "")
    assert not held(f"{stream_of(number)}:words")
    assert verify().ok
