"""The demonstration's people at work: two posts, a deputy, tonight's duty; in a place that has none of it nothing is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import actor_for
from bihuan.people.selectors import directory, on_duty, post_named
from bihuan.play.stories_people import people_at_work
from tests.factories.matters import found_matters, shipped_pack
from tests.factories.organisation import PACK, found_county

pytestmark = pytest.mark.django_db


def test_people_are_found_as_on_any_day(clock: Any) -> None:
    found_matters()
    from bihuan.people.services import AccountRow, PostRow, create_account, give_post

    for name, key, unit in (("office_leader", "office_leader", "housing"),):
        create_account(AccountRow(username=name, name="领导"))
        give_post(PostRow(username=name, key=key, unit_key=unit))
    people_at_work(shipped_pack(), clock())
    liaison, clerk = post_named("liaison"), post_named("village_clerk")
    assert liaison is not None
    assert clerk is not None
    assert [seat.instead_of_name for seat in actor_for(liaison.id).seats] == [None, "领导"]
    assert [seat.post for seat in actor_for(clerk.id).seats] == ["village_clerk", "information_officer"]
    centre = next(iter(directory().all_of(shipped_pack().levels[0].centre))).id
    tonight = on_duty(centre, clock() + timedelta(hours=10))
    assert [one.leads for one in tonight] == [True, False]


def test_where_nobody_sits_nothing_is_made(clock: Any) -> None:
    found_county()
    people_at_work(PACK, clock())
