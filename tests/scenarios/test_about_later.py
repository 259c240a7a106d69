"""It turns out later whom a matter is about: from that moment they and everybody below lose sight of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import Actor
from bihuan.cases import search, selectors
from bihuan.cases.counts import open_main
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case, Thread
from bihuan.cases.search_index import index_waiting
from bihuan.cases.services import open_many
from bihuan.cases.shapes import CaseFilter, OpenCommand
from bihuan.ledger import clock as product_clock
from tests.factories.matters import act, facts, opened, request_id
from tests.factories.organisation import COUNTY, GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.scenarios.test_avoidance import ANSWER, unseen
from tests.scenarios.test_levels import RETURN, assigned_to, centre_of, clock_of, held_by, page_of, wall, who

WHY = {"reason": "群众来电说明反映的正是该单位的人。"}


def handled_by_housing(world: World) -> int:
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "acknowledge")
    return case_id


def finds(actor: Actor, case_id: int) -> bool:
    """Whether the matter stands in any list, count or search of this actor."""
    index_waiting()
    counted = sum(one.n for one in open_main(actor, product_clock.now(), below=COUNTY))
    listed = {line.case_id for line in selectors.case_list(actor).lines}
    listed |= {line.case_id for line in selectors.case_list(actor, CaseFilter(is_open=True)).lines}
    listed |= {line.case_id for line in selectors.my_work(actor).lines}
    listed |= {line.case_id for line in search.find(actor, "路灯").lines}
    return case_id in listed or counted > 0


def test_the_office_had_it_in_its_hands_and_loses_sight_of_it(world: World, clock: Any) -> None:
    """The regression: an officer works on the matter when the resident says that it is about him and his office."""
    case_id = handled_by_housing(world)
    officer = who(world, "officer@housing")
    assert finds(officer, case_id)
    with pytest.raises(Refused):  # nobody says it of himself out of the way of his centre
        act(officer, case_id, "say_about", {"about_unit": world.units["water"], **WHY})
    clock.advance(timedelta(minutes=20))
    resolve = clock_of(page_of(world, case_id), "resolve").due_at
    act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_unit": world.units["housing"], **WHY})
    assert not finds(officer, case_id)
    unseen(world, case_id, "housing")
    page = page_of(world, case_id)
    assert held_by(world, case_id) == ("to_assign", "centre", "dispatcher")
    assert [entry.kind for entry in page.timeline][-2:] == ["about_said", "taken_back"]
    assert clock_of(page, "resolve").due_at == resolve
    assert (clock_of(page, "dispatch").started_at, clock_of(page, "dispatch").due_at) == (clock(), wall(13, 17, 30))
    with pytest.raises(Refused):
        act(who(world, "dispatcher@centre"), case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单"})
    form = caller(world.people["dispatcher@centre"]).get(f"/desk/case/{case_id}").content.decode()
    assert f'value="{world.units["housing"]}"' not in form.split("main/assign")[1].split("</form>")[0]
    act(who(world, "dispatcher@centre"), case_id, "assign", {"office": world.units["water"], "basis": "回避，由水利局办理"})
    act(who(world, "liaison@water"), case_id, "acknowledge")
    act(who(world, "officer@water"), case_id, "draft_answer", ANSWER)
    unseen(world, case_id, "housing")


def test_somebody_of_the_centre_itself(world: World) -> None:
    """It is about the checker: the centre and everything below it let go, the authority goes on, whoever said it too loses it."""
    case_id = handled_by_housing(world)
    act(who(world, "officer@housing"), case_id, "draft_answer", ANSWER)
    act(who(world, "office_leader@housing"), case_id, "sign_off")
    checker = who(world, "checker@centre")
    done = act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_post": str(checker.post_id), **WHY})
    assert done.state == "checking"
    assert (centre_of(world, case_id), held_by(world, case_id)) == ("authority", ("checking", "authority", "checker"))
    row = Case.objects.get(pk=case_id)
    assert (row.about_unit_id, row.about_account_id) == (world.units["centre"], checker.account)
    unseen(world, case_id, "centre", "east", "east village", "east police")
    assert act(who(world, "checker@authority"), case_id, "pass").state == "followup"
    assert held_by(world, case_id) == ("followup", "authority", "followup_caller")


def test_who_may_say_it(world: World) -> None:
    """The matter's own centre and the levels above it; not another centre that sees it too."""
    case_id = handled_by_housing(world)
    told = {"about_unit": world.units["housing"], **WHY}
    for name in ("dispatcher@east", "centre_head@east", "checker@centre", "liaison@housing", "office_leader@housing"):
        with pytest.raises(Refused):
            act(who(world, name), case_id, "say_about", told)
    with pytest.raises(Refused):
        act(who(world, "centre_head@centre"), case_id, "say_about", WHY)
    local = opened(who(world, "window_clerk@east"), area_code=GRID_1).case_id
    act(who(world, "dispatcher@centre"), local, "say_about", {"about_unit": world.units["east"], **WHY})
    assert (centre_of(world, local), held_by(world, local)[1]) == ("centre", "centre")
    unseen(world, local, "east", "east village", "east grid", "east police")


def test_a_village_that_has_it(world: World) -> None:
    case_id = opened(who(world, "village_clerk@east village"), area_code=GRID_1).case_id
    act(who(world, "dispatcher@east"), case_id, "say_about", {"about_unit": world.units["east village"], **WHY})
    assert (centre_of(world, case_id), held_by(world, case_id)) == ("east", ("registered", "east", "dispatcher"))
    unseen(world, case_id, "east village", "east grid")


