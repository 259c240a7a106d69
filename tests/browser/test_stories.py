"""Six people and five minutes of their day, in a real browser: what each of them must be able to do without being taught."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from bihuan.cases.shapes import ContactIn
from bihuan.flows.worker import run_once
from tests.browser.people import Person, act
from tests.factories.matters import STEPS, brought_to, opened
from tests.factories.matters import act as done_by
from tests.factories.organisation import EAST_A, GRID_1, County

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
SHANGHAI = ZoneInfo("Asia/Shanghai")
RECORDS = 20
PHONE = ContactIn(name="王小明", phone="13800138000")
Sits = Callable[..., Person]


def time_goes_by(clock: Any, day: int, hour: int, minute: int = 0) -> None:
    """The worker has done all that is due by then."""
    clock.set(datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI))
    while run_once():
        pass


def at_an_office(county: County, office: str, **more: Any) -> int:
    """A matter handed to an office and acknowledged nowhere."""
    case_id = opened(county.actor("clerk"), **more).case_id
    done_by(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2])
    done_by(county.actor("dispatcher"), case_id, "assign", {"office": county.units[office], "basis": "按职责清单交办"})
    return case_id


def choose_first(form: Any, name: str) -> None:
    """Choose the first of the answers, whether they are drawn as buttons or as a list."""
    buttons = form.locator(f'input[name="{name}"]')
    if buttons.count():
        buttons.first.check(force=True)
    else:
        form.locator(f'select[name="{name}"]').select_option(index=1)


def test_the_head_of_the_centre_at_eight(person: Sits, county: County, clock: Any) -> None:
    """Reds by office, the own desk among them; two letters signed, each with a number; the month agrees with the board."""
    for office in ("housing", "housing", "water"):
        at_an_office(county, office)
    opened(county.actor("clerk"), title="一直没有人受理的事")
    time_goes_by(clock, 22, 8)
    head = person("head")
    page = head.go("/desk/supervision")
    expect(page.locator("section[aria-labelledby=s-red]")).to_contain_text("本单位")
    assert page.locator("section[aria-labelledby=s-red] li").count() == 3
    drafts = page.locator("section[aria-labelledby=s-drafts] li")
    assert drafts.count() == 2
    numbers = []
    for _ in range(2):
        with page.expect_navigation():
            drafts.first.locator("a.btn").click()
        head.look()
        if not numbers:
            page.get_by_label("列表前的话").or_(page.locator("#opening")).first.fill("请按下列时限办结并书面答复。")
            page.locator("input[name^=summary-]").first.fill("路灯不亮，群众夜间出行不便")
        head.press("签发")
        expect(page.locator(".say.ok")).to_contain_text("已签发")
        numbers.append(page.locator("h1").inner_text())
        page = head.go("/desk/supervision")
    assert len(set(numbers)) == 2
    assert all(re.search(r"督字〔2026〕第\d+号", number) for number in numbers)
    assert drafts.count() == 0
    head.go("/desk/board")
    head.go("/desk/monthly")
    expect(page.locator("main")).to_contain_text("县住建局")


def test_the_clerk_of_a_township(person: Sits, county: County) -> None:
    """One list; one to a station with its leader told, one reported up."""
    station = opened(county.actor("east_clerk"), title="夜市太吵", area_code=EAST_A).case_id
    upwards = opened(county.actor("east_clerk"), title="跨镇的河道污染", area_code=EAST_A).case_id
    for case_id in (station, upwards):
        done_by(county.actor("east_dispatcher"), case_id, "accept", STEPS["accepted"][2])
    clerk = person("east_dispatcher")
    page = clerk.go("/desk/township")
    expect(page.locator(".counts")).to_contain_text("今天到期")

    def send(form: Any) -> None:
        options = form.locator('select[name="f-office"] option')
        wanted = next(one for one in options.all() if "派出所" in (one.text_content() or ""))
        form.locator('select[name="f-office"]').select_option(value=wanted.get_attribute("value"))
        form.locator('textarea[name="f-basis"], input[name="f-basis"]').first.fill("社会生活噪声由公安派出所处理")
        form.locator('input[name="f-copy_leader"]').first.check()

    act(clerk, f"/desk/case/{station}", "交办", send)

    def report(form: Any) -> None:
        choose_first(form, "f-reason")
        form.locator('textarea[name="f-basis"], input[name="f-basis"]').first.fill("河道跨两个镇，须县里协调")

    act(clerk, f"/desk/case/{upwards}", "上报", report)
    leader = person("police_leader")
    leader.go(f"/desk/case/{station}")
    expect(leader.page.locator("h1")).to_contain_text("夜市太吵")
    dispatcher = person("dispatcher")
    dispatcher.go("/desk/township?from=below")
    expect(dispatcher.page.locator("main")).to_contain_text("跨镇的河道污染")


def test_an_officer_of_a_bureau(person: Sits, county: County) -> None:
    """One goes back with the duty cited; one is answered, signed by the leader, and read by the resident."""
    back = at_an_office(county, "housing", title="不归我们管的一件")
    told = opened(county.actor("clerk"), title="楼道灯不亮")
    done_by(county.actor("dispatcher"), told.case_id, "accept", STEPS["accepted"][2])
    done_by(county.actor("dispatcher"), told.case_id, "assign", {"office": county.units["housing"], "basis": "按职责清单"})
    liaison = person("liaison")

    def give_back(form: Any) -> None:
        choose_first(form, "f-reason")
        form.locator('textarea[name="f-basis"]').fill("职责清单：供水管网由水利部门负责，建议县水利局承办")

    act(liaison, f"/desk/case/{back}", "退回", give_back)
    act(liaison, f"/desk/case/{told.case_id}", "签收")
    officer = person("officer")

    def draft(form: Any) -> None:
        form.get_by_text("已经解决").click()
        form.locator("textarea").first.fill("楼道灯已更换，请放心使用。")

    act(officer, f"/desk/case/{told.case_id}", "拟办结答复", draft)
    leader = person("leader")
    page = leader.go("/desk/")
    expect(page.locator("main")).to_contain_text("楼道灯不亮")
    act(leader, f"/desk/case/{told.case_id}", "签发")
    resident = person()
    resident.go(f"/t/{told.tracking_code}")
    expect(resident.page.locator("main")).to_contain_text("楼道灯已更换")


def test_a_clerk_at_the_window(person: Sits) -> None:
    """Told once; the slip in large print names number, office, date and the code."""
    clerk = person("clerk")
    page = clerk.go("/desk/register")
    page.get_by_label("反映内容").fill("家门口的下水道堵了半个月，臭得开不了窗。")
    page.get_by_text("来访", exact=True).click()
    page.get_by_text("求助", exact=True).click()
    page.locator("#area-q").press_sequentially("青石")
    page.locator(f'input[name="area"][value="{EAST_A}"]').check()
    page.locator("#who-name").fill("刘奶奶")
    clerk.press("登记并打印回执")
    slip = page.locator(".slip")
    for said in ("查询码", "编号", "承办", "答应"):
        expect(slip).to_contain_text(re.compile(said) if said != "答应" else re.compile("答应|承诺"))
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.slip-code b')).fontSize)") >= 24
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.slip p')).fontSize)") >= 16
    assert page.locator(".slip .qr svg").count() == 1


def test_a_caller_in_plain_words(person: Sits, county: County) -> None:
    """The phone is shown for this call, the answer is no: it is handled again, and the next call opens by itself."""
    first = brought_to(county, "passed", title="路灯修了又坏", contact=PHONE)
    brought_to(county, "passed", title="水管修好了吗", contact=PHONE)
    caller = person("caller")
    page = caller.go("/desk/calls")
    with page.expect_navigation():
        page.locator(f'a[href="/desk/calls/{first}"]').last.click()
    caller.look()
    if page.get_by_role("button", name=re.compile("显示")).count():
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile("显示")).first.click()
        caller.look()
    form = page.locator("form.call-form")
    form.get_by_text("已联系上", exact=True).click()
    form.get_by_text("没有解决", exact=True).click()
    form.get_by_text("不满意", exact=True).click()
    form.locator("textarea").first.fill("昨天晚上又不亮了")
    with page.expect_navigation():
        form.get_by_role("button").first.click()
    caller.look()
    expect(page.locator(".say.ok")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("水管修好了吗")
    officer = person("officer")
    officer.go(f"/desk/case/{first}")
    expect(officer.page.locator("main")).to_contain_text("昨天晚上又不亮了")


def test_a_grid_leader_writes_twenty_records(person: Sits, county: County) -> None:
    """Two lines and one tap each: the form stays, with its place; all twenty stand below."""
    leader = person("grid_leader")
    page = leader.go("/desk/records/new")
    for n in range(RECORDS):
        page.locator("#what").fill(f"咨询医保缴费第{n + 1}位")
        page.locator("#result").fill("当场告知缴费办法")
        with page.expect_navigation():
            page.locator("form.card .form-acts .btn.primary").click()
    leader.look()
    assert page.locator("section.today li").count() == RECORDS
    assert page.locator('input[name="area"]:checked, input[name="area"][type=hidden]').first.get_attribute("value") == GRID_1
    assert page.evaluate("document.activeElement.id") == "what"
