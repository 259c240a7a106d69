"""Writing to the ledger: entries, outbox, request ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction

from bihuan.ledger import clock
from bihuan.ledger.chain import (
    GENESIS,
    Appended,
    Head,
    NewEntry,
    around,
    canonical_facts,
    entry_hash,
    instant_text,
    of_event,
    read_facts,
)  # fmt: skip
from bihuan.ledger.errors import Contended, OutOfOrder
from bihuan.ledger.rows import insert, insert_later, instant, read_instant
from bihuan.ledger.selectors import head_of
from bihuan.rules.terms import INSTEAD_OF, SYSTEM, Doer, FactValue

__all__ = [
    "Appended", "Claim", "Head", "NewEntry", "OutboxRow", "append", "append_later", "bring_forward", "claim", "done", "failed",
    "forget_done", "forget_requests",
    "head_after", "of_event", "post_out", "record", "record_several", "remember", "remember_later", "remember_many",
]  # fmt: skip

_ENTRY = (
    "stream", "seq", "kind", "thread", "at", "account", "unit", "post", "doer", "area", "facts", "prev", "hash",
)  # fmt: skip
_RETURNING = "RETURNING id"
_PLACES = 30


def _next_of(number: str, nothing: str, hashed: str) -> str:
    """INSERT of one entry behind the last of its stream; ``number`` its place, ``hashed`` its hash in a database's words."""
    return (
        f"INSERT INTO ledger_entry ({', '.join(_ENTRY[:1] + _ENTRY[2:-2])}, seq, prev, hash) "
        f"SELECT {', '.join(['%s'] * (len(_ENTRY) - 3))}, {number}, coalesce(head.hash, {nothing}), {hashed} "
        "FROM (SELECT 1 AS here) one LEFT JOIN "
        "(SELECT seq, hash FROM ledger_entry WHERE stream = %s ORDER BY seq DESC LIMIT 1) head ON 1 = 1 WHERE one.here = 1 "
        "ON CONFLICT (stream, seq) DO NOTHING RETURNING id, seq, prev, hash"
    )


_SEQ = "coalesce(head.seq, 0) + 1"
_NEXT = {
    "postgresql": _next_of(
        _SEQ,
        "''::bytea",
        f"sha256(convert_to(%s || ({_SEQ})::text || %s || coalesce(encode(head.hash, 'hex'), '') || %s, 'UTF8'))",
    ),
    "sqlite": _next_of(_SEQ, "x''", f"bihuan_sha256(%s || ({_SEQ}) || %s || coalesce(lower(hex(head.hash)), '') || %s)"),
}
"""``record``'s statement by the kind of database."""
LEASE = timedelta(seconds=40)
"""How long taken work stays out of others' sight: a killed worker's work is taken again within the minute."""
TRIES = 8
LATEST = timedelta(minutes=2**TRIES)
"""Nothing in the outbox waits longer; what would was left there by a clock that ran ahead."""


def _rows(
    entries: Sequence[NewEntry], heads: Mapping[str, Head]
) -> tuple[list[tuple[object, ...]], list[tuple[str, int, bytes]]]:
    """Rows in the database's form and, in the same order, where each entry stands and its hash."""
    last: dict[str, Head] = {}
    rows: list[tuple[object, ...]] = []
    placed: list[tuple[str, int, bytes]] = []
    at: datetime | None = None
    at_text, at_value = "", None  # type: tuple[str, object]
    for entry in entries:
        if entry.at is not at:  # the events of one act share their instant
            at, at_text, at_value = entry.at, instant_text(entry.at), instant(connection, entry.at)
        stream, by = entry.stream, entry.by
        seq, prev = last.get(stream) or heads.get(stream, GENESIS)
        seq += 1
        if entry.seq and entry.seq != seq:
            raise OutOfOrder(f"{stream}: entry {entry.seq} cannot follow entry {seq - 1}")
        facts = canonical_facts(entry.facts)
        digest = entry_hash(
            stream, seq, entry.kind, entry.thread, at_text, by.account, by.unit, by.post, by.kind,
            entry.area, facts, prev,
        )  # fmt: skip
        last[stream] = Head(seq, digest)
        rows.append((
            stream, seq, entry.kind, entry.thread, at_value, by.account, by.unit, by.post,
            by.kind, entry.area, facts, prev, digest,
        ))  # fmt: skip
        placed.append((stream, seq, digest))
    return rows, placed


def head_after(stream: str, entries: Sequence[NewEntry], head: Head) -> Head:
    """Where a stream will stand once these entries follow ``head``; nothing is written."""
    _, placed = _rows(entries, {stream: head})
    return Head(*placed[-1][1:]) if placed else head


