"""Accounts of staff: creating, passwords, switching off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from bihuan.ledger import clock
from bihuan.people import identifiers
from bihuan.people.errors import BadIdentifier
from bihuan.people.models import GIVEN, Account
from bihuan.people.services.record import enter
from bihuan.rules.terms import SYSTEM, Doer
from bihuan.vault import keyed_hash, seal
from bihuan.vault.renewing import Column

SEALED = (Column("people_account", "mobile_sealed", "account.mobile"),)
"""What is renewed after a change of key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A new account. ``password`` "" = none that could ever match (the person gets one from an administrator).

    ``password_hash``: an encoded password instead, for many accounts that share one (the demonstration's cast). ``for_once``:
    somebody else knows the password; it opens the page on which its owner chooses another one, and nothing else.
    """

    username: str
    name: str
    email: str = ""
    mobile: str = ""
    staff_no: str = ""
    language: str = "zh-hans"
    password: str = ""
    password_hash: str = ""
    for_once: bool = False


def _new_account(row: AccountRow, *, is_demo: bool) -> Account:
    username, email, staff_no = (identifiers.normal(text) for text in (row.username, row.email, row.staff_no))
    mobile = identifiers.mobile_digits(row.mobile)
    if not identifiers.is_username(username):
        raise BadIdentifier(f"not a user name: {row.username!r}", "username")
    if email and not identifiers.is_email(email):
        raise BadIdentifier(f"not an e-mail address: {row.email!r}", "email")
    if staff_no and not identifiers.is_staff_no(staff_no):
        raise BadIdentifier(f"not a staff number: {row.staff_no!r}", "staff_no")
    if row.mobile.strip() and not mobile:
        raise BadIdentifier("not a mobile number", "mobile")
    return Account(
        username=username,
        email=email,
        staff_no=staff_no,
        mobile_sealed=seal(mobile, field="account.mobile") if mobile else b"",
        mobile_hash=keyed_hash(mobile, "phone") if mobile else "",
        name=row.name.strip(),
        language=row.language,
        password=row.password_hash or make_password(row.password or None),
        password_at=GIVEN if row.for_once else None,
        is_demo=is_demo,
        created_at=clock.now(),
    )


def _check_free(accounts: Sequence[Account], *, but: int = 0) -> None:
    """One identifier opens one account: a staff number may not equal another's user name, and so on; ``but``: one's own row."""
    named: list[tuple[str, str]] = [
        (kind, value)
        for account in accounts
        for kind, value in (
            ("username", account.username),
            ("staff_no", account.staff_no if account.staff_no != account.username else ""),
            ("email", account.email),
            ("mobile", account.mobile_hash),
        )
        if value
    ]
    counted = Counter(value for _, value in named)
    twice = next(((kind, value) for kind, value in named if counted[value] > 1), None)
    if twice is not None:
        raise BadIdentifier("another account has this identifier", twice[0])
    for start in range(0, len(named), 200):
        values = [value for _, value in named[start : start + 200]]
        taken = (
            Account.objects.filter(
                Q(username__in=values) | Q(staff_no__in=values) | Q(email__in=values) | Q(mobile_hash__in=values)
            )
            .exclude(pk=but)
            .values_list("username", "staff_no", "email", "mobile_hash")
        )
        used = {value for row in taken for value in row}
        clash = next((kind for kind, value in named[start : start + 200] if value in used), None)
        if clash:
            raise BadIdentifier("another account has this identifier", clash)


@transaction.atomic
def create_accounts(rows: Iterable[AccountRow], *, is_demo: bool = False, by: Doer = SYSTEM) -> dict[str, int]:
    """Create accounts, a few statements for thousands; ids by user name. Raises BadIdentifier and writes nothing.

    Rows with a password cost one argon2 hash each (some 50 ms): give passwords to few.
    """
    accounts = [_new_account(row, is_demo=is_demo) for row in rows]
    _check_free(accounts)
    created = {account.username: account.pk for account in Account.objects.bulk_create(accounts)}
    enter("accounts_created", created.values(), by)
    return created


def create_account(row: AccountRow, *, is_demo: bool = False, by: Doer = SYSTEM) -> int:
    """Create one account; its id. Raises BadIdentifier."""
    return next(iter(create_accounts([row], is_demo=is_demo, by=by).values()))


@transaction.atomic
def correct_account(account_id: int, row: AccountRow, *, keep_mobile: bool = True, by: Doer = SYSTEM) -> None:
    """Replace an account's names; the mobile number too unless it is kept. Raises BadIdentifier and writes nothing."""
    given = replace(row, mobile="" if keep_mobile else row.mobile)
    new = _new_account(given, is_demo=False)
    new.pk = account_id
    _check_free([new], but=account_id)
    values: dict[str, object] = {"username": new.username, "email": new.email, "staff_no": new.staff_no, "name": new.name}
    if not keep_mobile:
        values |= {"mobile_sealed": new.mobile_sealed, "mobile_hash": new.mobile_hash}
    Account.objects.filter(pk=account_id).update(**values)
    enter("account_corrected", [account_id], by, mobile=not keep_mobile)


@transaction.atomic
def set_password(account_id: int, password: str, *, by: Doer = SYSTEM) -> None:
    """Set a new password. The caller has checked it against the password validators."""
    Account.objects.filter(pk=account_id).update(password=make_password(password), password_at=clock.now())
    enter("password_set", [account_id], by)


@transaction.atomic
def set_active(account_id: int, *, active: bool, by: Doer = SYSTEM) -> None:
    """Switch an account on or off; a switched-off one's sessions end with their next request."""
    Account.objects.filter(pk=account_id).update(is_active=active)
    enter("account_switched_on" if active else "account_switched_off", [account_id], by)
