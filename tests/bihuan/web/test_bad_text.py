"""Text that people and machines send: what can be kept is kept to the letter, what cannot is refused beside its field."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from bihuan.cases import selectors
from bihuan.cases.models import Case, Words
from bihuan.intake.models import ServiceRecord
from bihuan.ledger.models import Entry
from tests.factories import poison
from tests.factories.matters import brought_to, found_matters, opened, request_id, shipped_pack
from tests.factories.organisation import EAST_A, County
from tests.factories.visits import faults_of, visitor

pytestmark = pytest.mark.django_db
KEPT = {**poison.KEPT, "lines": "路灯坏了\n\n两周没有人修\t请来"}
REFUSED = ("\x00", "\x01", "\x0b", "\x1b[31m", "\x7f")


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


def registered(client: Client, what: str, **more: Any) -> Any:
    form = {
        "request_id": "register-1", "f-what": what, "f-title": "路灯", "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "name": "王小明", "phone": "13800138000", "about": "no",
    }  # fmt: skip
    return client.post("/desk/register", {**form, **more})


def reported(client: Client, what: str, **more: Any) -> Any:
    form = {"f-what": what, "f-kind": "complaint", "area": EAST_A, "anonymous": "yes", "request_id": "report-01"}
    return client.post("/report", {**form, **more})


def recorded(client: Client, words: str, **more: Any) -> Any:
    form = {"request_id": "record-01", "what": "帮忙打印凭证", "result": words, "area": EAST_A}
    return client.post("/desk/records/new", {**form, **more})


def acted(client: Client, county: County, case_id: int, note: str, **more: Any) -> Any:
    version = selectors.case_page(county.actor("dispatcher"), case_id).version
    form = {"rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": "progress-1", "f-note": note}
    return client.post(f"/desk/case/{case_id}/act/main/progress", {**form, **more})


def shown(answer: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).replace("\r\n", "\n")


@pytest.mark.parametrize("name", KEPT)
def test_what_can_be_kept_is_kept_to_the_letter_and_shown_as_text(county: County, name: str) -> None:
    """Through the window, a report, an act and a service record; on the screens it is text, whatever it looks like."""
    text = KEPT[name]
    assert registered(visitor(county, "clerk"), text).status_code == 201
    assert reported(visitor(county), text).status_code == 201
    assert list(Words.objects.filter(name="what").values_list("text", flat=True)) == [text, text]
    case_id = brought_to(county, "handling")
    assert acted(visitor(county, "officer"), county, case_id, text).status_code == 302
    assert Words.objects.get(name="note").text == text
    for number in (*Case.objects.values_list("pk", flat=True),):
        page = visitor(county, "dispatcher").get(f"/desk/case/{number}")
        assert faults_of(page.content.decode()) == []
        assert "<script>alert" not in page.content.decode()
    assert text in shown(visitor(county, "dispatcher").get(f"/desk/case/{case_id}"))
    assert recorded(visitor(county, "village_clerk"), text).status_code == 302
    assert ServiceRecord.objects.get().result == text


@pytest.mark.parametrize("bad", REFUSED)
def test_what_cannot_be_kept_is_refused_and_the_rest_stays(county: County, bad: str) -> None:
    """The same verdict on every database; nothing is written, nothing typed elsewhere is lost."""
    case_id = brought_to(county, "handling")
    before = Entry.objects.count()
    text = f"路灯坏了{bad}两周没有人修"
    for answer in (
        registered(visitor(county, "clerk"), text),
        reported(visitor(county), text, **{"f-place": "村口老槐树旁"}),
        recorded(visitor(county, "village_clerk"), text),
        acted(visitor(county, "officer"), county, case_id, text),
    ):
        assert answer.status_code == 422
        assert "不能保存的字符" in answer.content.decode() or "无法保存" in answer.content.decode()
    assert "王小明" in registered(visitor(county, "clerk"), text).content.decode()
    assert "村口老槐树旁" in reported(visitor(county), text, **{"f-place": "村口老槐树旁"}).content.decode()
    assert Entry.objects.count() == before


def test_bytes_that_are_no_text_do_not_break_a_form(county: County) -> None:
    """A lone surrogate cannot arrive in UTF-8: what is no character comes as the sign for one, and is kept as that."""
    body = b"f-what=%ED%A0%80%FF%FE" + "路灯坏了两周没有人修".encode() + f"&f-kind=complaint&area={EAST_A}".encode()
    body += b"&anonymous=yes&request_id=report-01"
    answer = visitor(county).generic("POST", "/report", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 201
    assert "\ufffd" in Words.objects.get(name="what").text


def test_a_form_sent_twice_is_one_thing_with_one_answer(county: County) -> None:
    """Window, report, act, service record, tracking page: the same request gives the same answer and adds nothing."""
    case_id = brought_to(county, "handling")
    case = opened(county.actor("clerk"))
    clerk, public, officer, village = (visitor(county, who) for who in ("clerk", "", "officer", "village_clerk"))
    version = selectors.case_page(county.actor("officer"), case_id).version
    forms = {
        "window": lambda: registered(clerk, "路灯坏了两周没有人修"),
        "report": lambda: reported(public, "路灯坏了两周没有人修"),
        "record": lambda: recorded(village, "已经打印好了"),
        "act": lambda: acted(officer, county, case_id, "已到现场查看情况", seen=version),
        "withdrawal": lambda: public.post(f"/t/{case.tracking_code}/withdraw", {"request_id": "withdraw-1"}),
    }
    for name, send in forms.items():
        first = send()
        entries = Entry.objects.count()
        second = send()
        assert first.status_code in (201, 302), name
        if name != "withdrawal":  # what is over offers nothing more: the page says how it stands
            assert (second.status_code, second.headers.get("Location")) == (first.status_code, first.headers.get("Location")), (
                name
            )
        assert Entry.objects.count() == entries, name


def test_the_same_request_for_something_else_is_told_and_can_be_sent_anew(county: County) -> None:
    for send, who in ((registered, "clerk"), (recorded, "village_clerk"), (reported, "")):
        client = visitor(county, who)
        assert send(client, "路灯坏了两周没有人修").status_code in (201, 302)
        answer = send(client, "水管漏了三天没有人来")
        assert answer.status_code == 422
        assert "水管漏了三天没有人来" in answer.content.decode()
        fresh = re.search(r'name="request_id" value="(\w+)"', answer.content.decode())
        assert fresh
        assert send(client, "水管漏了三天没有人来", request_id=fresh[1]).status_code in (201, 302)


@pytest.mark.parametrize("until", ["2026-10-12", "2026-10-09", "0001-01-01", "9999-12-31", "2026-13-45", "明天", "2028-12-31"])
def test_dates_that_cannot_be_are_refused_beside_their_field(county: County, until: str) -> None:
    case_id = brought_to(county, "handling")
    version = selectors.case_page(county.actor("officer"), case_id).version
    form = {
        "rules": f"{shipped_pack().digest}:matter", "seen": version, "request_id": request_id(), "f-why": "court_pending",
        "f-until": until, "f-note": "等待法院的判决结果。",
    }  # fmt: skip
    client = visitor(county, "officer")
    answer = client.post(f"/desk/case/{case_id}/act/main/suspend", form)
    assert answer.status_code == 422
    assert "等待法院的判决结果。" in answer.content.decode()
    assert client.post(f"/desk/case/{case_id}/act/main/suspend", {**form, "f-until": "2026-10-15"}).status_code == 302, (
        "the control"
    )
