"""Sessions: a random token in a cookie, one row on the server, and one statement to know everything about who asks."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

from bihuan.access.models import Session
from bihuan.access.policy import policy
from bihuan.ledger import clock
from bihuan.ledger.rows import instant, read_instant, steady
from bihuan.rulebook.selectors import in_force_at

IN, OWED, RENEW = "in", "owed", "renew"
AHEAD = timedelta(minutes=5)
"""A session seen last so much later than now was opened while the server's clock ran ahead: nobody knows how old it is."""
log = logging.getLogger(__name__)
Notices = Sequence[tuple[int, int, int]]
"""Unread notices as (unit, account, how many), by whom their matter is about; 0 = about no unit, no account."""
DEVICE_MAX = 60


@dataclass(frozen=True, slots=True)
class Seat:
    """A post of the same account, or of the one it stands in for: what the switch shows and what avoidance needs."""

    post_id: int
    account: int
    post: str
    unit: int
    unit_name: str
    path: str
    area_name: str
    valid_from: str | None
    valid_to: str | None
    instead_of_name: str | None

    def runs_on(self, day: date) -> bool:
        """True when the post is held on that day. ISO dates compare as text."""
        return (self.valid_from or "") <= day.isoformat() and (not self.valid_to or day.isoformat() <= self.valid_to)

    @property
    def chain(self) -> tuple[int, ...]:
        """The unit and every unit above it."""
        return (self.unit, *(int(part) for part in reversed(self.path.split("/")) if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """One post with its account, unit and area as one joined row gives them, and the seats beside it.

    ``instead_of``: the account whose post it is when a deputy acts in it (0 = the holder's own). ``calendar_stamp`` names
    the working days as they stand (``rulebook.selectors.calendar_seen``).
    """

    account: int
    account_name: str
    language: str
    large_text: bool
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
    instead_of: int
    instead_of_name: str
    calendar_stamp: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session that still runs. ``stage``: "in"; "owed" = the second factor is not given yet; "renew" = the password is too old.

    ``notices``: what ``also_ask`` asks for: unread notices of this post by whom their matter is about.
    """

    id: int
    stage: str
    factor_at: datetime | None
    data: dict[str, Any]
    holds: PostRow
    notices: Notices = ()


# Written out, because every request asks it: Django takes longer to build this statement than the database to answer it.
_POST_COLUMNS = (
    "p.account_id, a.name, a.language, a.large_text, a.is_active, "  # noqa: S608 - constants only
    "p.id, p.key, p.valid_from, p.valid_to, p.unit_id, u.name, u.kind, u.path, "
    "u.centre, r.code, r.name, (SELECT stamp FROM people_orgstamp LIMIT 1), "
    f"{in_force_at('r.code')}, x.account_id, y.name, "
    "(SELECT stamp FROM rulebook_calendaryear ORDER BY id DESC LIMIT 1), "
)
_SEAT = "o.id, o.account_id, o.key, o.unit_id, ou.name, ou.path, oa.name, o.valid_from, o.valid_to, iy.name"
_SEATS = (
    "FROM people_post o JOIN people_unit ou ON ou.id = o.unit_id JOIN places_area oa ON oa.id = o.area_id "
    "LEFT JOIN people_post ix ON ix.id = o.instead_of_id LEFT JOIN people_account iy ON iy.id = ix.account_id "
    "WHERE o.account_id IN (p.account_id, x.account_id))"
)
_LISTS = {
    "sqlite": f"(SELECT json_group_array(json_array({_SEAT})) {_SEATS}",
    "postgresql": f"(SELECT json_agg(json_build_array({_SEAT})) {_SEATS}",
}
_BESIDE_POST = (
    "JOIN people_account a ON a.id = p.account_id JOIN people_unit u ON u.id = p.unit_id JOIN places_area r ON r.id = p.area_id "
    "LEFT JOIN people_post x ON x.id = p.instead_of_id LEFT JOIN people_account y ON y.id = x.account_id"
)
_OF_POST = {
    vendor: f"SELECT {_POST_COLUMNS}{seats} FROM people_post p {_BESIDE_POST} WHERE p.id = %s"  # noqa: S608 - constants only
    for vendor, seats in _LISTS.items()
}
_PLACE = "NULL AS notices"
_OF_SESSION = {
    vendor: f"SELECT {_PLACE}, s.id, s.stage, s.factor_at, s.seen_at, s.data, {_POST_COLUMNS}{seats} FROM access_session s "  # noqa: S608 - constants only
    f"JOIN people_post p ON p.id = s.post_id {_BESIDE_POST} WHERE s.token_hash = %s AND s.ends_at > %s "
    "AND s.seen_at > %s AND s.seen_at <= %s"
    for vendor, seats in _LISTS.items()
}

_beside = dict.fromkeys(_LISTS, "(SELECT NULL WHERE s.seen_at > %s)")


def also_ask(sql: Mapping[str, str]) -> None:
    """Let every look at a session ask for something of a room above in the same statement (said once at start-up).

    ``sql`` by database: a SELECT of one JSON text over p (the post); its one parameter is the instant of the look.
    """
    _beside.update({vendor: f"({asked})" for vendor, asked in sql.items()})


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _holds(row: tuple[Any, ...]) -> PostRow:
    return PostRow(
        account=row[0],
        account_name=row[1],
        language=row[2],
        large_text=bool(row[3]),
        active=bool(row[4]),
        post_id=row[5],
        post=row[6],
        valid_from=_day(row[7]),
        valid_to=_day(row[8]),
        unit=row[9],
        unit_name=row[10],
        unit_kind=row[11],
        path=row[12],
        centre=bool(row[13]),
        area_code=row[14],
        area_name=row[15],
        org_stamp=row[16] or 0,
        pack_digest=row[17] or "",
        instead_of=row[18] or 0,
        instead_of_name=row[19] or "",
        calendar_stamp=row[20] or "",
        seats=tuple(Seat(*seat) for seat in sorted(json.loads(row[21]) if isinstance(row[21], str) else row[21])),
    )


def _first(statement: str, values: list[Any]) -> tuple[Any, ...] | None:
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()  # often a request's first statement
    cursor = steady(database)
    cursor.execute(statement, values)
    rows = cursor.fetchall()
    return rows[0] if rows else None


def post_row(post_id: int) -> PostRow | None:
    """One post with its account, unit and area. One statement."""
    row = _first(_OF_POST[connection.vendor], [post_id])
    return _holds(row) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def open_session(*, account: int, post: int, stage: str, factor_at: datetime | None = None, device: str = "") -> str:
    """Begin a session; the token for the cookie. ``device``: browser and system in two words."""
    now, token = clock.now(), secrets.token_urlsafe(32)
    ends_at = now + (policy().limit if stage == IN else policy().owed)
    Session.objects.create(
        token_hash=_digest(token), account_id=account, post_id=post, stage=stage, factor_at=factor_at,
        created_at=now, seen_at=now, ends_at=ends_at, device=device[:DEVICE_MAX],
    )  # fmt: skip
    return token


def renew(session: SessionRow, **changes: Any) -> str:
    """Give a session a new token (the old one is worth nothing from now on) and change its columns; the new token.

    Done at every change of what the session may do: the second factor given, the post switched.
    """
    now, token = clock.now(), secrets.token_urlsafe(32)
    stage = changes.get("stage", session.stage)
    if stage != session.stage:
        changes["ends_at"] = now + (policy().limit if stage == IN else policy().owed)
    Session.objects.filter(pk=session.id).update(token_hash=_digest(token), seen_at=now, **changes)
    return token


def load(token: str) -> SessionRow | None:
    """The session of a cookie, None when there is none, it has ended, or its account or post has. One statement.

    The time of the last request is written at most once a minute (``Policy.touch``), which is then a second statement.
    """
    if not token or len(token) > 100:
        return None
    now = clock.now()
    between = (instant(connection, now - policy().idle), instant(connection, now + AHEAD))
    values = [instant(connection, now), _digest(token), instant(connection, now), *between]
    row = _first(_OF_SESSION[connection.vendor].replace(_PLACE, _beside[connection.vendor]), values)
    if row is None:
        return None
    notices, number, stage, factor_at, seen_at, data = row[:6]
    holds = _holds(row[6:])
    if not holds.active:
        return None
    if now - read_instant(seen_at) > policy().touch:
        _touch(number, now)
    return SessionRow(
        id=number,
        stage=stage,
        factor_at=read_instant(factor_at) if factor_at else None,
        data=json.loads(data) if isinstance(data, str) else data,
        holds=holds,
        notices=tuple(tuple(one) for one in (json.loads(notices) if isinstance(notices, str) else notices or ())),
    )


def _touch(session: int, now: datetime) -> None:
    """Note that it was used. Where nothing can be kept just now (a full disk), people may still read: it grows older."""
    try:
        Session.objects.filter(pk=session).update(seen_at=now)
    except OperationalError:
        log.warning("the use of a session could not be noted")


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
    old |= Session.objects.filter(seen_at__gt=now + AHEAD)
    return old.delete()[0]
