"""The pack's own stories in the demonstration: none is refused, each case type stands in several stages, days move along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan import packs
from bihuan.cases.models import Case, Thread
from bihuan.cases.rebuilding import differences
from bihuan.exchange import founding
from bihuan.flows.worker import run_once
from bihuan.ledger import clock
from bihuan.packs import Pack
from bihuan.play.cast import fill_posts
from bihuan.play.told import PackStories, shown
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.selectors import calendar_for

pytestmark = pytest.mark.slow
ENDS = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OPENS = ENDS - timedelta(days=60)


def founded(name: str) -> Pack:
    seed_calendar_years()
    pack = packs.load(name)
    with clock.at(OPENS):
        founding.found(pack, packs.divisions(name))
        fill_posts(pack)
    return pack


def told(pack: Pack) -> PackStories:
    with clock.at(OPENS) as now:
        one = PackStories(pack, calendar_for(pack), now)
        one.begin(OPENS, ENDS)
        at = OPENS
        while at < ENDS:
            at = min(at + timedelta(days=1), ENDS)
            one.play_until(at)
            run_once()
    return one


def test_the_stories_of_a_pack_are_told_in_several_stages(transactional_db: None) -> None:
    pack = founded("dongzhai")
    outcome = told(pack)
    assert outcome.missed == []
    assert outcome.opened == Case.objects.count() == 3 * len(shown(pack))
    assert not Case.objects.filter(is_demo=False).exists()
    assert {"petition", "deliberation", "matter"} == set(Case.objects.values_list("procedure", flat=True))
    whistles = set(Thread.objects.filter(kind="whistle").values_list("state", flat=True))
    assert "settled" in whistles
    assert len(whistles) > 1
    for procedure in ("petition", "deliberation"):
        ended = Case.objects.filter(procedure=procedure).values_list("closed_at", flat=True)
        assert {one is None for one in ended} == {True, False}, procedure
    assert differences(limit=Case.objects.count() + 1)[0] == []


def test_an_act_that_the_rules_refuse_is_told(transactional_db: None) -> None:
    pack = founded("dongzhai")
    story = next(story for story in shown(pack) if story.key == "whistle")
    wrong = replace(story, acts=tuple(act for act in story.acts if act.does != "accept"))
    pack = replace(pack, later=replace(pack.later, stories=(wrong,)))
    outcome = told(pack)
    assert {missed.action.partition(".")[2] for missed in outcome.missed} == {"assign"}
    assert outcome.performed == {"register": 3}


@pytest.mark.parametrize("name", packs.shipped())
def test_what_is_told_beside_the_usual_matters(name: str) -> None:
    pack: Any = packs.load(name)
    usual = next(one.key for one in pack.procedures.values() if one.family == "matter")
    told_of = {story.procedure for story in shown(pack)}
    assert set(pack.procedures) - {usual} <= told_of
    assert "ordinary" not in {story.key for story in shown(pack)}
