"""Staff and posts at the security administrator's desk: every form on it, in few statements, with nothing told too much."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from bihuan.access import sessions
from bihuan.access.signin import sign_in
from bihuan.config.statements import counted
from bihuan.ledger import clock as product_clock
from bihuan.ledger.models import Entry
from bihuan.people.models import Account
from bihuan.people.selectors import posts_of
from bihuan.people.services import AccountRow, PostRow, create_account, create_accounts, give_post
from tests.factories.matters import brought_to, found_matters
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
BUDGET = 8
NEW = "Fluss am Abend 26"


@pytest.fixture
def county(clock: Any) -> County:
    county = found_matters()
    account = create_account(AccountRow(username="guard", name="安全员", password=PASSWORD))
    post = give_post(PostRow(username="guard", key="security_admin", unit_key="centre"))
    return County(county.units, {**county.posts, "guard": post}, {**county.accounts, "guard": account})


@pytest.fixture
def admin(county: County) -> Client:
    return at_the_desk(county, "guard")


def at_the_desk(county: County, username: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = sessions.open_session(
        account=county.accounts[username], post=county.posts[username], stage="in", factor_at=product_clock.now()
    )
    return client


def code_on(page: Any) -> str:
    found = re.search(r'class="one-time"[^>]*>([A-Z0-9-]+)<', page.content.decode())
    assert found, page.content.decode()[:2000]
    return found[1]


def person(county: County, username: str) -> str:
    return f"/desk/admin/people/{county.accounts[username]}"


def renewed(identifier: str, code: str, password: str = NEW) -> Any:
    form = {"identifier": identifier, "code": code, "password": password, "again": password}
    return Client().post("/new-password", form)


# -- the list and the page of one account ------------------------------------------------------------------------------


def test_screens_cost_few_statements_whatever_the_number_of_people(admin: Client, county: County) -> None:
    create_accounts(AccountRow(username=f"more{n}", name=f"更多{n}") for n in range(120))
    brought_to(county, "drafted")
    own_post = f"{person(county, 'leader')}/post/{county.posts['leader']}"
    for path, allowed in (("/desk/admin/people", BUDGET), (person(county, "leader"), BUDGET), (own_post, BUDGET + 2)):
        admin.get(path)
        with counted() as count:
            assert admin.get(path).status_code == 200
        assert len(count) <= allowed, (path, count)


def test_the_list_goes_on_after_fifty_and_finds_by_name_and_number(admin: Client, county: County) -> None:
    create_accounts(AccountRow(username=f"more{n}", name=f"更多{n}", staff_no=f"G{n:03}") for n in range(45))
    page = admin.get("/desk/admin/people").content.decode()
    more = re.search(r'href="(/desk/admin/people\?[^"]*after=\d+)"', page)
    assert more
    assert "更多44" in admin.get(more[1].replace("&amp;", "&")).content.decode()
    for typed in ("更多7", "G007", "more7"):
        assert "更多7" in admin.get("/desk/admin/people", {"q": typed}).content.decode()
    assert "没有找到人员" in admin.get("/desk/admin/people", {"q": "查无此人"}).content.decode()


def test_who_sits_nowhere_and_what_waits_for_nobody_stands_above_the_list(admin: Client, county: County) -> None:
    brought_to(county, "drafted")
    assert "有待办但无人在岗" not in admin.get("/desk/admin/people").content.decode()
    admin.post(f"{person(county, 'leader')}/act", {"do": "end"})
    page = admin.get("/desk/admin/people").content.decode()
    assert "有待办但无人在岗" in page
    assert "分管领导" in page
    assert "1 项待办" in page


# -- an account from its opening to its end ----------------------------------------------------------------------------


def test_an_account_is_opened_gets_a_post_and_signs_in_with_a_password_nobody_else_knows(admin: Client, county: County) -> None:
    form = {"name": "李新", "username": "LiXin", "staff_no": "G201", "mobile": "13800138111"}
    page = admin.post("/desk/admin/people/new", form)
    code = code_on(page)
    assert "no-store" in page.headers["Cache-Control"]
    account = Account.objects.get(username="lixin")
    assert b"13800138111" not in bytes(account.mobile_sealed)
    assert not account.has_usable_password()
    assert sign_in(identifier="lixin", password="", address="203.0.113.9").kind == "wrong"
    shown = admin.get(f"/desk/admin/people/{account.pk}").content.decode()
    assert "13800138111" not in shown
    assert code not in shown
    unit = county.units["housing"]
    given = admin.post(f"/desk/admin/people/{account.pk}/post", {"unit": unit, "key": "liaison", "from": "2026-10-12"})
    assert given.status_code == 302
    again = admin.post(f"/desk/admin/people/{account.pk}/post", {"unit": unit, "key": "liaison", "from": "2026-10-12"})
    assert again.status_code == 422
    assert renewed("G201", code.lower().replace("-", " ")).status_code == 200
    assert sign_in(identifier="13800138111", password=NEW, address="203.0.113.9").kind == "in"
    assert {"accounts_created", "password_code_issued", "posts_given", "password_changed"} <= set(
        Entry.objects.filter(thread="").values_list("kind", flat=True)
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "username": "newone"}, "请填写"),
        ({"name": "李新", "username": "1"}, "以字母开头"),
        ({"name": "李新", "username": "leader"}, "已有其他账号使用"),
        ({"name": "李新", "username": "newone", "mobile": "12345"}, "这不是手机号码"),
        ({"name": "李新", "username": "newone", "email": "@"}, "这不是电子邮箱地址"),
        ({"name": "李\x00新", "username": "newone"}, "重新"),
        ({"name": "李" * 61, "username": "newone"}, "60"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(admin: Client, form: dict[str, str], said: str) -> None:
    page = admin.post("/desk/admin/people/new", form)
    assert page.status_code == 422
    assert said in page.content.decode()
    if form["name"].isprintable():
        assert f'value="{form["name"]}"' in page.content.decode()
    assert not Account.objects.filter(username="newone").exists()


def test_names_are_corrected_and_the_mobile_kept_unless_a_new_one_is_typed(admin: Client, county: County) -> None:
    account = county.accounts["leader"]
    form = {"name": "周领导", "username": "leader", "staff_no": "H9"}
    Account.objects.filter(pk=account).update(mobile_hash="kept")
    assert admin.post(f"{person(county, 'leader')}/names", form).status_code == 302
    row = Account.objects.get(pk=account)
    assert (row.name, row.staff_no, row.mobile_hash) == ("周领导", "h9", "kept")
    assert admin.post(f"{person(county, 'leader')}/names", {**form, "staff_no": "officer"}).status_code == 422


def test_a_change_of_job_at_the_desk(admin: Client, county: County) -> None:
    brought_to(county, "drafted")
    where = f"{person(county, 'leader')}/post/{county.posts['leader']}"
    assert "该岗位没有其他人" in admin.get(where).content.decode()
    stuck = admin.get(where, {"successor": county.accounts["officer"]}).content.decode()
    assert "须回避部分环节" in stuck
    form = {"last_day": "2026-10-31", "successor": county.accounts["liaison"], "seen_to": ""}
    with counted() as count:
        assert admin.post(where, form).status_code == 302
    assert len(count) <= 12, count
    assert admin.post(where, form).status_code == 422, "it has been handed over: look again"
    posts = {post.key: post for post in posts_of(county.accounts["liaison"])}
    assert posts["office_leader"].valid_from == date(2026, 11, 1)
    assert "交接" in admin.get(f"{person(county, 'leader')}?done=handed").content.decode()


def test_nobody_administers_themselves(admin: Client, county: County) -> None:
    for path, form in (
        ("/password", {}), ("/act", {"do": "end"}), ("/act", {"do": "factor"}),
        ("/post", {"unit": county.units["centre"], "key": "dispatcher", "from": "2026-10-12"}),
    ):  # fmt: skip
        assert admin.post(person(county, "guard") + path, form).status_code == 422, path
    assert [post.key for post in posts_of(county.accounts["guard"])] == ["security_admin"]


def test_the_three_administrators_stay_three_people(admin: Client, county: County) -> None:
    form = {"unit": county.units["centre"], "key": "auditor", "from": "2026-10-12"}
    page = admin.post(f"{person(county, 'admin')}/post", form)
    assert page.status_code == 422
    assert "须由不同的人担任" in page.content.decode()


def test_ended_and_put_back(admin: Client, county: County) -> None:
    desk = at_the_desk(county, "leader")
    assert desk.get("/desk/").status_code == 200
    assert admin.post(f"{person(county, 'leader')}/act", {"do": "end"}).status_code == 302
    assert desk.get("/desk/").status_code == 302, "at once"
    assert admin.post(f"{person(county, 'leader')}/act", {"do": "end"}).status_code == 422
    assert admin.post(f"{person(county, 'leader')}/password").status_code == 422
    assert admin.post(f"{person(county, 'leader')}/act", {"do": "restore"}).status_code == 302
    assert sign_in(identifier="leader", password=PASSWORD, address="203.0.113.9").kind in ("in", "no_post")


# -- one-time codes ----------------------------------------------------------------------------------------------------


def test_a_code_is_good_once_within_the_hour_and_kills_the_old_password(admin: Client, county: County, clock: Any) -> None:
    desk = at_the_desk(county, "liaison")
    first = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    assert desk.get("/desk/").status_code == 302, "sessions have ended"
    assert sign_in(identifier="liaison", password=PASSWORD, address="203.0.113.9").kind == "wrong"
    second = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    assert renewed("liaison", first).status_code == 422, "a newer code makes the older worthless"
    assert renewed("liaison", second).status_code == 200
    assert renewed("liaison", second, NEW + "x").status_code == 422, "once"
    late = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    clock.advance(timedelta(minutes=61))
    assert renewed("liaison", late).status_code == 422
    for table in (Entry.objects.values_list("facts", flat=True),):
        assert not any(code in str(list(table)) for code in (first, second, late))


def test_wrong_codes_take_nothing_from_the_right_one(admin: Client, county: County) -> None:
    """Else anybody who knows a name could spoil its code; each address has its few tries."""
    code = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    for _ in range(5):
        assert renewed("liaison", "AAAA-AAAA-AAAA").status_code == 422
    assert renewed("liaison", code).status_code == 200
    assert renewed("liaison", code).status_code == 422, "once"


def test_the_answer_never_tells_whether_a_name_exists(admin: Client, county: County) -> None:
    code = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    token = re.compile(r'name="(csrfmiddlewaretoken|identifier)" value="[^"]*"|value="[^"]*" maxlength="160"|nonce="[^"]*"')
    pages = {
        token.sub("", renewed(name, typed).content.decode())
        for name, typed in (("liaison", "AAAA-AAAA-AAAA"), ("nobody", code), ("officer", code), ("nobody", "AAAA-AAAA-AAAA"))
    }
    assert len(pages) == 1


def test_a_weak_password_costs_no_try(admin: Client, county: County) -> None:
    code = code_on(admin.post(f"{person(county, 'liaison')}/password"))
    for weak in ("1234567890", "short", "liaison123"):
        assert renewed("liaison", code, weak).status_code == 422
    page = Client().post("/new-password", {"identifier": "liaison", "code": code, "password": NEW, "again": NEW + "y"})
    assert "两次填写的密码不一致" in page.content.decode()
    assert renewed("liaison", code).status_code == 200
