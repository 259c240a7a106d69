"""No lock, count or pause can be used by somebody outside to keep others out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from bihuan.access import codes, factor, lockout
from bihuan.access.signin import sign_in
from bihuan.rules.terms import SYSTEM
from tests.bihuan.access.conftest import App
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NAMES = ("clerk", "dispatcher", "housing_officer", "admin", "nobody")
NEW = "a wholly new word 7"


def entered(name: str, password: str, address: str) -> str:
    return sign_in(identifier=name, password=password, address=address).kind


def test_wrong_words_from_many_places_lock_nobody_elsewhere(county: County) -> None:
    """Forty addresses fail until they are locked; the owner gets in from the office, and from a fortieth and first."""
    for n in range(40):
        for _ in range(5):
            entered("clerk", "wrong", f"198.51.100.{n}")
    assert entered("clerk", "wrong", "198.51.100.7") == "locked", "the control: the guessers are"
    assert entered("clerk", PASSWORD, "203.0.113.7") == "in"
    assert entered("clerk", PASSWORD, "198.51.100.77") == "in"


def test_one_clumsy_typist_locks_no_office(county: County) -> None:
    """Everybody behind one line: one account's lock is nobody else's."""
    for _ in range(9):
        entered("clerk", "wrong", "203.0.113.7")
    assert entered("clerk", PASSWORD, "203.0.113.7") == "locked"
    assert [entered(name, PASSWORD, "203.0.113.7") for name in NAMES[1:]] == ["owed", "in", "in", "wrong"]


@pytest.mark.parametrize("parameters", [["username"], ["ip_address"]])
def test_counting_by_one_of_the_two_would_lock_others_out(county: County, parameters: list[str]) -> None:
    """The control: with either half of the setting alone somebody else is kept out, and the tests above would say so."""
    with override_settings(AXES_LOCKOUT_PARAMETERS=parameters):
        for _ in range(6):
            entered("clerk", "wrong", "198.51.100.7")
        owner, neighbour = entered("clerk", PASSWORD, "203.0.113.7"), entered("housing_officer", PASSWORD, "198.51.100.7")
    assert [owner, neighbour] != ["in", "in"]
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]


def test_a_claimed_address_is_not_believed(county: County) -> None:
    """Without a proxy of ours in front, a header that names another's address counts against nobody but the sender."""
    guesser = Client(REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_REAL_IP="203.0.113.7")
    for _ in range(6):
        guesser.post("/sign-in", {"identifier": "clerk", "password": "wrong"})
    assert guesser.post("/sign-in", {"identifier": "clerk", "password": PASSWORD}).status_code == 429
    owner = Client(REMOTE_ADDR="203.0.113.7")
    assert owner.post("/sign-in", {"identifier": "clerk", "password": PASSWORD}).status_code == 302


def test_the_pause_of_the_second_factor_needs_the_password(county: County, app: App) -> None:
    """Codes are counted over all addresses: so nobody gets to them without the password."""
    factor.enrol(county.accounts["dispatcher"], SECRET)
    stranger = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(15):
        stranger.post("/sign-in", {"identifier": "dispatcher", "password": "wrong"})
        assert stranger.post("/factor", {"code": "000000"})["Location"] == "/sign-in"
    owner = Client(REMOTE_ADDR="203.0.113.7")
    assert owner.post("/sign-in", {"identifier": "dispatcher", "password": PASSWORD})["Location"] == "/factor"
    assert owner.post("/factor", {"code": app.code(SECRET)})["Location"] == "/desk/"


def test_wrong_codes_spoil_nobodys_new_password(county: County) -> None:
    """Whoever knows a name may try codes: the right one still works for its owner, once."""
    code = codes.issue_code(county.accounts["clerk"], by=SYSTEM)
    for n in range(60):
        wrong = f"AAAA-AAAA-{n:04d}".replace("0", "B").replace("1", "C")
        assert codes.renew_password(identifier="clerk", code=wrong, password=NEW) == ("wrong", ())
    assert codes.renew_password(identifier="clerk", code=code, password=NEW)[0] == "set"
    assert codes.renew_password(identifier="clerk", code=code, password=NEW)[0] == "wrong"


def test_trying_codes_is_bounded_for_each_address(county: County) -> None:
    """The other half: an address has thirty tries in ten minutes, whatever names it types."""
    form = {"identifier": "clerk", "code": "AAAA-AAAA-AAAA", "password": NEW, "again": NEW}
    seen = [Client(REMOTE_ADDR="198.51.100.7").post("/new-password", form).status_code for _ in range(32)]
    assert (set(seen[:30]), seen[30:]) == ({422}, [429, 429])
    assert Client(REMOTE_ADDR="203.0.113.7").post("/new-password", form).status_code == 422


def test_a_lock_is_short(county: County, clock: Any) -> None:
    assert timedelta(minutes=15) == settings.AXES_COOLOFF_TIME
    assert lockout.attempt_by("clerk", "203.0.113.7").key != lockout.attempt_by("nobody", "203.0.113.7").key
