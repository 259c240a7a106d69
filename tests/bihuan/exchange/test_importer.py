"""The importer: what a file says becomes cases, once; what cannot be read is told by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bihuan.access.actors import Actor
from bihuan.cases.errors import CaseError
from bihuan.cases.models import Case, Words
from bihuan.exchange import importer
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.importer import import_file, read_file, take_in
from bihuan.ledger.models import Entry
from bihuan.packs.shape import Pack
from tests.factories.matters import EAST, GRID_1, County, found_matters, shipped_pack

FILE = (
    "编号,时间,主题,内容,类型,渠道,姓名,电话,区域\n"
    "A1,2026/9/1 9:05,路灯坏了,村口的路灯坏了两个星期。,投诉,来电,王女士,19900000000,\n"
    f"A2,2026/9/2,水管漏水,井边的水管漏水，请来修。,求助,来访,,,{GRID_1}\n"
    "A3,3/4/2026,看不清时间,日和月分不清楚的一条。,咨询,来电,,,\n"
    "A4,2026/9/3,太短,短,咨询,来电,,,\n"
    "A5,2026/9/3,地方不明,东岭镇的一件事情。,咨询,来信,,,东岭镇\n"
)


@pytest.fixture
def county(transactional_db: None, clock: Any) -> Iterator[County]:
    return found_matters()


@pytest.fixture
def pack() -> Pack:
    return shipped_pack()


@pytest.fixture
def dispatcher(county: County) -> Actor:
    return county.actor("dispatcher")


def run(dispatcher: Actor, pack: Pack, text: str = FILE, **more: Any) -> importer.Outcome:
    return import_file(text.encode(), actor=dispatcher, pack=pack, **more)[1]


def test_rows_become_cases_and_the_others_are_told(dispatcher: Actor, pack: Pack, county: County) -> None:
    outcome = run(dispatcher, pack)
    assert sorted(outcome.opened) == [2, 3, 6]
    assert {fault.line for fault in outcome.faults} == {4, 5}
    cases = {case.external_number: case for case in Case.objects.all()}
    assert {number: case.area_code for number, case in cases.items()} == {"A1": "990101", "A2": GRID_1, "A5": EAST}
    assert cases["A1"].centre_id == county.units["centre"]
    assert (cases["A1"].title, cases["A1"].kind, cases["A1"].channel) == ("路灯坏了", "complaint", "phone")
    assert cases["A1"].contact.phone_masked != "19900000000"
    first = Entry.objects.get(stream=f"case:{cases['A1'].id}", seq=1)
    assert first.facts["written"] == "2026-09-01T09:05:00+08:00"
    assert Words.objects.get(case=cases["A1"], name="what").text == "村口的路灯坏了两个星期。"


def test_the_same_file_again_adds_nothing(dispatcher: Actor, pack: Pack) -> None:
    first = run(dispatcher, pack)
    again = run(dispatcher, pack)
    assert again.opened == {}
    assert {line: done.case_id for line, done in again.already.items()} == {
        line: done.case_id for line, done in first.opened.items()
    }
    assert Case.objects.count() == 3


def test_a_dry_run_writes_nothing_and_tells_the_same_faults(dispatcher: Actor, pack: Pack) -> None:
    tried = run(dispatcher, pack, dry_run=True)
    assert Case.objects.count() == 0
    assert tried.faults == run(dispatcher, pack).faults


def test_an_import_that_stopped_half_way_takes_in_the_rest(dispatcher: Actor, pack: Pack, monkeypatch: Any) -> None:
    monkeypatch.setattr(importer, "CHUNK", 1)
    reading = read_file(FILE.encode(), pack)
    done = 0

    def stop(count: int) -> None:
        nonlocal done
        done += count
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(reading.messages.ready, actor=dispatcher, pack=pack, defaults=reading.defaults, progress=stop)
    assert Case.objects.count() == 2
    rest = take_in(reading.messages.ready, actor=dispatcher, pack=pack, defaults=reading.defaults)
    assert (len(rest.already), len(rest.opened)) == (2, 1)


def test_what_the_door_refuses_is_told_by_row(dispatcher: Actor, pack: Pack, monkeypatch: Any) -> None:
    reading = read_file(FILE.encode(), pack)
    real = importer.open_many

    def refuse_second(commands: Any) -> Any:
        verdicts = real(commands)
        verdicts[1] = type(verdicts[1])(error=CaseError("nein"))
        return verdicts

    monkeypatch.setattr(importer, "open_many", refuse_second)
    outcome = take_in(reading.messages.ready, actor=dispatcher, pack=pack, defaults=reading.defaults)
    assert [(fault.line, fault.say) for fault in outcome.faults] == [(3, "nein")]


def test_the_same_table_from_somebody_else_adds_nothing(dispatcher: Actor, pack: Pack, county: County) -> None:
    run(dispatcher, pack)
    again = run(county.actor("authority_dispatcher"), pack)
    assert again.opened == {}
    assert sorted(again.already) == [2, 3, 6]
    assert Case.objects.count() == 3
    other = run(
        county.actor("authority_dispatcher"), pack, FILE.replace("坏了两个星期", "坏了三个星期")
    )  # control: another message
    assert sorted(other.opened) == [2]


def test_a_file_without_a_kind_needs_one_for_all_rows(dispatcher: Actor, pack: Pack) -> None:
    text = "内容\n村口的路灯坏了两个星期。\n"
    missing = run(dispatcher, pack, text)
    assert missing.opened == {}
    assert [fault.line for fault in missing.faults] == [2]
    assert len(run(dispatcher, pack, text, kind="complaint").opened) == 1
    assert Case.objects.get().channel == "import"
    with pytest.raises(FileRefused):
        run(dispatcher, pack, text, kind="shouting")


def test_a_post_without_the_duty_opens_nothing(county: County, pack: Pack) -> None:
    outcome = run(county.actor("police"), pack)
    assert outcome.opened == {}
    assert Case.objects.count() == 0


def test_the_area_column_knows_codes_names_and_whole_paths(dispatcher: Actor, pack: Pack) -> None:
    rows = [("东岭镇", True), (EAST, True), ("第1网格", False), ("西天", False)]
    text = "内容,类型,区域\n" + "".join(f"第{n}件事情的内容。,投诉,{word}\n" for n, (word, _) in enumerate(rows))
    outcome = run(dispatcher, pack, text)
    assert [line in outcome.opened for line in range(2, 6)] == [right for _, right in rows]


def test_real_messages_read_whole(dispatcher: Actor, pack: Pack, shared_data: Any) -> None:
    file = shared_data / "messages" / "residents_messages.xlsx"
    reading = read_file(file.read_bytes(), pack, kind="complaint")
    assert len(reading.messages.ready) == 4326
    assert reading.messages.faults == ()
