"""Photographs and documents at the desk: the panel of the case page, and fetching one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import attachments
from bihuan.cases import selectors as cases
from bihuan.cases.errors import Refused
from bihuan.cases.files_erased import DUTIES, erase_file
from bihuan.cases.shapes import CasePage
from bihuan.desk.frame import actor_of, show
from bihuan.desk.timeline import Entry, why_words
from bihuan.rules.scope import Duty
from bihuan.web.downloads import to_save, to_show
from bihuan.web.guards import duty
from bihuan.web.requests import text


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWords:
    """One attachment as the panel shows it; ``picture``: the address of its small picture, "" = it is a document.

    ``href`` "" = erased: only that it was there is still to be seen. ``erase``: where it is erased, "" = not by this post.
    """

    name: str
    href: str
    picture: str
    kind: str
    about: str
    public: bool
    erase: str = ""


def attached(page: CasePage, entries: Sequence[Entry], actor: Actor) -> list[FileWords]:
    """The case's files in the order they came, with who added each and when."""
    may_erase = bool(set(DUTIES) & set(actor.duties))
    by_seq = {entry.seq: entry for entry in entries}
    told = []
    for line in page.files:
        href = "" if line.erased else f"/desk/case/{page.case_id}/file/{line.id}"
        entry = by_seq.get(line.seq)
        about = (entry.who, entry.at) if entry else ()
        told.append(
            FileWords(
                name=_("erased") if line.erased else line.name,
                href=href,
                picture=f"{href}/thumb" if href and line.pictured else "",
                kind=line.kind.upper(),
                about=" · ".join((*about, str(filesizeformat(line.size)))),
                public=line.seen_by_resident and not line.erased,
                erase=f"{href}/erase" if href and may_erase else "",
            )
        )
    return told


@duty(Duty.CASE_READ)
def download(request: HttpRequest, case_id: int, file_id: int) -> HttpResponse:
    """Fetch an attachment to be saved. That one which is not public was fetched is written down."""
    return to_save(request, lambda: attachments.download(actor_of(request), case_id, file_id))


@duty(Duty.CASE_READ)
def thumb(request: HttpRequest, case_id: int, file_id: int) -> HttpResponse:
    """The small picture of a photograph."""
    return to_show(request, lambda: attachments.small_picture(actor_of(request), case_id, file_id))


@duty(*DUTIES, methods=("GET", "POST"))
def erase(request: HttpRequest, case_id: int, file_id: int) -> HttpResponse:
    """Ask why one attachment is to be erased; sent, erase it: name and bytes go, that it was there and was erased stays."""
    actor = actor_of(request)
    wrong, why = "", text(request.POST, "why")
    if request.method == "POST":
        try:
            erase_file(actor, case_id, file_id, why=why)
            return HttpResponseRedirect(f"/desk/case/{case_id}?done=files_erased")
        except Refused as refused:
            wrong = refused.say
    line = attachments.attached(actor, case_id, file_id)
    number, title = cases.titles(actor, [case_id]).get(case_id, ("", ""))
    context = {
        "href": f"/desk/case/{case_id}/file/{file_id}",
        "back": f"/desk/case/{case_id}",
        "file": line,
        "number": number,
        "title": title,
        "whys": [{"value": value, "title": words, "chosen": value == why} for value, words in why_words().items()],
        "wrong": wrong,
    }
    return show(request, "desk/file_erase.html", context, status=422 if wrong else 200)
