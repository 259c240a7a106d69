"""Proving the ledger: every entry says what was hashed, follows the one before it, and fits the anchors noted outside.

Finds an entry that was edited, deleted, put elsewhere or slipped in, and a cut tail up to the last anchor; what was
written after the last anchor and then taken away again is outside the promise. Erased words break nothing: entries hold
digests. Reads in pages, in constant memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

from django.db import Error, connection
from django.utils.translation import gettext

from bihuan.ledger.anchors import NOTHING, Anchor, anchors, end_of_ledger
from bihuan.ledger.chain import FORM, entry_hash, root_after
from bihuan.ledger.errors import DamagedAnchors
from bihuan.ledger.guard import standing, trigger_names

FaultKind = Literal["edited", "missing", "misplaced", "anchor", "tail", "guard", "unreadable"]
Progress = Callable[[int, int], None]
_PAGE = 5000
_MOST = 200
_NAMED = 20
_INT64 = -(2**63)
_NEVER = 2**63


class Fault(NamedTuple):
    """Something that is not as it was written. ``entry`` is an entry's id, ``stream`` and ``seq`` its place (0, "" = unknown)."""

    kind: FaultKind
    entry: int
    stream: str
    seq: int
    say: str


@dataclass(slots=True)
class Report:
    """What a verification found. ``faults`` lists the first two hundred; ``found`` counts all."""

    entries: int = 0
    anchors: int = 0
    anchored: int = 0
    seconds: float = 0.0
    found: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.found

    def add(self, kind: FaultKind, say: str, entry: int = 0, stream: str = "", seq: int = 0) -> None:
        """Note a fault."""
        self.found += 1
        if len(self.faults) < _MOST:
            self.faults.append(Fault(kind, entry, stream, seq, say))


