"""One's own account: password, devices, recovery codes; and what a security administrator sees and does of another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Count, Max, Subquery
from django.utils.translation import gettext as _

from bihuan.access import codes, factor, lockout, sessions
from bihuan.access.actors import Actor, actor_of
from bihuan.access.hashing import hashing_slot
from bihuan.access.models import Session
from bihuan.access.sessions import SessionRow
from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.people.models import GIVEN, Account
from bihuan.rules.terms import Doer
from bihuan.vault import keyed_hash

Changed = Literal["changed", "wrong", "weak", "locked"]


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in browser of an account."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an account's sign-in stands. ``codes_left``: recovery codes; ``code_to``: until when a one-time code can be used."""

    sessions: int
    enrolled: bool
    codes_left: int
    locked: bool
    has_password: bool
    code_to: datetime | None


def devices(account: int) -> list[Device]:
    """The signed-in browsers of an account, the last used first. One statement."""
    rows = Session.objects.filter(account_id=account, stage=sessions.IN, ends_at__gt=clock.now())
    return [Device(*row) for row in rows.order_by("-seen_at", "-id").values_list("id", "device", "created_at", "seen_at")]


def standing(account: int) -> Standing | None:
    """How an account's sign-in stands, for its own page and the administrator's; None for no such account. Two statements."""
    now, key = clock.now(), keyed_hash(f"account {account}", "code")
    signed_in = Session.objects.filter(account_id=account, stage=sessions.IN, ends_at__gt=now).order_by()
    failures = AccessAttempt.objects.filter(username=key, attempt_time__gte=lockout.since()).order_by()
    row = (
        Account.objects.filter(pk=account)
        .annotate(
            sessions=Subquery(signed_in.values("account_id").annotate(n=Count("pk")).values("n")),
            failures=Subquery(failures.values("username").annotate(n=Max("failures_since_start")).values("n")),
            code_to=Subquery(codes.usable(account, now).values("ends_at")[:1]),
        )
        .only("password")
        .first()
    )
    if row is None:
        return None
    kept = {one.type: one for one in Authenticator.objects.filter(user_id=account)}
    recovery = kept.get(Authenticator.Type.RECOVERY_CODES)
    paused = kept[Authenticator.Type.TOTP].data.get("paused_until", "") if Authenticator.Type.TOTP in kept else ""
    return Standing(
        sessions=row.sessions or 0,
        enrolled=Authenticator.Type.TOTP in kept,
        codes_left=len(RecoveryCodes(recovery).get_unused_codes()) if recovery else 0,
        locked=(row.failures or 0) >= settings.AXES_FAILURE_LIMIT or bool(paused and now < datetime.fromisoformat(str(paused))),
        has_password=row.has_usable_password(),
        code_to=row.code_to,
    )


def account_row(account: int) -> Account | None:
    """The account itself. One statement."""
    return Account.objects.filter(pk=account).first()


def knows_password(account: Account, password: str, address: str) -> Literal["right", "wrong", "locked"]:
    """Whether somebody signed in also knows the account's password; wrong tries count as at the door. Raises Busy."""
    attempt = lockout.attempt_of(account, address)
    request = lockout.BareRequest(attempt)
    if isinstance(authenticate(request, password=password), Account):
        lockout.succeeded(attempt, request)
        return "right"
    return "locked" if (request.axes_failures_since_start or 0) >= settings.AXES_FAILURE_LIMIT else "wrong"


def change_password(session: SessionRow, *, old: str, new: str, address: str) -> tuple[Changed, Sequence[str], str]:
    """Change one's own password: what came of it, what the policy says, and the session's new token. Raises Busy.

    Every other session of the account ends.
    """
    account = Account.objects.get(pk=session.holds.account)
    known = knows_password(account, old, address)
    if known != "right":
        return ("locked" if known == "locked" else "wrong"), (), ""
    weak = codes.problems(new, account)
    if weak:
        return "weak", weak, ""
    with hashing_slot():
        encoded = make_password(new)
    token = _keep_password(session, encoded)
    return ("changed" if token else "wrong"), (), token


