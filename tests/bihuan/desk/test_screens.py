"""Every screen of the desk for those who use it: in both languages, well marked up, within the budget of statements."""

from __future__ import annotations

import re

import pytest

from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.rules.procedure.shape import STAY  # noqa: F401 - the procedure is known here by its shape only
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import STEPS, brought_to
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

BUDGET = 8
USERS = {
    "/desk/": ("clerk", "dispatcher", "liaison", "officer", "leader", "checker", "caller", "head", "village_clerk", "admin"),
    "/desk/triage": ("dispatcher", "east_dispatcher"),
    "/desk/cases": ("clerk", "dispatcher", "officer", "grid_leader"),
    "/desk/cases?light=over&open=yes&category=x&state=handling": ("dispatcher",),
    "/desk/cases?office=1&beside=yes&ended=2026-10-01&late=yes&closed=2026-10-01&area=own": ("dispatcher",),
    "/desk/board": ("dispatcher", "east_dispatcher", "head", "leader"),
    "/desk/monthly": ("dispatcher", "head", "leader"),
    "/desk/monthly?month=2026-09": ("head",),
    "/desk/calls": ("caller", "east_caller"),
    "/desk/register": ("clerk", "dispatcher", "village_clerk", "grid_leader"),
    "/desk/records": ("clerk", "grid_leader", "head"),
    "/desk/records/new": ("clerk", "grid_leader"),
    "/desk/import": ("dispatcher",),
    "/desk/looks": ("protector", "auditor"),
    "/desk/ledger": ("auditor",),
    "/desk/duties": ("clerk", "dispatcher", "admin"),
    "/desk/supervision": ("head", "leader", "dispatcher"),
    "/desk/supervision/circular/new": ("head",),
    "/desk/notices": ("officer", "admin"),
}
SCREENS = [(path, user) for path, users in USERS.items() for user in users]
TURN = {"": "dispatcher", "accepted": "dispatcher", "assigned": "liaison", "handling": "officer", "drafted": "leader",
        "signed": "checker", "passed": "caller", "archived": "caller"}  # fmt: skip
ENGLISH = re.compile(r"[A-Za-z]{3,}")
ALLOWED = re.compile(
    r"bihuan ledger verify|\b(English|PDF|Word|Excel|xlsx|csv|zhou|Excel|CSV)\b|周\w+|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b"
)


def primary_buttons(text: str) -> int:
    """Primary buttons that show at once: those inside a form that is folded up show when it is opened."""
    shown = re.sub(r"(?s)<form class=\"act-form\".*?</form>", "", text)
    return len(re.findall(r'class="btn primary', shown))


@pytest.mark.parametrize(("path", "user"), SCREENS)
def test_screen(visit: Visit, county: County, path: str, user: str) -> None:
    brought_to(county, "accepted")
    client = visit(user)
    client.get(path)  # the pack and the organisation are read once in a worker's life
    with counted() as count:
        answer = client.get(path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(text) == []
    assert len(count) <= BUDGET, count
    assert primary_buttons(text) <= 1
    assert 'lang="zh-CN"' in text
    assert ENGLISH.findall(ALLOWED.sub("", shown_words(text))) == []
    english = visit(user, language="en").get(path).content.decode()
    assert '<html lang="en"' in english
    assert faults_of(english) == []


def test_looks_and_their_reasons(visit: Visit, county: County) -> None:
    """A look at the resident's phone stands on the officer's page with its reason, and in the auditor's list."""
    case_id = brought_to(county, "passed", contact=ContactIn(name="王小明", phone="138 0013 8000"))
    shown = visit("caller").post(f"/desk/case/{case_id}/unmask", {"field": "phone", "reason": "回访打电话"}).content.decode()
    assert 'href="tel:13800138000"' in shown
    text = shown_words(visit("protector").get("/desk/looks").content.decode())
    assert "回访打电话" in text
    assert "查看个人信息" in shown_words(visit("auditor").get("/desk/ledger").content.decode())


@pytest.mark.parametrize(
    ("user", "door"), [("clerk", "/desk/records/new"), ("protector", "/desk/looks"), ("head", "/desk/cases")]
)
def test_an_empty_desk_says_what_the_post_is_for(visit: Visit, county: County, user: str, door: str) -> None:
    text = visit(user).get("/desk/").content.decode()
    assert f'href="{door}' in text.partition('class="doors"')[2]


def test_an_approval_shows_what_it_approves(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    plan = {"f-committed_on": "2026-12-30", "f-plan": "等配件到货后更换整排灯具，十二月底之前完成，每周报告一次。"}
    page = visit("officer").get(f"/desk/case/{case_id}").content.decode()
    form = re.search(r'name="rules" value="([^"]+)"', page)
    assert form is not None
    sent = {**plan, "rules": form[1], "request_id": "walk-plan-0001", "seen": ""}
    answer = visit("officer").post(f"/desk/case/{case_id}/act/main/plan", sent)
    assert answer.status_code == 302, shown_words(answer.content.decode())
    text = visit("head").get(f"/desk/case/{case_id}").content.decode()
    asked = text.partition('class="said office asked"')[2].partition("</form>")[0]
    assert "12月30日" in asked
    assert "更换整排灯具" in asked


@pytest.mark.parametrize("step", ["", *STEPS])
def test_case_page(visit: Visit, county: County, step: str) -> None:
    case_id = brought_to(county, step)
    client = visit(TURN[step])
    client.get(f"/desk/case/{case_id}")
    with counted() as count:
        answer = client.get(f"/desk/case/{case_id}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(text) == []
    assert len(count) <= BUDGET, count
    assert primary_buttons(text) <= 1
    assert ENGLISH.findall(ALLOWED.sub("", shown_words(text))) == []
    if step != "archived":
        assert text.count('name="request_id"') >= 1
        assert 'name="seen"' in text
    english = visit(TURN[step], language="en").get(f"/desk/case/{case_id}").content.decode()
    assert faults_of(english) == []


def test_every_screen_of_the_desk_is_looked_at() -> None:
    """A new address of the desk without a row above, or a test of its own, fails here."""
    from bihuan.web.guards import routes

    own = {"/desk/case/", "/desk/calls/", "/desk/import/", "/desk/records/", "/desk/me"}
    own |= {"/desk/admin/"}  # test_admin and test_people
    own |= {"/desk/supervision/letter/", "/desk/supervision/circular/<", "/desk/supervision/instruction/"}
    own |= {"/desk/lists", "/desk/services"}  # test_office_lists, test_errands
    own |= {"/desk/triage", "/desk/notices"}  # test_triage and test_notices
    own |= {"/desk/township", "/desk/away", "/desk/roster"}  # the rooms of levels and of people
    pages = {
        route.pattern for route in routes() if route.pattern.startswith("/desk") and route.guard and "GET" in route.guard.methods
    }
    seen = {path.partition("?")[0] for path in USERS}
    assert {page for page in pages if page not in seen and not page.startswith(tuple(own))} == set()