def append(entries: Sequence[NewEntry], *, heads: Mapping[str, Head] | None = None) -> list[Appended]:
    """Write ``entries`` of any number of streams with one INSERT, each chained to the one before it in its stream.

    ``heads`` are the streams' last entries as ``stream_events`` read them under the caller's lock; a stream not named
    is new. Raises OutOfOrder when an entry's ``seq`` does not follow, IntegrityError when another writer took its place.
    """
    return append_later(entries, heads=heads)()


def append_later(entries: Sequence[NewEntry], *, heads: Mapping[str, Head] | None = None) -> Callable[[], list[Appended]]:
    """``append`` among other statements (``rows.together``): what was written is asked for when they have ended."""
    rows, placed = _rows(entries, heads or {})
    ids = insert_later(connections[DEFAULT_DB_ALIAS], "ledger_entry", _ENTRY, rows, _RETURNING)
    return lambda: [Appended(row[0], *place) for row, place in zip(sorted(ids()), placed, strict=True)]


def record(
    stream: str,
    kind: str,
    *,
    by: Doer = SYSTEM,
    facts: Mapping[str, FactValue] | None = None,
    area: str = "",
    at: datetime | None = None,
) -> Appended:
    """Write one entry outside any case: a look at personal data, an export, a sign-in, an act of administration.

    ``stream`` is the writer's own ("look:<account>", "export:<account>", "sign_in:<account>"), so nobody waits for
    others. One statement, in which the database reads the head and hashes after it; a place taken meanwhile is tried
    anew without an error inside the transaction.
    """
    said = dict(facts or {}) | ({INSTEAD_OF: by.instead_of} if by.instead_of else {})
    moment, text = at or clock.now(), canonical_facts(said)
    at_text, who = instant_text(moment), (by.account, by.unit, by.post, by.kind, area)
    parts = around(stream, kind, "", at_text, *who, text)
    values = [stream, kind, "", instant(connection, moment), *who, text, *parts, stream]
    for _ in range(_PLACES):
        with connection.cursor() as cursor:
            cursor.execute(_NEXT[connection.vendor], values)
            written = cursor.fetchone()
        if written:
            entry, seq, prev, digest = written
            ours = entry_hash(stream, seq, kind, "", at_text, *who, text, bytes(prev))
            if ours != bytes(digest):
                raise OutOfOrder(f"{stream}: entry {seq} does not carry its own hash")
            return Appended(entry, stream, seq, ours)
    raise Contended(f"{stream}: its place was taken {_PLACES} times")


def record_several(
    stream: str, kind: str, facts: Sequence[Mapping[str, FactValue]], *, by: Doer, area: str = "", at: datetime | None = None
) -> list[Appended]:
    """``record`` for several entries of one kind, in their order: two statements however many, one for one alone.

    A place taken between the two is tried anew; nothing of the caller's transaction is lost.
    """
    moment = at or clock.now()
    if len(facts) == 1:
        return [record(stream, kind, by=by, facts=facts[0], area=area, at=moment)]
    instead: dict[str, FactValue] = {INSTEAD_OF: by.instead_of} if by.instead_of else {}
    entries = [
        NewEntry(stream=stream, kind=kind, at=moment, by=by, facts={**said, **instead}, thread="", area=area) for said in facts
    ]
    for _ in range(_PLACES):
        head = head_of(stream)
        with suppress(IntegrityError), transaction.atomic():
            return append(entries, heads={stream: head})
    raise Contended(f"{stream}: its place was taken {_PLACES} times")


def remember(account: int, request_id: str, digest: str, answer: str, *, at: datetime | None = None) -> bool:
    """Keep the answer to a request; False when that account's request id is already kept (nothing is written then).

    ``digest`` is that of the facts asked with, ``answer`` what to say again (JSON text; no bearer secrets in plain).
    """
    return bool(remember_many([(account, request_id, digest, answer)], at=at))


def remember_many(rows: Iterable[tuple[int, str, str, str]], *, at: datetime | None = None) -> set[tuple[int, str]]:
    """Keep many answers with one INSERT; gives the (account, request id) pairs that were new."""
    return remember_later(rows, at=at)()


def remember_later(
    rows: Iterable[tuple[int, str, str, str]], *, at: datetime | None = None
) -> Callable[[], set[tuple[int, str]]]:
    """``remember_many`` among other statements (``rows.together``): which were new is asked for when they have ended."""
    database = connections[DEFAULT_DB_ALIAS]
    moment = instant(database, at or clock.now())
    kept = insert_later(
        database,
        "ledger_request",
        ("account", "request_id", "digest", "answer", "at"),
        [(*row, moment) for row in rows],
        "ON CONFLICT (account, request_id) DO NOTHING RETURNING account, request_id",
    )
    return lambda: {(account, request_id) for account, request_id in kept()}


