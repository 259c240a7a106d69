"""A change of key: everything sealed is brought under the new one, whenever it is stopped; the old one goes only when unused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.access import factor
from bihuan.access.renewing import secrets_under
from bihuan.cases.models import Case
from bihuan.cases.services import reprint_code, unmask_several
from bihuan.cases.shapes import ContactIn
from bihuan.files import owners, selectors, store
from bihuan.files import services as files
from bihuan.flows import renewing
from bihuan.flows.renewing import NotYet, in_use, is_owed, new_key, renew_all, retire
from bihuan.flows.worker import renew_for_a_while
from bihuan.ledger.models import Entry
from bihuan.ledger.selectors import records
from bihuan.ledger.verify import verify
from bihuan.people.models import Account, Contact
from bihuan.people.services import AccountRow, create_accounts
from bihuan.people.staff import card
from bihuan.safekeeping import personal
from bihuan.vault import keys, sealing
from bihuan.vault.errors import CannotOpen
from tests.factories.matters import found_matters, opened, request_id
from tests.factories.organisation import County
from tests.factories.pictures import picture

pytestmark = pytest.mark.django_db(transaction=True)
SOMEBODY = ContactIn(name="王小明", phone="13800000000", id_no="43062419900307123X", address="东村三组")
WORDS = "路灯坏了两周，请回电13911112222，谢谢。"


@pytest.fixture
def county(settings: Any, tmp_path: Path, clock: Any) -> County:
    settings.KEYS, settings.FILES = tmp_path / "keys", tmp_path / "files"
    keys.create()
    return found_matters()


def filled(county: County) -> int:
    """A matter with everything that is sealed: contact, code, a number in its words, a picture; an account with a factor."""
    clerk, ask = county.actor("clerk"), request_id()
    arrived = [store.incoming("路灯.jpg", picture())]
    (taken,) = files.take(arrived, owner=owners.owner_of(clerk, ask), request_id=ask, account=clerk.account)
    case_id = opened(clerk, contact=SOMEBODY, what=WORDS, files=[taken.ref]).case_id
    create_accounts([AccountRow(username="mobile", name="有手机", password="open sesame 9", mobile="13700001111")])
    account = Account.objects.get(username="mobile")
    factor.enrol(account.pk, factor.new_secret())
    return case_id


def reads(county: County, case_id: int) -> tuple[Any, ...]:
    """All of it in clear, as people get it."""
    dispatcher = county.actor("dispatcher")
    contact = unmask_several(
        actor=dispatcher, case_id=case_id, fields=["name", "phone", "id_no", "address"], reason="核对换密钥以后"
    )
    (line,) = selectors.of_case(case_id)
    account = Account.objects.get(username="mobile")
    return (
        contact, reprint_code(actor=county.actor("clerk"), case_id=case_id), selectors.content(line),
        card(account.pk).mobile, secrets_under().total(),
    )  # fmt: skip


def test_everything_is_brought_under_the_new_key_and_reads_as_before(county: County, clock: Any) -> None:
    case_id = filled(county)
    before = reads(county, case_id)
    assert set(in_use()) == {1}
    assert not is_owed()
    assert new_key() == 2
    assert is_owed()
    after_change = filled_again(county)
    assert in_use()[2] > 0
    clock.advance(timedelta(hours=2))
    with pytest.raises(NotYet) as refused:
        retire(1)
    assert (refused.value.why, refused.value.left) == ("used", in_use()[1])
    done = renew_all()
    assert (done.shut, done.whole, done.renewed > 8) == (0, True, True)
    assert set(in_use()) == {2}
    assert not is_owed()
    assert renew_all().renewed == 0, "once"
    retire(1)
    assert list(keys.keys().ciphers) == [2]
    assert reads(county, case_id) == before
    assert Case.objects.get(pk=after_change).tracking_sealed
    assert [one.kind for one in records(prefix="place")] == ["key_retired", "key_renewed", "key_added"]
    assert verify().ok


def test_what_was_begun_before_the_key_and_written_after_the_look_is_brought_along(
    county: County, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction sealed under the old key, the key came, the look passed its row, and only then was it committed."""
    filled(county)
    new_key()
    renew_all()
    assert set(in_use()) == {2}
    old = keys.keys()
    with monkeypatch.context() as before_the_key:
        before_the_key.setattr(sealing, "keys", lambda: replace(old, newest=1))
        late = opened(county.actor("clerk"), contact=SOMEBODY, what=WORDS).case_id
    assert in_use()[1] > 0
    assert not is_owed(), "the control: the first look alone believes that all is done"
    clock.advance(renewing.SETTLES)
    assert is_owed()
    renew_all()
    assert set(in_use()) == {2}
    assert not is_owed()
    retire(1)
    assert Case.objects.get(pk=late).tracking_sealed


