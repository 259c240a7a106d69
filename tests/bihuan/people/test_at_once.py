"""Two administrators at the same moment: units are no circle, posts that are kept apart are not both given."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.people.errors import PostsApart, UnknownUnit
from bihuan.people.models import Post, Unit
from bihuan.people.services import AccountRow, PostRow, create_account, give_post
from bihuan.people.services.units import put_under
from tests.bihuan.cases.sessions import at_once
from tests.factories.organisation import County, found_county

pytestmark = pytest.mark.django_db(transaction=True)
RACES = 15


@pytest.fixture
def county(clock: Any) -> County:
    """The county, in real transactions."""
    return found_county()


def test_two_units_put_under_one_another_at_once_are_no_circle(county: County) -> None:
    for _ in range(RACES):
        one, two = (
            Unit.objects.create(key=f"u{n}", kind="office", name=str(n), area=Unit.objects.first().area) for n in range(2)
        )

        def put(unit: int, above: int) -> str:
            try:
                put_under(unit, above)
            except UnknownUnit:
                return "refused"
            return "put"

        found = at_once(lambda p=put, a=one.pk, b=two.pk: p(a, b), lambda p=put, a=one.pk, b=two.pk: p(b, a))
        assert sorted(found) == ["put", "refused"]
        assert {one.superior_id for one in Unit.objects.filter(pk__in=(one.pk, two.pk))} in ({None, one.pk}, {None, two.pk})
        Unit.objects.filter(pk__in=(one.pk, two.pk)).update(superior=None)
        Unit.objects.filter(pk__in=(one.pk, two.pk)).delete()


def test_two_posts_that_are_kept_apart_are_not_given_to_one_person_at_once(county: County) -> None:
    unit, apart = Unit.objects.values_list("key", flat=True)[0], {"guard": ("audit",), "audit": ("guard",)}
    account = create_account(AccountRow(username="both", name="两岗"))

    def give(post: str) -> str:
        try:
            give_post(PostRow(username="both", unit_key=unit, key=post), apart=apart)
        except PostsApart:
            return "refused"
        return "given"

    for _ in range(RACES):
        assert sorted(at_once(lambda: give("guard"), lambda: give("audit"))) == ["given", "refused"]
        Post.objects.filter(account_id=account).delete()
