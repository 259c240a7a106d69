"""Each registered field of personal data, each post, each screen and table to take away: nobody reads what is masked.

The fields are those of the register (``safekeeping/personal.toml``) that are kept sealed. A new one without a value here
fails the test, as does a screen that shows one: screens are the rows of the matrix.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.cases.shapes import ContactIn
from bihuan.people.models import Account, Contact
from bihuan.people.services import AccountRow, correct_account
from bihuan.safekeeping import personal
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import called, caller
from tests.matrix.county import MATTERS, Person, World
from tests.matrix.rows import ROWS, Row
from tests.matrix.test_matrix import guard_of

pytestmark = pytest.mark.django_db

CANARIES: Mapping[str, str] = {
    "people_contact.name_sealed": "欧阳守密",
    "people_contact.phone_sealed": "13712345678",
    "people_contact.id_no_sealed": "430624198001010018",
    "people_contact.address_sealed": "岳阳县东岭镇青石村七组藏金坳88号",
    "people_account.mobile_sealed": "13887654321",
    "vault_vaultitem.sealed": "13698765432",
}
"""One value of each field that is kept sealed and is shown masked somewhere."""
NO_VALUE: Mapping[str, str] = {
    "cases_case.tracking_sealed": "the resident's own code: shown on the slip alone, tests/matrix/test_inside.py",
    "access_session.data": "what a session carries for ten minutes",
    "mfa_authenticator.data": "secrets of the second factor: tests/bihuan/access/test_factor.py",
}
"""Sealed fields that no screen has words for."""
MEANT = {"/desk/calls/<int:case_id>/show", "/desk/case/<int:case_id>/unmask", "/desk/case/<int:case_id>/slip"}
"""Ways to see on purpose, each entered: tests/matrix/test_inside.py, tests/bihuan/desk/test_calls.py."""


def uncovered(sealed: Iterable[str]) -> list[str]:
    """Registered fields that are kept sealed and have neither a value here nor a reason."""
    return sorted(set(sealed) - CANARIES.keys() - NO_VALUE.keys() - {name for name in sealed if name.endswith("_hash")})


def sealed_fields() -> set[str]:
    return {field for one in personal.register().held if one.form == "sealed" for field in one.fields}


def test_every_registered_field_has_a_value_here() -> None:
    assert uncovered(sealed_fields()) == []
    assert sealed_fields() >= CANARIES.keys()


def test_a_new_field_would_be_missed() -> None:
    """The control."""
    assert uncovered({*sealed_fields(), "care_plan.diagnosis_sealed"}) == ["care_plan.diagnosis_sealed"]


@pytest.fixture
def told(world: World) -> int:
    """A matter whose resident, words and handler carry the values; taken to an office, so that many see it."""
    contact = ContactIn(
        name=CANARIES["people_contact.name_sealed"], phone=CANARIES["people_contact.phone_sealed"],
        id_no=CANARIES["people_contact.id_no_sealed"], address=CANARIES["people_contact.address_sealed"],
    )  # fmt: skip
    words = f"村口路灯坏了两个星期，请打{CANARIES['vault_vaultitem.sealed']}找我。"
    number = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, contact=contact, what=words).case_id
    dispatcher = world.people["dispatcher@centre"].actor
    act(dispatcher, number, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, number, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, number, "acknowledge")
    handler = Account.objects.get(pk=world.people["officer@housing"].actor.account)
    row = AccountRow(username=handler.username, name=handler.name, mobile=CANARIES["people_account.mobile_sealed"])
    correct_account(handler.pk, row, keep_mobile=False)
    assert Contact.objects.get(pk=Case.objects.get(pk=number).contact_id).phone_masked == "137****5678"
    return number


def shown(answer: Any) -> Iterator[str]:
    """What stands in an answer, also in a workbook."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    yield content.decode("utf-8", "replace")
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield from (book.read(name).decode("utf-8", "replace") for name in book.namelist())


def leaks(people: Iterable[Person], rows: Iterable[Row], number: int, account: int) -> list[str]:
    """Which field stands in the clear in whose answer."""
    found = []
    for person in people:
        client = caller(person)
        for row in rows:
            if row.pattern in MEANT or not guard_of(row).admits(person.actor):
                continue
            answer = called(client, row, {"case": number, "account": account}.get(row.asks, "1"))
            for text in shown(answer):
                found += [
                    f"{person.name}: {row.method} {row.path()}: {field}" for field, value in CANARIES.items() if value in text
                ]
    return found


SCREENS = [row for row in ROWS if row.pattern.startswith("/desk") and (row.method == "GET" or "export" in row.pattern)]


def one_of_each(world: World) -> list[Person]:
    """One holder of each post, where there is a choice one who sees the matter."""
    order = sorted(world.people.values(), key=lambda person: person.sees(MATTERS["in the east, with housing"]))
    return list({person.post: person for person in order}.values())


def test_no_screen_and_no_table_shows_what_is_masked(world: World, told: int) -> None:
    account = world.people["officer@housing"].actor.account
    assert leaks(one_of_each(world), SCREENS, told, account) == []
    page = caller(world.people["dispatcher@centre"]).get(f"/desk/case/{told}").content.decode()
    assert "137****5678" in page, "the control: it is this resident's page"
    assert leaks([world.people["dispatcher@centre"]], [row for row in ROWS if row.pattern in MEANT], told, account) == []


def test_the_public_pages_show_nothing_of_it(world: World, told: int) -> None:
    client = caller(None)
    for row in ROWS:
        if not row.pattern.startswith("/desk") and row.method == "GET":
            text = "".join(shown(called(client, row, "1")))
            assert not [field for field, value in CANARIES.items() if value in text], row.pattern


def test_a_screen_that_forgets_the_mask_is_named(world: World, told: int) -> None:
    """The control: with the masks of one resident gone, the screens that show them are named, field by field."""
    contact = Case.objects.get(pk=told).contact_id
    clear = {
        "name_masked": CANARIES["people_contact.name_sealed"],
        "phone_masked": CANARIES["people_contact.phone_sealed"],
        "address_masked": CANARIES["people_contact.address_sealed"],
    }
    Contact.objects.filter(pk=contact).update(**clear)
    rows = [row for row in SCREENS if row.pattern == "/desk/case/<int:case_id>"]
    found = leaks([world.people["dispatcher@centre"]], rows, told, 0)
    assert {line.rpartition(": ")[2] for line in found} >= {"people_contact.name_sealed", "people_contact.phone_sealed"}
