"""One's own page, and leave with deputies at the desk."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from bihuan.access import codes, factor, own, sessions
from bihuan.access.signin import sign_in
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.models import Account
from bihuan.people.selectors import leaves, posts_of
from bihuan.rules.terms import SYSTEM
from tests.bihuan.desk.test_people import BUDGET, NEW, at_the_desk, code_on, county, person
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
HOME = "203.0.113.9"
__all__ = ["county"]


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = "") -> Any:
    return client.post("/desk/me/password", {"old": old, "new": new, "again": again or new}, REMOTE_ADDR=HOME)


@pytest.mark.parametrize("username", ["liaison", "dispatcher", "guard"])
def test_the_page_costs_few_statements(county: County, username: str) -> None:
    client = at_the_desk(county, username)
    for path in ("/desk/me", "/desk/away"):
        client.get(path)
        with counted() as count:
            assert client.get(path).status_code == 200
        assert len(count) <= BUDGET, (path, count)


def test_a_new_password_ends_the_other_sessions_and_gives_this_one_a_new_token(county: County) -> None:
    mine, other = at_the_desk(county, "liaison"), at_the_desk(county, "liaison")
    before = mine.cookies[settings.SESSION_COOKIE_NAME].value
    answer = change(mine)
    assert answer.status_code == 302
    assert mine.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert sessions.load(before) is None
    assert mine.get("/desk/me").status_code == 200
    assert other.get("/desk/me").status_code == 302
    assert sign_in(identifier="liaison", password=PASSWORD, address=HOME).kind == "wrong"
    assert sign_in(identifier="liaison", password=NEW, address=HOME).kind == "in"
    assert Entry.objects.filter(kind="password_changed", account=county.accounts["liaison"]).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"old": ""}, "请输入密码。"),
        ({"old": "not it at all"}, "这不是您的密码"),
        ({"new": "1234567890"}, "数字"),
        ({"again": "something else"}, "两次填写的密码不一致"),
        ({"new": ""}, "请填写新密码"),
    ],
)
def test_a_refused_change_changes_nothing(county: County, given: dict[str, str], said: str) -> None:
    client = at_the_desk(county, "liaison")
    answer = change(client, **given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert sign_in(identifier="liaison", password=PASSWORD, address=HOME).kind == "in"


def test_a_session_that_was_ended_meanwhile_keeps_no_password(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody knows the password, the account is given a code: what that session asked for just then comes to nothing."""
    client, number, reckon = at_the_desk(county, "liaison"), county.accounts["liaison"], own.make_password

    def while_a_code_is_issued(password: str) -> str:
        codes.issue_code(number, by=SYSTEM)
        return reckon(password)

    with monkeypatch.context() as patched:
        patched.setattr(own, "make_password", while_a_code_is_issued)
        assert change(client).status_code == 422
    assert sign_in(identifier="liaison", password=NEW, address=HOME).kind == "wrong"
    assert not Account.objects.get(pk=number).has_usable_password()
    assert Entry.objects.filter(kind="password_changed", account=number).count() == 0


def test_whoever_finds_a_screen_open_does_not_guess_the_password_there(county: County) -> None:
    client = at_the_desk(county, "liaison")
    kinds = [change(client, old=f"guess {n}").status_code for n in range(12)]
    assert kinds[0] == 422
    assert 429 in kinds
    assert change(client).status_code == 429, "not even the right one, for a while"


def test_devices_are_named_and_signed_out_one_by_one(county: County) -> None:
    browser = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
    elsewhere = Client(headers={"user-agent": browser})
    elsewhere.post("/sign-in", {"identifier": "liaison", "password": PASSWORD})
    assert elsewhere.get("/desk/").status_code == 200
    mine = at_the_desk(county, "liaison")
    page = mine.get("/desk/me").content.decode()
    assert "Chrome · Windows" in page
    assert "Mozilla" not in page
    number = re.search(r'name="session" value="(\d+)"', page)
    assert number
    stranger = at_the_desk(county, "officer")
    assert stranger.post("/desk/me/devices", {"session": number[1]}).status_code == 422
    assert elsewhere.get("/desk/").status_code == 200, "another's device is not mine to end"
    assert mine.post("/desk/me/devices", {"session": number[1]}).status_code == 302
    assert elsewhere.get("/desk/").status_code == 302
    assert mine.get("/desk/").status_code == 200


