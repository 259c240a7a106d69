"""The same request again gives the same answer and no second effect; with other facts it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases.errors import Conflict, NotFound, Refused, RequestReused
from bihuan.cases.models import Case
from bihuan.cases.opening import prepared
from bihuan.cases.services import open_case, perform
from bihuan.cases.shapes import ContactIn, OpenCommand
from bihuan.ledger.models import Entry, Request
from bihuan.vault.keys import Keys
from tests.factories.matters import EAST_A, STEPS, County, act, brought_to, facts, opened


def test_a_clerk_presses_twice(county: County, clock: Any) -> None:
    clerk = county.actor("clerk")
    asked = {
        "actor": clerk, "facts": facts(), "request_id": "one", "area_code": EAST_A, "contact": ContactIn(phone="13800000000"),
    }  # fmt: skip
    first = open_case(**asked)
    clock.advance(timedelta(hours=1))
    again = open_case(**asked)
    assert (again.case_id, again.number, again.tracking_code) == (first.case_id, first.number, first.tracking_code)
    assert (first.replayed, again.replayed) == (False, True)
    assert Case.objects.count() == 1
    assert Entry.objects.filter(stream__startswith="case:").count() == 1
    for other in ({"facts": facts(title="另一盏路灯坏了")}, {"contact": ContactIn()}, {"area_code": ""}):
        with pytest.raises(RequestReused):
            open_case(**{**asked, **other})
    assert not any(first.tracking_code.replace("-", "") in row.answer for row in Request.objects.all())


def test_nothing_can_be_guessed_from_the_digest_of_a_request(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has the database and not the key, and knows all but the phone, cannot try every phone."""
    asked = {"facts": facts(), "area_code": EAST_A, "contact": ContactIn(phone="13800000000")}
    open_case(actor=county.actor("clerk"), request_id="one", **asked)
    monkeypatch.setattr("bihuan.vault.sealing.keys", lambda: Keys({}, 1, b"another key"))
    guess = OpenCommand(actor=county.actor("clerk"), request_id="one", **asked)
    request = prepared(guess).request
    assert request is not None
    assert request.digest != Request.objects.get(request_id="one").digest


def test_the_id_is_the_clerks_own(county: County) -> None:
    clerk, dispatcher = county.actor("clerk"), county.actor("dispatcher")
    mine = open_case(actor=clerk, facts=facts(), request_id="one", area_code=EAST_A)
    yours = open_case(actor=dispatcher, facts=facts(), request_id="one", area_code=EAST_A)
    assert mine.case_id != yours.case_id
    assert not yours.replayed


def test_an_act_sent_again_is_answered_though_it_could_not_be_done_again(county: County) -> None:
    case_id = brought_to(county, "accepted")
    dispatcher = county.actor("dispatcher")
    given = {"office": county.units["housing"], "basis": "城市照明职责"}
    asked = {"actor": dispatcher, "case_id": case_id, "action": "assign", "facts": given, "seen": 2, "request_id": "assign-1"}
    first = perform(**asked)
    again = perform(**asked)
    assert (again.version, again.state, again.replayed) == (first.version, "assigned", True)
    act(county.actor("liaison"), case_id, "acknowledge")
    assert perform(**asked).replayed
    with pytest.raises(RequestReused):
        perform(**{**asked, "facts": {**given, "basis": "别的理由写在这里"}})
    with pytest.raises(RequestReused):
        perform(**{**asked, "action": "accept"})
    with pytest.raises(Refused):
        perform(**{**asked, "request_id": "assign-2", "seen": None})


def test_a_refused_request_may_be_mended_and_sent_again(county: County) -> None:
    case_id = brought_to(county, "accepted")
    asked = {"actor": county.actor("dispatcher"), "case_id": case_id, "action": "assign", "request_id": "assign-1"}
    with pytest.raises(Refused):
        perform(**asked, facts={"office": county.units["housing"], "basis": "短"})
    done = perform(**asked, facts={"office": county.units["housing"], "basis": "城市照明职责"})
    assert not done.replayed


def test_two_residents_may_happen_on_the_same_id(county: County) -> None:
    first, second = (brought_to(county, "passed") for _ in range(2))
    for case_id in (first, second):
        done = perform(
            actor=resident_actor(case_id),
            case_id=case_id,
            action="rate",
            facts={"solved": "yes", "satisfied": "fair"},
            request_id="rate",
        )
        assert not done.replayed
    with pytest.raises(NotFound):
        act(resident_actor(first), second, "rate", {"solved": "yes", "satisfied": "fair"})


def test_somebody_was_faster_and_the_other_reads_what_changed(county: County, clock: Any) -> None:
    case_id = opened(county.actor("clerk")).case_id
    dispatcher = county.actor("dispatcher")
    act(dispatcher, case_id, "accept", STEPS["accepted"][2], seen=1)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(Conflict) as conflict:
        act(dispatcher, case_id, "decline", {"route": "x", "reason": "不属于受理范围的事项，请走其他渠道"}, seen=1)
    (changed,) = conflict.value.changed
    assert (changed.kind, changed.state, changed.who) == ("accepted", "to_assign", "周dispatcher")
    assert changed.unit_name == "县社会治理中心"
    assert conflict.value.version == 2
    assert Entry.objects.filter(stream=f"case:{case_id}").count() == 2


def test_residents_read_which_office_was_faster_never_which_person(county: County) -> None:
    case_id = brought_to(county, "passed")
    with pytest.raises(Conflict) as conflict:
        act(resident_actor(case_id), case_id, "rate", {"solved": "yes", "satisfied": "fair"}, seen=3)
    assert {(changed.who, changed.account) for changed in conflict.value.changed} == {("", 0)}


def test_work_beside_the_main_line_is_no_conflict(county: County) -> None:
    case_id = brought_to(county, "handling")
    officer = county.actor("officer")
    ask = {"why": "court_pending", "until": "2026-10-15", "note": "等待法院的裁定。"}
    seen = act(officer, case_id, "suspend", ask).version
    act(officer, case_id, "progress", {"note": "已派人到现场查看。"}, seen=seen)
    act(county.actor("head"), case_id, "refuse_suspend", thread="ask_suspend", seen=seen)
    act(officer, case_id, "progress", {"note": "已派人再到现场查看。"}, seen=seen + 1)


def test_time_never_runs_backwards_inside_a_case(county: County, clock: Any) -> None:
    case_id = opened(county.actor("clerk")).case_id
    clock.advance(timedelta(hours=-3))
    act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2])
    first, second = Entry.objects.filter(stream=f"case:{case_id}").order_by("seq").values_list("at", flat=True)
    assert second >= first
    with pytest.raises(Refused):
        opened(county.actor("clerk"), at=clock() + timedelta(minutes=1))
