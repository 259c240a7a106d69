"""Up to two hundred commands in one transaction: each has its own verdict, all that are lawful are done."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases.errors import Conflict, NotFound, Refused, RequestReused
from bihuan.cases.models import Case, Clock
from bihuan.cases.services import open_many, perform_many
from bihuan.cases.shapes import Command, Done, OpenCommand, Opened
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from tests.factories.matters import EAST_A, STEPS, WEST, County, brought_to, facts, opened


def accepting(county: County, case_id: int, n: int, **more: Any) -> Command:
    """The dispatcher accepts a case."""
    asked = {"actor": None, "case_id": case_id, "action": "accept", "facts": STEPS["accepted"][2], "request_id": f"a{n}"} | more
    return Command(**{**asked, "actor": asked["actor"] or county.actor("dispatcher")})


def test_each_command_has_its_own_verdict(county: County) -> None:
    ids = [opened(county.actor("clerk")).case_id for _ in range(3)]
    taken = brought_to(county, "accepted")
    hidden = opened(county.actor("east_clerk"), about_unit=county.units["centre"]).case_id
    commands = [
        accepting(county, ids[0], 0),
        accepting(county, 10**9, 1),
        accepting(county, ids[1], 2, facts={"category": "none"}),
        accepting(county, taken, 3, seen=1),
        accepting(county, hidden, 4),
        accepting(county, ids[2], 5, actor=county.actor("west_dispatcher")),
        accepting(county, ids[1], 6, facts={"title": "坏\x00灯"}),
        accepting(county, ids[2], 7),
        accepting(county, ids[2], 7),
        accepting(county, ids[2], 7, facts={}),
    ]
    verdicts = perform_many(commands)
    errors = [type(verdict.error) if verdict.error else None for verdict in verdicts]
    assert errors == [None, NotFound, Refused, Conflict, NotFound, NotFound, Refused, None, None, RequestReused]
    done = [verdict.done for verdict in verdicts if isinstance(verdict.done, Done)]
    assert [(one.case_id, one.state, one.replayed) for one in done] == [
        (ids[0], "to_assign", False), (ids[2], "to_assign", False), (ids[2], "to_assign", True),
    ]  # fmt: skip
    again = perform_many(commands[:1])
    assert isinstance(again[0].done, Done)
    assert again[0].done.replayed


def test_several_acts_on_one_case_follow_one_another(county: County) -> None:
    case_id = opened(county.actor("clerk")).case_id
    commands = []
    for n, (who, action, given) in enumerate(STEPS.values()):
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        commands.append(Command(actor=county.actor(who), case_id=case_id, action=action, facts=known, request_id=f"s{n}"))
    verdicts = perform_many(commands)
    assert [verdict.error for verdict in verdicts] == [None] * len(commands)
    assert Case.objects.get(pk=case_id).closed_at is not None


def test_what_was_done_before_is_answered_and_what_is_new_beside_it_is_done(county: County) -> None:
    """Nothing is looked up first: one that could lawfully be done twice is found when it is written, others when refused."""
    held, fresh = brought_to(county, "handling"), opened(county.actor("clerk")).case_id
    note = Command(
        actor=county.actor("officer"), case_id=held, action="progress", facts={"note": "已到现场查看。"}, request_id="n1"
    )
    first = [verdict.done for verdict in perform_many([note, accepting(county, fresh, 1)])]
    assert [isinstance(one, Done) and one.replayed for one in first] == [False, False]
    other = opened(county.actor("clerk")).case_id
    again = [verdict.done for verdict in perform_many([note, accepting(county, fresh, 1), accepting(county, other, 2)])]
    assert [isinstance(one, Done) and one.replayed for one in again] == [True, True, False]
    assert [one and one.version for one in again[:2]] == [one and one.version for one in first]
    assert Entry.objects.filter(stream=f"case:{held}", kind="progress_made").count() == 1
    assert Entry.objects.filter(stream=f"case:{fresh}", kind="accepted").count() == 1


def test_a_refused_act_beside_a_new_one_is_no_repeated_one(county: County) -> None:
    taken, other = brought_to(county, "accepted"), opened(county.actor("clerk")).case_id
    verdicts = perform_many([accepting(county, taken, 1), accepting(county, other, 2)])
    assert [type(verdict.error) if verdict.error else None for verdict in verdicts] == [Refused, None]


def test_two_acts_in_one_go_cost_no_more_than_one_may(county: County) -> None:
    """Accepted and assigned with one press of a button: one statement a table for both."""

    def pressed(n: int) -> int:
        case_id = opened(county.actor("clerk")).case_id
        giving = STEPS["assigned"][2] | {"office": county.units["housing"]}
        second = accepting(county, case_id, n, action="assign", facts=giving, request_id=f"b{n}", follows=True)
        both = [accepting(county, case_id, n), second]
        with counted() as count:
            verdicts = perform_many(both)
        assert [verdict.error for verdict in verdicts] == [None, None]
        return len(count)

    pressed(1)
    assert pressed(2) <= 12


def test_statements_do_not_grow_with_the_commands(county: County) -> None:
    clerk = county.actor("clerk")

    def openings(many: int, batch: int) -> list[OpenCommand]:
        return [
            OpenCommand(actor=clerk, facts=facts(what=f"第{n}盏路灯坏了两周"), request_id=f"o{batch}-{n}", area_code=EAST_A)
            for n in range(many)
        ]

    with counted() as few:
        open_many(openings(2, 1))
    with counted() as many:
        verdicts = open_many(openings(150, 2))
    assert len(many) <= len(few) + 1, many
    ids = [verdict.done.case_id for verdict in verdicts if isinstance(verdict.done, Opened)]
    assert len(ids) == 150
    assert Clock.objects.filter(case_id__in=ids, key="resolve").count() == 150
    accepts = [accepting(county, case_id, case_id) for case_id in ids]
    with counted() as acts:
        assert all(verdict.done for verdict in perform_many(accepts))
    assert len(acts) <= 8, acts


def test_openings_of_one_batch_are_judged_one_by_one(county: County) -> None:
    clerk = county.actor("clerk")
    commands = [
        OpenCommand(actor=clerk, facts=facts(), request_id="1", area_code=EAST_A),
        OpenCommand(actor=clerk, facts=facts(), request_id="2", area_code="000000"),
        OpenCommand(actor=clerk, facts=facts(kind="none"), request_id="3", area_code=WEST),
        OpenCommand(actor=clerk, facts=facts(), request_id="4"),
        OpenCommand(actor=clerk, facts=facts(), request_id="1", area_code=EAST_A),
    ]
    verdicts = open_many(commands)
    assert [getattr(verdict.error, "field", None) for verdict in verdicts] == [None, "area", "kind", None, None]
    first, last = verdicts[0].done, verdicts[4].done
    assert isinstance(first, Opened)
    assert isinstance(last, Opened)
    assert (first.case_id, first.tracking_code) == (last.case_id, last.tracking_code)
    assert Case.objects.count() == 2
    assert open_many([]) == []
    with pytest.raises(ValueError, match="200"):
        open_many([commands[0]] * 201)
