"""A form that is complete and right: who sends it, where it stands, what is done before, where it goes and what comes of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.matrix.county import World


@dataclasses.dataclass(frozen=True)
class Sent:
    """A form that is complete and right: who sends it, from which screen, where to, and what comes of it."""

    pattern: str
    who: str
    form: Callable[[World], Mapping[str, Any]]
    answers: tuple[int, ...]
    page: str = ""
    fill: Callable[[World], Mapping[str, object]] = dataclasses.field(default=lambda world: {})
    also: frozenset[str] = frozenset()
    """What the form asks for in another state of the matter, and so is read and judged: never a column by its name."""
    prepare: Callable[[World], World] = lambda world: world
    """What must have happened before the form can be sent: the world with its numbers (``cases``) and words (``codes``)."""
    drawn: str = ""
    """Which of the prepared words is the page with the form, where it stands on no page that can be asked for."""

    def address(self, world: World) -> str:
        """Where it is sent."""
        return filled(self.pattern, self.fill(world))

    def screen(self, world: World) -> str:
        """Where it stands."""
        return filled(self.page or self.pattern, self.fill(world))


def filled(pattern: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        pattern = re.sub(rf"<[a-z]+:{name}>", str(value), pattern)
    return pattern
