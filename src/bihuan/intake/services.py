"""Service records: record, raise to a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bihuan.cases.shapes import Opened
from bihuan.intake.shapes import RecordIn

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def record_service(*, actor: Actor, record: RecordIn, request_id: str) -> int:
    """Keep one service record and its ledger entry; gives its id. Raises cases.errors.Refused on bad input."""
    raise NotImplementedError


def raise_to_case(*, actor: Actor, record_id: int, request_id: str, facts: Mapping[str, Any] | None = None) -> Opened:
    """Open a case from a service record, nothing retyped; ``facts`` add what a case needs and a record lacks."""
    raise NotImplementedError
