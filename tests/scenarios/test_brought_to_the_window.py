"""A resident brings a paper to the window after the report: the clerk adds it, and may do nothing else to the matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.access.actors import Actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.services import perform_many
from bihuan.cases.shapes import Command, Done
from bihuan.rules.scope import Duty
from tests.factories.matters import act, category, opened, request_id, shipped_pack
from tests.factories.organisation import GRID_1
from tests.factories.pictures import pdf
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.matrix.test_files import sent_by

pytestmark = pytest.mark.django_db
CLERK = "window_clerk@east"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES", tmp_path / "files")


def offered(actor: Actor, case_id: int) -> set[str]:
    return {one.action.key for one in selectors.offers(actor, case_id) if not one.refused}


def form(world: World, case_id: int, **more: Any) -> dict[str, Any]:
    version = selectors.case_page(world.people[CLERK].actor, case_id).version
    return {"rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": request_id(), **more}


def test_the_window_adds_what_is_brought(world: World) -> None:
    clerk = world.people[CLERK]
    case_id, client = opened(clerk.actor, area_code=GRID_1).case_id, caller(clerk)
    assert offered(clerk.actor, case_id) == {"attach"}
    assert f"/desk/case/{case_id}/act/main/attach" in client.get(f"/desk/case/{case_id}").content.decode()
    brought = SimpleUploadedFile("土地证.pdf", pdf(), "application/pdf")
    note = "群众补送的土地证复印件"
    sent = form(world, case_id, **{"f-files": brought, "f-note": note})
    answer = client.post(f"/desk/case/{case_id}/act/main/attach", sent)
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert "土地证.pdf" in page
    assert note in page


def test_what_was_brought_and_is_sent_again_is_answered_though_its_files_are_taken(world: World) -> None:
    """A line broke before the answer came: the second time the files belong to the matter already, by the first."""
    clerk = world.people[CLERK].actor
    case_id = opened(clerk, area_code=GRID_1).case_id
    brought = Command(
        actor=clerk, case_id=case_id, action="attach", facts={"files": [sent_by(clerk, pdf())]}, request_id=request_id()
    )
    first, again = (perform_many([brought])[0].done for _ in range(2))
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert (again.replayed, again.version) == (True, first.version)
    with pytest.raises(Refused):
        perform_many([replace(brought, request_id=request_id())])


def test_the_window_does_nothing_else(world: World) -> None:
    clerk = world.people[CLERK].actor
    case_id = opened(clerk, area_code=GRID_1).case_id
    before = selectors.case_page(clerk, case_id).version
    facts = {"category": category(), "weight": "ordinary", "urgency": "normal"}
    with pytest.raises(Refused, match="岗位"):
        act(clerk, case_id, "accept", facts)
    accepted = caller(world.people[CLERK]).post(
        f"/desk/case/{case_id}/act/main/accept", form(world, case_id, **{f"f-{name}": value for name, value in facts.items()})
    )
    assert accepted.status_code == 422
    assert selectors.case_page(clerk, case_id).version == before
    act(world.people["dispatcher@east"].actor, case_id, "accept", facts)  # the same words, from whoever may


def test_only_with_the_duty_and_only_where_the_matter_is_seen(world: World) -> None:
    clerk = world.people[CLERK].actor
    case_id = opened(clerk, area_code=GRID_1).case_id
    elsewhere = world.people["window_clerk@west"].actor
    with pytest.raises(NotFound):
        act(elsewhere, case_id, "attach", {"files": [sent_by(elsewhere, pdf())]})
    about = opened(clerk, area_code=GRID_1, about_unit=world.units["east"]).case_id  # about the clerk's own centre
    with pytest.raises(NotFound):
        act(clerk, about, "attach", {"files": [sent_by(clerk, pdf())]})
    without = replace(clerk, duties=clerk.duties - {Duty.CASE_ADD})  # as under rules that give the post no such duty
    assert offered(without, case_id) == set()
    with pytest.raises(Refused):
        act(without, case_id, "attach", {"files": [sent_by(without, pdf())]})
