"""Facts: each type takes what a form or JSON can honestly mean and refuses the rest by name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.rules.procedure.decide import Refusal, check_facts, word_ref
from bihuan.rules.procedure.facts import event_facts
from bihuan.rules.procedure.shape import Need
from bihuan.rules.terms import Span, Where
from tests.bihuan.rules.story import OCTOBER_2026, UNITS, WATER, on

NOW = on("2026-10-12 10:00")


def check(need: Need, value: Any) -> Any:
    """The kept value, or the code and message id of the refusal."""
    cleaned = check_facts({"it": need}, {"it": value}, NOW, OCTOBER_2026, UNITS)
    return cleaned if isinstance(cleaned, Refusal) else cleaned.get("it")


def need(kind: Any, **more: Any) -> Need:
    return Need(type=kind, title="那个", **more)


@pytest.mark.parametrize(
    ("asked", "given_", "kept"),
    [
        (need("text"), "  路灯\r\n不亮 ", "路灯\n不亮"),
        (need("text"), "𠀀字", "𠀀字"),
        (need("choice", of=("a", "b")), "b", "b"),
        (need("choices", of=("a", "b")), ["b", "a", "b"], ["b", "a"]),
        (need("choices", of=("a", "b")), "a", ["a"]),
        (need("int"), "42", 42),
        (need("int", min=1), 1, 1),
        (need("bool"), "on", True),
        (need("bool"), False, False),
        (need("money"), "30000.50", 3_000_050),
        (need("money"), 7, 700),
        (need("date"), "2026-11-01", "2026-11-01"),
        (need("date"), date(2026, 11, 1), "2026-11-01"),
        (need("date", past=True), "2026-10-12", "2026-10-12"),
        (need("instant", past=True), "2026-10-12T10:00", "2026-10-12T10:00:00+08:00"),
        (need("instant"), "2026-10-13T09:30", "2026-10-13T09:30:00+08:00"),
        (need("instant"), "2026-10-13T01:30:00Z", "2026-10-13T09:30:00+08:00"),
        (need("instant"), datetime(2026, 10, 13, 9, 30), "2026-10-13T09:30:00+08:00"),
        (need("unit", of=("office",)), str(WATER), WATER),
        (need("units", of=("water", "roads"), min=1), [3, 4, 3], [3, 4]),
        (need("area"), "990001001001", "990001001001"),
        (need("file"), "f-2026.1", "f-2026.1"),
        (need("files"), ["a", "b"], ["a", "b"]),
        (need("person"), 12, 12),
        (need("case"), "12", 12),
        (need("post", of=("officer",)), "officer", "officer"),
        (need("route", of=("court",)), "court", "court"),
        (need("text", optional=True), "   ", None),
        (need("units", optional=True), [], None),
        (need("bool"), "0", False),
    ],
)
def test_taken(asked: Need, given_: Any, kept: Any) -> None:
    assert check(asked, given_) == kept


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (need("text"), ""),
        (need("text"), None),
        (need("text"), 5),
        (need("text"), "a\x00b"),
        (need("text"), "a\ud800b"),
        (need("text"), "a\x1bb"),
        (need("text", min=3), " ab "),
        (need("text", max=3), "abcd"),
        (need("text"), "x" * 20_001),
        (need("choice", of=("a",)), "c"),
        (need("choice", of=("a",)), ["a"]),
        (need("choices", of=("a", "b"), min=2), ["a", "a"]),
        (need("choices", of=("a", "b"), max=1), ["a", "b"]),
        (need("int"), "4.0"),
        (need("int"), 4.0),
        (need("int"), True),
        (need("int"), "4" * 30),
        (need("int"), "٤"),
        (need("int", min=1), 0),
        (need("int", max=9), 10),
        (need("bool"), "maybe"),
        (need("bool"), 2),
        (need("money"), "1.005"),
        (need("money"), "NaN"),
        (need("money"), "1e400"),
        (need("money"), "1e999999"),
        (need("money"), "1e999999999999"),
        (need("money"), 1.5),
        (need("date"), "2026-13-01"),
        (need("date"), "2026-1-1"),
        (need("date"), "20261001"),
        (need("date"), 20261001),
        (need("date"), "2026-W40-1"),
        (need("date"), "9999-12-31"),
        (need("date", future=True), "2026-10-12"),
        (need("date", past=True), "2026-10-13"),
        (need("instant", past=True), "2026-10-12T10:01"),
        (need("date", latest=Span(30, "calendar_day")), "2026-11-12"),
        (need("date", latest=Span(1, "month")), "2026-11-13"),
        (need("date", latest=Span(5, "working_day")), "2026-10-20"),
        (need("instant"), "2026-10-13"),
        (need("instant"), "0001-01-01T00:00"),
        (need("instant", future=True), "2026-10-12T10:00"),
        (need("instant", latest=Span(2, "hour")), "2026-10-12T12:01"),
        (need("unit"), 99),
        (need("unit", of=("office",)), 5),
        (need("units", max=8), list(range(1, 500))),
        (need("area"), "某县"),
        (need("file"), "../etc/passwd"),
        (need("person"), "张三"),
        (need("case"), 0),
        (need("post", of=("officer",)), "leader"),
        (need("route", of=("court",)), "street"),
    ],
)
def test_refused(asked: Need, value: Any) -> None:
    refusal = check(asked, value)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == ("bad_fact", "it")
    assert refusal.say == refusal.msgid % refusal.params
    assert "那个" in refusal.say


@pytest.mark.parametrize(
    ("span", "last"),
    [(Span(30, "calendar_day"), "2026-11-11"), (Span(1, "month"), "2026-11-12"), (Span(5, "working_day"), "2026-10-19")],
)
def test_the_latest_day_itself_is_allowed(span: Span, last: str) -> None:
    assert check(need("date", latest=span), last) == last


def test_what_is_asked_only_under_a_condition() -> None:
    needs = {
        "words": Need(type="text", when=Where((("outcome", ("reached",)),)), optional=True),
        "solved": Need(type="choice", of=("yes", "no"), when=Where((("outcome", ("reached",)),))),
        "outcome": Need(type="choice", of=("reached", "not_reached")),
    }

    def answer(**facts: Any) -> Any:
        outcome = check_facts(needs, facts, NOW, OCTOBER_2026)
        return outcome.field if isinstance(outcome, Refusal) else outcome

    assert answer(outcome="not_reached", solved="", words=None) == {"outcome": "not_reached"}
    assert answer(outcome="reached", solved="yes") == {"outcome": "reached", "solved": "yes"}
    assert answer(outcome="reached") == "solved"
    assert answer(outcome="not_reached", solved="yes") == "solved"


def test_events_carry_references_instead_of_words() -> None:
    needs = {"note": Need(type="text", sets="title"), "urgency": Need(type="choice", of=("high",), sets="level")}
    facts = event_facts(needs, {"note": "家里漏水", "urgency": "high"}, word_ref)
    assert facts == {"note": word_ref("家里漏水"), "urgency": "high", "level": "high"}
    assert word_ref("家里漏水").startswith("w:")
    assert len(word_ref("家里漏水")) == 18
    assert event_facts(needs, {"note": "家里漏水"}, lambda _: "w:keyed") == {"note": "w:keyed"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
KINDS = (
    "text", "choice", "choices", "int", "bool", "date", "instant", "money", "unit", "units", "post", "area", "file", "files",
    "person", "case", "route",
)  # fmt: skip


@settings(deadline=None, max_examples=600)
@given(kind=st.sampled_from(KINDS), value=values, optional=st.booleans(), future=st.booleans())
def test_nothing_that_anybody_sends_breaks_it(kind: Any, value: Any, optional: bool, future: bool) -> None:
    outcome = check(Need(type=kind, of=("a",), optional=optional, future=future, latest=Span(1, "month")), value)
    assert outcome is None or isinstance(outcome, Refusal | str | int | bool | list)
