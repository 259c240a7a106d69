"""Further parties of a case (a dispute has two sides): named in an act, kept in the vault, masked, looked at with a reason.

The ledger carries the number of a contact and nothing else. Only what is typed with the act becomes a party: an act cannot
point at a contact that is already kept, or whoever acts on one case could look at the people of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from bihuan.cases.asking import check_storable
from bihuan.cases.errors import Refused
from bihuan.cases.opening import LIMITS
from bihuan.cases.shapes import MaskedContact
from bihuan.cases.sheet import Sheet
from bihuan.people.models import Contact
from bihuan.people.services import ContactDetails, create_contacts
from bihuan.people.services.contacts import opened_name
from bihuan.rules.procedure.course import index_of
from bihuan.rules.procedure.shape import Need
from bihuan.rules.procedure.view import Decision

_MASKED = ("name_masked", "phone_masked", "id_no_masked", "address_masked")
_TYPE = "person"


def named(needs: Mapping[str, Need], facts: Mapping[str, Any]) -> dict[str, ContactDetails]:
    """Who is named in an act, as typed: ``{name, phone, id_no, address}`` for each fact of type person. Raises Refused."""
    found = {}
    for name, need in needs.items():
        value = facts.get(name)
        if need.type != _TYPE or value in (None, ""):
            continue
        if not isinstance(value, Mapping) or not set(value) <= set(LIMITS):
            raise Refused("bad_fact", _("Please say who it is."), name)
        typed = {field: str(value.get(field) or "").strip() for field in LIMITS}
        check_storable(typed)
        if not typed["name"]:
            raise Refused("bad_fact", _("Please say who it is."), name)
        for field, longest in LIMITS.items():
            if len(typed[field]) > longest:
                raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)
        found[name] = ContactDetails(**typed)
    return found


def standing_in(people: Mapping[str, ContactDetails]) -> dict[str, str]:
    """What stands for each of them while the rules decide: no number is given out before the act is lawful."""
    return {name: f"new:{name}" for name in people}


def kept(decision: Decision, people: Mapping[str, ContactDetails], *, is_demo: bool) -> Decision:
    """The decision with the numbers of the contacts, now kept, in place of what stood for them. One statement."""
    numbers = dict(zip(people, create_contacts(people.values(), is_demo=is_demo), strict=True))
    stood = standing_in(people)
    events = tuple(
        replace(event, facts={**event.facts, **{name: numbers[name] for name in people if event.facts.get(name) == stood[name]}})
        for event in decision.events
    )
    return replace(decision, events=events)


def numbers_of(sheet: Sheet) -> tuple[int, ...]:
    """The contacts named in the course of a case, in the order of the entries that name them."""
    naming = index_of(sheet.procedure).asked_for(_TYPE)
    found: list[int] = []
    for event in sheet.events if naming else ():
        for name, value in event.facts.items():
            if (event.kind, name) in naming and isinstance(value, int):
                found.append(value)
    return tuple(dict.fromkeys(found))


def names_of(sheet: Sheet) -> list[str]:
    """The further parties' names in clear, for masking alone: nobody is shown them. One statement, none where there is nobody."""
    numbers = numbers_of(sheet)
    rows = Contact.objects.filter(pk__in=numbers, erased_at=None).values_list("name_sealed", flat=True) if numbers else ()
    return [opened_name(sealed) for sealed in rows if sealed]


def parties_of(sheet: Sheet) -> tuple[MaskedContact, ...]:
    """The further parties, masked, in the order in which they were named. One statement, none where there is nobody."""
    numbers = numbers_of(sheet)
    if not numbers:
        return ()
    rows = Contact.objects.filter(pk__in=numbers).values_list("id", *_MASKED)
    masked = {number: MaskedContact(id=number, name=n, phone=p, id_no=i, address=a) for number, n, p, i, a in rows}
    return tuple(masked[number] for number in numbers if number in masked)
