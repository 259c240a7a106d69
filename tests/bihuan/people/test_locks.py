"""Changes of people at the same moment, statement crossed with statement: nobody is told of a deadlock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from bihuan.access import codes
from bihuan.access.models import OneTimeCode
from bihuan.exchange import staffing
from bihuan.exchange.lists import Planned
from bihuan.people.models import Account, Post
from bihuan.people.services import Handover, PostRow, ShiftRow, add_shifts, give_post, hand_over, name_second
from bihuan.rules.terms import Doer
from tests.bihuan.cases.sessions import crossed
from tests.factories.organisation import PACK, County, found_county

pytestmark = pytest.mark.django_db(transaction=True)
TODAY, SYSTEM = date(2026, 10, 12), Doer(kind="system")
STAMP, ACCOUNT, POST, UNIT = '"people_orgstamp"', '"people_account"', '"people_post"', '"people_unit"'


@pytest.fixture
def county(clock: Any) -> County:
    """The county, in real transactions."""
    return found_county()


def faults(found: list[Any]) -> list[Any]:
    return [one for one in found if one is None or isinstance(one, Exception)]


def handed(county: County, holder: str, successor: str) -> Any:
    order = Handover(post=county.posts[holder], last_day=TODAY, seen_to=None, successor=county.accounts[successor])
    return hand_over(order, today=TODAY, ends_at=datetime(2026, 10, 13, tzinfo=UTC))


def test_a_list_of_staff_and_a_hand_over(county: County) -> None:
    """The list gives a post to whoever a post is being handed over to."""
    text = "姓名,用户名,单位,岗位\n张w,water_officer,县住建局,经办人\n"
    actor = county.actor("admin")

    def take_in() -> Planned:
        return staffing.take_in(text.encode(), actor=actor, pack=PACK, today=TODAY)

    found = crossed((take_in, STAMP), (lambda: handed(county, "east_police", "water_officer"), ACCOUNT))
    assert faults(found) == []
    assert not found[0].faults
    assert Post.objects.filter(account__username="water_officer", valid_to=None).count() == 3


def test_a_second_is_named_while_a_post_is_handed_over(county: County) -> None:
    """Whoever is named stands in for a colleague of the one who hands over to them."""
    give_post(PostRow(username="east_police", unit_key="housing", key="officer"))
    first = Post.objects.get(account__username="east_police", unit__key="housing").pk
    name_second(first, county.accounts["housing_officer"])
    successor = county.accounts["water_officer"]
    found = crossed(
        (lambda: name_second(first, successor) or "named", POST),
        (lambda: handed(county, "housing_officer", "water_officer"), ACCOUNT),
    )
    assert faults(found) == []
    assert Post.objects.get(pk=first).second_id == successor


def test_a_turn_of_the_roster_and_a_post_for_the_same_person(county: County) -> None:
    """Each row names what the other one holds: references are looked at when it commits."""
    starts = datetime(2026, 10, 12, 10, tzinfo=UTC)
    turn = ShiftRow(account=county.accounts["housing_officer"], starts_at=starts, ends_at=starts + timedelta(hours=8))
    found = crossed(
        (lambda: add_shifts(county.units["water"], [turn]), UNIT),
        (lambda: give_post(PostRow(username="housing_officer", unit_key="water", key="officer")), ACCOUNT),
    )
    assert faults(found) == []


def test_a_code_is_issued_while_the_one_before_is_used(county: County) -> None:
    account = county.accounts["clerk"]
    code = codes.issue_code(account, by=SYSTEM)

    def use() -> str:
        return codes.renew_password(identifier="clerk", code=code, password="a wholly new word 7")[0]

    found = crossed((lambda: codes.issue_code(account, by=SYSTEM), ACCOUNT), (use, "DELETE FROM"))
    assert faults(found) == []
    fresh = Account.objects.get(pk=account)
    assert (found[1] == "set") == fresh.has_usable_password() or OneTimeCode.objects.filter(account_id=account).exists()


def test_two_orders_are_a_deadlock_that_this_test_sees(county: County, vendor: str) -> None:
    """The control: the same two rows, locked in opposite orders."""
    if vendor == "sqlite":
        pytest.skip("SQLite writes one transaction after the other")
    one, two = county.accounts["clerk"], county.accounts["dispatcher"]

    def lock(*order: int) -> str:
        with transaction.atomic():
            for number in order:
                Account.objects.filter(pk=number).update(language="en")
        return "done"

    found = crossed((lambda: lock(one, two), ACCOUNT), (lambda: lock(two, one), ACCOUNT))
    assert len([each for each in found if isinstance(each, DatabaseError)]) == 1
    assert "deadlock" in str(faults(found)[0])
