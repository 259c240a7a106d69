"""Sessions: one statement, rotation, idle and absolute limits, ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from bihuan.access import sessions
from bihuan.access.actors import actor_for
from bihuan.access.models import Session
from bihuan.access.signin import actor_in, end_sessions_of, go_on, sign_in, sign_out, switch_post
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.services import PostRow, end_post, give_post, set_active
from tests.factories.organisation import EAST_A, PASSWORD, County

pytestmark = pytest.mark.django_db


def signed_in(name: str = "clerk") -> str:
    return sign_in(identifier=name, password=PASSWORD, address="203.0.113.7").token


@pytest.fixture
def second_post(county: County) -> int:
    """The window clerk is a village clerk too."""
    return give_post(PostRow(username="clerk", key="village_clerk", unit_key=f"village_unit@{EAST_A}"))


def test_one_statement_says_who_asks_in_which_post(county: County) -> None:
    token = signed_in()
    actor_in(sessions.load(token))
    with counted() as count:
        session = sessions.load(token)
        actor = actor_in(session)
    assert len(count) == 1, count
    assert (actor.post, actor.unit, actor.area_code) == ("window_clerk", county.units["centre"], "990101")
    assert not actor.seats
    assert actor.org_stamp


def test_only_a_digest_of_the_token_is_kept(county: County) -> None:
    token = signed_in()
    assert token not in repr(list(Session.objects.values_list()))
    assert sessions.load(Session.objects.get().token_hash) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "\0", "é𠀀"])
def test_a_made_up_token_is_nobody(county: County, token: str) -> None:
    signed_in()
    assert sessions.load(token) is None


def test_a_session_ends_when_nobody_asks_for_an_hour(county: County, clock) -> None:
    token = signed_in()
    for _ in range(5):
        clock.advance(timedelta(minutes=50))
        assert sessions.load(token)
    clock.advance(timedelta(minutes=61))
    assert sessions.load(token) is None


def test_a_session_ends_after_twelve_hours_whatever_happens(county: County, clock) -> None:
    token = signed_in()
    for _ in range(14):
        clock.advance(timedelta(minutes=50))
        assert sessions.load(token)
    clock.advance(timedelta(minutes=21))
    assert sessions.load(token) is None
    assert sessions.sweep() == 1


def test_the_last_request_is_written_once_a_minute(county: County, clock) -> None:
    token = signed_in()
    clock.advance(timedelta(seconds=61))
    with counted() as count:
        sessions.load(token)
        sessions.load(token)
    assert len(count) == 3


def test_people_may_read_on_where_the_use_of_a_session_cannot_be_noted(county: County, clock, monkeypatch) -> None:
    token = signed_in()
    clock.advance(timedelta(minutes=2))

    def full(*_args: object, **_facts: object) -> int:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(QuerySet, "update", full)
    assert sessions.load(token) is not None
    with pytest.raises(OperationalError):
        sessions.keep(sessions.load(token), {})  # the control: what must be kept is not passed over


def test_switching_the_post_gives_a_new_token_and_kills_the_old(county: County, second_post: int) -> None:
    token = signed_in()
    session = sessions.load(token)
    assert len(actor_in(session).seats) == 2
    outcome = switch_post(session, second_post)
    assert outcome.kind == "in"
    assert sessions.load(token) is None
    assert actor_in(sessions.load(outcome.token)).post == "village_clerk"
    assert Entry.objects.filter(kind="post_switched").count() == 1


def test_what_is_about_any_of_ones_units_stays_out_of_sight_in_every_post(county: County, second_post: int) -> None:
    """The units of the other post, and those above them, are avoided too; in the session's one statement."""
    give_post(PostRow(username="clerk", key="officer", unit_key="housing"))
    session = sessions.load(signed_in())
    with counted() as count:
        chain = actor_in(session).scope.chain
    assert len(count) == 0
    assert chain[0] == county.units["centre"], "the post of the session comes first"
    assert {county.units["housing"], county.units[f"village_unit@{EAST_A}"]} <= set(chain)
    assert set(actor_for(second_post).scope.chain) == set(chain), "read by its number, the post knows the same"


def test_a_post_of_another_time_is_no_seat(county: County, clock) -> None:
    """One that has ended, and one that begins tomorrow: neither in the switch nor in what is avoided."""
    for day, key, unit in ((date(2026, 10, 13), "officer", "housing"), (None, "officer", "water")):
        post = give_post(PostRow(username="clerk", key=key, unit_key=unit), valid_from=day)
        if day is None:
            end_post(post, last_day=date(2026, 10, 11))
    actor = actor_in(sessions.load(signed_in()))
    assert actor.seats == ()
    assert not {county.units["housing"], county.units["water"]} & set(actor.scope.chain)
    clock.advance(timedelta(days=1))
    assert [seat.post for seat in actor_in(sessions.load(signed_in())).seats] == ["window_clerk", "officer"]


def test_when_the_time_of_a_post_is_over_the_session_goes_on_in_another(county: County, second_post: int) -> None:
    session = sessions.load(switch_post(sessions.load(signed_in()), second_post).token)
    assert go_on(session).kind == "unknown_post", "while the post runs nothing changes"
    end_post(second_post, last_day=date(2020, 1, 1))
    outcome = go_on(session)
    assert outcome.kind == "in"
    assert actor_in(sessions.load(outcome.token)).post == "window_clerk"
    end_post(county.posts["clerk"], last_day=date(2020, 1, 1))
    assert go_on(sessions.load(outcome.token)).kind == "no_post"
    assert sessions.load(outcome.token) is None


def test_nobody_switches_to_a_post_of_another_or_one_that_ended(county: County, second_post: int) -> None:
    token = signed_in()
    end_post(second_post, last_day=date(2020, 1, 1))
    for post in (county.posts["dispatcher"], second_post, 0):
        assert switch_post(sessions.load(token), post).kind == "unknown_post"
    assert sessions.load(token)


def test_the_end_of_a_post_or_account_ends_its_sessions(county: County, clock) -> None:
    token = signed_in()
    end_post(county.posts["clerk"], last_day=date(2026, 10, 12))
    assert actor_in(sessions.load(token))
    clock.advance(timedelta(minutes=30))
    end_post(county.posts["clerk"], last_day=date(2026, 10, 11))
    assert actor_in(sessions.load(token)) is None
    other = signed_in("admin")
    set_active(county.accounts["admin"], active=False)
    assert sessions.load(other) is None


def test_signing_out_ends_the_session_on_the_server(county: County) -> None:
    token = signed_in()
    sign_out(sessions.load(token))
    assert sessions.load(token) is None
    assert Entry.objects.filter(kind="signed_out").count() == 1


def test_a_security_administrator_ends_all_sessions_of_an_account(county: County) -> None:
    tokens = [signed_in(), signed_in()]
    assert end_sessions_of(county.accounts["clerk"], by=county.actor("admin")) == 2
    assert not any(sessions.load(token) for token in tokens)
