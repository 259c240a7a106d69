"""Contacts: sealed, masked, found, corrected, erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.config.statements import counted
from bihuan.people.models import Contact
from bihuan.people.selectors import contact_card, contacts_due, contacts_of
from bihuan.people.services import ContactDetails, correct_contact, create_contact, create_contacts, erase_contact, open_contact

pytestmark = pytest.mark.django_db
WHO = ContactDetails(name="王小明", phone="138 0000 0001", id_no="99010119900101001X", address="东岭镇青石村第1组12号")


def _stored(contact: int) -> str:
    row = Contact.objects.filter(pk=contact).values_list()[0]
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def test_what_is_kept_shows_nobody_and_opens_whole() -> None:
    with counted() as count:
        contact = create_contact(WHO)
    assert len(count) == 1
    stored = _stored(contact)
    for secret in ("王小明", "小明", "0000 0001", "13800000001", "99010119900101001", "12号"):
        assert secret not in stored
    card = contact_card(contact)
    assert (card.name, card.phone, card.address) == ("王**", "138****0001", "东岭镇青石村***")
    assert open_contact(contact) == WHO


def test_a_number_is_found_however_it_was_typed() -> None:
    first, other = create_contacts([WHO, ContactDetails(phone="13900000000")])
    assert contacts_of(phone="+86-13800000001") == [first]
    assert contacts_of(id_no="99010119900101001x") == [first]
    assert contacts_of(phone="139-0000-0000") == [other]
    assert contacts_of() == []


def test_an_anonymous_contact_holds_nothing() -> None:
    contact = create_contact(ContactDetails())
    assert open_contact(contact) == ContactDetails()
    assert ContactDetails().is_empty
    assert not WHO.is_empty


def test_correction_replaces_values_masks_and_hashes() -> None:
    contact = create_contact(WHO)
    assert correct_contact(contact, ContactDetails(name="王大明", phone="13700000000"))
    assert contacts_of(phone=WHO.phone) == []
    assert contacts_of(phone="13700000000") == [contact]
    assert open_contact(contact).id_no == ""


def test_erasure_leaves_an_empty_row(clock) -> None:
    contact = create_contact(WHO)
    clock.advance(timedelta(days=400))
    assert contacts_due(clock() - timedelta(days=365)) == [contact]
    assert erase_contact(contact)
    assert not erase_contact(contact)
    assert open_contact(contact) is None
    assert contacts_of(phone=WHO.phone, id_no=WHO.id_no) == []
    assert contact_card(contact).erased
    assert "王" not in _stored(contact)
    assert contacts_due(clock()) == []
    assert not correct_contact(contact, WHO)
