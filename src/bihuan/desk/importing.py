"""Taking in a table of messages: look first (nothing is written), then take in; what was refused comes back as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.desk import kept, names
from bihuan.desk.frame import actor_of, show
from bihuan.exchange import importer, refused_rows
from bihuan.exchange.columns import FIELDS, TITLES, Field
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.importer import Reading
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.opening import TYPE
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

LARGEST = 20 * 1024 * 1024
SAMPLE, FAULTS_SHOWN = 5, 50
KEPT_AS = "import"


@duty(Duty.IMPORT_RUN, methods=("GET", "POST"), largest=LARGEST + 1024 * 1024)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; sent, what it says and what would become of each row."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    if request.method == "GET":
        return _ask(request, say)
    try:
        content, name = kept.sent(request, LARGEST)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    return _preview(request, say, actor, content, name)


@duty(Duty.IMPORT_RUN, methods=("POST",))
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Read the kept file again with other columns, give its refused rows as a file, or take it in."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    content, name = kept.kept(actor, KEPT_AS, token)
    step = text(request.POST, "step")
    if step == "again":
        return _preview(request, say, actor, content, name, token)
    kind, chosen, procedure = text(request.POST, "kind"), _chosen(request), text(request.POST, TYPE)
    if step == "refused":
        reading, outcome = importer.import_file(
            content, actor=actor, pack=say.pack, kind=kind, chosen=chosen, procedure=procedure, dry_run=True
        )
        return _refused_file(reading, outcome.faults)
    try:
        reading, outcome = importer.import_file(
            content, actor=actor, pack=say.pack, kind=kind, chosen=chosen, procedure=procedure, file_name=name
        )
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
        "type": procedure,
        "chosen": chosen,
    }
    return show(request, "desk/import_done.html", context, say=say)


def _ask(request: HttpRequest, say: Speech, *, wrong: str = "") -> HttpResponse:
    context = {
        "kinds": _kinds(say),
        "kind": text(request.POST, "kind"),
        "types": names.procedures(say),
        "type": text(request.POST, TYPE) or say.pack.usual(),
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


def _preview(request: HttpRequest, say: Speech, actor: Actor, content: bytes, name: str, token: str = "") -> HttpResponse:
    kind, chosen, procedure = text(request.POST, "kind"), _chosen(request), text(request.POST, TYPE)
    try:
        reading = importer.read_file(content, say.pack, chosen=chosen, kind=kind, procedure=procedure)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    messages = reading.messages
    context: dict[str, Any] = {
        "name": name,
        "token": kept.keep(actor, KEPT_AS, content, name, token=token),
        "kinds": _kinds(say),
        "kind": kind,
        "types": names.procedures(say),
        "type": procedure or say.pack.usual(),
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


def _refused_file(reading: Reading, faults: Any) -> HttpResponse:
    return kept.workbook(refused_rows.as_workbook(reading.table, reading.messages.mapped, faults), "refused-rows.xlsx")
