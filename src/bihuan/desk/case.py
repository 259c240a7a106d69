"""The page of one case: head, stations, words, statements, timeline; beside them acts, clocks and parties."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor, may
from bihuan.cases import selectors as cases
from bihuan.cases.errors import NotFound
from bihuan.cases.shapes import MAIN, CasePage, MaskedContact, ThreadLine
from bihuan.desk import names
from bihuan.desk.attachments import attached
from bihuan.desk.called import called
from bihuan.desk.carried import called_for, carried
from bihuan.desk.clocks import ClockWords, clock_words
from bihuan.desk.drawn_papers import listed, signers
from bihuan.desk.frame import actor_of, show
from bihuan.desk.links import panel as links_of
from bihuan.desk.offers import Act, Retry, drawn_acts, holds
from bihuan.desk.progress import many, progress, told_alone, unspoken
from bihuan.desk.stations import stations
from bihuan.desk.timeline import Entry, Statement, by_office, short, statements, timeline, whose_line
from bihuan.desk.ways import asked_of, naming
from bihuan.rules.procedure.acts import OPENED
from bihuan.rules.procedure.course import TO_STATE, index_of
from bihuan.rules.procedure.shape import moves
from bihuan.rules.scope import Duty
from bihuan.web.guards import duty
from bihuan.web.requests import new_request_id
from bihuan.web.speech import Speech, speech

REPORTED = "what"
TOLD_ELSEWHERE = ("title", "external_number")
INSTRUCTION, LETTER = "instruction", "supervision"
"""The kinds of lines of work that have a paper of their own."""
NOT_DIALLED = re.compile(r"[^0-9+]")
CONTACT_FIELDS = ("name", "phone", "id_no", "address")


@duty(Duty.CASE_READ)
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """The case page. After an act that took the case out of this post's sight: back to my work with the message."""
    wanted = request.GET.get("act", "")
    thread, _dot, action = wanted.rpartition(".")
    try:
        return case_screen(request, case_id, Retry(thread=thread, action=action))
    except NotFound:
        if request.GET.get("done"):
            return HttpResponseRedirect(f"/desk/?done={case_id}")
        raise


def case_screen(
    request: HttpRequest, case_id: int, retry: Retry, *, shown: Mapping[str, str] | None = None, whose: int = 0
) -> HttpResponse:
    """Draw the case. ``shown``: contact fields just unmasked, the resident's or party ``whose``'s. Raises NotFound."""
    page = cases.case_page(actor := actor_of(request), case_id)
    say = speech(page.pack_digest)
    units = names.units(actor, units_named(page))
    hidden = told_alone(page, at_once := many(page.procedure))
    entries = timeline(page, say, units, without=unspoken(page, hidden) if hidden else ())
    acts = drawn_acts(page, actor, say, retry, entries)
    holder = next((thread for thread in page.threads if thread.name == MAIN), None)
    done, told_below = request.GET.get("done", ""), by_office(page.procedure)
    line = stations(page.procedure, page.state, page.reached, page.timeline)
    context = {
        "page": page,
        "links": links_of(actor, page, say),
        "href": f"/desk/case/{page.case_id}",
        "due": say.due(page.light, page.due_at, provisional=page.provisional),
        "waits": _waits(page, entries),
        **_promised(page, say),
        "closed": say.moment(page.closed_at),
        "place": page.area_name.replace("·", " · "),
        "kicker": _kicker(page, say),
        "stations": [
            {"title": say.say("station", page.procedure.key, one.state, otherwise=say.state(page.procedure.key, one.state)),
             "place": one.place, "day": say.day(one.at)}
            for one in line
        ],
        "step": next((n for n, one in enumerate(line, 1) if one.place == "now"), 0),
        "holder": holder.holder_unit_name if holder else "",
        "reported": entries[-1] if entries else None,
        "reported_words": reported_words(entries[-1], page, say) if entries else [],
        "statements": (said := _spoken(statements(entries, page), page)),
        "spoken": any(side.entry for side in said),
        "entries": [entry for entry in entries if entry.seq not in hidden],
        "papers": listed(page, say, units | names.units(actor, signers(page, say))),
        "files": attached(page, entries, actor),
        "clocks": [] if (elsewhere := _goes_on_elsewhere(page)) else _clocks(page, say, units, without=at_once),
        "elsewhere": elsewhere,
        "acts": [act for act in acts if not act.refused],
        **_turn(page, actor, acts, say),
        "stopped": [act for act in acts if act.refused],
        "side": [_thread_words(one, page, say, acts, entries, actor) for one in _beside(page, {*at_once, *told_below})],
        "sortable": bool(asked_of(say.pack, naming(page))),
        "progress": progress(page, actor, say),
        "called": called(page, entries, say, units, acts),
        "shown": shown or {},
        "can_reprint": Duty.CASE_OPEN in actor.duties,
        "can_unmask": Duty.CONTACT_UNMASK in actor.duties,
        "contact_rows": contact_rows(page.contact, {} if whose else shown or {}),
        "parties": _further(page, shown or {}, whose),
        "request_id": new_request_id(),
        "retry": retry,
        "changed": changed_words(retry, page, say),
        "lost": _lost(retry, acts),
        "done": say.event(page.procedure.key, done) if done else "",
        "done_key": done,
    }  # fmt: skip
    return show(request, "desk/case.html", context, status=retry.status, say=say)


