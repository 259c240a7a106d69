"""The sign-in pages over HTTP: answers, cookies, forms, what is kept and what is never shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from bihuan.access import codes, factor, hashing
from bihuan.access.models import Session
from bihuan.people.models import Account
from bihuan.people.services import PostRow, give_post
from bihuan.rules.terms import Doer
from bihuan.web.signin import PASSWORD_MAX
from tests.bihuan.access.conftest import App, app, county  # noqa: F401 - fixtures
from tests.factories.organisation import EAST_A, PASSWORD, County

pytestmark = pytest.mark.django_db
COOKIE = "bihuan"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "zh-CN"})


def enter(client: Client, identifier: str = "clerk", password: str = PASSWORD, **more: str):
    return client.post("/sign-in", {"identifier": identifier, "password": password, **more})


def test_the_page_asks_in_chinese_and_needs_no_script(client: Client) -> None:
    page = client.get("/sign-in")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<script" not in text
    assert 'lang="zh-CN"' in text
    assert 'autocomplete="current-password"' in text
    assert "no-store" in page["Cache-Control"]
    assert COOKIE not in page.cookies


def test_signing_in_leads_to_the_page_that_was_wanted(client: Client, county: County) -> None:  # noqa: F811
    answer = enter(client, next="/desk/cases?q=%E8%B7%AF")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/cases?q=%E8%B7%AF")
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]
    again = client.get("/sign-in")
    assert (again.status_code, again["Location"]) == (302, "/desk/")


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "/sign-in", "\\\\x"],
)
def test_nobody_is_led_elsewhere(client: Client, county: County, wanted: str) -> None:  # noqa: F811
    assert enter(client, next=wanted)["Location"] == "/desk/"


def test_failures_look_alike_and_keep_the_name(client: Client, county: County) -> None:  # noqa: F811
    pages = [enter(client, name, "wrong-secret") for name in ("clerk", "nobody")]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()) for page in pages]
    assert texts[0].replace("clerk", "nobody") == texts[1]
    assert 'value="clerk"' in texts[0]
    assert "wrong-secret" not in texts[0]
    assert COOKIE not in pages[0].cookies


def test_what_is_missing_is_said_beside_its_field(client: Client, county: County) -> None:  # noqa: F811
    page = enter(client, "", "")
    text = page.content.decode()
    assert page.status_code == 422
    assert 'id="identifier-wrong"' in text
    assert 'id="password-wrong"' in text


def test_a_locked_name_is_told_so(client: Client, county: County) -> None:  # noqa: F811
    statuses = [enter(client, "clerk", "wrong").status_code for _ in range(5)]
    assert statuses == [422] * 4 + [429]
    assert enter(client).status_code == 429


@pytest.mark.parametrize("typed", ["\0", "\u202e", "𠀀" * 300, "<script>alert(1)</script>", "a" * 100_000])
def test_bad_input_is_an_answer_not_a_fault(client: Client, county: County, typed: str) -> None:  # noqa: F811
    page = enter(client, typed, typed)
    assert page.status_code == 422
    assert b"<script>alert" not in page.content


@override_settings(BIHUAN_ACCESS={"hashes_at_once": 1, "hash_wait": timedelta(milliseconds=10)})
def test_a_burst_is_turned_away_with_the_name_kept(client: Client, county: County) -> None:  # noqa: F811
    with hashing.hashing_slot():
        page = enter(client)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert b'value="clerk"' in page.content


def test_forms_from_elsewhere_are_refused(county: County) -> None:  # noqa: F811
    strict = Client(enforce_csrf_checks=True)
    for address in ("/sign-in", "/factor", "/sign-out", "/post"):
        assert strict.post(address, {"identifier": "clerk", "password": PASSWORD}).status_code == 403


def test_signing_out_ends_it_on_the_server(client: Client, county: County) -> None:  # noqa: F811
    enter(client)
    kept = client.cookies[COOKIE].value
    answer = client.post("/sign-out")
    assert answer["Location"] == "/sign-in"
    assert not Session.objects.exists()
    client.cookies[COOKIE] = kept
    assert client.get("/post").status_code == 302
    assert client.get("/sign-out").status_code == 405


def test_with_the_second_factor(client: Client, county: County, app: App) -> None:  # noqa: F811
    factor.enrol(county.accounts["dispatcher"], SECRET)
    answer = enter(client, "dispatcher", next="/desk/cases")
    assert answer["Location"] == "/factor?next=%2Fdesk%2Fcases"
    owed = client.cookies[COOKIE].value
    assert client.get("/post").status_code == 302, "not signed in yet"
    assert client.get("/sign-in")["Location"] == "/factor"
    assert client.get("/factor").status_code == 200
    wrong = client.post("/factor", {"code": "000000", "next": "/desk/cases"})
    assert wrong.status_code == 422
    assert 'value="/desk/cases"' in wrong.content.decode()
    right = client.post("/factor", {"code": app.code(SECRET), "next": "/desk/cases"})
    assert right["Location"] == "/desk/cases"
    assert client.cookies[COOKIE].value != owed
    assert client.get("/post").status_code == 200


def test_setting_the_second_factor_up(client: Client, county: County, app: App) -> None:  # noqa: F811
    enter(client, "dispatcher")
    page = client.get("/factor")
    text = page.content.decode()
    assert "<svg" in text
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", text))
    assert len(secret) == 32
    assert client.post("/factor", {"code": "000000"}).status_code == 422
    done = client.post("/factor", {"code": app.code(secret)})
    assert done.status_code == 200
    assert len(re.findall(r"<li>\d{4} \d{4}</li>", done.content.decode())) == 10
    assert client.get("/post").status_code == 200


def test_changing_the_post(client: Client, county: County) -> None:  # noqa: F811
    second = give_post(PostRow(username="clerk", key="village_clerk", unit_key=f"village_unit@{EAST_A}"))
    enter(client)
    before = client.cookies[COOKIE].value
    page = client.get("/post").content.decode()
    assert "青石村工作站" in page
    assert client.post("/post", {"post": str(county.posts["dispatcher"])}).status_code == 422
    assert client.post("/post", {"post": "x"}).status_code == 422
    assert client.post("/post", {"post": str(second)})["Location"] == "/desk/"
    assert client.cookies[COOKIE].value != before
    client.post("/sign-out")
    assert enter(client).cookies["last_post"].value == str(second), "the post last used comes first"


def test_a_password_is_judged_whole(client: Client, county: County) -> None:  # noqa: F811
    """Nothing is cut off: what is longer than can be kept is refused when it is chosen, and opens nothing when it is typed."""
    kept = "long word " * 51 + "xy"
    assert len(kept) == PASSWORD_MAX
    account = Account.objects.get(pk=county.accounts["clerk"])
    account.set_password(kept)
    account.save()
    assert enter(client, "clerk", kept + "z").status_code == 422
    assert enter(client, "clerk", kept[:-1]).status_code == 422
    assert enter(client, "clerk", kept).status_code == 302, "the control"
    long = {"old": kept, "new": "n" * (PASSWORD_MAX + 1), "again": "n" * (PASSWORD_MAX + 1)}
    page = client.post("/desk/me/password", long)
    assert page.status_code == 422
    assert "512" in page.content.decode()
    assert client.post("/desk/me/password", {**long, "new": "Ab 9" * 16, "again": "Ab 9" * 16}).status_code == 302, "64 signs"
    code = codes.issue_code(county.accounts["clerk"], by=Doer(kind="system"))
    form = {"identifier": "clerk", "code": code, "password": long["new"], "again": long["new"]}
    assert "512" in client.post("/new-password", form).content.decode()
    assert enter(Client(), "clerk", long["new"][:PASSWORD_MAX]).status_code == 422
