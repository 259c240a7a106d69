"""Candidates of a search: the same question put to FTS5 and to a tsvector index, each at a bounded cost.

Every token stands in the SQL as a parameter's part between quotation marks of its own: tokens are letters and digits and
nothing else (search_tokens), so no operator of either database can come in with what people type.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from bihuan.cases.models import Case
from bihuan.cases.search_index import BUCKET, GAP, bucket
from bihuan.cases.search_tokens import Phrase

MOST = 600
"""Candidates by words of one way to see: the newest. Who finds more has to say more."""
NEWEST = 2048
"""PostgreSQL looks at so many of the newest rows one by one before it asks the index: common words end there."""
NEWEST_THERE = 1024
"""... of one area so many of its own; it stops when it has found enough."""
BUCKETS = 4
"""... and then at so many buckets before it asks for everything older."""
HELD = 12_000
"""SQLite looks at so many of the newest rows with the words for those that a unit held."""
NUMBER, TITLE, WORDS = range(3)
"""Ranks: found by its number, by words in its title, by words elsewhere."""
_INDEX, _UNITS, _BY_NUMBER, _LOWEST, _MORE = range(5)

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where candidates may lie: everywhere, or in areas (codes that are marks), or held by units. ``within``: an area's code."""

    everywhere: bool
    areas: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    within: str = ""

    @property
    def marks(self) -> list[tuple[str, ...]]:
        """Marks of which one each must be there."""
        return [marks for marks in (self.areas, (self.within,) if self.within else ()) if marks]


@dataclass(slots=True)
class Candidates:
    """Ids with their ranks; ``capped``: there are more, older ones with these words."""

    ranks: dict[int, int] = field(default_factory=dict)
    capped: bool = False

    def take(self, rows: Sequence[tuple[int, int, int]]) -> int:
        """Take rows (id, is title, way); the lowest id looked at so far when there is more to look at, else 0."""
        lowest = 0
        for way in (_INDEX, _UNITS):
            mine = sorted(((case_id, title) for case_id, title, of in rows if of == way), reverse=True)
            self.capped |= len(mine) > MOST
            for case_id, title in mine[:MOST]:
                self.ranks.setdefault(case_id, TITLE if title else WORDS)
        for case_id, _, way in rows:
            if way == _BY_NUMBER:
                self.ranks[case_id] = NUMBER
            elif way == _LOWEST:
                lowest = case_id
            self.capped |= way == _MORE
        return lowest


def candidates(wanted: Sequence[Phrase], reach: Reach, numbers: QuerySet[Case, Any]) -> Candidates:
    """The newest cases that hold all phrases and may lie in reach, and those of ``numbers`` (ids). One or two statements."""
    found = Candidates()
    postgres = connection.vendor == "postgresql"
    parts: list[Sql] = [_numbers(numbers)]
    if reach.everywhere or reach.areas:
        parts.append(_newest(wanted, reach) if postgres else _matches(wanted, reach))
    if reach.units:
        parts.append(_held_rows(wanted, reach) if postgres else _held_matches(wanted, reach))
    lowest = found.take(_run(*parts))
    if lowest and not found.capped:
        found.take(_run(_older(wanted, reach, lowest)))
    return found


def _run(*parts: Sql) -> list[tuple[int, int, int]]:
    sql = " UNION ALL ".join(f"SELECT * FROM ({part}) AS way{n}" for n, (part, _) in enumerate(parts))  # noqa: S608
    if connection.vendor == "postgresql":  # as one value: its driver takes longer over many than it takes to find them
        sql = f"SELECT json_agg(json_build_array(id, title, way))::text FROM ({sql}) AS found (id, title, way)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in parts for value in values])
        rows: list[tuple[int, int, int]] = cursor.fetchall()
    return json.loads(str(rows[0][0] or "[]")) if connection.vendor == "postgresql" else rows


def _numbers(numbers: QuerySet[Case, Any]) -> Sql:
    sql, values = numbers[:MOST].query.sql_with_params()
    return f"WITH numbers (id) AS ({sql}) SELECT id, 0, {_BY_NUMBER} FROM numbers", list(values)  # noqa: S608