LASTING = "import:"
"""Request ids that begin so are never dropped: the same table may come again after any time and must add nothing."""


def forget_requests(before: datetime) -> int:
    """Drop request ids older than ``before``; how many. A repetition that late is a new request, but for lasting ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_request WHERE at < %s AND substr(request_id, 1, %s) <> %s",
            [instant(connection, before), len(LASTING), LASTING],
        )
        return int(cursor.rowcount)


class OutboxRow(NamedTuple):
    """Work to be done after the commit. ``entry`` is the id of the entry it follows from."""

    topic: str
    payload: Mapping[str, FactValue]
    entry: int = 0
    not_before: datetime | None = None


class Claim(NamedTuple):
    """Work that this worker has taken; ``tries`` counts this one and names the claim."""

    id: int
    entry: int
    topic: str
    payload: dict[str, FactValue]
    tries: int


def post_out(rows: Sequence[OutboxRow], *, at: datetime | None = None) -> None:
    """Leave work for the worker, in the caller's transaction, with one INSERT (none for no rows)."""
    if not rows:
        return
    moment = at or clock.now()
    insert(
        connection,
        "ledger_outbox",
        ("entry", "topic", "payload", "state", "not_before", "tries", "fault"),
        [
            (row.entry, row.topic, canonical_facts(row.payload), 0, instant(connection, row.not_before or moment), 0, "")
            for row in rows
        ],
    )


def claim(limit: int = 20, *, lease: timedelta = LEASE) -> list[Claim]:
    """Take up to ``limit`` pieces of work that are due, oldest first, with one conditional update.

    Whoever updates first has it; it comes back into sight after ``lease`` unless ``done`` or ``failed`` was said.
    """
    moment = clock.now()
    seen = instant(connection, moment)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_outbox SET tries = tries + 1, not_before = %s WHERE state = 0 AND not_before <= %s AND id IN "
            "(SELECT id FROM ledger_outbox WHERE state = 0 AND not_before <= %s ORDER BY not_before, id LIMIT %s) "
            "RETURNING id, entry, topic, payload, tries",
            [instant(connection, moment + lease), seen, seen, limit],
        )
        rows = cursor.fetchall()
    return [Claim(id_, entry, topic, read_facts(payload), tries) for id_, entry, topic, payload, tries in sorted(rows)]


def bring_forward(now: datetime) -> int:
    """Make work due that a clock which ran ahead left for a time far away; how many pieces."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_outbox SET not_before = %s WHERE state = 0 AND not_before > %s",
            [instant(connection, now), instant(connection, now + LATEST)],
        )
        return int(cursor.rowcount)


def done(taken: Claim) -> bool:
    """Mark taken work as done; False when the lease had run out and somebody else has taken it since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_outbox SET state = 1, fault = '' WHERE id = %s AND state = 0 AND tries = %s", taken[:1] + taken[4:]
        )
        return bool(cursor.rowcount == 1)


def failed(taken: Claim, fault: str) -> bool:
    """Put taken work back for later (1, 2, 4 .. minutes), or give it up after eight tries; False when no longer ours.

    ``fault`` says what went wrong in words that name no resident.
    """
    state = 2 if taken.tries >= TRIES else 0
    later = clock.now() + timedelta(minutes=2 ** (taken.tries - 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_outbox SET state = %s, fault = %s, not_before = %s WHERE id = %s AND state = 0 AND tries = %s",
            [state, fault[:200], instant(connection, later), taken.id, taken.tries],
        )
        return bool(cursor.rowcount == 1)


_CLEARED = 2000
_OLDEST = "SELECT id, state, not_before FROM ledger_outbox WHERE id > %s ORDER BY id LIMIT %s"


def forget_done(before: datetime) -> int:
    """Drop work that was done before then; how many pieces. What waits and what was given up stays, however old.

    Reads from the oldest piece on and stops at the first page on which nothing is old: no index has to be kept for it.
    """
    gone, after = 0, 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_OLDEST, [after, _CLEARED])
            rows = cursor.fetchall()
            old = [(id_, state) for id_, state, when in rows if read_instant(when) < before]
            done_ids = [id_ for id_, state in old if state == 1]
            if done_ids:
                cursor.execute(f"DELETE FROM ledger_outbox WHERE id IN ({','.join(['%s'] * len(done_ids))})", done_ids)
                gone += int(cursor.rowcount)
            if not old or len(rows) < _CLEARED:
                return gone
            after = rows[-1][0]