def filled_again(county: County) -> int:
    return opened(county.actor("clerk"), contact=SOMEBODY, what=WORDS).case_id


def test_without_renewing_the_old_key_is_all_there_is(county: County, clock: Any) -> None:
    """The control: a key dropped with values under it takes them along."""
    case_id = filled(county)
    keys.add_key()
    keys.drop_key(1)
    with pytest.raises(CannotOpen):
        reads(county, case_id)
    assert renew_all().shut > 0
    assert in_use()[1] > 0


def test_it_may_be_stopped_anywhere_and_goes_on(county: County, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = filled(county)
    before = reads(county, case_id)
    new_key()
    rounds = 0
    while is_owed():
        steps = iter(range(rounds + 1))
        renew_all(stopped=lambda steps=steps: next(steps, None) is None)
        rounds += 1
        assert reads(county, case_id) == before
    assert rounds > 5
    assert set(in_use()) == {2}


def test_a_file_broken_off_half_way_is_the_old_one(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = filled(county)
    before = reads(county, case_id)
    new_key()

    def killed(_arrived: Any) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            renew_all()
    assert reads(county, case_id) == before
    assert is_owed()
    assert renew_all().whole
    assert reads(county, case_id) == before


def test_what_was_erased_meanwhile_does_not_come_back(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(county)
    new_key()
    true_finish = store.Writer.finish

    def erased_meanwhile(writer: store.Writer) -> store.Incoming:
        store.path_of(writer.name).unlink()
        return true_finish(writer)

    monkeypatch.setattr(store.Writer, "finish", erased_meanwhile)
    assert renew_all().shut == 0
    assert not list(store.blobs())
    assert not list((store.root() / store.INCOMING).iterdir())


def test_a_key_is_not_retired_before_its_time(county: County, clock: Any) -> None:
    for number, why in ((1, "newest"), (9, "unknown")):
        with pytest.raises(NotYet, match=why):
            retire(number)
    new_key()
    renew_all()
    with pytest.raises(NotYet, match="young"):
        retire(1)
    clock.advance(renewing.SETTLES)
    retire(1)


def test_a_key_that_nobody_lived_to_enter_waits_its_hour_all_the_same(county: County, clock: Any) -> None:
    """Killed between adding a key and entering it: the hour counts from when it is noticed."""
    new_key()
    renew_all()
    clock.advance(renewing.SETTLES)
    keys.add_key()
    renew_all()
    with pytest.raises(NotYet, match="young"):
        retire(1)
    clock.advance(renewing.SETTLES)
    retire(1)
    retire(2)
    assert list(keys.keys().ciphers) == [3]


def test_the_worker_does_it_by_itself(county: County) -> None:
    filled(county)
    assert renew_for_a_while(lambda: False), "nothing is owed"
    new_key()
    assert not renew_for_a_while(lambda: False, seconds=-1.0), "no time"
    assert set(in_use()) == {1}
    assert renew_for_a_while(lambda: False)
    assert set(in_use()) == {2}


def test_what_does_not_open_is_counted_and_keeps_the_key(county: County, clock: Any) -> None:
    filled(county)
    contact = Contact.objects.exclude(phone_sealed=b"").first()
    assert contact is not None
    Contact.objects.filter(pk=contact.pk).update(phone_sealed=bytes(contact.phone_sealed)[:-1] + b"\0")
    new_key()
    done = renew_all()
    assert done.shut == 1
    assert is_owed(), "the ledger does not say that everything is under the new key"
    clock.advance(timedelta(hours=2))
    with pytest.raises(NotYet, match="used"):
        retire(1)
    assert not Entry.objects.filter(kind="key_renewed").exists()


def test_every_registered_sealed_column_is_renewed() -> None:
    """A column registered as sealed that nobody renews would be lost with its key."""
    sealed = {field for one in personal.register().held if one.form == "sealed" for field in one.fields}
    renewed = {f"{one.table}.{one.column}" for one in renewing.COLUMNS} | {"mfa_authenticator.data"}
    beside = {"vault_vaultitem.keyed_hash", "cases_case.tracking_hash"}
    assert sealed - beside == renewed
