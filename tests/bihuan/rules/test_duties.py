"""Which duty an act asks of a post: whoever may only add does what adds, where the act names the post, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bihuan.rules.procedure.duties import adds, may_perform
from bihuan.rules.procedure.shape import Action, Approval, Need, To
from bihuan.rules.scope import Duty

ADD, ACT = {Duty.CASE_READ, Duty.CASE_ADD}, {Duty.CASE_READ, Duty.CASE_ACT}
FILES = {"files": Need(type="files", min=1, max=9), "note": Need(type="text", optional=True)}
BRINGS = Action(key="attach", who=("holder", "centre.clerk"), needs=FILES)


def test_whoever_may_add_adds_where_named() -> None:
    assert adds(BRINGS)
    assert may_perform(ADD, "clerk", BRINGS)
    assert not may_perform(ADD, "officer", BRINGS)  # as the holder's post alone, unnamed
    assert not may_perform({Duty.CASE_READ}, "clerk", BRINGS)
    assert may_perform(ACT, "officer", BRINGS)


@pytest.mark.parametrize(
    "more",
    [
        {"to": To(state="done")},
        {"needs": {"note": Need(type="text")}},
        {"needs": {"files": Need(type="files", optional=True), "note": Need(type="text")}},
        {"needs": {**FILES, "office": Need(type="unit")}},
        {"approve": Approval(who=("head",))},
        {"about": "besides"},
        {"takes": "office"},
    ],
    ids=["it moves the case", "no files", "files may stay away", "it names an office", "it asks", "avoidance", "it hands over"],
)
def test_what_does_more_than_add_is_not_for_them(more: dict[str, object]) -> None:
    action = replace(BRINGS, **more)  # type: ignore[arg-type]
    assert not adds(action)
    assert not may_perform(ADD, "clerk", action)
    assert may_perform(ACT, "clerk", action)


def test_an_act_that_is_not_there_is_left_to_the_rules() -> None:
    """Whoever may act reads that there is no such act; whoever may only add, that the post may not."""
    assert may_perform(ACT, "clerk", None)
    assert not may_perform(ADD, "clerk", None)
