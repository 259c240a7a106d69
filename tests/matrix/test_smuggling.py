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

from bihuan.access.codes import issue_code
from bihuan.cases.models import Case
from bihuan.people.models import Account
from bihuan.rules.terms import Doer
from bihuan.web.guards import signed_in
from tests.factories.matters import category, request_id, shipped_pack
from tests.factories.organisation import COUNTY, EAST, EAST_A
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.matrix.prepared import PREPARED
from tests.matrix.rows import ROWS, a_table
from tests.matrix.screens import Forms
from tests.matrix.sending import Sent

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


def _case(title: str, **more: object) -> Callable[[World], Mapping[str, object]]:
    return lambda world: {"case_id": world.cases[title], "code": world.codes[title], **more}


def _whose(name: str, **more: object) -> Callable[[World], Mapping[str, object]]:
    return lambda world: {"account_id": world.people[name].actor.account, **more}


def _two_devices(world: World) -> Mapping[str, object]:
    world.people["officer@housing"].again()
    return {}


def _act(**more: str) -> dict[str, str]:
    return {"rules": f"{shipped_pack().digest}:matter", "request_id": request_id(), **more}


def _plain(**more: str) -> Callable[[World], Mapping[str, Any]]:
    return lambda world: {"request_id": request_id(), **more}


