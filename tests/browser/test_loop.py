"""The main path in a real browser, at the desk and on a phone: from the window to the rating, without a console error.

Each screen on the way is measured: nothing wider than the window, no text cut, targets of 44 px on a phone, one primary
button to be seen at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person, act, act_open
from tests.factories.matters import brought_to
from tests.factories.organisation import EAST_A, County

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
LONG = "广场舞音响声音太大影响孩子学习，多次沟通没有效果，希望有关单位上门处理并给出长期的办法，谢谢各位"
WHAT = "青石村口的路灯坏了两周。晚上走路看不见，请尽快修理。"


def test_from_the_window_to_the_rating(person: Callable[..., Person], county: County) -> None:
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(WHAT)
    page.get_by_text("来电", exact=True).click()
    page.get_by_text("投诉", exact=True).click()
    page.locator("#area-q").press_sequentially("青石")
    page.locator(f'input[name="area"][value="{EAST_A}"]').check()
    page.locator("#who-name").fill("王小明")
    page.locator("#who-phone").fill("13800138000")
    clerk.look()
    clerk.press("登记并打印回执")
    code = page.locator(".slip-code b").inner_text()
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", code)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0

    resident = person()
    resident.go(f"/t/{code}")
    expect(resident.page.locator("main")).to_contain_text("我们收到了您的反映")

    dispatcher = person("dispatcher")
    dispatcher.go("/desk/")
    first = dispatcher.page.locator("table.list .btn").first
    expect(first).to_contain_text("受理")
    case = str(dispatcher.page.locator('table.list a[href^="/desk/case/"]').first.get_attribute("href")).partition("?")[0]
    first.click()  # the act opens under its line
    expect(dispatcher.page.locator("details[open] form.act-form, form.act-form:visible").first).to_be_visible()
    dispatcher.look()
    dispatcher.go(f"{case}?act=main.accept")

    def accept(form: Any) -> None:
        form.locator('select[name="f-category"]').select_option(index=1)
        form.get_by_text("一般事项").click()
        form.get_by_text("一般", exact=True).click()

    act_open(dispatcher, accept)

    def assign(form: Any) -> None:
        form.locator("select").select_option(label="县住建局")
        form.get_by_label("交办依据").fill("城市照明由住建部门负责")

    def draft(form: Any) -> None:
        form.get_by_text("已经解决").click()
        form.locator("textarea").fill("灯具已更换，照明已恢复，感谢您的反映。")

    act(dispatcher, case, "交办", assign)
    act(person("liaison"), case, "签收")
    act(person("officer"), case, "填报进展", lambda form: form.locator("textarea").fill("已到现场查看，明天更换灯具。"))
    act(person("officer"), case, "拟办结答复", draft)
    act(person("leader"), case, "签发")
    act(person("checker"), case, "审核通过")

    resident.go(f"/t/{code}")
    expect(resident.page.locator("main")).to_contain_text("灯具已更换")
    resident.page.get_by_text("没有解决", exact=True).click()
    resident.page.get_by_text("不满意", exact=True).click()
    resident.press("提交")
    expect(resident.page.locator("main")).to_contain_text("已重新办理")


@pytest.mark.once
def test_a_draft_survives_a_lost_page(person: Callable[..., Person]) -> None:
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(WHAT)
    page.locator("#area-q").press_sequentially("青石")
    page.locator(f'input[name="area"][value="{EAST_A}"]').check()
    page.locator("#who-name").fill("王小明")
    page.goto("about:blank")
    page = clerk.go("/desk/register")
    expect(page.get_by_label("反映内容")).to_have_value(WHAT)
    expect(page.locator("#who-name")).to_have_value("王小明")
    expect(page.locator(f'input[name="area"][value="{EAST_A}"]')).to_be_checked()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "王小明" not in kept  # a name stays only as long as the tab
    page.get_by_role("button", name="清空重填").click()
    expect(page.get_by_label("反映内容")).to_have_value("")


@pytest.mark.once
def test_questions_appear_with_the_answer_that_asks_for_them(person: Callable[..., Person], county: County) -> None:
    case_id = brought_to(county, "passed")
    caller = person("caller")
    page = caller.go(f"/desk/case/{case_id}?act=main.follow_up")
    form = page.locator("details[open] form.act-form")
    expect(form.get_by_text("群众满意吗")).to_be_hidden()
    form.get_by_text("已联系上", exact=True).click()
    expect(form.get_by_text("群众满意吗")).to_be_visible()
    caller.look()


@pytest.mark.once
@pytest.mark.parametrize("path", ["/", "/guide", "/track", "/report", "/sign-in"])
def test_public_pages_fit(person: Callable[..., Person], path: str) -> None:
    resident = person()
    resident.go(path)
    resident.page.evaluate("document.documentElement.dataset.text = 'large'")
    resident.look()


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "/desk/",
        "/desk/triage",
        "/desk/cases",
        "/desk/board",
        "/desk/records",
        "/desk/import",
        "/desk/duties",
        "/desk/records/new",
    ],
)
def test_desk_pages_fit_in_large_text_too(person: Callable[..., Person], county: County, path: str) -> None:
    brought_to(
        county,
        "accepted",
        title=LONG,
    )
    dispatcher = person("dispatcher")
    dispatcher.go(path)
    dispatcher.page.evaluate("document.documentElement.dataset.text = 'large'")
    dispatcher.look()


@pytest.mark.once
def test_the_desk_works_by_keyboard(person: Callable[..., Person], county: County) -> None:
    case_id = brought_to(county, "handling")
    officer = person("officer")
    page = officer.go(f"/desk/case/{case_id}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.acts summary')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("details[open] form.act-form")).to_be_visible()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
