"""Working from the list in a real browser: an act opened under its line, several lines at once, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bihuan.cases.models import Thread
from tests.browser.people import PHONE, Person
from tests.factories.matters import brought_to
from tests.factories.organisation import County

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


def states(ids: list[int]) -> list[str]:
    found = dict(Thread.objects.filter(case_id__in=ids, name="main").values_list("case_id", "state"))
    return [found[one] for one in ids]


def test_an_act_opens_under_its_line_and_folds_up_again(person: Callable[..., Person], county: County) -> None:
    case_id = brought_to(county, "")
    dispatcher = person("dispatcher")
    page = dispatcher.go("/desk/")
    button = page.locator("[data-unfold]").first
    button.click()
    opened = page.locator("tr.unfolded")
    expect(opened).to_be_visible()
    dispatcher.look()
    expect(opened).to_contain_text("村口路灯坏了两周")
    button.click()
    expect(opened).to_have_count(0)
    button.click()
    opened.locator('select[name="f-category"]').select_option(index=1)
    opened.get_by_role("button", name="确认受理").click()
    expect(opened.get_by_text("Not sent", exact=False)).to_have_count(0)
    expect(opened.locator(".wrong").first).to_be_visible()  # two questions are not answered yet
    assert opened.locator('select[name="f-category"]').input_value()
    assert ["422" in words for words in dispatcher.complaints] == [True], "the browser notes the refusal, nothing else"
    dispatcher.complaints.clear()
    opened.get_by_text("一般事项").click()
    opened.get_by_text("一般", exact=True).click()
    opened.get_by_role("button", name="确认受理").click()
    expect(page.locator("tbody.went-on")).to_contain_text("受理")
    expect(page.locator(".counts")).to_contain_text("全部 1")  # it waits for the next act of the same desk
    assert states([case_id]) == ["to_assign"]
    dispatcher.look()


def test_several_lines_by_keyboard_alone(person: Callable[..., Person], county: County) -> None:
    ids = [brought_to(county, "assigned") for _ in range(3)]
    liaison = person("liaison")
    page = liaison.go("/desk/")
    ticked = 0
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('input[name=line]')"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "where one is can be seen"
            page.keyboard.press("Space")
            ticked += 1
            if ticked == 2:
                break
    expect(page.locator("#many .ticked")).to_have_text("(2)")
    page.locator("#many button").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    liaison.look()
    expect(page.locator("main")).to_contain_text("已完成 2 件")
    assert sorted(states(ids)) == ["assigned", "handling", "handling"]


def test_an_act_in_place_by_keyboard_alone(person: Callable[..., Person], county: County) -> None:
    case_id = brought_to(county, "drafted")
    leader = person("leader")
    page = leader.go("/desk/")
    page.locator("[data-unfold]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.unfolded form.act-form")).to_be_visible()
    expect(page.locator("tr.unfolded button.primary")).to_be_focused()  # nothing is asked: the cursor is on the button itself
    page.keyboard.press("Enter")
    expect(page.locator("tbody.went-on")).to_contain_text("签发")
    assert states([case_id]) == ["checking"]


@pytest.mark.once
def test_filters_fold_on_a_phone(person: Callable[..., Person], county: County) -> None:
    brought_to(county, "handling")
    dispatcher = person("dispatcher")
    page = dispatcher.go("/desk/cases?open=yes")
    form = page.locator("form.filters")
    if page.viewport_size == PHONE:
        expect(form).to_be_hidden()
        page.locator("#fold-filters").focus()
        page.keyboard.press("Space")
    expect(form).to_be_visible()
    dispatcher.look()
    with page.expect_navigation():
        page.get_by_role("link", name="去掉：在办").click()
    assert "open=" not in page.url
    dispatcher.look()


def test_twenty_records_one_after_the_other(person: Callable[..., Person], county: County) -> None:
    """The cursor is where the next one begins; each takes two fields and one press, nothing else."""
    leader = person("grid_leader")
    page = leader.go("/desk/records/new")
    for n in range(20):
        assert page.evaluate("document.activeElement.id") == "what"
        page.keyboard.type(f"代缴水费第{n + 1}户")
        page.locator("#result").fill("当场代缴")
        with page.expect_navigation():
            page.locator("button.primary", has_text="保存记录").click()
    leader.look()
    expect(page.locator(".today li")).to_have_count(20)
    expect(page.locator("#what")).to_have_value("")
