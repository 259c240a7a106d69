"""The sorting desk: what came in at the left, the one that is open at the right with all that is suggested and why.

Everything suggested can be changed and nothing happens by itself: a dispatcher sends the form. Accepting and assigning go
through the door as two acts in one transaction, each with its own verdict; then the next matter opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases import alike, errors, services, sorting
from bihuan.cases.errors import Changed, NotFound
from bihuan.cases.shapes import Command, Done, Verdict
from bihuan.desk import names
from bihuan.desk.acts import spec_of, with_basis
from bihuan.desk.frame import actor_of, show
from bihuan.desk.lines import lines
from bihuan.dispatch import selectors as dispatch
from bihuan.people import selectors as people
from bihuan.places import selectors as places
from bihuan.rules.procedure.shape import Action, Need
from bihuan.rules.scope import Duty
from bihuan.rules.suggesting import Hint, Hints, NamedArea, Report
from bihuan.web import forms, picks
from bihuan.web.errors import BadRequest
from bihuan.web.forms import Field, Option
from bihuan.web.guards import duty
from bihuan.web.requests import new_request_id, request_id, searched, seen, text, whole_number
from bihuan.web.speech import Speech, speech

PLACE, ACCEPT, ASSIGN, DECLINE = "move_area", "accept", "assign", "decline"
STEPS: Mapping[str, tuple[str, ...]] = {"both": (ACCEPT, ASSIGN), ACCEPT: (ACCEPT,), ASSIGN: (ASSIGN,), DECLINE: (DECLINE,)}
"""What a button does: the acts of the pack, in order."""
FOLLOWING = frozenset({"office", "basis"})
"""What follows from the category: suggested anew when another one is chosen."""
HREF = "/desk/triage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What was typed into a form that did not go through, to be shown again with what is wrong."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    changed: Sequence[Changed] = ()
    declining: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """The places a dispatcher may name, by code, and the offices a matter may be about or go to, by number."""

    areas: Mapping[str, str]
    units: Mapping[int, str]


@duty(Duty.CASE_ASSIGN)
def triage(request: HttpRequest) -> HttpResponse:
    """The list and the matter that is open: the one named in the address, else the first."""
    return screen(request, whole_number(request.GET.get("case")), Retry())


@duty(Duty.CASE_ASSIGN, methods=("POST",))
def sort(request: HttpRequest, case_id: int) -> HttpResponse:
    """Accept, assign, both, or decline. Not possible: the same screen with what was typed and what is wrong."""
    if "find" in request.POST or "again" in request.POST:  # without a script: the same screen with what was looked for
        typed = {name: value for name, value in _typed(request).items() if name not in FOLLOWING or "again" not in request.POST}
        return screen(request, case_id, Retry(typed=typed))
    actor = actor_of(request)
    wanted = STEPS.get(text(request.POST, "do"), ())
    area = text(request.POST, "f-area") or text(request.POST, "area")
    if area and ACCEPT in wanted and spec_of(request, "main", PLACE)[0] is not None:
        wanted = (PLACE, *wanted)
    known = [spec_of(request, "main", key) for key in wanted]
    acts = [action for action, _zone in known if action is not None]
    if not wanted or len(acts) != len(wanted):
        raise BadRequest("do")
    zone = known[0][1]
    post = with_basis(request.POST)
    facts: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for action in acts:
        if action.key == PLACE:
            facts.append({"area": area, "reason": _("placed by its words when it was sorted")})
            continue
        reading = forms.read(post, action.needs, zone)
        wrong |= reading.errors
        facts.append(reading.facts)
    if wrong:
        return screen(request, case_id, Retry(typed=_typed(request), wrong=wrong, declining=wanted == (DECLINE,), status=422))
    said = request_id(request)
    commands = [
        Command(
            actor=actor, case_id=case_id, action=action.key, facts=given, request_id=f"{said}-{action.key}",
            seen=None if number else seen(request), follows=bool(number),
        )
        for number, (action, given) in enumerate(zip(acts, facts, strict=True))
    ]  # fmt: skip
    return _answered(request, case_id, acts, services.perform_many(commands))


def _answered(request: HttpRequest, case_id: int, acts: Sequence[Action], verdicts: Sequence[Verdict]) -> HttpResponse:
    """Go on to the next matter; or say which of the acts happened and why the other did not."""
    fault = next((verdict.error for verdict in verdicts if verdict.error is not None), None)
    waits = next((verdict.done.asked for verdict in verdicts if isinstance(verdict.done, Done) and verdict.done.asked), ())
    if fault is None:
        did = acts[-1].key if waits else acts[-1].event
        after = {"case": text(request.POST, "next"), "done": str(case_id), "act": did, "asked": ",".join(waits)}
        return HttpResponseRedirect(f"{HREF}?{urlencode({key: value for key, value in after.items() if value})}")
    if isinstance(fault, errors.NotFound):
        raise fault
    typed, declining = _typed(request), acts[-1].key == DECLINE
    if isinstance(fault, errors.Conflict):
        return screen(request, case_id, Retry(typed=typed, changed=fault.changed, declining=declining, status=409))
    at_field = fault.field if isinstance(fault, errors.Refused) else ""
    said = "" if at_field else fault.say
    if waits:
        who = speech(actor_of(request).pack_digest).posts(waits)
        said = _("Asked for; %(who)s decides on it. Not assigned yet: %(why)s") % {"who": who, "why": fault.say}
    elif any(action.key == ACCEPT and verdict.done for action, verdict in zip(acts, verdicts, strict=True)):
        said = _("Accepted. Not assigned yet: %(why)s") % {"why": fault.say}
    wrong = {at_field: fault.say} if at_field else {}
    return screen(request, case_id, Retry(typed=typed, wrong=wrong, said=said, declining=declining, status=422))


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Everything of the form under the names of the facts."""
    post = request.POST
    found: dict[str, Any] = {}
    for key in post:
        if key.startswith(forms.PREFIX):
            values = [value for value in post.getlist(key) if value]
            found[key.removeprefix(forms.PREFIX)] = values[-1] if values else ""
    return found


