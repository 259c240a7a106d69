"""No key, no password of a place, no token stands in what is kept of the product: source, tests, examples, documents."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.house import source

SHAPES = (
    re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}"),
    re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{20,}"),
    re.compile(r"(?i)\b(?:SECRET_KEY|BIHUAN_SECRET|BIHUAN_METRICS)\b[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9+/_!@#$%^&*()-]{32,}"),
    re.compile(r"(?i)postgres(?:ql)?://[a-z0-9_]+:[^@\s\"'{}<$]{8,}@(?!localhost|127\.|/)"),
)
LONGEST = 2_000_000


def secrets_in(text: str) -> list[str]:
    """What looks like a secret."""
    return [found[0][:60] for shape in SHAPES if (found := shape.search(text))]


def kept() -> list[Path]:
    """Every file that the repository holds."""
    named = subprocess.run(["git", "ls-files", "-z"], cwd=source.ROOT, capture_output=True, check=True).stdout
    return [source.ROOT / name for name in named.decode().split("\0") if name]


def test_no_secret_is_kept() -> None:
    found = {}
    for path in kept():
        if path.is_file() and path.stat().st_size < LONGEST and (wrong := secrets_in(path.read_text("utf-8", "replace"))):
            found[source.shown(path)] = wrong
    assert found == {}
    assert not [path for path in kept() if path.suffix in (".key", ".pem", ".p12") or path.name in (".env", "vault.json")]


def test_a_secret_is_found() -> None:
    """The control: one of each shape, put together here so that this file holds none."""
    for one in (
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "M" * 44,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a" * 36,
        "xoxb-" + "1" * 24,
        "SECRET_KEY = '" + "k" * 40 + "'",
        "postgresql://bihuan:" + "hunter2hunter2" + "@db.example.org/x",
    ):
        assert secrets_in(one), one
    assert secrets_in("BIHUAN_DATABASE=postgresql://user@host/name") == []
