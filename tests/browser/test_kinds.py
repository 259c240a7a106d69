"""One story of each other kind, finished by its people on their own screens: a whistle, an errand, a dispute with instalments.

Field posts and residents on a phone, the centre at a desk; every page is measured on arrival.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from bihuan import packs
from bihuan.access.sessions import open_session
from bihuan.cases.models import Case
from bihuan.flows.worker import run_once
from bihuan.ledger import clock as product_clock
from bihuan.people.selectors import post_named
from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts
from tests.bihuan.play.test_pack_stories import founded
from tests.browser.people import DESK, PHONE, Person, act, leave
from tests.factories.matters import found_matters
from tests.factories.organisation import EAST, EAST_A, PASSWORD, County
from tests.factories.organisation import PACK as SMALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
SHANGHAI = ZoneInfo("Asia/Shanghai")
TITLE = "灌溉沟改道，两组争水"
Sits = Callable[..., Person]


@pytest.fixture
def screen(browser: Browser, live_server: Any, clock: Any) -> Iterator[Sits]:
    """``screen(actor)``: whoever that is at a desk, ``phone=True`` on a phone; nobody = a resident."""
    people: list[Person] = []

    def sits_down(account: int = 0, post: int = 0, *, phone: bool = False) -> Person:
        now = product_clock.now()
        cookie = open_session(account=account, post=post, stage="in", factor_at=now) if account else ""
        people.append(Person(browser, live_server.url, PHONE if phone else DESK, cookie))
        people[-1].context.set_default_timeout(10_000)
        return people[-1]

    yield sits_down
    leave(people)


def next_of(one: Person, title: str, fill: Callable[[Locator], None] = lambda form: None) -> None:
    """The one next act of a matter in my work: its button opens the form under the line, or acts by itself."""
    one.go("/desk/")
    row = one.page.locator("table.list tr").filter(has_text=title).first
    button = row.locator(".next .btn").first
    unfolds = button.get_attribute("data-unfold") is not None
    button.click()
    if unfolds:
        form = one.page.locator("form.act-form:visible").last
        expect(form).to_be_visible(timeout=20_000)
        one.look()
        fill(form)
        form.get_by_role("button", name=re.compile("^确认")).click()
    expect(one.page.locator("tbody.went-on").first).to_be_visible(timeout=20_000)
    one.look()


def choose(form: Locator, *words: str) -> None:
    """Choose answers by their words."""
    for each in words:
        form.get_by_text(each, exact=True).first.click()


def answer(form: Locator, **given: str) -> None:
    """Answer choices by name, whether they are drawn as buttons or as a list."""
    for name, value in given.items():
        button = form.locator(f'input[name="f-{name}"][value="{value}"]')
        if button.count():
            button.check(force=True)
        else:
            form.locator(f'select[name="f-{name}"]').select_option(value)


# -- a whistle ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def whistling(clock: Any) -> County:
    """The small county by the rules of ``huaning``, with a political-legal member in its township."""
    pack = packs.load("huaning")
    placed = replace(pack, name="whistling", area=SMALL.area, offices=SMALL.offices, digest="", published=True)
    county = found_matters(replace(placed, digest=packs.digest(placed)))
    member = create_accounts([AccountRow(username="member", name="周委员", password=PASSWORD)])
    give_posts([PostRow(username="member", key="political_legal_member", unit_key=f"township_centre@{EAST}")])
    post = post_named("member")
    assert post is not None
    return replace(county, accounts={**county.accounts, **member}, posts={**county.posts, "member": post.id})


def test_a_township_whistles_for_an_office(screen: Sits, whistling: County) -> None:
    def at(name: str, *, phone: bool = True) -> Person:
        return screen(whistling.accounts[name], whistling.posts[name], phone=phone)

    resident = screen(phone=True)
    page = resident.go("/report")
    page.locator("textarea[name=f-what]").fill(f"{TITLE}，吵了几次，请帮忙。")
    page.get_by_text("求助", exact=True).click()
    page.locator("#area-q").press_sequentially("青石")
    page.locator(f'input[name="area"][value="{EAST_A}"]').check()
    resident.press("提交")
    code = page.locator(".code-shown").inner_text()
    dispatcher, member, liaison = at("east_dispatcher", phone=False), at("member"), at("liaison")

    def accept(form: Locator) -> None:
        form.locator("select").select_option(label="排水与内涝")
        choose(form, "一般事项（7 个工作日）", "一般")

    next_of(dispatcher, TITLE, accept)
    case = f"/desk/case/{Case.objects.get().pk}"

    def assign(form: Any) -> None:
        form.locator('select[name="f-office"]').select_option(label="东岭镇派出所")
        form.locator('[name="f-basis"]').fill("先由派出所到场劝和")

    act(dispatcher, case, "派单（转交）", assign)
    next_of(at("police"), TITLE)

    def whistle(form: Any) -> None:
        choose(form, "县住建局")
        form.locator('[name="f-respond_by"]').fill("2026-10-13T17:30")
        form.locator("textarea").fill("沟渠改道牵涉住建，镇里协调不动。")

    act(member, case, "吹哨", whistle)
    member.picture("kind-whistle")
    next_of(liaison, TITLE)
    next_of(at("officer"), TITLE, lambda form: form.locator("textarea").last.fill("已到现场，商定恢复原沟走向。"))

    def rate(form: Locator) -> None:
        expect(form).to_contain_text("商定恢复原沟走向")  # nobody rates what they have not read
        choose(form, "差")
        form.locator("textarea").last.fill("没有带图纸")
        member.picture("kind-whistle-rating")

    next_of(member, TITLE, rate)
    act(liaison, case, "说明一次", lambda form: form.locator("textarea").fill("图纸当天下午已补送。"))

    def settle(form: Locator) -> None:
        expect(form).to_contain_text("图纸当天下午已补送")
        choose(form, "一般")
        form.locator("textarea").last.fill("补送属实，评为一般。")

    next_of(at("deputy"), TITLE, settle)

    def draft(form: Locator) -> None:
        choose(form, "已经解决")
        form.locator("textarea").first.fill("灌溉沟已按原走向恢复，两组轮流放水。")

    next_of(at("police_officer"), TITLE, draft)
    next_of(at("police_leader"), TITLE, lambda form: None)
    next_of(at("east_checker", phone=False), TITLE)
    page = resident.go(f"/t/{code}")
    choose(page.locator("main"), "解决了", "满意")
    resident.press("提交")
    expect(page.locator("main")).to_contain_text("已经办完归档")


def registered(one: Person, picture: str) -> str:
    """Who it is for, then the form sent: the tracking code on the slip."""
    one.page.locator("#who-name").fill("何大妈")
    one.page.locator("#who-phone").fill("13900000000")
    one.picture(picture)
    with one.page.expect_navigation():
        one.page.locator("form button.btn.primary").last.click()
    one.look()
    return one.page.locator(".slip-code b").inner_text()


# -- an errand ------------------------------------------------------------------------------------------------------------


def test_an_errand_is_run_for_a_resident(screen: Sits, clock: Any) -> None:
    county = found_matters()
    clerk = screen(county.accounts["village_clerk"], county.posts["village_clerk"], phone=True)
    page = clerk.go("/desk/services")
    with page.expect_navigation():
        page.locator('a[href*="service=medical_costs"]').first.click()
    clerk.look()
    page.locator(f'input[name="area"][value="{EAST_A}"]').first.check()
    code = registered(clerk, "kind-errand-form")
    clerk.picture("kind-errand-slip")
    resident = screen(phone=True)
    expect(resident.go(f"/t/{code}").locator("main")).to_contain_text("前办好")
    case = f"/desk/case/{Case.objects.get().pk}"

    def hand_in(form: Any) -> None:
        form.locator('select[name="f-office"]').select_option(label="县住建局")
        form.locator("textarea").fill("发票和清单已交，十五个工作日出结果。")

    act(clerk, case, "材料交到部门", hand_in)
    expect(resident.go(f"/t/{code}").locator("main")).to_contain_text("十五个工作日出结果")

    def deliver(form: Any) -> None:
        choose(form, "办好了")
        form.locator("textarea").fill("报销款已到账，回单已送到家里。")

    act(clerk, case, "结果送回群众", deliver)
    clerk.picture("kind-errand-done")
    expect(resident.go(f"/t/{code}").locator("main")).to_contain_text("报销款已到账")
    resident.picture("kind-errand-track")


# -- a dispute ------------------------------------------------------------------------------------------------------------

FALL = "学生在校受伤的赔偿"
CAST = {
    "dispatcher": {"post": "dispatcher", "unit": "township_centre@township:3"},
    "team": {"post": "mediator", "unit": "township_centre@township:3"},
}


def test_a_dispute_is_settled_to_its_last_instalment(screen: Sits, clock: Any) -> None:
    """Registered, taken up, consent, settled, two instalments and an agreement written; each verified on its day; closed."""
    clock.set(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))
    teller = founded("santai", clock)

    def at(who: str, *, phone: bool = False) -> Person:
        actor = teller.place.person(who, CAST, 0)
        return screen(actor.account, actor.post_id, phone=phone)

    clerk = at("dispatcher")
    page = clerk.go("/desk/register?type=dispute")
    expect(page.locator("main")).to_contain_text("四、有一方是单位或工作人员吗？")
    page.get_by_label("标题").fill(FALL)
    page.get_by_label("纠纷的主要事实").fill("学生课间受伤，监护人要求学校赔偿，谈了两次没有谈拢。")
    answer(page.locator("main"), channel="visit", source="application")
    page.locator("#area-q").press_sequentially("望山镇")
    page.locator(".picks label").filter(has_text=re.compile(r"^\s*望山镇\s*$")).click()
    code = registered(clerk, "kind-dispute-form")
    case = f"/desk/case/{Case.objects.get().pk}"

    def accept(form: Locator) -> None:
        answer(form, category="dispute.damage", nature="two_sides", lasting="months", intensity="quarrel", protection="minor")

    next_of(clerk, FALL, accept)
    team = at("team", phone=True)

    def consent(form: Locator) -> None:
        answer(form, consent_form="written", mediator_by="chosen", session="private")
        form.locator('input[name="f-rights_told"]').first.check(force=True)
        form.locator('input[name="f-both_willing"]').first.check(force=True)
        team.picture("kind-dispute-consent")

    next_of(team, FALL, consent)

    def settled(form: Locator) -> None:
        answer(form, outcome="settled")
        form.locator('[name="f-place"]').fill("镇调解室")
        form.locator('[name="f-minutes"]').fill("120")
        form.locator('[name="f-record"]').fill("商定十五万元，分两次付。")

    act(team, case, "记录一次调解", settled)
    page = team.go(case)
    expect(page.locator("#acts")).to_contain_text("先把约定一项一项写下来")
    expect(page.locator("#acts summary.primary")).to_have_text("写下一项约定")  # nobody is nudged past the instalments
    team.picture("kind-dispute-agreeing")

    def instalments(form: Any) -> None:
        answer(form, payer="other_side", promise_kind="money")
        form.locator('[name="f-amount"]').fill("75000")
        for row, day in enumerate(("2026-03-20", "2026-04-20")):
            form.locator('[name="f-due_dates"]').nth(row).fill(day)
        form.get_by_text("再加一个日期", exact=True).locator("visible=true").click()
        expect(form.locator('[name="f-due_dates"]').nth(2)).to_be_visible()
        team.picture("kind-dispute-instalments")

    act(team, case, "写下一项约定", instalments)

    def agreement(form: Any) -> None:
        answer(form, agreement_form="written")
        form.locator('[name="f-agreement"]').fill("学校赔偿十五万元，分两期付清；双方不再有其他争议。")
        form.locator('[name="f-effective_on"]').fill("2026-03-02")
        form.locator('[name="f-watched_until"]').fill("2026-05-29")

    act(team, case, "立协议", agreement)
    for month in (3, 4):
        clock.set(datetime(2026, month, 23, 10, tzinfo=SHANGHAI))
        while run_once():
            pass
        team = at("team", phone=True)
        next_of(team, "到期，待核实", lambda form: form.locator("textarea").last.fill("看了转账凭证，已到账。"))
    act(team, case, "回访履行情况", _looked_back)
    act(team, case, "结案归档")
    team.picture("kind-dispute-closed")
    resident = screen(phone=True)
    expect(resident.go(f"/t/{code}").locator("main")).to_contain_text("分两期付清")
    resident.picture("kind-dispute-track")


def _looked_back(form: Locator) -> None:
    answer(form, found="done")
    form.locator('input[name="f-escalating"]').last.check(force=True)
    form.locator("textarea").fill("两期都已付清，孩子已回校。")
