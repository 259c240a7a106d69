"""Signing in and out, the second factor, switching posts. Each is an entry in the ledger; refusals and lock-outs too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction

from bihuan.access import factor, lockout, sessions
from bihuan.access.actors import DEFAULT_ZONE, Actor, actor_of
from bihuan.access.hashing import burn_a_hash, hashing_slot
from bihuan.access.policy import policy
from bihuan.access.sessions import IN, OWED, RENEW, SessionRow
from bihuan.ledger import clock
from bihuan.ledger.services import record
from bihuan.people.models import GIVEN, Account
from bihuan.people.selectors import PostFact, posts_of
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotPublished
from bihuan.rules.terms import Doer, FactValue

Kind = Literal["in", "owed", "renew", "wrong", "locked", "no_post", "paused", "unknown_post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a try. ``token`` goes into the cookie where there is one.

    in: signed in · owed: the second factor is next · renew: the password is too old, a new one is next ·
    wrong: name, password or code · locked: pause, too many failures · paused: too many wrong codes ·
    no_post: the account holds no post today · unknown_post: not one of the account's.
    ``codes``: recovery codes, shown once after the second factor was set up.
    """

    kind: Kind
    token: str = ""
    post_id: int = 0
    codes: tuple[str, ...] = ()


def zone_here(pack_digest: str = "") -> str:
    """The jurisdiction's zone (pack ``[calendar] zone``). One statement, none where the digest is given."""
    try:
        pack = rulebook.pack(pack_digest) if pack_digest else rulebook.current_pack()
    except NotPublished:
        return DEFAULT_ZONE
    return pack.calendar.zone


def today_here(pack_digest: str = "") -> date:
    """The date in the jurisdiction's zone. One statement, none where the digest is given."""
    return clock.now().astimezone(ZoneInfo(zone_here(pack_digest))).date()


def _note(kind: str, *, account: int, post: PostFact | None = None, **facts: FactValue) -> None:
    by = Doer(kind="staff", account=account, unit=post.unit if post else 0, post=post.key if post else "")
    record(f"sign_in:{account}", kind, by=by, facts=facts, area=post.area_code if post else "")


# -- name and password -------------------------------------------------------------------------------------------------


def sign_in(*, identifier: str, password: str, address: str, prefer_post: int = 0, device: str = "") -> Outcome:
    """Try a user name, e-mail, mobile or staff number with a password. Raises Busy.

    An unknown name, a wrong password, a switched-off account give the same outcome after the same work. ``address`` is
    the client's; ``prefer_post``: the post to sign in with where the account holds it; ``device``: browser and system.
    """
    attempt = lockout.attempt_by(identifier, address)
    request = lockout.BareRequest(attempt)
    account = authenticate(request, password=password)
    if not isinstance(account, Account):
        return _refused(attempt, request)
    posts = posts_of(account.pk, today_here())
    if not posts:
        _note("sign_in_refused", account=account.pk, why="no_post", address=attempt.address)
        return Outcome(kind="no_post")
    post = next((one for one in posts if one.id == prefer_post), posts[0])
    if factor.is_enrolled(account.pk) or _any_needs_factor(posts):
        return Outcome(kind="owed", token=sessions.open_session(account=account.pk, post=post.id, stage=OWED, device=device))
    stage = RENEW if is_too_old(account) else IN
    with transaction.atomic():
        lockout.succeeded(attempt, request)
        token = sessions.open_session(account=account.pk, post=post.id, stage=stage, device=device)
        _note(_entered(account, stage), account=account.pk, post=post, **_how(attempt, "none"))
    return Outcome(kind="renew" if stage == RENEW else "in", token=token, post_id=post.id)


def _how(attempt: lockout.Attempt, factor_given: str) -> dict[str, FactValue]:
    return {"factor": factor_given, "address": attempt.address}


def _entered(account: Account, stage: str) -> str:
    """The kind of the entry."""
    if stage != RENEW:
        return "signed_in"
    return "password_given" if account.password_at == GIVEN else "password_too_old"


def is_too_old(account: Account) -> bool:
    """True for a password that its owner was given, and where the policy lets passwords grow old and this one has."""
    if account.password_at == GIVEN:
        return True
    age = policy().password_age
    return age is not None and clock.now() - (account.password_at or account.created_at) > age


def _any_needs_factor(posts: list[PostFact]) -> bool:
    if policy().factor_for_all:
        return True
    wanted = {post.key for post in rulebook.current_pack().posts if factor.NEEDS_FACTOR & set(post.duties)}
    return any(post.key in wanted for post in posts)


def _refused(attempt: lockout.Attempt, request: lockout.BareRequest) -> Outcome:
    """Count, enter, and answer; a lock-out kept silent costs the same hash as a wrong password."""
    count, limit = request.axes_failures_since_start or 0, settings.AXES_FAILURE_LIMIT
    locked = lockout.says_locked(attempt)
    if not attempt.hashed and not locked:
        with hashing_slot():
            burn_a_hash()
    account = attempt.account.pk if attempt.account else 0
    if count < limit:
        _note("sign_in_refused", account=account, why="wrong", address=attempt.address)
    elif count == limit:
        _note("locked_out", account=account, address=attempt.address)
    return Outcome(kind="locked" if locked else "wrong")


