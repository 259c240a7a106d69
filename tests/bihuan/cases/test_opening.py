"""Registering a matter: number, code, place, receiving centre, avoidance, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.access.actors import Actor
from bihuan.cases import codes, selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Case, Words
from bihuan.cases.services import open_case, reprint_code, unmask
from bihuan.cases.shapes import ContactIn
from bihuan.ledger.selectors import entries, records, stream_events
from bihuan.people.services import PostRow, end_post, give_post
from bihuan.vault.services import held
from tests.factories.matters import COUNTY, EAST, EAST_A, GRID_1, STEPS, WEST, County, act, facts, opened, request_id

RESIDENT = Actor(kind="resident")


def centre_of(case_id: int) -> int:
    """The receiving centre."""
    return Case.objects.get(pk=case_id).centre_id


def test_numbers_follow_one_another_and_codes_are_all_different(county: County) -> None:
    cases = [opened(county.actor("clerk")) for _ in range(5)]
    assert [case.number for case in cases] == [f"990101-2026-{n:06}" for n in range(1, 6)]
    assert len({case.tracking_code for case in cases}) == 5
    assert all(set(case.tracking_code.replace("-", "")) <= set(codes.ALPHABET) for case in cases)


def test_a_code_is_found_however_it_is_typed_and_stands_nowhere_in_the_open(county: County) -> None:
    case = opened(county.actor("clerk"))
    plain = case.tracking_code.replace("-", "")
    for typed in (plain.lower(), f" {plain[:4]} {plain[4:]} ", "".join(chr(ord(c) + 0xFEE0) for c in plain)):
        page = selectors.tracking(typed)
        assert page is not None
        assert page.number == case.number
    for typed in ("", "0000-0000", plain[:-1], plain + "A", "\x00" * 8, "\ud800" * 8, "x" * 10_000):
        assert selectors.tracking(typed) is None
    row = Case.objects.get(pk=case.case_id)
    assert plain not in row.tracking_hash
    assert plain.encode() not in bytes(row.tracking_sealed)
    assert reprint_code(actor=county.actor("clerk"), case_id=case.case_id) == case.tracking_code
    assert [line.kind for line in records(prefix="look:")] == ["code_shown"]


def test_a_code_that_exists_already_is_drawn_again(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million random codes two are equal every other time: neither matter may be lost or shown to the other."""
    first = opened(county.actor("clerk"))
    taken, free = first.tracking_code.replace("-", ""), "7QK4M2XD"
    drawn = iter([taken, taken, free])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    second = opened(county.actor("clerk"))
    assert second.tracking_code == codes.shown(free)
    for case in (first, second):
        page = selectors.tracking(case.tracking_code)
        assert page is not None
        assert page.number == case.number
    assert next(drawn, None) is None, "drawn again as long as it was taken"


def test_each_level_first_takes_in_its_own(county: County) -> None:
    units = county.units
    assert centre_of(opened(county.actor("clerk"), area_code=GRID_1).case_id) == units["centre"]
    assert centre_of(opened(county.actor("east_clerk"), area_code=GRID_1).case_id) == units[f"township_centre@{EAST}"]
    assert centre_of(opened(county.actor("village_clerk"), area_code=GRID_1).case_id) == units[f"village_unit@{EAST_A}"]
    assert centre_of(opened(RESIDENT, area_code=GRID_1).case_id) == units[f"township_centre@{EAST}"]
    assert centre_of(opened(RESIDENT, area_code="").case_id) == units["centre"]
    assert centre_of(opened(county.actor("east_clerk"), area_code=WEST).case_id) == units["centre"]


def test_a_matter_without_a_place_lies_with_the_county(county: County) -> None:
    case = opened(county.actor("clerk"), area_code="")
    assert Case.objects.get(pk=case.case_id).area_code == COUNTY


def test_a_matter_about_an_office_goes_above_it_and_is_invisible_below(county: County) -> None:
    east = county.units[f"township_centre@{EAST}"]
    case = opened(RESIDENT, area_code=GRID_1, about_unit=east)
    assert centre_of(case.case_id) == county.units["centre"]
    for who in ("east_dispatcher", "east_clerk", "police", "village_clerk", "grid_leader"):
        with pytest.raises(NotFound):
            selectors.case_page(county.actor(who), case.case_id)
        assert case.case_id not in [line.case_id for line in selectors.case_list(county.actor(who)).lines]
    assert selectors.case_page(county.actor("dispatcher"), case.case_id).about_unit == east


