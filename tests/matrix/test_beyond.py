"""What somebody may not see changes nothing that they see: no list, count, order, figure, table, pick or answer.

The screens are those of the matrix, asked before and after a matter comes that is hidden from who asks: not a character may
differ. Then the ways by which a hidden matter could be named: in a table to take away, a bulk act, an act on two matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q

from bihuan.access.scope import as_q
from bihuan.cases import counts, selectors
from bihuan.cases.models import Case
from bihuan.cases.services import perform
from bihuan.cases.shapes import ContactIn
from bihuan.ledger.models import Entry
from bihuan.rules.scope import Duty
from tests.factories.matters import act, category, opened, request_id
from tests.factories.organisation import GRID_1
from tests.matrix.calling import called, caller, plain
from tests.matrix.county import MATTERS, Person, World
from tests.matrix.rows import NEVER, ROWS, SCREEN
from tests.matrix.test_matrix import guard_of

pytestmark = pytest.mark.django_db
DRAWN = re.compile(r'value="[0-9a-f]{32}[\w-]*"|/desk/(?:import|grids)/[\w-]{32}|name="drafts" content="\w+"')
NUMBER = re.compile(r"\d{6}-\d{4}-\d{6}")
ABOUT_HOUSING = ("officer@housing", "liaison@housing", "office_leader@housing")
ELSEWHERE = ("dispatcher@west", "village_clerk@west village", "auditor@centre", "system_admin@centre", "liaison@west police")
WHOLE_LEDGER = {"/desk/ledger"}
"""Screens that are of the whole place by their duty, and name no matter."""
SORTS = ("", "due", "newest", "oldest", "weight", "late", "x")


def compared(answer: Any, asked: object = "") -> str:
    """A page without what is drawn anew each time and without the number that was asked for; of a file its name alone."""
    if "text/html" not in answer.headers.get("Content-Type", ""):
        return str(answer.headers.get("Content-Disposition"))
    page = DRAWN.sub("", plain(answer, asked) if asked else plain(answer, "-"))
    return re.sub(rf"(?<=[/\"'>#]){re.escape(str(asked))}(?=[/\"'<.?&])", "#", page) if asked else page


def screens_of(person: Person) -> dict[str, str]:
    """Every screen of the desk that asks for nothing in its path, as this person sees it; lists in every order too."""
    client, pages = caller(person), {}
    for row in ROWS:
        whole = row.method == "GET" and SCREEN in row.answers and row.pattern.startswith("/desk") and not row.asks
        if whole and row.pattern not in WHOLE_LEDGER and guard_of(row).admits(person.actor):
            pages[row.path()] = compared(called(client, row))
    if Duty.CASE_READ in person.actor.duties:
        for order in SORTS:
            pages[f"sorted {order}"] = compared(client.get("/desk/cases", {"sort": order, "open": "yes"}))
        for words in ("路灯", "9901"):
            pages[f"searched {words}"] = compared(client.get("/desk/cases", {"q": words}))
    return pages


def hidden_matter(world: World) -> int:
    """A matter of the east about the housing office, taken to the water office: hidden from housing, and from the west."""
    number = opened(
        world.people["window_clerk@centre"].actor, area_code=GRID_1, title="路灯另一件",
        contact=ContactIn(name="李四", phone="13900000000"), about_unit=world.units["housing"],
    ).case_id  # fmt: skip
    dispatcher = world.people["dispatcher@centre"].actor
    act(dispatcher, number, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, number, "assign", {"office": world.units["water"], "basis": "按职责清单交办"})
    return number


def changed(people: Iterable[Person], world: World) -> list[str]:
    """Screens that differ after the hidden matter has come."""
    asked = list(people)
    before = {person.name: screens_of(person) for person in asked}
    hidden_matter(world)
    return [
        f"{person.name}: {path}"
        for person in asked
        for path, page in screens_of(person).items()
        if page != before[person.name][path]
    ]


def test_what_is_hidden_changes_no_screen(world: World) -> None:
    assert changed([world.people[name] for name in (*ABOUT_HOUSING, *ELSEWHERE)], world) == []


def test_what_is_seen_changes_them(world: World) -> None:
    """A control: the same matter changes lists and counts of those who see it."""
    found = changed([world.people["dispatcher@east"], world.people["dispatcher@centre"]], world)
    assert {"dispatcher@east: /desk/cases", "dispatcher@centre: /desk/cases", "dispatcher@centre: /desk/board"} <= set(found)


def test_a_hole_in_a_list_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: with the bounds of the area left out of the list, the list is named."""
    person = world.people["dispatcher@west"]
    monkeypatch.setattr(selectors, "in_area", lambda _code, _prefix="": Q(pk__gt=0))
    assert f"{person.name}: /desk/cases" in changed([person], world)