def _promised(page: CasePage, say: Speech) -> dict[str, str]:
    """By when what is promised to the resident."""
    return {"promised": say.moment(page.promised_at), "promised_what": say.promise(page.procedure.key, page.promised_by)}


def _turn(page: CasePage, actor: Actor, acts: Sequence[Act], say: Speech) -> dict[str, Any]:
    """Whose turn it is, and what has to be done before the act that comes next by the rules."""
    holder = next((thread for thread in page.threads if thread.name == MAIN), None)
    own = bool(holder and holds(actor, holder))
    return {
        "turn_of": " · ".join(filter(None, (holder.holder_unit_name, say.post(holder.holder_post)))) if holder else "",
        "own_turn": own or any(act.primary for act in acts),
        "first": _owed_first(acts) if own else None,
        "residents": _residents_turn(page),
    }


def _residents_turn(page: CasePage) -> bool:
    """True while only the resident can move the matter on, or time: a window in which to ask for a review, to object."""
    leaving = [one for one in page.procedure.actions if page.state in one.from_ and moves(one)]
    return any("resident" in one.who for one in leaving) and not any("holder" in one.who for one in leaving)


def _owed_first(acts: Sequence[Act]) -> Act | None:
    """The act that comes next by the rules and is stopped by something that has to be done before; None where one may be done."""
    if any(act.primary and act.usual for act in acts):
        return None
    return next((act for act in acts if act.usual and act.refused and act.thread == MAIN), None)


def _clocks(page: CasePage, say: Speech, units: Mapping[int, str], *, without: Collection[str]) -> list[ClockWords]:
    """The clocks that are anybody's light, and the windows that run without one (in which to object, to ask for a review),
    but for those of lines of work that a table tells of.
    """
    shown = (one for one in page.clocks if (one.due_at or one.light) and (one.lit or one.state == "running"))
    told = (one for one in shown if one.thread.partition(":")[0] not in without)
    return [clock_words(one, page.procedure.key, say, office=whose_line(one.thread, page, units)) for one in told]


def changed_words(retry: Retry, page: CasePage, say: Speech) -> list[dict[str, str]]:
    """What somebody else did meanwhile: when, who, what."""
    return [
        {
            "at": say.moment(one.at),
            "who": " · ".join(filter(None, (one.who, one.unit_name))),
            "act": say.event(page.procedure.key, one.kind),
        }
        for one in retry.changed
    ]


def units_named(page: CasePage) -> set[int]:
    """The numbers on the page that may be units: holders, the centre, and those in facts that name no person."""
    offices, people = by_office(page.procedure), index_of(page.procedure).asked_for("person")
    found = {page.centre, *(thread.holder_unit for thread in page.threads)}
    found |= {int(thread.item) for thread in page.threads if thread.kind in offices and thread.item.isdecimal()}
    for entry in page.timeline:
        found |= {
            value
            for name, value in entry.facts.items()
            if isinstance(value, int) and not isinstance(value, bool) and (entry.kind, name) not in people
        }
    return found


def _kicker(page: CasePage, say: Speech) -> str:
    parts = (
        page.number,
        say.category(page.category),
        say.choice(page.kind, "kind") if page.kind else "",
        say.short_choice(page.weight, "weight") if page.weight else "",
        say.choice(page.urgency, "urgency") if page.urgency and page.urgency != "normal" else "",
        say.choice(page.channel, "channel") if page.channel else "",
    )
    return " · ".join(part for part in parts if part)


def _spoken(sides: list[Statement], page: CasePage) -> list[Statement]:
    """The three statements; none where the matter ended before anybody spoke, nor a single one that is not there yet."""
    return sides if (page.is_open and len(sides) > 1) or any(side.entry for side in sides) else []


