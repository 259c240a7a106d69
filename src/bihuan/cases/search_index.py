"""The index of the search: one row a case, in the form of each database; written after the door, by the worker.

A case stands as ``unindexed`` from its first row on, without a statement of the door; the worker takes it up within a
second and clears the mark in the same transaction as the index row. Nothing is lost with a killed worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max, Q

from bihuan.cases.models import Case, Words
from bihuan.cases.search_tokens import Document, fields_of, without_masked
from bihuan.ledger.models import Entry
from bihuan.rules.procedure.shape import Procedure, opening_act

TABLE = "cases_search"
AT_ONCE = 200
WIDTHS = (9, 12, 15)
"""Codes of so many digits are marks of a document; a county's own code would be in every one."""
BUCKET = 16_384
"""Cases with neighbouring ids share a mark on PostgreSQL, so that the newest can be asked for alone."""
GAP = "\ue000"
"""Stands where no phrase goes on; begins every mark. No text gives such a token."""
TITLE, REST = "A", ""
_BESIDE = ("title", "external_number")  # words that are columns of the case too
_SECURE = (3, 42, 0)  # the first SQLite that can take erased tokens out of its index at once


def create(connection: BaseDatabaseWrapper) -> None:
    """Make the empty index."""
    with connection.cursor() as cursor:
        for statement in _created(connection.vendor):
            cursor.execute(statement)
        _secure(cursor, connection.vendor)


