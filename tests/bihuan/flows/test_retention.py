"""Words, files and contacts of matters that ended long ago are erased by themselves; open ones, younger ones and figures stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import actor_for
from bihuan.access.looks import FILE
from bihuan.access.models import Look
from bihuan.access.signin import sign_in
from bihuan.cases.models import Case, Words
from bihuan.cases.services import unmask_several
from bihuan.cases.shapes import ContactIn
from bihuan.flows import retention
from bihuan.flows.retention import LEAST_KEPT, REASONS_KEPT, WORK_KEPT, YEAR, clear_records, erase_what_is_over, too_short
from bihuan.flows.worker import tidy
from bihuan.intake.models import ImportBatch, ServiceRecord
from bihuan.intake.services import record_service
from bihuan.intake.shapes import RecordIn
from bihuan.ledger.models import Entry, Outbox
from bihuan.ledger.selectors import records
from bihuan.ledger.verify import verify
from bihuan.people.models import Contact
from bihuan.vault.models import VaultItem
from tests.bihuan.desk.test_parties import OTHER, two_sided
from tests.factories.matters import act, brought_to, found_matters, opened, request_id
from tests.factories.organisation import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
SOMEBODY = ContactIn(name="王小明", phone="13800000000")


def test_what_is_over_is_erased_and_all_else_stays(clock: Any, settings: Any) -> None:
    settings.KEEP_YEARS = 10
    county = found_matters()
    old = brought_to(county, "archived", contact=SOMEBODY, what="路灯坏了两周，请回电13911112222，谢谢。")
    still_open = opened(county.actor("clerk"), contact=SOMEBODY).case_id
    kept = record_service(
        actor=actor_for(county.posts["clerk"]), record=RecordIn(what="咨询", result="已答复", words="问社保", contact=SOMEBODY),
        request_id=request_id(),
    )  # fmt: skip
    ended = Case.objects.get(pk=old).closed_at
    assert ended is not None
    assert erase_what_is_over(ended + 10 * YEAR - timedelta(days=1)) == 0, "the control: a day too early"
    settings.KEEP_YEARS = 0
    assert erase_what_is_over(ended + 30 * YEAR) == 0, "0 keeps everything"
    settings.KEEP_YEARS = 10
    clock.set(ended + 10 * YEAR + timedelta(days=1))
    assert erase_what_is_over(clock()) == 2
    case = Case.objects.get(pk=old)
    assert (case.title, set(Words.objects.filter(case=old).values_list("text", flat=True))) == ("", {""})
    assert Contact.objects.get(pk=case.contact_id).name_sealed in (b"", memoryview(b""))
    assert not VaultItem.objects.filter(ref__startswith=f"case:{old}:", erased_at=None).exists()
    assert ServiceRecord.objects.get(pk=kept).words == ""
    young = Case.objects.get(pk=still_open)
    assert young.title
    assert young.contact is not None
    assert young.contact.erased_at is None
    assert case.category, "what figures are made of stays"
    assert len(records(prefix="retention")) == 2
    assert verify().ok
    assert erase_what_is_over(clock()) == 0, "once"


def test_the_other_side_of_a_dispute_is_erased_with_the_matter(clock: Any, settings: Any) -> None:
    settings.KEEP_YEARS = 10
    county = found_matters(two_sided())
    over = brought_to(county, "handling", contact=SOMEBODY)
    act(county.actor("officer"), over, "name_party", {"party": OTHER})
    still_open = brought_to(county, "handling", contact=SOMEBODY)
    act(county.actor("officer"), still_open, "name_party", {"party": {**OTHER, "name": "示例丁某"}})
    assert Contact.objects.count() == 4
    Case.objects.filter(pk=over).update(closed_at=clock())
    assert erase_what_is_over(clock() + 10 * YEAR + timedelta(days=1)) == 1
    left = [one for one in Contact.objects.order_by("pk") if one.erased_at is None]
    assert len(left) == 2, "the reporter and the other side of the matter that is over"
    assert {one.phone_masked for one in left} == {"138****0000", "139****9000"}
    assert not Contact.objects.exclude(erased_at=None).exclude(name_sealed=b"").exists()


def test_reasons_and_finished_work_go_after_their_time_and_the_entries_stay(clock: Any) -> None:
    county = found_matters()
    actor = county.actor("dispatcher")
    seen = {"account_id": actor.account, "unit_id": actor.unit, "post": actor.post, "contact_id": 1}
    ends = clock() - REASONS_KEPT
    for number, (reason, at) in enumerate(
        [("回电核实", ends - timedelta(days=1)), (f"{FILE}7", ends - timedelta(days=1)), ("再问一次", ends + timedelta(days=1))]
    ):
        Look.objects.create(entry=-1 - number, reason=reason, at=at, **seen)
    for at in (ends - timedelta(days=1), ends + timedelta(days=1)):
        ImportBatch.objects.create(account_id=1, unit_id=1, file_name="王小明.xlsx", reason="导错了表", at=at)
    Outbox.objects.all().delete()
    for state in Outbox.State:
        for at in (clock() - WORK_KEPT - timedelta(days=1), clock() - WORK_KEPT + timedelta(days=1)):
            Outbox.objects.create(topic="none", state=state, not_before=at)
    entries = Entry.objects.count()
    assert clear_records(clock()) == 3
    assert list(Look.objects.order_by("-pk").values_list("reason", flat=True)) == ["再问一次", f"{FILE}7", ""]
    assert list(ImportBatch.objects.order_by("pk").values_list("file_name", "reason")) == [("", ""), ("王小明.xlsx", "导错了表")]
    assert sorted(Outbox.objects.values_list("state", flat=True)) == [0, 0, 1, 2, 2], "only what is done, and long ago"
    assert Entry.objects.count() == entries
    assert clear_records(clock()) == 0, "once"
    assert REASONS_KEPT > LEAST_KEPT >= timedelta(days=180)


def kept_of() -> tuple[Any, ...]:
    """What is kept of looks, sign-ins and refusals: every entry, and the reason that was given."""
    kinds = ("signed_in", "sign_in_refused", "contact_seen")
    entries = Entry.objects.filter(kind__in=kinds).values_list("pk", "kind")
    return tuple(sorted(entries)), tuple(Look.objects.order_by("pk").values_list("pk", "reason"))


def test_nothing_of_a_record_goes_before_the_law_allows_it(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks, sign-ins and refusals stay whole for 180 days, whatever the worker clears, even under a rule that is too short."""
    county = found_matters()
    dispatcher = county.actor("dispatcher")
    case_id = opened(county.actor("clerk"), contact=SOMEBODY).case_id
    unmask_several(actor=dispatcher, case_id=case_id, fields=["phone"], reason="回电核实")
    for password in (PASSWORD, "wrong, and long enough"):
        sign_in(identifier="grid_leader", password=password, address="203.0.113.7")
    before = kept_of()
    assert {kind for _, kind in before[0]} == {"signed_in", "sign_in_refused", "contact_seen"}, "there is something to lose"
    assert [reason for _, reason in before[1]] == ["phone: 回电核实"]
    monkeypatch.setattr(retention, "OF_RECORDS", dict.fromkeys(retention.OF_RECORDS, timedelta(days=30)))
    clock.advance(LEAST_KEPT - timedelta(days=1))
    tidy()
    assert kept_of() == before
    assert too_short() == ["imports", "looks"], "and the doctor is told"
    monkeypatch.setattr(retention, "LEAST_KEPT", timedelta())
    tidy()
    assert kept_of() != before, "the control: without the floor the reason is gone"
    assert kept_of()[0] == before[0], "the entries stay all the same"


def test_the_products_own_rules_are_long_enough() -> None:
    assert too_short() == []
    assert too_short({"looks": timedelta(days=179), "imports": timedelta(days=180)}) == ["looks"]