def test_new_recovery_codes_against_the_password(county: County) -> None:
    client, account = at_the_desk(county, "officer"), county.accounts["officer"]
    assert client.post("/desk/me/codes", {"password": PASSWORD}).status_code == 422, "no second step, no codes"
    factor.enrol(account, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert client.post("/desk/me/codes", {"password": "wrong one"}).status_code == 422
    page = client.post("/desk/me/codes", {"password": PASSWORD}).content.decode()
    first = re.findall(r"<li>(\d{4}) (\d{4})</li>", page)
    assert len(first) == 10
    assert factor.check(account, "".join(first[0])) == "recovery"
    client.post("/desk/me/codes", {"password": PASSWORD})
    assert factor.check(account, "".join(first[1])) == "wrong", "the earlier ones are worth nothing"


def test_language_and_large_text_go_with_the_person_to_every_browser(county: County) -> None:
    client = at_the_desk(county, "liaison")
    assert client.post("/desk/me/preferences", {"language": "en", "text": "large"}).status_code == 302
    fresh = at_the_desk(county, "liaison").get("/desk/").content.decode()
    assert 'lang="en" data-text="large"' in fresh
    assert client.post("/desk/me/preferences", {"language": "xx", "text": "huge"}).status_code == 422
    assert Account.objects.get(pk=county.accounts["liaison"]).language == "en"


# -- leave and deputies ------------------------------------------------------------------------------------------------


def leave_form(county: County, username: str, deputy: str, **more: str) -> dict[str, str]:
    form = {"do": "leave", "first_day": "2026-10-12", "last_day": "2026-10-16"}
    return {**form, f"deputy-{county.posts[username]}": str(county.accounts[deputy]), **more}


def test_somebody_enters_their_leave_and_the_deputy_has_the_post_one_tap_away(county: County) -> None:
    leader, liaison = at_the_desk(county, "leader"), at_the_desk(county, "liaison")
    assert 'class="seats' not in liaison.get("/desk/").content.decode(), "one post alone: no switch"
    with counted() as count:
        assert leader.post("/desk/away", leave_form(county, "leader", "liaison")).status_code == 302
    assert len(count) <= 12, count
    for path in ("/desk/", "/desk/cases", "/desk/away", "/desk/me"):
        page = liaison.get(path).content.decode()
        assert "代周leader" in page, path
    seat = re.search(r'class="seat" name="post" value="(\d+)">', page)
    assert seat
    assert liaison.post("/post", {"post": seat[1]}).status_code == 302
    page = liaison.get("/desk/").content.decode()
    assert "您正在代周leader履行“分管领导”职责" in page
    assert "已经登记了请假" in leader.post("/desk/away", leave_form(county, "leader", "officer")).content.decode()
    number = leaves([county.accounts["leader"]], date(2026, 10, 12))[0].id
    assert leader.post("/desk/away", {"do": "back", "leave": number}).status_code == 302
    answer = liaison.get("/desk/", follow=True)
    assert answer.redirect_chain, "the time in the other's post is over"
    assert "代周leader" not in answer.content.decode()
    assert answer.status_code == 200


def test_the_leader_enters_the_leave_of_the_unit_s_people_and_of_nobody_else(county: County) -> None:
    leader = at_the_desk(county, "leader")
    form = leave_form(county, "officer", "liaison", person=str(county.accounts["officer"]))
    assert leader.post("/desk/away", form).status_code == 302
    for who in ("water_officer", "dispatcher"):
        assert leader.get("/desk/away", {"person": county.accounts[who]}).status_code == 404
    assert at_the_desk(county, "officer").get("/desk/away", {"person": county.accounts["leader"]}).status_code == 404
    assert at_the_desk(county, "guard").get("/desk/away", {"person": county.accounts["leader"]}).status_code == 200


def test_a_deputy_is_somebody_of_the_unit(county: County) -> None:
    leader = at_the_desk(county, "leader")
    assert leader.post("/desk/away", leave_form(county, "leader", "water_officer")).status_code == 422
    assert posts_of(county.accounts["water_officer"])[-1].instead_of == 0


def test_usual_deputies_are_proposed(county: County) -> None:
    leader = at_the_desk(county, "leader")
    assert leader.post("/desk/away", leave_form(county, "leader", "liaison", do="second")).status_code == 302
    page = leader.get("/desk/away").content.decode()
    assert re.search(rf'value="{county.accounts["liaison"]}" selected', page)
    assert "B角：周liaison" in at_the_desk(county, "guard").get(person(county, "leader")).content.decode()


def test_a_reset_second_step_is_set_up_anew(county: County) -> None:
    account = county.accounts["officer"]
    factor.enrol(account, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    guard = at_the_desk(county, "guard")
    assert "清除第二步验证" in guard.get(person(county, "officer")).content.decode()
    assert guard.post(f"{person(county, 'officer')}/act", {"do": "factor"}).status_code == 302
    assert not factor.is_enrolled(account)
    assert Entry.objects.get(kind="factor_reset").account == county.accounts["guard"]


def test_a_lock_is_lifted(county: County, clock: Any) -> None:
    guard = at_the_desk(county, "guard")
    for _ in range(12):
        outcome = sign_in(identifier="liaison", password="wrong", address=HOME)
    assert outcome.kind == "locked"
    assert "暂时锁定" in guard.get(person(county, "liaison")).content.decode()
    assert guard.post(f"{person(county, 'liaison')}/act", {"do": "unlock"}).status_code == 302
    assert sign_in(identifier="liaison", password=PASSWORD, address=HOME).kind == "in"
    assert code_on(guard.post(f"{person(county, 'liaison')}/password"))
    clock.advance(timedelta(hours=2))


def test_the_auditor_reads_what_was_done_about_people_and_for_whom(county: County) -> None:
    guard, leader = at_the_desk(county, "guard"), at_the_desk(county, "leader")
    code_on(guard.post(f"{person(county, 'liaison')}/password"))
    leader.post("/desk/away", leave_form(county, "leader", "liaison"))
    deputy = at_the_desk(county, "liaison")
    seat = next(one for one in posts_of(county.accounts["liaison"]) if one.instead_of)
    deputy.post("/post", {"post": seat.id})
    deputy.post("/desk/away", leave_form(county, "liaison", "officer", first_day="2026-11-02", last_day="2026-11-03"))
    page = at_the_desk(county, "auditor").get("/desk/ledger").content.decode()
    assert "重设了密码" in page
    assert "登记了请假" in page
    assert "周liaison（代周leader）" in page