CASE = "/desk/case/<int:case_id>"
SORTED = {"f-category": category(), "f-weight": "ordinary", "f-urgency": "normal"}
SAID = {"f-what": "村口路灯坏了两个星期没人修", "f-kind": "complaint", "area": EAST_A}
WORD = "a wholly new word 7"
STAFF = "/desk/admin/people/<int:account_id>"
FORMS: dict[str, Sent] = {
    "registering": Sent(
        "/desk/register", "window_clerk@east",
        _plain(**SAID, **{"f-title": "路灯", "f-channel": "phone", "f-urgency": "normal"}, name="王小明",
        phone="13800138000", about="no"),
        (201,),
    ),
    "reporting": Sent("/report", "", _plain(**SAID, anonymous="yes"), (201,)),
    "a record": Sent(
        "/desk/records/new", "village_clerk@east village", _plain(what="帮忙打印凭证", result="已经打印好了", area=EAST_A), (302,)
    ),
    "a record that becomes a matter": Sent(
        "/desk/records/<int:record_id>/raise", "grid_leader@east grid", _plain(**SAID, **{"f-channel": "visit"},
        about="no"), (201,),
        fill=lambda world: {"record_id": world.records["record of the east"]},
    ),
    "accepting": Sent(
        f"{CASE}/act/<str:thread>/<slug:action>", "dispatcher@east", lambda world: _act(**SORTED), (302,), page=CASE,
        fill=_case("in the east", thread="main", action="accept"),
    ),
    "writing": Sent(
        f"{CASE}/act/<str:thread>/<slug:action>", "officer@housing",
        lambda world: _act(**{"f-note": "已到现场查看情况。"}),
        (302,), page=CASE, fill=_case("in the east, with housing", thread="main", action="progress"),
    ),
    "sorting": Sent(
        "/desk/triage/<int:case_id>", "dispatcher@east", lambda world: _act(do="accept", **SORTED), (302,),
        page="/desk/triage?case=<int:case_id>", fill=_case("in the east"), also=frozenset({"area", "f-area"}),
    ),
    "merging": Sent(
        f"{CASE}/pair/<slug:action>", "dispatcher@east",
        lambda world: {
            "number": Case.objects.get(pk=world.cases["about the east police"]).number, "reason": "说的是同一件事",
            "request_id": request_id(),
            "seen": "",
        },
        (302, 422), page=CASE, fill=_case("in the east", action="merge"), also=frozenset({"other"}),
    ),
    "splitting": Sent(
        f"{CASE}/split", "dispatcher@east",
        lambda world: _act(**{"f-title": "村口积水", "f-what": "村口一下雨就积水，出不了门。"}, seen=""), (200, 201, 422),
        fill=_case("in the east"),
    ),
    "several at once": Sent(
        "/desk/together", "dispatcher@east",
        lambda world: {"action": "acknowledge", "line": f"{world.cases['in the east']}.main.1",
        "request_id": request_id()}, (200,),
        page="/desk/cases",
    ),
    "a look": Sent(
        f"{CASE}/unmask", "dispatcher@east", lambda world: {"field": "phone", "reason": "回访前核对电话"}, (200,), page=CASE,
        fill=_case("in the east"),
    ),
    "a slip": Sent(f"{CASE}/slip", "window_clerk@east", lambda world: {}, (200,), page=CASE, fill=_case("in the east")),
    "a table taken out": Sent("/desk/cases/export", "dispatcher@east", lambda world: {"kind": "csv"}, (200,), page="/desk/cases"),
    "a list taken out": Sent(
        "/desk/lists/<slug:key>/export", "dispatcher@east", lambda world: {"kind": "csv"}, (200,), page="/desk/lists/<slug:key>",
        fill=lambda world: {"key": "handed_over"},
    ),
    "a table looked at": Sent("/desk/import", "dispatcher@east", lambda world: a_table(), (200,)),
    "a code looked up": Sent("/track", "", lambda world: {"code": world.codes["in the east"]}, (302,)),
    "a resident's withdrawal": Sent(
        "/t/<str:code>/<slug:action>", "", _plain(), (302,), page="/t/<str:code>", fill=_case("in the east", action="withdraw")
    ),
    "a resident's own data": Sent(
        "/t/<str:code>/mine", "", lambda world: {"do": "correct", "confirm": "13800000000", "name": "王小明明"}, (302,),
        fill=_case("in the east"),
    ),
    "signing in": Sent("/sign-in", "", lambda world: {"identifier": "liaison_water", "password": "open sesame 9"}, (302,)),
    "a new password": Sent(
        "/new-password", "",
        lambda world: {
            "identifier": "liaison_water", "password": WORD, "again": WORD,
            "code": issue_code(world.people["liaison@water"].actor.account, by=Doer(kind="system")),
        },
        (200,),
    ),
    "reading": Sent("/preferences/", "", lambda world: {"language": "en", "text": "large", "next": "/"}, (302,), page="/"),
    "the post": Sent(
        "/post", "liaison@water", lambda world: {"post": str(world.people["liaison@water"].actor.post_id)}, (302,)
    ),
    "signing out": Sent("/sign-out", "liaison@water", lambda world: {}, (302,), page="/desk/"),
    "one's wishes": Sent(
        "/desk/me/preferences", "officer@housing", lambda world: {"language": "zh-hans", "text": "large"}, (302,), page="/desk/me"
    ),
    "one's password": Sent(
        "/desk/me/password", "officer@housing", lambda world: {"old": "open sesame 9", "new": WORD, "again": WORD}, (302,),
        page="/desk/me",
    ),
    "one's devices": Sent("/desk/me/devices", "officer@housing", lambda world: {"session": "others"}, (302,),
    page="/desk/me", fill=_two_devices),
    "leave": Sent(
        "/desk/away", "office_leader@housing",
        lambda world: {
            "do": "leave", "first_day": "2026-10-12", "last_day": "2026-10-16",
            f"deputy-{world.people['office_leader@housing'].actor.post_id}": str(world.people["liaison@housing"].actor.account),
        },
        (302,),
    ),
    "a turn of duty": Sent(
        "/desk/roster", "centre_head@centre",
        lambda world: {
            "do": "add", "day": "2026-10-12", "start": "08:00", "end": "18:00", "leads": "yes",
            "who": str(world.people["window_clerk@centre"].actor.account),
        },
        (302,),
    ),
    "hiring": Sent(
        "/desk/admin/people/new", "security_admin@centre",
        lambda world: {"name": "李一", "username": "li.yi", "email": "", "mobile": "", "staff_no": ""}, (200, 201, 302),
    ),
    "names of staff": Sent(
        f"{STAFF}/names", "security_admin@centre", lambda world: {"name": "李二", "username": "li.er"}, (302,), page=STAFF,
        fill=_whose("officer@water"),
    ),
    "a lock lifted": Sent(
        f"{STAFF}/act", "security_admin@centre", lambda world: {"do": "unlock"}, (302,), page=STAFF, fill=_whose("officer@water")
    ),
    "a code for somebody": Sent(
        f"{STAFF}/password", "security_admin@centre", lambda world: {}, (200,), page=STAFF, fill=_whose("officer@water")
    ),
    "sessions ended": Sent(
        f"{STAFF}/sessions", "security_admin@centre", lambda world: {}, (302,), page=STAFF, fill=_whose("officer@water")
    ),
    "a post given": Sent(
        f"{STAFF}/post", "security_admin@centre",
        lambda world: {"unit": str(world.units["housing"]), "key": "liaison", "from": "2026-10-12"}, (302,),
        fill=_whose("officer@water"),
    ),
    "a post handed over": Sent(
        f"{STAFF}/post/<int:post_id>", "security_admin@centre",
        lambda world: {"last_day": "2026-10-31", "successor": str(world.people["liaison@water"].actor.account)}, (302, 422),
        fill=lambda world: {
            "account_id": world.people["officer@water"].actor.account, "post_id": world.people["officer@water"].actor.post_id,
        },
    ),
    "a circular": Sent(
        "/desk/supervision/circular/new", "centre_head@centre", lambda world: {"since": "2026-10-01",
        "until": "2026-10-31"}, (302,)
    ),
    "a unit": Sent(
        "/desk/admin/units", "system_admin@centre", lambda world: {"name": "县残疾人联合会",
        "kind": "county_office", "area": COUNTY},
        (302,),
    ),
    "a unit's name": Sent(
        "/desk/admin/units/<int:number>", "system_admin@centre", lambda world: {"step": "rename", "name": "县水务局"}, (302,),
        fill=lambda world: {"number": world.units["water"]},
    ),
    "an area's name": Sent(
        "/desk/admin/areas", "system_admin@centre", lambda world: {"step": "rename", "name": "东岭新镇",
        "area": EAST}, (200, 302, 422),
        page=f"/desk/admin/areas?area={EAST}",
    ),
    "a year's working days": Sent(
        "/desk/admin/calendar/load", "system_admin@centre",
        lambda world: {
            "year": "2027", "way": "typed", "source": "国办发明电", "off_typed": "1月1日至3日",
            "made_up_typed": "1月9日", "step": "load",
        },
        (200, 302, 422),
    ),
}  # fmt: skip
FORMS |= PREPARED
NOT_TRIED: Mapping[str, str] = {
    "/factor": "a code of the moment, judged and not kept, and then where to go: tests/bihuan/access/test_factor.py",
    "/desk/case/<int:case_id>/paper/<int:seq>/<slug:key>.<form:form>/named": "one reason: scenarios/test_petition_papers.py",
}
"""Two forms that read fields by name alone: ``tests/house/test_forms_by_name.py`` holds that."""


