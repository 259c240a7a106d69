"""Opening a matter: what the pack asks, and beside it the place, the person, and whom the matter must be kept from.

Shared by the window's form, the service record and the resident's own report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict

from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.cases.shapes import ContactIn
from bihuan.rules.procedure.shape import Need, Procedure
from bihuan.web import forms
from bihuan.web.forms import Option
from bihuan.web.requests import text, unkeepable, whole_number
from bihuan.web.speech import Speech

PROCEDURE = "matter"
OURS = ("what", "files", "title", "kind", "channel", "category", "urgency", "place", "external_number", "external_due")
BESIDE = frozenset({"contact", "area", "about_unit", "about_post"})
NOT_BY_HAND = frozenset({"portal", "import"})
TITLE_LONGEST, TITLE_SHORTEST = 40, 8
NAME_LONGEST, PHONE_LONGEST = 40, 30
PHONE = re.compile(r"(?=(?:\D*\d){7,18}\D*$)[+＋]?[\d\s().（）—–-]+(?:(?:转|#|ext\.?)\s*\d{1,6})?$", re.IGNORECASE)
PAUSE = re.compile(r"[，,、 ]")
FIRST_SENTENCE = re.compile(r"[。！？!?;；\n]")


def opening_needs(say: Speech) -> dict[str, Need]:
    """What the opening act asks, without the parts that have fields of their own (place, person, avoidance)."""
    procedure: Procedure = say.pack.procedures[PROCEDURE]
    opening = next(action for action in procedure.actions if action.key == procedure.start_action)
    return {name: opening.needs[name] for name in sorted(opening.needs, key=_order) if name not in BESIDE}


def _order(name: str) -> int:
    return OURS.index(name) if name in OURS else len(OURS)


def titled(post: QueryDict) -> QueryDict:
    """The form with a title: left empty, the first words of what was reported are the title."""
    if text(post, "f-title"):
        return post
    worded = post.copy()
    worded["f-title"] = first_words(text(post, "f-what"))
    return worded


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


def drawn_fields(say: Speech, typed: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, forms.Field]:
    """The pack's fields by name."""

    def options(name: str, need: Need) -> list[Option]:
        if name == "category":
            return [option for _group, found in categories(say) for option in found]
        offered = [value for value in need.of if name != "channel" or value not in NOT_BY_HAND]
        return [Option(value, say.choice(value, name, need.sets, PROCEDURE)) for value in offered]

    procedure = say.pack.procedures[PROCEDURE]
    needs = opening_needs(say)
    drawn = forms.fields(needs, say, (PROCEDURE, "", procedure.start_action), options=options, typed=typed, errors=wrong)
    named = {one.name: one for one in drawn}
    if "title" in named:
        named["title"] = replace(named["title"], required=False, hint=_("left empty: the first words"))
    return named


def categories(speech: Speech) -> list[tuple[str, list[Option]]]:
    """Categories that a case can have, under the titles of their parents."""
    grouped: dict[str, list[Option]] = {}
    for category in speech.pack.catalogue.leaves():
        parent = speech.category(category.parent) if category.parent else ""
        grouped.setdefault(parent, []).append(Option(category.key, speech.category(category.key), group=parent))
    return list(grouped.items())
