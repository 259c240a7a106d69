"""The second factor: six digits from an authenticator app, each accepted once, or one of ten recovery codes.

The tables and the arithmetic are django-allauth's; secrets are sealed by the vault, and the last accepted time step is
kept in the database, so that a code seen over a shoulder opens nothing, on any worker.
"""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt, encrypt
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from bihuan.access.policy import policy
from bihuan.ledger import clock
from bihuan.people.models import Account
from bihuan.rules.scope import Duty
from bihuan.vault import seal, unseal

SEALED_AS = "factor.secret"
TOTP_DIGITS = 6
NEEDS_FACTOR = frozenset({Duty.CONTACT_UNMASK})
Verdict = Literal["totp", "recovery", "wrong", "paused"]


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps authenticator secrets and recovery seeds sealed (setting ``MFA_ADAPTER``)."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return base64.b64encode(seal(text, field=SEALED_AS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret. Raises vault.errors.CannotOpen."""
        return unseal(base64.b64decode(encrypted_text), field=SEALED_AS)


@dataclass(frozen=True, slots=True)
class SettingUp:
    """What a person needs to set up the authenticator app: the secret to type, or the same as a picture to scan."""

    secret: str
    uri: str
    svg: str


def is_needed(duties: frozenset[Duty]) -> bool:
    """True for posts that may see a resident's personal data; for every post where the policy says so."""
    return policy().factor_for_all or bool(duties & NEEDS_FACTOR)


def is_enrolled(account: int) -> bool:
    """True when the account has an authenticator app. One statement."""
    return bool(Authenticator.objects.filter(user_id=account, type=Authenticator.Type.TOTP).exists())


def new_secret() -> str:
    """A fresh secret of 160 bits in base 32."""
    return str(generate_totp_secret())


def setting_up(account: Account, secret: str) -> SettingUp:
    """The picture and text of a secret for the app."""
    adapter = SealedSecrets()
    uri = adapter.build_totp_url(account, secret)
    return SettingUp(secret, uri, adapter.build_totp_svg(uri).split("?>", 1)[-1])


def _matching_step(secret: str, code: str, after: int) -> int:
    """The time step that a code belongs to, later than the last accepted one; 0 = none."""
    for counter in yield_hotp_counters_from_time():
        if counter > after and constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code):
            return int(counter)
    return 0


def enrol(account: int, secret: str, *, step: int = 0) -> None:
    """Give an account this authenticator secret, replacing any former one; ``step``: the time step already used."""
    Authenticator.objects.update_or_create(
        user_id=account,
        type=Authenticator.Type.TOTP,
        defaults={"data": {"secret": encrypt(secret), "last": step}, "created_at": clock.now()},
    )


@transaction.atomic
def enrol_with_code(account: Account, secret: str, code: str) -> list[str]:
    """Set up the app after its first code is right: ten recovery codes to print.

    [] when the code is wrong, or the account has an app by now: of two at once one is kept.
    """
    step = _matching_step(secret, _digits(code), 0)
    if not step:
        return []
    kinds, now = Authenticator.Type, clock.now()
    codes = {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0}
    rows = [
        Authenticator(user_id=account.pk, type=kinds.TOTP, data={"secret": encrypt(secret), "last": step}, created_at=now),
        Authenticator(user_id=account.pk, type=kinds.RECOVERY_CODES, data=codes, created_at=now),
    ]
    try:
        with transaction.atomic():
            Authenticator.objects.filter(user_id=account.pk, type=kinds.RECOVERY_CODES).delete()
            Authenticator.objects.bulk_create(rows)
    except IntegrityError:
        return []
    return list(RecoveryCodes(rows[1]).generate_codes())


def forget(account: int) -> int:
    """Take an account's second factor away (a lost phone); it sets up a new one at its next sign-in."""
    return int(Authenticator.objects.filter(user_id=account).delete()[0])


def unpause(account: int) -> None:
    """Let the second factor be tried again after too many wrong codes."""
    for row in Authenticator.objects.filter(user_id=account, type=Authenticator.Type.TOTP):
        row.data = {name: value for name, value in row.data.items() if name not in ("wrong", "paused_until")}
        row.save(update_fields=["data"])


def _digits(code: str) -> str:
    """The digits of a code as typed, with blanks, hyphens or full-width figures of a Chinese keyboard."""
    return "".join(char for char in unicodedata.normalize("NFKC", code[:40]) if char.isascii() and char.isdigit())


@transaction.atomic
def check(account: int, code: str) -> Verdict:
    """Judge a code: "totp" or "recovery" when it is right and unused, "wrong", or "paused" after too many wrong ones.

    Wrong codes are counted for the account, whatever address they come from: only somebody with its password gets here.
    """
    rows = {row.type: row for row in Authenticator.objects.select_for_update().filter(user_id=account).order_by("pk")}
    totp = rows.get(Authenticator.Type.TOTP)
    if totp is None:
        return "wrong"
    data, now, digits = dict(totp.data), clock.now(), _digits(code)
    if data.get("paused_until") and now < datetime.fromisoformat(data["paused_until"]) <= now + policy().codes_pause:
        return "paused"
    verdict: Verdict = "wrong"
    step = _matching_step(decrypt(data["secret"]), digits, int(data.get("last", 0)))
    if step:
        data["last"], verdict = step, "totp"
    elif len(digits) > TOTP_DIGITS and Authenticator.Type.RECOVERY_CODES in rows:
        codes = RecoveryCodes(rows[Authenticator.Type.RECOVERY_CODES])
        verdict = "recovery" if codes.validate_code(digits) else "wrong"
    data["wrong"] = int(data.get("wrong", 0)) + 1 if verdict == "wrong" else 0
    data.pop("paused_until", None)
    if data["wrong"] >= policy().codes:
        data["wrong"], data["paused_until"], verdict = 0, (now + policy().codes_pause).isoformat(), "paused"
    totp.data, totp.last_used_at = data, now if verdict in ("totp", "recovery") else totp.last_used_at
    totp.save(update_fields=["data", "last_used_at"])
    return verdict
