"""Service records as lists show them, through the actor's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bihuan.intake.shapes import RecordLine

if TYPE_CHECKING:
    from bihuan.access.actors import Actor


def recent(actor: Actor, *, after: str = "", limit: int = 50) -> tuple[tuple[RecordLine, ...], str]:
    """The newest records in the actor's scope and the key of the next page ("" = no more)."""
    raise NotImplementedError


def record(actor: Actor, record_id: int) -> RecordLine | None:
    """One record, None when it is out of scope or not there."""
    raise NotImplementedError
