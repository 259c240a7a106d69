"""Acting from the case page: what goes through, what is refused, what is overtaken; nothing typed is ever lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.cases.shapes import ContactIn
from bihuan.ledger.models import Entry
from bihuan.people.models import Unit
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import EAST, act, brought_to, category
from tests.factories.organisation import County

ANSWER = "灯具已经更换，照明恢复，请您放心。"


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def form_of(client: Client, case_id: int, action: str) -> dict[str, str]:
    """The hidden fields of one act's form on the case page."""
    text = client.get(f"/desk/case/{case_id}").content.decode()
    form = text[text.index(f'action="/desk/case/{case_id}/act/main/{action}"') :]
    return {name: hidden(form, name) for name in ("request_id", "seen", "rules")}


def send(client: Client, case_id: int, action: str, given: dict[str, Any], form: dict[str, str] | None = None) -> Any:
    return client.post(f"/desk/case/{case_id}/act/main/{action}", {**(form or form_of(client, case_id, action)), **given})


def accepting() -> dict[str, str]:
    return {"f-category": category(), "f-weight": "ordinary", "f-urgency": "normal"}


def test_an_act_leads_back_to_the_case_with_word_of_it(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "")
    client = visit("dispatcher")
    answer = send(client, case_id, "accept", accepting())
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/case/{case_id}?done=accepted")
    text = client.get(answer["Location"]).content.decode()
    assert "已完成：受理" in text
    assert f'data-draft-done="case-{case_id}-accepted"' in text
    assert "交办" in text


