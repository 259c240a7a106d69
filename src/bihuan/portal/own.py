"""What is held on the resident of a matter: seen, taken as a file, corrected, erased."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.cases import own_data
from bihuan.cases import selectors as cases
from bihuan.cases.errors import Refused
from bihuan.cases.opening import LIMITS
from bihuan.cases.own_data import Copy, OwnData
from bihuan.cases.shapes import TrackPage
from bihuan.people import selectors as people
from bihuan.people.services import ContactDetails
from bihuan.portal.frame import may_act, may_look, show
from bihuan.portal.track import CODE, unknown
from bihuan.safekeeping.personal import register
from bihuan.web.downloads import file_to_save
from bihuan.web.guards import anyone
from bihuan.web.requests import text
from bihuan.web.speech import Speech, speech

FIELDS = ("name", "phone", "id_no", "address")
DONE = ("corrected", "erased")


@anyone("GET", "POST")
def own(request: HttpRequest, code: str) -> HttpResponse:
    """The page of what is held; a form says which of the three is wanted (``do``: copy, correct, erase)."""
    posted = request.method == "POST"
    (may_act if posted else may_look)(request)
    held = own_data.own_data(code) if CODE.match(code) else None
    if held is None:
        return unknown(request, code)
    if not posted:
        return _screen(request, code, held)
    do, phone = text(request.POST, "do"), text(request.POST, "confirm")
    try:
        if do == "copy":
            return _file(code, own_data.copy(held, phone))
        if do == "erase":
            own_data.erase(held, phone)
            return HttpResponseRedirect(f"/t/{code}/mine?done=erased")
        own_data.correct(held, phone, ContactDetails(**{name: text(request.POST, name) for name in FIELDS}))
    except Refused as refused:
        wrong = {refused.field: refused.say} if refused.field else {}
        return _screen(request, code, held, do=do, wrong=wrong, said="" if wrong else refused.say)
    return HttpResponseRedirect(f"/t/{code}/mine?done=corrected")


def _titles() -> Mapping[str, str]:
    return {"name": _("Full name"), "phone": _("Phone"), "id_no": _("Identity number"), "address": _("Home address")}


def _screen(
    request: HttpRequest, code: str, held: OwnData, *, do: str = "", wrong: Mapping[str, str] | None = None, said: str = ""
) -> HttpResponse:
    contact, done = held.contact, request.GET.get("done", "")
    context = {
        "code": code,
        "held": held,
        "rows": [(title, getattr(contact, name)) for name, title in _titles().items() if getattr(contact, name)]
        if contact
        else [],
        "fields": [{"name": name, "title": title, "longest": LIMITS[name]} for name, title in _titles().items()],
        "kept": _why(),
        "years": settings.KEEP_YEARS,
        "done": done if done in DONE else "",
        "do": do,
        "wrong": wrong or {},
        "said": said,
    }
    refused = wrong or said
    return show(request, "portal/own.html", context, status=(422 if wrong else 409) if refused else 200)


def _file(code: str, copy: Copy) -> HttpResponse:
    """Everything in one file of plain text that any computer and telephone opens."""
    page = cases.tracking(code)
    say = speech(page.pack_digest if page else "")
    lines = [_("What is held on you"), say.full(say.now), ""]
    lines += [f"{title}：{getattr(copy.details, name)}" for name, title in _titles().items() if getattr(copy.details, name)]
    lines += ["", _("Who has looked at it"), *(_looks(copy, say) or [_("nobody has looked at it")])]
    lines += ["", _("The matter"), *copy.reported, *(_matter(page, say) if page else [])]
    lines += ["", _("Why it is held, and for how long"), *(" ".join(one) for one in _why())]
    what = _("What is held on you")
    name = f"{what}-{say.calendar.local(say.now):%Y%m%d}.txt"
    return file_to_save("\ufeff" + "\r\n".join(lines) + "\r\n", "text/plain; charset=utf-8", name)


def _looks(copy: Copy, say: Speech) -> list[str]:
    """When and in which office's which post, never which member of staff."""
    names = people.unit_names({one.unit for one in copy.looks})
    return [f"{say.full(one.at)} {names.get(one.unit, '')} {say.post(one.post)}" for one in copy.looks]


def _matter(page: TrackPage, say: Speech) -> list[str]:
    lines = [f"{page.number} {page.title}"]
    for step in page.steps:
        said = [words.text for words in step.words if words.public and words.text]
        title = say.say("step", page.procedure.key, step.kind, otherwise="\0")
        if title != "\0":
            title = title.replace("{office}", step.office or page.office).replace("{unit}", step.unit_name)
            lines += [f"{say.full(step.at)} {title.partition('{')[0]}".rstrip(), *said]
    return lines + [line.name for line in page.files]


def _why() -> list[tuple[str, str]]:
    """What is held on residents, each in plain words of the reader's language with the ground in law."""
    language = get_language() or ""
    return [(one.said.of(language), one.basis) for one in register().held if one.of_residents and one.said]
