"""A new password with a one-time code: whoever is named, answer, work and trace are the same until the code is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client

from bihuan.access import codes
from bihuan.access.models import OneTimeCode
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.models import Account
from bihuan.people.services import AccountRow, PostRow, create_account, give_post
from bihuan.rules.terms import Doer
from tests.bihuan.access.conftest import App
from tests.factories.organisation import County

pytestmark = pytest.mark.django_db
SYSTEM = Doer(kind="system")
NEW = "a wholly new word 7"
WRONG = "AAAA-AAAA-AAAA"


@pytest.fixture
def named(county: County, clock: Any) -> dict[str, str]:
    """Names in every relation to a code: with one that runs, one that is over, none, an account that was ended, nobody."""
    codes.issue_code(county.accounts["dispatcher"], by=SYSTEM)
    clock.advance(timedelta(minutes=61))
    codes.issue_code(county.accounts["clerk"], by=SYSTEM)
    codes.issue_code(county.accounts["admin"], by=SYSTEM)
    Account.objects.filter(pk=county.accounts["admin"]).update(is_active=False)
    return {"running": "clerk", "over": "dispatcher", "none": "housing_officer", "ended": "admin", "nobody": "nobody"}


def work(named: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    """Answer, kinds of statements, passwords hashed and entries of a wrong code, by whom it names."""
    hashed: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *args, **more: hashed.append("x") or encode(self, *args, **more))
    found = {}
    for relation, name in named.items():
        hashed.clear()
        before = Entry.objects.count()
        with counted() as statements:
            answer = codes.renew_password(identifier=name, code=WRONG, password=NEW, address="203.0.113.7")
        kinds = [str(one).split(None, 1)[0] for one in statements.statements]
        found[relation] = (answer, kinds, len(hashed), Entry.objects.count() - before)
    return found


def test_whoever_is_named_a_wrong_code_costs_the_same(named: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = work(named, monkeypatch)
    assert len({repr(one) for one in found.values()}) == 1, found
    answer, _kinds, hashed, entered = found["nobody"]
    assert (answer, hashed, entered) == (("wrong", ()), 1, 1)


def test_a_statement_more_for_who_has_a_code_is_seen(named: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: wrong codes counted on the code itself, as is often done, tell by their time that there is one."""

    def counting(account: Account | None, _code: str) -> None:
        OneTimeCode.objects.filter(account_id=account.pk if account else 0).first()
        if account and account.username == "clerk":
            OneTimeCode.objects.filter(account_id=account.pk).update(code_hash="counted")

    monkeypatch.setattr(codes, "_tried", counting)
    found = work(named, monkeypatch)
    assert found["running"] != found["nobody"]


def test_a_wrong_code_is_entered_without_telling_what_was_typed(county: County) -> None:
    codes.issue_code(county.accounts["clerk"], by=SYSTEM)
    before = Entry.objects.count()
    for name in ("clerk", "somebody else"):
        codes.renew_password(identifier=name, code=WRONG, password=NEW, address="203.0.113.7")
    known, unknown = Entry.objects.order_by("id")[before:]
    assert (known.kind, unknown.kind) == ("sign_in_refused", "sign_in_refused")
    assert (known.stream, unknown.stream) == (f"sign_in:{county.accounts['clerk']}", "sign_in:0")
    assert known.facts["address"].startswith("fd")
    assert not any(told in repr(known.facts) + repr(unknown.facts) for told in ("AAAA", "203.0", "somebody"))


def test_a_password_that_was_given_is_for_once(county: County, app: App) -> None:
    """As ``bihuan init --admins`` prints it: it opens the page on which its owner chooses another one, and nothing else."""
    given = "printed once 77"
    create_account(AccountRow(username="first", name="首位", password=given, for_once=True))
    give_post(PostRow(username="first", key="window_clerk", unit_key="centre"))
    client = Client(headers={"accept-language": "zh-CN"})
    assert client.post("/sign-in", {"identifier": "first", "password": given})["Location"] == "/renew-password"
    assert client.get("/desk/")["Location"].startswith("/sign-in")
    assert "自己的密码" in client.get("/renew-password").content.decode()
    assert client.post("/renew-password", {"password": given, "again": given}).status_code == 422
    assert client.post("/renew-password", {"password": NEW, "again": NEW})["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert client.post("/sign-in", {"identifier": "first", "password": given}).status_code == 422
    account = Account.objects.get(username="first")
    kinds = Entry.objects.filter(stream=f"sign_in:{account.pk}").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["password_given", "password_changed", "sign_in_refused"]
    again = Client().post("/sign-in", {"identifier": "first", "password": NEW})
    assert again["Location"] == "/desk/", "the control: one's own"
