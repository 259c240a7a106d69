"""The same poison through every door: kept to the letter or refused in words, and never another verdict by another door.

Doors: a resident's form, a table of messages (csv and xlsx), the name of a file, headers. The verdicts are written beside the
texts (``tests.factories.poison``), so the two databases are held to the same ones.
"""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.access.models import Session
from bihuan.cases.models import Case, Words
from bihuan.files.models import Attachment
from tests.factories.matters import found_matters
from tests.factories.organisation import EAST_A, PASSWORD, County
from tests.factories.poison import KEPT, REFUSED
from tests.factories.visits import visitor

pytestmark = pytest.mark.django_db
ALL = {**KEPT, **REFUSED}
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.web.rates.limit", lambda *_args, **_more: None)


def reported(client: Client, what: str, **more: Any) -> Any:
    form = {"f-what": what, "f-kind": "complaint", "area": EAST_A, "anonymous": "yes", "request_id": "report-01"}
    return client.post("/report", {**form, **more})


def as_csv(text: str) -> SimpleUploadedFile:
    cell = text.replace('"', '""')
    rows = f'主题,内容,时间\n路灯,"{cell}",2026-10-09 09:30\n'
    return SimpleUploadedFile("messages.csv", rows.encode())


def as_xlsx(text: str) -> SimpleUploadedFile:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, cells in enumerate((("主题", "内容", "时间"), ("路灯", text, "2026-10-09 09:30"))):
        for column, cell in enumerate(cells):
            sheet.write_string(line, column, cell)
    book.close()
    return SimpleUploadedFile("messages.xlsx", kept.getvalue())


def imported(client: Client, file: SimpleUploadedFile) -> Any:
    """Sent, looked at, taken in; the last answer."""
    looked = client.post("/desk/import", {"file": file, "kind": "complaint"})
    token = re.search(r'action="(/desk/import/[\w-]+)"', looked.content.decode())
    return client.post(token[1], {"kind": "complaint"}) if token else looked


def what() -> list[str]:
    return list(Words.objects.filter(name="what").values_list("text", flat=True))


@pytest.mark.parametrize("name", KEPT)
def test_what_can_be_kept_is_kept_by_every_door(county: County, name: str) -> None:
    text = KEPT[name]
    assert reported(visitor(county), text).status_code == 201
    assert what() == [text]
    for number, table in enumerate((as_csv(text), as_xlsx(text)), start=2):
        Words.objects.filter(name="what").update(name="seen")  # the same message again would be the same message
        Case.objects.update(title=f"{number}")
        client = visitor(county, "dispatcher" if number == 2 else "east_dispatcher")
        answer = imported(client, table)
        assert answer.status_code == 200, table.name
        assert what() in ([text], []), table.name
        assert Words.objects.exclude(text=text).filter(name__in=("what", "seen")).count() == 0


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_refused_by_every_door(county: County, name: str) -> None:
    text = REFUSED[name]
    assert reported(visitor(county), text).status_code == 422
    answer = imported(visitor(county, "dispatcher"), as_csv(text))
    assert answer.status_code in (200, 422)
    assert Case.objects.count() == 0
    assert reported(visitor(county), text.replace(text[4], "")).status_code == 201, "the control: without that one sign"


@pytest.mark.parametrize("name", ALL)
def test_a_file_may_be_called_anything(county: County, name: str) -> None:
    """The file is taken; of its name remains what a person can read, never a path or an unseen sign."""
    sent = SimpleUploadedFile("x", PDF)
    sent._name = f"../{ALL[name]}.pdf"  # past Django's own cleaning, as a rude client sends it
    answer = reported(visitor(county), "路灯坏了两周没有人修", **{"f-files": sent})
    assert answer.status_code in (201, 400, 422), answer.status_code
    for kept in Attachment.objects.values_list("name", flat=True):
        assert not [letter for letter in kept if unicodedata.category(letter) in UNSEEN or letter in '\\/<>:"|?*']
        assert kept.endswith(".pdf")
        assert not kept.startswith(".")


@pytest.mark.parametrize("name", ALL)
def test_a_header_may_hold_anything(county: County, name: str) -> None:
    """Answered like any request; what is kept of a browser's name is two words of ours."""
    bytes_as_sent = ALL[name].encode().decode("latin-1")
    client = visitor(county)
    client.raise_request_exception = False
    for header in ("HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER", "HTTP_HX_TARGET", "HTTP_X_REQUEST_ID"):
        assert client.get("/report", **{header: bytes_as_sent}).status_code == 200, header
    assert reported(client, "路灯坏了两周没有人修", headers={"idempotency-key": bytes_as_sent}).status_code in (201, 400)
    answer = client.post("/sign-in", {"identifier": "clerk", "password": PASSWORD}, HTTP_USER_AGENT=bytes_as_sent + " Firefox")
    assert answer.status_code == 302
    assert Session.objects.latest("pk").device == "Firefox"


def test_the_verdicts_can_be_told_apart() -> None:
    """The control of the corpus: every refused text holds a sign that no text may hold, no kept one does."""
    bad = {letter for text in REFUSED.values() for letter in text if unicodedata.category(letter) == "Cc"}
    assert len(bad) == len(REFUSED)
    assert not [text for text in KEPT.values() if bad & set(text)]
