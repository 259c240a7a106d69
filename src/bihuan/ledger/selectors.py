"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Exists, Expression

from bihuan.ledger.chain import GENESIS, Head, entry_hash, instant_text, read_facts
from bihuan.ledger.models import Entry, Outbox
from bihuan.ledger.rows import Rows, read_instant, run_later
from bihuan.rules.events import Event
from bihuan.rules.terms import Doer, DoerKind, FactValue

_LINES = msgspec.json.Decoder(list[tuple[int, str, str, str, str, int, int, str, str, str]]).decode


class Kept(NamedTuple):
    """An answer that was kept for a request id, with the digest of the facts it was asked with."""

    digest: str
    answer: str


class Line(NamedTuple):
    """An entry as a timeline or an audit shows it."""

    id: int
    stream: str
    seq: int
    kind: str
    thread: str
    at: datetime
    by: Doer
    area: str
    facts: dict[str, FactValue]


_STREAM = "SELECT seq, kind, thread, at, doer, account, unit, post, facts, hash FROM ledger_entry WHERE stream = %s ORDER BY seq"


@lru_cache(maxsize=4096)
def _doer(kind: str, account: int, unit: int, post: str) -> Doer:
    return Doer(kind=cast(DoerKind, kind), account=account, unit=unit, post=post)


def stream_events(stream: str) -> tuple[list[Event], Head]:
    """All events of a stream in order, and its head, with one SELECT. A stream never written gives [] and GENESIS."""
    return stream_events_later(stream)()


def stream_events_later(stream: str) -> Callable[[], tuple[list[Event], Head]]:
    """``stream_events`` among other statements (``rows.together``): they are asked for when those have ended."""
    rows = run_later(connections[DEFAULT_DB_ALIAS], _STREAM, [stream])
    return lambda: _events(rows())


def _events(rows: Rows) -> tuple[list[Event], Head]:
    if not rows:
        return [], GENESIS
    events = [
        Event(
            seq=seq, kind=kind, thread=thread, at=read_instant(at), by=_doer(doer, account, unit, post),
            facts=read_facts(facts),
        )
        for seq, kind, thread, at, doer, account, unit, post, facts, _ in rows
    ]  # fmt: skip
    return events, Head(rows[-1][0], bytes(rows[-1][9]))


def events_column(stream: str) -> str:
    """All events of a stream as one column, for SQLite; ``stream`` is an expression of the query around it."""
    return (
        "SELECT json_group_array(json_array(seq, kind, thread, at, doer, account, unit, post, facts, hex(hash))) "
        f"FROM ledger_entry WHERE stream = {stream}"
    )


def events_in(column: str) -> tuple[list[Event], Head]:
    """The events of such a column in order, and the head."""
    return _events([(*row, bytes.fromhex(digest)) for *row, digest in sorted(_LINES(column))])


class Reckoned(NamedTuple):
    """An entry's number and facts, with the hash that its content and all before it in its stream amount to now."""

    seq: int
    facts: dict[str, FactValue]
    computed: bytes


def hashes(streams: Sequence[str]) -> dict[str, list[Reckoned]]:
    """Every entry of some streams in order, each hash reckoned anew from what stands there. One SELECT."""
    found: dict[str, list[Reckoned]] = {stream: [] for stream in streams}
    places = ", ".join(["%s"] * len(streams))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, seq, kind, thread, at, account, unit, post, doer, area, facts FROM ledger_entry "
            f"WHERE stream IN ({places}) ORDER BY stream, seq",
            list(streams),
        )
        for stream, seq, kind, thread, at, account, unit, post, doer, area, facts in cursor.fetchall():
            lines = found[stream]
            prev = lines[-1].computed if lines else GENESIS.hash
            at_text = instant_text(read_instant(at))
            digest = entry_hash(stream, seq, kind, thread, at_text, account, unit, post, doer, area, facts, prev)
            lines.append(Reckoned(seq, read_facts(facts), digest))
    return found


def streams_events(streams: Sequence[str]) -> dict[str, tuple[list[Event], Head]]:
    """``stream_events`` of many streams with one SELECT; streams never written are absent."""
    found: dict[str, tuple[list[Event], Head]] = {}
    if not streams:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, seq, kind, thread, at, doer, account, unit, post, facts, hash FROM ledger_entry "
            f"WHERE stream IN ({','.join(['%s'] * len(streams))}) ORDER BY stream, seq",
            list(streams),
        )
        for stream, seq, kind, thread, at, doer, account, unit, post, facts, digest in cursor.fetchall():
            event = Event(
                seq=seq, kind=kind, thread=thread, at=read_instant(at), by=_doer(doer, account, unit, post),
                facts=read_facts(facts),
            )  # fmt: skip
            events = found[stream][0] if stream in found else []
            events.append(event)
            found[stream] = (events, Head(seq, bytes(digest)))
    return found


