"""Opening a case: which types may be begun, what the pack asks, and beside it the place, the person, whom it is kept from.

Shared by the window's form, the service record and the resident's own report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict

from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.cases.shapes import ContactIn
from bihuan.rules.procedure.acts import ABOVE_CENTRE, AT_CENTRE, RESIDENT_WORD
from bihuan.rules.procedure.shape import Need, Procedure, opening_act
from bihuan.web import forms
from bihuan.web.forms import Option
from bihuan.web.moments import span_words
from bihuan.web.requests import text, unkeepable, whole_number
from bihuan.web.speech import Speech

SERVICE = "service"
"""The fact that names an errand of the catalogue."""
TYPE = "type"
"""The word of an address and a form that names the case type."""
FIRST = (SERVICE, "what", "files", "title", "channel", "kind")
"""What a form asks at the top where the procedure asks it at all; the rest that must be said follows."""
OURS = (SERVICE, "what", "files", "title", "kind", "channel", "category", "urgency", "place", "external_number", "external_due")
BESIDE = frozenset({"contact", "area", "about_unit", "about_post"})
NOT_BY_HAND = frozenset({"portal", "import"})
TITLE_LONGEST, TITLE_SHORTEST = 40, 8
NAME_LONGEST, PHONE_LONGEST = 40, 30
PHONE = re.compile(r"(?=(?:\D*\d){7,18}\D*$)[+＋]?[\d\s().（）—–-]+(?:(?:转|#|ext\.?)\s*\d{1,6})?$", re.IGNORECASE)
PAUSE = re.compile(r"[，,、 ]")
FIRST_SENTENCE = re.compile(r"[。！？!?;；\n]")


def startable(say: Speech, post: str = RESIDENT_WORD) -> list[Procedure]:
    """The case types that a post (or a resident) may begin, in the pack's order, the usual one first."""
    words = {post} if post == RESIDENT_WORD else {post, AT_CENTRE + post, ABOVE_CENTRE + post}
    return [each for each in say.pack.case_types() if words & set(opening_act(each).who)]


def chosen_type(say: Speech, wanted: str, post: str = RESIDENT_WORD) -> Procedure:
    """The case type that was chosen; where none was, or one that this post cannot begin, the first that it can."""
    found = startable(say, post)
    usual: Procedure = say.pack.procedures[say.pack.usual()]
    return next((each for each in found if each.key == wanted), found[0] if found else usual)


def types(say: Speech, here: Procedure, post: str = RESIDENT_WORD) -> list[dict[str, object]]:
    """The case types to choose from, for the line of links above the form; none where there is but one."""
    found = startable(say, post)
    return [
        {"href": f"?{TYPE}={each.key}", "title": say.procedure(each.key, each.title), "here": each.key == here.key}
        for each in found
    ] if len(found) > 1 else []  # fmt: skip


def opening_needs(procedure: Procedure) -> dict[str, Need]:
    """What the opening act asks, without the parts that have fields of their own (place, person, avoidance)."""
    opening = opening_act(procedure)
    return {name: opening.needs[name] for name in sorted(opening.needs, key=_order) if name not in BESIDE}


def _order(name: str) -> int:
    return OURS.index(name) if name in OURS else len(OURS)


def titled(post: QueryDict, say: Speech | None = None) -> QueryDict:
    """The form with a title: left empty, the errand chosen is the title, else the first words of what was reported."""
    if text(post, "f-title"):
        return post
    worded = post.copy()
    errand = text(post, f"f-{SERVICE}")
    known = say.pack.catalogue.service(errand) if say and errand else None
    worded["f-title"] = say.say(SERVICE, errand, otherwise=known.title) if say and known else first_words(text(post, "f-what"))
    return worded


def errand_type(say: Speech, post: str = RESIDENT_WORD) -> str:
    """The first case type that this post may begin for an errand of the catalogue; "" where there is none."""
    for each in startable(say, post):
        if SERVICE in opening_act(each).needs:
            return each.key
    return ""


def errands(say: Speech) -> list[tuple[str, list[dict[str, object]]]]:
    """The catalogue of errands under its headings: what each is, what to bring, how long it may take, by what rule."""
    found: dict[str, list[dict[str, object]]] = {}
    for one in say.pack.catalogue.services:
        found.setdefault(say.say("heading", one.key, otherwise=one.group), []).append(
            {
                "key": one.key,
                "title": say.say(SERVICE, one.key, otherwise=one.title),
                "bring": say.say("bring", one.key, otherwise="、".join(one.bring)) if one.bring else "",
                "within": span_words(one.within) if one.within else "",
                "basis": one.basis,
            }
        )
    return list(found.items())


