"""What the product refuses to start with, and what the environment means."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from bihuan.config import environment

GOOD = "kX9w-2Qpz_Lm4RtY7uVb3NcD8sFgH1jKaE5o"


def _read(tmp_path: Path, **values: str) -> environment.Environment:
    return environment.read({"BIHUAN_DATA": str(tmp_path / "data"), **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"BIHUAN_DEBUG": "1"}, "error pages"),
        ({"BIHUAN_HOSTS": "*"}, "must name"),
        ({"BIHUAN_HOSTS": "a.example,*.example"}, "must name"),
        ({"BIHUAN_SECRET": "short"}, "random"),
        ({"BIHUAN_SECRET": "a" * 60}, "random"),
        ({"BIHUAN_SECRET": "django-insecure-" + GOOD}, "random"),
        ({"BIHUAN_DATABASE": "mysql://root@localhost/x"}, "postgresql"),
    ],
)
def test_it_refuses(tmp_path: Path, values: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        _read(tmp_path, **values)


def test_development_allows_what_production_refuses(tmp_path: Path) -> None:
    seen = _read(tmp_path, BIHUAN_STAGE="development", BIHUAN_DEBUG="1", BIHUAN_HOSTS="*")
    assert seen.debug
    assert seen.hosts == ("*",)


def test_the_defaults_are_the_safe_ones(tmp_path: Path) -> None:
    seen = _read(tmp_path)
    assert not seen.debug
    assert not seen.development
    assert not seen.secret_is_own
    assert len(seen.secret) > 40
    assert seen.hosts == environment.LOOPBACK
    assert not seen.https
    assert seen.anchors == tmp_path / "data-anchors"
    assert seen.secret != _read(tmp_path).secret, "a key that nobody gave is drawn anew, never a constant"


def test_a_name_beyond_this_machine_means_https(tmp_path: Path) -> None:
    assert _read(tmp_path, BIHUAN_HOSTS="centre.example").https
    assert not _read(tmp_path, BIHUAN_HOSTS="centre.example", BIHUAN_HTTPS="0").https


def test_the_signing_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = environment.make_secret(tmp_path / "data" / "keys")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    kept = path.read_text()
    assert environment.make_secret(tmp_path / "data" / "keys").read_text() == kept
    seen = _read(tmp_path)
    assert seen.secret == kept
    assert seen.secret_is_own


def test_addresses_of_databases(tmp_path: Path) -> None:
    assert environment.database("sqlite", tmp_path)["NAME"] == str(tmp_path / "db.sqlite3")
    assert environment.database("sqlite:////srv/x.sqlite3", tmp_path)["NAME"] == "/srv/x.sqlite3"
    seen = environment.database("postgresql://me:p%40ss@db.example:5433/county?sslmode=require", tmp_path)
    assert (seen["USER"], seen["PASSWORD"], seen["HOST"], seen["PORT"], seen["NAME"]) == (
        "me", "p@ss", "db.example", "5433", "county",
    )  # fmt: skip
    assert seen["OPTIONS"]["sslmode"] == "require"
    assert environment.database("postgresql://me@/county?host=/run/pg&port=1", tmp_path)["HOST"] == "/run/pg"


@pytest.mark.parametrize(("secret", "served"), [("", False), (GOOD, True)])
def test_it_serves_only_with_a_signing_key_of_its_own(tmp_path: Path, secret: str, served: bool) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
    given = {"BIHUAN_DATA": str(tmp_path / "data"), "BIHUAN_SECRET": secret}
    command = [sys.executable, "-c", "import bihuan.config.wsgi"]
    done = subprocess.run(command, env={**inherited, **given}, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is served, done.stderr
    assert served or "No signing key" in done.stderr
