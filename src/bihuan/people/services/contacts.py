"""Contacts of residents: written sealed, opened one at a time, corrected, erased."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections

from bihuan.ledger import clock
from bihuan.ledger.rows import insert_later, instant
from bihuan.people.models import Contact
from bihuan.vault import keyed_hash, mask, seal, unseal
from bihuan.vault.errors import VaultError
from bihuan.vault.renewing import Column
from bihuan.vault.sealing import HashKind

_TABLE = "people_contact"
_FIELDS = ("name", "phone", "id_no", "address")
SEALED = tuple(Column(_TABLE, f"{field}_sealed", f"contact.{field}") for field in _FIELDS)
"""What is renewed after a change of key."""
_HASHED: Mapping[str, HashKind] = {"phone": "phone", "id_no": "id_no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """A resident's name, phone, identity number and home address in clear; each may be "" (anonymous report)."""

    name: str = ""
    phone: str = ""
    id_no: str = ""
    address: str = ""

    @property
    def is_empty(self) -> bool:
        """True when nothing at all was given."""
        return not (self.name or self.phone or self.id_no or self.address)


def _columns(details: ContactDetails) -> dict[str, object]:
    masks = {"name": mask.name, "phone": mask.phone, "id_no": mask.id_no, "address": mask.address}
    columns: dict[str, object] = {}
    for field in _FIELDS:
        value = getattr(details, field).strip()
        columns[f"{field}_sealed"] = seal(value, field=f"contact.{field}") if value else b""
        columns[f"{field}_masked"] = masks[field](value)[:120] if value else ""
        if kind := _HASHED.get(field):
            columns[f"{field}_hash"] = keyed_hash(value, kind) if value else ""
    return columns


def create_contacts(rows: Iterable[ContactDetails], *, is_demo: bool = False) -> list[int]:
    """Keep contacts, in order; their ids. Few statements for thousands."""
    return contacts_later(rows, is_demo=is_demo)()


def contacts_later(rows: Iterable[ContactDetails], *, is_demo: bool = False) -> Callable[[], list[int]]:
    """``create_contacts`` among other statements (``rows.together``): the ids are asked for when they have ended."""
    database = connections[DEFAULT_DB_ALIAS]
    now = instant(database, clock.now())
    contacts = [_columns(row) | {"is_demo": is_demo, "created_at": now} for row in rows]
    if not contacts:
        return list
    given = insert_later(database, _TABLE, tuple(contacts[0]), [tuple(row.values()) for row in contacts], "RETURNING id")
    return lambda: [number for (number,) in given()]


def create_contact(details: ContactDetails, *, is_demo: bool = False) -> int:
    """Keep one contact; its id. One statement."""
    return create_contacts([details], is_demo=is_demo)[0]


def open_contact(contact_id: int) -> ContactDetails | None:
    """The contact in clear, None when there is none or it was erased.

    Only ``access.looks`` calls this for a person: it asks for the duty and the reason and writes the ledger entry.
    """
    return open_contacts([contact_id]).get(contact_id)


def open_contacts(contact_ids: Collection[int]) -> dict[int, ContactDetails]:
    """Those of the contacts that are there and were not erased, in clear. One statement; for ``access.looks``, as one alone."""
    rows = Contact.objects.filter(pk__in=contact_ids, erased_at=None).values_list("pk", *(column.column for column in SEALED))
    return {pk: opened(sealed) for pk, *sealed in rows}


def opened(sealed: Iterable[bytes | memoryview]) -> ContactDetails:
    """A contact's sealed columns, in the order of ``SEALED``, in clear; as ``open_contact``, where they are read already."""
    values = (bytes(one) for one in sealed)
    pairs = zip(_FIELDS, values, strict=True)
    return ContactDetails(**{field: unseal(one, field=f"contact.{field}") if one else "" for field, one in pairs})


def opened_name(sealed: bytes | memoryview) -> str:
    """A sealed name in clear, to be masked in words that are written down; it is shown to nobody.

    "" when it does not open: where keys were lost, matters go on.
    """
    try:
        return unseal(bytes(sealed), field="contact.name")
    except VaultError:
        return ""


def correct_contact(contact_id: int, details: ContactDetails) -> bool:
    """Replace what is held. False when there is no such contact or it was erased."""
    return Contact.objects.filter(pk=contact_id, erased_at=None).update(**_columns(details)) == 1


def erase_contact(contact_id: int) -> bool:
    """Remove every value, mask and hash of a contact; the empty row stays. False when nothing was left to erase."""
    gone = _columns(ContactDetails())
    return Contact.objects.filter(pk=contact_id, erased_at=None).update(erased_at=clock.now(), **gone) == 1
