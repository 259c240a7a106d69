"""Forms that bring files: at the window, at the desk, from the resident; what is wrong costs nothing of what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.cases import selectors
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.files import limits, store
from bihuan.files.models import Attachment
from bihuan.portal import frame
from bihuan.web import uploads
from tests.factories.matters import act, brought_to, found_matters, opened, request_id, shipped_pack
from tests.factories.organisation import EAST_A, County
from tests.factories.pictures import office, pdf, photograph
from tests.factories.visits import faults_of, visitor

pytestmark = pytest.mark.django_db
WHAT = "青石村口的路灯坏了两周。晚上走路看不见，请尽快修理。"
KEPT = re.compile(r'name="k-files" value="(f:[0-9a-f]{40})" checked> <span>([^<]+) ')


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "FILES", tmp_path / "files")
    yield
    incoming = tmp_path / "files" / store.INCOMING
    assert not incoming.is_dir() or list(incoming.iterdir()) == [], "an upload lies about after its request"


def sent(content: bytes | None = None, name: str = "路灯.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photograph() if content is None else content, kind)


def registered(client: Client, *files: SimpleUploadedFile, **more: Any) -> Any:
    form = {
        "request_id": "register-1", "f-what": WHAT, "f-title": "", "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "name": "王小明", "phone": "13800138000", "about": "no", "f-files": list(files),
    }  # fmt: skip
    return client.post("/desk/register", {**form, **more})


def on_case(client: Client, county: County, case_id: int, action: str, *files: SimpleUploadedFile, **more: Any) -> Any:
    version = selectors.case_page(county.actor("dispatcher"), case_id).version
    form = {"rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": request_id(), "f-files": list(files)}
    return client.post(f"/desk/case/{case_id}/act/main/{action}", {**form, **more})


# -- at the window ---------------------------------------------------------------------------------------------------


def test_registered_with_photographs(county: County) -> None:
    answer = registered(visitor(county, "clerk"), sent(), sent(pdf(), "申请.pdf", "application/pdf"))
    assert answer.status_code == 201
    case = Case.objects.get()
    rows = Attachment.objects.order_by("pk").values_list("case_id", "seq", "name", "kind", "by_resident", "public")
    assert list(rows) == [(case.pk, 1, "路灯.jpg", "jpeg", False, False), (case.pk, 1, "申请.pdf", "pdf", False, False)]
    page = visitor(county, "dispatcher").get(f"/desk/case/{case.pk}").content.decode()
    assert faults_of(page) == []
    for row in Attachment.objects.all():
        assert f"/desk/case/{case.pk}/file/{row.pk}" in page
    (first, *_rest) = selectors.case_page(county.actor("dispatcher"), case.pk).events
    assert first.facts["files"] == [row.ref for row in Attachment.objects.order_by("pk")]


def test_sent_twice_it_is_one_case_with_one_photograph(county: County) -> None:
    client = visitor(county, "clerk")
    first, second = registered(client, sent()), registered(client, sent())
    assert (first.status_code, second.status_code) == (201, 201)
    code = re.compile(r"<b>([A-Z0-9]{4}-[A-Z0-9]{4})</b>")
    assert code.findall(first.content.decode()) == code.findall(second.content.decode())
    assert (Case.objects.count(), Attachment.objects.count()) == (1, 1)
    other = registered(client, sent(photograph(quality=40)))
    assert other.status_code == 422, "the same form with another photograph is another request"


def test_what_is_wrong_elsewhere_does_not_cost_the_photograph(county: County) -> None:
    """The place was forgotten: the photograph waits, is shown with the form, and goes with the next try."""
    client = visitor(county, "clerk")
    answer = registered(client, sent(), area="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert faults_of(page) == []
    assert WHAT in page
    ((ref, name),) = KEPT.findall(page)
    assert name == "路灯.jpg"
    assert registered(client, **{"k-files": [ref]}).status_code == 201
    assert Attachment.objects.get().case_id == Case.objects.get().pk


def test_a_photograph_taken_off_again_is_not_attached(county: County) -> None:
    client = visitor(county, "clerk")
    registered(client, sent(), area="")
    assert registered(client).status_code == 201
    assert Attachment.objects.get().case_id == 0


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (sent(b"<svg onload=alert(1)>", "a.svg", "image/svg+xml"), "不接收这类文件"),
        (sent(b"<html><script>alert(1)</script>", "a.html", "text/html"), "不接收这类文件"),
        (sent(b"MZ\x90\0", "photo.jpg"), "不接收这类文件"),
        (sent(b"\xff\xd8\xff\xe0", "cut.jpg"), "文件损坏或没有传完"),
        (sent(office(more={"word/vbaProject.bin": b"x"}), "a.docx"), "文档里有宏"),
    ],
    ids=["svg", "html", "exe called jpg", "cut", "macros"],
)
def test_a_file_that_is_not_taken_is_named_with_the_reason(county: County, file: SimpleUploadedFile, said: str) -> None:
    """The others wait; nothing typed is lost; what is accepted is told where the kind is wrong."""
    file.seek(0)
    answer = registered(visitor(county, "clerk"), file, sent(name="好的.jpg"))
    page = answer.content.decode()
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert f"“{file.name}”：{said}" in page
    assert ("JPG" in page.partition(said)[2][:80]) == (said == "不接收这类文件")
    assert [name for _ref, name in KEPT.findall(page)] == ["好的.jpg"]
    assert (WHAT in page, "王小明" in page) == (True, True)


def test_too_large_too_many_and_too_much(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    client = visitor(county, "clerk")
    monkeypatch.setattr(uploads, "FILE_BYTES", 50_000)
    page = registered(client, sent(b"\xff\xd8\xff" + b"x" * 60_000, "大.jpg"), sent(name="好的.jpg")).content.decode()
    assert "“大.jpg”：文件超过 20 MB" in page
    assert [name for _ref, name in KEPT.findall(page)] == ["好的.jpg"]
    page = registered(client, *[sent(pdf(b"\n" * n), f"{n}.pdf") for n in range(12)], request_id="register-2").content.decode()
    assert "一次最多 9 个文件" in page
    assert len(KEPT.findall(page)) == limits.MOST_PER_ACT
    answer = client.post("/desk/register", {"f-files": sent(b"x" * (uploads.LARGEST + 1))})
    assert answer.status_code == 413
    assert "一次最多 9 个文件，每个不超过 20 MB，合计不超过 60 MB" in answer.content.decode()


def test_more_than_nine_kept_ones_are_too_many(county: County) -> None:
    client = visitor(county, "clerk")
    page = registered(client, *[sent(pdf(b"\n" * n), f"{n}.pdf") for n in range(9)], area="").content.decode()
    answer = registered(client, sent(), **{"k-files": [ref for ref, _name in KEPT.findall(page)]})
    assert answer.status_code == 422
    assert "最多 9 个文件，请去掉几个" in answer.content.decode()


def test_a_form_that_does_not_send_files_says_so(county: County) -> None:
    """A form without the right kind sends the name alone: that must not look as if the file had come."""
    answer = registered(visitor(county, "clerk"), **{"f-files": "路灯.jpg"})
    assert answer.status_code == 422
    assert "文件没有传上来" in answer.content.decode()


def test_what_another_sent_is_not_shown_nor_attached(county: County) -> None:
    """Somebody else's waiting file, by its name, from another account, from a report, from another report."""
    ((ref, _name),) = KEPT.findall(registered(visitor(county, "clerk"), sent(name="秘密.jpg"), area="").content.decode())
    for client in (visitor(county, "dispatcher"), visitor(county, "east_clerk")):
        page = registered(client, **{"k-files": [ref]})
        assert page.status_code == 422
        assert "秘密" not in page.content.decode()
    assert reported(visitor(county), **{"k-files": [ref]}).status_code == 422
    ((ref, _name),) = KEPT.findall(reported(visitor(county), sent(name="私事.jpg"), area="").content.decode())
    assert "私事" not in (page := reported(visitor(county), request_id="another-report", **{"k-files": [ref]})).content.decode()
    assert page.status_code == 422
    assert reported(visitor(county), **{"k-files": [ref]}).status_code == 201, "the control: the same form may"


