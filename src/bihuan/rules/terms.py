"""Words shared by every rule: spans of time, conditions on facts, who acts, who holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SpanUnit = Literal["working_day", "calendar_day", "month", "working_hour", "hour"]
FactValue = str | int | bool | None | list[str] | list[int]
Facts = Mapping[str, FactValue]


def N_(text: str) -> str:  # noqa: N802 - the name by which catalogues find a sentence to translate
    """Mark an English sentence for the catalogue; the faces translate it, the rules never do."""
    return text


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
        """True when each named fact's value (as text) is among those listed; of a list, when any member is."""
        return all(_listed(facts.get(name), values) for name, values in self.facts)


def as_text(value: FactValue) -> str:
    """The text by which a pack names a value: "true"/"false" for a yes/no, "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _listed(value: FactValue, values: tuple[str, ...]) -> bool:
    if isinstance(value, list):
        return any(as_text(member) in values for member in value)
    return as_text(value) in values


DoerKind = Literal["staff", "resident", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who acts, as the rules see it: account, unit and post at the moment of the act (0 and "" = none).

    ``instead_of``: the account whose post it is when a deputy acts in it (代); ``account`` is always the one at the desk.
    """

    kind: DoerKind
    account: int = 0
    unit: int = 0
    post: str = ""
    instead_of: int = 0


INSTEAD_OF = "instead_of"
"""The fact by which an entry says for whom a deputy acted: an account."""
SYSTEM = Doer(kind="system")
RESIDENT = Doer(kind="resident")


@dataclass(frozen=True, slots=True)
class Holder:
    """The unit, and within it the post, whose turn it is. ``post`` "" = any post of the unit. unit 0 = nobody."""

    unit: int = 0
    post: str = ""


NOBODY = Holder()
GRADE = "grade"
"""The fact that says how grave the matter is (never a person): the key of one of the pack's grades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSpec:
    """Who holds a case in a state; exactly one of at, fact, keep, superior_of, item, nobody, by_grade.

    ``at``: an area level of the pack ("county", "grid"), or "centre" = the case's centre as it now is.
    ``post`` narrows to one post inside that unit (liaison, officer, leader); ``in_kind`` names the post by the unit's kind
    where it is another (in a village its service officer does what an office's liaison does).
    ``nobody``: the work goes on in another case (the one it was merged into), under that case's clocks.
    ``by_grade``: the handler that each grade of the matter names, by the grade's key; nobody before it is graded.
    """

    post: str = ""
    at: str = ""
    fact: str = ""
    keep: bool = False
    superior_of: str = ""
    item: str = ""
    nobody: bool = False
    in_kind: Mapping[str, str] = field(default_factory=dict)
    by_grade: Mapping[str, HolderSpec] = field(default_factory=dict)

    def post_in(self, kind: str) -> str:
        """The post that is meant in a unit of that kind; "" = any."""
        return self.in_kind.get(kind, self.post)

    def every(self) -> tuple[HolderSpec, ...]:
        """The specs it can come down to: itself, or the handler of each grade."""
        return tuple(self.by_grade.values()) or (self,)

    def of(self, facts: Facts) -> HolderSpec | None:
        """The spec that holds for these facts; None where it goes by the grade and the matter has none yet."""
        return self.by_grade.get(as_text(facts.get(GRADE))) if self.by_grade else self
