"""Every address of the product, and three empty ones behind the same middleware and guard."""

from __future__ import annotations

import secrets

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bihuan.config.urls import handler400, handler403, handler404, handler500, urlpatterns
from bihuan.desk.frame import show
from bihuan.web.guards import signed_in

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@signed_in()
def page(request: HttpRequest) -> HttpResponse:
    """The desk's frame with nothing in it: what any signed-in page costs before it shows something."""
    return show(request, "web/desk.html", {})


@signed_in()
def commit(request: HttpRequest) -> HttpResponse:
    """The same frame after one small row was written and committed durably: what any page costs that promises something."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("INSERT INTO rulebook_sequence (kind, per, last) VALUES ('bench', %s, 1)", [secrets.token_hex(8)])
    return show(request, "web/desk.html", {})


@signed_in()
def nothing(_request: HttpRequest) -> HttpResponse:
    """Not even a frame: middleware and guard alone."""
    return HttpResponse()


urlpatterns = [*urlpatterns, path("bench/page", page), path("bench/commit", commit), path("bench/nothing", nothing)]
