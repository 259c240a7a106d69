"""The catalogue of errands at the desk: what can be done on a resident's behalf, what to bring, how long it may take."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.desk.frame import actor_of, show
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.opening import errand_type, errands
from bihuan.web.speech import speech


@duty(Duty.CASE_OPEN, Duty.RECORD_WRITE)
def services(request: HttpRequest) -> HttpResponse:
    """Every errand of the pack under its heading, each with the way to register it."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    kind = errand_type(say, actor.post) if Duty.CASE_OPEN in actor.duties else ""
    return show(request, "desk/services.html", {"errands": errands(say), "type": kind}, say=say)
