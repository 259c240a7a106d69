"""Whatever an address or a form holds, the answer is one of ours: never a broken page, on either database."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.matters import found_matters, shipped_pack
from tests.factories.organisation import County
from tests.factories.visits import visitor

pytestmark = pytest.mark.django_db

HUGE = "9" * 30
WORDS = (
    "\x00",
    "a\x00b",
    "²",
    HUGE,
    "9" * 5000,
    "-1",
    "𠀀\u202e\u0301",
    "~²",
    f"~{HUGE}",
    "0001-01-01T00:00:00+14:00~1",
    "9999-12-31T23:59:59-14:00~1",
    "2026-10-08T00:00:00~1",
    "main.\x00",
    "<b>&'\"",
)
TYPED = ("a\x00b", "²", HUGE, "𠀀\u202e\u0301", "2026-10-08T00:00:00~1")
IN_ADDRESS = (
    "after",
    "q",
    "light",
    "state",
    "category",
    "open",
    "office",
    "area",
    "act",
    "done",
    "next",
    "area_q",
    "parent",
    "office_q",
    "about_unit",
    "find",
)
PAGES = (
    "/",
    "/guide",
    "/track",
    "/report",
    "/areas",
    "/offices",
    "/sign-in",
    "/factor",
    "/post",
    "/desk/",
    "/desk/cases",
    "/desk/register",
    "/desk/records",
    "/desk/records/new",
    "/desk/import",
    "/desk/duties",
    "/t/%00",
    "/t/²²²²²²²²",
    f"/desk/case/{HUGE}",
    f"/desk/records/{HUGE}/raise",
)
FORMS = (
    "/track",
    "/report",
    "/sign-in",
    "/factor",
    "/post",
    "/preferences/",
    "/desk/register",
    "/desk/records/new",
    "/desk/import",
    "/desk/import/%00",
    "/t/%00/rate",
    f"/desk/case/{HUGE}/act/main/accept",
    f"/desk/case/{HUGE}/act/main/acknowledge",
    f"/desk/case/{HUGE}/unmask",
    f"/desk/case/{HUGE}/slip",
    f"/desk/records/{HUGE}/raise",
    "/desk/case/1/act/%00/accept",
    "/desk/case/1/act/ask_plan:x/accept",
)
FIELDS = (
    "code",
    "area",
    "name",
    "phone",
    "about",
    "about_unit",
    "about_account",
    "find",
    "area_q",
    "office_q",
    "identifier",
    "password",
    "post",
    "language",
    "text",
    "next",
    "what",
    "result",
    "words",
    "category",
    "channel",
    "step",
    "kind",
    "column-text",
    "field",
    "reason",
    "rules",
    "seen",
    "f-what",
    "f-title",
    "f-kind",
    "f-channel",
    "f-category",
    "f-urgency",
    "f-place",
    "f-written",
    "f-external_number",
    "f-weight",
    "f-office",
    "f-basis",
    "f-solved",
    "request_id",
)


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


def ways(county: County) -> dict[str, Client]:
    return {name or "nobody": visitor(county, name) for name in ("", "dispatcher")}


@pytest.mark.parametrize("page", PAGES)
def test_addresses(county: County, page: str) -> None:
    for who, client in ways(county).items():
        for word in WORDS:
            answer = client.get(page, dict.fromkeys(IN_ADDRESS, word))
            assert answer.status_code < 500, (who, page, word[:40])


@pytest.mark.parametrize("form", FORMS)
def test_forms(county: County, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.web.rates.limit", lambda *_args, **_more: None)
    for who, client in ways(county).items():
        for word in TYPED:
            given = dict.fromkeys(FIELDS, word)
            right = {"request_id": "hostile-0001", "rules": f"{shipped_pack().digest}:matter"}
            for sent in (given, given | right):
                assert client.post(form, sent).status_code < 500, (who, form, word[:40])