def reported_words(first: Entry, page: CasePage, say: Speech) -> list[dict[str, Any]]:
    """The words of the opening: the account first, then what stands beside it under its title; the case's title not again."""
    opening = page.procedure.start_action
    told: list[dict[str, Any]] = []
    for words in first.words:
        if words.name in TOLD_ELSEWHERE or (words.text == page.title and not words.erased):
            continue
        title = "" if words.name == REPORTED else short(say.need(page.procedure.key, opening, words.name))
        told.append({"text": words.text, "erased": words.erased, "title": title})
    return sorted(told, key=lambda one: bool(one["title"]))


def _goes_on_elsewhere(page: CasePage) -> bool:
    """True for a case that was merged: the clocks of the other one tell now."""
    state = next((one for one in page.procedure.states if one.key == page.state), None)
    return state is not None and state.holder is not None and state.holder.nobody


def _waits(page: CasePage, entries: Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    """While the clock is paused: why, and until when, from the act that paused it."""
    if page.light != "paused":
        return ()
    paused = next((one.seq for one in reversed(page.timeline) if one.facts.get(TO_STATE) == page.state), 0)
    return next((entry.facts for entry in entries if entry.seq == paused), ())


def _further(page: CasePage, shown: Mapping[str, str], whose: int) -> list[dict[str, Any]]:
    """The further parties, masked, one perhaps in clear."""
    return [{"id": one.id, "rows": contact_rows(one, shown if one.id == whose else {})} for one in page.parties]


def contact_rows(contact: MaskedContact | None, shown: Mapping[str, str]) -> list[dict[str, str]]:
    """A contact as it is shown: masked, or in clear what was just unmasked."""
    titles = {"name": _("Full name"), "phone": _("Phone"), "id_no": _("Identity number"), "address": _("Address")}
    rows = []
    for key in CONTACT_FIELDS:
        masked = getattr(contact, key, "") if contact else ""
        if masked:
            value = shown.get(key, "")
            dial = NOT_DIALLED.sub("", value) if key == "phone" else ""
            rows.append({"key": key, "title": titles[key], "masked": masked, "value": value, "dial": dial})
    return rows


def _beside(page: CasePage, without: Collection[str] = ()) -> list[ThreadLine]:
    """The lines of work beside the main one: open ones by their limit, then those that have ended, the last first."""
    beside = [one for one in page.threads if one.name != MAIN and one.kind not in without]
    alive = sorted((one for one in beside if one.open), key=lambda one: (one.due_at is None, one.due_at or one.entered_at))
    return alive + sorted((one for one in beside if not one.open), key=lambda one: one.entered_at, reverse=True)


def _thread_words(
    thread: ThreadLine, page: CasePage, say: Speech, acts: Sequence[Act], entries: Sequence[Entry], actor: Actor
) -> dict[str, Any]:
    papers = may(actor, Duty.LETTER_READ)
    return {
        "paper": f"/desk/supervision/instruction/{page.case_id}/paper" if papers and thread.kind == INSTRUCTION else "",
        "letter": f"/desk/supervision/letter/{thread.item}" if papers and thread.kind == LETTER else "",
        "title": say.say("thread", page.procedure.key, thread.kind),
        "carries": carried(thread, page, say),
        "opener": called_for(thread, page, entries) if thread.open else None,
        "state": say.state(page.procedure.key, thread.state, thread.kind),
        "holder": thread.holder_unit_name or _whose(thread, page),
        "due": say.due(thread.light, thread.due_at),
        "open": thread.open,
        "since": say.moment(thread.entered_at),
        "acts": [act for act in acts if act.thread == thread.name and not act.refused],
        "said": _said_beside(thread, page),
    }


def _whose(thread: ThreadLine, page: CasePage) -> str:
    """The office whose part an ended line of work was, from what it did in it."""
    own = (entry for entry in page.timeline if entry.thread == thread.name and str(entry.unit) == thread.item)
    return next((entry.unit_name for entry in own), "")


def _said_beside(thread: ThreadLine, page: CasePage) -> list[str]:
    """The words said last in a line of work that its doer ended or answered: a finding, an opinion, a reason."""
    told = (entry for entry in reversed(page.timeline) if entry.thread == thread.name and entry.kind != OPENED)
    return next(([one.text for one in entry.words if one.text] for entry in told if entry.words), [])


def _lost(retry: Retry, acts: Sequence[Act]) -> list[str]:
    """Words typed into an act that is no longer possible: shown, so that they can be copied."""
    return [] if any(act.open for act in acts if not act.refused) else lost_words(retry)


def lost_words(retry: Retry) -> list[str]:
    """What was typed, as far as it is words."""
    return [str(value) for value in retry.typed.values() if isinstance(value, str) and len(value) > 1 and not value.isdigit()]
