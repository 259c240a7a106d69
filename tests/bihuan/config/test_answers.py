"""Headers on whatever leaves the product, addresses behind proxies, stamped static files."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bihuan.config.proxies import ClientAddress

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "host"),
    [
        ("/preferences/", 405, "localhost"),
        ("/no-such-page", 404, "localhost"),
        ("/static/bihuan/tokens.css", 200, "localhost"),
        ("/preferences/", 400, "evil.example"),
    ],
)
def test_every_answer_is_guarded(path: str, status: int, host: str) -> None:
    response = Client(headers={"host": host}).get(path)
    response.close()
    assert response.status_code == status
    assert HEADERS.items() <= dict(response.headers).items()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.search(r"'nonce-[\w-]{16,}'", policy)


@pytest.mark.django_db
def test_a_nonce_is_used_once() -> None:
    first, second = (Client().get("/no-such-page").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


@pytest.mark.django_db
def test_pages_are_not_kept_and_static_files_are() -> None:
    assert Client().get("/no-such-page").headers["Cache-Control"] == "no-store"
    static = Client().get("/static/bihuan/tokens.css")
    static.close()
    assert "max-age=" in static.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/", "/static/bihuan/", "/static/bihuan/../", "/static/bihuan/%2e%2e/", "/.git/HEAD"])
def test_no_folder_is_listed(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_static_address_carries_the_stamp_of_its_content() -> None:
    assert re.fullmatch(r"/static/bihuan/tokens\.css\?v=[0-9a-f]{12}", staticfiles_storage.url("bihuan/tokens.css"))
    assert staticfiles_storage.url("no/such.css") == "/static/no/such.css"


@pytest.mark.parametrize(
    ("proxies", "claimed", "address"),
    [
        (0, "9.9.9.9", "10.0.0.1"),
        (1, "9.9.9.9, 203.0.113.5", "203.0.113.5"),
        (2, "9.9.9.9, 203.0.113.5, 10.1.1.1", "203.0.113.5"),
        (1, "", "10.0.0.1"),
        (2, "203.0.113.5", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_name_the_client(settings: Any, proxies: int, claimed: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    seen = []
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=claimed, HTTP_X_REAL_IP="1.2.3.4")
    ClientAddress(lambda request: seen.append(request.META["REMOTE_ADDR"]) or HttpResponse())(request)
    assert seen == [address]
    assert "HTTP_X_FORWARDED_FOR" not in request.META
    assert proxies or "HTTP_X_REAL_IP" not in request.META
