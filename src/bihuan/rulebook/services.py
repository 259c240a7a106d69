"""Writing to the rulebook: publishing packs, loading calendar years, drawing numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from bihuan.ledger import clock
from bihuan.ledger.rows import insert, instant, run_later
from bihuan.ledger.services import record
from bihuan.packs import Pack, canonical
from bihuan.packs import digest as digest_of
from bihuan.rulebook.errors import BadYear, NotNarrowing, VersionTaken
from bihuan.rulebook.models import CalendarYear, InForce, PackVersion
from bihuan.rulebook.published import departing
from bihuan.rulebook.seeds import calendar_row
from bihuan.rulebook.selectors import calendar_seen, calendar_stamp
from bihuan.rules.terms import SYSTEM, Doer, FactValue

_PACK = ("name", "version", "digest", "canonical", "published_at", "published_by", "approved_by")


def publish(
    pack: Pack, by: Doer = SYSTEM, at: datetime | None = None, *, approved_by: int = 0, asked_by: int | None = None,
    force: Mapping[str, str] | None = None,
) -> bool:  # fmt: skip
    """Publish a version; new cases follow it from now on. False (and nothing written) when it is published already.

    An overlay is followed in the area it covers; a new version of the whole place ends the overlays on the one before: what
    they tighten may be looser than it by now. ``approved_by`` is the account of the second person, ``asked_by`` of the first
    (None: ``by``). ``force``: what ``locked_in_force`` gave in this transaction already.
    Records an entry in stream ``pack:<name>``.
    Raises VersionTaken when this name and version is published with other rules, NotNarrowing.
    """
    moment = at or clock.now()
    data = canonical(pack)
    digest = pack.digest or digest_of(pack)
    asker = by.account if asked_by is None else asked_by
    with transaction.atomic():
        if pack.base and (force or locked_in_force(pack.covers)).get("") != pack.base_digest:
            raise NotNarrowing(f"{pack.base} is not in force here: see that the overlay still narrows what is")
        written = insert(
            connection,
            "rulebook_packversion",
            _PACK,
            [(pack.name, pack.version, digest, data, instant(connection, moment), asker, approved_by)],
            "ON CONFLICT DO NOTHING RETURNING id",
        )
        if not written:
            if not PackVersion.objects.filter(name=pack.name, version=pack.version, digest=digest).exists():
                raise VersionTaken(f"{pack.name} {pack.version} is published with other rules: give it a new version")
            return False
        ended = _put_in_force(pack, digest, moment)
        record(
            f"pack:{pack.name}", "pack_published", by=by, at=moment,
            facts={
                "version": pack.version, "digest": digest, "approved_by": approved_by,
                **({"ended": ended} if ended else {}), **({"area": pack.covers} if pack.covers else {}),
            },
        )  # fmt: skip
    return True


def locked_in_force(area_code: str) -> dict[str, str]:
    """What is in force in the area ("" = the whole place) and in the whole place; nobody changes it until the transaction ends.

    The row of the whole place is always locked: an area without rules of its own has none that could be. A row that came while
    this waited is not among them: read what is in force once more. One SELECT.
    """
    rows = InForce.objects.select_for_update().filter(area_code__in={"", area_code}).order_by("area_code")
    return dict(rows.values_list("area_code", "digest"))


def _put_in_force(pack: Pack, digest: str, at: datetime) -> list[str]:
    """From now on new cases begin under it in its area; the areas whose overlays end with it."""
    ended: list[str] = []
    insert(
        connection,
        "rulebook_inforce",
        ("area_code", "digest", "since"),
        [(pack.covers, digest, instant(connection, at))],
        "ON CONFLICT (area_code) DO UPDATE SET digest = EXCLUDED.digest, since = EXCLUDED.since",
    )
    if not pack.base:  # behind the lock on the row of the whole place: no overlay on the old rules comes meanwhile
        overlays = InForce.objects.exclude(area_code="").order_by("area_code")
        ended = list(overlays.values_list("area_code", flat=True))
        overlays.delete()
    return ended


def end_overlay(area_code: str, by: Doer, at: datetime | None = None, *, proposal: int = 0) -> bool:
    """New cases of an area begin under the whole place's rules again; False when no overlay is in force there.

    ``proposal``: the request that it follows (``proposals.propose_end``), 0 = none. Records an entry in stream ``pack:<name>``.
    """
    moment = at or clock.now()
    with transaction.atomic():
        locked_in_force(area_code)
        row = InForce.objects.filter(area_code=area_code).exclude(area_code="").first()
        if row is None:
            return False
        name = PackVersion.objects.values_list("name", flat=True).get(digest=row.digest)
        facts: dict[str, FactValue] = {"area": area_code, "digest": row.digest, **({"proposal": proposal} if proposal else {})}
        row.delete()
        record(f"pack:{name}", "overlay_ended", by=by, at=moment, facts=facts)
    return True


# -- calendar ---------------------------------------------------------------------------------------------------------

Recompute = Callable[[int], int]
"""What a room does when a year's days change: given the year, recompute what is open; how many moved."""
_recomputes: dict[str, Recompute] = {}


