"""One-time codes: an administrator lets somebody set a new password without ever knowing one (docs/guide/posts.md).

The code is shown once to the administrator, who passes it on; it works once, within the hour, and its keyed hash alone is
kept. The old password stops at once and every session of the account ends. What is answered never tells whether a name exists.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from bihuan.access import lockout, sessions
from bihuan.access.hashing import burn_a_hash, hashing_slot
from bihuan.access.models import OneTimeCode
from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.people.models import Account
from bihuan.people.selectors import account_named
from bihuan.rules.terms import Doer
from bihuan.vault import keyed_hash

LIFE = timedelta(hours=1)
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another
GROUPS, GROUP = 3, 4
Renewed = Literal["set", "wrong", "weak"]


def _hash(account: int, code: str) -> str:
    return keyed_hash(f"one-time {account} {plain(code)}", "code")


def plain(typed: str) -> str:
    """A code as typed, in capitals, without hyphens and blanks."""
    return "".join(letter for letter in typed[:40].upper() if letter in LETTERS)


@transaction.atomic
def issue_code(account: int, *, by: Doer) -> str:
    """A fresh code for an account ("7QK4-M2XD-9FHT"); its password and sessions, and any older code, are worth nothing now.

    Raises LookupError when the account is not there or was ended.
    """
    row = Account.objects.select_for_update(no_key=True).filter(pk=account, is_active=True).first()
    if row is None:
        raise LookupError(account)
    code = "".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP))
    now = clock.now()
    OneTimeCode.objects.update_or_create(
        account_id=account, defaults={"code_hash": _hash(account, code), "made_at": now, "ends_at": now + LIFE}
    )
    Account.objects.filter(pk=account).update(password=make_password(None))
    lockout.unlock(row)
    ended = sessions.end_all(account)
    record(f"sign_in:{account}", "password_code_issued", by=by, facts={"account": account, "sessions": ended})
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def usable(account: int, now: datetime) -> QuerySet[OneTimeCode]:
    """The code of the account that can still be used, if there is one."""
    return OneTimeCode.objects.filter(account_id=account, ends_at__gt=now, ends_at__lte=now + LIFE)


def problems(password: str, account: Account | None = None) -> list[str]:
    """What the policy has against a password, in words; nothing = fit."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        return [str(one) for one in error.messages]
    return []


def renew_password(*, identifier: str, code: str, password: str, address: str = "") -> tuple[Renewed, Sequence[str]]:
    """Set a new password with a code: ("set", ()), ("weak", what the policy says) or ("wrong", ()). Raises Busy.

    An unknown name, a wrong, used and expired code are one answer, after the same work, and each is an entry. ``address``: the
    client's.
    """
    weak = problems(password)
    if weak:
        return "weak", weak
    account = account_named(identifier)
    found = _tried(account, code)
    if account is None or found is None:
        with hashing_slot():
            burn_a_hash()
        _refused(account, address)
        return "wrong", ()
    weak = problems(password, account)
    if weak:
        return "weak", weak
    with hashing_slot():
        encoded = make_password(password)
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(password=encoded, password_at=clock.now())  # first, as who issues a code
        used = OneTimeCode.objects.filter(pk=found.pk, code_hash=found.code_hash).delete()[0]
        if not used:
            transaction.set_rollback(True)
            return "wrong", ()
        lockout.unlock(account)
        sessions.end_all(account.pk)
        record(f"sign_in:{account.pk}", "password_changed", by=Doer(kind="staff", account=account.pk), facts={"code": True})
    return "set", ()


def _tried(account: Account | None, code: str) -> OneTimeCode | None:
    """The account's code when this is it and it still runs. One statement, whether there is such an account and code or not.

    A wrong one takes nothing from its owner: twelve letters of 29 and one hour leave no hope of finding it, and a limit of
    tries would only let anybody who knows a name spoil its code. Each address has its few tries (``web.renewal``).
    """
    number = account.pk if account and account.is_active else 0
    found = usable(number, clock.now()).first()
    right = constant_time_compare(found.code_hash if found else "", _hash(number, code))
    return found if right else None


def _refused(account: Account | None, address: str) -> None:
    """Enter that a code was wrong, under the account or, for a name that nobody has, under 0."""
    number = account.pk if account else 0
    facts = {"why": "one_time_code", "address": lockout.address_key(address)}
    record(f"sign_in:{number}", "sign_in_refused", by=Doer(kind="staff", account=number), facts=facts)


def sweep() -> int:
    """Remove codes whose hour is over; how many. For the worker, now and then."""
    return int(OneTimeCode.objects.filter(ends_at__lte=clock.now()).delete()[0])
