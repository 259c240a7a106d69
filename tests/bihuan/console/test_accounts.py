"""``bihuan accounts code``: the last administrator is let in again from the machine, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bihuan.access import codes
from bihuan.console import place
from bihuan.console.commands.init import first_administrators
from bihuan.console.main import main
from bihuan.ledger.models import Entry
from bihuan.people.models import Account
from bihuan.people.services import AccountRow, create_accounts
from tests.factories.matters import found_matters, shipped_pack

pytestmark = pytest.mark.django_db(transaction=True)
Asked = Callable[..., int]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Asked:
    """The command on a founded place whose security administrator has a password of their own."""
    found_matters()
    first_administrators(shipped_pack())
    monkeypatch.setattr(place, "use", lambda _data: None)
    monkeypatch.setattr(place, "pending_migrations", lambda: 0)
    return lambda *words: main(["accounts", "code", *words])


def entered(kind: str) -> int:
    return int(Entry.objects.filter(kind=kind).count())


def test_an_administrator_sets_a_new_password_with_it(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    name = "security_admin"
    assert asked(name) == 0
    told = capsys.readouterr().out
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", told)
    assert code, told
    assert "/new-password" in told
    assert "(Asia/Shanghai)" in told
    assert not Account.objects.get(username=name).has_usable_password(), "the old one stops at once"
    assert (entered("password_code_issued"), entered("factor_reset")) == (1, 0)
    new = {"identifier": name, "password": "梧桐树下 four chairs"}
    assert codes.renew_password(code="2222-2222-2222", **new)[0] == "wrong", "the control"
    assert codes.renew_password(code=code[0], **new)[0] == "set"
    assert Account.objects.get(username=name).check_password(new["password"])


def test_a_lost_phone_is_asked_for(asked: Asked) -> None:
    assert asked("security_admin", "--second-step") == 0
    assert (entered("password_code_issued"), entered("factor_reset")) == (1, 1)


def test_nobody_else_is_let_in_from_the_machine(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    create_accounts([AccountRow(username="ordinary", name="普通账号", password="梧桐树下 four chairs")])
    for name in ("dispatcher", "ordinary", "nobody_here"):
        assert asked(name) == 1, name
    assert "nobody_here" in capsys.readouterr().err
    assert entered("password_code_issued") == 0
    assert Account.objects.get(username="ordinary").has_usable_password()