def screen(request: HttpRequest, wanted: int, retry: Retry) -> HttpResponse:
    """Draw the desk. At most eight statements."""
    actor = actor_of(request)
    say = speech(actor.pack_digest)
    around = seen_by(actor, say)
    page = sorting.waiting(actor, around.areas, after=searched(request, "after"))
    here = wanted or (page.lines[0].case_id if page.lines else 0)
    one = sorting.opened(actor, here) if here else None
    if one is None and wanted and request.method == "POST":
        raise NotFound(_("There is no such case."))
    if one is None and page.lines and here != page.lines[0].case_id:
        here = page.lines[0].case_id
        one = sorting.opened(actor, here)
    rows = lines(page.lines, say, {}, actor)
    context: dict[str, Any] = {
        "rows": [
            {"line": row, "href": f"{HREF}?case={line.case_id}", "here": line.case_id == here, "urgent": line.urgency in URGENT}
            for row, line in zip(rows, page.lines, strict=True)
        ],
        "more": f"{HREF}?{urlencode({'after': page.after})}" if page.after else "",
        "waiting": f"{len(page.lines)}{'+' if page.after else ''}",
        "retry": retry,
        "changed": [
            {"at": say.moment(one_.at), "who": " · ".join(filter(None, (one_.who, one_.unit_name))),
             "act": say.happened(one_.kind)}
            for one_ in retry.changed
        ],
        "done": _done(request, say),
        "request_id": new_request_id(),
    }  # fmt: skip
    if one is not None:
        following = next((line.case_id for line in page.lines if line.case_id != here), 0)
        numbers = [line.case_id for line in page.lines]
        if here in numbers and numbers.index(here) + 1 < len(numbers):
            following = numbers[numbers.index(here) + 1]
        context |= _opened(request, one, actor, say, around, retry) | {"next": following or ""}
    return show(request, "desk/triage.html", context, status=retry.status, say=say)


URGENT = ("urgent", "critical")


def _done(request: HttpRequest, say: Speech) -> dict[str, str] | None:
    number = whole_number(request.GET.get("done"))
    if not number:
        return None
    who = say.posts(one for one in searched(request, "asked").split(",") if say.pack.post(one))
    did = searched(request, "act")
    return {"href": f"/desk/case/{number}", "act": say.action(say.pack.usual(), did) if who else say.happened(did), "who": who}