def on_calendar_loaded(name: str, recompute: Recompute) -> None:
    """Let ``recompute`` follow each loading of a year, in the same transaction (registered once at start-up by name)."""
    _recomputes[name] = recompute


class Loaded(NamedTuple):
    """A loaded year: its revision, and how many open clocks moved, by the room that keeps them."""

    year: int
    revision: int
    moved: dict[str, int]


def load_calendar_year(
    year: int,
    off: Iterable[date],
    made_up: Iterable[date],
    *,
    source: str,
    by: Doer = SYSTEM,
    at: datetime | None = None,
    dry_run: bool = False,
) -> Loaded:
    """Load the days of a year, or a correction of them; recompute open clocks; record it in stream ``calendar``.

    ``off`` and ``made_up`` may name every day of the notice: days that follow the weekday rule anyway are dropped.
    With ``dry_run`` nothing is kept: it tells which clocks would move. Raises BadYear.
    """
    moment = at or clock.now()
    named_off, named_made_up = set(off), set(made_up)
    for day in sorted(named_off | named_made_up):
        if day.year != year or day in named_off & named_made_up:
            raise BadYear(f"{day}: outside {year}, or both off and worked")
    off_days, made_up_days = departing(named_off, named_made_up)
    with calendar_seen(None), transaction.atomic():
        last = CalendarYear.objects.filter(year=year).order_by("-revision").first()
        row = calendar_row(
            year, off_days, made_up_days, revision=last.revision + 1 if last else 1, source=source, at=moment, by=by.account,
            before=calendar_stamp(),
        )  # fmt: skip
        if last is not None and (last.off, last.made_up) == (row.off, row.made_up):
            return Loaded(year, last.revision, {})
        row.save(force_insert=True)
        moved = {name: recompute(year) for name, recompute in sorted(_recomputes.items())}
        if dry_run:
            transaction.set_rollback(True)
        else:
            facts: dict[str, FactValue] = {
                "year": year, "revision": row.revision, "off": row.off, "made_up": row.made_up, "moved": sum(moved.values()),
            }  # fmt: skip
            record("calendar", "calendar_loaded", by=by, at=moment, facts=facts)
    return Loaded(year, row.revision, moved)


# -- numbers ----------------------------------------------------------------------------------------------------------


def next_number(kind: str, per: str) -> int:
    """Draw the next number of a kind of paper within ``per`` ("2026", "430624/2026"), from 1, with one statement.

    Gap-free: the row stays locked until the caller's transaction ends, and a rollback gives the number back.
    """
    return next_numbers(kind, per, 1)


_DRAWN = (
    "INSERT INTO rulebook_sequence (kind, per, last) VALUES (%s, %s, %s) "
    "ON CONFLICT (kind, per) DO UPDATE SET last = rulebook_sequence.last + %s RETURNING last"
)
_IN_TURN = (
    "WITH asked (kind, per, n) AS (VALUES (%s::text, %s::text, %s::bigint)), turn AS MATERIALIZED "
    "(SELECT *, pg_advisory_xact_lock(hashtextextended('rulebook_sequence:' || kind || ':' || per, 0)) FROM asked) "
    "INSERT INTO rulebook_sequence (kind, per, last) SELECT kind, per, n FROM turn "
    "ON CONFLICT (kind, per) DO UPDATE SET last = rulebook_sequence.last + %s RETURNING last"
)


def next_numbers(kind: str, per: str, count: int) -> int:
    """Draw ``count`` numbers at once; gives the first of them."""
    return numbers_later(kind, per, count)()


def numbers_later(kind: str, per: str, count: int) -> Callable[[], int]:
    """``next_numbers`` among other statements (``rows.together``): the first is asked for when they have ended.

    On PostgreSQL in the order of asking: a row's lock is taken by whoever comes by before the one who was woken has run,
    an advisory lock is handed on.
    """
    database = connections[DEFAULT_DB_ALIAS]
    drawn = run_later(database, _IN_TURN if database.vendor == "postgresql" else _DRAWN, [kind, per, count, count])
    return lambda: int(drawn()[0][0]) - count + 1
