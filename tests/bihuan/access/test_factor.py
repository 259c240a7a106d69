"""The second factor: who owes it, setting it up, each code once, the pause after too many wrong ones."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from bihuan.access import factor, sessions
from bihuan.access.signin import (
    actor_in,
    give_factor,
    needs_setting_up,
    secret_to_set_up,
    set_up_factor,
    sign_in,
    switch_post,
)
from bihuan.ledger import clock as ledger_clock
from bihuan.ledger.models import Entry
from bihuan.people.services import PostRow, give_post
from tests.bihuan.access.conftest import App
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
HOME = "203.0.113.7"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def owed(name: str = "dispatcher") -> sessions.SessionRow:
    outcome = sign_in(identifier=name, password=PASSWORD, address=HOME)
    assert outcome.kind == "owed"
    session = sessions.load(outcome.token)
    assert actor_in(session) is None
    return session


def test_a_post_that_sees_personal_data_owes_it(county: County, app: App) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    session = owed()
    assert not needs_setting_up(session)
    outcome = give_factor(session, code=app.code(SECRET), address=HOME)
    assert outcome.kind == "in"
    assert actor_in(sessions.load(outcome.token)).post == "dispatcher"
    assert Entry.objects.get(kind="signed_in").facts["factor"] == "totp"


def test_the_token_before_the_factor_is_worth_nothing_after_it(county: County, app: App) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    before = sign_in(identifier="dispatcher", password=PASSWORD, address=HOME).token
    after = give_factor(sessions.load(before), code=app.code(SECRET), address=HOME).token
    assert before != after
    assert sessions.load(before) is None


def test_a_code_is_accepted_once_and_none_before_it(county: County, app: App) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    assert give_factor(owed(), code=app.code(SECRET), address=HOME).kind == "in"
    session = owed()
    assert give_factor(session, code=app.code(SECRET), address=HOME).kind == "wrong"
    assert give_factor(session, code=app.code(SECRET, -1), address=HOME).kind == "wrong"
    app.wait()
    assert give_factor(session, code=f" {app.code(SECRET)[:3]} {_full_width(app.code(SECRET)[3:])} ", address=HOME).kind == "in"


def _full_width(digits: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


def test_a_phone_may_be_half_a_minute_off_not_more(county: County, app: App) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    session = owed()
    for ahead in (-2, 2):
        assert give_factor(session, code=app.code(SECRET, ahead), address=HOME).kind == "wrong"
    assert give_factor(session, code=app.code(SECRET, 1), address=HOME).kind == "in"


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "１２３４５", "\0", "9" * 3000])
def test_anything_else_is_wrong(county: County, app: App, code: str) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    assert give_factor(owed(), code=code, address=HOME).kind == "wrong"


def test_ten_wrong_codes_pause_the_factor_for_the_account(county: County, app: App, clock) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    session = owed()
    kinds = [give_factor(session, code="000000", address=f"203.0.113.{n}").kind for n in range(10)]
    assert kinds == ["wrong"] * 9 + ["paused"]
    assert give_factor(session, code=app.code(SECRET), address=HOME).kind == "paused"
    clock.advance(timedelta(minutes=16))
    assert give_factor(owed(), code=app.code(SECRET), address=HOME).kind == "in"
    assert Entry.objects.filter(kind="factor_paused").exists()


def test_the_first_time_it_is_set_up(county: County, app: App) -> None:
    session = owed()
    assert needs_setting_up(session)
    shown = secret_to_set_up(session)
    assert f"secret={shown.secret}" in shown.uri
    assert shown.svg.lstrip().startswith("<svg")
    again = sessions.load(sign_in(identifier="dispatcher", password=PASSWORD, address=HOME).token)
    assert secret_to_set_up(again).secret != shown.secret, "another browser is offered another secret"
    assert set_up_factor(session, code="000000", address=HOME).kind == "wrong"
    session = _reload(session)
    assert secret_to_set_up(session).secret == shown.secret, "a mistyped code loses nothing"
    outcome = set_up_factor(session, code=app.code(shown.secret), address=HOME)
    assert outcome.kind == "in"
    assert len(outcome.codes) == 10
    assert give_factor(owed(), code=app.code(shown.secret), address=HOME).kind == "wrong", "the first code is used up"


def _reload(session: sessions.SessionRow) -> sessions.SessionRow:
    data = sessions.Session.objects.get(pk=session.id).data
    return sessions.SessionRow(id=session.id, stage=session.stage, factor_at=None, data=data, holds=session.holds)


def test_who_has_an_app_cannot_set_up_another_with_the_password_alone(county: County, app: App) -> None:
    session = owed()
    shown = secret_to_set_up(session)
    factor.enrol(county.accounts["dispatcher"], SECRET)
    assert set_up_factor(_reload(session), code=app.code(shown.secret), address=HOME).kind == "wrong"


def test_a_recovery_code_opens_once(county: County, app: App) -> None:
    session = owed()
    codes = set_up_factor(_reload_after(session), code=app.code(secret_of(session)), address=HOME).codes
    assert give_factor(owed(), code=codes[3], address=HOME).kind == "in"
    assert give_factor(owed(), code=codes[3], address=HOME).kind == "wrong"
    assert give_factor(owed(), code=f"{codes[4][:4]}-{codes[4][4:]}", address=HOME).kind == "in"


def secret_of(session: sessions.SessionRow) -> str:
    return secret_to_set_up(_reload(session)).secret


def _reload_after(session: sessions.SessionRow) -> sessions.SessionRow:
    secret_to_set_up(session)
    return _reload(session)


def test_secrets_are_sealed_in_every_table(county: County, app: App) -> None:
    session = owed()
    shown = secret_to_set_up(session)
    assert shown.secret not in json.dumps(list(sessions.Session.objects.values_list("data", flat=True)))
    codes = set_up_factor(_reload(session), code=app.code(shown.secret), address=HOME).codes
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert shown.secret not in kept
    assert not any(code in kept for code in codes)
    assert sessions.Session.objects.latest("pk").data == {}


def test_switching_to_such_a_post_owes_it(county: County, app: App) -> None:
    token = sign_in(identifier="clerk", password=PASSWORD, address=HOME).token
    post = give_post(PostRow(username="clerk", key="dispatcher", unit_key="centre"))
    outcome = switch_post(sessions.load(token), post)
    assert outcome.kind == "owed"
    session = sessions.load(outcome.token)
    assert actor_in(session) is None
    assert needs_setting_up(session)
    assert sessions.Session.objects.get(pk=session.id).ends_at <= ledger_clock.now() + timedelta(minutes=10)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_at_once_gets_in_with_a_code(county: County, app: App) -> None:
    account = county.accounts["dispatcher"]
    factor.enrol(account, SECRET)
    code, verdicts, start = app.code(SECRET), [], threading.Barrier(6)

    def give() -> None:
        start.wait()
        try:
            verdicts.append(factor.check(account, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["totp"] + ["wrong"] * 5


def test_an_administrator_can_take_a_lost_app_away(county: County, app: App) -> None:
    factor.enrol(county.accounts["dispatcher"], SECRET)
    assert factor.forget(county.accounts["dispatcher"]) == 1
    assert needs_setting_up(owed())
