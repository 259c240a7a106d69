"""Accounts and the four identifiers that open them."""

from __future__ import annotations

import pytest

from bihuan.config.statements import counted
from bihuan.people.errors import BadIdentifier
from bihuan.people.models import Account
from bihuan.people.selectors import account_named
from bihuan.people.services import AccountRow, create_account, create_accounts

pytestmark = pytest.mark.django_db
ROW = AccountRow(username="LiMin", name="李敏", email="Li.Min@example.cn", mobile="+86 138-0000-0001", staff_no="XY-0007")


@pytest.mark.parametrize(
    "typed",
    [
        "limin",
        " LIMIN ",
        "ｌｉｍｉｎ",
        "li.min@EXAMPLE.cn",
        "13800000001",
        "+86 13800000001",
        "0086-138 0000 0001",
        "xy-0007",
        "XY-0007",
    ],
)
def test_any_of_four_identifiers_finds_the_account(typed: str) -> None:
    account = create_account(ROW)
    with counted() as count:
        found = account_named(typed)
    assert found is not None
    assert found.pk == account
    assert len(count) == 1


@pytest.mark.parametrize(
    "typed", ["", "  ", "nobody", "1380000000", "13800000002", "\0", "a" * 5000, "𠀀", "li\u202emin2", "%", "' or 1=1 --"]
)
def test_anything_else_finds_nobody(typed: str) -> None:
    create_account(ROW)
    assert account_named(typed) is None


def test_a_mobile_number_is_nowhere_in_plain() -> None:
    create_account(ROW)
    account = Account.objects.get()
    row = [bytes(value) if isinstance(value, memoryview) else value for value in Account.objects.values_list()[0]]
    assert "13800000001" not in repr(row)
    assert account.mobile_hash
    assert account.mobile_sealed


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (AccountRow(username="limin", name="甲"), "username"),
        (AccountRow(username="other", name="乙", email="LI.MIN@example.cn"), "email"),
        (AccountRow(username="other", name="丙", mobile="13800000001"), "mobile"),
        (AccountRow(username="other", name="丁", staff_no="limin"), "staff_no"),
        (AccountRow(username="xy-0007", name="戊"), "username"),
        (AccountRow(username="13800000009", name="己"), "username"),
        (AccountRow(username="a@b", name="庚"), "username"),
        (AccountRow(username="other", name="辛", mobile="12345"), "mobile"),
        (AccountRow(username="other", name="壬", staff_no="13800000008"), "staff_no"),
        (AccountRow(username="other", name="癸", email="nobody"), "email"),
    ],
)
def test_an_identifier_opens_one_account_only(row: AccountRow, field: str) -> None:
    create_account(ROW)
    with pytest.raises(BadIdentifier) as caught:
        create_accounts([AccountRow(username="fine", name="好"), row])
    assert caught.value.field == field
    assert Account.objects.count() == 1


def test_a_list_may_not_repeat_itself() -> None:
    with pytest.raises(BadIdentifier):
        create_accounts([ROW, AccountRow(username="other", name="另", mobile="13800000001")])
    assert create_accounts([AccountRow(username="same7", name="同", staff_no="SAME7")])
