"""Notices: what this post should know, newest first; opening one marks it read and leads to its matter."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound
from bihuan.cases.shapes import SeenCase
from bihuan.desk.frame import actor_of, show
from bihuan.desk.notice_words import sentence
from bihuan.ledger import clock
from bihuan.notify import selectors
from bihuan.notify.services import mark_read
from bihuan.notify.shapes import NoticeLine
from bihuan.web.guards import signed_in
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 50


@signed_in("GET", "POST")
def notices(request: HttpRequest) -> HttpResponse:
    """The list; posting marks all that were on it read."""
    actor = actor_of(request)
    if request.method == "POST":
        mark_read(actor, up_to=whole_number(text(request.POST, "up_to")))
        return HttpResponseRedirect("/desk/notices")
    hidden = cases.kept_from(actor)
    page = selectors.notices(actor, clock.now(), hidden, before=whole_number(request.GET.get("before")), limit=ROWS)
    known = cases.seen(actor, {line.case_id for line in page.lines if line.case_id})
    say = speech(actor.pack_digest)
    context = {
        "lines": [_line(line, known.get(line.case_id), say) for line in page.lines],
        "up_to": page.lines[0].id if page.lines else 0,
        "fresh": any(not line.read for line in page.lines),
        "more": f"{request.path}?before={page.before}" if page.before else "",
    }
    return show(request, "desk/notices.html", context, say=say)


@signed_in("POST")
def open_notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark one read and go where it leads. Raises NotFound: no such notice of this post, or not to be known any more."""
    actor = actor_of(request)
    found = selectors.notice(actor, clock.now(), cases.kept_from(actor), notice_id)
    if found is None:
        raise NotFound(_("There is no such notice."))
    mark_read(actor, [found.id])
    return HttpResponseRedirect(f"/desk/case/{found.case_id}" if found.case_id else found.href or "/desk/notices")


def _line(line: NoticeLine, known: SeenCase | None, say: Speech) -> dict[str, object]:
    """One line; a matter that has left this post's sight keeps its sentence and leads nowhere."""
    leads = known is not None or (not line.case_id and bool(line.href))
    return {
        "id": line.id,
        "words": sentence(line, known, say),
        "sub": f"{known.number} · {known.title}" if known and known.title else known.number if known else "",
        "at": say.moment(line.at),
        "iso": line.at.isoformat(),
        "fresh": not line.read,
        "leads": leads,
    }
