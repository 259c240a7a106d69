"""The one way to prove who one is: any of the account's four identifiers and its password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from bihuan.access.hashing import burn_a_hash, hashing_slot
from bihuan.access.lockout import Attempt
from bihuan.people.models import Account


class FourNames(BaseBackend):
    """Checks the password of an attempt whose identifier ``lockout.attempt_by`` has resolved."""

    def authenticate(self, request: HttpRequest | None, password: str | None = None, **_: Any) -> Account | None:
        """The account when the password is right and the account active. Raises Busy.

        One hash is computed whatever the case: no account, no usable password, wrong password.
        """
        attempt = getattr(request, "attempt", None)
        if not isinstance(attempt, Attempt) or password is None:
            return None
        attempt.hashed = True
        with hashing_slot():
            if attempt.account is None:
                burn_a_hash()
                return None
            right = attempt.account.check_password(password)
        return attempt.account if right and attempt.account.is_active else None

    def get_user(self, user_id: int) -> Account | None:
        """The account with that number."""
        return Account.objects.filter(pk=user_id).first()