def _opened(request: HttpRequest, one: sorting.Sorted, actor: Actor, say: Speech, around: Seen, retry: Retry) -> dict[str, Any]:
    """The matter that is open: its words, the form with what is suggested, what may be the same, how it went before."""
    hints = hints_of(one, say, around)
    category = str(retry.typed.get("category") or searched(request, "category") or one.category or hints.category)
    acts = {offer.action.key: offer for offer in one.offers if offer.action.pair is None}
    paired = {offer.action.key for offer in one.offers if offer.action.pair is not None and not offer.refused}
    fields = _fields(one, actor, say, hints, category, retry)
    wanted = alike.Wanted(
        case_id=one.case_id, title=one.title, text=f"{one.what}\n{one.place}", category=category,
        area_code=str(retry.typed.get("area") or hints.area or one.area_code), opened_at=one.opened_at,
        days=say.pack.catalogue.look_alike.days,
        others=tuple(hint.value for hint in hints.categories),
        guess=lambda title: dispatch.suggester(say.pack).suggest(Report(title=title)).category,
    )  # fmt: skip
    found = alike.look_alikes(actor, wanted)
    offices = {int(option.value) for drawn in fields.get(ASSIGN, ()) if drawn.name == "office" for option in drawn.options}
    past = dispatch.past_rulings(category, say.now.date(), offices) if offices else []
    known = names.units(actor, [*(event.by.unit for event, _text in one.came_back), *(row.unit for row in past)])
    return {
        "one": one,
        "opened": say.full(one.opened_at),
        "kicker": " · ".join(
            part
            for part in (
                one.number, say.choice(one.kind, "kind") if one.kind else "",
                say.choice(one.channel, "channel") if one.channel else "", one.external_number,
            )
            if part
        ),
        "lies_in": around.areas.get(one.area_code[:12], "") or around.areas.get(one.area_code, "") or actor.area_name,
        "hints": _told(hints, say, around),
        "fields": fields,
        "primary": "both" if ACCEPT in acts else ASSIGN if ASSIGN in acts else "",
        "can": {key: key in acts and not acts[key].refused for key in (ACCEPT, ASSIGN, DECLINE)},
        "stopped": [say.sentence(acts[key].refused) for key in (ACCEPT, ASSIGN) if key in acts and acts[key].refused],
        "places": _places(one, hints, around, retry),
        "area_q": text(request.POST, "area_q")[:60],
        "area_picks": _looked_for(request),
        "alikes": [_alike(other, one, say, around, paired) for other in found],
        "paired": paired,
        "past": [
            {"office": known.get(row.unit, ""), "assigned": row.assigned, "returned": row.returned}
            for row in past
            if known.get(row.unit)
        ][:5],
        "past_category": say.category(category),
        "came_back": [
            {"office": known.get(event.by.unit, ""), "at": say.moment(event.at), "words": words,
             "reason": say.choice(str(event.facts.get("reason") or ""), "reason", "", one.procedure.key)}
            for event, words in one.came_back
        ],
    }  # fmt: skip


def seen_by(actor: Actor, say: Speech) -> Seen:
    """The places of the actor's area and the units that can be named. No statement once they have been read."""
    directory = people.directory(actor.org_stamp)
    units = {
        fact.id: directory.name_of(fact.id)
        for kind in say.pack.unit_kinds
        if kind.assignable or kind.centre
        for fact in directory.all_of(kind.key)
        if fact.area_code.startswith(actor.area_code) or actor.area_code.startswith(fact.area_code)
    }
    return Seen(places.names_in(actor.area_code, actor.org_stamp), units)


def hints_of(one: sorting.Sorted, say: Speech, around: Seen) -> Hints:
    """What the words of the matter suggest."""
    areas = [NamedArea(code, name) for code, name in around.areas.items()]
    reader = dispatch.suggester(say.pack, areas, around.units)
    report = Report(title=one.title, text=one.what, place=one.place, kind=one.kind, area_code=one.area_code)
    hints = reader.suggest(report)
    leaves = {category.key for category in say.pack.catalogue.leaves()}
    return replace(hints, categories=tuple(hint for hint in hints.categories if hint.value in leaves))


def _because(hint: Hint | None) -> str:
    if hint is None:
        return ""
    return _("the words hold %(words)s") % {"words": "、".join(f"“{word}”" for word in hint.because)}


def _told(hints: Hints, say: Speech, around: Seen) -> dict[str, Any]:
    """The suggestions in words, each with why."""
    return {
        "categories": [{"title": say.category(hint.value), "why": _because(hint)} for hint in hints.categories],
        "urgency": {"title": say.choice(hints.urgency.value, "urgency"), "why": _because(hints.urgency)}
        if hints.urgency
        else None,
        "about": [around.units.get(int(hint.value), "") for hint in hints.about],
    }


