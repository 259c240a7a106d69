"""Scope: area and holders, and avoidance above both."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bihuan.rules.scope import NOTHING, SENTENCES, Duty, Scope, Subject, covers

TOWNSHIP = Scope(area_codes=("990001001",), units=(5,), chain=(5, 2, 1), account=77)
codes = st.sampled_from(["990001", "990001001", "990001002", "990001001001", "990001001001001"])
scopes = st.builds(
    Scope,
    area_codes=st.lists(codes, max_size=2).map(tuple),
    units=st.lists(st.integers(0, 6), max_size=2).map(tuple),
    chain=st.lists(st.integers(1, 6), max_size=3).map(tuple),
    account=st.integers(0, 3),
    everything=st.booleans(),
)
subjects = st.builds(
    Subject,
    area_code=codes | st.just(""),
    holder_units=st.lists(st.integers(0, 6), max_size=3).map(tuple),
    about_unit=st.integers(0, 6),
    about_account=st.integers(0, 3),
)


def test_an_area_is_seen_whole_and_nothing_beside_it() -> None:
    assert covers(TOWNSHIP, Subject(area_code="990001001001001"))
    assert covers(TOWNSHIP, Subject(area_code="990001001"))
    assert not covers(TOWNSHIP, Subject(area_code="990001002"))
    assert not covers(TOWNSHIP, Subject(area_code="990001"))
    assert not covers(TOWNSHIP, Subject())


def test_a_unit_sees_what_it_holds_or_held_wherever_it_lies() -> None:
    assert covers(TOWNSHIP, Subject(area_code="990001002", holder_units=(9, 5)))
    assert not covers(TOWNSHIP, Subject(area_code="990001002", holder_units=(9,)))
    assert not covers(Scope(units=(0,)), Subject(holder_units=(0,)))


def test_what_is_about_a_unit_is_hidden_from_it_and_from_everyone_below() -> None:
    about_county = Subject(area_code="990001001001", about_unit=2)
    assert not covers(TOWNSHIP, about_county)
    assert not covers(replace(TOWNSHIP, everything=True), about_county)
    assert covers(TOWNSHIP, Subject(area_code="990001001001", about_unit=6))  # a unit beside or below


def test_what_is_about_a_person_is_hidden_from_that_person() -> None:
    assert not covers(TOWNSHIP, Subject(area_code="990001001", about_account=77))
    assert covers(Scope(area_codes=("99",)), Subject(area_code="990001001", about_account=0))


def test_an_empty_scope_sees_nothing_and_an_empty_code_is_no_area() -> None:
    assert not covers(NOTHING, Subject(area_code="990001"))
    assert not covers(Scope(area_codes=("",)), Subject(area_code="990001"))


@given(scope=scopes, subject=subjects)
def test_avoidance_stands_above_everything(scope: Scope, subject: Subject) -> None:
    if subject.about_unit in scope.chain or (subject.about_account and subject.about_account == scope.account):
        assert not covers(scope, subject)
        assert not covers(replace(scope, everything=True), subject)


@given(scope=scopes, subject=subjects, more=codes)
def test_a_wider_scope_never_sees_less(scope: Scope, subject: Subject, more: str) -> None:
    if covers(scope, subject):
        assert covers(replace(scope, area_codes=(*scope.area_codes, more)), subject)
        assert covers(replace(scope, everything=True), subject)


def test_every_duty_is_named_room_thing_verb_and_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Duty)
    for duty in Duty:
        assert len(duty.value.split(":")) == 3
        assert duty.sentence.endswith(".")
    assert len(set(SENTENCES.values())) == len(Duty)
