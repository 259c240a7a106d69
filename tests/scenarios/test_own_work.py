"""Nobody approves their own work, whichever of their posts they sit in: it is the person that counts."""

from __future__ import annotations

import pytest

from bihuan.access.actors import Actor, actor_for
from bihuan.cases.errors import Refused
from bihuan.people.models import Account
from bihuan.people.selectors import posts_of
from bihuan.people.services import PostRow, give_posts
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.county import UNITS, Person, World

ANSWER = {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}


def also(person: Person, post: str, unit: str) -> Actor:
    """The same person in a second post."""
    login = Account.objects.get(pk=person.actor.account).username
    give_posts([PostRow(username=login, key=post, unit_key=UNITS[unit])])
    second = next(one for one in posts_of(person.actor.account) if one.key == post and one.unit_name)
    return actor_for(second.id)


def assigned_by(world: World, dispatcher: Actor) -> int:
    case_id = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1).case_id
    act(dispatcher, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, case_id, "acknowledge")
    return case_id


def test_who_drafted_does_not_sign(world: World) -> None:
    """An officer stands in for the leader: the leader's other drafts yes, their own never."""
    officer = world.people["officer@housing"]
    as_leader = also(officer, "office_leader", "housing")
    case_id = assigned_by(world, world.people["dispatcher@centre"].actor)
    act(officer.actor, case_id, "draft_answer", ANSWER)
    with pytest.raises(Refused) as refused:
        act(as_leader, case_id, "sign_off")
    assert "拟答复的人不能自己签发" in refused.value.say
    assert act(world.people["office_leader@housing"].actor, case_id, "sign_off").state == "checking"


def test_who_drafted_does_not_check_in_the_centre(world: World) -> None:
    """An officer lent to the centre checks others' work, not what they drafted in their office."""
    officer = world.people["officer@housing"]
    as_checker = also(officer, "checker", "centre")
    case_id = assigned_by(world, world.people["dispatcher@centre"].actor)
    act(officer.actor, case_id, "draft_answer", ANSWER)
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    for action, given in (("pass", {}), ("send_back", {"reason": "fake_closure", "note": "现场看灯还是不亮"})):
        with pytest.raises(Refused):
            act(as_checker, case_id, action, given)
    assert act(world.people["checker@centre"].actor, case_id, "pass").state == "followup"


def test_who_assigned_or_passed_does_not_follow_up(world: World) -> None:
    dispatcher, checker = world.people["dispatcher@centre"], world.people["checker@centre"]
    case_id = assigned_by(world, dispatcher.actor)
    act(world.people["officer@housing"].actor, case_id, "draft_answer", ANSWER)
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    act(checker.actor, case_id, "pass")
    reached = {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}
    for person in (dispatcher, checker):
        with pytest.raises(Refused) as refused:
            act(also(person, "followup_caller", "centre"), case_id, "follow_up", reached)
        assert "经办过本事项的人不能回访" in refused.value.say
    assert act(world.people["followup_caller@centre"].actor, case_id, "follow_up", reached).state == "archived"
