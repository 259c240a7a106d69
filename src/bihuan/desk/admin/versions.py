"""Versions: a request to publish one, which a second person decides; and open matters that go on under one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.cases import migrating
from bihuan.cases.errors import Refused
from bihuan.cases.migrating import Foreseen
from bihuan.desk.admin.asking import LONGEST, place_areas, undecidable
from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.overlay_lines import narrowed
from bihuan.desk.admin.overlay_words import story_lines
from bihuan.desk.admin.rule_words import span_words
from bihuan.desk.frame import actor_of, show
from bihuan.packs import Pack
from bihuan.packs.comparing import Difference, differences
from bihuan.packs.edits import Place, limits
from bihuan.packs.lengths import UNITS
from bihuan.people import selectors as people
from bihuan.places import selectors as places
from bihuan.rulebook import proposals
from bihuan.rulebook import selectors as rulebook
from bihuan.rulebook.errors import NotDecidable
from bihuan.rulebook.overlays import proved
from bihuan.rulebook.proposals import ASKED, PUBLISHED, REFUSED, WITHDRAWN, Proposed
from bihuan.rules.scope import Duty
from bihuan.rules.terms import Span
from bihuan.web.guards import duty
from bihuan.web.requests import searched, text, unkeepable, whole_number
from bihuan.web.speech import Speech, speech

ROWS = 100
AT_ONCE = 400
"""Matters that one page foresees and one press moves."""


@duty(Duty.PACK_PUBLISH, methods=("GET", "POST"))
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """What somebody asks to publish, line by line; the second person agrees or refuses, the first may withdraw it."""
    found = proposals.proposal(number)
    if found is None:
        raise Http404
    asked, pack = found
    actor, wrong = actor_of(request), {}
    if request.method == "POST":
        step, words = text(request.POST, "step"), text(request.POST, "words")
        try:
            if step == "agree":
                overlay = pack if pack.base and asked.state == ASKED else None
                proposals.agree(number, actor.doer(), overlay=overlay, areas=place_areas() if overlay else ())
                own = f"/proposals/{number}" if asked.ends else f"?version={pack.digest[:16]}"
                return HttpResponseRedirect(f"/desk/admin/pack{own}")
            if step == "refuse" and not words and asked.asked_by != actor.account:
                wrong["words"] = _("Say why not.")
            elif step == "refuse" and len(words) <= LONGEST and not unkeepable(words):
                proposals.refuse(number, actor.doer(), words=words)
                return HttpResponseRedirect(f"/desk/admin/pack/proposals/{number}")
            else:
                wrong["words"] = _("This is too long: at most %(limit)s characters.") % {"limit": LONGEST}
        except NotDecidable as error:
            wrong[""] = undecidable(error)
    old, force = rulebook.pack(asked.against), rulebook.in_force()
    covers = old.covers if asked.ends else pack.covers
    stale = asked.state == ASKED and (
        asked.against != force.get(covers, force.get("")) or (bool(pack.base) and pack.base_digest != force.get(""))
    )
    say = speech(pack.digest) if asked.state == PUBLISHED else speech(asked.against)
    over = bool(covers)
    lines = narrowed(old, pack, speech(asked.against)) if over else difference_lines(old, pack, say)
    people_of = people.accounts({one for one in (asked.asked_by, asked.decided_by) if one})
    states = {
        ASKED: _("waits for a second person"),
        PUBLISHED: _("ended as agreed") if asked.ends else _("published"),
        REFUSED: _("not agreed to"),
        WITHDRAWN: _("withdrawn"),
    }
    context = {
        "asked": asked,
        "title": say.say("pack", "title", otherwise=pack.title),
        "state": states[asked.state],
        "open": asked.state == ASKED,
        "own": asked.asked_by == actor.account,
        "stale": stale,
        **_overlay(asked, pack, covers, speech(asked.against), stale=stale),
        "at": say.moment(asked.asked_at),
        "by": people_of[asked.asked_by].name if asked.asked_by in people_of else _("System"),
        "decided_at": say.moment(asked.decided_at),
        "decided_by": people_of[asked.decided_by].name if asked.decided_by in people_of else "",
        "was": old.version,
        "lines": lines,
        "gone": sum(bool(line.get("gone")) for line in lines) if asked.state == ASKED else 0,
        "wrong": wrong,
        "wrong_words": "",
    }
    return show(request, "desk/admin/pack_proposal.html", context, status=422 if wrong else 200, say=say)


def _overlay(asked: Proposed, pack: Pack, covers: str, say: Speech, *, stale: bool) -> dict[str, Any]:
    """Of a township's rules: where they hold, and whether the county's stories go on them, while it is not decided."""
    if not covers:
        return {}
    place = places.path_names([covers]).get(covers, covers)
    if asked.ends or asked.state != ASKED or stale:
        return {"area": place}
    found = proved(pack, place_areas())
    return {
        "area": place,
        "tried": True,
        "told": len(found.stories.held) + len(found.stories.failed),
        "unheard": len(found.stories.unheard),
        "failed": story_lines(found.stories, pack, say),
        "findings": found.findings,
        "holds": found.holds,
    }


def difference_lines(old: Pack, new: Pack, say: Speech) -> list[dict[str, str]]:
    """What differs, a line each, in words; warnings of single limits are left out where the pack's own were changed."""
    lines = []
    for one in differences(old, new):
        if old.lights != new.lights and one.group == "limit" and one.field in ("amber", "remind"):
            continue
        if one.field in ("source", "confidence") and one.group == "clock":
            continue
        if one.field == "approve.within" and one.group == "action":
            continue  # told at the limit of the approval
        if one.group == "clock" and one.field == "limits" and (lengths := _lengths(one, old, new, say)):
            lines += lengths
            continue
        lines.append({"what": _named(one, old, new, say), "was": _value(one.was, say), "now": _value(one.now, say)})
    return lines


