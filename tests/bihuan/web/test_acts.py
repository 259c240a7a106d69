"""Twelve statements an act over HTTP: counted in every test (``tests.acts``); here that none is forgotten, and is found."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.people.services import AccountRow, PostRow, create_account, give_post
from bihuan.web.guards import anyone, routes
from tests import acts
from tests.factories.matters import found_matters
from tests.factories.organisation import PASSWORD, County
from tests.factories.visits import visitor

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


@pytest.fixture
def county(clock: Any) -> County:
    return found_matters()


def unsafe() -> set[str]:
    """The addresses of the product that take a request which may change something."""
    return {route.pattern for route in routes() if route.guard and set(route.guard.methods) - acts.SAFE}


def test_every_address_is_counted_somewhere() -> None:
    assert unsafe() == set(acts.WHERE)
    assert set(acts.MANY) <= unsafe()


def test_what_is_said_to_count_is_there() -> None:
    for address, test in acts.WHERE.items():
        file, *_cls, name = test.split("::")
        assert re.search(rf"def {name}\(", (ROOT / file).read_text("utf-8")), address


@anyone("POST")
def _wasteful(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        for n in range(int(request.POST["n"])):
            cursor.execute("SELECT %s", [n])
    return HttpResponse("done", status=int(request.POST.get("status", "200")))


def test_one_statement_too_many_is_found(county: County) -> None:
    """The control; what was refused may show its page once more, and is not counted as done."""
    urls = ModuleType("tests.bihuan.web.wasteful_urls")
    urls.urlpatterns = [path("wasteful", _wasteful), path("", include("bihuan.config.urls"))]  # type: ignore[attr-defined]
    watch, client = acts.Watch(), Client()
    with override_settings(ROOT_URLCONF=urls):
        sent: list[dict[str, Any]] = [{"n": n, "status": "409"} for n in (acts.BUDGET + 1, acts.REFUSED, acts.REFUSED + 1)]
        for form in sent:
            watch.generic(client, "POST", "/wasteful", _encoded(form), "application/x-www-form-urlencoded")
        assert [each.partition("\n")[0] for each in watch.over] == ["POST /wasteful (/wasteful): 21 statements"]
        assert watch.done == set()
        watch.over.clear()
        for form in ({"n": acts.BUDGET}, {"n": acts.BUDGET + 1}):
            watch.generic(client, "POST", "/wasteful", _encoded(form), "application/x-www-form-urlencoded")
    assert [each.partition("\n")[0] for each in watch.over] == ["POST /wasteful (/wasteful): 13 statements"]
    assert watch.done == {"/wasteful"}


def _encoded(form: dict[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in form.items())


def test_the_bell_is_silenced(county: County) -> None:
    assert visitor(county, "officer").post("/desk/notices", {"up_to": "0"}).status_code == 302


def test_all_sessions_of_somebody_end(county: County) -> None:
    account = create_account(AccountRow(username="guard", name="安全员", password=PASSWORD))
    post = give_post(PostRow(username="guard", key="security_admin", unit_key="centre"))
    guard = County(county.units, {**county.posts, "guard": post}, {**county.accounts, "guard": account})
    officer = visitor(county, "officer")
    assert visitor(guard, "guard").post(f"/desk/admin/people/{county.accounts['officer']}/sessions").status_code == 302
    assert officer.get("/desk/").status_code == 302


def test_a_table_of_messages_costs_the_same_whatever_its_length(county: County) -> None:
    """What is named as many costs no more for more rows, up to the two hundred that go together."""
    cost = []
    for n, rows in enumerate((2, 40)):
        lines = "".join(f"{n}{row},路灯不亮{row},东街第{row}盏路灯不亮请尽快修理,2026-10-08 09:00\n" for row in range(rows))
        table = SimpleUploadedFile(f"{n}.csv", f"编号,主题,留言详情,留言时间\n{lines}".encode())
        client = visitor(county, "dispatcher")
        page = client.post("/desk/import", {"file": table, "kind": "complaint"}).content.decode()
        address = page.partition('action="/desk/import/')[2].partition('"')[0]
        with counted() as count:
            assert client.post(f"/desk/import/{address}", {"step": "take", "kind": "complaint"}).status_code == 200
        cost.append(len(count))
    assert Case.objects.count() == 42
    assert cost[1] <= cost[0], cost
