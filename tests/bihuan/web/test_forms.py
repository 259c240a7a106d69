"""Forms out of what an act needs: facts read back, what cannot be read said beside its field, conditions of the pack."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.utils import translation

from bihuan.rules.procedure.shape import Need
from bihuan.rules.terms import Where
from bihuan.web import forms

ZONE = "Asia/Shanghai"
NEEDS = {
    "outcome": Need(type="choice", of=("reached", "not_reached")),
    "solved": Need(type="bool", when=Where(facts=(("outcome", ("reached",)),))),
    "why": Need(type="text", min=2, max=5, optional=True),
    "office": Need(type="unit", optional=True),
    "offices": Need(type="units", optional=True),
    "days": Need(type="int", optional=True),
    "until": Need(type="date", optional=True),
    "by": Need(type="instant", optional=True),
    "photo": Need(type="file", optional=True),
}


@pytest.fixture(autouse=True)
def _chinese():  # type: ignore[no-untyped-def]
    with translation.override("zh-hans"):
        yield


def posted(text: str) -> QueryDict:
    return QueryDict(text)


def test_facts_have_their_types() -> None:
    given = "f-outcome=reached&f-solved=no&f-why=a%0D%0Ab&f-office=&f-office=12&f-offices=3&f-offices=4&f-days=5"
    reading = forms.read(posted(given + "&f-until=2026-10-12&f-by=2026-10-12T09:30"), NEEDS, ZONE)
    assert reading.errors == {}
    assert reading.facts == {
        "outcome": "reached", "solved": False, "why": "a\nb", "office": 12, "offices": [3, 4], "days": 5,
        "until": "2026-10-12", "by": "2026-10-12T09:30:00+08:00",
    }  # fmt: skip


def test_what_is_not_asked_in_this_case_is_not_sent() -> None:
    reading = forms.read(posted("f-outcome=not_reached&f-solved=yes"), NEEDS, ZONE)
    assert reading.errors == {}
    assert reading.facts == {"outcome": "not_reached"}
    assert forms.read(posted("f-outcome=reached"), NEEDS, ZONE).errors == {"solved": "请选择。"}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("f-days=five", "days"), ("f-days=9999999999999", "days"), ("f-until=2026-02-30", "until"), ("f-by=now", "by"),
        ("f-office=x", "office"), ("f-offices=1&f-offices=x", "offices"), ("f-why=a%00b", "why"), ("f-why=%ED%A0%80%01", "why"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_kept(given: str, name: str) -> None:
    reading = forms.read(posted(f"f-outcome=not_reached&{given}"), NEEDS, ZONE)
    assert list(reading.errors) == [name]
    assert reading.typed[name]
    assert name not in reading.facts


def test_a_fact_that_is_not_asked_for_is_not_read() -> None:
    assert forms.read(posted("f-outcome=not_reached&f-state=archived&state=archived"), NEEDS, ZONE).facts == {
        "outcome": "not_reached"
    }


def test_days_have_a_row_each_and_the_first_may_come_round() -> None:
    needs = {"due": Need(type="dates"), "later": Need(type="dates", optional=True)}
    reading = forms.read(posted("f-due=2026-09-01&f-due=&f-due=2026-10-15"), needs, ZONE)
    assert (reading.facts, reading.errors) == ({"due": ["2026-09-01", "2026-10-15"]}, {})
    assert reading.typed["due"].shown == ["2026-09-01", "2026-10-15"]
    again = forms.read(posted("f-due=2026-09-01&f-due=2027-01-05&f-due-every=yearly&f-due-times=3"), needs, ZONE)
    assert again.facts == {"due": ["2026-09-01", "2027-09-01", "2028-09-01", "2027-01-05"]}
    assert forms.read(posted("f-due=&f-due="), needs, ZONE).errors == {"due": "请选择。"}


@pytest.mark.parametrize("more", ["f-due=2026-02-30", "f-due-every=yearly", "f-due-times=3", "f-due-every=weekly&f-due-times=3"])
def test_days_that_cannot_be_read_are_said_and_every_row_is_kept(more: str) -> None:
    reading = forms.read(posted(f"f-due=2026-09-01&{more}"), {"due": Need(type="dates")}, ZONE)
    assert list(reading.errors) == ["due"]
    assert reading.facts == {}
    assert reading.typed["due"].rows[0] == "2026-09-01"
    assert len([*reading.typed["due"].shown, *reading.typed["due"].further]) == 12