def test_the_same_form_sent_twice_is_one_act(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "")
    client = visit("dispatcher")
    form = form_of(client, case_id, "accept")
    first, second = (send(client, case_id, "accept", accepting(), form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Entry.objects.filter(stream=f"case:{case_id}", kind="accepted").count() == 1


def test_what_is_missing_is_said_beside_the_field_and_the_rest_stays(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    answer = send(visit("officer"), case_id, "draft_answer", {"f-claim": "solved", "f-answer": "修"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert ">\n修</textarea>" in text
    assert re.search(r'name="f-claim" value="solved" checked', text)
    assert 'aria-invalid="true"' in text
    assert "至少 10 个字" in text
    assert f'action="/desk/case/{case_id}/act/main/draft_answer"' in text


def test_who_is_overtaken_sees_what_changed_and_keeps_the_words(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visit("officer")
    form = form_of(client, case_id, "draft_answer")
    act(county.actor("officer"), case_id, "progress", {"note": "同事先报了一条进展。"})
    answer = send(client, case_id, "draft_answer", {"f-claim": "solved", "f-answer": ANSWER}, form)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "有人先一步办理了，变化如下" in text
    assert "填报进展" in text
    assert ANSWER in text
    again = {name: hidden(text[text.index("/act/main/draft_answer") :], name) for name in form}
    assert again["seen"] > form["seen"]
    assert send(client, case_id, "draft_answer", {"f-claim": "solved", "f-answer": ANSWER}, again).status_code == 302


def test_words_for_an_act_that_is_no_longer_possible_can_be_copied(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visit("officer")
    form = form_of(client, case_id, "progress")
    act(county.actor("officer"), case_id, "draft_answer", {"claim": "solved", "answer": ANSWER})
    answer = send(client, case_id, "progress", {"f-note": "还没来得及提交的进展。"}, form)
    assert answer.status_code == 409
    assert "还没来得及提交的进展。" in answer.content.decode()


def test_a_suggested_office_brings_its_basis_along(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "accepted")
    client = visit("dispatcher")
    office = str(county.units["housing"])
    given = {"f-office": ["", office], "f-basis": "", f"hint-{office}": "职责清单：公共照明"}
    assert send(client, case_id, "assign", given).status_code == 302
    text = visit("liaison").get(f"/desk/case/{case_id}").content.decode()
    assert "职责清单：公共照明" in text


def test_the_same_act_on_two_lines_of_work_names_each_office(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "accepted")
    given = {"office": county.units["housing"], "basis": "职责清单：公共照明"}

    def released() -> list[str]:
        text = visit("dispatcher").get(f"/desk/case/{case_id}").content.decode()
        titles = re.findall(r'<summary class="btn(?: primary)?">([^<]+)', text.partition('id="acts"')[2])
        return sorted(title for title in titles if title.startswith("免除协办"))

    act(
        county.actor("dispatcher"),
        case_id,
        "assign",
        {**given, "co_offices": [county.units["water"], county.units[f"police@{EAST}"]]},
    )
    plain = {title.partition(" · ")[0] for title in released()}
    assert len(released()) == 2
    assert len(plain) == 1
    assert sorted(title.partition(" · ")[2] for title in released()) == sorted(
        Unit.objects.filter(pk__in=[county.units["water"], county.units[f"police@{EAST}"]]).values_list("name", flat=True)
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [({"seen": "x"}, 400), ({"rules": "nothing:matter"}, 400), ({"request_id": ""}, 400), ({"request_id": "<script>"}, 400)],
)
def test_forms_that_are_not_ours_are_refused(visit: Visit, county: County, given: dict[str, str], status: int) -> None:
    case_id = brought_to(county, "")
    client = visit("dispatcher")
    form = {**form_of(client, case_id, "accept"), **given}
    assert send(client, case_id, "accept", accepting(), form).status_code == status


@pytest.mark.parametrize("text", ["\x00零", "𠀀" * 3001, "坏\x07字坏字坏字坏字坏字坏字"])
def test_text_that_cannot_be_kept_is_refused_in_words(visit: Visit, county: County, text: str) -> None:
    case_id = brought_to(county, "handling")
    answer = send(visit("officer"), case_id, "draft_answer", {"f-claim": "solved", "f-answer": text})
    assert answer.status_code == 422


def test_a_case_out_of_scope_is_not_found(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "")
    west = visit("west_dispatcher")
    assert west.get(f"/desk/case/{case_id}").status_code == 404
    form = form_of(visit("dispatcher"), case_id, "accept")
    assert send(west, case_id, "accept", accepting(), form).status_code == 404
    assert west.post(f"/desk/case/{case_id}/slip").status_code in (403, 404)


def test_after_an_act_that_takes_the_case_out_of_sight_comes_my_work(visit: Visit) -> None:
    answer = visit("dispatcher").get("/desk/case/99999?done=assigned")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/?done=99999")
    assert visit("dispatcher").get("/desk/case/99999").status_code == 404


def test_a_contact_is_masked_until_a_reason_is_given_and_the_look_is_written_down(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling", contact=ContactIn(name="王小明", phone="13800138000"))
    client = visit("officer")
    text = client.get(f"/desk/case/{case_id}").content.decode()
    assert "13800138000" not in text
    assert "138****8000" in text
    refused = client.post(f"/desk/case/{case_id}/unmask", {"field": "phone", "reason": "看"})
    assert refused.status_code == 422
    assert "13800138000" not in refused.content.decode()
    before = Entry.objects.count()
    shown = client.post(f"/desk/case/{case_id}/unmask", {"field": "phone", "reason": "约定上门时间"})
    assert "13800138000" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert Entry.objects.count() == before + 1
    assert visit("liaison").post(f"/desk/case/{case_id}/unmask", {"field": "phone", "reason": "约定上门时间"}).status_code == 403
    assert client.post(f"/desk/case/{case_id}/unmask", {"field": "password", "reason": "约定上门时间"}).status_code == 400


def test_the_slip_can_be_printed_again(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "")
    answer = visit("clerk").post(f"/desk/case/{case_id}/slip")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r"<b>[A-Z0-9]{4}-[A-Z0-9]{4}</b>", text)
    assert "<svg" in text


def test_an_act_that_must_be_approved_is_said_to_be_asked_for(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    given = {"f-why": "appraisal_or_survey", "f-until": "2026-10-15", "f-note": "等待检测结果出来再办。"}
    answer = send(visit("officer"), case_id, "suspend", given)
    assert answer["Location"] == f"/desk/case/{case_id}?done=suspend_asked"
    head = visit("head")
    assert "审批" in head.get("/desk/").content.decode()
    text = head.get(f"/desk/case/{case_id}").content.decode()
    thread = re.search(rf"/desk/case/{case_id}/act/(ask_suspend[^/]*)/grant_suspend", text)
    assert thread
    form = {name: hidden(text[text.index("grant_suspend") :], name) for name in ("request_id", "seen", "rules")}
    granted = head.post(thread[0], {**form, "f-opinion": "同意。"})
    assert granted.status_code == 302
    assert "等待补充" in visit("officer").get(f"/desk/case/{case_id}").content.decode()


def test_my_work_says_when_a_case_has_gone_on(visit: Visit) -> None:
    assert "不再由您查看" in visit("dispatcher").get("/desk/?done=7").content.decode()


def test_name_and_phone_are_shown_for_one_reason(visit: Visit, county: County) -> None:
    """Both ticked, one reason, one look that names both; the identity number stays masked."""
    contact = ContactIn(name="王小明", phone="13800138000", id_no="11010119900307751X")
    case_id = brought_to(county, "handling", contact=contact)
    client = visit("officer")
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert re.findall(r'name="field" value="(\w+)" checked', page) == ["name", "phone"]
    sent = {"field": ["name", "phone"], "reason": "约定上门时间"}
    shown = client.post(f"/desk/case/{case_id}/unmask", sent).content.decode()
    assert "王小明" in shown
    assert "13800138000" in shown
    assert "11010119900307751X" not in shown
    assert Entry.objects.filter(kind="contact_seen").count() == 1
    nothing = client.post(f"/desk/case/{case_id}/unmask", {"reason": "约定上门时间"})
    assert (nothing.status_code, "请选择要查看的内容" in nothing.content.decode()) == (422, True)
    assert client.post(f"/desk/case/{case_id}/unmask", {"field": ["name", "salt"], "reason": "约定时间"}).status_code == 400


def test_an_urgent_matter_s_limits_are_said_in_hours(visit: Visit, county: County, clock: Any) -> None:
    case_id = brought_to(county, "", urgency="critical")
    text = visit("dispatcher").get(f"/desk/case/{case_id}").content.decode()
    assert "还剩 1 小时" in text
    assert "按自然时间算 1 小时" in text
    assert "办公小时" not in text
    clock.advance(timedelta(hours=26))
    text = visit("dispatcher").get(f"/desk/case/{case_id}").content.decode()
    assert "超期 1 天 1 小时" in text