def renew_old_password(session: SessionRow, *, new: str) -> tuple[Changed, Sequence[str], str]:
    """Change a password that has grown too old, in a session that opens nothing else; then signed in. Raises Busy.

    The old password was typed a moment ago: it is not asked again. "wrong": the session is none of that kind; "weak" also for
    the same password once more.
    """
    if session.stage != sessions.RENEW:
        return "wrong", (), ""
    account = Account.objects.get(pk=session.holds.account)
    weak = codes.problems(new, account)
    if weak:
        return "weak", weak, ""
    with hashing_slot():
        if check_password(new, account.password):
            return "weak", (_("This is the password that you had before."),), ""
        encoded = make_password(new)
    token = _keep_password(session, encoded, stage=sessions.IN)
    return ("changed" if token else "wrong"), (), token


def was_given(account: int) -> bool:
    """True while the account's password is the one that it was given. One statement."""
    return Account.objects.filter(pk=account, password_at=GIVEN).exists()


@transaction.atomic
def _keep_password(session: SessionRow, encoded: str, **changes: str) -> str:
    """Put the new password in place and end every other session; this one's new token.

    "" and nothing is done where this session was ended since its request began: the account may have been given a code,
    because somebody else knows the old password.
    """
    account = session.holds.account
    Account.objects.filter(pk=account).update(password=encoded, password_at=clock.now())  # whoever ends sessions locks it, too
    if not Session.objects.filter(pk=session.id).exists():
        transaction.set_rollback(True)
        return ""
    ended = sessions.end_all(account, but=session.id)
    token = sessions.renew(session, **changes)
    record(f"sign_in:{account}", "password_changed", by=_doer(session), facts={"sessions": ended})
    return token


def _doer(session: SessionRow) -> Doer:
    return actor_of(session.holds).doer()


@transaction.atomic
def sign_out_device(session: SessionRow, other: int) -> bool:
    """End another session of the same account; False when it is not one of them any more."""
    ended = Session.objects.filter(pk=other, account_id=session.holds.account).delete()[0] > 0
    if ended:
        record(f"sign_in:{session.holds.account}", "device_signed_out", by=_doer(session), facts={"session": other})
    return ended


def new_recovery_codes(session: SessionRow, *, password: str, address: str) -> tuple[Changed, Sequence[str]]:
    """Ten fresh recovery codes against the password; the old ones are worth nothing. Raises Busy."""
    account = Account.objects.get(pk=session.holds.account)
    known = knows_password(account, password, address)
    if known != "right" or not factor.is_enrolled(account.pk):
        return ("locked" if known == "locked" else "wrong"), ()
    with transaction.atomic():
        Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
        fresh = list(RecoveryCodes.activate(account).generate_codes())
        record(f"sign_in:{account.pk}", "recovery_codes_made", by=_doer(session), facts={})
    return "changed", fresh


def prefer(account: int, *, language: str, large_text: bool) -> None:
    """Keep the language and text size that an account is spoken to in."""
    Account.objects.filter(pk=account).update(language=language, large_text=large_text)


# -- a security administrator, on somebody else's account -----------------------------------------------------------------


@transaction.atomic
def reset_factor(account: int, *, by: Doer) -> None:
    """Take somebody's second factor away (a lost phone) and end their sessions; they set it up anew at the next sign-in."""
    factor.forget(account)
    ended = sessions.end_all(account)
    record(f"sign_in:{account}", "factor_reset", by=by, facts={"account": account, "sessions": ended})


@transaction.atomic
def unlock(account: int, *, by: Actor) -> None:
    """Forget the failures that lock somebody out, and the pause of their second factor."""
    row = Account.objects.get(pk=account)
    lockout.unlock(row)
    factor.unpause(account)
    record(f"sign_in:{account}", "lock_lifted", by=by.doer(), facts={"account": account})
