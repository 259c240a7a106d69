"""Taking in a list an administrator keeps (staff, duty roster): look first, then take in; refused rows come back as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.access.signin import today_here
from bihuan.desk import kept
from bihuan.desk.frame import actor_of, show
from bihuan.exchange import staffing
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.lists import Planned, template
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import text
from bihuan.web.speech import speech

LARGEST = 5 * 1024 * 1024
SHOWN = 50
KEPT_AS = "list"
Plan = Callable[[bytes], Planned]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of list: its words, where its pages lie, and what looks at it and takes it in."""

    title: str
    lead: str
    where: str
    back: str
    plan: Plan
    take: Plan
    outcomes: tuple[tuple[str, str], ...]


def ask(request: HttpRequest, sheet: Sheet, *, wrong: str = "") -> HttpResponse:
    """The page on which a file is chosen."""
    context = {"sheet": sheet, "wrong": {"": wrong} if wrong else {}, "wrong_words": wrong}
    return show(request, "desk/list_import.html", context, status=422 if wrong else 200)


def uploaded(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Look at the file that was sent; nothing is written."""
    try:
        content, name = kept.sent(request, LARGEST)
        planned = sheet.plan(content)
    except FileRefused as refused:
        return ask(request, sheet, wrong=refused.say)
    token = kept.keep(actor_of(request), KEPT_AS, content, name)
    return show(request, "desk/list_preview.html", _shown(sheet, planned, name, token))


def _shown(sheet: Sheet, planned: Planned, name: str, token: str) -> dict[str, Any]:
    words = dict(sheet.outcomes)
    return {
        "sheet": sheet,
        "name": name,
        "token": token,
        "counts": [(say, planned.counts.get(key, 0)) for key, say in sheet.outcomes],
        "ready": sum(planned.counts.values()),
        "refused": planned.refused,
        "lines": [(line, said, words[outcome]) for line, said, outcome in planned.lines[:SHOWN]],
        "faults": planned.faults[:SHOWN],
        "fault_count": len(planned.faults),
        "other_sheets": planned.listed.table.other_sheets,
    }


def taken(request: HttpRequest, sheet: Sheet, token: str) -> HttpResponse:
    """Give the refused rows of the kept file as a workbook, or take the others in. Raises Http404 for anybody else's file."""
    content, name = kept.kept(actor_of(request), KEPT_AS, token)
    try:
        if text(request.POST, "step") == "refused":
            return kept.workbook(sheet.plan(content).refused_file(), "refused-rows.xlsx")
        planned = sheet.take(content)
    except FileRefused as refused:
        return ask(request, sheet, wrong=refused.say)
    return show(request, "desk/list_done.html", _shown(sheet, planned, name, token))


# -- the staff ---------------------------------------------------------------------------------------------------------


def _staff(request: HttpRequest) -> Sheet:
    actor = actor_of(request)
    pack, today = speech(actor.pack_digest).pack, today_here(actor.pack_digest)
    return Sheet(
        title=_("Take in a list of staff"),
        lead=_("One row for each person and post; whoever is known by a name or number is not opened twice."),
        where="/desk/admin/people/import",
        back="/desk/admin/people",
        plan=lambda content: staffing.plan(content, actor=actor, pack=pack, today=today),
        take=lambda content: staffing.take_in(content, actor=actor, pack=pack, today=today),
        outcomes=(
            (staffing.NEW, _("new accounts")),
            (staffing.POST, _("new posts of people known")),
            (staffing.KNOWN, _("there already")),
        ),
    )


@duty(Duty.ACCOUNT_MANAGE, methods=("GET", "POST"), largest=LARGEST + 1024 * 1024)
def staff_upload(request: HttpRequest) -> HttpResponse:
    """Choose a list of staff; sent, what would become of each row."""
    sheet = _staff(request)
    return ask(request, sheet) if request.method == "GET" else uploaded(request, sheet)


@duty(Duty.ACCOUNT_MANAGE, methods=("POST",))
def staff_take(request: HttpRequest, token: str) -> HttpResponse:
    """Take the kept list of staff in, or give its refused rows."""
    return taken(request, _staff(request), token)


@duty(Duty.ACCOUNT_MANAGE)
def staff_template(_request: HttpRequest) -> HttpResponse:
    """An empty list to fill in."""
    note = _("One row for each person and post. Unit and post as they are called here; the example row may be deleted.")
    return kept.workbook(template(staffing.FIELDS, note), "staff.xlsx")
