"""The links of a case as its own ledger tells them: what the rows of the table ``Link`` are an index of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bihuan.cases.models import Link
from bihuan.cases.sheet import Sheet
from bihuan.rules.events import MAIN
from bihuan.rules.procedure.pairing import SPLIT_FROM


class LinkRow(NamedTuple):
    """A link that begins at a case: to which other, of which kind, and whether it has ended."""

    other: int
    kind: str
    ended: bool


def told(sheet: Sheet) -> dict[LinkRow, tuple[datetime, datetime | None]]:
    """The links whose row stands with this case, each with when it began and ended.

    A merged case's row stands with it, not with its lead; a part's with the part; of two related cases with the lower number.
    """
    known = (*(era.procedure for era in sheet.eras), sheet.procedure)
    acts = [one for procedure in known for one in procedure.actions]
    begins = {one.event: one.pair for one in acts if one.pair is not None and one.pair.link in ("merged", "related")}
    ends = {one.event: one.pair for one in acts if one.pair is not None and one.pair.unlink}
    found: dict[tuple[int, str], tuple[datetime, datetime | None]] = {}
    origin = sheet.events[0].facts.get(SPLIT_FROM)
    if isinstance(origin, int):
        found[origin, "split"] = (sheet.events[0].at, None)
    for event in sheet.events:
        pair = begins.get(event.kind) or ends.get(event.kind) if event.thread == MAIN else None
        other = event.facts.get(pair.fact) if pair is not None else None
        if pair is None or not isinstance(other, int):
            continue
        kind = pair.link or pair.unlink
        if kind == "related" and other < sheet.case_id:
            continue
        if event.kind in begins:
            found[other, kind] = (event.at, None)
        elif (other, kind) in found:
            found[other, kind] = (found[other, kind][0], event.at)
    return {LinkRow(other, kind, ended is not None): (at, ended) for (other, kind), (at, ended) in found.items()}


def stored(ids: Sequence[int]) -> dict[int, set[LinkRow]]:
    """The rows there are, by the case they stand with. One statement."""
    found: dict[int, set[LinkRow]] = {case_id: set() for case_id in ids}
    for case_id, other, kind, ended_at in Link.objects.filter(case_id__in=ids).values_list(
        "case_id", "other_id", "kind", "ended_at"
    ):
        found[case_id].add(LinkRow(other, kind, ended_at is not None))
    return found
