"""Versions stand side by side; an open case goes on under another one only by the recorded act, and its clocks follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import system_actor
from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.migrating import foresee, migrate
from bihuan.cases.models import Case, Clock, Mark
from bihuan.flows.worker import run_once
from bihuan.ledger.selectors import records
from bihuan.ledger.verify import verify
from bihuan.packs.shape import Pack
from bihuan.rulebook.services import publish
from tests.factories.matters import STEPS, County, act, brought_to, opened, shipped_pack
from tests.factories.versions import newer, with_limit, with_procedure, without_state


def _due(case_id: int, key: str = "resolve") -> Any:
    return Clock.objects.get(case_id=case_id, thread="main", key=key).due_at


@pytest.fixture
def shorter(county: County) -> Pack:
    """A version with five working days instead of seven, not yet published."""
    pack = shipped_pack()
    return newer(pack, **with_procedure(pack, lambda one: with_limit(one, "resolve", 5)))


def test_a_new_version_moves_no_case_that_began_before(county: County, shorter: Pack) -> None:
    case_id = brought_to(county, "handling")
    due = _due(case_id)
    publish(shorter)
    act(county.actor("officer"), case_id, "draft_answer", STEPS["drafted"][2])
    assert (Case.objects.get(pk=case_id).pack_digest, _due(case_id)) == (shipped_pack().digest, due)
    other = brought_to(county, "handling")
    assert Case.objects.get(pk=other).pack_digest == shorter.digest
    assert _due(other) < due
    assert run_once() is not None  # both versions at work, side by side


def test_the_act_is_recorded_and_the_clocks_are_reckoned_anew(county: County, shorter: Pack, clock: Any) -> None:
    case_id, closed = brought_to(county, "handling"), brought_to(county, "archived")
    due, was = _due(case_id), _due(closed)
    publish(shorter)
    clock.set(clock() + timedelta(hours=1))
    (seen,) = foresee(county.actor("admin"), shorter.digest)
    assert (seen.case_id, seen.goes, seen.late) == (case_id, True, ())
    shift = next(one for one in seen.shifts if one.clock == "resolve")
    done = migrate(county.actor("admin"), shorter.digest, reason="办结时限改为五个工作日，请打 13912345678")
    assert (done.moved, done.refused) == ((case_id,), ())
    assert _due(case_id) == shift.after < shift.before == due
    assert Case.objects.get(pk=case_id).pack_digest == shorter.digest
    assert (_due(closed), Case.objects.get(pk=closed).pack_digest) == (was, shipped_pack().digest)
    line = selectors.case_page(county.actor("dispatcher"), case_id).timeline[-1]
    assert (line.kind, "139****5678" in line.words[0].text) == ("migrated", True)
    assert [one.facts["cases"] for one in records(prefix="pack:") if one.kind == "cases_migrated"] == [1]
    assert migrate(county.actor("admin"), shorter.digest, reason="再来一次").moved == ()
    for step in ("drafted", "signed", "passed", "archived"):
        who, action, given = STEPS[step]
        act(county.actor(who), case_id, action, given)
    assert verify().ok


def test_a_limit_that_was_kept_stays_kept(county: County, clock: Any) -> None:
    """An office that was in time under the rules of the day does not turn late because they change."""
    pack = shipped_pack()
    case_id = opened(county.actor("clerk")).case_id
    clock.set(clock() + timedelta(hours=5))
    act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2])
    act(county.actor("dispatcher"), case_id, "assign", {"office": county.units["housing"], "basis": "城市照明职责"})
    kept = Clock.objects.values().get(case_id=case_id, key="dispatch")
    counted = set(Mark.objects.filter(case_id=case_id).values_list("seq", "key"))
    assert kept["stopped_at"] < kept["due_at"]
    tight = newer(pack, **with_procedure(pack, lambda one: with_limit(one, "dispatch", 0)))
    publish(tight)
    assert migrate(system_actor(), tight.digest, reason="改时限").moved == (case_id,)
    assert Clock.objects.values().get(case_id=case_id, key="dispatch") == kept
    assert set(Mark.objects.filter(case_id=case_id).values_list("seq", "key")) == counted
    run_once()
    act(county.actor("liaison"), case_id, "acknowledge", {})


def test_a_state_without_counterpart_holds_a_case_where_it_is(county: County) -> None:
    pack = shipped_pack()
    other = newer(pack, **with_procedure(pack, lambda one: without_state(one, "handling", "working")))
    stays, goes = brought_to(county, "handling"), brought_to(county, "assigned")
    publish(other)
    done = migrate(county.actor("admin"), other.digest, reason="改名")
    assert done.moved == (goes,)
    assert [(one.case_id, [(why.what, why.state) for why in one.obstacles]) for one in done.refused] == [
        (stays, [("state", "handling")])
    ]
    assert Case.objects.get(pk=stays).pack_digest == pack.digest
    act(county.actor("liaison"), goes, "acknowledge", {})
    assert selectors.case_page(county.actor("dispatcher"), goes).state == "working"


def test_twice_migrated_and_back_is_still_what_the_ledger_says(county: County, shorter: Pack, clock: Any) -> None:
    case_id = brought_to(county, "handling")
    due = _due(case_id)
    publish(shorter)
    migrate(system_actor(), shorter.digest, reason="试行")
    act(county.actor("officer"), case_id, "draft_answer", STEPS["drafted"][2])
    clock.set(clock() + timedelta(days=1))
    assert migrate(system_actor(), shipped_pack().digest, reason="恢复").moved == (case_id,)
    assert _due(case_id) == due
    act(county.actor("leader"), case_id, "sign_off", {})


def test_a_matter_about_the_administrators_unit_is_neither_seen_nor_moved_by_him(county: County, shorter: Pack) -> None:
    about = opened(county.actor("clerk"), about_unit=county.units["centre"]).case_id
    plain = opened(county.actor("clerk")).case_id
    publish(shorter)
    assert [one.case_id for one in foresee(county.actor("admin"), shorter.digest)] == [plain]
    assert migrate(county.actor("admin"), shorter.digest, reason="改时限").moved == (plain,)
    assert migrate(system_actor(), shorter.digest, reason="改时限").moved == (about,)


def test_who_may_not_publish_may_not_migrate(county: County, shorter: Pack) -> None:
    brought_to(county, "handling")
    publish(shorter)
    for call in (lambda who: list(foresee(who, shorter.digest)), lambda who: migrate(who, shorter.digest, reason="改时限")):
        with pytest.raises(Refused):
            call(county.actor("dispatcher"))
    with pytest.raises(Refused):
        migrate(county.actor("admin"), shorter.digest, reason="  ")


def test_a_new_holder_in_the_new_version_holds_the_case(county: County) -> None:
    pack = shipped_pack()

    def held_by_the_head(procedure: Any) -> Any:
        states = tuple(
            replace(one, holder=replace(one.holder, post="centre_head")) if one.key == "to_assign" else one
            for one in procedure.states
        )
        return replace(procedure, states=states)

    other = newer(pack, **with_procedure(pack, held_by_the_head))
    case_id = brought_to(county, "accepted")
    publish(other)
    assert migrate(system_actor(), other.digest, reason="由主任交办").moved == (case_id,)
    assert case_id in [line.case_id for line in selectors.my_work(county.actor("head")).lines]
