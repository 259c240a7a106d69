"""A request brings no more than its view takes; an uploaded table never touches the disk in the clear."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client

from bihuan.desk import importing
from tests.factories.matters import found_matters
from tests.factories.organisation import County
from tests.factories.visits import faults_of, visitor

pytestmark = pytest.mark.django_db
MB = 1024 * 1024


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


def file_of(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.csv", b"x" * size)


@pytest.mark.parametrize(
    ("who", "address", "size", "status"),
    [
        ("", "/track", 3, 413), ("", "/report", 3, 422), ("", "/report", 64, 413), ("", "/desk/import", 3, 413),
        ("clerk", "/desk/import", 3, 413), ("dispatcher", "/desk/register", 3, 422), ("dispatcher", "/desk/register", 64, 413),
        ("dispatcher", "/desk/records/new", 3, 413), ("dispatcher", "/desk/import", 3, 422),
        ("dispatcher", "/desk/import", 22, 413),
    ],
)  # fmt: skip
def test_a_file_is_taken_only_where_files_are_taken(county: County, who: str, address: str, size: int, status: int) -> None:
    answer = visitor(county, who).post(address, {"file": file_of(size * MB)})
    assert answer.status_code == status
    if status == 413:
        assert faults_of(answer.content.decode()) == []


def test_what_is_too_large_is_not_read_at_all(county: County) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/track", {"file": file_of(3 * MB)}).status_code == 413
    assert client.post("/track", {"code": "X"}).status_code == 403


def test_an_uploaded_table_stays_in_memory(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = []

    def read(content: bytes, *_: object, **__: object) -> object:
        raise importing.FileRefused(str(len(content)))

    monkeypatch.setattr(importing.importer, "read_file", read)
    ask = importing._ask
    monkeypatch.setattr(importing, "_ask", lambda request, *a, **k: kinds.append(request.FILES["file"]) or ask(request, *a, **k))
    visitor(county, "dispatcher").post("/desk/import", {"file": file_of(19 * MB)})
    assert isinstance(kinds[0], InMemoryUploadedFile)
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE >= importing.LARGEST + MB