def test_a_paused_matter_and_what_was_asked_for(world: World) -> None:
    """The pause of an office that must let go ends; its open request is asked no more; clocks run on."""
    case_id = handled_by_housing(world)
    ask = {"why": "court_pending", "until": "2026-10-16", "note": "等待法院的裁定。"}
    act(who(world, "officer@housing"), case_id, "suspend", ask)
    act(who(world, "centre_head@centre"), case_id, "grant_suspend", thread="ask_suspend")
    assert clock_of(page_of(world, case_id), "resolve").state == "paused"
    act(who(world, "centre_head@centre"), case_id, "say_about", {"about_unit": world.units["housing"], **WHY})
    page = page_of(world, case_id)
    assert (page.state, clock_of(page, "resolve").state) == ("to_assign", "running")


def test_a_co_office_that_it_is_about_is_out_of_it(world: World) -> None:
    """Water helps housing when it turns out to be about water: its own line ends, and the answer does not wait for it."""
    case_id = handled_by_housing(world)
    act(who(world, "dispatcher@centre"), case_id, "call_joint", {
        "co_offices": [world.units["water"]], "joint_by": "2026-10-15", "why": "请水利局配合查勘管线",
    })  # fmt: skip
    assert finds(who(world, "officer@water"), case_id)
    act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_unit": world.units["water"], **WHY})
    unseen(world, case_id, "water")
    line = Thread.objects.get(case_id=case_id, kind="joint")
    assert not line.open
    assert held_by(world, case_id) == ("handling", "housing", "officer")
    assert act(who(world, "officer@housing"), case_id, "draft_answer", ANSWER).state == "signing"


def test_rows_of_a_table_obey_too(world: World) -> None:
    """Imported without a word about whom it is about; said later, it is kept from them like any other."""
    commands = [
        OpenCommand(
            actor=who(world, "dispatcher@centre"), request_id=request_id(), facts=facts(channel="import"), area_code=GRID_1
        )
        for _ in range(2)
    ]
    cases = [verdict.done.case_id for verdict in open_many(commands) if verdict.done]
    act(who(world, "dispatcher@centre"), cases[0], "say_about", {"about_unit": world.units["east"], **WHY})
    for name in ("dispatcher@east", "village_clerk@east village", "liaison@east police"):
        actor = who(world, name)
        with pytest.raises(NotFound):
            selectors.case_page(actor, cases[0])
        assert cases[0] not in {line.case_id for line in selectors.case_list(actor).lines}
    assert cases[1] in {line.case_id for line in selectors.case_list(who(world, "dispatcher@east")).lines}  # the control


def test_what_is_kept_from_one_office_is_not_given_back_to_it_by_naming_another(world: World) -> None:
    """A second name must stand above the first; the head who did not say it, or the level above, corrects a wrong one."""
    case_id = handled_by_housing(world)
    act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_unit": world.units["housing"], **WHY})
    with pytest.raises(Refused):
        act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_unit": world.units["water"], **WHY})
    with pytest.raises(Refused):
        act(who(world, "dispatcher@centre"), case_id, "correct_about", {"about_unit": world.units["water"], **WHY})
    act(who(world, "centre_head@centre"), case_id, "correct_about", {"about_unit": world.units["water"], **WHY})
    unseen(world, case_id, "water")
    assert page_of(world, case_id, "officer@housing").case_id == case_id
    untouched = opened(who(world, "window_clerk@centre"), area_code=GRID_1).case_id
    with pytest.raises(Refused):
        act(who(world, "centre_head@centre"), untouched, "correct_about", {"about_unit": world.units["water"], **WHY})
    own = handled_by_housing(world)
    act(who(world, "centre_head@centre"), own, "say_about", {"about_unit": world.units["housing"], **WHY})
    with pytest.raises(Refused):  # who said it does not correct it
        act(who(world, "centre_head@centre"), own, "correct_about", {"about_unit": world.units["water"], **WHY})


def test_a_closed_matter_is_kept_from_them_too(world: World) -> None:
    case_id = opened(who(world, "window_clerk@centre"), area_code=GRID_1).case_id
    reason = {"route": "court", "reason": "此事正在法院审理，应通过诉讼解决。"}
    act(who(world, "dispatcher@centre"), case_id, "decline", reason)
    act(who(world, "centre_head@centre"), case_id, "say_about", {"about_unit": world.units["east"], **WHY})
    unseen(world, case_id, "east", "east village")


def test_a_ruling_is_made_anew_when_the_office_must_let_go(world: World) -> None:
    """Returned twice and ruled on: the office that was ruled turns out to be the one it is about, so the deputy rules again."""
    case_id = assigned_to(world, "centre", "housing")
    act(who(world, "liaison@housing"), case_id, "return_it", RETURN)
    act(who(world, "dispatcher@centre"), case_id, "rule", {"office": world.units["housing"], "basis": "三定方案第四条"})
    act(who(world, "dispatcher@centre"), case_id, "say_about", {"about_unit": world.units["housing"], **WHY})
    assert held_by(world, case_id)[0] == "to_assign"
    act(who(world, "dispatcher@centre"), case_id, "assign", {"office": world.units["water"], "basis": "回避后由水利局办理"})
    assert act(who(world, "liaison@water"), case_id, "acknowledge").state == "handling"
