"""What the environment says about this jurisdiction's processes, read once and checked.

Names: BIHUAN_DATA (folder), BIHUAN_FILES (folder of attachments), BIHUAN_KEYS (folder of keys), BIHUAN_ANCHORS (folder),
BIHUAN_DATABASE ("sqlite" or a postgresql:// address), BIHUAN_STAGE ("production", the default, or "development"),
BIHUAN_DEBUG, BIHUAN_METRICS (token of /metrics), BIHUAN_LOG_FORM ("json": each line of the log is an object),
BIHUAN_SECRET, BIHUAN_HOSTS (comma-separated), BIHUAN_HTTPS (1 or 0), BIHUAN_PROXIES (how many trusted proxies stand
in front), BIHUAN_KEEP_YEARS (after which what residents wrote is erased; 0 = never), BIHUAN_PROFILE ("" or "gbt22239-3").
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from bihuan.config import profile

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_KEY = 32
SESSION = (
    "synchronous_commit=on", "lock_timeout=15s", "idle_in_transaction_session_timeout=60s", "random_page_cost=0.5",
    "cpu_tuple_cost=0.1", "jit=off", "max_parallel_workers_per_gather=0",
)  # fmt: skip
"""What every session with PostgreSQL is told: what is answered lies on the disk, whatever the server's own default; the costs
make it read by index whatever the history's size."""
PREPARED = 3
"""The door's statements that were run so often keep their plan in the server (``ledger.rows.Steady``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The checked values. ``secret_is_own``: the key was given, not drawn for this process alone."""

    data: Path
    files: Path
    keys: Path
    anchors: Path
    database: dict[str, Any]
    development: bool
    debug: bool
    secret: str
    secret_is_own: bool
    hosts: tuple[str, ...]
    https: bool
    proxies: int
    metrics: str
    json_logs: bool
    keep_years: int
    profile: str


def read(environ: Mapping[str, str]) -> Environment:
    """Read and check; raises ImproperlyConfigured, in words, for what must not be started with."""
    data = Path(environ.get("BIHUAN_DATA") or "bihuan-data").resolve()
    keys = Path(environ.get("BIHUAN_KEYS") or data / "keys").resolve()
    development = environ.get("BIHUAN_STAGE", "production") == "development"
    hosts = tuple(name.strip() for name in environ.get("BIHUAN_HOSTS", "").split(",") if name.strip()) or LOOPBACK
    given = environ.get("BIHUAN_SECRET", "") or _kept_secret(keys)
    debug = environ.get("BIHUAN_DEBUG", "0") == "1"
    if not development:
        refuse_unsafe(debug=debug, secret=given, hosts=hosts)
    https = environ.get("BIHUAN_HTTPS", "") or ("0" if set(hosts) <= set(LOOPBACK) else "1")
    anchors = Path(environ.get("BIHUAN_ANCHORS") or f"{data}-anchors").resolve()
    chosen = profile.known(environ.get("BIHUAN_PROFILE", ""))
    if not development:
        profile.refuse_unfit(chosen, environ=environ, data=data, keys=keys, anchors=anchors, https=https == "1")
    return Environment(
        data=data,
        files=Path(environ.get("BIHUAN_FILES") or data / "files").resolve(),
        keys=keys,
        anchors=anchors,
        database=database(environ.get("BIHUAN_DATABASE") or "sqlite", data),
        development=development,
        debug=debug,
        secret=given or secrets.token_urlsafe(48),
        secret_is_own=bool(given),
        hosts=hosts,
        https=https == "1",
        proxies=int(environ.get("BIHUAN_PROXIES") or 0),
        metrics=_token(environ.get("BIHUAN_METRICS", "")),
        json_logs=environ.get("BIHUAN_LOG_FORM", "") == "json",
        keep_years=_years(environ.get("BIHUAN_KEEP_YEARS") or "10"),
        profile=chosen,
    )


def _years(given: str) -> int:
    """After how many years what residents wrote is erased, 0 = never. Raises ImproperlyConfigured."""
    if not given.isdecimal() or int(given) > 100:
        raise ImproperlyConfigured("BIHUAN_KEEP_YEARS is a whole number of years; 0 keeps everything.")
    return int(given)


def _token(given: str) -> str:
    """The token of ``/metrics``, "" = closed. Raises ImproperlyConfigured for one that could be guessed."""
    if given and (len(given) < _SHORTEST_KEY or len(set(given)) < 8):
        raise ImproperlyConfigured(f"BIHUAN_METRICS must be random and at least {_SHORTEST_KEY} characters.")
    return given


def refuse_unsafe(*, debug: bool, secret: str, hosts: tuple[str, ...]) -> None:
    """Outside development: no DEBUG, no weak key, no ``*`` among the hosts. No key at all is judged at serving."""
    if debug:
        raise ImproperlyConfigured("BIHUAN_DEBUG=1 shows data on error pages; it needs BIHUAN_STAGE=development.")
    if any("*" in name for name in hosts):
        raise ImproperlyConfigured("BIHUAN_HOSTS must name the hosts; '*' needs BIHUAN_STAGE=development.")
    if secret and (len(secret) < _SHORTEST_KEY or len(set(secret)) < 8 or "insecure" in secret or "change" in secret):
        raise ImproperlyConfigured(f"BIHUAN_SECRET must be random and at least {_SHORTEST_KEY} characters.")


def make_secret(keys: Path) -> Path:
    """Draw the signing key into ``keys``/session.key (mode 0600) unless it is there; the file's path."""
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = keys / "session.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), "ascii")
    return path


def _kept_secret(keys: Path) -> str:
    path = keys / "session.key"
    return path.read_text("ascii").strip() if path.is_file() else ""


def database(address: str, data: Path) -> dict[str, Any]:
    """Django's settings of the database at ``address``: ``sqlite``, ``sqlite:///file`` or ``postgresql://user@host/name``.

    A socket folder is given as ``postgresql://user@/name?host=/run/postgresql&port=5432``.
    """
    parts = urlsplit(address)
    if address == "sqlite" or parts.scheme == "sqlite":
        name = unquote(parts.path[1:]) if parts.scheme and parts.path not in ("", "/") else str(data / "db.sqlite3")
        return {"ENGINE": "bihuan.config.sqlite", "NAME": name, "OPTIONS": {"timeout": 30}, "CONN_MAX_AGE": None}
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured("BIHUAN_DATABASE is 'sqlite' or a postgresql:// address.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "bihuan.config.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": " ".join(f"-c {one}" for one in SESSION), "prepare_threshold": PREPARED, **query},
    }
