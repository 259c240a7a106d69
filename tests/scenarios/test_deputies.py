"""Leave and deputies (A/B 角): the deputy acts in the other's post, every act says for whom, and nothing is loosened by it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bihuan.access import sessions
from bihuan.access.actors import Actor, actor_for
from bihuan.access.signin import actor_in, go_on, switch_post
from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.waiting import vacant
from bihuan.desk.timeline import timeline
from bihuan.ledger.models import Entry
from bihuan.people import selectors as people
from bihuan.people.errors import NotLawful, Overtaken, PostsApart
from bihuan.people.services import end_leave, end_post, enter_leave, name_second, posts_apart
from bihuan.web.speech import speech
from tests.factories.matters import act, category, opened, shipped_pack
from tests.factories.organisation import GRID_1
from tests.matrix.county import Person, World

TODAY = date(2026, 10, 12)
ANSWER = {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}


def away(person: Person, deputy: Person, *, first: date = TODAY, days: int = 3, by: Actor | None = None) -> int:
    return enter_leave(
        person.actor.account,
        first_day=first,
        last_day=first + timedelta(days=days - 1),
        deputies={person.actor.post_id: deputy.actor.account},
        today=TODAY,
        apart=posts_apart(shipped_pack()),
        by=(by or person.actor).doer(),
    )


def as_deputy(deputy: Person, person: Person) -> Actor:
    """The deputy after changing to the other's post, through their session as in the header of every page."""
    session = sessions.load(deputy.token)
    assert session is not None
    seat = next(one for one in actor_in(session).seats if one.instead_of_name == person.actor.name)  # type: ignore[union-attr]
    switched = sessions.load(switch_post(session, seat.post_id).token)
    assert switched is not None
    actor = actor_in(switched)
    assert actor is not None
    return actor


def drafted(world: World, drafter: Actor) -> int:
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1).case_id
    act(
        world.people["dispatcher@centre"].actor,
        case_id,
        "accept",
        {"category": category(), "weight": "ordinary", "urgency": "normal"},
    )
    act(world.people["dispatcher@centre"].actor, case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, case_id, "acknowledge")
    act(drafter, case_id, "draft_answer", ANSWER)
    return case_id


def test_while_the_leader_is_away_the_deputy_signs_and_the_timeline_says_for_whom(world: World) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    case_id = drafted(world, world.people["officer@housing"].actor)
    assert case_id not in [line.case_id for line in cases.my_work(liaison.actor).lines]
    away(leader, liaison)
    acting = as_deputy(liaison, leader)
    assert (acting.account, acting.instead_of) == (liaison.actor.account, leader.actor.account)
    assert case_id in [line.case_id for line in cases.my_work(acting).lines], "the work of the other's post"
    assert act(acting, case_id, "sign_off").state == "checking"
    page = cases.case_page(world.people["dispatcher@centre"].actor, case_id)
    signed = next(entry for entry in timeline(page, speech(), {}) if entry.act.startswith(("签发", "sign", "已签发", "分管领导")))
    assert f"（代{leader.actor.name}）" in signed.who or f"(for {leader.actor.name})" in signed.who
    assert liaison.actor.name in signed.who
    entry = Entry.objects.filter(stream=f"case:{case_id}").order_by("-seq")[0]
    assert (entry.account, entry.facts["instead_of"]) == (liaison.actor.account, leader.actor.account)


def test_in_another_s_post_nobody_signs_their_own_draft(world: World) -> None:
    """It is the person at the desk that counts: the officer's own draft waits for somebody else."""
    leader, officer = world.people["office_leader@housing"], world.people["officer@housing"]
    case_id = drafted(world, officer.actor)
    away(leader, officer)
    with pytest.raises(Refused) as refused:
        act(as_deputy(officer, leader), case_id, "sign_off")
    assert "拟答复的人不能自己签发" in refused.value.say


