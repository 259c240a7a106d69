"""Mass assignment: forms that are complete and right, with every column of every table smuggled in beside what they ask for.

The form goes through, and the smuggled value stands nowhere: no table of the database holds it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from bihuan.people.models import Account
from bihuan.web.guards import signed_in
from tests.factories.matters import category, request_id, shipped_pack
from tests.factories.organisation import EAST_A
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.matrix.screens import Forms

pytestmark = pytest.mark.django_db
MARK = 918273645
"""A number that fits every column of numbers, and its figures as text for all others. Nothing else in the county holds it."""
PREFIXES = ("", "f-")
AT_ONCE = 400


def columns() -> list[str]:
    """The name of every column of every table, as the model and as the database call it."""
    named = {name for model in apps.get_models() for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return sorted(named | {"pk"})


def held() -> list[str]:
    """Where the mark stands, in any table."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField):
                rows = model._default_manager.filter(**{f"{field.attname}__contains": str(MARK)})
            elif isinstance(field, models.IntegerField | models.ForeignKey):
                rows = model._default_manager.filter(**{field.attname: MARK})
            elif isinstance(field, models.JSONField):
                rows = [row for row in model._default_manager.values_list(field.attname, flat=True) if str(MARK) in str(row)]  # type: ignore[assignment]
            else:
                continue
            if rows if isinstance(rows, list) else rows.exists():
                found.append(f"{model._meta.db_table}.{field.attname}")
    return found


def _act(**more: str) -> dict[str, str]:
    return {"rules": f"{shipped_pack().digest}:matter", "request_id": request_id(), **more}


def _registered(world: World) -> dict[str, str]:
    return {
        "f-title": "路灯", "f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "name": "王小明", "phone": "13800138000", "about": "no",
        "request_id": request_id(),
    }  # fmt: skip


def _reported(world: World) -> dict[str, str]:
    return {
        "f-what": "村口路灯坏了两个星期没人修",
        "f-kind": "complaint",
        "area": EAST_A,
        "anonymous": "yes",
        "request_id": request_id(),
    }


def _recorded(world: World) -> dict[str, str]:
    return {"what": "帮忙打印凭证", "result": "已经打印好了", "area": EAST_A, "request_id": request_id()}


def _hired(world: World) -> dict[str, str]:
    return {"name": "李一", "username": "li.yi", "email": "", "mobile": "", "staff_no": ""}


FORMS: Mapping[str, tuple[str, Callable[[World], str], Callable[[World], dict[str, str]], tuple[int, ...]]] = {
    "registering": ("window_clerk@east", lambda world: "/desk/register", _registered, (201,)),
    "reporting": ("", lambda world: "/report", _reported, (201,)),
    "a record": ("village_clerk@east village", lambda world: "/desk/records/new", _recorded, (302,)),
    "accepting": (
        "dispatcher@east",
        lambda world: f"/desk/case/{world.cases['in the east']}/act/main/accept",
        lambda world: _act(**{"f-category": category(), "f-weight": "ordinary", "f-urgency": "normal"}),
        (302,),
    ),
    "writing": (
        "officer@housing",
        lambda world: f"/desk/case/{world.cases['in the east, with housing']}/act/main/progress",
        lambda world: _act(**{"f-note": "已到现场查看情况，正在联系厂家。"}),
        (302,),
    ),
    "a look": (
        "dispatcher@east",
        lambda world: f"/desk/case/{world.cases['in the east']}/unmask",
        lambda world: {"field": "phone", "reason": "回访前核对电话"},
        (200,),
    ),
    "hiring": ("security_admin@centre", lambda world: "/desk/admin/people/new", _hired, (200, 201, 302)),
    "one's wishes": (
        "officer@housing",
        lambda world: "/desk/me/preferences",
        lambda world: {"language": "zh-hans", "text": "large"},
        (302,),
    ),
}  # fmt: skip


def smuggled(form: Mapping[str, str], asked: Collection[str] = ()) -> Iterator[dict[str, str]]:
    """The form with every column beside it that it does not ask for, in as many parts as a form may have fields."""
    everything = [f"{prefix}{name}" for prefix in PREFIXES for name in columns()]
    names = [name for name in everything if name not in form and name not in asked]
    for start in range(0, len(names), AT_ONCE):
        yield {**dict.fromkeys(names[start : start + AT_ONCE], str(MARK)), **form}


def asked_for(client: Client, address: str, world: World) -> set[str]:
    """What the form on the page does ask for: columns that are called so are left as they are."""
    where = f"/desk/case/{world.cases['in the east']}" if address.endswith("/unmask") else address.removesuffix("/preferences")
    page = client.get(where).content.decode()
    names = {name for form in Forms(page, where).found if form.action == address for name in (*form.fields, *form.files)}
    return names | {f"{name}-{part}" for name in names for part in ("name", "phone")}


@pytest.mark.parametrize("name", FORMS)
def test_what_a_form_does_not_ask_for_is_not_read(name: str, world: World) -> None:
    who, address, form, expected = FORMS[name]
    client = caller(world.people[who] if who else None)
    assert held() == []
    asked = asked_for(client, address(world), world)
    assert asked, "the form is not found any more"
    for part in range(len(list(smuggled(form(world), asked)))):
        answer = client.post(address(world), list(smuggled(form(world), asked))[part])
        if part == 0:
            assert answer.status_code in expected, (answer.status_code, _said(answer))
        assert held() == [], f"{name}, part {part}"


def _said(answer: Any) -> str:
    page = answer.content.decode()
    start = page.find('class="wrong"')
    return page[start : start + 200]


def test_every_column_is_smuggled() -> None:
    named = set(columns())
    assert {"is_active", "holder_unit", "about_account_id", "contact_id", "stage", "keyed_hash", "password_at"} <= named
    assert len(named) > 200
    sent = {name for part in smuggled({"request_id": "x"}) for name in part}
    assert {f"{prefix}{name}" for prefix in PREFIXES for name in named - {"request_id"}} <= sent | {"request_id"}


@signed_in("POST")
def _careless(request: HttpRequest) -> HttpResponse:
    given = {name: value for name, value in request.POST.items() if name in ("name", "staff_no", "language")}
    Account.objects.filter(pk=request.actor.account).update(**given)  # type: ignore[attr-defined]
    return HttpResponse("kept")


def test_a_careless_view_is_found(world: World) -> None:
    """The control: a view that puts a form's dictionary into a model leaves the mark, and it is named."""
    urls = ModuleType("tests.matrix.careless_urls")
    urls.urlpatterns = [path("careless", _careless), path("", include("bihuan.config.urls"))]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=urls):
        for sent in smuggled({}):
            caller(world.people["officer@housing"]).post("/careless", sent)
    assert held() == ["people_account.staff_no", "people_account.name", "people_account.language"]
