"""A resident sees, takes, corrects and erases what is held on them, with the code and the phone that was given: all entered."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from bihuan.access.looks import look_at_contacts
from bihuan.cases import own_data
from bihuan.cases.errors import Refused
from bihuan.cases.models import Case
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.ledger.verify import verify
from bihuan.people.models import Contact
from bihuan.people.services.contacts import open_contact
from tests.bihuan.cases.sessions import at_once
from tests.bihuan.portal.conftest import Visit
from tests.factories.matters import brought_to, found_matters, opened
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

PHONE = "13800138000"
WHO = ContactIn(name="钱多多", phone=PHONE, id_no="11010119900307751X", address="文星路18号")
SECRETS = (WHO.name, PHONE, WHO.id_no, WHO.address)


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def asked(client: Client, code: str, do: str, confirm: str = PHONE, **given: str) -> Any:
    return client.post(f"/t/{code}/mine", {"do": do, "confirm": confirm, **given})


def ended(county: County) -> tuple[str, int]:
    """Code and contact of a matter that has ended."""
    case = Case.objects.get(pk=brought_to(county, "archived", contact=WHO))
    return code_of(county, case), case.contact_id or 0


def code_of(county: County, case: Case) -> str:
    from bihuan.cases.services import reprint_code

    return reprint_code(actor=county.actor("clerk"), case_id=case.pk)


def test_the_page_shows_masks_and_what_may_be_asked(visit: Visit, county: County) -> None:
    found = opened(county.actor("clerk"), contact=WHO)
    client = visit()
    client.get(f"/t/{found.tracking_code}/mine")
    with counted() as count:
        answer = client.get(f"/t/{found.tracking_code}/mine")
    text = answer.content.decode()
    assert (answer.status_code, faults_of(text)) == (200, [])
    assert len(count) <= 8, count
    assert "138****8000" in text
    assert not [secret for secret in SECRETS if secret in text]
    assert "还在办理" in shown_words(text)
    assert f"/t/{found.tracking_code}/mine" in client.get(f"/t/{found.tracking_code}").content.decode()
    assert client.get("/t/AAAA-BBBB/mine").status_code == 404
    assert "需要时上门核实" in text
    assert "各页面上显示的掩码" not in text, "the register's own words are for the officer"
    client.cookies["language"] = "en"
    english = client.get(f"/t/{found.tracking_code}/mine").content.decode()
    assert "so that nobody sees them in reading it" in english
    assert "需要时上门核实" not in english


def test_a_copy_of_everything_is_given_for_the_phone_and_entered(visit: Visit, county: County) -> None:
    found = opened(county.actor("clerk"), contact=WHO)
    contact = Case.objects.get(pk=found.case_id).contact_id or 0
    look_at_contacts(county.actor("dispatcher"), [contact], reason="回电核实地点", case_id=found.case_id)
    client = visit()
    client.get(f"/t/{found.tracking_code}/mine")
    with counted() as count:
        answer = asked(client, found.tracking_code, "copy", "+86 138-0013-8000")
    assert len(count) <= 12, count
    text = answer.content.decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    assert all(secret in text for secret in SECRETS)
    assert found.number in text
    assert "第一网格村口路灯坏了两周" in text
    assert "周dispatcher" not in text, "which office looked, not who"
    assert "回电核实地点" not in text
    entry = Entry.objects.get(stream=f"own:{found.case_id}")
    assert (entry.kind, entry.doer, entry.facts["contact"]) == ("own_data_shown", "resident", contact)
    assert not any(secret in str(entry.facts) for secret in SECRETS)


def test_a_wrong_phone_shows_nothing_and_is_slowed_down(visit: Visit, county: County, clock: Any) -> None:
    found = opened(county.actor("clerk"), contact=WHO)
    client = visit()
    for number in range(5):
        answer = asked(client, found.tracking_code, "copy", f"1380013800{number + 1}")
        assert answer.status_code == 422
        assert not [secret for secret in SECRETS if secret in answer.content.decode()]
    answer = asked(client, found.tracking_code, "copy")
    assert answer.status_code == 409, "the right one comes too late today"
    assert not [secret for secret in SECRETS if secret in answer.content.decode()]
    other = opened(county.actor("clerk"), contact=WHO)
    assert asked(client, other.tracking_code, "copy").status_code == 200, "the control: another matter is not slowed down"
    clock.advance(timedelta(days=1, seconds=1))
    assert asked(client, found.tracking_code, "copy").status_code == 200


def test_what_is_wrong_is_put_right_and_found_again(visit: Visit, county: County) -> None:
    found = opened(county.actor("clerk"), contact=WHO)
    contact = Case.objects.get(pk=found.case_id).contact_id or 0
    client = visit()
    assert asked(client, found.tracking_code, "correct").status_code == 422, "nothing was written"
    assert asked(client, found.tracking_code, "correct", name="长" * 61).status_code == 422
    assert asked(client, found.tracking_code, "correct", "13900000000", phone="13911112222").status_code == 422
    answer = asked(client, found.tracking_code, "correct", phone="13911112222", address="东湖路2号")
    assert answer.status_code == 302
    details = open_contact(contact)
    assert details is not None
    assert (details.name, details.phone, details.address, details.id_no) == (WHO.name, "13911112222", "东湖路2号", WHO.id_no)
    assert asked(client, found.tracking_code, "copy").status_code == 422, "the old phone is nobody's any more"
    assert asked(client, found.tracking_code, "copy", "13911112222").status_code == 200
    entry = Entry.objects.get(kind="own_data_corrected")
    assert entry.facts["fields"] == ["address", "phone"]
    assert "13911112222" not in str(entry.facts)


def test_the_contact_is_erased_when_no_matter_needs_it(visit: Visit, county: County) -> None:
    code, contact = ended(county)
    client = visit()
    again = opened(county.actor("clerk"), contact=WHO)
    Case.objects.filter(pk=again.case_id).update(contact_id=contact)
    assert asked(client, code, "erase").status_code == 409, "another matter of the same person is open"
    assert Contact.objects.get(pk=contact).erased_at is None
    Case.objects.filter(pk=again.case_id).update(contact_id=None)
    assert asked(client, code, "erase").status_code == 302
    row = Contact.objects.get(pk=contact)
    assert row.erased_at is not None
    assert (bytes(row.name_sealed), row.phone_hash, row.phone_masked) == (b"", "", "")
    text = client.get(f"/t/{code}/mine").content.decode()
    assert "没有保存" in shown_words(text)
    assert asked(client, code, "copy").status_code == 409
    assert client.get(f"/t/{code}").status_code == 200, "the matter stays"
    assert Entry.objects.filter(kind="own_data_erased").count() == 1
    assert verify().ok


def test_a_matter_opened_again_since_the_page_was_read_keeps_the_contact(county: County) -> None:
    code, contact = ended(county)
    held = own_data.own_data(code)
    assert held is not None
    ended_at = held.closed_at
    Case.objects.filter(pk=held.case_id).update(closed_at=None)
    with pytest.raises(Refused, match="还在办理"):
        own_data.erase(held, PHONE)
    assert Contact.objects.get(pk=contact).erased_at is None
    Case.objects.filter(pk=held.case_id).update(closed_at=ended_at)
    own_data.erase(held, PHONE)
    assert Contact.objects.get(pk=contact).erased_at is not None, "the control"


@pytest.mark.django_db(transaction=True)
def test_many_wrong_phones_at_once_are_counted_like_one_after_the_other(clock: Any) -> None:
    found = opened(found_matters().actor("clerk"), contact=WHO)
    held = own_data.own_data(found.tracking_code)
    assert held is not None

    def guess(number: int) -> str:
        with pytest.raises(Refused) as refused:
            own_data.copy(held, f"139{number:08d}")
        return refused.value.code

    told = at_once(*(lambda n=number: guess(n) for number in range(16)))
    assert Counter(told) == {"bad_fact": 5, "guard": 11}
    assert Entry.objects.filter(kind="own_data_refused").count() == 5


def test_who_gave_no_name_has_nothing_to_ask_for(visit: Visit, county: County) -> None:
    found = opened(county.actor("clerk"))
    text = visit().get(f"/t/{found.tracking_code}/mine").content.decode()
    assert 'name="confirm"' not in text
    assert asked(visit(), found.tracking_code, "copy", "").status_code == 409
    nameless = opened(county.actor("clerk"), contact=ContactIn(name="钱多多"))
    assert asked(visit(), nameless.tracking_code, "copy", "").status_code == 409, "no phone: an empty one opens nothing"
