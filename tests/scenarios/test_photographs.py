"""A matter with photographs from first to last: shown by the resident, seen on the spot, mended, and erased in the end."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from bihuan.cases import selectors
from bihuan.cases.files_erased import ERASED, erase_files
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.files import selectors as files
from bihuan.files import store
from bihuan.files.models import Attachment
from bihuan.flows.worker import run_once, tidy
from bihuan.ledger.models import Entry
from tests.factories.matters import act, category, request_id, shipped_pack
from tests.factories.organisation import COUNTY, GRID_1
from tests.factories.pictures import photograph
from tests.matrix.calling import caller
from tests.matrix.county import World

CODE = re.compile(r"/t/([0-9A-Z]{4}-[0-9A-Z]{4})")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES", tmp_path / "files")


def picture(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photograph(turn=6), "image/jpeg")


def reported(client: Client, **more: Any) -> tuple[int, str]:
    """A resident's own report with a photograph of the lamp; the case and its code."""
    form = {
        "f-what": "村口的路灯坏了两周，晚上看不见路，拍了照片。", "f-kind": "complaint", "area": GRID_1, "anonymous": "yes",
        "request_id": request_id(), "f-files": picture("坏了的路灯.jpg"), **more,
    }  # fmt: skip
    answer = client.post("/report", form)
    assert answer.status_code == 201, answer.content.decode()
    found = CODE.search(answer.content.decode())
    assert found
    return Case.objects.latest("pk").pk, found[1]


def sent(world: World, who: str, case_id: int, action: str, name: str, **facts: str) -> None:
    """An act at the desk with one photograph."""
    person = world.people[who]
    version = selectors.case_page(person.actor, case_id).version
    form = {"rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": request_id(), "f-files": picture(name)}
    told = {f"f-{key}": value for key, value in facts.items()}
    answer = caller(person).post(f"/desk/case/{case_id}/act/main/{action}", {**form, **told})
    assert answer.status_code == 302, answer.content.decode()


def to_housing(world: World, case_id: int) -> str:
    """Accepted and given to housing; the name of the centre that received it."""
    unit = next(name for name, number in world.units.items() if number == Case.objects.get(pk=case_id).centre_id)
    dispatcher = world.people[f"dispatcher@{unit}"].actor
    act(dispatcher, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case_id, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    act(world.people["liaison@housing"].actor, case_id, "acknowledge")
    return unit


def test_shown_seen_mended_and_erased(world: World) -> None:
    somebody = caller(None)
    case_id, code = reported(somebody, area=COUNTY)
    unit = to_housing(world, case_id)
    sent(world, "officer@housing", case_id, "progress", "现场.jpg", note="已到现场查看，灯具损坏，明天更换。")
    sent(world, "officer@housing", case_id, "draft_answer", "修好了.jpg", claim="solved", answer="已更换灯具并恢复照明。")
    page = somebody.get(f"/t/{code}").content.decode()
    assert ("坏了的路灯.jpg" in page, "现场.jpg" in page, "修好了.jpg" in page) == (True, True, False)
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    act(world.people[f"checker@{unit}"].actor, case_id, "pass")
    assert "修好了.jpg" in somebody.get(f"/t/{code}").content.decode()
    first = Attachment.objects.filter(case_id=case_id).order_by("pk")[0]
    fetched = somebody.get(f"/t/{code}/file/{first.pk}")
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert dict(Image.open(io.BytesIO(fetched.content)).getexif()) == {}, "no position, no device"
    assert list(files.altered()) == []

    entries = Entry.objects.count()
    assert erase_files(case_id) == 3
    run_once()
    assert Entry.objects.filter(kind=ERASED).count() == 1
    assert Entry.objects.count() >= entries + 1
    assert list(store.blobs()) == []
    assert somebody.get(f"/t/{code}/file/{first.pk}").status_code == 404
    page = caller(world.people[f"dispatcher@{unit}"]).get(f"/desk/case/{case_id}").content.decode()
    assert "坏了的路灯" not in page
    assert page.count("已清除") >= 3
    assert erase_files(case_id) == 0


def test_one_photograph_is_erased_with_its_reason(world: World) -> None:
    """A neighbour's face is on one of two pictures: the head erases that one; the office may not, nor may the west."""
    case_id, code = reported(caller(None), area=COUNTY)
    unit = to_housing(world, case_id)
    sent(world, "officer@housing", case_id, "progress", "门口的人.jpg", note="已到现场查看，灯具损坏，明天更换。")
    first, second = Attachment.objects.filter(case_id=case_id).order_by("pk")
    address = f"/desk/case/{case_id}/file/{second.pk}/erase"
    assert caller(world.people["officer@housing"]).post(address, {"why": "shows_others"}).status_code == 403
    assert caller(world.people["centre_head@west"]).post(address, {"why": "shows_others"}).status_code == 404
    head = caller(world.people[f"centre_head@{unit}"])
    assert f"{address}" in head.get(f"/desk/case/{case_id}").content.decode()
    assert "门口的人.jpg" in head.get(address).content.decode()
    assert head.post(address, {"why": "没有理由"}).status_code == 422
    assert not Attachment.objects.exclude(erased_at=None).exists()
    with counted() as count:
        assert head.post(address, {"why": "shows_others"}).status_code == 302
    assert len(count) <= 16, count
    run_once()
    assert head.get(address).status_code == 404
    page = head.get(f"/desk/case/{case_id}").content.decode()
    assert "门口的人" not in page
    assert "坏了的路灯.jpg" in page
    assert "照片里有其他人" in page
    assert caller(None).get(f"/t/{code}/file/{first.pk}").status_code == 200
    assert len(list(store.blobs())) == 2  # the other picture and its small one
    assert list(files.altered()) == []


def test_the_reported_office_never_sees_the_photograph(world: World) -> None:
    """The photograph shows the housing office's own counter: the office and its people see neither matter nor photograph."""
    case_id, code = reported(caller(None), about="office", about_unit=str(world.units["housing"]))
    number = Attachment.objects.get(case_id=case_id).pk
    for person in world.people.values():
        if person.unit == "housing":
            for way in ("", "/thumb"):
                assert caller(person).get(f"/desk/case/{case_id}/file/{number}{way}").status_code in (403, 404)
    assert caller(world.people["dispatcher@east"]).get(f"/desk/case/{case_id}/file/{number}").status_code == 200
    assert caller(None).get(f"/t/{code}/file/{number}").status_code == 200


def test_a_lost_upload_and_a_form_never_sent_leave_nothing(world: World, clock: Any) -> None:
    """Somebody chooses photographs and never finishes: a day later they are gone; those of matters stay."""
    somebody = caller(None)
    unfinished = {"f-what": "路灯坏了很久", "f-kind": "complaint", "area": "", "request_id": request_id()}
    assert somebody.post("/report", {**unfinished, "f-files": picture("没寄出.jpg")}).status_code == 422
    case_id, _code = reported(somebody)
    assert Attachment.objects.count() == 2
    clock.advance(timedelta(hours=25))
    tidy()
    assert [row.case_id for row in Attachment.objects.all()] == [case_id]