def _fields(one: sorting.Sorted, actor: Actor, say: Speech, hints: Hints, category: str, retry: Retry) -> dict[str, list[Field]]:
    """The fields of accepting, assigning and declining, each with what is suggested and why."""
    given = {
        "category": category,
        "urgency": one.urgency or (hints.urgency.value if hints.urgency else "normal"),
        "weight": one.weight or "ordinary",
    }
    if one.urgency in ("", "normal") and hints.urgency:
        given["urgency"] = hints.urgency.value
    why = {"category": _because(next((hint for hint in hints.categories if hint.value == category), None))}
    why["urgency"] = _because(hints.urgency) if hints.urgency and given["urgency"] == hints.urgency.value else ""
    area = str(retry.typed.get("area") or hints.area or one.area_code)

    def options(name: str, need: Need) -> Sequence[Option]:
        if need.type in ("unit", "units"):
            asking = names.Asking(
                category=category, area_code=area, centre=actor.unit, about_unit=one.about_unit, holder=actor.unit
            )
            return names.offices_for_act(actor, say, asking, need)
        return [Option(value, say.choice(value, name, need.sets, one.procedure.key)) for value in need.of]

    drawn: dict[str, list[Field]] = {}
    accepting = any(one.state in action.from_ for action in one.procedure.actions if action.key == ACCEPT)
    for action in (offer.action for offer in one.offers):
        shown = STEPS["both"] if accepting else (ASSIGN,)
        if action.key not in (*shown, DECLINE):
            continue
        drawn[action.key] = _drawn(action, one, say, options, {**given, **retry.typed}, retry, why)
    if ACCEPT in drawn and ASSIGN not in drawn:  # offered only once it is accepted: asked for here in the same form
        later = next((action for action in one.procedure.actions if action.key == ASSIGN), None)
        if later is not None:
            drawn[ASSIGN] = _drawn(later, one, say, options, {**given, **retry.typed}, retry, why)
    return drawn


def _drawn(
    action: Action,
    one: sorting.Sorted,
    say: Speech,
    options: Any,
    typed: Mapping[str, Any],
    retry: Retry,
    why: Mapping[str, str],
) -> list[Field]:
    """One act's fields; the only office that the duty list names is chosen beforehand, several are left to the person."""
    known = dict(typed)
    for name, need in action.needs.items():
        if need.type == "unit" and not known.get(name):
            named = [option.value for option in options(name, need) if option.hint]
            known[name] = named[0] if named else ""
        if need.type in ("choices", "units") and not isinstance(known.get(name), list):
            known[name] = [known[name]] if known.get(name) else []
    drawn = forms.fields(action.needs, say, (one.procedure.key, "", action.key), options=options, typed=known, errors=retry.wrong)
    basis = any(option.hint for one_ in drawn for option in one_.options)
    found = []
    for each in drawn:
        plain = each.name == "basis" and basis
        left = replace(each, required=False, hint=_("left empty: what stands under the office chosen")) if plain else each
        found.append(replace(left, hint=why[each.name]) if why.get(each.name) else left)
    return found


def _places(one: sorting.Sorted, hints: Hints, around: Seen, retry: Retry) -> list[dict[str, Any]]:
    """Where the matter may lie: as it was registered, and the places its words name, with why."""
    if not hints.areas or not any(offer.action.key == PLACE and not offer.refused for offer in one.offers):
        return []
    chosen = str(retry.typed.get("area") or hints.area)
    found = [{"code": "", "title": _("as registered"), "why": "", "chosen": not chosen}]
    for hint in hints.areas:
        names_ = [around.areas[hint.value[:width]] for width in (9, 12, 15) if hint.value[:width] in around.areas]
        found.append(
            {"code": hint.value, "title": "·".join(dict.fromkeys(names_)), "why": _because(hint), "chosen": chosen == hint.value}
        )
    return found


def _looked_for(request: HttpRequest) -> list[picks.Pick]:
    typed = text(request.POST, "area_q")[:60]
    return picks.area_picks(typed) if typed else []


def _alike(other: alike.Alike, one: sorting.Sorted, say: Speech, around: Seen, paired: set[str]) -> dict[str, Any]:
    """One look-alike in words: what speaks for it, and whether the matter could be merged into it."""
    absorb = next((act for act in one.procedure.actions if act.pair and act.pair.act == "merge"), None)
    same = other.about == (one.about_unit, one.about_account)
    why = []
    if other.same_category:
        why.append(_("same kind of matter"))
    if other.same_place:
        why.append(_("same place"))
    if other.words:
        why.append(_("both say %(words)s") % {"words": "、".join(f"“{word}”" for word in other.words)})
    why.append(_("%(days)d days apart") % {"days": other.days} if other.days else _("the same day"))
    open_to = absorb is not None and other.state in absorb.from_
    return {
        "id": other.case_id,
        "href": f"/desk/case/{other.case_id}",
        "title": other.title,
        "number": other.number,
        "state": say.state(one.procedure.key, other.state),
        "place": around.areas.get(other.area_code[:12], "") or around.areas.get(other.area_code[:9], ""),
        "at": say.day(other.opened_at),
        "why": _("; ").join(why),
        "reason": _("%(why)s, the same matter.") % {"why": _("; ").join(why)},
        "can_merge": "merge" in paired and same and open_to,
        "can_relate": "relate" in paired and same,
    }
