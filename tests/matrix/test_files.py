"""Who fetches a matter's photographs and documents: whoever sees the matter, through the matter alone; each fetch on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.files.models import Attachment
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.shapes import Taken
from bihuan.files.store import incoming
from bihuan.ledger.models import Entry
from bihuan.rules.scope import Duty
from tests.factories.matters import act, request_id
from tests.factories.pictures import pdf, photograph
from tests.matrix.calling import caller
from tests.matrix.county import MATTERS, World

pytestmark = pytest.mark.django_db
WAYS = ("", "/thumb")


def sent_by(actor: Any, content: bytes, name: str = "照片.jpg") -> str:
    """A file that waits for an act of this actor."""
    (taken,) = take([incoming(name, content)], owner=owner_of(actor), request_id=request_id(), account=actor.account)
    assert isinstance(taken, Taken)
    return taken.ref


@pytest.fixture
def pictures(world: World) -> Mapping[str, int]:
    """One photograph on every matter, sent by its resident."""
    found = {}
    for key, case_id in world.cases.items():
        resident = resident_actor(case_id)
        act(resident, case_id, "attach", {"files": [sent_by(resident, photograph())]})
        found[key] = Attachment.objects.get(case_id=case_id).pk
    return found


def test_through_the_matter_alone(world: World, pictures: Mapping[str, int]) -> None:
    """Everybody asks for every photograph: those who see the matter get it, all others what does not exist."""
    for person in world.people.values():
        client, reads = caller(person), Duty.CASE_READ in person.actor.duties
        for key, case_id in world.cases.items():
            seen = reads and person.sees(MATTERS[key])
            for way in WAYS:
                answer = client.get(f"/desk/case/{case_id}/file/{pictures[key]}{way}")
                assert answer.status_code == (200 if seen else 404 if reads else 403), (person.name, key, way)


def test_a_number_belongs_to_its_matter(world: World, pictures: Mapping[str, int]) -> None:
    """Somebody who sees one matter cannot reach the photograph of another through it."""
    client = caller(world.people["dispatcher@east"])
    mine, other = world.cases["in the east"], pictures["in the west"]
    for way in WAYS:
        assert client.get(f"/desk/case/{mine}/file/{other}{way}").status_code == 404
        assert client.get(f"/desk/case/{mine}/file/{pictures['in the east']}{way}").status_code == 200
        assert caller(None).get(f"/t/{world.codes['in the east']}/file/{other}{way}").status_code == 404


def test_residents_see_their_own_and_what_is_public(world: World) -> None:
    key = "in the east, with housing"
    case_id, code, officer = world.cases[key], world.codes[key], world.people["officer@housing"].actor
    clerk, resident = world.people["dispatcher@east"].actor, resident_actor(world.cases[key])
    act(resident, case_id, "attach", {"files": [sent_by(resident, photograph(), "我拍的.jpg")]})
    act(officer, case_id, "progress", {"note": "已到现场查看。", "files": [sent_by(officer, photograph(), "现场.jpg")]})
    act(clerk, case_id, "attach", {"files": [sent_by(clerk, pdf(), "内部.pdf")]})
    draft = {"claim": "solved", "answer": "已更换灯具并恢复照明。", "files": [sent_by(officer, photograph(), "修好了.jpg")]}
    act(officer, case_id, "draft_answer", draft)
    mine, site, inside, repaired = Attachment.objects.filter(case_id=case_id).order_by("pk").values_list("pk", flat=True)

    def seen() -> list[int]:
        client = caller(None)
        shown = [number for number in (mine, site, inside, repaired) if client.get(f"/t/{code}/file/{number}").status_code == 200]
        page = client.get(f"/t/{code}").content.decode()
        assert [number for number in (mine, site, inside, repaired) if f"/t/{code}/file/{number}" in page] == shown
        return shown

    assert seen() == [mine, site]
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    assert seen() == [mine, site, repaired], "what belongs to the answer goes out with it"


def test_the_headers_let_no_browser_show_it(world: World, pictures: Mapping[str, int]) -> None:
    key = "in the east"
    answer = caller(world.people["dispatcher@east"]).get(f"/desk/case/{world.cases[key]}/file/{pictures[key]}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_each_fetch_of_what_is_not_public_is_written_down(world: World) -> None:
    key = "in the east, with housing"
    case_id, officer = world.cases[key], world.people["officer@housing"]
    act(officer.actor, case_id, "attach", {"files": [sent_by(officer.actor, pdf(), "材料.pdf")]})
    act(officer.actor, case_id, "progress", {"note": "已到现场查看。", "files": [sent_by(officer.actor, photograph())]})
    inside, public = Attachment.objects.filter(case_id=case_id).order_by("pk").values_list("pk", flat=True)

    def looks() -> list[dict[str, Any]]:
        return [entry.facts for entry in Entry.objects.filter(kind="file_seen")]

    client = caller(officer)
    client.get(f"/desk/case/{case_id}/file/{public}")
    client.get(f"/desk/case/{case_id}/file/{public}/thumb")
    client.get(f"/desk/case/{case_id}")
    assert looks() == []
    assert client.get(f"/desk/case/{case_id}/file/{inside}").status_code == 200
    assert looks() == [{"case": case_id, "file": inside}]
    page = caller(world.people["data_protection_officer@centre"]).get("/desk/looks").content.decode()
    assert officer.actor.name in page
    assert f"附件 {inside}" in page


def test_what_another_sent_is_not_attached(world: World) -> None:
    """The name of somebody's waiting file is worth nothing to anybody else, in a form or through the door."""
    east, west = world.people["dispatcher@east"], world.people["dispatcher@west"]
    ref = sent_by(east.actor, photograph())
    with pytest.raises(Refused):
        act(west.actor, world.cases["in the west"], "attach", {"files": [ref]})
    resident = resident_actor(world.cases["in the east"])
    with pytest.raises(Refused):
        act(resident, world.cases["in the east"], "attach", {"files": [ref]})
    assert Attachment.objects.get(ref=ref).case_id == 0
    act(east.actor, world.cases["in the east"], "attach", {"files": [ref]})
    with pytest.raises(Refused):
        act(east.actor, world.cases["in the east, with housing"], "attach", {"files": [ref]})


def test_an_act_whose_file_is_missing_leaves_no_trace(world: World) -> None:
    case_id, actor = world.cases["in the east"], world.people["dispatcher@east"].actor
    before, entries = selectors.case_page(actor, case_id).version, Entry.objects.count()
    for refs in (["f:" + "0" * 40], [sent_by(actor, pdf()), "f:" + "0" * 40], ["nonsense"]):
        with pytest.raises(Refused):
            act(actor, case_id, "attach", {"files": refs})
    assert (selectors.case_page(actor, case_id).version, Entry.objects.count()) == (before, entries)