def _created(vendor: str) -> tuple[str, ...]:
    if vendor == "postgresql":
        return (
            f"CREATE TABLE {TABLE} (case_id bigint PRIMARY KEY, tokens tsvector NOT NULL)",
            f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens) WITH (fastupdate = off)",
        )
    return (f"CREATE VIRTUAL TABLE {TABLE} USING fts5 (title, rest, marks, tokenize='ascii', prefix='1', columnsize=0)",)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def _secure(cursor: Any, vendor: str) -> bool:
    """SQLite: what is deleted leaves the index at once. False on a build that cannot."""
    if vendor == "postgresql":
        return False
    cursor.execute("SELECT sqlite_version()")
    if tuple(map(int, cursor.fetchone()[0].split("."))) < _SECURE:
        return False
    cursor.execute(f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('secure-delete', 1)")  # noqa: S608
    return True


def put(documents: Sequence[Document]) -> None:
    """Write the index rows of these cases, in place of those they had. One statement for each two hundred."""
    postgres = connection.vendor == "postgresql"
    row = _vector if postgres else _columns
    one = "(%s, %s::tsvector)" if postgres else "(%s, %s, %s, %s)"
    into = f"INSERT INTO {TABLE} (case_id, tokens)" if postgres else f"REPLACE INTO {TABLE} (rowid, title, rest, marks)"
    tail = "ON CONFLICT (case_id) DO UPDATE SET tokens = EXCLUDED.tokens" if postgres else ""
    with connection.cursor() as cursor:
        for start in range(0, len(documents), AT_ONCE):
            part = documents[start : start + AT_ONCE]
            values = [value for document in part for value in row(document)]
            cursor.execute(f"{into} VALUES {', '.join([one] * len(part))} {tail}", values)


def _columns(document: Document) -> tuple[Any, ...]:
    """The row of the FTS5 table: tokens with spaces between them."""
    title, rest = document.places()
    marks = " ".join(GAP + mark for mark in document.marks)
    return document.case_id, _line(title), _line(rest), marks


def _line(tokens: Iterable[str]) -> str:
    return " ".join(token or GAP for token in tokens)


def _vector(document: Document) -> tuple[int, str]:
    """The row of the PostgreSQL table: a tsvector with the places written out, the title's with weight A."""
    title, rest = document.places()
    places: dict[str, list[str]] = {}
    for first, tokens, weight in ((1, title, TITLE), (len(title) + 2, rest, REST)):
        for place, token in enumerate(tokens, first):
            if token:
                places.setdefault(token, []).append(f"{place}{weight}")
    lexemes = [f"'{token}':{','.join(at)}" for token, at in places.items()]
    lexemes += [f"'{GAP}{mark}'" for mark in (*document.marks, bucket(document.case_id))]
    return document.case_id, " ".join(lexemes)


def bucket(case_id: int) -> str:
    """The mark that a case shares with its neighbours."""
    return f"#{case_id // BUCKET}"


def marks_of(area_code: str) -> tuple[str, ...]:
    """The marks of an area: the codes above it and its own, the county's left out."""
    return tuple(area_code[:width] for width in WIDTHS if len(area_code) >= width)


def reported(procedure: Procedure) -> frozenset[str]:
    """Names of the texts with which a case is opened: what is searched. A later act puts one right by the same name."""
    start = opening_act(procedure)
    return frozenset(name for name, need in start.needs.items() if need.type == "text")


# -- from the tables --------------------------------------------------------------------------------------------------


def documents(case_ids: Sequence[int]) -> Iterator[Document]:
    """What is searched of these cases: the words of the opening, each as it was last put right. Two statements."""
    words: dict[int, dict[str, tuple[int, str]]] = {case_id: {} for case_id in case_ids}
    rows = Words.objects.filter(case_id__in=case_ids, erased_at=None).order_by("case_id", "seq", "pk")
    for case_id, seq, name, text in rows.values_list("case_id", "seq", "name", "text"):
        if seq == 1 or name in words[case_id]:
            words[case_id][name] = (seq, text)
    cases = Case.objects.filter(pk__in=case_ids).order_by("pk")
    for case_id, number, external, title, area in cases.values_list("pk", "number", "external_number", "title", "area_code"):
        said = {name: text for name, (_, text) in words[case_id].items()}
        reported = {name: text for name, text in said.items() if name not in _BESIDE}
        yield Document(
            case_id=case_id,
            title=without_masked(said.get("title", title)),
            rest=fields_of(number, said.get("external_number", external), reported),
            marks=marks_of(area),
        )


def index_waiting(*, limit: int = 5 * AT_ONCE) -> int:
    """Take up to ``limit`` waiting cases into the index, the newest first; how many it were."""
    taken = 0
    while taken < limit:
        with transaction.atomic():
            waiting = Case.objects.filter(unindexed=True).order_by("-pk")
            locked = waiting.select_for_update(of=("self",), skip_locked=True, no_key=True)
            ids = list(locked.values_list("pk", flat=True)[: min(AT_ONCE, limit - taken)])
            if not ids:
                break
            write(ids)
        taken += len(ids)
    return taken


def write(case_ids: Sequence[int]) -> None:
    """Write the index rows of cases whose rows the caller has locked."""
    put(list(documents(case_ids)))
    Case.objects.filter(pk__in=case_ids).update(unindexed=False)


def again(case_ids: Sequence[int] | None = None) -> int:
    """Mark cases (None = all) as waiting, so that the worker takes them up anew; how many."""
    cases = Case.objects.filter(unindexed=False)
    return int((cases if case_ids is None else cases.filter(pk__in=case_ids)).update(unindexed=True))


def waiting(seen: Q | None = None) -> int:
    """How many cases are not in the index yet; ``seen``: of those alone that somebody may see."""
    return Case.objects.filter(seen or Q(), unindexed=True).count()


def erase(case_id: int) -> bool:
    """Take the erased words of a case out of the index; its number stays. Call in the transaction that erases, before its entry.

    SQLite takes them out of the index's pages at once. PostgreSQL keeps tokens that stand nowhere any more until
    ``clean``: True when that is owed.
    """
    with connection.cursor() as cursor:
        secure = _secure(cursor, connection.vendor)
        write([case_id])
        if connection.vendor == "sqlite" and not secure:
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")  # noqa: S608
    return connection.vendor == "postgresql"


def clean(entry: int) -> bool:
    """Make PostgreSQL's index anew without what was erased up to a ledger entry, while others search; False = it was so.

    Call outside a transaction. A comment on the index says up to which entry it is clean: one pass does for all that were
    erased before it began. An erasure that has drawn its entry holds the table, so the pass waits for it.
    """
    index = f"{TABLE}_tokens"
    newest = Entry.objects.aggregate(last=Max("pk"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regclass)", [index])
        if entry <= int(cursor.fetchone()[0] or 0):
            return False
        cursor.execute(f"REINDEX INDEX CONCURRENTLY {index}")
        cursor.execute(f"VACUUM {TABLE}")
        cursor.execute(f"COMMENT ON INDEX {index} IS '{int(newest)}'")
    return True
