"""Taking in a table of grids: look first (nothing is written), then take in; what was refused comes back as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.boundaries.areas import add_many
from bihuan.boundaries.services import CannotRedraw
from bihuan.desk import kept
from bihuan.desk.frame import actor_of, show
from bihuan.exchange import refused_rows
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.grids import GridList, read_grids, template
from bihuan.ledger import clock
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text
from bihuan.web.speech import Speech, speech

LARGEST = 4 * 1024 * 1024
FAULTS_SHOWN, SAMPLE = 50, 10
KEPT_AS = "grids"


@duty(Duty.AREA_MANAGE, methods=("GET", "POST"), largest=LARGEST + 64 * 1024)
def grids(request: HttpRequest) -> HttpResponse:
    """Choose a table; sent, what would become of each row. ``?template=yes`` gives an empty one."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    if request.method == "GET":
        return kept.workbook(template(say.pack), "grids.xlsx") if request.GET.get("template") else _ask(request, say)
    try:
        content, _name = kept.sent(request, LARGEST)
        read = read_grids(content, say.pack)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    return _preview(request, say, read, kept.keep(actor, KEPT_AS, content))


@duty(Duty.AREA_MANAGE, methods=("POST",))
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Take the looked-at table in, or give its refused rows as a file."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    try:
        read = read_grids(kept.kept(actor, KEPT_AS, token)[0], say.pack)
    except FileRefused as refused:
        return _ask(request, say, wrong=refused.say)
    if text(request.POST, "step") == "refused":
        return kept.workbook(refused_rows.as_workbook(read.table, read.mapped, read.faults), "refused-rows.xlsx")
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
