"""What machines ask: alive or not, figures for whoever bears the token, nobody's data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from bihuan.config import environment
from bihuan.config.statements import counted
from bihuan.ledger import anchors
from bihuan.ledger.models import Outbox
from bihuan.web import health
from tests.factories.matters import found_matters, opened

TOKEN = "Zx3-nobody-guesses-this-one-0123456789"


def figures(token: str = TOKEN, **more: Any) -> dict[str, float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {token}"}, **more)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.split(" ") for line in lines)}


@pytest.mark.django_db
def test_alive_while_database_and_keys_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Client().get("/healthz").content == b"well\n"
    monkeypatch.setattr(settings, "KEYS", tmp_path)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"not well\n"), "the control: without its keys"
    assert str(tmp_path) not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["data", "files", "anchors"])
def test_ready_while_there_is_room(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert Client().get("/readyz").content == b"ready\n"
    room = {**dict.fromkeys(health.LEAST, 10.0**9), name: health.LEAST[name] - 1.0}
    folders = {str(getattr(settings, one.upper())): one for one in room}
    monkeypatch.setattr(health, "_free", lambda folder: room[folders[str(folder)]])
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content.decode()) == (503, f"not ready\nno room: {name}\n")
    assert answer.headers["Retry-After"]
    assert Client().get("/healthz").status_code == 200, "it lives: nobody should restart it"


@pytest.mark.django_db
def test_not_ready_without_its_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "KEYS", tmp_path)
    assert Client().get("/readyz").content == b"not ready\ndatabase\n"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_figures_only_with_the_token(settings: Any, token: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 404
    assert figures()["bihuan_ledger_guarded"] == 1, "the control"
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404, "no token: closed"


@pytest.mark.django_db(transaction=True)
def test_figures_tell_how_it_goes(settings: Any, clock: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    county = found_matters()
    opened(county.actor("clerk"))
    anchors.write()
    before = figures()
    assert before["bihuan_anchor_age_seconds"] == 0
    assert before["bihuan_search_waiting"] == 1
    assert before["bihuan_outbox_given_up"] == 0
    Outbox.objects.create(topic="none", not_before=clock(), state=Outbox.State.GIVEN_UP)
    Outbox.objects.create(topic="none", not_before=clock())
    clock.advance(timedelta(seconds=400))
    after = figures()
    assert after["bihuan_anchor_age_seconds"] == 400
    assert after["bihuan_clock_behind_seconds"] == 0
    assert after["bihuan_outbox_given_up"] == 1
    assert after["bihuan_outbox_late_seconds"] >= 400
    clock.advance(timedelta(seconds=-4000))
    assert figures()["bihuan_clock_behind_seconds"] == 3600
    with counted() as statements:
        figures()
    assert len(statements) <= 8


def test_a_token_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="BIHUAN_METRICS"):
        environment.read({"BIHUAN_METRICS": "secret"})
    assert environment.read({"BIHUAN_METRICS": TOKEN}).metrics == TOKEN
