"""The one door: the only ways to change a case (docs/rules/door.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bihuan.cases.shapes import MAIN, Command, ContactIn, Done, OpenCommand, Opened, Verdict

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def open_case(
    *,
    actor: Actor,
    facts: Mapping[str, Any],
    request_id: str,
    procedure: str = "matter",
    contact: ContactIn | None = None,
    area_code: str = "",
    about_unit: int = 0,
    about_account: int = 0,
    external_number: str = "",
    is_demo: bool = False,
    at: datetime | None = None,
) -> Opened:
    """Register a case: number, tracking code, receiving centre (routing with avoidance), first entry, clocks.

    ``facts``: what the procedure's opening action needs. Raises Refused, RequestReused.
    """
    raise NotImplementedError


def open_many(commands: Sequence[OpenCommand]) -> list[Verdict]:
    """Register up to 200 cases in one durable transaction with multi-row inserts; each has its own verdict."""
    raise NotImplementedError


def perform(
    *,
    actor: Actor,
    case_id: int,
    action: str,
    request_id: str,
    facts: Mapping[str, Any] | None = None,
    thread: str = MAIN,
    seen: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Perform one act. Raises NotFound, Refused, Conflict (with what changed), RequestReused; then nothing is written."""
    raise NotImplementedError


def perform_many(commands: Sequence[Command]) -> list[Verdict]:
    """Perform up to 200 acts in one durable transaction, each with its own verdict, cases locked in id order."""
    raise NotImplementedError


def unmask(*, actor: Actor, case_id: int, field: str, reason: str) -> str:
    """One unmasked field of the case's contact (name, phone, id_no, address); the look is entered in the ledger."""
    raise NotImplementedError


def reprint_code(*, actor: Actor, case_id: int) -> str:
    """The tracking code again ("7QK4-M2XD"), for a slip; the look is entered in the ledger."""
    raise NotImplementedError
