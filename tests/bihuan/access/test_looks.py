"""Looking at personal data: the duty, the reason, the entry."""

from __future__ import annotations

import hashlib

import pytest

from bihuan.access.looks import LookRefused, latest_looks, look_at_contact, looks_at
from bihuan.access.models import Look
from bihuan.ledger.models import Entry
from bihuan.people.services import ContactDetails, create_contact, erase_contact
from tests.factories.organisation import County

pytestmark = pytest.mark.django_db
WHO = ContactDetails(name="王小明", phone="13800000001")


def test_a_look_shows_the_person_and_is_on_record(county: County) -> None:
    contact = create_contact(WHO)
    actor = county.actor("dispatcher")
    assert look_at_contact(actor, contact, reason=" 回电  核实地点 ", case_id=7) == WHO
    (entry,) = Entry.objects.filter(stream=f"look:{actor.account}")
    assert (entry.kind, entry.facts["contact"], entry.facts["case"]) == ("contact_seen", contact, 7)
    assert "回电" not in str(entry.facts)
    (look,) = looks_at([contact])
    assert (look.reason, look.post, look.case) == ("回电 核实地点", "dispatcher", 7)
    assert latest_looks() == [look]


@pytest.mark.parametrize(
    ("who", "reason", "code"),
    [("clerk", "回电核实地点", "duty"), ("dispatcher", "  ", "reason"), ("dispatcher", "长" * 201, "reason")],
)
def test_without_duty_or_reason_nothing_is_shown(county: County, who: str, reason: str, code: str) -> None:
    contact = create_contact(WHO)
    with pytest.raises(LookRefused) as caught:
        look_at_contact(county.actor(who), contact, reason=reason)
    assert caught.value.code == code
    assert not Look.objects.exists()


def test_what_was_erased_cannot_be_looked_at(county: County) -> None:
    contact = create_contact(WHO)
    erase_contact(contact)
    with pytest.raises(LookRefused, match="gone"):
        look_at_contact(county.actor("dispatcher"), contact, reason="回电核实地点")


def test_a_number_in_the_reason_is_hidden_and_its_digest_is_keyed(county: County) -> None:
    contact = create_contact(WHO)
    look_at_contact(county.actor("dispatcher"), contact, reason=f"回拨 {13800001111}")
    assert "13800001111" not in looks_at([contact])[0].reason
    plain = hashlib.sha256(f"回拨 {13800001111}".encode()).hexdigest()[:16]
    assert all(plain not in str(entry.facts) for entry in Entry.objects.filter(kind="contact_seen"))