# -- second factor -----------------------------------------------------------------------------------------------------


def needs_setting_up(session: SessionRow) -> bool:
    """True when the account has no second factor yet: the page shows how to set one up. One statement."""
    return not factor.is_enrolled(session.holds.account)


def secret_to_set_up(session: SessionRow) -> factor.SettingUp:
    """The secret this session offers; the same one until it is used, so that a mistyped code loses nothing."""
    account = Account.objects.get(pk=session.holds.account)
    sealed = session.data.get("secret", "")
    secret = factor.SealedSecrets().decrypt(sealed) if sealed else factor.new_secret()
    if not sealed:
        sessions.keep(session, {**session.data, "secret": factor.SealedSecrets().encrypt(secret)})
    return factor.setting_up(account, secret)


def set_up_factor(session: SessionRow, *, code: str, address: str) -> Outcome:
    """Accept the first code of a new authenticator app; signed in, with recovery codes to keep."""
    account = Account.objects.get(pk=session.holds.account)
    sealed = session.data.get("secret", "")
    if not sealed:
        return Outcome(kind="wrong")
    codes = factor.enrol_with_code(account, factor.SealedSecrets().decrypt(sealed), code)
    if not codes:
        return Outcome(kind="wrong")
    _note("factor_set_up", account=account.pk)
    outcome = _let_in(session, account, "totp", address)
    return replace(outcome, codes=tuple(codes))


def give_factor(session: SessionRow, *, code: str, address: str) -> Outcome:
    """Judge a code of the app or a recovery code; right = signed in, under a new token."""
    account = Account.objects.get(pk=session.holds.account)
    verdict = factor.check(account.pk, code)
    if verdict in ("wrong", "paused"):
        kind = "sign_in_refused" if verdict == "wrong" else "factor_paused"
        _note(kind, account=account.pk, why="code", address=lockout.address_key(address))
        return Outcome(kind="wrong" if verdict == "wrong" else "paused")
    return _let_in(session, account, verdict, address)


@transaction.atomic
def _let_in(session: SessionRow, account: Account, verdict: str, address: str) -> Outcome:
    attempt = lockout.attempt_of(account, address)
    lockout.succeeded(attempt)
    stage = RENEW if is_too_old(account) else IN
    token = sessions.renew(session, stage=stage, factor_at=clock.now(), data={})
    post = next((one for one in posts_of(account.pk) if one.id == session.holds.post_id), None)
    _note(_entered(account, stage), account=account.pk, post=post, **_how(attempt, verdict))
    return Outcome(kind="renew" if stage == RENEW else "in", token=token, post_id=session.holds.post_id)


# -- the session in use ------------------------------------------------------------------------------------------------


def actor_in(session: SessionRow) -> Actor | None:
    """The actor of a session; None while the second factor is owed, or when the post's time is over.

    A post that came to need the factor after its holder signed in (a new pack, a new duty) owes it from the next request.
    """
    if session.stage != IN:
        return None
    holds = session.holds
    if holds.valid_from or holds.valid_to:
        day = today_here(holds.pack_digest)
        if (holds.valid_from and day < holds.valid_from) or (holds.valid_to and day > holds.valid_to):
            return None
    actor = actor_of(holds, notices=session.notices)
    return actor if session.factor_at is not None or not factor.is_needed(actor.duties) else None


def switch_post(session: SessionRow, post_id: int) -> Outcome:
    """Go on in another post of the same account, under a new token; the factor is asked if that post needs it."""
    post = next((one for one in posts_of(session.holds.account, today_here()) if one.id == post_id), None)
    if post is None or session.stage != IN:
        return Outcome(kind="unknown_post")
    owed = session.factor_at is None and _any_needs_factor([post])
    with transaction.atomic():
        changes = {"post_id": post.id, "stage": OWED if owed else IN}
        token = sessions.renew(session, **changes)
        _note("post_switched", account=post.account, post=post, before=session.holds.post_id)
    return Outcome(kind="owed" if owed else "in", token=token, post_id=post.id)


def go_on(session: SessionRow) -> Outcome:
    """Go on in another post when the time of the session's own is over (leave ended, post handed over).

    ``no_post`` where there is none: then the session is ended. ``unknown_post`` while the session's post still runs.
    """
    day = today_here(session.holds.pack_digest)
    posts = posts_of(session.holds.account, day)
    if session.stage != IN or any(one.id == session.holds.post_id for one in posts):
        return Outcome(kind="unknown_post")
    if not posts:
        sign_out(session)
        return Outcome(kind="no_post")
    return switch_post(session, posts[0].id)


def sign_out(session: SessionRow) -> None:
    """End the session here and now."""
    sessions.end_session(session.id)
    _note("signed_out", account=session.holds.account)


@transaction.atomic
def end_sessions_of(account: int, *, by: Actor) -> int:
    """End every session of somebody else's account (duty ``access:session:end``, asked by the caller); how many."""
    ended = sessions.end_all(account)
    record(f"sign_in:{account}", "sessions_ended", by=by.doer(), facts={"count": ended})
    return ended
