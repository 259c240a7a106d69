"""Taking in a table of messages: look first (nothing is written), then take in; what was refused comes back as a file.

Between the look and the taking in the file waits in the shared cache for an hour, sealed, under a token that only the
same account can use: a table of messages holds names and phones.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.desk.frame import actor_of, show
from bihuan.exchange import importer, refused_rows
from bihuan.exchange.columns import FIELDS, TITLES, Field
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.importer import Reading
from bihuan.rules.scope import Duty
from bihuan.vault import seal, unseal
from bihuan.web.guards import duty
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

KEPT_SECONDS = 3600
LARGEST = 20 * 1024 * 1024
SAMPLE, FAULTS_SHOWN = 5, 50
SEALED_AS = "desk.import"
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@duty(Duty.IMPORT_RUN, methods=("GET", "POST"), largest=LARGEST + 1024 * 1024)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; sent, what it says and what would become of each row."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    if request.method == "GET":
        return _ask(request, say)
    file = request.FILES.get("file")
    if file is None:
        return _ask(request, say, wrong=_("Please choose a file."))
    if (file.size or 0) > LARGEST:
        return _ask(request, say, wrong=_("The file is larger than %(size)s MB.") % {"size": LARGEST // 1024 // 1024})
    content = file.read()
    token = secrets.token_urlsafe(24)
    name = str(file.name or "")[:80]
    return _preview(request, say, actor, token, content, name)


@duty(Duty.IMPORT_RUN, methods=("POST",))
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Read the kept file again with other columns, give its refused rows as a file, or take it in."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    content, name = _kept(actor, token)
    step = text(request.POST, "step")
    if step == "again":
        return _preview(request, say, actor, token, content, name)
    kind, chosen = text(request.POST, "kind"), _chosen(request)
    if step == "refused":
        reading, outcome = importer.import_file(content, actor=actor, pack=say.pack, kind=kind, chosen=chosen, dry_run=True)
        return _refused_file(reading, outcome.faults)
    try:
        reading, outcome = importer.import_file(content, actor=actor, pack=say.pack, kind=kind, chosen=chosen, file_name=name)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    context = {
        "name": name,
        "opened": len(outcome.opened),
        "already": len(outcome.already),
        "faults": outcome.faults[:FAULTS_SHOWN],
        "refused": len({fault.line for fault in outcome.faults}),
        "token": token,
        "kind": kind,
        "chosen": chosen,
    }
    return show(request, "desk/import_done.html", context, say=say)


def _ask(request: HttpRequest, say: Speech, *, wrong: str = "") -> HttpResponse:
    context = {
        "kinds": _kinds(say),
        "kind": text(request.POST, "kind"),
        "wrong": {"": wrong} if wrong else {},
        "wrong_words": wrong,
    }
    return show(request, "desk/import.html", context, status=422 if wrong else 200, say=say)


def _kinds(say: Speech) -> list[tuple[str, str]]:
    return [(one.key, say.choice(one.key, "kind")) for one in say.pack.catalogue.kinds]


def _chosen(request: HttpRequest) -> dict[Field, int]:
    """The columns that the person chose, by field (0 = the first column)."""
    found: dict[Field, int] = {}
    for name in FIELDS:
        typed = text(request.POST, f"column-{name}")
        if typed:
            found[name] = whole_number(typed, most=10_000)
    return found


def _preview(request: HttpRequest, say: Speech, actor: Actor, token: str, content: bytes, name: str) -> HttpResponse:
    kind, chosen = text(request.POST, "kind"), _chosen(request)
    try:
        reading = importer.read_file(content, say.pack, chosen=chosen, kind=kind)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    sealed = seal(f"{base64.b64encode(content).decode()}\n{name}", field=SEALED_AS)
    cache.set(f"import:{actor.account}:{token}", sealed, KEPT_SECONDS)
    messages = reading.messages
    context: dict[str, Any] = {
        "name": name,
        "token": token,
        "kinds": _kinds(say),
        "kind": kind,
        "ready": len(messages.ready),
        "refused": len(messages.refused_lines),
        "faults": messages.faults[:FAULTS_SHOWN],
        "fault_count": len(messages.faults),
        "sample": messages.ready[:SAMPLE],
        "other_sheets": reading.table.other_sheets,
        "columns": [(one.index, one.header or _("column %(n)s") % {"n": one.index + 1}) for one in messages.mapped.columns],
        "fields": [
            {"name": one, "title": _(TITLES[one]), "index": messages.mapped.index_of(one)}
            for one in FIELDS
        ],
        "header_line": messages.mapped.line,
    }  # fmt: skip
    return show(request, "desk/import_preview.html", context, say=say)


def _kept(actor: Actor, token: str) -> tuple[bytes, str]:
    """The kept file of this account. Raises Http404 after an hour, and for anybody else's token."""
    kept = cache.get(f"import:{actor.account}:{token}") if TOKEN.fullmatch(token) else None
    if kept is None:
        raise Http404
    content, _end, name = unseal(kept, field=SEALED_AS).partition("\n")
    return base64.b64decode(content), name


def _refused_file(reading: Reading, faults: Any) -> HttpResponse:
    content = refused_rows.as_workbook(reading.table, reading.messages.mapped, faults)
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="refused-rows.xlsx"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
