"""The slip a resident takes home: number, tracking code, who deals with it, by when, and where to ask."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bihuan.cases import selectors as cases
from bihuan.cases.receipts import Receipt
from bihuan.desk.frame import show
from bihuan.web.qr import qr
from bihuan.web.speech import speech

TOLD = frozenset({"matter", "petition", "dispute"})
"""Families of case types in which somebody reported something; in the others something is done for them."""


def slip_screen(
    request: HttpRequest, *, code: str, number: str = "", receipt: Receipt | None = None, again: bool = False,
    draft: str = "register",
) -> HttpResponse:  # fmt: skip
    """The slip in large type: of the receipt with its number, or as the case stands by now.

    ``draft``: the form that is done with. Read with the tracking code: also where the matter has just left the clerk's sight.
    """
    page = None if receipt else cases.tracking(code)
    track = receipt or page
    say = speech(track.pack_digest if track else "")
    address = request.build_absolute_uri(f"/t/{code}")
    context = {
        "number": number or (page.number if page else ""),
        "code": code,
        "title": track.title if track else "",
        "office": track.office if track else "",
        "opened": say.full(track.opened_at) if track else "",
        "promised": say.full(track.promised_at) if track else "",
        "promised_what": say.promise(track.procedure.key, track.promised_by) if track else "",
        "reported": not track or track.procedure.family in TOLD,
        "asked_later": bool(track and "rating" in track.procedure.said_by().values()),
        "provisional": bool(track and track.provisional),
        "phone": say.say("centre", "phone", otherwise="\0").replace("\0", ""),
        "place": say.say("area", "name"),
        "address": address,
        "qr": qr(address),
        "again": again,
        "draft": draft,
    }
    return show(request, "desk/slip.html", context, status=200 if again else 201, say=say)