def head_of(stream: str) -> Head:
    """The last entry of a stream, or GENESIS. One SELECT."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM ledger_entry WHERE stream = %s ORDER BY seq DESC LIMIT 1", [stream])
        row = cursor.fetchone()
    return Head(row[0], bytes(row[1])) if row else GENESIS


_LINE = "id, stream, seq, kind, thread, at, doer, account, unit, post, area, facts"


def _lines(where: list[str], values: list[Any], kinds: Sequence[str], order: str, limit: int) -> list[Line]:
    if kinds:
        where = [*where, f"kind IN ({','.join(['%s'] * len(kinds))})"]
        values = [*values, *kinds]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_LINE} FROM ledger_entry WHERE {' AND '.join(where)} ORDER BY id {order} LIMIT %s",
            [*values, limit],
        )
        return [
            Line(id_, stream, seq, kind, thread, read_instant(at), _doer(doer, account, unit, post), area, read_facts(facts))
            for id_, stream, seq, kind, thread, at, doer, account, unit, post, area, facts in cursor.fetchall()
        ]


def entries(*, stream: str = "", kinds: Sequence[str] = (), after: int = 0, limit: int = 100) -> list[Line]:
    """Entries with ids above ``after``, oldest first, at most ``limit``: of one stream or of all, of ``kinds`` or of all."""
    if stream:
        return _lines(["id > %s", "stream = %s"], [after, stream], kinds, "ASC", limit)
    return _lines(["id > %s"], [after], kinds, "ASC", limit)


def records(*, prefix: str = "", kinds: Sequence[str] = (), before: int = 0, limit: int = 100) -> list[Line]:
    """Entries outside cases (looks, exports, sign-ins, administration), newest first, ids below ``before`` (0 = all).

    ``prefix`` names a family of streams ("look:") or one stream. Costs the same however many cases there are.
    """
    where, values = ["thread = ''"], []  # type: tuple[list[str], list[Any]]
    if before:
        where.append("id < %s")
        values.append(before)
    if prefix:
        where.append("substr(stream, 1, %s) = %s")
        values += [len(prefix), prefix]
    return _lines(where, values, kinds, "DESC", limit)


def recall(account: int, request_id: str) -> Kept | None:
    """The answer kept for a request id of an account, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, answer FROM ledger_request WHERE account = %s AND request_id = %s", [account, request_id])
        row = cursor.fetchone()
    return Kept(*row) if row else None


KEPT_FOR = "SELECT digest || ' ' || answer FROM ledger_request WHERE account = %s AND request_id = %s"
"""Digest and answer kept for a request id of an account, in one column, for a statement that reads other things."""


def recall_many(pairs: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Kept]:
    """The answers kept for many (account, request id) pairs, with one SELECT."""
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account, request_id, digest, answer FROM ledger_request WHERE "
            + " OR ".join(["(account = %s AND request_id = %s)"] * len(pairs)),
            [value for pair in pairs for value in pair],
        )
        return {(account, request_id): Kept(digest, answer) for account, request_id, digest, answer in cursor.fetchall()}


def stands_in(stream: Expression, kinds: Sequence[str]) -> Exists:
    """Whether an entry of one of these kinds stands in a stream, as a condition; the stream is found by its place."""
    return Exists(Entry.objects.filter(stream=stream, kind__in=kinds))


class OutboxState(NamedTuple):
    """Work in the outbox: how many pieces wait, by how many seconds the oldest of them is late, how many were given up."""

    waiting: int
    late: float
    given_up: int


def outbox_state(now: datetime) -> OutboxState:
    """How the outbox stands at ``now``. Two statements, each by an index of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(not_before) FROM ledger_outbox WHERE state = 0")
        waiting, oldest = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM ledger_outbox WHERE state = 2")
        given_up = cursor.fetchone()[0]
    late = (now - read_instant(oldest)).total_seconds() if oldest else 0.0
    return OutboxState(waiting, max(0.0, late), given_up)


RECENT = 2000


def clock_behind(now: datetime) -> float:
    """By how many seconds ``now`` lies before the latest of the last entries: the server's clock was set back. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(at) FROM (SELECT at FROM ledger_entry ORDER BY id DESC LIMIT %s) latest", [RECENT])
        latest = cursor.fetchone()[0]
    return max(0.0, (read_instant(latest) - now).total_seconds()) if latest else 0.0


def outbox_counts() -> dict[str, int]:
    """How many pieces of work are waiting and how many were given up, by name of the state (for ``bihuan doctor``)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM ledger_outbox WHERE state <> 1 GROUP BY state")
        return {Outbox.State(state).name.lower(): number for state, number in cursor.fetchall()}


def next_waiting() -> datetime | None:
    """When the next piece of work in the outbox may be taken; None when none waits. One statement."""
    return Outbox.objects.filter(state=0).order_by("not_before").values_list("not_before", flat=True).first()