# Instants come as text in the one hashed form, made by the database: an instant spelt otherwise is an edit too.
_AT = {
    "sqlite": "CASE length(e.at) WHEN 19 THEN replace(e.at, ' ', 'T') || '.000000+00:00' "
    "ELSE replace(CAST(e.at AS TEXT), ' ', 'T') || '+00:00' END",
    "postgresql": """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
}
_BEFORE = "FROM ledger_entry e LEFT JOIN ledger_entry p ON p.stream = e.stream AND p.seq = e.seq - 1 "
_FOLLOWS = "CASE WHEN p.id IS NULL THEN e.seq = 1 AND length(e.prev) = 0 ELSE p.hash = e.prev AND p.id < e.id END"
# SQLite keeps any text in any column: without this, values could be shifted between columns and give the same text.
_TYPED = {
    "sqlite": " AND length(e.at) IN (19, 26) AND typeof(e.seq) || typeof(e.account) || typeof(e.unit) = 'integerintegerinteger'",
    "postgresql": "",
}
_PAGED = "WHERE e.id > %s AND e.id <= %s ORDER BY e.id LIMIT %s"


def _quick() -> str:
    """Of each entry its id, its hash, whether it follows its predecessor, and the hashed text, put together by the database.

    The text can differ from the canonical one in how rare characters are escaped, so a difference is a suspicion and the
    entry is examined by itself. Equal hashes prove equal text.
    """
    postgresql = connection.vendor == "postgresql"
    quoted = "to_json(e.{})::text" if postgresql else "json_quote(e.{})"
    stream, kind, thread, post, doer, area = map(quoted.format, ("stream", "kind", "thread", "post", "doer", "area"))
    prev = "encode(e.prev, 'hex')" if postgresql else "lower(hex(e.prev))"
    parts = (
        f"'[{FORM},'", stream, "','", "e.seq", "','", kind, "','", thread, """',"'""", _AT[connection.vendor], """'",'""",
        "e.account", "','", "e.unit", "','", post, "','", doer, "','", area, """',"'""", prev, """'"]'""", "e.facts",
    )  # fmt: skip
    text = f"concat({','.join(parts)})" if postgresql else "||".join(f"({part})" for part in parts)
    return f"SELECT e.id, e.hash, {_FOLLOWS}{_TYPED[connection.vendor]}, {text} {_BEFORE}"


def _in_full() -> str:
    """All of one entry, with id and hash of the one before it in its stream."""
    return (
        f"SELECT e.id, e.stream, e.seq, e.kind, e.thread, {_AT[connection.vendor]}, e.account, e.unit, e.post, "
        f"e.doer, e.area, e.facts, e.prev, e.hash, p.id, p.hash {_BEFORE} WHERE e.id = %s"
    )


def _fetched(sql: str, values: list[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _pages(last: int) -> Iterator[tuple[list[tuple[int, Any]], list[int]]]:
    """Page by page up to id ``last``: id and hash of all entries in order, and the ids of those to be examined."""
    after, quick, plain = _INT64, _quick() + _PAGED, f"SELECT e.id, e.hash FROM ledger_entry e {_PAGED}"
    while True:
        try:
            rows = _fetched(quick, [after, last, _PAGE])
            suspects = [row[0] for row in rows if not row[2] or row[3] is None or sha256(row[3].encode()).digest() != row[1]]
            pairs = [(row[0], row[1]) for row in rows]
        except Error:  # bytes that are no text, somewhere on this page
            pairs = [(id_, digest) for id_, digest in _fetched(plain, [after, last, _PAGE])]
            suspects = [id_ for id_, _ in pairs]
        if not pairs:
            return
        yield pairs, suspects
        after = pairs[-1][0]


def _examine(id_: int, report: Report) -> None:
    """One entry against its own hash and against the one before it in its stream."""
    try:
        (row,) = _fetched(_in_full(), [id_])
    except Error:
        report.add("unreadable", gettext("its text is not text any more"), id_)
        return
    _, stream, seq, kind, thread, at, account, unit, post, doer, area, facts, prev, digest, before_id, before = row
    try:
        same = entry_hash(stream, seq, kind, thread, at, account, unit, post, doer, area, facts, prev) == digest
    except (TypeError, ValueError, AttributeError):  # a value of another type than was written
        same = False
    if not same:
        report.add("edited", gettext("does not say what was written"), id_, stream, seq)
    if before_id is None:
        if seq != 1 or prev:
            report.add("missing", gettext("the entry before number %s of its stream is missing") % seq, id_, stream, seq)
    elif before != prev:
        report.add("misplaced", gettext("does not follow the entry before it"), id_, stream, seq)
    elif before_id >= id_:
        report.add("misplaced", gettext("stands before the entry that it follows"), id_, stream, seq)


class _Roots:
    """The root over all entries so far, held against each anchor as it is passed."""

    def __init__(self, noted: Iterator[Anchor], report: Report) -> None:
        self._noted = noted
        self._report = report
        self._count, self._root = 0, b""
        self._before = NOTHING
        self._gaps: list[int] = []
        self._id = 0
        self._next = self._draw()

    def _draw(self) -> Anchor | None:
        try:
            anchor = next(self._noted, None)
        except DamagedAnchors as fault:
            self._report.add("anchor", str(fault))
            return None
        if anchor is not None:
            self._report.anchors += 1
            self._report.anchored = max(self._report.anchored, anchor.last)
            if anchor.last < self._before.last or anchor.count < self._before.count:
                self._report.add("anchor", gettext("the anchor of %s stands before the one above it") % anchor.at)
        return anchor

    def passed(self, entries: list[tuple[int, Any]]) -> None:
        """Take in a page of ids and hashes."""
        count, root, before, target = self._count, self._root, self._id, self._next.last if self._next else _NEVER
        for id_, digest in entries:
            while id_ > target:
                self._count, self._root, self._id = count, root, before
                self._hold()
                count, root, target = self._count, self._root, self._next.last if self._next else _NEVER
            if id_ != before + 1 and len(self._gaps) < _NAMED:
                self._gaps += range(before + 1, min(id_, before + 1 + _NAMED))
            if id_ <= 0:
                self._report.add("misplaced", gettext("has an id that was never given"), id_)
                continue
            before = id_
            count += 1
            root = root_after(root, id_, digest if type(digest) is bytes else str(digest).encode())
        self._count, self._root, self._id = count, root, before

    def end(self) -> None:
        """Hold the anchors that lie behind the last entry: either nothing came after it, or the tail is cut."""
        while self._next is not None:
            anchor = self._next
            if anchor.last <= self._id or (anchor.count, anchor.root) == (self._count, self._root):
                self._hold()
                continue
            while self._next is not None:
                anchor = self._next
                self._next = self._draw()
            said = {"id": self._id, "n": anchor.count - self._count, "last": anchor.last, "at": anchor.at}
            words = gettext("the tail is cut after id %(id)s: %(n)s entries behind it, up to id %(last)s, were noted %(at)s")
            self._report.add("tail", words % said, self._id + 1)

    def _hold(self) -> None:
        anchor = self._next
        if anchor is None:
            return
        if (self._count, self._root) != (anchor.count, anchor.root):
            self._tell(anchor)
            self._count, self._root = anchor.count, anchor.root  # what comes after it is judged by itself
        self._before = anchor
        self._gaps = []
        self._next = self._draw()

    def _tell(self, anchor: Anchor) -> None:
        first, gone = self._before.last + 1, anchor.count - self._count
        gaps = gettext(" (no entry has the id %s)") % ", ".join(map(str, self._gaps)) if self._gaps and gone > 0 else ""
        said = {"n": abs(gone), "first": first, "last": anchor.last, "at": anchor.at}
        if gone > 0:
            words = gettext("%(n)s entries between ids %(first)s and %(last)s, noted %(at)s, are gone")
            self._report.add("missing", words % said + gaps, self._gaps[0] if self._gaps else first)
        elif gone < 0:
            words = gettext("%(n)s entries between ids %(first)s and %(last)s, noted %(at)s, were slipped in")
            self._report.add("anchor", words % said, first)
        else:
            words = gettext("the entries between ids %(first)s and %(last)s, noted %(at)s, are not those that were noted")
            self._report.add("anchor", words % said, first)


def verify(*, path: Path | None = None, progress: Progress | None = None) -> Report:
    """Read the whole ledger and hold it against itself and the anchors in ``path`` (default: the anchor file).

    ``progress(done, of)`` is called after each page with ids. Entries written meanwhile are left for the next time.
    """
    report, began = Report(), time.perf_counter()
    wanted = set(trigger_names(connection.vendor, "ledger_entry", share=True))
    for name in sorted(wanted - standing(connection)):
        report.add("guard", gettext("the trigger %s does not stand") % name)
    roots = _Roots(anchors(path), report)
    last = end_of_ledger()
    for entries, suspects in _pages(last):
        for id_ in suspects:
            _examine(id_, report)
        roots.passed(entries)
        report.entries += len(entries)
        if progress:
            progress(entries[-1][0], last)
    roots.end()
    report.seconds = time.perf_counter() - began
    return report