# -- SQLite: FTS5 ------------------------------------------------------------------------------------------------------


def _fts(wanted: Sequence[Phrase], reach: Reach, *, title: bool = False) -> str:
    phrases = " AND ".join(f'"{" ".join(one.tokens)}"' + ("*" if one.open_end else "") for one in wanted)
    marks = [f"marks : ({' OR '.join(_marked(mark) for mark in of)})" for of in reach.marks]
    return " AND ".join([f"title : ({phrases})" if title else f"({phrases})", *marks])


def _marked(mark: str) -> str:
    return f'"{GAP}{mark}"'


_IN_TITLE = "SELECT rowid FROM cases_search WHERE cases_search MATCH %s AND rowid >= (SELECT min(id) FROM hit)"


def _matches(wanted: Sequence[Phrase], reach: Reach) -> Sql:
    """FTS5 gives its rows newest first and stops when there are enough."""
    sql = f"""WITH hit AS MATERIALIZED (
        SELECT rowid AS id FROM cases_search WHERE cases_search MATCH %s ORDER BY rowid DESC LIMIT {MOST + 1})
        SELECT id, id IN ({_IN_TITLE}), {_INDEX} FROM hit"""  # noqa: S608 - numbers of our own
    return sql, [_fts(wanted, reach), _fts(wanted, reach, title=True)]


def _held_matches(wanted: Sequence[Phrase], reach: Reach) -> Sql:
    only = Reach(everywhere=True, within=reach.within)
    units = ", ".join(["%s"] * len(reach.units))
    sql = f"""WITH near AS MATERIALIZED (
        SELECT rowid AS id FROM cases_search WHERE cases_search MATCH %s ORDER BY rowid DESC LIMIT {HELD + 1}),
        hit AS MATERIALIZED (SELECT id FROM near WHERE EXISTS (
            SELECT 1 FROM cases_involved AS held WHERE held.case_id = near.id AND held.unit_id IN ({units}))
            ORDER BY id DESC LIMIT {MOST + 1})
        SELECT id, id IN ({_IN_TITLE}), {_UNITS} FROM hit
        UNION ALL SELECT 0, 0, {_MORE} WHERE (SELECT count(*) FROM near) > {HELD}"""  # noqa: S608
    return sql, [_fts(wanted, only), *reach.units, _fts(wanted, only, title=True)]


# -- PostgreSQL: tsvector ----------------------------------------------------------------------------------------------


def _ts(wanted: Sequence[Phrase], marks: Sequence[Sequence[str]] = (), *, title: bool = False) -> str:
    weight = "A" if title else ""
    phrases = [" <-> ".join(_lexeme(one, n, weight) for n in range(len(one.tokens))) for one in wanted]
    marked = [" | ".join(f"'{GAP}{mark}'" for mark in of) for of in marks]
    return " & ".join(f"({part})" for part in (*phrases, *marked))


def _lexeme(phrase: Phrase, n: int, weight: str) -> str:
    flags = ("*" if phrase.open_end and n == len(phrase.tokens) - 1 else "") + weight
    return f"'{phrase.tokens[n]}'" + (f":{flags}" if flags else "")


def _newest(wanted: Sequence[Phrase], reach: Reach) -> Sql:
    """The newest rows: of the one area that all must lie in, else of all."""
    where = [reach.within] if reach.within else [*reach.areas]
    return _newest_there(wanted, reach, where[0]) if len(where) == 1 else _newest_rows(wanted, reach)


