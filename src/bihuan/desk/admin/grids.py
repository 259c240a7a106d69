"""Taking in a table of grids: look first (nothing is written), then take in; what was refused comes back as a file."""

from __future__ import annotations

import base64
import re
import secrets

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.boundaries.areas import add_many
from bihuan.boundaries.services import CannotRedraw
from bihuan.desk.frame import actor_of, show
from bihuan.exchange import refused_rows
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.grids import GridList, read_grids, template
from bihuan.ledger import clock
from bihuan.rules.scope import Duty
from bihuan.vault import seal, unseal
from bihuan.web.guards import duty
from bihuan.web.requests import text
from bihuan.web.speech import Speech, speech

KEPT_SECONDS = 3600
LARGEST = 4 * 1024 * 1024
FAULTS_SHOWN, SAMPLE = 50, 10
SEALED_AS = "desk.grids"
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@duty(Duty.AREA_MANAGE, methods=("GET", "POST"), largest=LARGEST + 64 * 1024)
def grids(request: HttpRequest) -> HttpResponse:
    """Choose a table; sent, what would become of each row. ``?template=yes`` gives an empty one."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    if request.method == "GET":
        return _file(template(say.pack), "grids.xlsx") if request.GET.get("template") else _ask(request, say)
    file = request.FILES.get("file")
    if file is None:
        return _ask(request, say, wrong=_("Please choose a file."))
    if (file.size or 0) > LARGEST:
        return _ask(request, say, wrong=_("The file is larger than %(size)s MB.") % {"size": LARGEST // 1024 // 1024})
    content = file.read()
    try:
        read = read_grids(content, say.pack)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    token = secrets.token_urlsafe(24)
    cache.set(f"grids:{actor.account}:{token}", seal(base64.b64encode(content).decode(), field=SEALED_AS), KEPT_SECONDS)
    return _preview(request, say, read, token)


@duty(Duty.AREA_MANAGE, methods=("POST",))
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Take the looked-at table in, or give its refused rows as a file."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    try:
        read = read_grids(_kept(actor, token), say.pack)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    if text(request.POST, "step") == "refused":
        return _file(refused_rows.as_workbook(read.table, read.mapped, read.faults), "refused-rows.xlsx")
    rows = [(one.above, one.name, one.code) for one in read.ready]
    try:
        added = add_many(actor=actor, pack=say.pack, rows=rows, begins=say.calendar.local(clock.now()).date())
    except CannotRedraw as refused:
        return _ask(request, say, wrong=refused.say)
    return _preview(request, say, read, token, added=added)


def _ask(request: HttpRequest, say: Speech, *, wrong: str = "") -> HttpResponse:
    context = {"wrong_words": wrong, "wrong": {"": wrong} if wrong else {}}
    return show(request, "desk/admin/grids.html", context, status=422 if wrong else 200, say=say)


def _preview(request: HttpRequest, say: Speech, read: GridList, token: str, *, added: int | None = None) -> HttpResponse:
    context = {
        "token": token,
        "done": added is not None,
        "added": added,
        "ready": len(read.ready),
        "already": len(read.already) + (len(read.ready) - added if added is not None else 0),
        "refused": len(read.refused_lines),
        "faults": read.faults[:FAULTS_SHOWN],
        "sample": read.ready[:SAMPLE],
    }
    return show(request, "desk/admin/grids_preview.html", context, say=say)


def _kept(actor: Actor, token: str) -> bytes:
    """The kept table of this account. Raises Http404 after an hour, and for anybody else's token."""
    kept = cache.get(f"grids:{actor.account}:{token}") if TOKEN.fullmatch(token) else None
    if kept is None:
        raise Http404
    return base64.b64decode(unseal(kept, field=SEALED_AS))


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
