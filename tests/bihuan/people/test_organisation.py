"""Units, posts, the directory and its cache."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.errors import PostsApart, UnknownUnit
from bihuan.people.models import Account, Post, Unit
from bihuan.people.selectors import directory, holders_of, posts_of, units_of_account
from bihuan.people.services import (
    AccountRow,
    PostRow,
    UnitRow,
    create_accounts,
    create_units,
    end_post,
    end_unit,
    give_post,
    give_posts,
    posts_apart,
)
from bihuan.places.services import AreaRow, load_areas
from bihuan.rules.routing import chain_of, receiving_centre
from bihuan.rules.terms import Doer
from tests.factories.organisation import COUNTY, EAST, EAST_A, GRID_1, GRID_4, PACK, WEST, County, found_county

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> County:
    return found_county()


def test_the_row_knows_everyone_above_it(county: County) -> None:
    grid = Unit.objects.get(pk=county.units[f"grid_unit@{GRID_1}"])
    above = ["authority", "centre", f"township_centre@{EAST}", f"village_unit@{EAST_A}"]
    assert grid.path == "".join(f"{county.units[key]}/" for key in above)
    assert chain_of(grid.pk, directory()) == tuple(county.units[key] for key in [grid.key, *reversed(above)])


def test_matters_reach_the_unit_of_each_level(county: County) -> None:
    book = directory()
    assert book.centre_at("grid", GRID_4) == county.units[f"grid_unit@{GRID_4}"]
    assert book.centre_at("village", GRID_1) == county.units[f"village_unit@{EAST_A}"]
    assert book.centre_at("township", GRID_4) == county.units[f"township_centre@{WEST}"]
    assert book.centre_at("county", GRID_4) == county.units["centre"]
    assert book.centre_at("township", COUNTY) == 0
    assert list(book.units_of("police", GRID_1)) == [county.units[f"police@{EAST}"]]
    assert book.name_of(county.units[f"police@{EAST}"]) == "东岭镇派出所"


def test_a_matter_about_a_centre_goes_to_the_level_above(county: County) -> None:
    book = directory()
    east, centre = county.units[f"township_centre@{EAST}"], county.units["centre"]
    assert receiving_centre(GRID_1, "township", {east}, book) == centre
    assert receiving_centre(GRID_1, "township", {centre}, book) == county.units["authority"]


def test_the_directory_is_read_once_until_the_organisation_changes(county: County) -> None:
    stamp = directory().stamp
    with counted() as count:
        directory(stamp)
    assert len(count) == 0
    with counted() as count:
        directory()
    assert len(count) == 1
    end_unit(county.units["water"], last_day=date(2026, 1, 1))
    assert directory().unit(county.units["water"]) is None
    assert directory().stamp != stamp


def test_an_empty_database_has_an_empty_directory() -> None:
    assert directory().unit(1) is None
    assert directory().centre_at("county", COUNTY) == 0


def test_a_unit_without_its_superior_is_refused_and_nothing_is_written(county: County) -> None:
    rows = [
        UnitRow(key="a", kind="county_office", name="甲", area_code=COUNTY),
        UnitRow(key="b", kind="county_office", name="乙", area_code=COUNTY, superior_key="nobody"),
    ]
    before = Unit.objects.count()
    with pytest.raises(UnknownUnit, match="nobody"):
        create_units(rows)
    assert Unit.objects.count() == before


def test_administrators_are_different_people(county: County) -> None:
    apart = posts_apart(PACK)
    with pytest.raises(PostsApart):
        give_post(PostRow(username="auditor", key="system_admin", unit_key="centre"), apart=apart)
    with pytest.raises(PostsApart):
        give_post(PostRow(username="admin", key="auditor", unit_key="centre"), apart=apart)
    create_accounts([AccountRow(username="both", name="两职")])
    with pytest.raises(PostsApart):
        give_posts([PostRow(username="both", key=key, unit_key="centre") for key in ("auditor", "system_admin")], apart=apart)
    end_post(county.posts["admin"], last_day=date(2026, 1, 31))
    assert give_post(PostRow(username="admin", key="auditor", unit_key="centre"), apart=apart, valid_from=date(2026, 2, 1))


def test_a_post_is_held_between_its_days(county: County) -> None:
    account = county.accounts["clerk"]
    end_post(county.posts["clerk"], last_day=date(2026, 3, 31))
    assert [post.key for post in posts_of(account, date(2026, 3, 31))] == ["window_clerk"]
    assert posts_of(account, date(2026, 4, 1)) == []
    assert units_of_account(account, date(2026, 3, 31)) == (county.units["centre"],)
    assert units_of_account(account, date(2026, 4, 1)) == ()
    give_post(PostRow(username="east_police", key="liaison", unit_key="housing"))
    both = (county.units[f"police@{EAST}"], county.units["housing"])
    assert units_of_account(county.accounts["east_police"], date(2026, 4, 1)) == both
    assert [post.account for post in holders_of(county.units["centre"], "dispatcher")] == [county.accounts["dispatcher"]]


def test_the_whole_organisation_of_a_county_takes_few_statements(county: County) -> None:
    grids = [AreaRow(f"{EAST_A}{n:03}", f"第{n}网格", "grid", EAST_A) for n in range(3, 703)]
    load_areas(grids)
    rows = [
        UnitRow(key=f"g{grid.code}", kind="grid_unit", name=grid.name, area_code=grid.code, superior_key=f"village_unit@{EAST_A}")
        for grid in grids
    ]
    people = [AccountRow(username=f"u{n}", name=f"王{n}", mobile=f"139{n:08}") for n in range(2100)]
    posts = [PostRow(username=f"u{n}", key="grid_leader", unit_key=rows[n % 700].key) for n in range(2100)]
    with counted() as count:
        create_units(rows)
        create_accounts(people)
        give_posts(posts)
    assert len(count) <= 70, len(count)
    assert Post.objects.count() == 2100 + len(county.posts)
    assert not Account.objects.get(username="u1").has_usable_password()


def test_changes_of_the_organisation_are_on_record(county: County) -> None:
    kinds = list(Entry.objects.filter(stream="organisation").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["units_created", "accounts_created", "posts_given"]
    end_post(county.posts["clerk"], last_day=date(2026, 3, 31), by=Doer(kind="staff", account=county.accounts["admin"]))
    entry = Entry.objects.filter(stream="organisation").latest("seq")
    assert (entry.kind, entry.account) == ("post_ended", county.accounts["admin"])
    assert entry.facts == {"count": 1, "ids": [county.posts["clerk"]], "last_day": "2026-03-31"}
