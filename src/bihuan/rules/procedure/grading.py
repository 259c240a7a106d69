"""How grave a matter is: its grade, found from facts of the matter alone, never chosen and never about a person."""

from __future__ import annotations

from bihuan.rules.procedure.shape import Action
from bihuan.rules.terms import GRADE, Facts, FactValue

WEIGHT = "weight"
"""The attribute of a case that lists show and filter; it takes the grade."""


def graded(action: Action, facts: Facts) -> dict[str, FactValue]:
    """What an act that grades says beside its own facts: the first grade of which any condition holds. Else nothing.

    ``facts``: the act's own, and the case's for what the act does not ask. What it asks and was not told no longer holds,
    however often it was said before: a matter whose injury is over is no longer red.
    """
    for rule in action.grades:
        if not rule.when or any(where.holds(facts) for where in rule.when):
            return {GRADE: rule.key, WEIGHT: rule.key}
    return {}