def test_a_matter_about_the_county_centre_goes_to_the_authority(county: County) -> None:
    case = opened(county.actor("east_clerk"), about_unit=county.units["centre"])
    assert centre_of(case.case_id) == county.units["authority"]
    for who in ("dispatcher", "clerk", "head", "east_dispatcher"):
        with pytest.raises(NotFound):
            selectors.case_page(county.actor(who), case.case_id)
    above = county.actor("authority_dispatcher")
    assert [line.case_id for line in selectors.my_work(above).lines] == [case.case_id]
    with pytest.raises(Refused):
        opened(county.actor("clerk"), about_unit=county.units["authority"])


def test_a_matter_about_a_person_hides_it_from_him_and_his_unit(county: County) -> None:
    case = opened(county.actor("clerk"), about_account=county.accounts["east_dispatcher"])
    row = Case.objects.get(pk=case.case_id)
    assert (row.about_account_id, row.about_unit_id) == (
        county.accounts["east_dispatcher"],
        county.units[f"township_centre@{EAST}"],
    )
    with pytest.raises(NotFound):
        selectors.case_page(county.actor("east_clerk"), case.case_id)
    by_post = opened(county.actor("clerk"), about_post=county.posts["east_dispatcher"])
    assert Case.objects.get(pk=by_post.case_id).about_account_id == county.accounts["east_dispatcher"]
    with pytest.raises(Refused) as refused:
        opened(county.actor("clerk"), about_account=10**9)
    assert refused.value.field == "about_post"
    with pytest.raises(Refused):
        opened(county.actor("clerk"), about_account=county.accounts["officer"], about_unit=county.units["water"])


def test_a_matter_about_somebody_with_two_posts_is_kept_from_both_units(county: County) -> None:
    """Whichever unit was named at the counter, nobody below the person in the other one sees it either."""
    give_post(PostRow(username="east_dispatcher", key="liaison", unit_key=f"police@{EAST}"))
    account = county.accounts["east_dispatcher"]
    for named in (0, county.units[f"police@{EAST}"], county.units[f"township_centre@{EAST}"]):
        case = opened(county.actor("clerk"), about_account=account, about_unit=named, area_code=EAST)
        assert Case.objects.get(pk=case.case_id).about_unit_id == county.units[f"township_centre@{EAST}"]
    give_post(PostRow(username="east_dispatcher", key="dispatcher", unit_key=f"township_centre@{WEST}"))
    case = opened(county.actor("clerk"), about_account=account, area_code=EAST)
    assert case.centre == county.units["authority"]
    for who in ("east_clerk", "west_dispatcher", "police"):
        with pytest.raises(NotFound):
            selectors.case_page(county.actor(who), case.case_id)
    give_post(PostRow(username="east_dispatcher", key="liaison", unit_key="water"))  # only the highest is above them all
    case = opened(county.actor("clerk"), about_account=account, about_unit=county.units["water"])
    assert case.centre == county.units["centre"]


def test_one_whose_post_ends_soon_still_holds_it(county: County, clock: Any) -> None:
    end_post(county.posts["officer"], last_day=clock().date())
    case = opened(county.actor("clerk"), about_account=county.accounts["officer"])
    assert Case.objects.get(pk=case.case_id).about_unit_id == county.units["housing"]


def test_an_office_that_the_matter_is_about_cannot_be_given_it(county: County) -> None:
    case = opened(county.actor("clerk"), about_unit=county.units["housing"])
    dispatcher = county.actor("dispatcher")

    act(dispatcher, case.case_id, "accept", STEPS["accepted"][2])
    with pytest.raises(Refused):
        act(dispatcher, case.case_id, "assign", {"office": county.units["housing"], "basis": "城市照明职责"})


