"""Entries are chained per stream, written with one statement, and read back as the events that they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from bihuan.config.statements import counted
from bihuan.ledger import selectors, services
from bihuan.ledger.chain import GENESIS
from bihuan.ledger.errors import OutOfOrder
from bihuan.ledger.models import Entry
from bihuan.ledger.services import Head, NewEntry, append, of_event, record
from bihuan.rules.events import Event
from bihuan.rules.terms import SYSTEM, Doer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 12, 2, 0, 0, 5, tzinfo=UTC)
CLERK = Doer(kind="staff", account=3, unit=4, post="window_clerk")


def entry(stream: str, kind: str = "registered", **more: Any) -> NewEntry:
    return NewEntry(stream=stream, kind=kind, at=AT, by=CLERK, **more)


def test_many_streams_are_one_insert_and_each_its_own_chain() -> None:
    with counted() as count:
        first = append([entry("case:1"), entry("case:2"), entry("case:1", "accepted")])
    assert len(count) == 1, count
    assert [(one.stream, one.seq) for one in first] == [("case:1", 1), ("case:2", 1), ("case:1", 2)]
    rows = {(row.stream, row.seq): row for row in Entry.objects.all()}
    assert bytes(rows["case:1", 1].prev) == b""
    assert bytes(rows["case:1", 2].prev) == bytes(rows["case:1", 1].hash) == first[0].hash
    assert [one.id for one in first] == [rows[one.stream, one.seq].pk for one in first]


def test_events_come_back_with_their_head_in_one_select() -> None:
    event = Event(seq=1, kind="registered", at=AT, by=CLERK, facts={"channel": "phone", "n": 3, "list": ["a"], "no": None})
    later = Event(seq=2, kind="limit_passed", at=AT + timedelta(days=1), by=SYSTEM, thread="ask:plan", facts={})
    append([of_event("case:9", event, area="430624100001"), of_event("case:9", later)])
    with counted() as count:
        events, head = selectors.stream_events("case:9")
    assert len(count) == 1
    assert events == [event, later]
    assert head == selectors.head_of("case:9")
    assert head.seq == 2
    assert selectors.streams_events(["case:9", "case:10"]) == {"case:9": (events, head)}


def test_a_stream_never_written_is_empty() -> None:
    assert selectors.stream_events("case:404") == ([], GENESIS)
    assert append([]) == []


def test_a_head_carries_the_chain_on() -> None:
    append([entry("case:1")])
    _, head = selectors.stream_events("case:1")
    (done,) = append([entry("case:1", "accepted", seq=2)], heads={"case:1": head})
    assert done.seq == 2
    assert bytes(Entry.objects.get(pk=done.id).prev) == head.hash


def test_an_event_decided_on_an_older_reading_is_refused() -> None:
    append([entry("case:1")])
    with pytest.raises(OutOfOrder):
        append([entry("case:1", seq=3)], heads={"case:1": selectors.head_of("case:1")})


def test_two_entries_never_take_one_place() -> None:
    append([entry("case:1")])
    with pytest.raises(IntegrityError), transaction.atomic():
        append([entry("case:1")])


def test_thousands_of_rows() -> None:
    done = append([entry(f"case:{number}") for number in range(4500)])
    assert len({one.id for one in done}) == Entry.objects.count() == 4500
    assert [one.stream for one in sorted(done)] == [f"case:{number}" for number in range(4500)]


def test_records_stand_outside_cases() -> None:
    append([entry("case:1")])
    with counted() as count:
        looked = record("look:3", "looked", by=CLERK, facts={"case": 1}, at=AT)
    assert len(count) == 1, count
    record("look:3", "looked", by=CLERK, facts={"case": 2}, at=AT)
    record("sign_in:3", "signed_in", by=CLERK, at=AT)
    assert [line.kind for line in selectors.records()] == ["signed_in", "looked", "looked"]
    assert [line.facts for line in selectors.records(prefix="look:")] == [{"case": 2}, {"case": 1}]
    assert [line.id for line in selectors.records(prefix="look:3", before=looked.id + 1)] == [looked.id]
    assert [line.seq for line in selectors.entries(stream="look:3", kinds=["looked"])] == [1, 2]
    assert len(selectors.entries(after=looked.id)) == 2


def test_awkward_facts_are_kept_as_they_are() -> None:
    facts = {"b": "𠀀\u202e\u0000'\"%s", "a": ["x", "y"], "c": 2**53, "ä": True}
    record("export:1", "exported", facts=facts, at=AT)
    assert selectors.stream_events("export:1")[0][0].facts == facts
    assert Entry.objects.get(stream="export:1").facts == facts


def test_a_lone_surrogate_is_refused_before_it_reaches_the_database() -> None:
    with pytest.raises(UnicodeEncodeError):
        record("export:1", "exported", facts={"a": "\ud800"}, at=AT)


def test_heads_name_places_that_are_used() -> None:
    assert Head(0, b"") == GENESIS


def test_an_entry_outside_a_case_is_one_statement_chained_as_every_other() -> None:
    """The database reads the head and hashes after it: the same bytes as ours, whatever the facts hold."""
    facts: dict[str, Any] = {"reason": "核对“电话”\\ 𠀀 \x01\u2028 %s {} ", "n": 3, "none": None}
    with counted() as count:
        first = record("look:3", "contact_seen", by=CLERK, facts=facts, area="430624", at=AT)
        second = record("look:3", "contact_seen", by=CLERK, at=AT + timedelta(seconds=1))
    assert len(count) == 2, count
    rows = list(Entry.objects.filter(stream="look:3").order_by("seq"))
    assert [(row.pk, bytes(row.hash)) for row in rows] == [(first.id, first.hash), (second.id, second.hash)]
    assert (bytes(rows[0].prev), bytes(rows[1].prev)) == (b"", first.hash)
    assert [line.computed for line in selectors.hashes(["look:3"])["look:3"]] == [first.hash, second.hash]


def test_an_entry_hashed_in_another_form_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a database that puts the text together otherwise."""
    otherwise = services._NEXT[connection.vendor].replace("0) + 1)", "0) + 2)")
    monkeypatch.setitem(services._NEXT, connection.vendor, otherwise)
    with pytest.raises(OutOfOrder), transaction.atomic():
        record("look:3", "contact_seen", by=CLERK, at=AT)
    assert not Entry.objects.exists()