def test_a_full_disk_is_a_503_in_words_and_nothing_is_opened(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FREE_BYTES", 2**62)
    answer = registered(visitor(county, "clerk"), sent())
    assert (answer.status_code, answer.headers["Retry-After"], Case.objects.count()) == (503, "30", 0)
    assert registered(visitor(county, "clerk")).status_code == 201, "what needs no file goes on"


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a\x00.jpg", "村\u202egpj.exe", "𠀀.jpg", "x" * 500 + ".jpg", "%00", "<img src=x>.jpg"]
)
def test_whatever_a_file_is_called(county: County, name: str) -> None:
    answer = registered(visitor(county, "clerk"), sent(name=name))
    assert answer.status_code in (201, 400, 422)
    for row in Attachment.objects.all():
        assert not any(sign in row.name for sign in ("/", "\\", "\x00", "\u202e", "<"))


# -- on a case -------------------------------------------------------------------------------------------------------


def test_acts_bring_photographs(county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visitor(county, "officer")
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert page.count('enctype="multipart/form-data"') >= 3
    assert faults_of(page) == []
    answer = on_case(client, county, case_id, "progress", sent(name="现场.jpg"), **{"f-note": "已到现场查看情况。"})
    assert answer.status_code == 302
    row = Attachment.objects.get()
    assert (row.public, row.name) == (True, "现场.jpg")
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert "群众可见" in page
    assert faults_of(page) == []


def test_only_files_on_the_case_page(county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visitor(county, "officer")
    answer = on_case(client, county, case_id, "attach")
    assert (answer.status_code, "请选择文件" in answer.content.decode()) == (422, True)
    assert on_case(client, county, case_id, "attach", sent(pdf(), "合同.pdf")).status_code == 302
    assert Attachment.objects.get().public is False


def test_somebody_was_faster_and_the_photograph_is_kept(county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visitor(county, "officer")
    act(county.actor("officer"), case_id, "progress", {"note": "刚刚到了现场查看。"})
    given = {"f-note": "已到现场查看情况。", "seen": 4}
    answer = on_case(client, county, case_id, "progress", sent(), **given)
    assert answer.status_code == 409
    assert len(KEPT.findall(answer.content.decode())) == 1


def test_what_proves_a_suspension_is_before_the_one_who_decides(county: County) -> None:
    case_id = brought_to(county, "handling")
    given = {"f-why": "court_pending", "f-until": "2026-10-15", "f-note": "等待法院的判决结果。"}
    assert on_case(visitor(county, "officer"), county, case_id, "suspend", sent(pdf(), "传票.pdf"), **given).status_code == 302
    page = visitor(county, "head").get(f"/desk/case/{case_id}").content.decode()
    asked = page[page.index("said office asked") :]
    assert "传票.pdf" in asked[: asked.index("</form>")]


def test_budgets(county: County) -> None:
    """An act with nine photographs keeps to 12 statements, the page with all of them to 8."""
    case_id = brought_to(county, "handling")
    client = visitor(county, "officer")
    client.get(f"/desk/case/{case_id}")
    version = selectors.case_page(county.actor("officer"), case_id).version
    form = {
        "rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": request_id(), "f-note": "已到现场查看情况。",
        "f-files": [sent(pdf(b"\n" * n), f"{n}.pdf") for n in range(9)],
    }  # fmt: skip
    with counted() as count:
        assert client.post(f"/desk/case/{case_id}/act/main/progress", form).status_code == 302
    assert len(count) <= 12, count
    with counted() as count:
        assert client.get(f"/desk/case/{case_id}").status_code == 200
    assert len(count) <= 8, count
    with counted() as count:
        assert client.get(f"/desk/case/{case_id}/file/{Attachment.objects.all()[0].pk}").status_code == 200
    assert len(count) <= 8, count
    clerk = visitor(county, "clerk")
    with counted() as plain:
        assert registered(clerk).status_code == 201
    with counted() as count:
        assert registered(clerk, sent(pdf()), request_id="register-2").status_code == 201
    assert len(count) <= len(plain) + 3, count


# -- the resident ----------------------------------------------------------------------------------------------------


def reported(client: Client, *files: SimpleUploadedFile, **more: Any) -> Any:
    form = {
        "f-what": WHAT, "f-kind": "complaint", "area": EAST_A, "anonymous": "yes", "request_id": "report-1",
        "f-files": list(files),
    }  # fmt: skip
    return client.post("/report", {**form, **more})


def test_a_resident_reports_with_photographs_and_adds_one(county: County) -> None:
    client = visitor(county)
    assert faults_of(client.get("/report").content.decode()) == []
    answer = reported(client, sent())
    assert answer.status_code == 201
    code = re.search(r"/t/([0-9A-Z-]{9})", answer.content.decode())
    assert code
    page = client.get(f"/t/{code[1]}").content.decode()
    assert "您上传的" in page
    assert faults_of(page) == []
    answer = client.post(f"/t/{code[1]}/attach", {"f-files": sent(pdf(), "收据.pdf"), "request_id": "attach-01"})
    assert answer.status_code == 302
    assert [row.by_resident for row in Attachment.objects.all()] == [True, True]
    assert client.get(f"/t/{code[1]}").content.decode().count("您上传的") == 2
    again = client.post(f"/t/{code[1]}/attach", {"f-files": sent(pdf(), "收据.pdf"), "request_id": "attach-01"})
    assert again.status_code == 302
    assert Attachment.objects.count() == 2


def test_a_resident_adds_at_most_thirty(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.cases.attachments.MOST_OF_RESIDENT", 2)
    case = opened(county.actor("clerk"))
    client = visitor(county)
    files = [sent(pdf(b"\n" * n), f"{n}.pdf") for n in range(3)]
    answer = client.post(f"/t/{case.tracking_code}/attach", {"f-files": files, "request_id": "attach-01"})
    assert answer.status_code == 422
    assert "其中群众上传的最多" in answer.content.decode()
    for file in files:
        file.seek(0)
    assert client.post(f"/t/{case.tracking_code}/attach", {"f-files": files[:2], "request_id": "attach-02"}).status_code == 302


def test_uploads_and_fetches_of_one_address_are_counted(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FROM_OUTSIDE", 2)
    client = visitor(county)
    answers = [reported(client, sent(pdf()), area="", request_id=f"report-{n}").status_code for n in range(3)]
    assert answers == [422, 422, 429]
    monkeypatch.setattr(frame, "FILES", 2)
    code = opened(county.actor("clerk")).tracking_code
    assert [client.get(f"/t/{code}/file/1").status_code for _ in range(3)] == [404, 404, 429]
