"""What lies inside the requests and answers: numbers in bodies, lists, counts, searches, tables, many acts at once.

A path that names nothing can still reach too far: through an office's number in a form, a filter, a count, a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.cases import selectors
from bihuan.cases.errors import CaseError, NotFound, Refused
from bihuan.cases.models import Case, Thread
from bihuan.cases.services import open_case, perform, perform_many, reprint_code, unmask
from bihuan.cases.shapes import CaseFilter, Command, ContactIn
from bihuan.intake.models import ServiceRecord
from bihuan.intake.services import raise_to_case
from bihuan.ledger.models import Entry
from bihuan.people.models import Contact
from bihuan.rules.scope import Duty
from tests.factories.matters import act, category, facts, opened, request_id, shipped_pack
from tests.factories.organisation import EAST_A, GRID_1, GRID_4, WEST
from tests.matrix.calling import caller
from tests.matrix.county import MATTERS, World

pytestmark = pytest.mark.django_db

LINK = re.compile(r"/desk/case/(\d+)")
COUNT = re.compile(r'<a href="/desk/"[^>]*>\D*(\d+)</a>')


def visible(world: World, name: str) -> set[int]:
    return {world.cases[key] for key, matter in MATTERS.items() if world.people[name].sees(matter)}


def waiting(world: World, name: str) -> set[int]:
    """Cases whose turn lies with this post, as the door left them."""
    person = world.people[name].actor
    held = Thread.objects.filter(open=True, holder_unit=person.unit, holder_post__in=(person.post, ""))
    return set(held.values_list("case_id", flat=True))


# -- lists and counts --------------------------------------------------------------------------------------------------


def test_lists_show_what_the_principles_allow(world: World) -> None:
    for name, person in world.people.items():
        page = selectors.case_list(person.actor, limit=200)
        assert {line.case_id for line in page.lines} == visible(world, name), name


def test_the_screen_of_all_matters_is_the_list(world: World) -> None:
    for name, person in world.people.items():
        if Duty.CASE_READ in person.actor.duties:
            page = caller(person).get("/desk/cases").content.decode()
            assert {int(number) for number in LINK.findall(page)} == visible(world, name), name


@pytest.mark.parametrize(
    "asked",
    [
        lambda world: {"area": WEST},
        lambda world: {"area": GRID_4},
        lambda world: {"office": str(world.units["water"])},
        lambda world: {"q": ""},
        lambda world: {"open": "yes"},
        lambda world: {"state": "handling"},
        lambda world: {"light": "running"},
        lambda world: {"after": "999999"},
    ],
)  # fmt: skip
def test_no_filter_widens_the_scope(asked: Any, world: World) -> None:
    for name in ("dispatcher@east", "village_clerk@east village", "officer@housing", "liaison@east police", "dispatcher@centre"):
        page = caller(world.people[name]).get("/desk/cases", asked(world)).content.decode()
        assert {int(number) for number in LINK.findall(page)} <= visible(world, name), name


def test_a_number_out_of_scope_finds_nothing(world: World) -> None:
    for key, number in world.cases.items():
        wanted = CaseFilter(number=Case.objects.get(pk=number).number)
        for name, person in world.people.items():
            found = {line.case_id for line in selectors.case_list(person.actor, wanted).lines}
            assert found == {number} & visible(world, name), (name, key)


def test_my_work_counts_what_it_shows(world: World) -> None:
    for name, person in world.people.items():
        page = selectors.my_work(person.actor, limit=200)
        shown = {line.case_id for line in page.lines}
        assert shown == waiting(world, name) & visible(world, name), name
        assert page.total == len(page.lines) == sum(selectors.work_counts(person.actor).values()), name


def test_what_becomes_avoided_leaves_lists_and_counts(world: World) -> None:
    """The matter is found to be about the office that holds it: it is gone from their work, their lists and every count."""
    number = world.cases["in the east, with housing"]
    officer = world.people["officer@housing"]
    assert number in {line.case_id for line in selectors.my_work(officer.actor).lines}
    before = selectors.my_work(officer.actor).total
    Case.objects.filter(pk=number).update(about_unit_id=world.units["housing"])
    after = selectors.my_work(officer.actor)
    assert (after.total, sum(selectors.work_counts(officer.actor).values())) == (before - 1, before - 1)
    assert number not in {line.case_id for line in after.lines}
    assert number not in {line.case_id for line in selectors.case_list(officer.actor).lines}
    screen = caller(officer).get("/desk/").content.decode()
    assert f"/desk/case/{number}" not in screen
    assert COUNT.findall(screen) == [str(before - 1)]
    with pytest.raises(NotFound):
        act(officer.actor, number, "progress", {"note": "已到现场查看情况"})


def test_a_post_holder_never_sees_what_is_about_them_in_another_post(world: World) -> None:
    """About one person of the centre: no other unit hides it, the person does not see it wherever they look from."""
    caller_post = world.people["followup_caller@centre"]
    number = opened(world.people["window_clerk@east"].actor, area_code=GRID_1, about_account=caller_post.actor.account).case_id
    assert number not in {line.case_id for line in selectors.case_list(caller_post.actor).lines}
    assert number not in {line.case_id for line in selectors.case_list(world.people["centre_head@centre"].actor).lines}
    assert number in {line.case_id for line in selectors.case_list(world.people["dispatcher@authority"].actor).lines}


# -- numbers in bodies -------------------------------------------------------------------------------------------------


def ready_to_assign(world: World, **about: int) -> int:
    """A case in the east with the county's centre, accepted, about whom the test says."""
    number = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, **about).case_id
    accept = {"category": category(), "weight": "ordinary", "urgency": "normal"}
    act(world.people["dispatcher@centre"].actor, number, "accept", accept)
    return number


