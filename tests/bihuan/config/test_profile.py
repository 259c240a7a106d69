"""The profile of GB/T 22239-2019, level 3: one switch, and what it changes is really in force."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection
from django.test import Client, override_settings

from bihuan.access import codes, factor, sessions
from bihuan.access.models import Session
from bihuan.access.signin import Outcome, actor_in, sign_in
from bihuan.config import environment, profile
from bihuan.console.commands import doctor_profile
from bihuan.flows import retention
from bihuan.ledger import clock as product_clock
from bihuan.ledger.models import Entry
from bihuan.people.models import Account, Post
from bihuan.people.passwords import SeveralKinds, kinds_in
from bihuan.rules.terms import SYSTEM
from bihuan.vault import keys
from tests.bihuan.access.conftest import App, app, county  # noqa: F401 - fixtures
from tests.databases.guard import lifted
from tests.factories.organisation import PASSWORD, County

HOME = "203.0.113.7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FRESH = "Wider Door 7"


def good(tmp_path: Path, **other: str) -> dict[str, str]:
    return {
        "BIHUAN_PROFILE": profile.LEVEL_3, "BIHUAN_DATA": str(tmp_path / "data"), "BIHUAN_KEYS": str(tmp_path / "keys"),
        "BIHUAN_ANCHORS": str(tmp_path / "anchors"), "BIHUAN_HOSTS": "sqfk.example.org", **other,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"BIHUAN_PROFILE": "gbt22239-4"}, "gbt22239-3"),
        ({"BIHUAN_ANCHORS": ""}, "BIHUAN_ANCHORS"),
        ({"BIHUAN_ANCHORS": "{}/data/anchors"}, "BIHUAN_ANCHORS"),
        ({"BIHUAN_KEYS": ""}, "BIHUAN_KEYS"),
        ({"BIHUAN_KEYS": "{}/data/keys"}, "BIHUAN_KEYS"),
        ({"BIHUAN_HTTPS": "0"}, "https"),
        ({"BIHUAN_HOSTS": ""}, "https"),
    ],
)
def test_it_does_not_start_unfit(tmp_path: Path, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        environment.read(good(tmp_path, **{name: value.format(tmp_path) for name, value in wrong.items()}))


def test_it_starts_when_fit_and_nothing_is_asked_without_it(tmp_path: Path) -> None:
    """The control of the refusals above."""
    assert environment.read(good(tmp_path)).profile == profile.LEVEL_3
    assert environment.read({"BIHUAN_DATA": str(tmp_path / "data")}).profile == ""
    assert profile.access("") == {}
    assert profile.validators("") == []


def test_the_switch_reaches_the_settings(tmp_path: Path) -> None:
    """In a process of its own, as it is served: limits and the rule of passwords are in force."""
    asked = (
        "import json, django; django.setup()\n"
        "from django.conf import settings\nfrom bihuan.access.policy import policy\nfrom bihuan.access.codes import problems\n"
        "p = policy()\nfrom bihuan.vault.keys import cipher_wanted\n"
        "print(json.dumps([p.idle.seconds, p.factor_for_all, p.password_age.days if p.password_age else 0, cipher_wanted(),"
        " bool(problems('correct horse battery')), bool(problems('Correct horse 7')), settings.SESSION_COOKIE_SECURE]))"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
    seen = []
    for given in (good(tmp_path), {"BIHUAN_DATA": str(tmp_path / "data")}):
        command = [sys.executable, "-c", asked]
        done = subprocess.run(command, env={**inherited, **given}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))
    assert seen == [[1800, True, 90, "sm4", True, False, True], [3600, False, 0, "aes", False, False, False]]


@pytest.mark.parametrize(
    ("password", "kinds"),
    [("aaaaaaaaaa", 1), ("aaaaaAAAAA", 2), ("aaaaaAAAA9", 3), ("aaaaaAAA9!", 4), ("中文口令中文口令中文", 1), ("密码Aa", 3)],
)
def test_kinds_of_signs(password: str, kinds: int) -> None:
    assert kinds_in(password) == kinds
    rule = SeveralKinds(least=3)
    if kinds >= 3:
        rule.validate(password)
    else:
        with pytest.raises(ValidationError):
            rule.validate(password)


@pytest.fixture
def in_force() -> Iterator[None]:
    """The profile's limits of sign-in and rule of passwords, as the settings would have them."""
    rules = [*django_settings.AUTH_PASSWORD_VALIDATORS, *profile.validators(profile.LEVEL_3)]
    with override_settings(BIHUAN_ACCESS=profile.access(profile.LEVEL_3), AUTH_PASSWORD_VALIDATORS=rules):
        yield


def entered(name: str = "clerk", password: str = PASSWORD) -> Outcome:
    return sign_in(identifier=name, password=password, address=HOME)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_force")
def test_every_post_owes_the_second_factor(county: County, app: App) -> None:  # noqa: F811
    """Also one that sees no personal data; a session from before the switch owes it with its next request."""
    with override_settings(BIHUAN_ACCESS={}):
        before = entered("clerk")
        assert before.kind == "in", "the control: without the profile a window clerk owes none"
        assert actor_in(sessions.load(before.token)) is not None
    assert actor_in(sessions.load(before.token)) is None
    assert entered("clerk").kind == "owed"


@pytest.fixture
def old(county: County, clock: Any) -> Client:  # noqa: F811
    """A clerk's browser, password and factor right, 91 days after the account was made."""
    factor.enrol(county.accounts["clerk"], SECRET)
    Account.objects.update(created_at=product_clock.now())
    clock.advance(timedelta(days=91))
    return Client(headers={"accept-language": "zh-CN"})


