"""``bihuan doctor``: each check says that all is well, and what is wrong where it is: the control of each stands in its test."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from bihuan.console import place
from bihuan.console.commands import doctor
from bihuan.console.findings import Finding
from bihuan.ledger import anchors
from bihuan.ledger import clock as product_clock
from bihuan.ledger.models import Outbox
from bihuan.ledger.services import record
from bihuan.people.models import Post
from bihuan.rulebook.models import CalendarYear
from bihuan.rulebook.services import load_calendar_year
from bihuan.vault import keys as vault_keys
from tests.factories.matters import found_matters, opened

pytestmark = pytest.mark.django_db(transaction=True)
GB = 1024**3
TESTED = {
    "python", "sqlite", "postgresql", "fonts", "disk", "clock", "keys", "settings_", "calendar", "place_", "posts", "worker",
    "backups",
}  # fmt: skip


def verdicts(check: Callable[[], Any]) -> list[str]:
    found = list(check())
    assert all(isinstance(one, Finding) and one.say for one in found)
    return [one.verdict for one in found]


@pytest.fixture
def founded(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Any:
    """A place with matters, whose tables are those of this version."""
    county = found_matters()
    monkeypatch.setattr(place, "pending_migrations", lambda: 0)
    return county


def test_every_check_has_its_control_here() -> None:
    """The profile's points have theirs in tests/bihuan/config/test_profile.py."""
    assert {check.__name__ for check in doctor.CHECKS} - {"profile"} == TESTED


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdicts(doctor.python) == ["ok"]
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    assert verdicts(doctor.python) == ["wrong"]


def test_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build with the fault of SQLite 3.7.0 to 3.51.2, and one without."""
    seen = []
    for allowed in (True, False):
        build = SimpleNamespace(running_version=lambda: (3, 51, 2), several_processes_allowed=lambda: allowed)  # noqa: B023
        monkeypatch.setattr(place, "engine_build", lambda: build)  # noqa: B023
        seen += verdicts(doctor.sqlite)
    assert seen == ["ok", "warning"]


def test_sqlite_of_this_place() -> None:
    """Nothing is stood in for: only a place in an SQLite file has such a build."""
    assert verdicts(doctor.sqlite) == ["ok"]
    assert (place.engine_build() is None) == (connection.vendor == "postgresql")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL itself")
def test_postgresql_that_would_lose_what_it_acknowledged() -> None:
    """The tests' own cluster forgoes fsync: it is told. Whether a commit waits for the disk is said by our own session."""
    (found,) = doctor.postgresql()
    assert found.verdict == "wrong"
    assert "fsync" in found.say
    assert "full_page_writes" in found.say
    assert "synchronous_commit" not in found.say, "the server's default is off here, the product's sessions switch it on"
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("SET synchronous_commit = off")
        assert "synchronous_commit" in next(doctor.postgresql()).say, "the control"
        cursor.execute("SET synchronous_commit = on")


class Told:
    """A cursor that answers with these settings of a server."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, *_: object) -> None:
        return None

    def fetchall(self) -> list[tuple[str, str]]:
        return list(self.settings.items())


def test_postgresql_by_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on a machine without one."""
    good = {"server_version_num": "150014", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    for change, expected in (
        ({}, ["ok"]),
        ({"server_version_num": "140011"}, ["wrong"]),
        ({"fsync": "off"}, ["wrong"]),
        ({"full_page_writes": "off"}, ["wrong"]),
        ({"synchronous_commit": "off", "server_version_num": "140011"}, ["wrong", "wrong"]),
        ({"synchronous_commit": "remote_apply"}, ["ok"]),
    ):
        with monkeypatch.context() as patch:
            server = SimpleNamespace(vendor="postgresql", cursor=lambda told=good | change: Told(**told))
            patch.setattr("django.db.connection", server)
            assert verdicts(doctor.postgresql) == expected, change


@pytest.mark.parametrize(
    ("there", "families", "verdict"),
    [(True, "Noto Sans CJK SC,Noto\nNoto Serif CJK SC\n", "ok"), (True, "\n", "warning"), (False, "", "warning")],
)
def test_fonts(there: bool, families: str, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: "/usr/bin/fc-list" if there else None)
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: SimpleNamespace(stdout=families))
    assert verdicts(doctor.fonts) == [verdict]


@pytest.mark.parametrize(("free", "verdict"), [(6 * GB, "ok"), (4 * GB, "warning"), (GB - 1, "wrong")])
def test_disk(free: int, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "free_bytes", lambda _folder: free)
    assert verdicts(doctor.disk) == [verdict]


def test_a_disk_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.DATA, settings.FILES = tmp_path / "data", tmp_path / "files"
    settings.FILES.mkdir()
    monkeypatch.setattr(place, "free_bytes", lambda _folder: 9 * GB)
    assert verdicts(doctor.disk) == ["ok"]
    monkeypatch.setattr(place, "is_writable", lambda folder: folder != settings.FILES)
    assert verdicts(doctor.disk) == ["wrong", "ok"]
    monkeypatch.setattr(place, "is_writable", lambda _folder: False)
    assert verdicts(doctor.disk) == ["wrong"]


