"""Every address and method, for every post everywhere and for nobody, on what is theirs and what is not.

Outside an actor's scope the answer is the one for what does not exist, to the letter; nobody signed in is sent to sign in;
a post without the duty is refused alike whatever it asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from bihuan.access.scope import as_q
from bihuan.access.sessions import OWED, open_session
from bihuan.cases import sheet
from bihuan.rules.scope import Duty
from bihuan.web.guards import Guard, routes, signed_in
from tests.factories.matters import shipped_pack
from tests.matrix.calling import called, caller, plain, without_route, without_row
from tests.matrix.county import MATTERS, READS_NO_CASE, RECORDS, Person, World
from tests.matrix.rows import GONE_ON, NEVER, NOT_ADMITTED, NOT_FOUND, NOT_THIS_WAY, ROWS, Row

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
ONE_MATTER = "in the east"
REFUSED_ALIKE = 2
"""So many things are asked for by a post that the view does not admit at all: it is refused before anything is looked up."""


def guard_of(row: Row) -> Guard:
    return next(route.guard for route in routes() if route.pattern == row.pattern and route.guard)


def title(row: Row) -> str:
    return f"{row.method} {row.path('…')}"


# -- nothing is forgotten ----------------------------------------------------------------------------------------------


def test_every_address_and_method_has_a_row() -> None:
    assert without_row(routes(), ROWS) == []


def test_every_row_has_an_address() -> None:
    assert without_route(routes(), ROWS) == []


@signed_in("GET", "DELETE")
def _new_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("new")


def test_a_new_address_without_a_row_is_reported() -> None:
    urls = ModuleType("tests.matrix.temporary_urls")
    urls.urlpatterns = [path("", include("bihuan.config.urls")), path("desk/new/<int:case_id>", _new_view)]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=urls):
        assert without_row(routes(), ROWS) == ["DELETE /desk/new/<int:case_id>", "GET /desk/new/<int:case_id>"]


def test_a_new_method_without_a_row_is_reported() -> None:
    assert without_row(routes(), [row for row in ROWS if row.method != "POST"])


def test_every_post_is_there_and_every_relation_occurs(world: World) -> None:
    """Own area, other area, own unit, other unit, avoided: each at least once for each post that reads cases."""
    assert {person.post for person in world.people.values()} == {post.key for post in shipped_pack().posts}
    wanted = {key for key in MATTERS if "about" not in key}
    for person in world.people.values():
        seen = Counter(person.sees(MATTERS[key]) for key in wanted)
        if person.post in READS_NO_CASE or person.unit in ("authority", "water"):
            assert seen[True] == 0, person.name
        elif person.unit == "centre":
            assert seen[False] == 0, person.name
        else:
            assert len(seen) == 2, person.name
        assert any(not person.sees(MATTERS[key]) for key in set(MATTERS) - wanted), person.name


# -- what a path asks for ----------------------------------------------------------------------------------------------


def asked_of(row: Row, world: World, person: Person | None) -> Iterator[tuple[object, bool]]:
    """(what is put into the path, whether this person may see it) for a row; nothing asked for is always visible."""
    if row.asks == "case":
        for key, number in world.cases.items():
            yield number, person is not None and person.sees(MATTERS[key])
    elif row.asks == "record":
        for key, number in world.records.items():
            reads = person is not None and Duty.RECORD_READ in person.actor.duties
            yield number, reads and person is not None and person.unit in RECORDS[key][2]
    elif row.asks == "account":
        yield world.people["officer@housing"].actor.account, True
    elif row.asks == "code":
        yield world.codes[ONE_MATTER], True
    elif row.asks == "token":
        yield "x" * 32, True
    else:
        yield "", True


def one_of_each_post(world: World) -> list[Person]:
    return list({person.post: person for person in world.people.values()}.values())


def faults(row: Row, people: Iterable[Person], world: World) -> list[str]:
    """Answers that are not the expected ones, for a row asked by these people on everything it can ask for."""
    wrong = []
    guard = guard_of(row)
    for person in people:
        client = caller(person)
        admitted = guard.who == "signed_in" or bool(guard.duties & person.actor.duties)
        never = called(client, row, NEVER) if row.asks in ("case", "record", "account") else None
        nothing = plain(never, NEVER) if never else ""
        for asked, seen in islice(asked_of(row, world, person), None if admitted else REFUSED_ALIKE):
            answer = called(client, row, asked)
            expected = {NOT_ADMITTED} if not admitted else row.answers if seen else {NOT_FOUND}
            if answer.status_code not in expected:
                wrong.append(f"{person.name} asked for {asked or 'it'}: {answer.status_code}, not {sorted(expected)}")
            elif not (admitted and seen) and plain(answer, asked) != nothing and row.asks in ("case", "record"):
                wrong.append(f"{person.name} asked for {asked}: another page than for what does not exist")
    return wrong


@pytest.mark.parametrize("row", [row for row in ROWS if row.pattern.startswith("/desk") or row.pattern == "/post"], ids=title)
def test_staff(row: Row, world: World) -> None:
    """Admitted and in sight: the row's answer. Not in sight: as if it did not exist. Not admitted: refused, always alike."""
    wrong = faults(row, one_of_each_post(world) if row.again else world.people.values(), world)
    assert not wrong, "\n".join(wrong)


