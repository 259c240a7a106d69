"""The door under whatever people, residents, the worker and the clock may do in any order, on both databases.

A machine of random acts, lawful and not, by everybody on every case: what was offered is done, what was not is refused
with nothing written; of two at once with the same sight of a case one wins and the other is told what changed; and in the
end every case can still be brought to its end.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bihuan.access.actors import Actor, resident_actor
from bihuan.cases import counts, daily, selectors
from bihuan.cases.errors import CaseError, Conflict, NotFound, Refused, RequestReused
from bihuan.cases.models import Thread
from bihuan.cases.rebuilding import differences
from bihuan.cases.services import perform, split_off
from bihuan.cases.shapes import MAIN, Done
from bihuan.flows.worker import run_once
from bihuan.ledger.models import Entry
from bihuan.ledger.selectors import stream_events
from bihuan.reports.board import window
from bihuan.rulebook.selectors import calendar_for, current_pack
from bihuan.rules.procedure.view import Offer
from tests.bihuan.cases.lawful import lawful_facts, somebody_fits
from tests.bihuan.cases.sessions import at_once
from tests.factories.matters import CAST, EAST_A, GRID_1, WEST, County, found_matters, opened, request_id, shipped_pack

PEOPLE = tuple(name for name, *_ in CAST)
SEEDS = st.integers(0, 2**32)
EXAMPLES = int(os.environ.get("BIHUAN_EXAMPLES", "12"))
BEGINS = datetime(2026, 10, 12, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
MOST_CASES, MOST_TO_END = 6, 60


def version_of(case_id: int) -> int:
    """The number of entries of a case."""
    return Entry.objects.filter(stream=f"case:{case_id}").count()


def offered(actor: Actor, case_id: int) -> list[Offer]:
    """What the actor may do now without a guard in the way."""
    return [offer for offer in selectors.offers(actor, case_id) if not offer.refused and offer.action.pair is None]


class Door(RuleBasedStateMachine):
    """Everybody at one door."""

    county: County
    clock: Any
    latest: datetime = BEGINS

    @initialize()
    def begin(self) -> None:
        """Two matters have come in; everybody is in their post."""
        self.clock.set(BEGINS)
        self.cases: list[int] = []
        self.actors = {name: self.county.actor(name) for name in PEOPLE}
        self.done: list[tuple[dict[str, Any], Done]] = []
        for seed, who in enumerate(("clerk", "resident")):
            self.open(seed, who)

    def actor(self, name: str, case_id: int) -> Actor:
        """Somebody of the cast, or the resident of the case."""
        return self.actors.get(name) or resident_actor(case_id)

    @rule(seed=SEEDS, who=st.sampled_from(("clerk", "east_clerk", "village_clerk", "resident")))
    def another_comes_in(self, seed: int, who: str) -> None:
        """A matter comes in, perhaps about an office or a person."""
        if len(self.cases) < MOST_CASES:
            self.open(seed, who)

    def open(self, seed: int, who: str) -> None:
        """Open a case as chance has it."""
        random = Random(seed)
        about = random.choice(
            [{}, {}, {}, {"about_unit": "housing"}, {"about_unit": "centre"}, {"about_account": "east_dispatcher"}]
        )
        beside = {
            name: self.county.units[key] if name == "about_unit" else self.county.accounts[key] for name, key in about.items()
        }
        actor = self.actors.get(who) or Actor(kind="resident")
        area = random.choice((GRID_1, EAST_A, WEST, ""))
        urgency = random.choice(("normal", "normal", "urgent", "critical"))
        self.cases.append(opened(actor, area_code=area, urgency=urgency, **beside).case_id)

    def ready(self, case_id: int) -> list[tuple[Actor, Offer]]:
        """Everything that somebody may do on the case now."""
        threads = Thread.objects.filter(case_id=case_id, open=True)
        holders = set(threads.values_list("holder_unit", "holder_post"))
        able = [actor for actor in self.actors.values() if (actor.unit, actor.post) in holders or actor.post == "centre_head"]
        found = []
        for actor in (*able, resident_actor(case_id)):
            with suppress(NotFound):
                found += [(actor, offer) for offer in offered(actor, case_id)]
        return found

    @rule(seed=SEEDS, times=st.integers(1, 5))
    def act_as_offered(self, seed: int, times: int) -> None:
        """What is offered is done, by whoever saw the newest of it; mostly what the procedure waits for."""
        random = Random(seed)
        case_id = random.choice(self.cases)
        for _ in range(times):
            choices = self.ready(case_id)
            onward = [one for one in choices if one[1].action.primary]
            if choices:
                self.act(case_id, *random.choice(onward if onward and random.random() < 0.7 else choices), random)

    def act(self, case_id: int, actor: Actor, offer: Offer, random: Random) -> None:
        """Do what was offered."""
        before = version_of(case_id)
        asked = {
            "actor": actor, "case_id": case_id, "thread": offer.thread, "action": offer.action.key,
            "facts": lawful_facts(offer.action, self.county, self.clock(), random, actor, case_id), "request_id": request_id(),
            "seen": random.choice((before, before, None)),
        }  # fmt: skip
        try:
            done = perform(**asked)
        except Refused as error:  # only where the facts decide: an office that the matter is about
            refused = error
        else:
            assert done.version > before
            self.done.append((asked, done))
            return
        assert refused.code in ("guard", "bad_fact", "wrong_state"), refused  # wrong state: the office is called already
        assert version_of(case_id) == before

    @rule(seed=SEEDS, who=st.sampled_from((*PEOPLE, "resident")))
    def act_at_random(self, seed: int, who: str) -> None:
        """Any act of the procedure by anybody: done only if it was offered, and refused without a trace."""
        random = Random(seed)
        case_id = random.choice(self.cases)
        actor, before = self.actor(who, case_id), version_of(case_id)
        procedure = shipped_pack().procedures["matter"]
        threads = [MAIN, *Thread.objects.filter(case_id=case_id).values_list("name", flat=True)]
        thread = random.choice(threads)
        spec = next((spec for spec in procedure.threads if spec.key == thread), None)
        action = random.choice(spec.actions if spec else procedure.actions)
        try:
            allowed = {(offer.thread, offer.action.key) for offer in offered(actor, case_id)}
        except NotFound:
            allowed = set()
        try:
            perform(
                actor=actor, case_id=case_id, thread=thread, action=action.key, request_id=request_id(),
                facts=lawful_facts(action, self.county, self.clock(), random, actor),
            )  # fmt: skip
        except CaseError:
            assert version_of(case_id) == before
        else:
            assert (thread, action.key) in allowed

    @rule(seed=SEEDS, who=st.sampled_from(("dispatcher", "east_dispatcher", "west_dispatcher", "head", "officer")))
    def two_cases_in_one_act(self, seed: int, who: str) -> None:
        """Merged, linked, split off, taken back: both cases know of it, or nothing was written on either."""
        random = Random(seed)
        procedure = shipped_pack().procedures["matter"]
        action = random.choice([one for one in procedure.actions if one.pair])
        case_id, other = random.choice(self.cases), random.choice(self.cases)
        before = {number: version_of(number) for number in (case_id, other)}
        given = lawful_facts(action, self.county, self.clock(), random, self.actors[who])
        asked = {"actor": self.actors[who], "case_id": case_id, "request_id": request_id()}
        try:
            if action.key == "split_off":
                self.cases.append(split_off(facts={"title": "另一件事", "what": "还有一件事要说明。"}, **asked).case_id)
                before = {case_id: before[case_id], self.cases[-1]: 0}
            else:
                perform(action=action.key, facts=given, other=other, **asked)
        except CaseError:
            assert before == {number: version_of(number) for number in before}
        else:
            assert all(version_of(number) > known for number, known in before.items())

    @rule(seed=SEEDS, other=st.booleans())
    def send_again(self, seed: int, other: bool) -> None:
        """A request that was answered is answered again; with something else in it, never."""
        if not self.done:
            return
        asked, done = Random(seed).choice(self.done)
        before = version_of(done.case_id)
        if other:
            with pytest.raises(RequestReused):
                perform(**{**asked, "action": "accept" if asked["action"] != "accept" else "decline"})
        else:
            again = perform(**asked)
            assert (again.version, again.state, again.replayed) == (done.version, done.state, True)
        assert version_of(done.case_id) == before

    @rule(seed=SEEDS)
    def two_at_once(self, seed: int) -> None:
        """Two sessions with the same sight of the same thread: one wins, the other is told what changed."""
        random = Random(seed)
        case_id = random.choice(self.cases)
        ready = [(actor, offer) for actor, offer in self.ready(case_id) if offer.thread == MAIN]
        if not ready:
            return
        before = version_of(case_id)
        chosen = [random.choice(ready) for _ in range(2)]
        calls = [self._call(actor, case_id, offer, before, random) for actor, offer in chosen]
        first, second = sorted(at_once(*calls), key=lambda outcome: not isinstance(outcome, Done))
        if isinstance(first, Done):
            assert isinstance(second, Conflict | Refused | NotFound), second  # not found: the first one moved it elsewhere
            assert version_of(case_id) > before
            if isinstance(second, Conflict):
                assert second.changed[0].seq == before + 1
                assert second.version == version_of(case_id)
        else:
            assert all(isinstance(outcome, Refused) for outcome in (first, second)), (first, second)
            assert version_of(case_id) == before

    @rule(seed=SEEDS)
    def pressed_twice_at_once(self, seed: int) -> None:
        """The same request in two sessions at the same moment: one effect, one answer."""
        random = Random(seed)
        case_id = random.choice(self.cases)
        ready = self.ready(case_id)
        if not ready:
            return
        actor, offer = random.choice(ready)
        call = self._call(actor, case_id, offer, None, random)
        first, second = at_once(call, call)
        if isinstance(first, Done):
            assert isinstance(second, Done)
            assert (first.version, first.state) == (second.version, second.state)
            assert {first.replayed, second.replayed} == {True, False}
        else:
            assert isinstance(first, Refused)
            assert isinstance(second, Refused)

    def _call(self, actor: Actor, case_id: int, offer: Offer, seen: int | None, random: Random) -> Callable[[], Done]:
        given, identity = lawful_facts(offer.action, self.county, self.clock(), random, actor, case_id), request_id()

        def call() -> Done:
            return perform(
                actor=actor, case_id=case_id, thread=offer.thread, action=offer.action.key, facts=given, seen=seen,
                request_id=identity,
            )  # fmt: skip

        return call

    @rule(hours=st.integers(1, 24 * 9))
    def time_goes_by(self, hours: int) -> None:
        """Hours or days, and the worker comes round."""
        self.clock.advance(timedelta(hours=hours))
        run_once()
        assert not run_once(outbox=False)

    @invariant()
    def the_tables_say_what_the_ledger_says(self) -> None:
        """Rebuilt = stored, for the cases of this run."""
        if getattr(self, "cases", None):
            assert differences(after=self.cases[0] - 1, limit=len(self.cases) + 1)[0] == []

    def teardown(self) -> None:
        """Every case can be brought to its end by what is offered; then all counts are right."""
        for case_id in sorted(getattr(self, "cases", ()), key=self._goes_on_in_another):
            self._bring_to_its_end(case_id)
            events, _ = stream_events(f"case:{case_id}")
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert all(later.at >= earlier.at for earlier, later in pairwise(events))
        self._the_daily_sums_say_what_the_rows_say()

    def _the_daily_sums_say_what_the_rows_say(self) -> None:
        """As of the latest moment of all runs: the next run begins earlier, and what is kept goes by the clock."""
        last = type(self).latest = max(type(self).latest, self.clock())
        assert daily.stored(last) == daily.by_hand(last)
        head, calendar = self.county.actor("head"), calendar_for(current_pack())
        _, days = window(calendar, last)
        assert daily.recent(head, calendar, days, last) == (counts.limits_ended(head, days), counts.closed(head, days))

    def _goes_on_in_another(self, case_id: int) -> bool:
        return Thread.objects.get(case_id=case_id, name=MAIN).state == "merged"

    def _onward(self, case_id: int, main: Thread) -> list[tuple[Actor, Offer]]:
        """What the procedure waits for: of a thread beside the main one, of the holder, else of the head of a centre."""
        staff = [one for one in self.ready(case_id) if one[0].kind == "staff"]
        beside = [one for one in staff if one[1].thread != MAIN and one[1].action.primary]
        if beside:
            return beside
        ready = [one for one in staff if one[1].thread == MAIN]
        onward = [
            one
            for one in ready
            if one[1].action.primary or one[1].action.key == "close_unsolved"
            if somebody_fits(one[1].action, self.county, case_id)
        ] or [one for one in ready if one[1].action.key == "report_up_accepted"]
        held = [one for one in onward if (one[0].unit, one[0].post) == (main.holder_unit, main.holder_post)]
        return held or onward

    def _bring_to_its_end(self, case_id: int) -> None:
        random = Random(case_id)
        for _ in range(MOST_TO_END):
            main = Thread.objects.get(case_id=case_id, name=MAIN)
            if not main.open:
                return
            onward = self._onward(case_id, main)
            if not onward:  # only time helps
                self.clock.advance(timedelta(days=1))
                run_once()
                continue
            actor, offer = random.choice(onward)
            given = lawful_facts(offer.action, self.county, self.clock(), random, actor, case_id)
            self.clock.advance(timedelta(minutes=10))
            perform(
                actor=actor, case_id=case_id, thread=offer.thread, action=offer.action.key, facts=given, request_id=request_id()
            )
        raise AssertionError(f"case {case_id} could not be brought to its end")


@pytest.mark.django_db(transaction=True)
def test_the_door_under_whatever_may_happen(clock: Any) -> None:
    machine = type("DoorOfTheCounty", (Door,), {"county": found_matters(), "clock": clock})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )
