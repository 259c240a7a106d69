"""Names for the numbers and keys that cases hold: units, states, categories, townships, offices to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from bihuan.access.actors import Actor
from bihuan.cases.shapes import MAIN, CasePage
from bihuan.people import selectors as people
from bihuan.places import selectors as places
from bihuan.rules.procedure.shape import Need
from bihuan.rules.routing import answers_to, is_avoided, offices_for
from bihuan.web import picks
from bihuan.web.forms import Option
from bihuan.web.requests import text, whole_number
from bihuan.web.speech import Speech


def units(actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """Names of units; no statement while all of them still take in work."""
    directory = people.directory(actor.org_stamp)
    found = {unit: directory.name_of(unit) for unit in set(ids) if unit}
    closed = [unit for unit, name in found.items() if not name]
    return found | (people.unit_names(closed) if closed else {})


def procedures(speech: Speech) -> list[Option]:
    """The case types, for a filter; none where there is but one."""
    known = speech.pack.case_types()
    return [Option(one.key, speech.procedure(one.key, one.title)) for one in known] if len(known) > 1 else []


def states(speech: Speech, procedure: str = "") -> list[Option]:
    """The states of a procedure, for a filter; of all of them where none is named, each under its procedure's title.

    Two procedures may have states of one key: the value names the procedure with it ("petition.accepted").
    """
    known = speech.pack.procedures
    if procedure in known or len(known) == 1:
        one = known[procedure or next(iter(known))]
        return [Option(state.key, speech.state(one.key, state.key)) for state in one.states]
    return [
        Option(f"{key}.{state.key}", speech.state(key, state.key), group=speech.procedure(key, spec.title))
        for key, spec in known.items()
        for state in spec.states
    ]


def towns(actor: Actor) -> list[places.AreaFact]:
    """The areas right below the actor's own, for a filter. One statement."""
    return places.children(actor.area_code) if actor.area_code else []


def about_choices(actor: Actor, post: QueryDict, speech: Speech, procedure: str) -> dict[str, Any]:
    """The question whom a case of this type must be kept from, and what it offers after what was typed into it."""
    typed, unit = text(post, "office_q")[:60], whole_number(text(post, "about_unit"))
    return {
        "about_question": speech.about(procedure),
        "office_q": typed,
        "unit": unit,
        "office_picks": picks.office_picks(actor.org_stamp, typed, speech, chosen=unit),
        "person_picks": picks.person_picks(unit, speech),
    }


def holders(actor: Actor, speech: Speech, chosen: int = 0) -> list[Option]:
    """Units that may hold a matter, for a filter: those that serve the actor's area, the centres below it, the one chosen."""
    directory = people.directory(actor.org_stamp)
    found: list[Option] = []
    for kind in speech.pack.unit_kinds:
        if not (kind.assignable or kind.centre):
            continue
        title = speech.say("unit_kind", kind.key, otherwise=kind.title)
        found += [
            Option(str(fact.id), directory.name_of(fact.id), group=title)
            for fact in directory.all_of(kind.key)
            if actor.area_code.startswith(fact.area_code) or (kind.centre and fact.area_code.startswith(actor.area_code))
        ]
    if chosen and str(chosen) not in {option.value for option in found}:
        found += [Option(str(chosen), name) for name in units(actor, [chosen]).values() if name]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What decides which units an act may name: the kind of matter, where it lies, its centre, whom it is about, its holder."""

    category: str
    area_code: str
    centre: int
    about_unit: int
    holder: int


def offices(actor: Actor, speech: Speech, page: CasePage, need: Need) -> list[Option]:
    """Units to choose from on the page of a case."""
    holder = next((thread.holder_unit for thread in page.threads if thread.name == MAIN), 0)
    asking = Asking(
        category=page.category, area_code=page.area_code, centre=page.centre, about_unit=page.about_unit, holder=holder
    )
    return offices_for_act(actor, speech, asking, need)


def offices_for_act(actor: Actor, speech: Speech, page: Asking, need: Need) -> list[Option]:
    """Units to choose from for what an act asks: first those that the duty list names for the category, with the line that
    says so; then every other one of the kinds asked for that serves the area.

    Never one that the matter is about or that stands below it; where the act asks for it, only units that answer to the
    case's centre, or another than the one that holds the case.
    """
    directory = people.directory(actor.org_stamp)
    about = (page.about_unit,) if page.about_unit else ()

    def fits(unit: int, kind: str) -> bool:
        if (need.of and kind not in need.of) or (need.other and unit == page.holder) or is_avoided(unit, about, directory):
            return False
        return not need.of_centre or answers_to(unit, page.centre, directory)

    duties = speech.pack.catalogue.duties
    suggested = offices_for(page.category, duties, page.area_code, directory) if page.category and need.of else []
    facts = [(one, directory.unit(one.unit)) for one in suggested]
    found = [
        Option(str(one.unit), directory.name_of(one.unit), hint=one.basis)
        for one, fact in facts
        if fact is not None and fits(fact.id, fact.kind)
    ]
    named = {option.value for option in found}
    for kind in speech.pack.unit_kinds:
        title = speech.say("unit_kind", kind.key, otherwise=kind.title)
        found += [
            Option(str(fact.id), directory.name_of(fact.id), group=title)
            for fact in (directory.all_of(kind.key) if kind.key in need.of or not need.of else ())
            if str(fact.id) not in named and fits(fact.id, kind.key)
            if page.area_code.startswith(fact.area_code) or (need.of_centre and fact.area_code.startswith(page.area_code))
        ]
    return found


def people_of(page: CasePage, speech: Speech) -> list[Option]:
    """Who holds a post in a unit that has had to do with the matter, for "it is about somebody there". One statement."""
    units = {thread.holder_unit for thread in page.threads} | {entry.unit for entry in page.timeline}
    return [
        Option(str(post.id), f"{post.account_name} · {speech.post(post.key)}", group=post.unit_name)
        for post in people.holders_in(units - {0})
    ]
