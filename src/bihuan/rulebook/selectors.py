"""Reading the rulebook: packs by digest, the pack in force, the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from bihuan.packs import Pack, from_canonical
from bihuan.rulebook.errors import NotPublished
from bihuan.rulebook.models import CalendarYear, InForce, PackVersion
from bihuan.rulebook.published import Days, build_calendar, departing
from bihuan.rules.calendar import Calendar


class Published(NamedTuple):
    """A published version as lists show it. ``published_by``/``approved_by`` are account ids (0 = the system)."""

    name: str
    version: str
    digest: str
    published_at: datetime
    published_by: int
    approved_by: int


def pack(digest: str) -> Pack:
    """The published pack with that digest. Raises NotPublished. One SELECT the first time, none after: it never changes."""
    found = _packs.get(digest)
    if found is None:
        row = PackVersion.objects.filter(digest=digest).values_list("canonical", flat=True).first()
        if row is None:
            raise NotPublished(f"no pack with digest {digest[:12]} is published here")
        found = _packs[digest] = from_canonical(bytes(row))
    return found


# Keyed by the digest of the content, so the same in every jurisdiction.
_packs: dict[str, Pack] = {}


def current_digest(name: str = "") -> str:
    """The digest of the version in force in the whole place, or published last of ``name``. Raises NotPublished. One SELECT."""
    with connection.cursor() as cursor:
        if name:
            cursor.execute("SELECT digest FROM rulebook_packversion WHERE name = %s ORDER BY id DESC LIMIT 1", [name])
        else:
            cursor.execute("SELECT digest FROM rulebook_inforce WHERE area_code = ''")
        row = cursor.fetchone()
    if row is None:
        raise NotPublished("no pack is published here: run `bihuan init`")
    return str(row[0])


def current_pack(name: str = "") -> Pack:
    """The pack in force in the whole place (or the version published last of ``name``). Raises NotPublished. One SELECT."""
    return pack(current_digest(name))


def in_force_now() -> tuple[Pack, Calendar]:
    """The rules in force in the whole place, and their calendar. One SELECT. Raises NotPublished."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT digest FROM rulebook_inforce WHERE area_code = ''), "
            "(SELECT stamp FROM rulebook_calendaryear ORDER BY id DESC LIMIT 1)"
        )
        digest, stamp = cursor.fetchone()
    if digest is None:
        raise NotPublished("no pack is published here: run `bihuan init`")
    rules, seen = pack(digest), _seen.get()
    return rules, calendar_for(rules, stamp=stamp or "" if seen is None else seen)


def versions() -> list[Published]:
    """Every published version, newest first."""
    rows = PackVersion.objects.order_by("-id").values_list(*Published._fields)
    return [Published(*row) for row in rows]


def in_force() -> dict[str, str]:
    """Digest by area of what new cases begin under; "" = wherever no overlay covers. One SELECT."""
    return dict(InForce.objects.order_by("area_code").values_list("area_code", "digest"))


def is_published(digest: str) -> bool:
    """Whether the version with that digest was ever published here."""
    return PackVersion.objects.filter(digest=digest).exists()


def changed_here() -> bool:
    """Whether people, and not the program alone, have said which rules are in force: at the desk, or for an area of its own."""
    digests = in_force()
    return any(digests.keys() - {""}) or PackVersion.objects.filter(digest=digests.get("", "")).exclude(published_by=0).exists()


def in_force_at(code: str) -> str:
    """SQL: the digest in force for the area whose code is the column ``code``: its overlay's, else the whole place's."""
    return (
        "(SELECT f.digest FROM rulebook_inforce f "  # noqa: S608 - a column's name, written in the code
        f"WHERE substr({code}, 1, length(f.area_code)) = f.area_code "
        "ORDER BY length(f.area_code) DESC LIMIT 1)"
    )


# -- calendar ---------------------------------------------------------------------------------------------------------


def calendar_stamp() -> str:
    """The stamp of the days in force: equal stamps mean equal days. One SELECT (of one row by its key)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM rulebook_calendaryear ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


_seen: ContextVar[str | None] = ContextVar("calendar_seen", default=None)


@contextmanager
def calendar_seen(stamp: str | None) -> Iterator[None]:
    """Within it ``calendar_for`` takes this stamp without asking: that of the statement which read the session.

    None: it asks each time, as it must where days are being loaded.
    """
    token = _seen.set(stamp)
    try:
        yield
    finally:
        _seen.reset(token)


def stamp_seen() -> str:
    """The stamp that was read with the session, else the one of now. One SELECT at most."""
    known = _seen.get()
    return calendar_stamp() if known is None else known


def calendar_years() -> dict[int, CalendarYear]:
    """The revision in force of every loaded year."""
    return {row.year: row for row in CalendarYear.objects.order_by("revision")}


def _dates(texts: Iterable[str]) -> Iterable[date]:
    return (date.fromisoformat(text) for text in texts)


@lru_cache(maxsize=64)
def _days(stamp: str) -> Days:  # noqa: ARG001 - the stamp is the cache's key: it names the content, in whichever database
    years = calendar_years()
    return Days(
        frozenset(day for row in years.values() for day in _dates(row.off)),
        frozenset(day for row in years.values() for day in _dates(row.made_up)),
        frozenset(years),
    )


@lru_cache(maxsize=256)
def _calendar(stamp: str, digest: str) -> Calendar:
    return build_calendar(pack(digest), _days(stamp))


def calendar_for(pack: Pack, *, stamp: str | None = None) -> Calendar:
    """The calendar of a published pack with the years loaded here. One SELECT (the stamp), none when it is given or was seen.

    Cached by what it is made of, so every process sees a newly loaded year with its next question.
    """
    return _calendar(stamp_seen() if stamp is None else stamp, pack.digest)


def calendar_with(pack: Pack, year: int, off: Iterable[date], made_up: Iterable[date]) -> Calendar:
    """The calendar of a pack as it would be with other days of one year, all other years as loaded. One SELECT, keeps nothing."""
    days = _days(calendar_stamp())
    off_days, made_up_days = departing(set(off), set(made_up))
    return build_calendar(
        pack,
        Days(
            frozenset(day for day in days.off if day.year != year) | frozenset(off_days),
            frozenset(day for day in days.made_up if day.year != year) | frozenset(made_up_days),
            days.known_years | {year},
        ),
    )


def numbers_drawn(kind: str) -> dict[str, int]:
    """The last number drawn of a kind of paper, by its period."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT per, last FROM rulebook_sequence WHERE kind = %s ORDER BY per", [kind])
        return dict(cursor.fetchall())