def smuggled(form: Mapping[str, str], asked: Collection[str] = ()) -> Iterator[dict[str, str]]:
    """The form with every column beside it that it does not ask for, in as many parts as a form may have fields."""
    everything = [f"{prefix}{name}" for prefix in PREFIXES for name in columns()]
    names = [name for name in everything if name not in form and name not in asked]
    for start in range(0, len(names), AT_ONCE):
        yield {**dict.fromkeys(names[start : start + AT_ONCE], str(MARK)), **form}


def asked_for(client: Client, one: Sent, world: World) -> set[str]:
    """What the form on the page does ask for: columns that are called so are left as they are."""
    where, address = one.screen(world), one.address(world)
    page = world.codes[one.drawn] if one.drawn else client.get(where).content.decode()
    found = [form for form in Forms(page, where.partition("?")[0]).found if form.action.partition("?")[0] == address]
    names = {name for form in found for name in (*form.fields, *form.files)}
    assert found, f"{address}: the form is not found any more on {where}"
    return names | one.also | {f"{name}-{part}" for name in names for part in ("name", "phone")}


@pytest.mark.parametrize("name", FORMS)
def test_what_a_form_does_not_ask_for_is_not_read(name: str, world: World) -> None:
    one = FORMS[name]
    world = one.prepare(world)
    person = world.people[one.who] if one.who else None
    assert held() == []
    asked = asked_for(caller(person), one, world)
    for part in range(len(list(smuggled(one.form(world), asked)))):
        client = caller(person.again() if person and part else person)
        answer = client.post(one.address(world), list(smuggled(one.form(world), asked))[part])
        if part == 0:
            assert answer.status_code in one.answers, (answer.status_code, _said(answer))
        assert held() == [], f"{name}, part {part}"


def test_no_form_is_forgotten() -> None:
    """Every address that takes a form is tried here, or stands with its reason; none stands in both."""
    tried, unsafe = {one.pattern for one in FORMS.values()}, {row.pattern for row in ROWS if row.method == "POST"}
    assert unsafe - tried - NOT_TRIED.keys() == set()
    assert tried & NOT_TRIED.keys() == set()
    assert (tried | NOT_TRIED.keys()) - unsafe == set()
    assert all(NOT_TRIED.values())


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
