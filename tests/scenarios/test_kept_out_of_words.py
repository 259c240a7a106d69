"""What stands beside the words keeps numbers and names as little as the words do: file names, reasons, numbers elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.access.models import Look
from bihuan.cases.models import Case, Words
from bihuan.cases.services import split_off, unmask
from bihuan.cases.shapes import ContactIn
from bihuan.exchange import importer
from bihuan.files.models import Attachment
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.shapes import Taken
from bihuan.files.store import incoming
from bihuan.intake import batches
from bihuan.intake.models import ImportBatch
from bihuan.intake.services import raise_to_case, record_service
from bihuan.intake.shapes import RecordIn
from bihuan.rulebook import proposals
from bihuan.rulebook.models import Proposal
from bihuan.rules.terms import Doer
from tests.factories.matters import act, category, opened, request_id, shipped_pack
from tests.factories.organisation import EAST_A, GRID_1
from tests.factories.pictures import photograph
from tests.factories.versions import newer
from tests.matrix.calling import caller
from tests.matrix.county import World

NAME, PHONE = "示例欧阳", "13911112222"
SOMEBODY = ContactIn(name=NAME, phone="13800000000")
OTHER = "示例李四"
SORTED = {"category": category(), "weight": "ordinary", "urgency": "normal"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES", tmp_path / "files")


def words_of(case_id: int) -> str:
    return "\n".join(Words.objects.filter(case_id=case_id).order_by("pk").values_list("text", flat=True))


def sent(actor: Any, name: str, request: str) -> str:
    (taken,) = take([incoming(name, photograph())], owner=owner_of(actor, request), request_id=request, account=actor.account)
    assert isinstance(taken, Taken)
    return taken.ref


def test_an_undone_import_says_why_without_numbers_and_names(world: World) -> None:
    dispatcher = world.people["dispatcher@east"].actor
    rows = f"主题,内容,区域,姓名\n路灯,路灯坏了两个星期,{GRID_1},{NAME}\n井盖,井盖坏了两个星期,{GRID_1},\n"
    importer.import_file(rows.encode(), actor=dispatcher, pack=shipped_pack(), kind="complaint", file_name=f"留言{PHONE}.csv")
    number = batches.batches(dispatcher)[0].id
    cases = list(Case.objects.order_by("-pk").values_list("pk", flat=True)[:2])
    batches.undo(actor=dispatcher, number=number, reason=f"{NAME}（{PHONE}）和{OTHER}两行导错了")
    batches.undo(actor=dispatcher, number=number, reason="再来一次")
    one = ImportBatch.objects.get(pk=number)
    assert one.file_name == "留言139****2222.csv"
    assert one.reason == f"示**（139****2222）和{OTHER}两行导错了", "and the control: of somebody else nothing is known"
    for case_id in cases:
        assert one.reason in words_of(case_id), "the same words under each, also where the name is another's"


def test_a_reason_for_a_look_names_nobody(world: World) -> None:
    case_id = opened(world.people["window_clerk@east"].actor, area_code=GRID_1, contact=SOMEBODY).case_id
    unmask(actor=world.people["dispatcher@east"].actor, case_id=case_id, field="phone", reason=f"回电{NAME}，{OTHER}说打不通")
    assert Look.objects.latest("pk").reason == f"phone: 回电示**，{OTHER}说打不通"


def test_a_number_elsewhere_that_is_a_phone_is_hidden(world: World) -> None:
    actor = world.people["dispatcher@east"].actor
    rows = f"编号,主题,内容,区域\n{PHONE},路灯,路灯坏了两个星期,{GRID_1}\nHL2026-0017,井盖,井盖坏了两个星期,{GRID_1}\n"
    importer.import_file(rows.encode(), actor=actor, pack=shipped_pack(), kind="complaint", file_name="留言.csv")
    assert set(Case.objects.values_list("external_number", flat=True)) == {"139****2222", "HL2026-0017"}
    assert PHONE not in "".join(Words.objects.values_list("text", flat=True))


def test_the_name_of_a_file_names_nobody_of_the_case(world: World) -> None:
    """Brought along when the matter is registered, and with an act that has words or none; another's name is not known."""
    clerk, dispatcher = world.people["window_clerk@east"].actor, world.people["dispatcher@east"].actor
    enclosed = sent(clerk, f"{NAME}的身份证{PHONE}.jpg", request_id())
    case_id = opened(clerk, area_code=GRID_1, contact=SOMEBODY, files=[enclosed]).case_id
    act(dispatcher, case_id, "attach", {"files": [sent(dispatcher, f"{OTHER}和{NAME}.jpg", request_id())]})
    names = Attachment.objects.filter(case_id=case_id).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["示**的身份证139****2222.jpg", f"{OTHER}和示**.jpg"]
    long = sent(dispatcher, "王明" * 49, request_id())
    two = opened(clerk, area_code=GRID_1, contact=ContactIn(name="王明")).case_id
    act(dispatcher, two, "attach", {"files": [long]})
    name = Attachment.objects.get(case_id=two).name
    assert "王明" not in name
    assert len(name) <= 120


def test_a_file_that_waits_does_not_name_who_sends_it(world: World) -> None:
    """The form is refused, the picture waits for the next try: the name typed beside it does not stand in the file's."""
    for name, file in ((NAME, f"{NAME}的身份证.jpg"), ("", f"{OTHER}家门口.jpg")):
        sending = {"name": name, "f-what": "", "area": GRID_1, "request_id": request_id()}
        form = sending | {"f-files": SimpleUploadedFile(file, photograph(), "image/jpeg")}
        assert caller(None).post("/report", form).status_code == 422
    waiting = Attachment.objects.filter(case_id=0).order_by("pk").values_list("name", flat=True)
    assert list(waiting) == ["示**的身份证.jpg", f"{OTHER}家门口.jpg"]


def test_who_is_kept_already_stands_in_no_words_of_a_case_made_from_another(world: World) -> None:
    """Raised from a record, split off: the contact comes along unseen, and its name is masked in what is typed anew."""
    clerk, dispatcher = world.people["window_clerk@east"].actor, world.people["dispatcher@east"].actor
    record = record_service(
        actor=clerk, record=RecordIn(what="咨询", result="已答复", area_code=EAST_A, contact=SOMEBODY), request_id=request_id()
    )
    more = {"kind": "complaint", "channel": "visit", "what": f"{NAME}和{OTHER}说村口路灯坏了两个星期。"}
    raised = raise_to_case(actor=clerk, record_id=record, request_id=request_id(), facts=more)
    first = opened(clerk, area_code=GRID_1, contact=SOMEBODY).case_id
    part = {"title": f"{NAME}家积水", "what": f"{NAME}和{OTHER}说村口一下雨就积水。"}
    other = split_off(actor=dispatcher, case_id=first, facts=part, request_id=request_id())
    for case_id in (raised.case_id, other.case_id):
        assert NAME not in words_of(case_id)
        assert NAME not in Case.objects.get(pk=case_id).title
        assert f"示**和{OTHER}说" in words_of(case_id)


def test_a_no_to_other_rules_keeps_no_number(world: World) -> None:
    by = Doer(kind="staff", account=world.people["system_admin@centre"].actor.account)
    number = proposals.propose(newer(shipped_pack(), "9.9"), against=shipped_pack().digest, reason=f"会议，问{PHONE}", by=by)
    proposals.refuse(number, by, words=f"请先打{PHONE}核对")
    row = Proposal.objects.get(pk=number)
    assert (row.reason, row.words) == ("会议，问139****2222", "请先打139****2222核对")
