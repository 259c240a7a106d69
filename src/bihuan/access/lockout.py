"""What the lock-out (django-axes) keeps of a failed sign-in: counts under keyed hashes, never a name or an address.

Failures are counted for account and address together, or one clumsy typist would lock a whole office. The library keeps
user name, address and browser in plain columns; it is given instead, in the same columns, a keyed hash of the account,
a keyed hash of the address written as an IPv6 address of the private range, and a keyed hash of what was typed. So four
identifiers of one account share one count, and what is *said* depends on the typed one's own count alone: the answers
tell nobody that two identifiers belong together, or that an account exists.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from bihuan.people.identifiers import normal
from bihuan.people.models import Account
from bihuan.people.selectors import account_named
from bihuan.vault import keyed_hash


def address_key(address: str) -> str:
    """A private IPv6 address (fd00::/8) that stands for a client's address and does not tell it."""
    digest = keyed_hash(f"address {address}", "code")
    return str(ipaddress.IPv6Address((0xFD << 120) | int(digest[:30], 16)))


@dataclass(slots=True)
class Attempt:
    """One try to sign in. ``account`` None = no such account; ``hashed``: a password was really checked."""

    account: Account | None
    key: str
    typed: str
    address: str
    hashed: bool = False


def attempt_by(identifier: str, address: str) -> Attempt:
    """The try of somebody who typed an identifier. One statement, whether or not there is such an account."""
    account = account_named(identifier)
    typed = keyed_hash(f"typed {normal(identifier).encode().hex()}", "code")
    key = keyed_hash(f"account {account.pk}", "code") if account else typed
    return Attempt(account, key, typed, address_key(address))


def attempt_of(account: Account, address: str) -> Attempt:
    """The try of an account that is already known (its second factor)."""
    key = keyed_hash(f"account {account.pk}", "code")
    return Attempt(account, key, key, address_key(address))


class BareRequest(HttpRequest):
    """What the lock-out gets to see of a request: the attempt's hashes, no form, no headers, no path."""

    def __init__(self, attempt: Attempt) -> None:
        """Fill in what the library would have read from the real request."""
        super().__init__()
        self.method = "POST"
        self.attempt = attempt
        self.axes_updated = True
        self.axes_locked_out = False
        self.axes_attempt_time = timezone.now()  # noqa: TID251 - the library compares with the machine's clock
        self.axes_ip_address = attempt.address
        self.axes_user_agent = attempt.typed
        self.axes_path_info = self.axes_http_accept = ""
        self.axes_failures_since_start: int | None = None
        self.axes_credentials = None


def lock_key(request: HttpRequest | None, _credentials: object = None) -> str:
    """The name under which the library counts (setting ``AXES_USERNAME_CALLABLE``)."""
    attempt = getattr(request, "attempt", None)
    return attempt.key if isinstance(attempt, Attempt) else ""


def failures(attempt: Attempt) -> int:
    """Failures of this account from this address that still count."""
    rows = AccessAttempt.objects.filter(username=attempt.key, ip_address=attempt.address, attempt_time__gte=since())
    return rows.aggregate(n=Sum("failures_since_start"))["n"] or 0


def says_locked(attempt: Attempt) -> bool:
    """True when what was typed has itself failed so often from here that the answer says so."""
    rows = AccessAttempt.objects.filter(
        username=attempt.key, ip_address=attempt.address, user_agent=attempt.typed, attempt_time__gte=since()
    )
    return (rows.aggregate(n=Sum("failures_since_start"))["n"] or 0) >= settings.AXES_FAILURE_LIMIT


def since() -> datetime:
    """From when on failures count."""
    return timezone.now() - settings.AXES_COOLOFF_TIME  # noqa: TID251 - as above


def succeeded(attempt: Attempt, request: BareRequest | None = None) -> None:
    """Forget the failures of this account from this address."""
    if attempt.account is not None:
        user_logged_in.send(Account, request=request or BareRequest(attempt), user=attempt.account)


def sweep() -> int:
    """Remove failures that no longer count, also those of a clock that ran ahead; how many. For the worker, now and then."""
    later = timezone.now() + settings.AXES_COOLOFF_TIME  # noqa: TID251 - as above
    over = AccessAttempt.objects.filter(attempt_time__lt=since()) | AccessAttempt.objects.filter(attempt_time__gt=later)
    return int(over.delete()[0])


def unlock(account: Account) -> int:
    """Forget every failure of an account, from everywhere; how many rows."""
    return int(AxesProxyHandler.reset_attempts(username=keyed_hash(f"account {account.pk}", "code")))
