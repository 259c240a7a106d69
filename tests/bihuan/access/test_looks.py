"""Looking at personal data: the duty, the reason, the entry."""

from __future__ import annotations

import hashlib

import pytest

from bihuan.access.looks import LookRefused, latest_looks, look_at_contacts, looks_at
from bihuan.access.models import Look
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.ledger.verify import verify
from bihuan.people.services import ContactDetails, create_contact, erase_contact
from tests.bihuan.cases.sessions import meanwhile
from tests.factories.organisation import County, found_county

pytestmark = pytest.mark.django_db
WHO = ContactDetails(name="王小明", phone="13800000001")


def test_a_look_shows_the_person_and_is_on_record(county: County) -> None:
    contact = create_contact(WHO)
    actor = county.actor("dispatcher")
    assert look_at_contacts(actor, [contact], reason=" 回电  核实地点 ", case_id=7) == [WHO]
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
        look_at_contacts(county.actor(who), [contact], reason=reason)
    assert caught.value.code == code
    assert not Look.objects.exists()


def test_what_was_erased_cannot_be_looked_at(county: County) -> None:
    contact = create_contact(WHO)
    erase_contact(contact)
    with pytest.raises(LookRefused, match="gone"):
        look_at_contacts(county.actor("dispatcher"), [contact], reason="回电核实地点")


def test_a_number_in_the_reason_is_hidden_and_its_digest_is_keyed(county: County) -> None:
    contact = create_contact(WHO)
    look_at_contacts(county.actor("dispatcher"), [contact], reason=f"回拨 {13800001111}")
    assert "13800001111" not in looks_at([contact])[0].reason
    plain = hashlib.sha256(f"回拨 {13800001111}".encode()).hexdigest()[:16]
    assert all(plain not in str(entry.facts) for entry in Entry.objects.filter(kind="contact_seen"))


def test_several_for_one_reason_are_a_look_each(county: County) -> None:
    """Four statements however many; the name of none of them stands in any of the reasons; one that is gone shows none."""
    people = [ContactDetails(name=name) for name in ("王小明", "李四", "欧阳娜娜")]
    contacts, actor = [create_contact(one) for one in people], county.actor("dispatcher")
    with counted() as count:
        assert look_at_contacts(actor, contacts, reason="给李四和王小明送达", case_id=7) == people
    assert len(count) == 4, count
    entries = Entry.objects.filter(stream=f"look:{actor.account}", kind="contact_seen").order_by("seq")
    assert [(one.seq, one.facts["contact"]) for one in entries] == [*enumerate(contacts, 1)]
    assert [(look.contact, look.case) for look in reversed(latest_looks())] == [(one, 7) for one in contacts]
    assert {look.reason for look in latest_looks()} == {"给李**和王**送达"}
    erase_contact(contacts[1])
    with pytest.raises(LookRefused, match="gone"):
        look_at_contacts(actor, contacts, reason="再次送达")
    assert Look.objects.count() == 3
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_the_same_person_at_once(clock: object) -> None:
    """What the other page entered meanwhile took the place: both stand in the ledger, one behind the other."""
    county = found_county()
    contacts, actor = [create_contact(ContactDetails(name=name)) for name in ("王小明", "李四")], county.actor("dispatcher")

    def look() -> int:
        return len(look_at_contacts(actor, contacts, reason="送达文书"))

    assert meanwhile(look, "ORDER BY seq DESC LIMIT 1", look) == [2, 2]
    assert list(Entry.objects.filter(kind="contact_seen").order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]
    assert verify().ok
