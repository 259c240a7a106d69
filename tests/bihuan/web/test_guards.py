"""Who may call a view is declared on the view; pages that refuse are pages in the person's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from bihuan.access.actors import Actor
from bihuan.cases import errors as case_errors
from bihuan.rules.scope import Duty
from bihuan.web import errors, guards
from tests.factories.visits import faults_of


def call(view: Any, method: str = "GET", actor: Actor | None = None, **headers: str) -> HttpResponse:
    request = RequestFactory().generic(method, "/desk/x?a=1", headers=headers)
    request.actor = actor  # type: ignore[attr-defined]
    return view(request)  # type: ignore[no-any-return]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


def test_nobody_is_sent_to_sign_in_and_back() -> None:
    view = guards.duty(Duty.CASE_READ, methods=("GET", "POST"))(plain)
    assert call(view)["Location"] == "/sign-in?next=%2Fdesk%2Fx%3Fa%3D1"
    back = call(view, "POST", Referer="http://testserver/desk/register?x=1")
    assert back["Location"] == "/sign-in?next=%2Fdesk%2Fregister%3Fx%3D1"
    assert call(view, "POST", Referer="http://elsewhere/desk")["Location"] == "/sign-in?next=%2Fdesk%2F"


def test_a_post_without_the_duty_is_refused() -> None:
    view = guards.duty(Duty.CASE_READ, Duty.CASE_OPEN)(plain)
    with pytest.raises(PermissionDenied):
        call(view, actor=Actor(duties=frozenset({Duty.REPORT_READ})))
    assert call(view, actor=Actor(duties=frozenset({Duty.CASE_OPEN}))).content == b"in"
    assert call(guards.signed_in()(plain), actor=Actor()).content == b"in"
    assert call(guards.anyone()(plain)).content == b"in"


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("POST", 200), ("PUT", 405), ("OPTIONS", 405)])
def test_only_the_declared_methods(method: str, status: int) -> None:
    assert call(guards.anyone("POST")(plain), method).status_code == status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (case_errors.NotFound("x"), 404), (case_errors.Refused("guard", "还不能这样办"), 422),
        (case_errors.Conflict("x", [], 3), 409), (case_errors.RequestReused("x"), 422), (RequestDataTooBig(), 413),
        (errors.BadRequest("seen"), 400), (errors.TooMany(60), 429), (OperationalError("disk full at /secret"), 503),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_error_has_its_page(error: Exception, status: int, language: str, db: None) -> None:
    request = RequestFactory().get("/desk/x")
    with translation.override(language):
        answer = errors.answer(request, error)
    assert answer is not None
    text = answer.content.decode()
    assert answer.status_code == status
    assert faults_of(text) == []
    assert "secret" not in text
    if status in (429, 503):
        assert answer["Retry-After"]


@pytest.mark.django_db
def test_a_database_that_does_not_answer_for_the_session_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_token: str) -> None:
        raise OperationalError("locked")

    monkeypatch.setattr("bihuan.access.sessions.load", locked)
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "x"
    answer = client.get("/desk/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


def test_what_nobody_expected_gets_a_reference_and_nothing_else(db: None) -> None:
    assert errors.answer(RequestFactory().get("/"), ZeroDivisionError("17")) is None
    text = errors.broken(RequestFactory().get("/desk/")).content.decode()
    assert "ZeroDivision" not in text
    assert faults_of(text) == []


@pytest.mark.django_db
class TestPreferences:
    def test_language_and_text_size_are_remembered(self) -> None:
        client = Client()
        answer = client.post("/preferences/", {"language": "en", "next": "/track"})
        assert (answer.status_code, answer["Location"]) == (302, "/track")
        client.post("/preferences/", {"text": "large"})
        text = client.get("/sign-in").content.decode()
        assert '<html lang="en" data-text="large">' in text

    @pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example"])
    def test_nobody_is_led_elsewhere(self, wanted: str) -> None:
        assert Client().post("/preferences/", {"language": "en", "next": wanted})["Location"] == "/"

    def test_other_values_are_not_taken(self) -> None:
        answer = Client().post("/preferences/", {"language": "xx", "text": "<b>"})
        assert not answer.cookies

    def test_a_wrong_method_gets_a_page_and_says_which_is_right(self) -> None:
        answer = Client().get("/preferences/")
        assert (answer.status_code, answer["Allow"]) == (405, "OPTIONS, POST")
        assert faults_of(answer.content.decode()) == []

    def test_a_missing_page_speaks_chinese(self) -> None:
        answer = Client().get("/nowhere")
        assert answer.status_code == 404
        assert "没有找到" in answer.content.decode()

    def test_every_answer_carries_the_headers(self) -> None:
        for path in ("/sign-in", "/nowhere", "/preferences/"):
            answer = Client().get(path)
            policy = answer["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in answer["Cache-Control"]
