"""What ``./dev bench`` measures on must be what the product itself would have written; its floors must write the same rows."""

from __future__ import annotations

import pytest
from django.db import connection

from bench import history, work
from bench.bare import Bare, captured
from bench.place import founded
from bihuan.cases.models import Case, Clock, Thread, Words
from bihuan.cases.rebuilding import differences
from bihuan.cases.services import open_case
from bihuan.cases.shapes import MAIN
from bihuan.cases.words_kept import altered
from bihuan.ledger.models import Entry
from bihuan.ledger.verify import verify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_history_verifies_and_the_floor_writes_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filled cases are as the door writes them: chain, index, words; a replayed intake adds the same rows as the intake."""
    monkeypatch.setattr(history, "PROTOTYPES", 16)
    monkeypatch.setattr(history, "OPEN", 24)
    place = founded()
    assert history.fill_history(place, 60) == 60
    assert history.fill_history(place, 80) == 20
    assert Case.objects.count() == 80
    assert Thread.objects.filter(name=MAIN, open=True).count() == 24
    assert len(set(Thread.objects.filter(open=True).values_list("state", flat=True))) >= 5
    report = verify()
    assert report.ok, report.faults
    assert differences(limit=100)[0] == []
    assert not list(altered())

    def intake(mark: str) -> None:
        facts = {"title": "路灯坏了", "what": history.WHAT, "kind": "complaint", "channel": "phone"}
        clerk = place.actor("window_clerk")
        open_case(actor=clerk, facts=facts, contact=work.CONTACT, area_code=place.areas["grid"][0], request_id=mark)

    tables = (Case, Thread, Clock, Words, Entry)
    intake("warm")
    before = [model.objects.count() for model in tables]
    with captured() as call:
        intake("captured")
    once = [model.objects.count() - n for model, n in zip(tables, before, strict=True)]
    connection.close()
    bare = Bare()
    try:
        replay = bare.writes(call)
        replay()
        replay()
    finally:
        bare.close()
    thrice = [model.objects.count() - n for model, n in zip(tables, before, strict=True)]
    assert thrice == [3 * n for n in once]
    assert all(once)


def test_the_sample_is_repeated_to_the_number_of_real_messages() -> None:
    """Without the real messages as many rows of the sample, each with a number of its own."""
    rows = work.repeated(work.SAMPLE.read_text("utf-8-sig")).decode().splitlines()
    assert len(rows) == work.REAL + 1
    assert len({row.partition(",")[0] for row in rows}) == len(rows)