def test_what_is_about_the_one_who_is_away_stays_hidden_from_the_deputy(world: World) -> None:
    """Avoidance holds for both: about the absent dispatcher, about the deputy, and about the deputy's own unit."""
    dispatcher, clerk = world.people["dispatcher@west"], world.people["grid_leader@west grid"]
    about = {
        who: opened(
            world.people["window_clerk@centre"].actor, area_code=GRID_1, about_account=world.people[who].actor.account
        ).case_id
        for who in ("dispatcher@centre", "officer@water")
    }
    plain = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1).case_id
    of_water = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_unit=world.units["water"]).case_id
    away(world.people["dispatcher@centre"], world.people["officer@water"], by=dispatcher.actor)
    acting = as_deputy(world.people["officer@water"], world.people["dispatcher@centre"])
    assert cases.case_page(acting, plain)
    for hidden in (*about.values(), of_water):
        with pytest.raises(NotFound):
            cases.case_page(acting, hidden)
    listed = {line.case_id for line in cases.case_list(acting).lines}
    assert plain in listed
    assert not {*about.values(), of_water} & listed
    assert cases.case_page(world.people["dispatcher@centre"].actor, of_water), "the control: in the post itself it is in sight"
    assert clerk.actor.scope.instead_of == 0


def test_back_earlier_the_deputy_is_out_at_once_and_goes_on_in_an_own_post(world: World) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    leave = away(leader, liaison)
    session = sessions.load(liaison.token)
    assert session is not None
    stand_in = next(one for one in people.posts_of(liaison.actor.account) if one.instead_of)
    token = switch_post(session, stand_in.id).token
    end_leave(leave, last_day=TODAY - timedelta(days=1), by=leader.actor.doer())
    over = sessions.load(token)
    assert over is not None
    assert actor_in(over) is None
    renewed = sessions.load(go_on(over).token)
    assert renewed is not None
    back = actor_in(renewed)
    assert back is not None
    assert (back.post, back.instead_of, back.seats) == ("liaison", 0, ())
    with pytest.raises(Overtaken):
        end_leave(leave, last_day=TODAY - timedelta(days=1))


def test_the_deputy_s_days_are_the_leave_s_days(world: World, clock: Any) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    away(leader, liaison, first=TODAY + timedelta(days=1), days=2)
    seen = []
    for _ in range(4):
        seen.append(len([one for one in people.posts_of(liaison.actor.account, clock().date()) if one.instead_of]))
        clock.advance(timedelta(days=1))
    assert seen == [0, 1, 1, 0]


def test_who_may_not_be_a_deputy(world: World) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    with pytest.raises(NotLawful):
        away(leader, leader)
    away(liaison, world.people["officer@housing"])
    with pytest.raises(NotLawful):
        away(leader, liaison)
    away(leader, world.people["officer@housing"])
    with pytest.raises(Overtaken):
        away(leader, world.people["officer@housing"])


def test_three_administrators_stay_three_while_one_is_away(world: World) -> None:
    """The auditor does not stand in for the security administrator: leave does not join what is kept apart."""
    with pytest.raises(PostsApart):
        away(world.people["security_admin@centre"], world.people["auditor@centre"])
    away(world.people["security_admin@centre"], world.people["checker@centre"])


def test_a_post_whose_holder_is_away_without_a_deputy_is_named_while_matters_wait_there(world: World) -> None:
    leader = world.people["office_leader@housing"]
    drafted(world, world.people["officer@housing"].actor)
    assert vacant(TODAY) == []
    leave = enter_leave(leader.actor.account, first_day=TODAY, last_day=TODAY, deputies={}, today=TODAY)
    assert [(one.unit, one.post, one.waiting) for one in vacant(TODAY)] == [(world.units["housing"], "office_leader", 1)]
    end_leave(leave, last_day=TODAY - timedelta(days=1))
    away(leader, world.people["officer@housing"])
    assert vacant(TODAY) == []


def test_when_the_post_ends_the_standing_in_ends_with_it(world: World) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    away(leader, liaison, days=30)
    end_post(leader.actor.post_id, last_day=TODAY)
    assert [one.valid_to for one in people.posts_of(liaison.actor.account) if one.instead_of] == [TODAY]


def test_the_second_is_a_person_of_their_own(world: World) -> None:
    leader, liaison = world.people["office_leader@housing"], world.people["liaison@housing"]
    name_second(leader.actor.post_id, liaison.actor.account)
    with pytest.raises(NotLawful):
        name_second(leader.actor.post_id, leader.actor.account)
    assert actor_for(leader.actor.post_id).seats == (), "being named gives nothing before the holder is away"