def _newest_there(wanted: Sequence[Phrase], reach: Reach, area: str) -> Sql:
    """The newest rows of an area one by one, until there are enough; and the lowest id looked at when there are older ones.

    Words of which none of these has any are rare: then everything older is asked for at once.
    """
    newest = f"SELECT id FROM cases_case WHERE a{len(area)} = %s ORDER BY id DESC LIMIT {NEWEST_THERE}"  # noqa: S608 - a known width
    sql = f"""WITH there AS MATERIALIZED (
            SELECT found.case_id, (found.tokens @@ %s::tsquery)::int, {_INDEX} FROM ({newest}) AS newest
            JOIN cases_search AS found ON found.case_id = newest.id WHERE found.tokens @@ %s::tsquery
            ORDER BY newest.id DESC LIMIT {MOST + 1}),
        edge AS MATERIALIZED (SELECT min(id) AS id FROM ({newest}) AS newest HAVING count(*) = {NEWEST_THERE})
        SELECT * FROM there
        UNION ALL SELECT id, 0, {_LOWEST} FROM edge WHERE EXISTS (SELECT 1 FROM there)
        UNION ALL SELECT * FROM (SELECT case_id, (tokens @@ %s::tsquery)::int, {_INDEX} FROM cases_search
            WHERE tokens @@ %s::tsquery AND case_id < (SELECT id FROM edge)
            AND EXISTS (SELECT 1 FROM edge) AND NOT EXISTS (SELECT 1 FROM there)
            ORDER BY case_id + 0 DESC LIMIT {MOST + 1}) AS older"""  # noqa: S608 - numbers of our own
    both = [_ts(wanted, title=True), _ts(wanted, reach.marks)]
    return sql, [both[0], area, both[1], area, *both]


def _newest_rows(wanted: Sequence[Phrase], reach: Reach) -> Sql:
    """The newest rows one by one; and the lowest id among them when there are older ones."""
    sql = f"""WITH newest AS MATERIALIZED (
        SELECT case_id, tokens FROM cases_search ORDER BY case_id DESC LIMIT {NEWEST})
        (SELECT case_id, (tokens @@ %s::tsquery)::int, {_INDEX} FROM newest WHERE tokens @@ %s::tsquery
        ORDER BY case_id DESC LIMIT {MOST + 1})
        UNION ALL SELECT min(case_id), 0, {_LOWEST} FROM newest HAVING count(*) = {NEWEST}"""  # noqa: S608
    return sql, [_ts(wanted, title=True), _ts(wanted, reach.marks)]


def _older(wanted: Sequence[Phrase], reach: Reach, below: int) -> Sql:
    """Rows below an id: a few buckets first, everything older only where those do not fill the page."""
    first = max(below // BUCKET - BUCKETS, 0)
    near, values = _older_rows(wanted, reach, below, [bucket(n * BUCKET) for n in range(first, below // BUCKET + 1)])
    if not first:
        return near, values
    far, others = _older_rows(wanted, reach, first * BUCKET, [])
    sql = f"""WITH near AS MATERIALIZED ({near}), far AS ({far}) SELECT * FROM near
        UNION ALL SELECT * FROM far WHERE (SELECT count(*) FROM near) <= {MOST}"""  # noqa: S608 - a number of our own
    return sql, [*values, *others]


def _older_rows(wanted: Sequence[Phrase], reach: Reach, below: int, buckets: Sequence[str]) -> Sql:
    """Rows below an id, by the index alone (``+ 0`` keeps the database from walking along the ids instead)."""
    sql = f"""SELECT case_id, (tokens @@ %s::tsquery)::int, {_INDEX} FROM cases_search
        WHERE tokens @@ %s::tsquery AND case_id < %s ORDER BY case_id + 0 DESC LIMIT {MOST + 1}"""  # noqa: S608
    marks = [*reach.marks, buckets] if buckets else reach.marks
    return sql, [_ts(wanted, title=True), _ts(wanted, marks), below]


def _held_rows(wanted: Sequence[Phrase], reach: Reach) -> Sql:
    units = ", ".join(["%s"] * len(reach.units))
    marks = [(reach.within,)] if reach.within else []
    sql = f"""SELECT found.case_id, (found.tokens @@ %s::tsquery)::int, {_UNITS} FROM cases_involved AS held
        JOIN cases_search AS found ON found.case_id = held.case_id
        WHERE held.unit_id IN ({units}) AND found.tokens @@ %s::tsquery
        ORDER BY held.case_id DESC LIMIT {MOST + 1}"""  # noqa: S608
    return sql, [_ts(wanted, title=True), *reach.units, _ts(wanted, marks)]
