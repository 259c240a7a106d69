"""A walk over every form of every screen with what no browser of ours would send: the answer is never a broken page.

There is no machine-readable schema of the product (it has no API), so the forms themselves are the declaration: their fields
are read off the pages. Each is sent as it stands with one field made bad, and with all of them, in an order that a number
draws; the same number gives the same walk.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from bihuan.web.guards import anyone
from tests.matrix.calling import called, caller
from tests.matrix.county import Person, World
from tests.matrix.screens import Forms, FoundForm, screens

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SEED = int(os.environ.get("BIHUAN_WALK", "7"))
BAD = (
    "", " ", "\x00", "a\x00b", "\x1b[2J", "\ufffd", "𠀀𬺓", "\u202e倒", "e\u0301" * 50, "-1", "0", "9" * 30, "1e9", "²", "½",
    "１２", "NaN", "true", "None", "[]", "[" * 5000, "{}", "../../etc/passwd", "%00", "' OR 1=1 --", "{{7*7}}", "<b>", "=1+1",
    "2026-02-30", "9999-12-31", "0001-01-01", "2026-10-12T25:61", "灯" * 20_000,
)  # fmt: skip
LEFT_ALONE = ("/sign-out",)


def walks(form: FoundForm, draw: random.Random) -> Iterator[dict[str, str]]:
    """The form with each field made bad in turn, then with all of them."""
    named = {name: value for name, value in form.fields.items() if name != "csrfmiddlewaretoken"}
    for name in named:
        yield {**named, name: draw.choice(BAD)}
    yield {name: draw.choice(BAD) for name in named}
    yield {}


def sent(client: Client, form: FoundForm, given: dict[str, str], draw: random.Random) -> int:
    """Send it; the status."""
    if form.method == "get":
        return int(client.get(form.action, given).status_code)
    files = {
        name: SimpleUploadedFile("坏\u202egpj.exe", draw.choice((b"", b"\x00" * 99, b"PK\x03\x04", b"a,b\n")))
        for name in form.files
    }
    return int(client.post(form.action, {**given, **files}).status_code)


def broken(world: World) -> tuple[list[str], int]:
    """Forms that were answered with a broken page, and how many requests were sent."""
    draw = random.Random(SEED)
    wrong: list[str] = []
    requests, known = 0, set()
    for row, person, asked in screens(world):
        client = _client(person)
        page = called(client, row, asked)
        if "text/html" not in page.headers.get("Content-Type", ""):
            continue
        for form in Forms(page.content.decode(), row.path(asked).partition("?")[0]).found:
            key = (form.action, form.method, *sorted(form.fields))
            if form.action in LEFT_ALONE or key in known or not form.action.startswith("/"):
                continue
            known.add(key)
            for given in walks(form, draw):
                requests += 1
                status = sent(client, form, given, draw)
                if status >= 500:
                    bad = {name: value[:20] for name, value in given.items() if value != form.fields.get(name)}
                    wrong.append(f"{form.method} {form.action} as {person.name if person else 'nobody'}: {status}: {bad}")
                if status == 302 and person:
                    client = _client(person.again())
    return wrong, requests


def _client(person: Person | None) -> Client:
    client = caller(person)
    client.raise_request_exception = False
    return client


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.web.rates.limit", lambda *_args, **_more: None)


def test_no_form_of_any_screen_breaks(world: World) -> None:
    wrong, requests = broken(world)
    assert wrong == []
    assert requests > 300, "the forms are not found any more"


@anyone("POST")
def _fragile(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(int(request.POST.get("code", "0") or 0)))


def test_a_view_that_breaks_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the tracking form sent to a view that takes its field for a number."""
    urls = type("urls", (), {"urlpatterns": [path("track/fragile", _fragile), path("", include("bihuan.config.urls"))]})
    kept = Forms.__init__

    def to_the_fragile_one(self: Forms, text: str, here: str) -> None:
        kept(self, text, here)
        self.found = [FoundForm("/track/fragile", "post", {"code": "1"})]

    monkeypatch.setattr(Forms, "__init__", to_the_fragile_one)
    with override_settings(ROOT_URLCONF=urls):
        wrong, _ = broken(world)
    assert any("/track/fragile" in line for line in wrong)
