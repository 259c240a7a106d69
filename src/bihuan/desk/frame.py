"""The desk's frame: side list, what was just done, and the words in which everything on it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.rulebook import selectors as rulebook
from bihuan.rules.scope import Duty
from bihuan.web.speech import Speech, speech


@dataclass(frozen=True, slots=True)
class Room:
    """One line of the side list; ``group`` lines only head those below."""

    title: str
    href: str = ""
    here: bool = False
    group: bool = False


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in actor; the view's guard has made sure of one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


LISTS, ERRANDS = "/desk/lists", "/desk/services"
Way = tuple[str, str, tuple[Duty, ...]]
"""A room's title, its address, and the duties one of which leads there; none = every post."""


def _groups() -> list[tuple[str, list[Way]]]:
    """The rooms in the order of a day's work; the first group has no head."""
    return [
        (
            "",
            [
                (_("My work"), "/desk/", ()),
                (_("Sorting desk"), "/desk/triage", (Duty.CASE_ASSIGN,)),
                (_("Between the levels"), "/desk/township", (Duty.CASE_ASSIGN,)),
                (_("Register a matter"), "/desk/register", (Duty.CASE_OPEN,)),
                (_("All matters"), "/desk/cases", (Duty.CASE_READ,)),
                (_("Follow-up calls"), "/desk/calls", (Duty.CASE_FOLLOW_UP,)),
                (_("Service records"), "/desk/records", (Duty.RECORD_READ, Duty.RECORD_WRITE)),
                (_("Errands"), ERRANDS, (Duty.CASE_OPEN, Duty.RECORD_WRITE)),
            ],
        ),
        (
            _("Figures"),
            [
                (_("Board"), "/desk/board", (Duty.REPORT_READ,)),
                (_("Monthly table"), "/desk/monthly", (Duty.REPORT_READ,)),
                (_("Lists"), LISTS, (Duty.CASE_READ,)),
                (_("Supervision"), "/desk/supervision", (Duty.LETTER_READ,)),
            ],
        ),
        (
            _("Rules and places"),
            [
                (_("Duty list"), "/desk/admin/duty-list", (Duty.PACK_READ,)),
                (_("Rules in force"), "/desk/admin/pack", (Duty.PACK_READ,)),
                (_("Areas"), "/desk/admin/areas", (Duty.AREA_MANAGE,)),
                (_("Units"), "/desk/admin/units", (Duty.UNIT_MANAGE,)),
                (_("Working days"), "/desk/admin/calendar", (Duty.PACK_READ, Duty.CALENDAR_LOAD)),
            ],
        ),
        (
            _("Looking after"),
            [
                (_("Take in a table"), "/desk/import", (Duty.IMPORT_RUN,)),
                (_("Imports"), "/desk/admin/imports", (Duty.IMPORT_RUN, Duty.CASE_APPROVE)),
                (_("Looks at personal data"), "/desk/looks", (Duty.LOOK_READ,)),
                (_("Staff and posts"), "/desk/admin/people", (Duty.ACCOUNT_MANAGE, Duty.POST_MANAGE)),
                (_("Ledger"), "/desk/ledger", (Duty.LEDGER_READ,)),
                (_("Duties and scope"), "/desk/duties", ()),
            ],
        ),
    ]


def rooms(actor: Actor, path: str) -> list[Room]:
    """The side list of this actor: only rooms the post may enter, under the heads of their groups."""
    found: list[Room] = []
    for head, ways in _groups():
        open_to = [way for way in ways if not way[2] or any(duty in actor.duties for duty in way[2])]
        open_to = [way for way in open_to if way[1] not in NAMED or NAMED[way[1]](actor)]
        if head and open_to:
            found.append(Room(head, group=True))
        found += [Room(title, href, here=_is_here(href, path)) for title, href, _duties in open_to]
    return found


def _keeps_lists(actor: Actor) -> bool:
    """True where the rules in force name lists or figures; where they name none there is no such room."""
    later = rulebook.pack(actor.pack_digest).later if actor.pack_digest else None
    return later is not None and bool(later.lists or later.indicators)


def _runs_errands(actor: Actor) -> bool:
    """True where the rules in force name errands."""
    return bool(actor.pack_digest and rulebook.pack(actor.pack_digest).catalogue.services)


NAMED: Mapping[str, Callable[[Actor], bool]] = {LISTS: _keeps_lists, ERRANDS: _runs_errands}
"""Rooms that are there only where the rules of the place fill them."""


def _is_here(href: str, path: str) -> bool:
    return path == href or (href != "/desk/" and path.startswith(href + "/"))


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, say: Speech | None = None
) -> HttpResponse:
    """Render a screen of the desk."""
    actor = actor_of(request)
    ways = context.setdefault("desk_nav", rooms(actor, request.path))
    context["desk_here"] = next((room.title for room in ways if room.here), "")
    context.setdefault("bell", bell(actor))
    context["say"] = say = say or speech(actor.pack_digest)
    context["post_title"] = say.post(actor.post, actor.post_title)
    context["seats"] = seats(actor, say)
    return render(request, template, context, status=status)


def seats(actor: Actor, say: Speech) -> list[dict[str, object]]:
    """The posts that the actor may sit in today, for the switch on every page; none where there is but one."""
    return [
        {
            "id": seat.post_id,
            "title": say.post(seat.post, seat.post),
            "unit": seat.unit_name,
            "here": seat.post_id == actor.post_id,
            "instead_of": seat.instead_of_name or "",
        }
        for seat in actor.seats
    ]


def bell(actor: Actor) -> dict[str, str]:
    """Where the notices are and how many wait to be read; the session's own statement has counted them."""
    waiting = f"{MOST_SHOWN}+" if actor.waiting > MOST_SHOWN else str(actor.waiting or "")
    return {"href": "/desk/notices", "count": waiting}


MOST_SHOWN = 99
SMALL = 12  # digits: a village's code and everything below it


def own_area(actor: Actor, post: QueryDict) -> str:
    """The place a new form begins with: the actor's own where that is a village or a grid; nothing once a form was sent."""
    return actor.area_code if not post and len(actor.area_code) >= SMALL else ""
