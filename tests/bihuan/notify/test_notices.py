"""Notices: once for each occasion, shown from their time on, hidden with the matters that their reader must not know of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.sessions import load
from bihuan.access.signin import actor_in
from bihuan.cases.selectors import kept_from
from bihuan.ledger import clock as time
from bihuan.notify import selectors
from bihuan.notify.models import Notice
from bihuan.notify.services import forget_read, mark_read, notify
from bihuan.notify.shapes import Note
from tests.matrix.calling import caller
from tests.matrix.county import MATTERS, Person, World


def note(person: Person, ref: str = "one", **more: Any) -> Note:
    return Note(account=person.actor.account, post_id=person.actor.post_id, kind="limit_near", ref=ref, **more)


def listed(person: Person) -> list[int]:
    """The notices on the person's own page."""
    page = selectors.notices(person.actor, time.now(), kept_from(person.actor))
    return [line.case_id for line in page.lines]


def bell(person: Person) -> int:
    session = load(person.token)
    actor = actor_in(session) if session else None
    assert actor is not None
    return actor.waiting


def test_one_occasion_is_one_notice(world: World) -> None:
    officer = world.people["officer@housing"]
    assert notify([note(officer)]) == 1
    assert notify([note(officer), note(officer, "two")]) == 1  # a worker killed before its mark runs again
    assert notify([]) == 0
    assert bell(officer) == len(listed(officer)) == 2


def test_it_is_shown_from_its_time_on(world: World, clock: Any) -> None:
    officer = world.people["officer@housing"]
    notify([note(officer, at=time.now() + timedelta(minutes=50))])
    assert (bell(officer), listed(officer)) == (0, [])
    clock.advance(timedelta(minutes=45))
    assert bell(officer) == 0
    clock.advance(timedelta(minutes=5))
    assert bell(officer) == len(listed(officer)) == 1


def test_one_post_reads_its_own(world: World) -> None:
    """What came to another post of the same person waits there; what came to nobody's post in particular is shown."""
    officer = world.people["officer@housing"]
    notify([Note(account=officer.actor.account, post_id=officer.actor.post_id + 10**6, kind="limit_near", ref="elsewhere")])
    assert (bell(officer), listed(officer)) == (0, [])
    notify([Note(account=officer.actor.account, kind="limit_near", ref="anywhere")])
    assert bell(officer) == len(listed(officer)) == 1


def test_the_bell_and_the_list_hide_what_is_about_the_reader(world: World) -> None:
    """A notice of every matter is forced on everybody: those whom a matter is about, and all below them, see none of it."""
    refs = [(person, key, number) for person in world.people.values() for key, number in world.cases.items()]
    notify([note(person, f"forced:{number}", case_id=number) for person, _key, number in refs])
    hidden = 0
    for person in world.people.values():
        shown = listed(person)
        assert bell(person) == len(shown), person.name
        for key, number in world.cases.items():
            if "about" in key and person.sees(MATTERS[key]):
                assert number in shown, (person.name, key)
        kept = {number for number in world.cases.values() if number not in shown}
        hidden += len(kept)
        assert kept == set(kept_from(person.actor).values_list("pk", flat=True)), person.name
    assert hidden > 20
    person = world.people["officer@housing"]
    about_them = world.cases["about housing, with water"]
    number = Notice.objects.get(account_id=person.actor.account, case_id=about_them).pk
    client = caller(person)
    assert client.post(f"/desk/notices/{number}").status_code == 404
    Notice.objects.filter(pk=number).update(read_at=None)
    page = client.get("/desk/notices").content.decode()
    assert f"/desk/notices/{number}" not in page


def test_the_page_opens_the_matter_and_marks_it_read(world: World) -> None:
    officer, case_id = world.people["officer@housing"], world.cases["in the east, with housing"]
    facts = {"clock": "resolve", "due": "2026-10-21T17:30:00+08:00"}
    notify([note(officer, case_id=case_id, facts=facts), note(officer, "duty", href="/desk/duties")])
    client = caller(officer)
    page = client.get("/desk/notices").content.decode()
    assert "即将到期：“办结”时限到" in page
    assert "in the east, with housing" in page
    assert ">2</b>" in page
    first, second = Notice.objects.order_by("pk")
    answer: Any = client.post(f"/desk/notices/{first.pk}")
    assert answer.headers["Location"] == f"/desk/case/{case_id}"
    answer = client.post(f"/desk/notices/{second.pk}")
    assert answer.headers["Location"] == "/desk/duties"
    assert 'class="badge"' not in client.get("/desk/notices").content.decode().partition("</header>")[0]
    other = world.people["officer@water"]
    assert caller(other).post(f"/desk/notices/{first.pk}").status_code == 404


def test_all_read_at_once_and_only_what_was_seen(world: World) -> None:
    officer, other = world.people["officer@housing"], world.people["officer@water"]
    notify([note(officer, f"n{n}") for n in range(3)] + [note(other, "theirs")])
    seen = Notice.objects.filter(account_id=officer.actor.account).order_by("pk")[1].pk
    assert caller(officer).post("/desk/notices", {"up_to": seen}).status_code == 302
    assert (bell(officer), bell(other)) == (1, 1)
    assert mark_read(other.actor, [seen]) == 0  # nobody reads for somebody else


def test_a_matter_out_of_sight_keeps_its_sentence_and_leads_nowhere(world: World) -> None:
    officer, west = world.people["officer@water"], world.cases["in the west"]
    notify([note(officer, case_id=west)])
    page = caller(officer).get("/desk/notices").content.decode()
    assert "in the west" not in page
    assert "即将到期" in page
    assert "标为已读" in page


def test_paging(world: World) -> None:
    officer = world.people["officer@housing"]
    notify([note(officer, f"n{n}") for n in range(53)])
    first = selectors.notices(officer.actor, time.now(), kept_from(officer.actor))
    rest = selectors.notices(officer.actor, time.now(), kept_from(officer.actor), before=first.before)
    assert (len(first.lines), len(rest.lines), rest.before) == (50, 3, 0)


@pytest.mark.parametrize(("days", "gone"), [(401, 1), (399, 0)])
def test_what_was_read_long_ago_goes(world: World, clock: Any, days: int, gone: int) -> None:
    officer = world.people["officer@housing"]
    notify([note(officer), note(officer, "unread")])
    mark_read(officer.actor, [Notice.objects.order_by("pk")[0].pk])
    clock.advance(timedelta(days=days))
    assert forget_read(time.now() - timedelta(days=400)) == gone
    assert Notice.objects.count() == 2 - gone
