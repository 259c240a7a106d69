"""Every cookie of the product: of this host alone, over https alone, not for scripts; its name says so to the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from http.cookies import Morsel
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from bihuan.access.models import Session
from tests.bihuan.access.conftest import county  # noqa: F401 - a fixture
from tests.factories.organisation import PASSWORD, County

pytestmark = pytest.mark.django_db
ONLY_THERE = {"__Secure-last_post": "/sign-in"}
"""Sent to one page alone: such a cookie may not be called __Host-."""
BEHIND_TLS: dict[str, Any] = {
    "SESSION_COOKIE_NAME": "__Host-bihuan", "CSRF_COOKIE_NAME": "__Host-csrftoken", "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
}  # fmt: skip
"""What the settings say where a host is named: held equal to them below."""


@pytest.fixture
def behind_tls() -> Iterator[None]:
    with override_settings(**BEHIND_TLS):
        yield


def faults(cookies: Iterable[Morsel[str]]) -> list[str]:
    """What is wrong with cookies that an answer sets."""
    found = []
    for one in cookies:
        path = ONLY_THERE.get(one.key, "/")
        wanted = {
            "name": one.key.startswith("__Host-") or one.key in ONLY_THERE,
            "secure": bool(one["secure"]),
            "httponly": bool(one["httponly"]),
            "samesite": one["samesite"] in ("Lax", "Strict"),
            "path": one["path"] == path,
            "domain": not one["domain"],
            "size": len(one.key) + len(one.value) <= 4096,
        }
        found += [f"{one.key}: {name}" for name, held in wanted.items() if not held]
    return found


def visited(client: Client) -> list[Morsel[str]]:
    """Every cookie of a visit: the form's token, language, signing in, one's own wishes, signing out."""
    kept: list[Morsel[str]] = []

    def note(answer: Any) -> Any:
        kept.extend(answer.cookies.values())
        return answer

    note(client.get("/sign-in", secure=True))
    note(client.post("/preferences/", {"language": "en", "text": "large", "next": "/"}, secure=True))
    assert note(client.post("/sign-in", {"identifier": "clerk", "password": PASSWORD}, secure=True)).status_code == 302
    assert note(client.get("/desk/", secure=True)).status_code == 200
    note(client.post("/desk/me/preferences", {"language": "zh-hans", "text": "normal"}, secure=True))
    note(client.post("/sign-out", secure=True))
    return kept


def test_every_cookie_is_of_this_host_and_of_https(county: County, behind_tls: None) -> None:  # noqa: F811
    kept = visited(Client())
    assert {one.key for one in kept} == {
        "__Host-bihuan", "__Host-csrftoken", "__Host-language", "__Host-text", "__Secure-last_post",
    }  # fmt: skip
    assert faults(one for one in kept if one.value) == []


def test_a_plain_cookie_is_found(county: County) -> None:  # noqa: F811
    """The control: a machine for itself, without https."""
    kept = visited(Client())
    assert {f"{name}: name" for name in ("bihuan", "csrftoken", "language", "text", "last_post")} <= set(faults(kept))
    assert "bihuan: secure" in faults(kept)


def test_a_cookie_that_another_host_could_have_set_opens_nothing(county: County, behind_tls: None) -> None:  # noqa: F811
    """A neighbour under the same domain can set plain names for us, but none that begins with __Host-."""
    client = Client()
    client.post("/sign-in", {"identifier": "clerk", "password": PASSWORD}, secure=True)
    token = client.cookies["__Host-bihuan"].value
    other = Client()
    other.cookies["bihuan"] = token
    other.cookies["language"] = "en"
    assert other.get("/desk/", secure=True).status_code == 302
    assert 'lang="zh-CN"' in other.get("/sign-in", secure=True).content.decode()
    other.cookies["__Host-bihuan"] = token
    assert other.get("/desk/", secure=True).status_code == 200, "the control"
    assert Session.objects.count() == 1


def test_the_settings_say_so_where_a_host_is_named(tmp_path: Path) -> None:
    """In a process of its own, as it is served; HSTS for the host and all below it."""
    names = [*BEHIND_TLS, "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_SSL_REDIRECT"]
    asked = f"import json\nfrom django.conf import settings\nprint(json.dumps([getattr(settings, n) for n in {names!r}]))"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
    seen = []
    for hosts in ("sqfk.example.org", ""):
        environ = {**inherited, "BIHUAN_DATA": str(tmp_path), "BIHUAN_HOSTS": hosts}
        done = subprocess.run([sys.executable, "-c", asked], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        seen.append(dict(zip(names, json.loads(done.stdout), strict=True)))
    assert BEHIND_TLS.items() <= seen[0].items()
    assert seen[0]["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert seen[0]["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert seen[0]["SECURE_SSL_REDIRECT"]
    assert seen[1] == dict.fromkeys(names, False) | {
        "SESSION_COOKIE_NAME": "bihuan", "CSRF_COOKIE_NAME": "csrftoken", "SECURE_HSTS_SECONDS": 0,
    }  # fmt: skip


@override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True, SECURE_SSL_REDIRECT=True)
def test_every_answer_says_https_only_and_machines_are_not_led_astray() -> None:
    """A page, a static file, an error; over a plain line people are led over, what a machine asks is answered as it is."""
    client = Client()
    for path in ("/sign-in", "/static/bihuan/tokens.css", "/no-such-page", "/desk/"):
        answer = client.get(path, secure=True)
        answer.close()
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path
        assert client.get(path).status_code == 301
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path).status_code != 301, path
