"""What all tests share: which database, where files go, the clock, the guard of the ledger, the browser.

``BIHUAN_DATABASE`` chooses the database (SQLite where it is not set); ``./dev test`` runs both. Nothing is written into the
checkout: each worker has its own scratch folder, in memory where the machine offers that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client, TransactionTestCase

from tests import acts
from tests.databases import scratch
from tests.databases.both import runs_on_both

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-test-", dir=scratch.place()))
    atexit.register(_forget, folder, os.getpid())
    return folder


def _forget(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not in a forked child
        shutil.rmtree(folder, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Point settings and child processes at the scratch folder, before anything has read them."""
    for name in ("data", "keys", "anchors"):
        (folder / name).mkdir(mode=0o700)
        os.environ[f"BIHUAN_{name.upper()}"] = str(folder / name)
        setattr(settings, name.upper(), folder / name)
    os.environ["BIHUAN_FILES"] = str(folder / "files")
    settings.FILES = folder / "files"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": str(folder / "cache.sqlite3")}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    default = settings.DATABASES["default"]
    if "sqlite" in default["ENGINE"]:  # a real file: WAL, the queue of writers and several connections are tested too
        default["NAME"] = str(folder / "data" / "db.sqlite3")
        default.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


SCRATCH = _scratch()
_settle(SCRATCH)


@pytest.fixture(autouse=True, scope="session")
def _emptied_cheaply() -> Iterator[None]:
    """After a test with real transactions; Django's way would be refused by the ledger's triggers, too."""
    from tests.databases.emptying import emptied

    def empty(_case: TransactionTestCase) -> None:
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                connection.rollback()
        emptied(connections["default"])

    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = empty
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture(autouse=True, scope="session")
def vault_key() -> None:
    """Sealing needs a key file; each worker makes its own in its scratch folder."""
    from bihuan.vault import keys

    keys.create()


@pytest.fixture(autouse=True)
def _anchors_end_with_their_test() -> Iterator[None]:
    """What is undone after a test may be numbered again: an anchor that outlived it would call that a cut."""
    yield
    for left in (SCRATCH / "anchors").iterdir():
        left.unlink()


def pytest_configure() -> None:
    """Before any test is read: some look into the shipped packs for what they are to be asked."""
    from tests import kept

    kept.begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what no database changes: the SQLite run has done it."""
    if "sqlite" in settings.DATABASES["default"]["ENGINE"] or config.getoption("file_or_dir"):
        return
    keep = [item for item in items if runs_on_both(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(keep)])
    items[:] = keep


@pytest.fixture(autouse=True)
def _every_act_is_counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At most twelve statements for each act over HTTP, whichever test does it (``tests.acts``)."""
    if not {"db", "transactional_db", "_django_db_helper"} & set(request.fixturenames):
        yield
        return
    watch = acts.Watch()
    monkeypatch.setattr(Client, "generic", watch.asked())
    yield
    assert watch.over == [], "\n".join(watch.over)
    missing = {route for route, test in acts.WHERE.items() if request.node.nodeid.partition("[")[0] == test} - watch.done
    assert not missing, f"said to be done here, and is not: {sorted(missing)}"


@pytest.fixture
def clock() -> Iterator[Any]:
    """The product's clock, standing at Monday 12 October 2026, 10:00 in Shanghai; ``clock.set(...)``, ``clock.advance(...)``."""
    from bihuan.ledger.clock import at

    with at(datetime(2026, 10, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))) as standing:
        yield standing


@pytest.fixture
def vendor() -> str:
    """``sqlite`` or ``postgresql``."""
    return str(connections["default"].vendor)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is not part of the product (BIHUAN_SHARED, or ``../shared/data``); skips without it."""
    folder = Path(os.environ.get("BIHUAN_SHARED") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the shared data are not here ({folder}); BIHUAN_SHARED names another folder")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium; skips without one (``./dev test`` installs it)."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium: apt-get install chromium fonts-noto-cjk")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium driven by Playwright. Pages: ``browser.new_page(locale="zh-CN", viewport=...)``."""
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs a loop in this thread; Django must not mind
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def unhurried() -> None:
    """All tests of one process come from one address: what others tried before does not count against a test."""
    cache.clear()