def _named(one: Difference, old: Pack, new: Pack, say: Speech) -> str:
    """The thing's own name; of what has none the name of what it stands in, with its key."""
    fields = {
        "lights.amber": _("The light turns near so long before the limit"),
        "lights.remind": _("A first reminder so long before that"),
    }
    if one.group == "limit":
        said = next((EditWords(say).limit(place) for place in _places(new) if _is_of(place, one)), "")
        of = fields.get(f"lights.{one.field}", "")
        if said and (of or one.field == "span"):
            return " · ".join(part for part in (said, of) if part)
    parts = one.key.split(".")
    for size in range(len(parts), 1, -1):
        for group in dict.fromkeys((one.group, parts[0], "clock", "action")):
            key = ".".join([group, *parts[1:size]])
            for pack in (new, old):
                title = pack.say(key, say.language)
                if title != key:
                    rest = [*parts[size:], *([one.field] if one.field else [])]
                    return f"{title} · {'.'.join(rest)}" if rest else title
    return fields.get(one.field) or ".".join(one for one in (*parts, one.field) if one)


def _places(pack: Pack) -> Iterator[Place]:
    for procedure in pack.procedures.values():
        yield from limits(procedure)


def _is_of(place: Place, one: Difference) -> bool:
    """Whether it stands where the difference does: a limit with a key under its clock, one without in the clock itself."""
    key = place.limit.key if one.group == "limit" else ""
    return one.key.split(".")[1:] == [part for part in (place.procedure, place.thread, place.clock.key, key) if part]


def _lengths(one: Difference, old: Pack, new: Pack, say: Speech) -> list[dict[str, str]]:
    """The lengths of time that differ among a clock's limits without keys, a line each."""
    was = {place.index: place.span for place in _places(old) if _is_of(place, one)}
    return [
        {"what": EditWords(say).limit(place), "was": span_words(before), "now": span_words(place.span)}
        for place in _places(new)
        if _is_of(place, one) and (before := was.get(place.index)) and before != place.span
    ]


def _value(value: str, say: Speech) -> str:
    """A length of time in words; anything else as the pack writes it."""
    n, _space, unit = value.partition(" ")
    if n.isdigit() and unit in UNITS:
        return span_words(Span(int(n), unit))
    return say.pack.say(f"office.{value}", say.language).removeprefix("office.") if value.isidentifier() else value


# -- migration ---------------------------------------------------------------------------------------------------------


