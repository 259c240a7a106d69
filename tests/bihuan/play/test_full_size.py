"""A year at the published size: every shipped procedure has a way to its end, and what is filled is whole."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan import packs
from bihuan.cases.models import Case
from bihuan.cases.words import reference
from bihuan.exchange import founding
from bihuan.intake.models import ServiceRecord
from bihuan.ledger.models import Entry
from bihuan.ledger.verify import verify
from bihuan.packs import Pack
from bihuan.people.selectors import directory
from bihuan.play.along import ways
from bihuan.play.cast import Seats, fill_posts
from bihuan.play.full_size import Year, size_of
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.selectors import calendar_for


@pytest.mark.parametrize("name", packs.shipped())
def test_every_procedure_has_a_way_that_people_in_office_can_go(name: str) -> None:
    for procedure in packs.load(name).procedures.values():
        found = [way for each in ways(procedure).values() for way in each]
        assert ways(procedure)[procedure.start_state], procedure.key
        assert all(way.steps for way in found), procedure.key
        finals = {state.key for state in procedure.states if state.final}
        for way in found:
            last = way.steps[-1][0]
            assert {last.to.state, *last.to.by_value.values()} & finals, (procedure.key, last.key)
            assert not [action.key for action, _ in way.steps if action.approve or action.pair]


@pytest.mark.parametrize("name", packs.shipped())
def test_every_shipped_pack_says_how_large_a_year_is(name: str) -> None:
    pack = packs.load(name)
    size = size_of(pack)
    assert size.records >= 10_000
    assert set(size.cases) <= set(pack.procedures)
    assert sum(size.cases.values()) >= 400


def year_of(pack: Pack, clock: Any) -> Year:
    """A founded place with every post filled, and its year."""
    seed_calendar_years()
    founding.found(pack, packs.divisions(pack.name))
    fill_posts(pack)
    return Year(pack, directory(), Seats(), calendar_for(pack), clock())


@pytest.mark.slow
def test_a_small_year_is_whole(transactional_db: None, clock: Any) -> None:
    pack = packs.load("santai")
    year = year_of(pack, clock)
    assert sum(year.records(60)) == 60
    for procedure in pack.procedures:
        list(year.cases(procedure, 12))
    assert sum(year.filled.missed.values()) <= 5, year.filled.missed  # a dispute sent by a court is not simply turned away
    assert (ServiceRecord.objects.count(), Case.objects.count()) == (60, 12 * len(pack.procedures))
    assert ServiceRecord.objects.exclude(is_demo=True).count() == 0
    ended = Case.objects.exclude(closed_at=None).count()
    assert ended >= Case.objects.count() * 3 // 4
    report = verify()
    assert report.ok
    assert report.entries >= 60 + ended * 3
    for record in ServiceRecord.objects.all():
        said = Entry.objects.get(stream=f"record:{record.pk}").facts["texts"]
        assert said == reference(record.salt, "\0".join((record.what, record.words, record.result)))
        assert said != reference(record.salt, "\0".join((record.what, record.words, "改过的话")))


@pytest.mark.slow
def test_what_a_village_keeps_and_what_a_township_dispatches_is_told_apart(transactional_db: None, clock: Any) -> None:
    year = year_of(packs.load("huaning"), clock)
    list(year.cases("matter", 20, kept=8))
    assert (year.filled.acts["keep"], year.filled.acts["assign"]) == (8, 12), year.filled.missed
    townships = set(directory().all_of("township_centre"))
    by = set(Entry.objects.filter(kind="assigned").values_list("unit", flat=True))
    assert by <= {one.id for one in townships}
