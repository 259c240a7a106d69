"""The tables beside the ledger can be made again from it; a newly loaded year moves the limits of open cases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from bihuan.cases import selectors
from bihuan.cases.models import Clock, Thread, Words
from bihuan.cases.rebuilding import check_index, differences, rebuild
from bihuan.cases.words_kept import altered, erase_words
from bihuan.ledger.models import Entry
from bihuan.ledger.selectors import records
from bihuan.ledger.verify import verify
from bihuan.rulebook.services import load_calendar_year
from tests.factories.matters import STEPS, County, act, brought_to, opened

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_damaged_index_is_found_and_made_again(county: County, clock: Any) -> None:
    ids = [brought_to(county, step) for step in ("", *STEPS)]
    assert differences() == ([], ids[-1])
    Thread.objects.filter(case_id=ids[2]).update(due_at=None, state="archived")
    Clock.objects.filter(case_id=ids[3], key="resolve").update(due_at=clock())
    Clock.objects.filter(case_id=ids[4], key="answer").delete()
    found, _ = differences()
    assert {each.case_id for each in found} == {ids[2], ids[3], ids[4]}
    assert not check_index(ids[2])
    assert check_index(ids[2])
    assert rebuild(ids) > 0
    assert differences()[0] == []


def test_loading_the_year_moves_open_limits_only_and_is_recorded(county: County, clock: Any) -> None:
    clock.set(datetime(2026, 12, 24, 10, tzinfo=SHANGHAI))
    open_case, closed = opened(county.actor("clerk")).case_id, brought_to(county, "archived")
    before = {case_id: Clock.objects.get(case_id=case_id, key="resolve") for case_id in (open_case, closed)}
    assert before[open_case].provisional
    assert before[closed].provisional
    page = selectors.case_page(county.actor("dispatcher"), open_case)
    assert page.provisional
    off = [date(2027, 1, day) for day in (1, 4)]
    loaded = load_calendar_year(2027, off, [], source="通知", at=clock())
    assert loaded.moved["cases"] > 0
    after = {case_id: Clock.objects.get(case_id=case_id, key="resolve") for case_id in (open_case, closed)}
    assert not after[open_case].provisional
    assert after[open_case].due_at > before[open_case].due_at
    assert (after[closed].due_at, after[closed].provisional) == (before[closed].due_at, True)
    assert [line.kind for line in records(prefix="calendar")] == ["calendar_loaded"]
    assert not selectors.case_page(county.actor("dispatcher"), open_case).provisional


def test_erased_words_leave_the_ledger_whole(county: County, clock: Any) -> None:
    case = opened(county.actor("clerk"), what="路灯坏了，请打 13912345678", external_number="热线 王小明 7")
    act(county.actor("dispatcher"), case.case_id, "accept", STEPS["accepted"][2])
    assert erase_words(case.case_id, at=clock()) == 3
    assert erase_words(case.case_id, at=clock()) == 0
    page = selectors.case_page(county.actor("dispatcher"), case.case_id)
    assert (page.title, page.external_number) == ("", "")
    assert [(line.text, line.erased) for line in page.timeline[0].words] == [("", True)] * 3
    assert page.timeline[-1].kind == "words_erased"
    assert verify().ok
    assert list(altered()) == []
    assert differences()[0] == []
    act(county.actor("dispatcher"), case.case_id, "assign", {"office": county.units["housing"], "basis": "城市照明职责"})


def test_altered_words_are_found(county: County) -> None:
    case_id = opened(county.actor("clerk")).case_id
    original = Words.objects.get(case_id=case_id, name="what")
    Words.objects.filter(pk=original.pk).update(text="路灯没有坏，一切都好。")
    assert [(one.case_id, one.name) for one in altered()] == [(case_id, "what")]
    Words.objects.filter(pk=original.pk).update(text=original.text)


def test_entries_cannot_be_changed(county: County) -> None:
    opened(county.actor("clerk"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.update(kind="archived")


def test_what_stands_between_two_acts_is_the_reading_at_the_last(county: County, clock: Any) -> None:
    case_id = brought_to(county, "handling")
    clock.advance(timedelta(days=30))
    assert differences()[0] == []
    assert selectors.case_page(county.actor("dispatcher"), case_id).light == "over"
