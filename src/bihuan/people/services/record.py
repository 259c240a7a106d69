"""Changes of accounts and of the organisation, as entries of the ledger's stream "organisation"."""

from __future__ import annotations

from collections.abc import Collection

from bihuan.ledger.services import record
from bihuan.rules.terms import Doer, FactValue

STREAM = "organisation"
_NAMED = 20


def enter(kind: str, ids: Collection[int], by: Doer, **facts: FactValue) -> None:
    """Record a change: how many, and which ones unless a whole list was loaded."""
    named = {"ids": sorted(ids)} if len(ids) <= _NAMED else {}
    record(STREAM, kind, by=by, facts={"count": len(ids), **named, **facts})
