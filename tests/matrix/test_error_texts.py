"""What is said where something breaks or is refused echoes nobody's data, no session, no secret; and who asks is told by the
session alone, never by a header that somebody claims.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from bihuan.config.logs import Discreet, Structured
from bihuan.ledger import clock
from bihuan.people.models import Account
from bihuan.people.selectors import post_named
from bihuan.web.guards import anyone, signed_in
from tests.matrix.calling import called, caller
from tests.matrix.county import World
from tests.matrix.rows import ROWS
from tests.matrix.test_matrix import guard_of

pytestmark = pytest.mark.django_db
WHO, PHONE = "示例欧阳某", "139" + "11112222"
CLAIMED = (
    "Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "X-Auth-Request-Email", "X-User", "X-Username",
    "X-WEBAUTH-USER", "X-Authenticated-User", "Authorization", "X-Forwarded-Preferred-Username", "X-SSL-Client-CN",
)  # fmt: skip


@signed_in("POST")
def _breaks(request: HttpRequest) -> HttpResponse:
    typed = request.POST["what"]
    secret = settings.SECRET_KEY
    raise ValueError(f"{typed} {request.COOKIES} {secret}")


@signed_in("POST")
def _twice(request: HttpRequest) -> HttpResponse:
    """A database's error repeats the row that it refused."""
    Account.objects.create(username=request.POST["what"], name=WHO, created_at=clock.now())
    Account.objects.create(username=request.POST["what"], name=WHO, created_at=clock.now())
    return HttpResponse("never")


@anyone("GET")
def _who(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    return HttpResponse(str(actor.account if actor else 0))


def _with(view: Callable[..., HttpResponse]) -> ModuleType:
    urls = ModuleType("tests.matrix.breaking_urls")
    urls.urlpatterns = [path("here", view), path("", include("bihuan.config.urls"))]  # type: ignore[attr-defined]
    urls.handler500, urls.handler403 = "bihuan.web.errors.broken", "bihuan.web.errors.forbidden"  # type: ignore[attr-defined]
    return urls


@pytest.fixture
def logged() -> Any:
    """Every record of the process's log, although the matrix keeps quiet elsewhere."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logging.disable(logging.NOTSET)
    logging.getLogger().addHandler(handler)
    for name in ("django.request", "bihuan"):
        logging.getLogger(name).addHandler(handler)
    yield records
    for name in ("", "django.request", "bihuan"):
        logging.getLogger(name or None).removeHandler(handler)


@pytest.mark.parametrize("view", [_breaks, _twice])
@pytest.mark.parametrize("debug", [False, True], ids=["as served", "control"])
def test_what_breaks_tells_a_reference_and_nothing_else(view: Any, debug: bool, world: World, logged: Any) -> None:
    """Neither page nor log hold what was typed, the session, a key; the control is Django's own page for developers."""
    person = world.people["officer@housing"]
    client = caller(person)
    client.raise_request_exception = False
    with override_settings(ROOT_URLCONF=_with(view), DEBUG=debug):
        answer = client.post("/here", {"what": f"u{PHONE}"})
    page = answer.content.decode()
    assert answer.status_code == 500
    assert (PHONE in page) == debug
    if debug:
        return
    lines = [form("%(message)s").format(record) for record in logged for form in (Discreet, Structured)]
    assert any("reference" in line for line in lines)
    for told in (page, *lines):
        assert not [secret for secret in (PHONE, WHO, person.token, settings.SECRET_KEY, "Traceback") if secret in told]
    for record in logged:
        record.exc_text = None
    if view is _breaks:
        assert any(PHONE in logging.Formatter().format(record) for record in logged), "the control: an ordinary log has it"


def test_no_answer_repeats_the_session(world: World) -> None:
    """Whatever an address answers, refused or not: the cookie that opened it is on no page."""
    asked = 0
    for name in ("dispatcher@centre", "security_admin@centre"):
        person = world.people[name]
        for row in ROWS:
            if row.asks or row.pattern in ("/sign-out", "/post") or not guard_of(row).admits(person.actor):
                continue
            answer = called(caller(person), row)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert person.token.encode() not in body, row.path()
            assert person.token not in str(dict(answer.headers)), row.path()
            asked += 1
    assert asked > 60


def test_a_page_that_repeats_the_session_is_found(world: World) -> None:
    """The control: a view that shows what it was sent."""

    @anyone("GET")
    def echo(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(request.COOKIES))

    person = world.people["dispatcher@centre"]
    with override_settings(ROOT_URLCONF=_with(echo)):
        assert person.token in caller(person).get("/here").content.decode()


class Trusting:
    """The deliberately wrong setting: a middleware that believes what a header says."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from bihuan.access.actors import actor_for

        claimed = next((request.headers[name] for name in CLAIMED if name in request.headers), "")
        if post := post_named(claimed) if claimed else None:
            request.actor = actor_for(post.id)  # type: ignore[attr-defined]
        return self._answer(request)


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_header_says_who_asks(world: World, proxies: int) -> None:
    """Also behind a proxy that is trusted with the client's address; the control trusts the header."""
    known = "dispatcher_centre"
    assert post_named(known)
    with override_settings(ROOT_URLCONF=_with(_who), TRUSTED_PROXIES=proxies):
        for name in CLAIMED:
            assert Client(headers={name: known}).get("/here").content == b"0", name
            assert Client(headers={name: known}).get("/desk/").status_code == 302, name
        trusting = [*settings.MIDDLEWARE[:6], f"{__name__}.Trusting", *settings.MIDDLEWARE[6:]]
        with override_settings(MIDDLEWARE=trusting):
            found = Client(headers={CLAIMED[0]: known}).get("/here").content
    assert found == str(world.people["dispatcher@centre"].actor.account).encode(), "the control"
