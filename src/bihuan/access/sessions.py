"""Sessions: a random token in a cookie, one row on the server, and one statement to know everything about who asks."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery

from bihuan.access.models import Session
from bihuan.access.policy import policy
from bihuan.ledger import clock
from bihuan.people.models import OrgStamp, Post
from bihuan.rulebook.models import PackVersion

IN, OWED = "in", "owed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """One post with its account, unit and area as one joined row gives them."""

    account: int
    account_name: str
    language: str
    active: bool
    post_id: int
    post: str
    valid_from: date | None
    valid_to: date | None
    unit: int
    unit_name: str
    unit_kind: str
    path: str
    centre: bool
    area_code: str
    area_name: str
    org_stamp: int
    pack_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session that still runs. ``stage``: "in", or "owed" = the second factor is not given yet."""

    id: int
    stage: str
    factor_at: datetime | None
    data: dict[str, Any]
    may_switch: bool
    holds: PostRow


_POST_COLUMNS = {
    "post_id": "pk", "post": "key", "valid_from": "valid_from", "valid_to": "valid_to",
    "account": "account_id", "account_name": "account__name", "language": "account__language",
    "active": "account__is_active", "unit": "unit_id", "unit_name": "unit__name", "unit_kind": "unit__kind",
    "path": "unit__path", "centre": "unit__centre", "area_code": "area__code", "area_name": "area__name",
}  # fmt: skip
_SESSION_COLUMNS: tuple[str, ...] = ("id", "stage", "factor_at", "seen_at", "data")
_STAMPS = {
    "org_stamp": Subquery(OrgStamp.objects.values("stamp")[:1]),
    "pack_digest": Subquery(PackVersion.objects.order_by("-pk").values("digest")[:1]),
}


def _holds(row: dict[str, Any]) -> PostRow:
    return PostRow(
        **{name: row[f"p_{name}"] for name in _POST_COLUMNS},
        org_stamp=row["org_stamp"] or 0,
        pack_digest=row["pack_digest"] or "",
    )


def post_row(post_id: int) -> PostRow | None:
    """One post with its account, unit and area. One statement."""
    columns = {f"p_{name}": F(path) for name, path in _POST_COLUMNS.items()}
    row = Post.objects.filter(pk=post_id).values(**columns, **_STAMPS).first()
    return _holds(row) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(*, account: int, post: int, stage: str, factor_at: datetime | None = None) -> str:
    """Begin a session; the token for the cookie."""
    now, token = clock.now(), secrets.token_urlsafe(32)
    ends_at = now + (policy().limit if stage == IN else policy().owed)
    Session.objects.create(
        token_hash=_digest(token), account_id=account, post_id=post, stage=stage, factor_at=factor_at,
        created_at=now, seen_at=now, ends_at=ends_at,
    )  # fmt: skip
    return token


def renew(session: SessionRow, **changes: Any) -> str:
    """Give a session a new token (the old one is worth nothing from now on) and change its columns; the new token.

    Done at every change of what the session may do: the second factor given, the post switched.
    """
    now, token = clock.now(), secrets.token_urlsafe(32)
    if changes.get("stage") == IN and session.stage != IN:
        changes["ends_at"] = now + policy().limit
    Session.objects.filter(pk=session.id).update(token_hash=_digest(token), seen_at=now, **changes)
    return token


def load(token: str) -> SessionRow | None:
    """The session of a cookie, None when there is none, it has ended, or its account or post has. One statement.

    The time of the last request is written at most once a minute (``Policy.touch``), which is then a second statement.
    """
    if not token or len(token) > 100:
        return None
    now = clock.now()
    others = Post.objects.filter(account_id=OuterRef("account_id"), valid_to=None).exclude(pk=OuterRef("post_id"))
    columns: dict[str, Any] = {f"p_{name}": F(f"post__{path}") for name, path in _POST_COLUMNS.items()}
    columns["may_switch"] = Exists(others)
    row: dict[str, Any] | None = (
        Session.objects.filter(token_hash=_digest(token), ends_at__gt=now, seen_at__gt=now - policy().idle)
        .values(*_SESSION_COLUMNS, **columns, **_STAMPS)
        .first()
    )
    if row is None or not row["p_active"]:
        return None
    if now - row["seen_at"] > policy().touch:
        Session.objects.filter(pk=row["id"]).update(seen_at=now)
    return SessionRow(
        id=row["id"], stage=row["stage"], factor_at=row["factor_at"], data=row["data"], may_switch=row["may_switch"],
        holds=_holds(row),
    )  # fmt: skip


def keep(session: SessionRow, data: dict[str, Any]) -> None:
    """Replace the small values that a session carries."""
    Session.objects.filter(pk=session.id).update(data=data)


def end_session(session_id: int) -> None:
    """Sign out: the row goes, so the token is worth nothing anywhere."""
    Session.objects.filter(pk=session_id).delete()


def end_all(account: int, *, but: int = 0) -> int:
    """End every session of an account except one (a password was changed, an account switched off); how many."""
    return Session.objects.filter(account_id=account).exclude(pk=but).delete()[0]


def sweep() -> int:
    """Remove rows of sessions that have ended; how many. For the worker, now and then."""
    now = clock.now()
    old = Session.objects.filter(ends_at__lte=now) | Session.objects.filter(seen_at__lte=now - policy().idle)
    return old.delete()[0]
