"""What machines ask: does it live (``/healthz``), can it keep what it is told (``/readyz``), how does it go (``/metrics``).

Numbers only, nobody's data.
"""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse

from bihuan.cases import selectors as cases
from bihuan.cases.search_index import waiting as waiting_for_search
from bihuan.files.limits import FREE_BYTES
from bihuan.ledger import anchors, clock, guard
from bihuan.ledger.errors import DamagedAnchors
from bihuan.ledger.selectors import clock_behind, outbox_state
from bihuan.vault.errors import KeysExposed, NoKeys
from bihuan.vault.keys import keys
from bihuan.web.guards import anyone

FORM = "text/plain; version=0.0.4; charset=utf-8"
LEAST = {"data": 16 * 1024**2, "files": FREE_BYTES, "anchors": 1024**2}
"""Bytes that must be free to be ready: the journal can grow so much between two looks; uploads stop below theirs."""
NEVER = -1.0
"""Stands for seconds since something that has never happened."""


@anyone("GET")
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """200 while the database answers and the keys are there, else 503; why is in the log and in ``bihuan doctor``."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        keys()
    except (DatabaseError, NoKeys, KeysExposed):
        return HttpResponse("not well\n", status=503, content_type=FORM, headers={"Retry-After": "10"})
    return HttpResponse("well\n", content_type=FORM)


@anyone("GET")
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """200 while what people send can be kept, else 503 and which folder has no room. Reading may go on meanwhile."""
    said = ["database"] if not _answers() else []
    for name, folder in (("data", settings.DATA), ("files", settings.FILES), ("anchors", settings.ANCHORS)):
        if _free(Path(folder)) < LEAST[name]:
            said.append(f"no room: {name}")
    if said:
        text = "".join(f"{one}\n" for one in ("not ready", *said))
        return HttpResponse(text, status=503, content_type=FORM, headers={"Retry-After": "10"})
    return HttpResponse("ready\n", content_type=FORM)


def _answers() -> bool:
    """Whether the database answers and takes acts (a stand-by does not), and the keys are there."""
    asked = "SELECT pg_is_in_recovery()" if connection.vendor == "postgresql" else "SELECT 0"
    try:
        with connection.cursor() as cursor:
            cursor.execute(asked)
            stands_by = bool(cursor.fetchone()[0])
        keys()
    except (DatabaseError, NoKeys, KeysExposed):
        return False
    return not stands_by


@anyone("GET")
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' text form, for whoever bears the token BIHUAN_METRICS; nothing here for anybody else."""
    token = str(settings.METRICS_TOKEN)
    if not token or not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        raise Http404
    return HttpResponse("".join(_lines()), content_type=FORM)


def _lines() -> Iterator[str]:
    for name, kind, what, value in _figures():
        yield f"# HELP bihuan_{name} {what}\n# TYPE bihuan_{name} {kind}\nbihuan_{name} {value:g}\n"


def _figures() -> Iterator[tuple[str, str, str, float]]:
    """Name, type, what it is, value. Eight statements."""
    now = clock.now()
    anchored, entries = _anchored(now)
    outbox = outbox_state(now)
    overdue = len(cases.limits_passed(now))
    yield "anchor_age_seconds", "gauge", "Seconds since the worker noted an anchor; more than 300: it does not run", anchored
    yield "ledger_entries", "counter", "Entries of the ledger at the last anchor", entries
    yield "clock_behind_seconds", "gauge", "Seconds the clock lies before what has happened: it was set back", clock_behind(now)
    yield "ledger_guarded", "gauge", "1 while the triggers stand that refuse changes of entries", float(_guarded())
    yield "outbox_waiting", "gauge", "Pieces of work that wait", outbox.waiting
    yield "outbox_late_seconds", "gauge", "Seconds that the oldest of them is late", outbox.late
    yield "outbox_given_up", "gauge", "Pieces of work given up after eight tries", outbox.given_up
    yield "limits_waiting", "gauge", "Limits that have passed and are not entered yet, 200 at most", overdue
    yield "search_waiting", "gauge", "Matters not yet in the search", waiting_for_search()
    for name, folder in (("data", settings.DATA), ("files", settings.FILES)):
        yield f"{name}_free_bytes", "gauge", f"Free room where the {name} lie", _free(Path(folder))


def _anchored(now: datetime) -> tuple[float, float]:
    try:
        last = anchors.latest()
    except DamagedAnchors:
        return NEVER, 0
    if not last.at:
        return NEVER, 0
    return (now - datetime.fromisoformat(last.at).astimezone(UTC)).total_seconds(), last.count


def _guarded() -> bool:
    return set(guard.trigger_names(connection.vendor, "ledger_entry", share=True)) <= guard.standing(connection)


def _free(folder: Path) -> float:
    while not folder.exists():
        folder = folder.parent
    return float(shutil.disk_usage(folder).free)