def first_words(said: str) -> str:
    """The first sentence; one too long for a title ends at its last comma before that."""
    sentence = FIRST_SENTENCE.split(said.strip(), maxsplit=1)[0].strip()
    if len(sentence) <= TITLE_LONGEST:
        return sentence
    pauses = [found.start() for found in PAUSE.finditer(sentence[:TITLE_LONGEST]) if found.start() >= TITLE_SHORTEST]
    return sentence[: pauses[-1]] if pauses else sentence[: TITLE_LONGEST - 1] + "…"


def contact_of(post: QueryDict) -> ContactIn:
    """The resident's contact as typed; nothing when the resident wants no name kept."""
    if text(post, "anonymous") == "yes":
        return ContactIn()
    return ContactIn(name=text(post, "name"), phone=text(post, "phone"))


class About(TypedDict, total=False):
    """The office and the post holder that a matter is about, by number."""

    about_unit: int
    about_account: int


def about_of(post: QueryDict) -> About:
    """The office or post holder that the matter is about, by number; nothing when it is about neither."""
    if text(post, "about") not in ("office", "person"):
        return {}
    account = whole_number(text(post, "about_account")) if text(post, "about") == "person" else 0
    return {"about_unit": whole_number(text(post, "about_unit")), "about_account": account}


def beside_errors(post: QueryDict) -> dict[str, str]:
    """What is wrong with the fields beside the pack's own."""
    wrong = {}
    if not text(post, "area").isdigit():
        wrong["area"] = _("Please choose the place. If it is not known, choose the township or the county.")
    for name, longest in (("name", NAME_LONGEST), ("phone", PHONE_LONGEST)):
        typed = text(post, name)
        if len(typed) > longest or unkeepable(typed):
            wrong[name] = _("This is too long, or holds characters that cannot be kept.")
    phone = text(post, "phone")
    if phone and "phone" not in wrong and text(post, "anonymous") != "yes" and not PHONE.match(phone):
        wrong["phone"] = _("This is not a phone number. Digits, spaces and dashes; a landline with its area code.")
    return wrong | about_errors(post)


def about_errors(post: QueryDict) -> dict[str, str]:
    """What is wrong with the field that says whom the matter must be kept from."""
    if text(post, "about") in ("office", "person") and not whole_number(text(post, "about_unit")):
        return {"about_unit": _("Please choose the office, so that it does not see the matter.")}
    return {}


def drawn_fields(
    say: Speech,
    procedure: Procedure,
    typed: Mapping[str, Any],
    wrong: Mapping[str, str],
    *,
    units: Callable[[Need], Sequence[Option]] | None = None,
) -> dict[str, forms.Field]:
    """The pack's fields by name. ``units``: the offices that a need of a unit may name; none where nobody can say."""

    def options(name: str, need: Need) -> Sequence[Option]:
        if need.type in ("unit", "units"):
            return units(need) if units else []
        offered = [value for value in need.of if name != "channel" or value not in NOT_BY_HAND]
        if name == "category":
            grouped = {option.value: option for _group, found in categories(say) for option in found}
            return [option for value, option in grouped.items() if value in offered]
        if name == SERVICE:
            return [
                Option(
                    one.key,
                    say.say(SERVICE, one.key, otherwise=one.title),
                    group=say.say("heading", one.key, otherwise=one.group),
                )
                for one in say.pack.catalogue.services
                if one.key in offered
            ]
        return [Option(value, say.choice(value, name, need.sets, procedure.key)) for value in offered]

    needs = opening_needs(procedure)
    drawn = forms.fields(needs, say, (procedure.key, "", procedure.start_action), options=options, typed=typed, errors=wrong)
    named = {one.name: one for one in drawn}
    if "title" in named:
        said = _("left empty: the errand") if SERVICE in needs else _("left empty: the first words")
        named["title"] = replace(named["title"], required=False, hint=said)
    return named


def arranged(fields: Mapping[str, forms.Field], needs: Mapping[str, Need]) -> tuple[list[forms.Field], list[forms.Field]]:
    """The fields at the top of the form, and those that may be left for later. The place's own words stand with the place.

    What is asked only after another answer stands with that answer.
    """
    first: list[str] = [name for name in FIRST if name in fields]
    first += [name for name in fields if name not in first and not needs[name].optional]
    for name in fields:
        if name not in first and any(fact in first for fact, _values in needs[name].when.facts):
            first.append(name)
    order = [*FIRST, *needs]
    top = sorted((name for name in first if name != "place"), key=order.index)
    later = [field for name, field in fields.items() if name not in first and name != "place"]
    return [fields[name] for name in top], later


def categories(speech: Speech) -> list[tuple[str, list[Option]]]:
    """Categories that a case can have, under the titles of their parents."""
    grouped: dict[str, list[Option]] = {}
    for category in speech.pack.catalogue.leaves():
        parent = speech.category(category.parent) if category.parent else ""
        grouped.setdefault(parent, []).append(Option(category.key, speech.category(category.key), group=parent))
    return list(grouped.items())
