"""Logs say what broke, not on whose data."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from bihuan.config.logs import Discreet, Structured
from tests.factories.matters import found_matters


def line_of(message: str, *args: object, error: bool = False) -> str:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, args, sys.exc_info() if error else None)
    return Discreet("%(message)s").format(record)


def test_the_words_of_an_error_are_left_out() -> None:
    told = "周大妈 " + "13800001111"
    try:
        try:
            int(told)
        except ValueError as cause:
            raise RuntimeError(told) from cause
    except RuntimeError:
        line = line_of("broke", error=True)
    assert "RuntimeError" in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert told not in line
    assert "literal" not in line


@pytest.mark.django_db
def test_a_tracking_code_is_not_written_down(caplog: pytest.LogCaptureFixture, clock: object) -> None:
    found_matters()
    Client().get("/t/7QK4-M2XD")
    Client(enforce_csrf_checks=True).post("/t/7QK4-M2XD/rate")
    assert any("7QK4" in record.getMessage() for record in caplog.records)
    assert not any("7QK4" in line_of(record.msg, *record.args) for record in caplog.records)


@pytest.mark.django_db
def test_a_phone_typed_into_an_address_is_not_written_down(caplog: pytest.LogCaptureFixture, clock: object) -> None:
    """Not found is a line of the log, with the address; what was asked behind the question mark is in no line at all."""
    found_matters()
    phone, asked = "139" + "11112222", "138" + "00138000"
    Client().get(f"/report/{phone}", {"q": asked})
    told = [record.getMessage() for record in caplog.records]
    assert any(phone in line for line in told), "the control: the record has it"
    lines = [line_of(record.msg, *record.args) for record in caplog.records]  # type: ignore[misc]
    assert not any(phone in line or asked in line for line in lines)
    assert any("/report/139****2222" in line for line in lines)


def test_every_handler_writes_so() -> None:
    formatter = settings.LOGGING["formatters"]["line"]
    assert import_string(formatter["()"]) is Discreet
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"line"}


def test_a_structured_line_is_one_object_without_words_of_errors() -> None:
    """A newline in a message makes no second line; codes and the words of exceptions are left out as in the plain form."""
    somebody = "周" + "大妈"
    try:
        raise RuntimeError(somebody)
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "GET /t/ABCD-1234\n forged", (), sys.exc_info())
    line = Structured().format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert told["say"] == "GET /t/…\n forged"
    assert told["broke"].endswith("RuntimeError")
    assert somebody not in line
