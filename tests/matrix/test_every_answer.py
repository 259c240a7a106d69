"""What holds for every address: no form without its token, the same strict headers on every answer, no address that calls out."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import ModuleType

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from bihuan.access import sessions
from bihuan.access.models import Session
from bihuan.ledger.models import Entry
from bihuan.people.services import PostRow, give_post
from bihuan.web.guards import anyone
from tests.house import source
from tests.matrix.calling import called
from tests.matrix.county import Person, World
from tests.matrix.rows import ROWS, Row
from tests.matrix.test_matrix import asked_of, guard_of, one_of_each_post

pytestmark = pytest.mark.django_db
UNSAFE = [row for row in ROWS if row.method != "GET"]
CALLS_OUT = ("urllib.request", "http.client", "requests", "httpx", "aiohttp", "smtplib", "ftplib", "urllib3")
OUR_OWN_SERVER = {"src/bihuan/play/browser.py"}
"""The demonstration's own browser: it is given the address of the server that it started."""


def strict(person: Person | None) -> Client:
    """A browser of which the form's token is asked."""
    client = Client(enforce_csrf_checks=True)
    if person is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = person.token
    return client


def unprotected(rows: Iterable[Row], world: World) -> list[str]:
    """Addresses that take an unsafe request without the form's token from somebody whom they admit."""
    found = []
    for row in rows:
        person = next((one for one in one_of_each_post(world) if guard_of(row).admits(one.actor)), None)
        answer = called(strict(person), row, next(asked_of(row, world, None))[0])
        if answer.status_code != 403:
            found.append(f"{row.method} {row.pattern}: {answer.status_code}")
    return found


def test_no_unsafe_request_without_its_token(world: World) -> None:
    entries, kept = Entry.objects.count(), Session.objects.count()
    assert unprotected(UNSAFE, world) == []
    assert (Entry.objects.count(), Session.objects.count()) == (entries, kept)


@csrf_exempt
@anyone("POST")
def _open(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def test_an_exempted_view_is_found(world: World) -> None:
    """The control."""
    urls = ModuleType("tests.matrix.open_urls")
    urls.urlpatterns = [path("open", _open), path("", include("bihuan.config.urls"))]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=urls):
        assert unprotected([Row("/open", "POST", frozenset({200}))], world) == ["POST /open: 200"]


def loose(answer: HttpResponse) -> list[str]:
    """What an answer's headers leave open."""
    policy = answer.headers.get("Content-Security-Policy", "")
    wanted = {
        "default-src 'none'": "default-src 'none'" in policy,
        "no unsafe-": "unsafe-" not in policy and "*" not in policy,
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "no framing": "frame-ancestors 'none'" in policy or "sandbox" in policy,
        "no store": "no-store" in answer.headers.get("Cache-Control", ""),
        "opener": answer.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "one encoding": "charset=utf-8" in (kind := answer.headers.get("Content-Type", "")) or not kind.startswith("text/"),
        "referrer": answer.headers.get("Referrer-Policy") in ("same-origin", "no-referrer"),
    }
    return [name for name, held in wanted.items() if not held]


def test_every_answer_has_its_headers(world: World) -> None:
    """Pages, refusals, redirects, files, what is not found: each row asked by somebody admitted, by nobody, and wrongly."""
    found = []
    for row in ROWS:
        person = next((one for one in one_of_each_post(world) if guard_of(row).admits(one.actor)), None)
        asked = next(asked_of(row, world, None))[0]
        for client in (strict(person), strict(None)):
            found += [f"{row.method} {row.pattern}: {fault}" for fault in loose(called(client, row, asked))]
        found += [f"PUT {row.pattern}: {fault}" for fault in loose(strict(person).put(row.path(asked)))]
    assert sorted(set(found)) == []


def test_an_answer_without_them_is_found() -> None:
    """The control."""
    assert len(loose(HttpResponse("x"))) == 6
    assert "one encoding" in loose(HttpResponse("x", content_type="text/csv"))


def test_nothing_of_the_product_calls_out() -> None:
    """No address that a person types is ever fetched: there is nothing in the product that fetches."""
    assert calls_out(source.python_files()) == OUR_OWN_SERVER


def calls_out(files: Iterable[object]) -> set[str]:
    found = set()
    for file in files:
        for node in ast.walk(source.tree(file)):  # type: ignore[arg-type]
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name == one or name.startswith(f"{one}.") for name in names for one in CALLS_OUT):
                found.add(source.shown(file))  # type: ignore[arg-type]
    return found


# -- a token that somebody else knows ----------------------------------------------------------------------------------


def fixed(world: World) -> list[str]:
    """Steps after which the token from before still opens something."""
    person = world.people["liaison@housing"]
    second = give_post(PostRow(username="liaison_housing", key="liaison", unit_key="water"))
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = person.token
    assert client.post("/post", {"post": str(second)}).status_code == 302
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    found = ["changing the post"] if sessions.load(person.token) is not None else []
    entered = Client()
    entered.cookies[settings.SESSION_COOKIE_NAME] = planted = "p" * 43
    answer = entered.post("/sign-in", {"identifier": "liaison_water", "password": "open sesame 9"})
    assert answer.status_code == 302
    if entered.cookies[settings.SESSION_COOKIE_NAME].value == planted or sessions.load(planted) is not None:
        found.append("signing in")
    client.post("/sign-out")
    return found + (["signing out"] if sessions.load(after) is not None else [])


def test_a_known_token_opens_nothing_after_the_next_step(world: World) -> None:
    assert fixed(world) == []


def test_a_token_that_is_kept_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a change of post under the same token."""

    def keeps(session: sessions.SessionRow, **changes: object) -> str:
        Session.objects.filter(pk=session.id).update(**changes)
        return world.people["liaison@housing"].token

    monkeypatch.setattr(sessions, "renew", keeps)
    assert "changing the post" in fixed(world)