@pytest.mark.parametrize("office", ["housing", "east grid", "centre", "east", "authority"])
def test_an_office_that_must_not_handle_it_cannot_be_chosen(office: str, world: World) -> None:
    """The office it is about, and units that are no office: refused, nothing written."""
    number = ready_to_assign(world, about_unit=world.units["housing"])
    written = Entry.objects.count()
    answer = caller(world.people["dispatcher@centre"]).post(
        f"/desk/case/{number}/act/main/assign",
        {
            "rules": f"{shipped_pack().digest}:matter", "request_id": request_id(), "f-office": str(world.units[office]),
            "f-basis": "按职责清单交办",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert Thread.objects.get(case_id=number, name="main").state == "to_assign"
    assert Entry.objects.count() == written


def test_the_office_of_a_person_it_is_about_cannot_be_chosen(world: World) -> None:
    number = ready_to_assign(world, about_account=world.people["officer@housing"].actor.account)
    with pytest.raises(Refused):
        act(world.people["dispatcher@centre"].actor, number, "assign", {"office": world.units["housing"], "basis": "按职责清单"})


@pytest.mark.parametrize("office", ["0", "-1", "999999999", "housing", "1;2", ""])
def test_no_such_office(office: str, world: World) -> None:
    number = ready_to_assign(world)
    form = {"rules": f"{shipped_pack().digest}:matter", "request_id": request_id(), "f-office": office, "f-basis": "职责清单"}
    assert caller(world.people["dispatcher@centre"]).post(f"/desk/case/{number}/act/main/assign", form).status_code == 422


def test_facts_that_no_act_asks_for_are_refused(world: World) -> None:
    """No column of a case and no holder can be put in through the facts of an act."""
    number = ready_to_assign(world)
    for name in (
        "about_unit",
        "centre",
        "holder_unit",
        "holder_post",
        "area",
        "a9",
        "contact",
        "to_state",
        "closed_at",
        "version",
    ):
        told = {"office": world.units["housing"], "basis": "按职责清单", name: world.units["housing"]}
        with pytest.raises(Refused) as refused:
            act(world.people["dispatcher@centre"].actor, number, "assign", told)
        assert refused.value.field == name


def register_form(**more: str) -> dict[str, str]:
    return {
        "f-title": "路灯", "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "request_id": request_id(), **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"area": "990999"},
        {"area": "430624"},
        {"about": "office", "about_unit": "999999999"},
        {"about": "person", "about_unit": "1", "about_account": "999999999"},
        {"about": "office", "about_unit": "-1"},
        {"f-kind": "petitioner"},
        {"f-channel": "nowhere"},
    ],
)
def test_what_is_not_there_cannot_be_registered(wrong: Mapping[str, str], world: World) -> None:
    written = Case.objects.count()
    for name in ("window_clerk@east", "grid_leader@east grid", "dispatcher@centre"):
        assert caller(world.people[name]).post("/desk/register", register_form(**wrong)).status_code == 422
    if "f-channel" not in wrong:  # a resident's own report has one channel: what the form says of it is not read
        assert caller(None).post("/report", register_form(**wrong)).status_code == 422
    assert Case.objects.count() == written


def test_smuggled_fields_of_a_registration_are_not_read(world: World) -> None:
    """Another's contact, a record, a number, a centre or an account cannot be put under a new case."""
    other = Contact.objects.earliest("pk").pk
    smuggled = {
        name: str(other)
        for name in (
            "contact", "contact_id", "f-contact", "from_record", "f-from_record", "f-about_unit", "f-about_post", "centre",
            "f-centre", "f-area", "is_demo", "number", "at", "account",
        )
    }  # fmt: skip
    answer = caller(world.people["window_clerk@east"]).post("/desk/register", register_form(anonymous="yes", **smuggled))
    assert answer.status_code == 201
    case = Case.objects.latest("pk")
    assert (case.contact_id, case.about_unit_id, case.about_account_id, case.is_demo) == (None, 0, 0, False)
    assert case.area_code == EAST_A
    assert case.centre_id == world.units["east"]


def test_a_registration_elsewhere_goes_to_who_is_lawful_there(world: World) -> None:
    """A clerk may take in a matter of another township: the centre above receives it, and it leaves the clerk's sight."""
    answer = caller(world.people["window_clerk@east"]).post("/desk/register", register_form(area=GRID_4))
    assert answer.status_code == 201
    number = Case.objects.latest("pk").pk
    assert Thread.objects.get(case_id=number).holder_unit == world.units["centre"]
    assert caller(world.people["window_clerk@east"]).get(f"/desk/case/{number}").status_code == 404


def test_a_record_can_only_be_written_at_home(world: World) -> None:
    before = ServiceRecord.objects.count()
    for name, elsewhere in (
        ("grid_leader@east grid", EAST_A),
        ("window_clerk@east", GRID_4),
        ("village_clerk@west village", GRID_1),
    ):
        form = {"what": "咨询", "result": "已答复", "area": elsewhere, "request_id": request_id()}
        assert caller(world.people[name]).post("/desk/records/new", form).status_code == 422
    assert ServiceRecord.objects.count() == before


def test_a_record_of_elsewhere_cannot_be_raised(world: World) -> None:
    before = Case.objects.count()
    for name in ("window_clerk@west", "village_clerk@west village", "officer@housing", "auditor@centre"):
        with pytest.raises(CaseError):
            raise_to_case(
                actor=world.people[name].actor, record_id=world.records["record of the east"], request_id=request_id(),
                facts={"kind": "complaint", "channel": "phone"},
            )  # fmt: skip
    assert Case.objects.count() == before


def test_another_persons_post_cannot_be_taken(world: World) -> None:
    client = caller(world.people["liaison@housing"])
    for name in ("dispatcher@centre", "system_admin@centre", "liaison@water"):
        assert client.post("/post", {"post": str(world.people[name].actor.post_id)}).status_code == 422
    assert client.get(f"/desk/case/{world.cases['in the west']}").status_code == 404


# -- the services behind the screens -----------------------------------------------------------------------------------


def test_every_service_answers_alike_out_of_sight(world: World) -> None:
    """The door itself, not only the views: not there, whether it exists or not; with the duty the post has."""
    for name, person in world.people.items():
        hidden = next((world.cases[key] for key, matter in MATTERS.items() if not person.sees(matter)), None)
        for number in (hidden, 999_999_999):
            with pytest.raises(NotFound):
                selectors.case_page(person.actor, number or 0)
            with pytest.raises(NotFound):
                selectors.offers(person.actor, number or 0)
            with pytest.raises(NotFound):
                perform(actor=person.actor, case_id=number or 0, action="accept", facts={}, request_id=request_id())
            with pytest.raises(NotFound):
                unmask(actor=person.actor, case_id=number or 0, field="phone", reason="核对电话")
            with pytest.raises((NotFound, Refused)) as error:
                reprint_code(actor=person.actor, case_id=number or 0)
            assert isinstance(error.value, Refused) == (Duty.CASE_OPEN not in person.actor.duties), name


def test_a_look_needs_duty_reason_and_sight(world: World) -> None:
    number = world.cases["in the east"]
    before = Entry.objects.count()
    for person in world.people.values():
        if not person.sees(MATTERS["in the east"]) or Duty.CONTACT_UNMASK in person.actor.duties:
            continue
        with pytest.raises(Refused):
            unmask(actor=person.actor, case_id=number, field="phone", reason="核对电话")
    assert Entry.objects.count() == before
    with pytest.raises(Refused):
        unmask(actor=world.people["dispatcher@east"].actor, case_id=number, field="phone", reason=" ")
    assert unmask(actor=world.people["dispatcher@east"].actor, case_id=number, field="phone", reason="核对电话") == "13800000000"
    assert Entry.objects.count() == before + 1


def test_one_of_many_acts_out_of_sight_is_not_found(world: World) -> None:
    """In one batch: what is mine is done, what is not is not there; also when different people share the batch."""
    east, west = world.people["dispatcher@east"].actor, world.people["dispatcher@west"].actor
    accept = {"category": category(), "weight": "ordinary", "urgency": "normal"}

    def asked(actor: Any, key: str) -> Command:
        return Command(actor=actor, case_id=world.cases[key], action="accept", facts=accept, request_id=request_id())

    keys = ("in the west", "in the east", "about the centre of the east")
    first = perform_many([asked(east, key) for key in keys])
    assert [type(one.error) for one in first] == [NotFound, type(None), NotFound]
    second = perform_many([asked(east, "in the west"), asked(west, "in the west")])
    assert [type(one.error) for one in second] == [NotFound, type(None)]


def test_a_request_id_of_another_is_worth_nothing(world: World) -> None:
    """Request ids belong to the account: the same id from somebody else neither answers nor tells anything."""
    mine = request_id()
    case = open_case(
        actor=world.people["window_clerk@east"].actor,
        facts=facts(),
        request_id=mine,
        area_code=EAST_A,
        contact=ContactIn(name="李"),
    )
    other = open_case(
        actor=world.people["window_clerk@west"].actor,
        facts=facts(),
        request_id=mine,
        area_code=EAST_A,
        contact=ContactIn(name="李"),
    )
    assert other.case_id != case.case_id
    assert other.tracking_code != case.tracking_code


# -- tables and searches -----------------------------------------------------------------------------------------------


def test_a_file_waiting_to_be_taken_in_belongs_to_who_sent_it(world: World) -> None:
    """The token of an upload is worth nothing to another account with the same duty."""
    rows = "主题,内容,时间\n路灯,村口路灯坏了两个星期没人修,2026-10-09 09:30\n".encode()
    sender, other = caller(world.people["dispatcher@east"]), caller(world.people["dispatcher@centre"])
    form = {"file": SimpleUploadedFile("messages.csv", rows), "kind": "complaint"}
    page = sender.post("/desk/import", form).content.decode()
    token = re.search(r"/desk/import/([\w-]+)", page)
    assert token
    before = Case.objects.count()
    for step in ("", "again", "refused"):
        assert other.post(f"/desk/import/{token[1]}", {"step": step, "kind": "complaint"}).status_code == 404
    assert Case.objects.count() == before
    assert sender.post(f"/desk/import/{token[1]}", {"kind": "complaint"}).status_code == 200
    assert Case.objects.count() == before + 1


def test_picks_name_places_and_offices_only(world: World) -> None:
    """What appears while typing: names of areas and offices, to everybody alike; never a person, a case or a number of one."""
    names = [person.actor.name for person in world.people.values()]
    for path in (
        "/areas?area_q=青石",
        "/areas?parent=990101001",
        "/offices?office_q=住建",
        "/offices?office_q=吴",
        "/areas?area_q=吴",
    ):
        pages = set()
        for person in (None, world.people["officer@housing"], world.people["dispatcher@centre"]):
            page = caller(person).get(path).content.decode()
            assert not any(name in page for name in names)
            assert not LINK.search(page)
            pages.add(page)
        assert len(pages) == 1


def test_the_public_form_names_no_member_of_staff(world: World) -> None:
    form = register_form(find="office", about="person", about_unit=str(world.units["housing"]))
    page = caller(None).post("/report", form).content.decode()
    assert not any(person.actor.name in page for person in world.people.values() if len(person.actor.name) > 2)


def test_the_slip_tells_nothing_about_others(world: World) -> None:
    """A slip again: for who may register and sees the case; the look is entered."""
    for name, person in world.people.items():
        for key in ("in the west", "about the centre of the east"):
            answer = caller(person).post(f"/desk/case/{world.cases[key]}/slip")
            may = Duty.CASE_OPEN in person.actor.duties
            expected = 200 if may and person.sees(MATTERS[key]) else 404 if may else 403
            assert answer.status_code == expected, (name, key)
            assert (world.codes[key] in answer.content.decode()) == (expected == 200)


def test_a_post_belongs_to_its_account(world: World) -> None:
    """One number of two in an address is of somebody else: not there, whether looked at or sent; the control: both of one."""
    client = caller(world.people["security_admin@centre"])
    housing, water = world.people["officer@housing"].actor, world.people["officer@water"].actor
    form = {"last_day": "2026-10-31", "successor": str(world.people["liaison@water"].actor.account)}
    written = Entry.objects.count()
    mixed = f"/desk/admin/people/{housing.account}/post/{water.post_id}"
    assert [client.get(mixed).status_code, client.post(mixed, form).status_code] == [404, 404]
    assert Entry.objects.count() == written
    assert client.get(f"/desk/admin/people/{water.account}/post/{water.post_id}").status_code == 200
