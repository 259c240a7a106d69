"""Words that a lost line does not cost, and that stay on no shared machine; photographs sent from a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bihuan.cases.models import Case
from bihuan.files.models import Attachment
from tests.browser.people import Person
from tests.factories.matters import brought_to, opened
from tests.factories.organisation import EAST_A, County
from tests.factories.pictures import photograph

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
NOTE = "已到现场查看，灯具需要更换，明天上午施工。"
WHAT = "青石村口的路灯坏了两周。晚上走路看不见，请尽快修理。"
DRAFTS = """JSON.stringify([{ ...localStorage }, { ...sessionStorage }].map(
    (one) => Object.keys(one).filter((key) => key.startsWith('draft:'))))"""
DECODED = "document.querySelector('.pictures img').decode().then(() => document.querySelector('.pictures img').naturalWidth)"


def drafts(page: Any) -> tuple[list[str], list[str]]:
    """The names of what is kept on the disk of the browser, and of what only this tab keeps."""
    disk, tab = json.loads(page.evaluate(DRAFTS))
    return disk, tab


def registering(page: Any) -> None:
    page.get_by_label("反映内容").fill(WHAT)
    page.get_by_text("来电", exact=True).click()
    page.get_by_text("投诉", exact=True).click()
    page.locator("#area-q").press_sequentially("青石")
    page.locator(f'input[name="area"][value="{EAST_A}"]').check()


def test_an_act_half_written_is_there_again_and_gone_once_done(person: Callable[..., Person], county: County) -> None:
    case_id = brought_to(county, "handling")
    officer = person("officer")
    page = officer.go(f"/desk/case/{case_id}?act=main.progress")
    page.locator("details[open] textarea").fill(NOTE)
    page.goto("about:blank")
    page = officer.go(f"/desk/case/{case_id}?act=main.progress")
    expect(page.locator("details[open] textarea")).to_have_value(NOTE)
    with page.expect_navigation():
        page.locator("details[open] form.act-form button").last.click()
    expect(page.locator(".say.ok")).to_be_visible()
    assert drafts(page) == ([], [])


def test_a_line_lost_while_sending_is_one_matter(person: Callable[..., Person]) -> None:
    """The matter was received, the answer was lost: sent again from the kept words it is still one matter."""
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    registering(page)

    def lost(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/desk/register", lost)
    page.get_by_role("button", name="登记并打印回执").last.click()
    page.wait_for_timeout(1500)
    assert Case.objects.count() == 1
    page.unroute("**/desk/register")
    clerk.complaints.clear()
    page.goto(clerk.base + "/desk/register")
    expect(page.get_by_label("反映内容")).to_have_value(WHAT)
    expect(page.locator(f'input[name="area"][value="{EAST_A}"]')).to_be_checked()
    clerk.press("登记并打印回执")
    expect(page.locator(".slip-code b")).to_be_visible()
    assert Case.objects.count() == 1
    assert drafts(page) == ([], [])


@pytest.mark.once
def test_signing_out_leaves_nothing_in_any_tab(person: Callable[..., Person]) -> None:
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(WHAT)
    page.locator("#who-name").fill("王小明")
    other = clerk.context.new_page()
    other.goto(clerk.base + "/desk/records/new")
    other.locator("#what").fill("帮李大爷打印社保凭证")
    # what the other tab keeps comes over in its own time
    page.wait_for_function("2 === Object.keys(localStorage).filter((name) => name.startsWith('draft:')).length")
    page.locator("details.menu.me summary, details.menu summary").last.click()
    with page.expect_navigation():
        page.get_by_role("button", name="退出").click()
    assert drafts(page) == ([], [])
    other.wait_for_url("**/sign-in*")
    assert drafts(other) == ([], [])
    other.close()


@pytest.mark.once
def test_somebody_else_at_the_same_machine_finds_nothing(person: Callable[..., Person], county: County) -> None:
    """The session ran out without signing out; the next person signs in: the words of the one before are taken away."""
    clerk, dispatcher = person("clerk"), person("dispatcher")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(WHAT)
    assert len(drafts(page)[0]) == 1
    clerk.context.add_cookies(dispatcher.context.cookies())
    clerk.go("/desk/")
    assert drafts(page) == ([], [])


@pytest.mark.once
def test_without_an_account_words_stay_only_with_the_tab(person: Callable[..., Person], county: County) -> None:
    code = opened(county.actor("clerk")).tracking_code
    resident = person()
    page = resident.go("/report")
    page.get_by_label("反映内容").fill(WHAT)
    page.locator("#who-name").fill("王小明")
    disk, tab = drafts(page)
    assert (disk, len(tab)) == ([], 1)
    page.reload()
    expect(page.get_by_label("反映内容")).to_have_value(WHAT)
    page = resident.go(f"/t/{code}")
    page.locator("details", has_text="撤回").locator("summary").click()
    page.locator("details[open] textarea").last.fill("已经自己修好了")
    page.reload()
    assert any("已经自己修好了" in page.evaluate(f"sessionStorage.getItem('{name}')") for name in drafts(page)[1])
    assert drafts(page)[0] == []


@pytest.mark.once
def test_too_large_files_are_said_before_they_are_sent(person: Callable[..., Person]) -> None:
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill(WHAT)
    chooser = page.locator('input[type="file"]').first
    chooser.set_input_files({"name": "大.jpg", "mimeType": "image/jpeg", "buffer": b"x" * (21 * 1024 * 1024)})
    expect(page.locator(".files .wrong")).to_contain_text("每个不超过 20 MB")
    assert chooser.evaluate("(one) => one.files.length") == 0
    chooser.set_input_files({"name": "灯.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    expect(page.locator(".files .wrong")).to_have_count(0)
    expect(page.get_by_label("反映内容")).to_have_value(WHAT)


def test_a_photograph_from_the_window_and_from_the_resident(person: Callable[..., Person], county: County) -> None:
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    registering(page)
    picture = {"name": "路灯.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    page.locator('input[type="file"]').first.set_input_files(picture)
    clerk.press("登记并打印回执")
    code = page.locator(".slip-code b").inner_text()
    resident = person()
    page = resident.go(f"/t/{code}")
    page.locator("details", has_text="补充照片").locator("summary").click()
    page.locator('details[open] input[type="file"]').first.set_input_files({**picture, "name": "我拍的.jpg"})
    with page.expect_navigation():
        page.locator("details[open] form button").last.click()
    resident.look()
    expect(page.locator(".pictures img")).to_have_count(1)
    assert page.evaluate(DECODED)
    case_id = Case.objects.get().pk
    dispatcher = person("dispatcher")
    page = dispatcher.go(f"/desk/case/{case_id}")
    expect(page.locator(".pictures img")).to_have_count(2)
    page.locator(".pictures img").first.scroll_into_view_if_needed()
    with page.expect_download() as download:
        page.locator(".pictures a").first.click()
    assert download.value.suggested_filename == Attachment.objects.order_by("pk")[0].name == "路灯.jpg"
