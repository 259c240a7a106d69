"""Two at the same moment: nothing is lost, nothing is done twice, nobody is overwritten."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bihuan.cases import daily
from bihuan.cases.errors import Conflict
from bihuan.cases.models import Case, Thread
from bihuan.cases.rebuilding import differences
from bihuan.cases.services import open_case, perform, perform_many
from bihuan.cases.shapes import Command, Done, Opened
from bihuan.flows.worker import run_once
from bihuan.ledger.models import Entry
from bihuan.ledger.verify import verify
from tests.bihuan.cases.sessions import at_once
from tests.factories.matters import EAST_A, STEPS, County, facts, found_matters, opened, request_id

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 40


@pytest.fixture
def county(clock: Any) -> County:
    """The county, in real transactions."""
    return found_matters()


def test_two_dispatchers_take_the_same_case(county: County, clock: Any) -> None:
    dispatcher, given = county.actor("dispatcher"), STEPS["accepted"][2]
    for _ in range(RACES):
        case_id = opened(county.actor("clerk")).case_id

        def take(weight: str, case_id: int = case_id) -> Done:
            told = {**given, "weight": weight}
            return perform(actor=dispatcher, case_id=case_id, action="accept", facts=told, seen=1, request_id=request_id())

        outcomes = at_once(lambda take=take: take("ordinary"), lambda take=take: take("major"))
        won, lost = sorted(outcomes, key=lambda outcome: not isinstance(outcome, Done))
        assert isinstance(won, Done)
        assert isinstance(lost, Conflict)
        (changed,) = lost.changed
        assert (changed.kind, changed.seq, lost.version) == ("accepted", 2, 2)
        kept = "ordinary" if outcomes[0] is won else "major"
        assert Case.objects.get(pk=case_id).weight == kept
    assert Entry.objects.filter(kind="accepted").count() == RACES
    assert differences(limit=RACES + 1)[0] == []
    assert daily.stored(clock()) == daily.by_hand(clock())
    assert verify().ok


def test_one_form_sent_by_eight_sessions_is_one_case(county: County) -> None:
    clerk = county.actor("clerk")

    def send() -> Opened:
        return open_case(actor=clerk, facts=facts(), request_id="one", area_code=EAST_A)

    outcomes = at_once(*[send] * 8)
    assert all(isinstance(outcome, Opened) for outcome in outcomes)
    assert len({(outcome.case_id, outcome.number, outcome.tracking_code) for outcome in outcomes}) == 1
    assert Counter(outcome.replayed for outcome in outcomes) == {False: 1, True: 7}
    assert Case.objects.count() == 1


def test_numbers_drawn_at_once_are_all_different_and_without_gaps(county: County) -> None:
    clerk = county.actor("clerk")
    outcomes = at_once(*[lambda: [opened(clerk).number for _ in range(5)] for _ in range(8)])
    numbers = sorted(number for some in outcomes for number in some)
    assert numbers == [f"990101-2026-{n:06}" for n in range(1, 41)]
    assert verify().ok


def test_batches_over_the_same_cases_do_not_block_each_other_for_good(county: County) -> None:
    ids = [opened(county.actor("clerk")).case_id for _ in range(20)]
    dispatcher = county.actor("dispatcher")

    def batch(order: list[int]) -> list[Any]:
        return perform_many([
            Command(actor=dispatcher, case_id=n, action="accept", facts=STEPS["accepted"][2], seen=1, request_id=request_id())
            for n in order
        ])  # fmt: skip

    first, second = at_once(lambda: batch(ids), lambda: batch(ids[::-1]))
    assert sum(verdict.done is not None for verdict in (*first, *second)) == 20
    assert all(isinstance(verdict.error, Conflict) for verdict in (*first, *second) if verdict.error)
    assert set(Thread.objects.values_list("state", flat=True)) == {"to_assign"}


def test_two_workers_enter_a_limit_once(county: County, clock: Any) -> None:
    for _ in range(10):
        opened(county.actor("clerk"))
    clock.set(clock().replace(day=15))
    at_once(run_once, run_once, run_once)
    assert Entry.objects.filter(kind="limit_passed").count() == 10
    assert not run_once()
    assert daily.stored(clock()) == daily.by_hand(clock())


def test_two_dispatchers_merge_two_cases_into_one_another(county: County) -> None:
    """A into B and B into A at the same moment: one is done, the other is told; never both, never a circle."""
    dispatcher = county.actor("dispatcher")
    for _ in range(RACES // 2):
        one, two = (opened(county.actor("clerk")).case_id for _ in range(2))

        def merge(case_id: int, lead: int) -> Done:
            return perform(
                actor=dispatcher, case_id=case_id, action="merge", facts={"reason": "说的是同一件事"}, other=lead,
                seen=1, seen_other=1, request_id=request_id(),
            )  # fmt: skip

        outcomes = at_once(lambda m=merge, a=one, b=two: m(a, b), lambda m=merge, a=one, b=two: m(b, a))
        won, lost = sorted(outcomes, key=lambda outcome: not isinstance(outcome, Done))
        assert isinstance(won, Done)
        assert isinstance(lost, Conflict), lost
        states = Counter(Thread.objects.filter(case_id__in=(one, two)).values_list("state", flat=True))
        assert states == {"merged": 1, "registered": 1}
    assert differences(limit=2 * RACES)[0] == []
    assert verify().ok
