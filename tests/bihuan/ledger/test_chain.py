"""The canonical form: the same bytes whatever the database, the zone or the order in which facts were named."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.ledger.chain import canonical_facts, entry_hash, instant_text, read_facts

FACTS = st.dictionaries(
    st.text(max_size=12),
    st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.lists(st.text(), max_size=3)),
    max_size=5,
)


@given(FACTS)
def test_facts_come_back_and_do_not_depend_on_their_order(facts: dict[str, object]) -> None:
    text = canonical_facts(facts)
    assert read_facts(text) == facts
    assert canonical_facts(dict(reversed(list(facts.items())))) == text


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14))
def test_an_instant_has_one_text(at: datetime, hours: int) -> None:
    text = instant_text(at)
    assert len(text) == len("2026-10-12T02:00:00.000000+00:00")
    if at.year not in (1, 9999):
        assert instant_text(at.astimezone(timezone(timedelta(hours=hours)))) == text


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        instant_text(datetime(2026, 10, 12))


def test_the_form_is_fixed() -> None:
    """A change of this value would make every ledger in the field look altered."""
    at, prev, facts = "2026-10-12T02:00:00.000000+00:00", b"\x01" * 32, '{"basis":"职责清单","office":9}'
    assert canonical_facts({"office": 9, "basis": "职责清单"}) == facts
    digest = entry_hash("case:17", 2, "assigned", "main", at, 5, 6, "dispatcher", "staff", "430624100", facts, prev)
    said = [1, "case:17", 2, "assigned", "main", at, 5, 6, "dispatcher", "staff", "430624100", prev.hex()]
    plainly = json.dumps(said, separators=(",", ":")) + facts
    assert digest == hashlib.sha256(plainly.encode()).digest()
    assert digest.hex().startswith("60d895ea8035da44")


@given(st.integers(0, 10))
def test_every_part_counts(which: int) -> None:
    parts: list[object] = ["s", 1, "k", "t", "a", 1, 1, "p", "d", "area", "{}", b"prev"]
    before = entry_hash(*parts)  # type: ignore[arg-type]
    parts[which] = parts[which] + 1 if isinstance(parts[which], int) else f"{parts[which]}x"
    assert entry_hash(*parts) != before  # type: ignore[arg-type]