@pytest.mark.django_db
@pytest.mark.usefixtures("in_force")
def test_an_old_password_opens_only_the_page_on_which_it_is_changed(county: County, old: Client, app: App) -> None:  # noqa: F811
    wanted = {"identifier": "clerk", "password": PASSWORD}
    assert old.post("/sign-in", wanted)["Location"] == "/factor"
    assert old.post("/factor", {"code": app.code(SECRET)})["Location"] == "/renew-password"
    token = old.cookies["bihuan"].value
    for address in ("/desk/", "/desk/cases", "/desk/me", "/post", "/desk/register"):
        assert old.get(address)["Location"].startswith("/sign-in"), address
    assert old.get("/sign-in")["Location"] == "/renew-password"
    assert old.get("/factor")["Location"] == "/renew-password"
    app.wait()
    assert old.post("/factor", {"code": app.code(SECRET)})["Location"] == "/renew-password", "another code opens no more"
    assert old.post("/post", {"post": str(county.posts["clerk"])}).status_code == 302
    assert sessions.load(token).stage == sessions.RENEW
    assert "太久" in old.get("/renew-password").content.decode()
    for new, again in ((FRESH, "another"), ("", ""), ("short A1", "short A1"), (PASSWORD, PASSWORD), ("only small signs",) * 2):
        assert old.post("/renew-password", {"password": new, "again": again}).status_code == 422, new
    assert sessions.load(token).stage == sessions.RENEW
    done = old.post("/renew-password", {"password": FRESH, "again": FRESH})
    assert (done.status_code, done["Location"]) == (302, "/desk/")
    assert sessions.load(token) is None, "a new token at the change of what the session may do"
    assert old.get("/desk/").status_code == 200
    kinds = list(Entry.objects.filter(stream=f"sign_in:{county.accounts['clerk']}").order_by("id").values_list("kind", flat=True))
    assert kinds == ["password_too_old", "password_changed"]
    assert entered("clerk", PASSWORD).kind == "wrong"
    assert entered("clerk", FRESH).kind == "owed"


@pytest.mark.django_db
@pytest.mark.usefixtures("in_force")
def test_without_the_factor_no_password_is_changed(county: County, old: Client) -> None:  # noqa: F811
    """Somebody who has only found an old password cannot set a new one with it."""
    old.post("/sign-in", {"identifier": "clerk", "password": PASSWORD})
    answer = old.post("/renew-password", {"password": FRESH, "again": FRESH})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    assert entered("clerk", FRESH).kind == "wrong"
    assert Client().post("/renew-password", {"password": FRESH, "again": FRESH})["Location"] == "/sign-in"


@pytest.mark.django_db
@pytest.mark.usefixtures("in_force")
def test_each_way_to_a_new_password_makes_it_young(county: County, old: Client, app: App) -> None:  # noqa: F811
    code = codes.issue_code(county.accounts["clerk"], by=SYSTEM)
    assert codes.renew_password(identifier="clerk", code=code, password=FRESH)[0] == "set"
    old.post("/sign-in", {"identifier": "clerk", "password": FRESH})
    assert old.post("/factor", {"code": app.code(SECRET)})["Location"] == "/desk/"
    changed = old.post("/desk/me/password", {"old": FRESH, "new": FRESH + "x", "again": FRESH + "x"})
    assert changed.status_code == 302
    assert Session.objects.filter(account_id=county.accounts["clerk"]).count() == 1


@pytest.mark.django_db
def test_passwords_do_not_grow_old_without_the_profile(county: County, old: Client, app: App) -> None:  # noqa: F811
    """The control: the same 91 days."""
    old.post("/sign-in", {"identifier": "clerk", "password": PASSWORD})
    assert old.post("/factor", {"code": app.code(SECRET)})["Location"] == "/desk/"


@pytest.mark.django_db
def test_the_doctor_names_each_clause(county: County, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    assert list(doctor_profile.points()) == [], "nothing without the profile"
    monkeypatch.setattr("bihuan.console.commands.doctor_profile.place.ready", lambda: None)
    settings.PROFILE, settings.BIHUAN_ACCESS = profile.LEVEL_3, profile.access(profile.LEVEL_3)
    settings.KEYS = tmp_path / "keys"
    keys.create(cipher="aes")

    def told() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for point in doctor_profile.points():
            found.setdefault(point.what, []).append(point.verdict)
        return found

    assert told()["8.1.4.7"] == ["wrong", "warning"], "sealed with AES; what is not national is named all the same"
    keys.add_key()
    assert told()["8.1.4.7"] == ["ok", "warning"]
    before = told()["8.1.4.2"]
    Post.objects.filter(key="auditor").update(account_id=county.accounts["admin"])
    both = told()["8.1.4.2"]
    Post.objects.filter(key="auditor").delete()
    assert (before, both, told()["8.1.4.2"]) == (["ok"], ["wrong"], ["wrong"])
    settings.BIHUAN_ACCESS = {}
    assert told()["8.1.4.1"] == ["wrong"]
    assert told()["8.1.4.3"] == ["ok"]
    with monkeypatch.context() as shorter:
        shorter.setattr(retention, "OF_RECORDS", {"looks": timedelta(days=179)})
        assert told()["8.1.4.3"] == ["wrong"], "a rule that drops a record too early"
    with lifted(connection):
        assert told()["8.1.4.3"] == ["wrong"], "the ledger's guards are down"
