"""Two at the same moment: one letter has one signature and one number, numbers have no gap, an occasion enters once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bihuan.cases.errors import CaseError, Conflict
from bihuan.rulebook.selectors import numbers_drawn
from bihuan.supervision import services
from bihuan.supervision.models import Letter, LetterLine
from bihuan.supervision.shapes import Occasion
from tests.bihuan.cases.sessions import at_once
from tests.factories.matters import County, found_matters

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 12


@pytest.fixture
def county(clock: Any) -> County:
    """The county, in real transactions."""
    return found_matters()


def occasion(county: County, n: int, unit: str = "housing") -> Occasion:
    return Occasion(
        issuer=county.units["centre"], unit=county.units[unit], grade="ordinary", ref=f"limit_passed:{n}", case_id=n,
        number=f"990101-2026-{n:06}", summary="路灯坏了",
    )  # fmt: skip


def test_two_leaders_sign_the_same_letter(county: County) -> None:
    """The head and another head of the same centre: one signs, the other is told; never two numbers."""
    head = county.actor("head")
    other = type(head)(**{**{name: getattr(head, name) for name in head.__dataclass_fields__}, "account": head.account + 1000})
    for n in range(1, RACES + 1):
        letter = services.draft(occasion(county, n))
        outcomes = at_once(
            lambda letter=letter: services.sign(head, letter, seen=1), lambda letter=letter: services.sign(other, letter, seen=1)
        )
        assert sorted(isinstance(one, CaseError) for one in outcomes) == [False, True]
        assert isinstance(next(one for one in outcomes if isinstance(one, CaseError)), Conflict)
    numbers = list(Letter.objects.order_by("pk").values_list("number", flat=True))
    assert [number.rpartition("第")[2] for number in numbers] == [f"{n}号" for n in range(1, RACES + 1)]
    assert list(numbers_drawn("supervision").values()) == [RACES]


def test_the_same_form_from_two_windows_is_one_signature(county: County) -> None:
    head, letter = county.actor("head"), services.draft(occasion(county, 1))
    outcomes = at_once(*[lambda: services.sign(head, letter, seen=1)] * 4)
    assert len(set(outcomes)) == 1
    assert list(numbers_drawn("supervision").values()) == [1]


def test_workers_draft_while_the_leader_signs(county: County) -> None:
    """Every occasion stands in exactly one letter, and none slips into one that is signed already."""
    head = county.actor("head")
    for race in range(RACES):
        first = services.draft(occasion(county, race * 10 + 1))

        def drafting(n: int) -> Callable[[], int]:
            return lambda: services.draft(occasion(county, n))

        signing: Callable[[], str] = lambda first=first: services.sign(head, first, seen=1)  # noqa: E731
        at_once(signing, *[drafting(race * 10 + n) for n in (2, 3, 3)])
        signed_at = Letter.objects.get(pk=first).signed_at
        assert signed_at is not None
        for draft in Letter.objects.filter(state="drafted"):
            services.declare_void(head, draft.pk, reason="另行发函", seen=draft.version)
    assert LetterLine.objects.count() == RACES * 3
    assert list(numbers_drawn("supervision").values()) == [RACES]
