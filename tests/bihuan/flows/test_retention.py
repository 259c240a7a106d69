"""Words, files and contacts of matters that ended long ago are erased by themselves; open ones, younger ones and figures stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import actor_for
from bihuan.cases.models import Case, Words
from bihuan.cases.shapes import ContactIn
from bihuan.flows.retention import YEAR, erase_what_is_over
from bihuan.intake.models import ServiceRecord
from bihuan.intake.services import record_service
from bihuan.intake.shapes import RecordIn
from bihuan.ledger.selectors import records
from bihuan.ledger.verify import verify
from bihuan.people.models import Contact
from bihuan.vault.models import VaultItem
from tests.factories.matters import brought_to, found_matters, opened, request_id

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