def test_clock(founded: Any, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: "/usr/bin/timedatectl")
    for said, verdict in (("yes\n", "ok"), ("no\n", "warning")):
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "run", lambda *_args, told=said, **_more: SimpleNamespace(stdout=told))
            assert verdicts(doctor.clock) == [verdict]
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: None)
    opened(founded.actor("clerk"))
    clock.advance(timedelta(seconds=-doctor.BEHIND + 1))
    assert verdicts(doctor.clock) == ["ok"]
    clock.advance(timedelta(seconds=-2))
    assert verdicts(doctor.clock) == ["wrong"], "set back"
    monkeypatch.setattr(doctor, "EARLIEST_CLOCK", datetime(2200, 1, 1, tzinfo=UTC).timestamp())
    assert verdicts(doctor.clock) == ["wrong"], "lost"


def test_keys(settings: Any, tmp_path: Path) -> None:
    settings.DATA, settings.KEYS, settings.ANCHORS = tmp_path / "data", tmp_path / "keys", tmp_path / "anchors"
    assert verdicts(doctor.keys) == ["warning", "warning", "ok"], "none yet"
    vault_keys.create()
    session = settings.KEYS / "session.key"
    session.touch(mode=0o600)
    assert verdicts(doctor.keys) == ["ok", "ok", "ok"]
    session.chmod(0o640)
    assert verdicts(doctor.keys) == ["ok", "wrong", "ok"], "others may read it"
    session.chmod(0o600)
    vault_keys.key_file().chmod(stat.S_IRUSR | stat.S_IROTH)
    assert verdicts(doctor.keys)[0] == "wrong"
    vault_keys.key_file().chmod(0o600)
    settings.DATA, settings.ANCHORS = tmp_path, tmp_path / "anchors"
    assert verdicts(doctor.keys) == ["warning", "warning", "warning"], "all of it beside the data"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ["ok"]),
        ({"DEBUG": True}, ["wrong"]),
        ({"ALLOWED_HOSTS": ["*"]}, ["wrong"]),
        ({"SESSION_COOKIE_SECURE": False}, ["wrong"]),
        ({"SESSION_COOKIE_SECURE": False, "ALLOWED_HOSTS": ["localhost"]}, ["ok"]),
        ({"DEBUG": True, "ALLOWED_HOSTS": ["*"], "SESSION_COOKIE_SECURE": False}, ["wrong"] * 3),
    ],
)
def test_unsafe_settings(change: dict[str, Any], expected: list[str], settings: Any) -> None:
    good = {"DEBUG": False, "ALLOWED_HOSTS": ["sqfk.example.org"], "SESSION_COOKIE_SECURE": True}
    for name, value in (good | change).items():
        setattr(settings, name, value)
    assert verdicts(doctor.settings_) == expected


@pytest.mark.parametrize(
    ("last_year", "month", "verdict"), [(2027, 12, "ok"), (2026, 11, "ok"), (2026, 12, "warning"), (2025, 6, "wrong")]
)
def test_the_calendar_is_the_places_own(last_year: int, month: int, verdict: str, founded: Any, clock: Any) -> None:
    """What the place was given counts, whatever the program ships: a year loaded by hand, a year never brought in."""
    CalendarYear.objects.filter(year__gt=last_year).delete()
    if not CalendarYear.objects.filter(year=last_year).exists():
        load_calendar_year(last_year, (), (), source="x")
    clock.set(datetime(2026, month, 15, tzinfo=UTC))
    assert verdicts(doctor.calendar) == [verdict]


def test_without_a_place_the_programs_calendar_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, product_clock.at(datetime(2026, 6, 1, tzinfo=UTC)):
        assert verdicts(doctor.calendar) == ["ok"]
        patch.setattr("bihuan.rulebook.published.known_years", lambda: [SimpleNamespace(year=2025)])
        assert verdicts(doctor.calendar) == ["wrong"]


def test_the_place(founded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdicts(doctor.place_) == ["ok"]
    monkeypatch.setattr(place, "pending_migrations", lambda: 1)
    assert verdicts(doctor.place_) == ["warning"]


def test_posts(founded: Any) -> None:
    opened(founded.actor("clerk"))
    assert verdicts(doctor.posts) == ["ok"]
    Post.objects.filter(key="dispatcher").delete()
    assert set(verdicts(doctor.posts)) == {"warning"}


def test_the_worker(founded: Any, clock: Any) -> None:
    opened(founded.actor("clerk"))
    assert verdicts(doctor.worker) == ["warning"], "it has not run yet"
    anchors.write()
    assert verdicts(doctor.worker) == ["ok"]
    clock.advance(timedelta(minutes=doctor.STILL + 1))
    assert verdicts(doctor.worker) == ["warning"], "it stands still"
    clock.advance(timedelta(minutes=-2 * doctor.STILL - 2))
    assert verdicts(doctor.worker) == ["warning"], "its last anchor lies in the future"
    Outbox.objects.create(topic="none", not_before=clock(), state=Outbox.State.GIVEN_UP)
    assert verdicts(doctor.worker) == ["warning", "wrong"]


def test_backups(founded: Any, clock: Any) -> None:
    assert verdicts(doctor.backups) == ["warning"], "none yet"
    record("place", "backed_up")
    assert verdicts(doctor.backups) == ["ok"]
    clock.advance(timedelta(days=doctor.OLD_BACKUP))
    assert verdicts(doctor.backups) == ["warning"]
