"""Calling an address as somebody, and the answer in a form that two answers can be compared in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.test import Client

from bihuan.web.guards import Route
from tests.matrix.county import Person
from tests.matrix.rows import Row

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
_NONCE = re.compile(r'nonce="[^"]*"')


def caller(person: Person | None) -> Client:
    """The browser of somebody who has signed in; of nobody for None."""
    client = Client()
    if person is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = person.token
    return client


def called(client: Client, row: Row, asked: object = "") -> Any:
    """The answer to a row's request."""
    if row.method == "GET":
        return client.get(row.path(asked))
    return client.generic(row.method, row.path(asked)) if row.method != "POST" else client.post(row.path(asked), row.form())


def plain(response: Any, asked: object) -> str:
    """The page without what differs from answer to answer: form tokens, nonces, and the number that was asked for."""
    page = _NONCE.sub("", _TOKEN.sub("", response.content.decode()))
    return re.sub(rf"/{re.escape(str(asked))}(?=[/\"?&])", "/#", page)


def without_row(found: Iterable[Route], rows: Iterable[Row]) -> list[str]:
    """Addresses and methods of the product that the matrix does not know."""
    known = {(row.pattern, row.method) for row in rows}
    return sorted(
        f"{method} {route.pattern}"
        for route in found
        for method in (route.guard.methods if route.guard else ("GET",))
        if (route.pattern, method) not in known
    )


def without_route(found: Iterable[Route], rows: Iterable[Row]) -> list[str]:
    """Rows whose address or method the product does not have any more."""
    real = {(route.pattern, method) for route in found if route.guard for method in route.guard.methods}
    return sorted(f"{row.method} {row.pattern}" for row in rows if (row.pattern, row.method) not in real)
