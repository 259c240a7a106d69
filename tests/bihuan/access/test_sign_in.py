"""Signing in with name and password: four identifiers, one answer for every failure, lock-out by account and address."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth import hashers
from django.test import override_settings
from django.utils import timezone

from bihuan.access import hashing, lockout, sessions
from bihuan.access.signin import Outcome, actor_in, sign_in
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.people.models import Account
from bihuan.people.services import AccountRow, PostRow, create_account, end_post, give_post, set_active
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
HOME, AWAY = "203.0.113.7", "203.0.113.8"


def attempt(identifier: str, password: str = PASSWORD, address: str = HOME) -> Outcome:
    return sign_in(identifier=identifier, password=password, address=address)


def entries(kind: str = "") -> list[Entry]:
    rows = Entry.objects.filter(stream__startswith="sign_in:").order_by("id")
    return list(rows.filter(kind=kind) if kind else rows)


@pytest.fixture
def limin(county: County) -> int:
    """A window clerk with all four identifiers."""
    row = AccountRow(
        username="limin", name="李敏", email="li@example.cn", mobile="13800000001", staff_no="xy7", password=PASSWORD
    )
    account = create_account(row)
    give_post(PostRow(username="limin", key="window_clerk", unit_key="centre"))
    return account


@pytest.mark.parametrize("typed", ["limin", "LI@example.cn", "138 0000 0001", "XY7"])
def test_any_identifier_signs_in(limin: int, typed: str) -> None:
    outcome = attempt(typed)
    assert outcome.kind == "in"
    session = sessions.load(outcome.token)
    actor = actor_in(session)
    assert (actor.account, actor.post, actor.name) == (limin, "window_clerk", "李敏")
    (entry,) = entries()
    assert (entry.kind, entry.account, entry.post) == ("signed_in", limin, "window_clerk")


def test_every_failure_is_answered_alike_after_one_hash(limin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    create_account(AccountRow(username="nopass", name="无"))
    create_account(AccountRow(username="off", name="停", password=PASSWORD))
    set_active(Account.objects.get(username="off").pk, active=False)
    hashed: list[str] = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode
    monkeypatch.setattr(type(hasher), "encode", lambda self, *args, **kw: hashed.append("x") or encode(self, *args, **kw))
    for identifier, password in (
        ("limin", "wrong"),
        ("nobody", "wrong"),
        ("nopass", "wrong"),
        ("off", PASSWORD),
        ("", "x"),
        ("\0", "x"),
    ):
        hashed.clear()
        with counted() as count:
            outcome = attempt(identifier, password)
        assert outcome == Outcome(kind="wrong"), identifier
        assert len(hashed) == 1, identifier
        statements = len(count)
        assert statements <= 14, count
    assert {entry.kind for entry in entries()} == {"sign_in_refused"}


def test_known_and_unknown_names_take_the_same_statements(limin: int) -> None:
    taken = []
    for identifier in ("limin", "nobody"):
        with counted() as count:
            attempt(identifier, "wrong")
        taken.append(len(count))
    assert taken[0] == taken[1]


def test_five_failures_lock_this_account_from_this_address_only(limin: int) -> None:
    for _ in range(4):
        assert attempt("limin", "wrong").kind == "wrong"
    assert attempt("limin", "wrong").kind == "locked"
    assert attempt("limin").kind == "locked"
    assert attempt("limin", address=AWAY).kind == "in"
    assert attempt("clerk").kind == "in"
    assert len(entries("locked_out")) == 1
    assert len(entries("sign_in_refused")) == 4


def test_an_unknown_name_locks_just_so(limin: int) -> None:
    kinds = [attempt("nobody", "wrong").kind for _ in range(7)]
    assert kinds == [attempt("limin", "wrong", AWAY).kind for _ in range(7)]
    assert kinds == ["wrong"] * 4 + ["locked"] * 3


def test_a_second_identifier_gives_no_more_tries_and_tells_nothing(limin: int) -> None:
    for _ in range(5):
        attempt("limin", "wrong")
    kinds = [attempt("13800000001", "wrong").kind for _ in range(6)]
    assert kinds == ["wrong"] * 4 + ["locked"] * 2, "the same as for a number that nobody has"
    assert attempt("xy7").kind == "wrong", "locked in silence: the right password does not get through either"


def test_success_forgets_the_failures(limin: int) -> None:
    for _ in range(4):
        attempt("limin", "wrong")
    assert attempt("li@example.cn").kind == "in"
    assert not AccessAttempt.objects.exists()
    for _ in range(4):
        assert attempt("limin", "wrong").kind == "wrong"


def test_a_lock_ends_by_itself_and_by_an_administrator(limin: int) -> None:
    for _ in range(5):
        attempt("limin", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt("limin").kind == "in"
    for _ in range(5):
        attempt("limin", "wrong")
    assert lockout.unlock(Account.objects.get(pk=limin)) == 1
    assert attempt("limin").kind == "in"


def test_failures_that_no_longer_count_are_swept_away(limin: int) -> None:
    attempt("limin", "wrong")
    assert lockout.sweep() == 0
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert lockout.sweep() == 1


def test_the_lock_outs_table_names_nobody(limin: int) -> None:
    for typed in ("limin", "li@example.cn", "13800000001", "nobody"):
        attempt(typed, "secret-guess")
    tables = [list(table.objects.values_list()) for table in (AccessAttempt, AccessFailureLog, AccessLog)]
    kept = repr(tables) + repr([list(Entry.objects.filter(stream__startswith="sign_in:").values_list("facts", "stream", "area"))])
    for told in ("limin", "li@example", "13800000001", "nobody", HOME, "secret-guess", "203.0"):
        assert told not in kept
    assert all(row.startswith("fd") for row in AccessAttempt.objects.values_list("ip_address", flat=True))


def test_without_a_post_there_is_no_way_in(limin: int, county: County) -> None:
    create_account(AccountRow(username="idle", name="闲", password=PASSWORD))
    assert attempt("idle").kind == "no_post"
    end_post(county.posts["clerk"], last_day=date(2020, 1, 1))
    assert attempt("clerk").kind == "no_post"
    assert attempt("clerk", "wrong").kind == "wrong"


def test_the_post_last_used_is_preferred(limin: int, county: County) -> None:
    second = give_post(PostRow(username="limin", key="village_clerk", unit_key="village_unit@990101001201"))
    outcome = sign_in(identifier="limin", password=PASSWORD, address=HOME, prefer_post=second)
    assert outcome.post_id == second
    outcome = sign_in(identifier="limin", password=PASSWORD, address=HOME, prefer_post=county.posts["admin"])
    assert outcome.post_id not in (second, county.posts["admin"])


@override_settings(BIHUAN_ACCESS={"hashes_at_once": 1, "hash_wait": timedelta(milliseconds=20)})
def test_a_burst_of_passwords_is_turned_away(limin: int) -> None:
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with hashing.hashing_slot():
            taken.set()
            release.wait(5)

    busy = threading.Thread(target=hold)
    busy.start()
    taken.wait(5)
    try:
        with pytest.raises(hashing.Busy) as caught:
            attempt("limin")
        assert caught.value.retry_after == 5
    finally:
        release.set()
        busy.join()
    assert attempt("limin").kind == "in"