@duty(Duty.PACK_PUBLISH, methods=("GET", "POST"))
def migrate(request: HttpRequest) -> HttpResponse:
    """Open matters that began under another version: what would become of each, and the act that lets them go on."""
    actor, wrong = actor_of(request), {}
    sent = text(request.POST, "to") if request.method == "POST" else searched(request, "to")
    force = rulebook.in_force()
    digest = next((one for one in force.values() if sent and one.startswith(sent)), "" if sent else force.get("", ""))
    if not digest:
        raise Http404
    if request.method == "POST":
        try:
            done = migrating.migrate(actor, digest, reason=text(request.POST, "reason"), limit=AT_ONCE)
        except Refused as refused:
            wrong["reason"] = refused.say
        else:
            where = f"to={digest[:16]}&moved={len(done.moved)}&stay={len(done.refused)}"
            return HttpResponseRedirect(f"/desk/admin/pack/migrate?{where}")
    say, pack = speech(digest), rulebook.pack(digest)
    waiting = list(migrating.waiting(actor, pack, live=force.values()).values_list("pk", flat=True))
    found = list(migrating.foreseen(waiting[:AT_ONCE], pack, say.calendar))
    going = [one for one in found if one.goes]
    changing = [one for one in going if one.shifts]
    context = {
        "title": say.say("pack", "title", otherwise=pack.title),
        "version": pack.version,
        "area": pack.covers,
        "to": digest[:16],
        "others": [
            {"digest": one[:16], "title": rulebook.pack(one).title, "version": rulebook.pack(one).version, "here": one == digest}
            for one in force.values()
        ],
        "waiting": len(waiting),
        "looked_at": len(found),
        "going": len(going),
        "unchanged": len(going) - len(changing),
        "more": max(0, len(changing) - ROWS),
        "staying": len(found) - len(going),
        "late": sum(bool(one.late) for one in found),
        "rows": _rows(changing, say)[:ROWS],
        "stays": _stays([one for one in found if not one.goes], say),
        "moved": whole_number(request.GET.get("moved")) if "moved" in request.GET else None,
        "stay": whole_number(request.GET.get("stay")),
        "reason": text(request.POST, "reason"),
        "wrong": wrong,
        "wrong_words": "",
    }
    return show(request, "desk/admin/pack_migrate.html", context, status=422 if wrong else 200, say=say)


def _rows(found: Sequence[Foreseen], say: Speech) -> list[dict[str, Any]]:
    """The matters whose limits would move, those first that would be overdue by it."""
    return [
        {
            "number": one.number,
            "version": one.version,
            "state": say.state(one.procedure, one.state),
            "late": bool(one.late),
            "shifts": [
                {
                    "clock": say.clock(_part(one.procedure, shift.thread), shift.clock),
                    "before": say.full(shift.before) or _("none"),
                    "after": say.full(shift.after) or _("none"),
                }
                for shift in one.shifts
            ],
        }
        for one in sorted(found, key=lambda one: (not one.late, one.number))
    ]


def _part(procedure: str, thread: str) -> str:
    kind = thread.partition(":")[0]
    return procedure if kind == "main" else f"{procedure}.{kind}"


def _stays(found: Sequence[Foreseen], say: Speech) -> list[dict[str, Any]]:
    """Why the others stay where they are, with how many and the first numbers."""
    reasons = Counter(((one.version, one.procedure), why) for one in found for why in one.obstacles)
    return [
        {
            "n": n,
            "why": _obstacle(why.what) % {"state": say.state(procedure, why.state, why.kind), "kind": why.kind},
            "version": version,
            "numbers": [one.number for one in found if why in one.obstacles][:6],
        }
        for ((version, procedure), why), n in reasons.most_common()
    ]


def _obstacle(what: str) -> str:
    return {
        "thread": _("the new version has no line of work “%(kind)s”"),
        "state": _("the new version has no stage “%(state)s”"),
        "final": _("in the new version the stage “%(state)s” is an end"),
        "before": _("the new version lacks the stage that “%(state)s” leads back to"),
        "nobody": _("in the new version nobody would hold it in “%(state)s”"),
    }[what]
