"""``bihuan init`` on a place that stands: it goes on under its own pack, never under another place's, never over the desk's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection

from bihuan import packs
from bihuan.console import place
from bihuan.console.commands import doctor, init
from bihuan.console.problem import Problem
from bihuan.places import selectors as places
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.services import publish
from bihuan.rules.terms import Doer
from bihuan.safekeeping import moving

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = "dongzhai"


def version(pack: packs.Pack, number: str, **more: Any) -> packs.Pack:
    """The same rules under another number (or name)."""
    return replace(pack, version=number, digest="", **more)


@pytest.fixture
def town(clock: Any) -> packs.Pack:
    return packs.load(TOWN)


def in_force() -> tuple[str, str]:
    pack = rulebook.current_pack()
    return pack.name, pack.version


def test_a_place_keeps_its_own_pack(town: packs.Pack) -> None:
    init.settle(town, TOWN, quiet=True)
    stands = [area.code for area in places.all_areas()]
    assert init.go_on().name == TOWN, "as the service does each time it starts"
    with pytest.raises(Problem, match=town.area.name):
        init.settle(packs.load(""), packs.standard())
    assert in_force() == (town.name, town.version)
    assert [area.code for area in places.all_areas()] == stands


def test_a_new_place_without_a_name_is_the_standard_one(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    """The control: where nothing stands, the standard pack founds; here a small one, for speed."""
    monkeypatch.setattr(packs, "standard", lambda: TOWN)
    monkeypatch.setattr("bihuan.console.commands.rules.load", lambda name: packs.load(name or TOWN))
    assert init.go_on().name == TOWN
    assert places.all_areas()


def test_an_update_brings_its_rules_where_nobody_changed_them(town: packs.Pack) -> None:
    publish(version(town, "2020.1"))
    assert init.go_on().version == town.version
    assert in_force() == (town.name, town.version)


def test_an_update_leaves_what_the_desk_changed(town: packs.Pack, capsys: pytest.CaptureFixture[str]) -> None:
    publish(version(town, "2020.1"))
    publish(version(town, "2020.1.1"), by=Doer(kind="staff", account=7), approved_by=8)
    assert init.go_on().version == "2020.1.1"
    assert in_force() == (town.name, "2020.1.1")
    told = capsys.readouterr().out
    assert town.version in told
    assert f"bihuan init --pack {TOWN}" in told
    assert init.settle(town, TOWN).version == town.version, "asked for by name it takes over"
    assert init.go_on().version == town.version


def test_a_countys_own_pack_is_no_shipped_one(town: packs.Pack, capsys: pytest.CaptureFixture[str]) -> None:
    publish(version(town, "1", name="our_town"))
    assert init.go_on().name == "our_town"
    assert in_force() == ("our_town", "1")
    assert town.version not in capsys.readouterr().out


def test_a_database_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch, town: packs.Pack) -> None:
    """Not that there is no place: who then founds one founds it beside the real one."""
    from django.db import connection

    publish(town)
    monkeypatch.setattr(place, "pending_migrations", lambda: 0)
    assert place.ready().name == TOWN

    def refuse() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    with pytest.raises(Problem, match="connection refused") as told:
        place.ready()
    assert "init" not in told.value.say


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only an SQLite file is moved out of")
def test_the_file_that_was_moved_out_of_is_not_served(town: packs.Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(town)
    monkeypatch.setattr(place, "pending_migrations", lambda: 0)
    place.not_moved()
    assert [one.verdict for one in doctor.place_()] == ["ok"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TRIGGER {moving.CLOSED} BEFORE INSERT ON ledger_entry BEGIN SELECT RAISE(ABORT, 'moved'); END")
    try:
        with pytest.raises(Problem, match="BIHUAN_DATABASE"):
            place.not_moved()
        assert [one.verdict for one in doctor.place_()] == ["wrong"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {moving.CLOSED}")
    place.not_moved()
