"""People at work in a real browser, at the desk and on a phone: the switch of posts, leave, the roster, one's own page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bihuan.access.signin import today_here
from bihuan.people.models import GIVEN, Account
from bihuan.people.services import AccountRow, PostRow, create_account, enter_leave, give_post
from tests.browser.people import Person
from tests.factories.organisation import EAST_A, PASSWORD, County

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
TYPED = "村口路灯坏了两周，晚上看不见路。"


def test_a_tap_changes_the_post_and_what_was_typed_is_still_there(person: Callable[..., Person], county: County) -> None:
    give_post(PostRow(username="clerk", key="village_clerk", unit_key=f"village_unit@{EAST_A}"))
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(TYPED)
    clerk.picture("people-switch")
    with page.expect_navigation():
        page.locator("form.seats button", has_text="青石村").click()
    clerk.look()
    expect(page.locator('form.seats button[aria-current="true"]')).to_contain_text("青石村")
    clerk.go("/desk/register")
    expect(page.get_by_label("反映内容")).to_have_value(TYPED)
    with page.expect_navigation():
        page.locator("form.seats button", has_text="中心").focus()
        page.keyboard.press("Enter")
    expect(page.locator('form.seats button[aria-current="true"]')).to_contain_text("中心")


@pytest.mark.once
def test_every_page_of_people_at_work_fits_the_window(person: Callable[..., Person], county: County) -> None:
    account = create_account(AccountRow(username="guard", name="安全员", password=PASSWORD))
    post = give_post(PostRow(username="guard", key="security_admin", unit_key="centre"))
    county.accounts["guard"], county.posts["guard"] = account, post
    today = today_here()
    enter_leave(
        county.accounts["leader"], first_day=today, last_day=today,
        deputies={county.posts["leader"]: county.accounts["liaison"]}, today=today,
    )  # fmt: skip
    guard, leader = person("guard"), f"/desk/admin/people/{county.accounts['leader']}"
    for path in (
        "/desk/admin/people", "/desk/admin/people/new", leader, f"{leader}/post?q=住建",
        f"{leader}/post?unit={county.units['housing']}",
        f"{leader}/post/{county.posts['leader']}", "/desk/admin/people/import", "/desk/me", "/desk/roster/import",
    ):  # fmt: skip
        guard.go(path)
    liaison = person("liaison")
    for path in ("/desk/", "/desk/me", "/desk/away", "/desk/roster"):
        liaison.go(path)
    with liaison.page.expect_navigation():
        liaison.page.locator("form.seats button", has_text="分管领导").click()
    expect(liaison.look().locator(".standing-in")).to_contain_text("您正在代周leader")
    person("head").go("/desk/roster")
    person().go("/new-password")


def test_a_password_that_was_given_is_changed_on_the_way_in(person: Callable[..., Person], county: County) -> None:
    """Typed at the sign-in page, refused as a password of one's own, replaced; the next page is one's work."""
    Account.objects.filter(pk=county.accounts["clerk"]).update(password_at=GIVEN)
    clerk = person()
    page = clerk.go("/sign-in")
    page.locator("input[name=identifier]").fill("clerk")
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("form button.primary").click()
    expect(clerk.look().locator("h1")).to_have_text("请设置自己的密码")
    clerk.picture("people-given-password")
    for new, sign in ((PASSWORD, ".wrong"), ("湘江边上的三棵老樟树", "main#main table.list, main .empty, main .calm")):
        for name in ("password", "again"):
            page.locator(f"input[name={name}]").fill(new)
        with page.expect_navigation():
            page.locator("form button.primary").click()
        expect(clerk.look().locator(sign).first).to_be_visible()
        clerk.complaints.clear()  # the browser's own note of a refused form
        clerk.picture(f"people-given-password-{'kept' if new == PASSWORD else 'changed'}")
    assert page.url.endswith("/desk/")