CASE_PAGE = next(row for row in ROWS if row.pattern == "/desk/case/<int:case_id>")


@pytest.mark.parametrize(
    ("left_out", "who", "matter"),
    [
        ({"chain": (), "account": 0}, "dispatcher@east", "about the centre of the east"),
        ({"account": 0, "chain": ()}, "grid_leader@east grid", "about the grid leader"),
        ({"everything": True}, "officer@water", "in the west"),
    ],
)
def test_a_hole_in_the_scope_is_found(
    left_out: dict[str, Any], who: str, matter: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with avoidance or the bounds of the scope left out, the matrix names who sees what they must not."""
    person = world.people[who]
    assert faults(CASE_PAGE, [person], world) == []
    monkeypatch.setattr(sheet, "as_q", lambda scope, *rest, **more: as_q(replace(scope, **left_out), *rest, **more))
    assert f"{who} asked for {world.cases[matter]}: 200, not [404]" in faults(CASE_PAGE, [person], world)


def test_a_session_that_still_owes_its_second_factor_opens_nothing(world: World) -> None:
    """Half signed in is not signed in: every address of the desk leads back to the sign-in pages."""
    person = world.people["dispatcher@east"]
    token = open_session(account=person.actor.account, post=person.actor.post_id, stage=OWED)
    client = caller(replace(person, token=token))
    for row in ROWS:
        if guard_of(row).who != "anyone":
            answer = called(client, row, next(asked_of(row, world, None))[0])
            assert answer.status_code == GONE_ON
            assert answer.headers["Location"].startswith(("/sign-in", "/factor"))


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_nobody(row: Row, world: World) -> None:
    """Nobody signed in: public pages answer, everything else leads to the sign-in page, whatever it asks for."""
    client = caller(None)
    for asked, _seen in asked_of(row, world, None):
        answer = called(client, row, asked)
        if guard_of(row).who == "anyone":
            assert answer.status_code in row.answers
        else:
            assert answer.status_code == GONE_ON
            assert answer.headers["Location"].startswith("/sign-in?next=%2Fdesk%2F" if "/desk" in row.pattern else "/sign-in")
            assert answer.content == b""


@pytest.mark.parametrize("who", ["dispatcher@centre", "system_admin@centre", ""])
def test_other_methods_are_refused(who: str, world: World) -> None:
    client = caller(world.people[who] if who else None)
    for route in routes():
        row = next(row for row in ROWS if row.pattern == route.pattern)
        asked = next(asked_of(row, world, None))[0]
        for method in METHODS:
            if route.guard and method not in route.guard.methods:
                assert client.generic(method, row.path(asked)).status_code == NOT_THIS_WAY, f"{method} {row.pattern}"


def test_an_unknown_tracking_code_is_one_page(world: World) -> None:
    """Never there or mistyped, looked at or acted on: the same answer."""
    client = caller(None)
    pages = set()
    for code in ("AAAA-AAAA", "7777-7777"):
        for answer in (client.get(f"/t/{code}"), client.post(f"/t/{code}/rate", {"request_id": "x" * 10})):
            assert answer.status_code == NOT_FOUND
            pages.add(plain(answer, code).replace("/rate", "").replace(code, "#"))
    assert len(pages) == 1


def test_staff_are_residents_on_the_tracking_page(world: World) -> None:
    """A tracking code opens the resident's page alone, whoever holds it: no act of the desk is possible there."""
    for who in ("dispatcher@east", "office_leader@housing"):
        client = caller(world.people[who])
        for action in ("accept", "assign", "sign_off", "follow_up", "resume_answered", "archive"):
            answer: Any = client.post(f"/t/{world.codes[ONE_MATTER]}/{action}", {"request_id": "y" * 12})
            assert answer.status_code == 409