def test_names_and_numbers_are_sealed_and_shown_masked_one_look_at_a_time(county: County) -> None:
    contact = ContactIn(name="王小明", phone="13800000000", id_no="430101199001011234", address="东岭镇青石村8组12号")
    case = opened(county.actor("clerk"), contact=contact)
    shown = selectors.case_page(county.actor("caller"), case.case_id).contact
    assert shown is not None
    assert (shown.name, shown.phone) == ("王**", "138****0000")
    assert "1234" not in shown.id_no
    assert "12号" not in shown.address
    clear = unmask(actor=county.actor("caller"), case_id=case.case_id, field="phone", reason="回访群众")
    assert clear == "13800000000"
    assert [line.kind for line in records(prefix="look:")] == ["contact_seen"]
    for who, reason, code in (("clerk", "登记时核对", "not_allowed"), ("caller", " ", "bad_fact")):
        with pytest.raises(Refused) as refused:
            unmask(actor=county.actor(who), case_id=case.case_id, field="phone", reason=reason)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        unmask(actor=county.actor("water_officer"), case_id=case.case_id, field="phone", reason="想看一看")
    with pytest.raises(NotFound):
        unmask(actor=county.actor("caller"), case_id=case.case_id, field="password", reason="想看一看")


def test_numbers_in_what_people_write_are_hidden_and_kept_in_the_vault(county: County) -> None:
    case = opened(county.actor("clerk"), what="请打我的电话 13912345678，身份证 430101199003071234 。")
    words = Words.objects.get(case_id=case.case_id, name="what")
    assert "13912345678" not in words.text
    assert "199003071234" not in words.text
    kept = held(f"case:{case.case_id}:{words.ref}")
    assert [one.value for one in kept] == ["13912345678", "430101199003071234"]
    assert words.text[kept[0].start :].startswith("139****5678")


def test_the_ledger_holds_references_never_words(county: County) -> None:
    case = opened(county.actor("clerk"), contact=ContactIn(name="王小明", phone="13800000000"))
    said = str([line.facts for line in entries(stream=f"case:{case.case_id}")])
    for word in ("路灯", "网格村口", "王小明", "13800000000"):
        assert word not in said
    (first,) = stream_events(f"case:{case.case_id}")[0]
    assert first.facts["title"] != first.facts["what"]
    assert str(first.facts["title"]).startswith("w:")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "坏\x00灯"}, "title"),
        ({"what": "\ud800 路灯坏了"}, "what"),
        ({"title": ""}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"what": "长" * 20_001}, "what"),
        ({"what": "长" * 1_000_000}, "what"),
        ({"kind": "rumour"}, "kind"),
        ({"category": "no.such"}, "category"),
        ({"weight": "major"}, "weight"),
        ({"number": "000001"}, "number"),
        ({"title": ["路灯坏了"]}, "title"),
        ({"title": {"a": "b"}}, "title"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(county: County, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(county.actor("clerk"), **wrong)
    assert (refused.value.code, refused.value.field) == ("bad_fact", field)
    assert refused.value.say
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("beside", "field"),
    [
        ({"area_code": "123456789"}, "area"),
        ({"area_code": "99'; DROP"}, "area"),
        ({"about_unit": 10**9}, "about_unit"),
        ({"contact": ContactIn(name="王\x00")}, "name"),
        ({"contact": ContactIn(phone="1" * 50)}, "phone"),
        ({"facts": facts(contact=1)}, "contact"),
        ({"request_id": ""}, "request_id"),
        ({"request_id": "不是"}, "request_id"),
        ({"request_id": "x" * 81}, "request_id"),
    ],
)
def test_what_stands_beside_the_facts_is_checked_too(county: County, beside: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        open_case(**{"actor": county.actor("clerk"), "facts": facts(), "request_id": request_id(), "area_code": EAST_A, **beside})
    assert refused.value.field == field
    assert not Case.objects.exists()


def test_four_byte_characters_and_marks_are_kept_as_written(county: County) -> None:
    title = "𠀀村 é́ \u202e路灯 👩‍👩‍👧"
    case = opened(county.actor("clerk"), title=title)
    assert selectors.case_page(county.actor("clerk"), case.case_id).title == title


def test_who_may_not_open_a_case_may_not(county: County) -> None:
    for who in ("officer", "admin", "caller"):
        with pytest.raises(Refused) as refused:
            opened(county.actor(who))
        assert refused.value.code == "not_allowed"
