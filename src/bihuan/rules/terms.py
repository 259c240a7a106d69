"""Words shared by every rule: spans of time, conditions on facts, who acts, who holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SpanUnit = Literal["working_day", "calendar_day", "month", "working_hour", "hour"]
FactValue = str | int | bool | None | list[str] | list[int]
Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, ``n`` of ``unit``: working days, calendar days, months, working hours or natural hours."""

    n: int
    unit: SpanUnit


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on facts: every named fact has one of the listed values. Empty = always true."""

    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def holds(self, facts: Facts) -> bool:
        """True when each named fact's value (as text) is among those listed."""
        return all(str(facts.get(name, "")) in values for name, values in self.facts)


DoerKind = Literal["staff", "resident", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who acts, as the rules see it: account, unit and post at the moment of the act (0 and "" = none)."""

    kind: DoerKind
    account: int = 0
    unit: int = 0
    post: str = ""


SYSTEM = Doer(kind="system")
RESIDENT = Doer(kind="resident")


@dataclass(frozen=True, slots=True)
class Holder:
    """The unit, and within it the post, whose turn it is. ``post`` "" = any post of the unit. unit 0 = nobody."""

    unit: int = 0
    post: str = ""


NOBODY = Holder()
