"""What the machine of random acts says is lawful: every fact that any act of the shipped rules asks for can be made."""

from __future__ import annotations

from random import Random
from typing import Any

from bihuan.rulebook.selectors import calendar_for
from bihuan.rules.procedure.facts import check_facts
from bihuan.rules.procedure.view import Refusal
from tests.bihuan.cases.lawful import _value
from tests.factories.matters import County, shipped_pack

BY_THE_DOOR = ("case", "files", "unit", "units", "area", "person", "post")
"""What only the door can judge."""


def test_every_need_can_be_answered(county: County, clock: Any) -> None:
    calendar, random, asked = calendar_for(shipped_pack()), Random(7), 0
    for procedure in shipped_pack().procedures.values():
        for action in procedure.actions:
            for name, need in action.needs.items():
                if need.type in BY_THE_DOOR or need.when.facts:
                    continue
                value = _value(need, county, clock(), random)
                found = check_facts({name: need}, {name: value}, clock(), calendar)
                assert not isinstance(found, Refusal), (action.key, name, value, found)
                asked += 1
    assert asked > 50