def test_a_hole_in_a_count_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: with avoidance and area left out of what the counts ask, the board is named."""
    person = world.people["dispatcher@west"]
    hole = lambda scope, *rest, **more: as_q(replace(scope, everything=True, chain=(), account=0), *rest, **more)  # noqa: E731
    monkeypatch.setattr(counts, "as_q", hole)
    assert f"{person.name}: /desk/board" in changed([person], world)


# -- by name -----------------------------------------------------------------------------------------------------------


def test_a_table_to_take_away_holds_the_list_and_no_more(world: World) -> None:
    numbers = dict(Case.objects.values_list("pk", "number"))
    asked = 0
    for person in world.people.values():
        if Duty.EXPORT_RUN not in person.actor.duties:
            continue
        answer = caller(person).post("/desk/cases/export", {"kind": "csv"})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        seen = {numbers[world.cases[key]] for key, matter in MATTERS.items() if person.sees(matter)}
        assert set(NUMBER.findall(body.decode("utf-8-sig"))) == seen, person.name
        asked += 1
    assert asked > 3


def test_one_line_of_a_bulk_act_out_of_sight_is_a_line_that_is_not_there(world: World) -> None:
    """The verdict on a hidden matter is, to the letter, the one on a number that nobody has; nothing is written on it."""
    officer = world.people["liaison@housing"]
    client = caller(officer)
    hidden = world.cases["about housing, with water"]
    entries = Entry.objects.count()
    pages = []
    for number in (hidden, NEVER):
        form = {"action": "acknowledge", "line": f"{number}.main.1", "request_id": request_id()}
        answer = client.post("/desk/together", form)
        pages.append(compared(answer, number))
        assert answer.status_code == 200
    assert pages[0] == pages[1]
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("action", ["merge", "link", "absorb"])
def test_the_other_matter_of_an_act_on_two_must_be_in_sight(action: str, world: World) -> None:
    """Named by its id or by its number: a hidden one is answered like one that is not there, and stays as it is."""
    person = world.people["dispatcher@east"]
    client, mine = caller(person), world.cases["in the east"]
    hidden = world.cases["in the west"]
    entries = Entry.objects.filter(stream=f"case:{hidden}").count()
    for name, asked in (("other", (hidden, NEVER)), ("number", (Case.objects.get(pk=hidden).number, "990101-2026-999999"))):
        pages = []
        for value in asked:
            form = {name: str(value), "reason": "说的是同一件事", "request_id": request_id(), "seen": ""}
            answer = client.post(f"/desk/case/{mine}/pair/{action}", form)
            assert answer.status_code in (404, 422)
            pages.append((answer.status_code, compared(answer, value)))
        assert pages[0] == pages[1], (action, name)
    assert Entry.objects.filter(stream=f"case:{hidden}").count() == entries
    with pytest.raises(Exception) as refused:  # noqa: PT011 - whatever it is, it is the same for both
        perform(actor=person.actor, case_id=mine, action=action, facts={"reason": "同"}, other=hidden, request_id=request_id())
    with pytest.raises(type(refused.value)):
        perform(
            actor=person.actor, case_id=mine, action=action, facts={"reason": "同"}, other=int(NEVER), request_id=request_id()
        )  # fmt: skip


def test_a_number_out_of_sight_is_no_number(world: World) -> None:
    number = Case.objects.get(pk=world.cases["about housing, with water"]).number
    for name in (*ABOUT_HOUSING, *ELSEWHERE):
        assert selectors.by_number(world.people[name].actor, number) == 0, name
    assert selectors.by_number(world.people["officer@water"].actor, number), "the control"
