"""What the door says when it does not open. Each error is a sentence for the person, never a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class CaseError(Exception):
    """The act did not happen; nothing was written."""

    code = "error"

    def __init__(self, say: str = "") -> None:
        super().__init__(say)
        self.say = say


class NotFound(CaseError):
    """There is no such case, or it lies outside the actor's scope: the two are never told apart."""

    code = "not_found"


class Refused(CaseError):
    """The procedure refuses the act.

    ``code``: not_allowed, wrong_state, guard, bad_fact, unknown_action, not_yours; ``field`` names the fact at fault.
    """

    def __init__(self, code: str, say: str, field: str = "") -> None:
        super().__init__(say)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One thing that happened since the actor last looked: the event's kind, who (0 = none), their unit, when."""

    seq: int
    kind: str
    thread: str
    at: datetime
    account: int
    unit: int
    who: str
    unit_name: str
    state: str


class Conflict(CaseError):
    """Somebody was faster. ``changed`` says who did what since the version the actor saw; ``version`` is today's."""

    code = "conflict"

    def __init__(self, say: str, changed: Sequence[Changed], version: int) -> None:
        super().__init__(say)
        self.changed = list(changed)
        self.version = version


class RequestReused(CaseError):
    """The same request id came with other facts (HTTP 422)."""

    code = "request_reused"
