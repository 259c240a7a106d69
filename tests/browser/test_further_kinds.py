"""What the first three stories do not come to: the last level of a petition, a court's ruling, the narrowest head of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from bihuan.cases import codes
from bihuan.ledger import clock as product_clock
from tests.bihuan.play.test_pack_stories import founded
from tests.browser.people import Person, act
from tests.browser.test_kinds import Sits, answer, next_of
from tests.browser.test_kinds import screen as screen  # noqa: PLC0414 - a fixture
from tests.factories.matters import brought_to, found_matters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
CODE, UNHEARD = "7QK4M2XD", "漏算的是八分地，测绘时没有叫我到场。"
Seat = Callable[..., Person]


@pytest.fixture
def begun(screen: Sits, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], tuple[Seat, str, str]]:
    """``begun(story, act)``: a story of ``santai`` told up to that act: who sits down for whom, the case's page, its title."""

    def until(key: str, does: str) -> tuple[Seat, str, str]:
        monkeypatch.setattr(codes, "new_code", lambda: CODE)
        teller = founded("santai", clock)
        story = next(one for one in teller.place.pack.later.stories if one.key == key)
        upto = next(n for n, one in enumerate(story.acts) if one.does == does)
        assert teller.play(replace(story, acts=story.acts[:upto], end={})).held

        def at(who: str, *, phone: bool = False) -> Person:
            actor = teller.place.person(who, story.cast, teller.case_id)
            return screen(actor.account, actor.post_id, phone=phone)

        return at, f"/desk/case/{teller.case_id}", str(story.acts[0].facts["title"])

    return until


def row_of(one: Person) -> Locator:
    """What has been opened under a line of a list: what is to be read, and the form."""
    return one.page.locator("tr.unfolded")


def served(form: Locator) -> None:
    form.locator('[name="f-served_at"]').fill(product_clock.now().strftime("%Y-%m-%dT%H:%M"))
    answer(form, served_way="in_person")


def test_a_petition_is_reviewed_and_re_examined(screen: Sits, begun: Any) -> None:
    """Asked for by the petitioner on a phone, answered by the office above, asked for again, answered for good."""
    at, case, title = begun("petition_with_review", "ask_review")
    resident = screen(phone=True)

    def asks(words: str, picture: str) -> None:
        page = resident.go(f"/t/{CODE}")
        resident.picture(picture)
        page.locator("main textarea").first.fill(words)
        resident.press("提交")

    asks(UNHEARD, "kind-petition-served")
    reviewer = at("reviewer")

    def review(form: Locator) -> None:
        expect(row_of(reviewer)).to_contain_text(UNHEARD)  # nobody reviews without having read why it is asked for
        answer(form, review_outcome="upheld")
        form.locator('select[name="f-reexaminer"]').select_option(index=1)
        form.locator('[name="f-review_found"]').fill("复查组织了双方到场复测，结果与处理意见基本一致。")
        form.locator('[name="f-review_opinion"]').fill("维持处理意见，补发面积按三分二厘计算。")
        reviewer.picture("kind-petition-review")

    next_of(reviewer, title, review)
    next_of(reviewer, title, served)
    asks("对复测结果仍有异议。", "kind-petition-review-served")
    upper = at("upper", phone=True)

    def reexamine(form: Locator) -> None:
        for words in ("对复测结果仍有异议", "补发面积按三分二厘计算"):
            expect(row_of(upper)).to_contain_text(words)
        answer(form, reexamination_outcome="upheld")
        form.locator('[name="f-reexamination_opinion"]').fill("复测程序合法，结果准确，维持复查意见。")
        upper.picture("kind-petition-reexamination")

    next_of(upper, title, reexamine)
    page = upper.go(case)
    upper.picture("kind-petition-final")
    expect(page.locator("main")).to_contain_text("信访事项复核意见书")
    page = resident.go(f"/t/{CODE}")
    resident.picture("kind-petition-final-track")
    expect(page.locator("main")).to_contain_text("维持复查意见")
    expect(page.locator("main")).to_contain_text("信访事项复核意见书")
    assert not page.locator("main textarea").count()  # the end: nothing more to ask for on this way


def test_an_agreement_is_confirmed_by_the_court(screen: Sits, begun: Any) -> None:
    """Asked for by both sides together; the matter cannot be closed before the court has ruled."""
    at, case, title = begun("three_colours", "look_back")
    team = at("team", phone=True)

    def ask(form: Locator) -> None:
        form.locator('select[name="f-court"]').select_option(index=1)
        answer(form, joint="yes")
        team.picture("kind-confirmation-ask")

    act(team, case, "双方共同申请司法确认", ask)
    page = team.go(case)
    team.picture("kind-confirmation-asked")
    expect(page.locator("main")).to_contain_text("司法确认申请书")
    court = at("court")

    def ruled(form: Locator) -> None:
        expect(row_of(court)).to_contain_text("栽界桩三根")  # what the court is asked to confirm
        answer(form, ruling="confirmed")
        form.locator('[name="f-ruling_number"]').fill("〔2026〕川0722民特12号")
        court.picture("kind-confirmation-ruling")

    next_of(court, title, ruled)
    page = team.go(case)
    team.picture("kind-confirmation-ruled")
    expect(page.locator("main")).to_contain_text("裁定有效")
    expect(page.locator("main")).to_contain_text("民特12号")
    resident = screen(phone=True)
    expect(resident.go(f"/t/{CODE}").locator("main")).to_contain_text("双方共同申请了司法确认")
    resident.picture("kind-confirmation-track")


@pytest.mark.once
def test_the_head_of_a_page_stays_one_line_on_a_phone(screen: Sits, clock: Any) -> None:
    """Two digits of notices and a name of three signs; a much longer name is the control: the head may wrap."""
    county = found_matters()
    clerk = screen(county.accounts["clerk"], county.posts["clerk"], phone=True)
    tops = []
    for name in ("欧阳海", "一个长得多的名字"):
        page = clerk.go("/desk/")
        page.evaluate(
            """(name) => { document.querySelector(".me > summary").firstChild.data = name;
            const bell = document.querySelector(".bell"); bell.querySelector(".badge")?.remove();
            bell.append(Object.assign(document.createElement("b"), { className: "badge", textContent: "27" })); }""",
            name,
        )
        box = clerk.look().locator(".own").bounding_box()
        assert box is not None
        tops.append(box["y"])
    assert tops[0] < 20 < tops[1]


@pytest.mark.once
def test_no_line_of_a_list_runs_into_the_next_one_on_a_phone(screen: Sits, clock: Any) -> None:
    """A title of three lines in the card of a list: its cell is as high as its words."""
    county = found_matters()
    brought_to(
        county, "assigned", title="村口到学校的路灯坏了两个多星期晚上孩子放学看不见路请尽快来人修理并把沿线几盏一起检查一遍"
    )
    dispatcher = screen(county.accounts["dispatcher"], county.posts["dispatcher"], phone=True)
    page = dispatcher.go("/desk/lists/handed_over")
    dispatcher.picture("list-phone")
    heights = page.locator(".listing tbody td").evaluate_all(
        "(cells) => cells.map((one) => [one.clientHeight, one.scrollHeight])"
    )
    assert max(shown for shown, _needed in heights) > 60  # the control: some cell has several lines
    assert [one for one in heights if one[1] > one[0] + 1] == []
