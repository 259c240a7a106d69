"""What new cases begin under: the whole place's version, or an overlay's in its area; and nothing without a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bihuan.cases.errors import Refused
from bihuan.cases.migrating import migrate
from bihuan.cases.models import Case, Clock
from bihuan.ledger.selectors import records
from bihuan.packs import digest
from bihuan.packs.shape import Pack
from bihuan.rulebook import proposals, selectors
from bihuan.rulebook.errors import NotDecidable, NotNarrowing
from bihuan.rulebook.services import end_overlay, publish
from bihuan.rules.terms import Doer
from tests.factories.matters import County, found_matters, opened, shipped_pack
from tests.factories.organisation import EAST, EAST_A, GRID_4
from tests.factories.versions import newer, with_limit, with_procedure

ASKER, SECOND = Doer(kind="staff", account=71, unit=1, post="admin"), Doer(kind="staff", account=72, unit=1, post="admin")


@pytest.fixture
def county(db: None, clock: Any) -> County:
    """The small county under its pack."""
    return found_matters()


def overlay(base: Pack, area: str = EAST, n: int = 5) -> Pack:
    """The pack of a township: five working days instead of seven."""
    parts = with_procedure(base, lambda one: with_limit(one, "resolve", n))
    over = replace(
        base, name="east", base=f"{base.name}@{base.version}", base_digest=base.digest, covers=area, digest="", **parts
    )
    return replace(over, digest=digest(over))


def _rules(case_id: int) -> str:
    return Case.objects.values_list("pack_digest", flat=True).get(pk=case_id)


def test_a_townships_cases_begin_under_its_overlay(county: County) -> None:
    base = shipped_pack()
    over = overlay(base)
    assert publish(over)
    assert selectors.current_pack() == base
    assert selectors.in_force() == {"": base.digest, EAST: over.digest}
    assert county.actor("east_clerk").pack_digest == county.actor("village_clerk").pack_digest == over.digest
    assert county.actor("clerk").pack_digest == base.digest
    own = opened(county.actor("east_clerk")).case_id
    village = opened(county.actor("village_clerk")).case_id
    received = opened(county.actor("clerk")).case_id  # the county's own centre takes it in: its own rules
    assert (_rules(own), _rules(village), _rules(received)) == (over.digest, over.digest, base.digest)
    due = {case: Clock.objects.get(case_id=case, key="resolve").due_at for case in (own, received)}
    assert due[own] < due[received]


def test_about_the_township_itself_the_countys_rules_hold(county: County) -> None:
    over = overlay(shipped_pack())
    publish(over)
    about = opened(county.actor("clerk"), about_unit=county.units[f"township_centre@{EAST}"], area_code=EAST_A).case_id
    assert _rules(about) == shipped_pack().digest


def test_a_new_version_of_the_county_ends_overlays_on_the_old(county: County) -> None:
    base = shipped_pack()
    over = overlay(base)
    publish(over)
    began = opened(county.actor("east_clerk")).case_id
    publish(newer(base, "9.2"))
    assert list(selectors.in_force()) == [""]
    assert records(prefix="pack:")[0].facts["ended"] == [EAST]
    assert _rules(began) == over.digest
    assert _rules(opened(county.actor("east_clerk")).case_id) == selectors.current_digest()
    with pytest.raises(NotNarrowing):
        publish(overlay(base, n=4))


def test_an_overlay_ends_and_its_open_cases_may_follow(county: County) -> None:
    base = shipped_pack()
    plain, elsewhere = opened(county.actor("east_clerk")).case_id, opened(county.actor("clerk"), area_code=GRID_4).case_id
    over = overlay(base)
    publish(over)
    assert migrate(county.actor("admin"), over.digest, reason="镇里收紧时限").moved == (plain,)
    assert _rules(elsewhere) == base.digest
    assert end_overlay(EAST, SECOND)
    assert not end_overlay(EAST, SECOND)
    assert not end_overlay("", SECOND)
    assert _rules(opened(county.actor("east_clerk")).case_id) == base.digest
    assert migrate(county.actor("admin"), base.digest, reason="恢复县里的规则").moved == (plain,)


def test_published_only_when_a_second_person_agrees(county: County, clock: Any) -> None:
    base = shipped_pack()
    changed = newer(base, "9.2", **with_procedure(base, lambda one: with_limit(one, "resolve", 5)))
    number = proposals.propose(changed, against=base.digest, reason="县委会议定为五个工作日", by=ASKER)
    assert selectors.current_digest() == base.digest
    with pytest.raises(NotDecidable, match="same_person"):
        proposals.agree(number, ASKER)
    assert proposals.agree(number, SECOND) == changed
    row = selectors.versions()[0]
    assert (row.digest, row.published_by, row.approved_by) == (changed.digest, 71, 72)
    assert [one.kind for one in records(prefix="pack:")][:2] == ["pack_published", "pack_proposed"]
    with pytest.raises(NotDecidable, match="gone"):
        proposals.agree(number, SECOND)


def test_what_was_asked_for_against_other_rules_is_not_published(county: County) -> None:
    base = shipped_pack()
    first = newer(base, "9.2", **with_procedure(base, lambda one: with_limit(one, "resolve", 5)))
    second = newer(base, "9.3", **with_procedure(base, lambda one: with_limit(one, "resolve", 6)))
    numbers = [proposals.propose(one, against=base.digest, reason="改时限", by=ASKER) for one in (first, second)]
    with pytest.raises(NotDecidable, match="taken"):
        proposals.propose(first, against=base.digest, reason="改时限", by=ASKER)
    proposals.agree(numbers[0], SECOND)
    with pytest.raises(NotDecidable, match="stale"):
        proposals.agree(numbers[1], SECOND)
    proposals.refuse(numbers[1], SECOND, words="规则已变")
    refused, pack = proposals.proposal(numbers[1]) or (None, None)
    assert refused is not None
    assert (refused.state, refused.words, pack) == ("refused", "规则已变", second)
    again = newer(first, "9.4")
    mine = proposals.propose(again, against=first.digest, reason="再改", by=ASKER)
    proposals.refuse(mine, ASKER, words="")
    assert proposals.proposals()[0].state == "withdrawn"


def test_what_waits_for_a_second_person_is_found_however_much_was_asked_for_since(county: County) -> None:
    base = shipped_pack()
    changed = newer(base, "9.2", **with_procedure(base, lambda one: with_limit(one, "resolve", 5)))
    waits = proposals.propose(changed, against=base.digest, reason="改时限", by=ASKER)
    for version in ("9.3", "9.4", "9.5"):
        other = proposals.propose(newer(changed, version), against=base.digest, reason="再改", by=ASKER)
        proposals.refuse(other, ASKER, words="")
    assert [one.id for one in proposals.proposals(state=proposals.ASKED, limit=3)] == [waits]
    assert waits not in {one.id for one in proposals.proposals(limit=3)}, "the control"


def test_the_county_decides_who_may_migrate_under_an_overlay(county: County, clock: Any) -> None:
    over = overlay(shipped_pack())
    opened(county.actor("east_clerk"))
    publish(over)
    clock.set(clock() + timedelta(days=1))
    with pytest.raises(Refused):
        migrate(county.actor("east_dispatcher"), over.digest, reason="改")


def test_an_areas_own_rules_end_only_when_a_second_person_agrees(county: County) -> None:
    base = shipped_pack()
    over = overlay(base)
    publish(over)
    number = proposals.propose_end(over.digest, reason="镇党委会定", by=ASKER)
    with pytest.raises(NotDecidable, match="asked"):
        proposals.propose_end(over.digest, reason="再提一次", by=ASKER)
    with pytest.raises(NotDecidable, match="same_person"):
        proposals.agree(number, ASKER)
    assert selectors.in_force()[EAST] == over.digest
    found = proposals.proposal(number)
    assert found is not None
    assert (found[0].ends, found[1]) == (True, base)
    assert proposals.agree(number, SECOND) == base
    assert list(selectors.in_force()) == [""]
    assert [(one.kind, one.facts.get("proposal")) for one in records(prefix="pack:")][:2] == [
        ("overlay_ended", number), ("overlay_end_proposed", number),
    ]  # fmt: skip
    with pytest.raises(NotDecidable, match="stale"):
        proposals.propose_end(over.digest, reason="已经停了", by=ASKER)
    with pytest.raises(NotDecidable, match="stale"):
        proposals.propose_end(base.digest, reason="县里的规则不能这样停", by=ASKER)


def test_what_came_meanwhile_is_not_ended_with_what_was_asked_about(county: County) -> None:
    base = shipped_pack()
    over = overlay(base)
    publish(over)
    number = proposals.propose_end(over.digest, reason="镇党委会定", by=ASKER)
    stricter = replace(overlay(base, n=4), version="9.9", digest="")
    publish(replace(stricter, digest=digest(stricter)))
    with pytest.raises(NotDecidable, match="stale"):
        proposals.agree(number, SECOND)
    assert selectors.in_force()[EAST] == digest(stricter)
    proposals.refuse(number, ASKER, words="")  # whoever asked may still withdraw it
    assert proposals.proposals(state=proposals.ASKED) == []
