"""Somebody changes their job: one act hands the post over, nothing is left with nobody, two administrators do not collide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from bihuan.access import sessions
from bihuan.access.actors import actor_for
from bihuan.access.signin import actor_in
from bihuan.cases import selectors as cases
from bihuan.cases.errors import Refused
from bihuan.cases.waiting import out_of_reach, vacant, waiting_for
from bihuan.ledger.models import Entry
from bihuan.people import selectors as people
from bihuan.people.errors import NotLawful, Overtaken, PeopleError, PostsApart
from bihuan.people.models import Post
from bihuan.people.services import (
    Handover,
    ShiftRow,
    add_shifts,
    end_account,
    enter_leave,
    hand_over,
    name_second,
    posts_apart,
)
from tests.factories.matters import act, found_matters, shipped_pack
from tests.factories.organisation import County
from tests.matrix.county import Person, World
from tests.scenarios.test_deputies import drafted

TODAY = date(2026, 10, 12)
ZONE = ZoneInfo("Asia/Shanghai")


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1)


def handed(person: Person, successor: Person | None, *, last_day: date = TODAY, by: Person | None = None, **more: Any) -> int:
    order = Handover(
        post=person.actor.post_id,
        successor=successor.actor.account if successor else 0,
        last_day=last_day,
        seen_to=None,
        **more,
    )
    apart = posts_apart(shipped_pack())
    doer = (by or person).actor.doer()
    return hand_over(order, today=TODAY, ends_at=end_of(last_day), apart=apart, by=doer).post


def test_what_waits_for_the_post_is_the_successor_s_from_the_next_day(world: World, clock) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    admin = world.people["security_admin@centre"]
    case_id = drafted(world, world.people["officer@housing"].actor)
    assert waiting_for(world.units["housing"], "office_leader") == 1
    post = handed(leader, liaison, by=admin, next_unit=world.units["water"], next_key="office_leader")
    assert actor_in(sessions.load(leader.token)), "the last day is worked to its end"
    clock.advance(timedelta(days=1))
    late = sessions.open_session(account=leader.actor.account, post=leader.actor.post_id, stage=sessions.IN)
    assert actor_in(sessions.load(late)) is None
    assert [one.key for one in people.posts_of(leader.actor.account, clock().astimezone(ZONE).date())] == ["office_leader"]
    successor = actor_for(post)
    assert [line.case_id for line in cases.my_work(successor).lines] == [case_id]
    assert act(successor, case_id, "sign_off").state == "checking"
    entry = Entry.objects.get(kind="post_handed_over")
    assert entry.facts["account"] == leader.actor.account
    assert entry.facts["successor"] == liaison.actor.account
    assert vacant(TODAY + timedelta(days=1)) == []


def test_what_the_successor_drafted_is_named_before_it_waits_for_nobody(world: World) -> None:
    """The officer becomes the leader: their own draft must be signed by somebody else, and the page says so beforehand."""
    leader, officer = world.people["office_leader@housing"], world.people["officer@housing"]
    case_id = drafted(world, officer.actor)
    unit = world.units["housing"]
    before = leader.actor.account
    assert out_of_reach(unit, "office_leader", before=before, after=world.people["liaison@housing"].actor.account) == 0
    assert out_of_reach(unit, "office_leader", before=before, after=officer.actor.account) == 1
    with pytest.raises(Refused):
        act(actor_for(handed(leader, officer, by=world.people["security_admin@centre"])), case_id, "sign_off")


def test_without_a_successor_the_post_is_named_as_empty(world: World) -> None:
    drafted(world, world.people["officer@housing"].actor)
    handed(world.people["office_leader@housing"], None, by=world.people["security_admin@centre"])
    assert vacant(TODAY) == []
    assert [(one.post, one.waiting) for one in vacant(TODAY + timedelta(days=1))] == [("office_leader", 1)]


def test_turns_of_the_roster_and_standing_in_move_with_the_job(world: World) -> None:
    leader, liaison, officer = (world.people[f"{post}@housing"] for post in ("office_leader", "liaison", "officer"))
    unit = world.units["housing"]
    night = datetime(2026, 10, 20, 17, 30, tzinfo=ZONE)
    add_shifts(unit, [ShiftRow(account=leader.actor.account, starts_at=night, ends_at=night + timedelta(hours=16), leads=True)])
    name_second(officer.actor.post_id, leader.actor.account)
    enter_leave(
        officer.actor.account, first_day=TODAY, last_day=TODAY + timedelta(days=9),
        deputies={officer.actor.post_id: leader.actor.account}, today=TODAY,
    )  # fmt: skip
    handed(leader, liaison, by=world.people["security_admin@centre"])
    assert [one.account for one in people.on_duty(unit, night)] == [liaison.actor.account]
    assert [one.valid_to for one in people.posts_of(leader.actor.account) if one.instead_of] == [TODAY]
    assert Post.objects.get(pk=officer.actor.post_id).second_id == liaison.actor.account


def test_nobody_hands_a_post_to_themselves_and_administrators_stay_apart(world: World) -> None:
    leader, admin = world.people["office_leader@housing"], world.people["security_admin@centre"]
    with pytest.raises(NotLawful):
        handed(leader, admin, by=admin)
    with pytest.raises(NotLawful):
        handed(leader, leader, by=admin)
    with pytest.raises(PostsApart):
        handed(world.people["auditor@centre"], world.people["system_admin@centre"], by=admin)
    with pytest.raises(NotLawful):
        end_account(admin.actor.account, last_day=TODAY, by=admin.actor.doer())
    assert people.posts_of(leader.actor.account, TODAY + timedelta(days=1)), "refused: nothing was ended"


def test_ending_an_account_ends_its_posts_and_sessions_at_once(world: World) -> None:
    leader = world.people["office_leader@housing"]
    assert end_account(leader.actor.account, last_day=TODAY, by=world.people["security_admin@centre"].actor.doer()) == 1
    assert sessions.load(leader.token) is None
    with pytest.raises(Overtaken):
        end_account(leader.actor.account, last_day=TODAY)


# -- two administrators at once ----------------------------------------------------------------------------------------


def both_at_once(*acts: Callable[[], object]) -> list[object]:
    """Run these in threads that start together; what each gave, or the error it ended with."""
    gate, answers = Barrier(len(acts)), [None] * len(acts)  # type: tuple[Barrier, list[object]]

    def run(number: int) -> None:
        gate.wait()
        try:
            answers[number] = acts[number]()
        except PeopleError as error:
            answers[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def county(transactional_db: None) -> County:
    return found_matters()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_two_administrators_hand_the_same_post_over(county: County, round_: int) -> None:
    """One wins; the other is told. Exactly one successor, and none without a trace."""

    def order(successor: str) -> Callable[[], object]:
        wanted = Handover(post=county.posts["leader"], successor=county.accounts[successor], last_day=TODAY, seen_to=None)
        return lambda: hand_over(wanted, today=TODAY, ends_at=end_of(TODAY))

    answers = both_at_once(order("officer"), order("liaison"))
    assert sorted(isinstance(answer, Overtaken) for answer in answers) == [False, True]
    holders = people.holders_of(county.units["housing"], "office_leader", TODAY + timedelta(days=1))
    assert len(holders) == 1
    assert Entry.objects.filter(kind="post_handed_over").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_one_ends_the_account_while_the_other_hands_over(county: County, round_: int) -> None:
    """Whichever comes first: the post is over afterwards, and nobody has been given it twice or by halves."""
    wanted = Handover(post=county.posts["leader"], successor=county.accounts["officer"], last_day=TODAY, seen_to=None)
    answers = both_at_once(
        lambda: hand_over(wanted, today=TODAY, ends_at=end_of(TODAY)),
        lambda: end_account(county.accounts["leader"], last_day=TODAY),
    )
    handed_over, ended = answers
    assert not isinstance(ended, PeopleError), "ending an account does not depend on its posts"
    tomorrow = people.holders_of(county.units["housing"], "office_leader", TODAY + timedelta(days=1))
    assert [one.account for one in tomorrow] == ([] if isinstance(handed_over, Overtaken) else [county.accounts["officer"]])
    assert people.posts_of(county.accounts["leader"], TODAY + timedelta(days=1)) == []


@pytest.mark.django_db(transaction=True)
def test_two_enter_a_leave_of_the_same_days(county: County) -> None:
    def leave(deputy: str) -> Callable[[], object]:
        return lambda: enter_leave(
            county.accounts["leader"], first_day=TODAY, last_day=TODAY,
            deputies={county.posts["leader"]: county.accounts[deputy]}, today=TODAY,
        )  # fmt: skip

    answers = both_at_once(leave("officer"), leave("liaison"))
    assert sorted(isinstance(answer, Overtaken) for answer in answers) == [False, True]
    assert len([one for one in people.holders_of(county.units["housing"], "office_leader", TODAY) if one.instead_of]) == 1
