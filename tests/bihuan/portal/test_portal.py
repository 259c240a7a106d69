"""The public door: home, guide, report, and the tracking page from the first day to the rating."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from bihuan.cases import selectors
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.portal import frame, track
from bihuan.web.speech import speech
from tests.bihuan.portal.conftest import Visit
from tests.factories.matters import STEPS, act, brought_to, opened
from tests.factories.organisation import EAST_A, County
from tests.factories.visits import faults_of, shown_words

ENGLISH = re.compile(r"[A-Za-z]{3,}")
ASIDE = re.compile(r"\b(English|PDF|Word|Excel)\b|[A-Z0-9]{4}-[A-Z0-9]{4}")
UNKNOWN = ("AAAA-BBBB", "7QK4-M2XD", "x" * 300, "<script>", "0000")


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


def code_of(county: County, step: str) -> tuple[str, int]:
    """The tracking code and number of a case brought to a step."""
    found = opened(county.actor("clerk"))
    for key, (who, action, given) in STEPS.items() if step else ():
        known = {**given, "office": county.units["housing"]} if "office" in given else given
        act(county.actor(who), found.case_id, action, known)
        if key == step:
            break
    return found.tracking_code, found.case_id


@pytest.mark.parametrize("path", ["/", "/guide", "/track", "/report"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages(visit: Visit, path: str, language: str) -> None:
    client = visit(language=language)
    client.get(path)
    with counted() as count:
        answer = client.get(path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(text) == []
    assert len(count) <= 8, count
    if language == "zh-hans":
        assert ENGLISH.findall(ASIDE.sub("", shown_words(text))) == []


@pytest.mark.parametrize("step", ["", *STEPS])
def test_tracking_page(visit: Visit, county: County, step: str) -> None:
    code, _case = code_of(county, step)
    client = visit()
    client.get(f"/t/{code}")
    with counted() as count:
        answer = client.get(f"/t/{code}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(text) == []
    assert len(count) <= 8, count
    assert ENGLISH.findall(ASIDE.sub("", shown_words(text))) == []
    assert not re.search("周[a-z]", shown_words(text))  # no employee's name
    assert ("承诺" in text) == (step not in ("passed", "archived"))
    assert ("已更换灯具" in text) == (step in ("signed", "passed", "archived"))
    assert len(re.findall(r'class="btn primary', text)) == (1 if step in ("passed", "archived") else 0)


def test_the_promise_is_counted_day_by_day(visit: Visit, county: County) -> None:
    """Under "how is it counted" stands each day: the one of receipt, days off, and the seven that count."""
    code, _case_id = code_of(county, "accepted")
    text = visit().get(f"/t/{code}").content.decode()
    days = re.findall(r"<li.*?</li>", text.partition('class="counted"')[2].partition("</ol>")[0], re.DOTALL)
    assert "收到日" in days[0]
    assert "第 7 天" in days[-1]


def test_any_spelling_of_the_code_finds_the_page(visit: Visit, county: County) -> None:
    code, _case = code_of(county, "")
    client = visit()
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("-", " - ")):
        answer = client.post("/track", {"code": typed})
        assert answer.status_code == 302
        assert client.get(answer["Location"]).status_code == 200


def test_every_unknown_code_gets_the_same_answer(visit: Visit) -> None:
    client = visit()
    answers = {
        re.sub(r'value="[^"]*"', "", client.post("/track", {"code": code}, follow=True).content.decode()) for code in UNKNOWN
    }
    statuses = {client.get(f"/t/{code}").status_code for code in UNKNOWN if "/" not in code}
    assert len(answers) == 1
    assert statuses == {404}


def test_looking_too_often_is_slowed_down(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "LOOKS", 2)
    client = visit()
    assert [client.get("/t/AAAA-BBBB").status_code for _ in range(3)] == [404, 404, 429]
    answer = client.get("/t/AAAA-BBBB")
    assert answer["Retry-After"]
    assert "尝试次数太多" in answer.content.decode()


def hidden(text: str, action: str) -> dict[str, str]:
    """The hidden fields of one act's form."""
    form = text[text.index(f'/{action}"') :]
    return {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("request_id", "seen")}  # type: ignore[index]


def do(client: Any, code: str, action: str, given: dict[str, str]) -> Any:
    form = hidden(client.get(f"/t/{code}").content.decode(), action)
    return client.post(f"/t/{code}/{action}", {**form, **given})


def test_the_resident_answers_a_question(visit: Visit, county: County) -> None:
    code, case_id = code_of(county, "handling")
    act(county.actor("officer"), case_id, "ask_resident", {"question": "路灯编号是多少？"})
    client = visit()
    text = client.get(f"/t/{code}").content.decode()
    assert "路灯编号是多少？" in text
    assert do(client, code, "answer_question", {"f-answer": "编号 12"}).status_code == 302
    after = client.get(f"/t/{code}").content.decode()
    assert "answer_question" not in after
    officer = visit("officer").get(f"/desk/case/{case_id}").content.decode()
    assert "编号 12" in officer


def test_solved_and_satisfied_are_two_questions(visit: Visit, county: County) -> None:
    code, case_id = code_of(county, "passed")
    client = visit()
    missing = do(client, code, "rate", {"f-solved": "yes", "f-words": "师傅很快就来了"})
    assert missing.status_code == 422
    assert "师傅很快就来了" in missing.content.decode()
    done = do(client, code, "rate", {"f-solved": "yes", "f-satisfied": "satisfied", "f-words": "师傅很快就来了"})
    assert done["Location"] == f"/t/{code}?done=rate"
    assert "谢谢，已记下：评价" in client.get(done["Location"]).content.decode()
    assert Case.objects.get(pk=case_id).closed_at is not None
    assert client.post(f"/t/{code}/rate", {"request_id": "again-0001"}).status_code == 409


def test_not_solved_is_handled_again(visit: Visit, county: County) -> None:
    code, _case = code_of(county, "passed")
    client = visit()
    do(client, code, "rate", {"f-solved": "no", "f-satisfied": "unsatisfied"})
    text = client.get(f"/t/{code}").content.decode()
    assert "已重新办理" in text
    assert "已更换灯具" not in text.split("办理进度")[0]


def test_a_matter_can_be_withdrawn(visit: Visit, county: County) -> None:
    code, _case = code_of(county, "accepted")
    client = visit()
    assert do(client, code, "withdraw", {}).status_code == 302
    assert "您已撤回" in client.get(f"/t/{code}").content.decode()


def test_words_of_others_are_shown_as_words(visit: Visit, county: County) -> None:
    code, case_id = code_of(county, "handling")
    act(county.actor("officer"), case_id, "progress", {"note": "<script>alert(1)</script> 已到现场"})
    text = visit().get(f"/t/{code}").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def report(**more: str) -> dict[str, str]:
    given = {"request_id": "report-0001", "f-what": "村口的路灯坏了两周，请修理。", "f-kind": "help", "area": EAST_A}
    return {**given, **more}


def test_a_resident_reports_without_a_name(visit: Visit) -> None:
    client = visit()
    answer = client.post("/report", report(anonymous="yes", name="不留"))
    text = answer.content.decode()
    case = Case.objects.get()
    assert answer.status_code == 201
    assert faults_of(text) == []
    assert (case.channel, case.contact, case.title) == ("portal", None, "村口的路灯坏了两周，请修理")
    code = re.search(r'class="code-shown">([^<]+)<', text)
    assert code
    assert client.get(f"/t/{code[1]}").status_code == 200


def test_a_report_with_something_wrong_keeps_the_rest(visit: Visit) -> None:
    answer = visit().post("/report", report(area="", name="王小明"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择地点" in text
    assert 'value="王小明"' in text
    assert faults_of(text) == []
    assert visit().post("/report", report(area="", area_q="青石", find="area")).status_code == 200


def test_the_case_of_another_code_cannot_be_reached(visit: Visit, county: County) -> None:
    mine, _ = code_of(county, "passed")
    brought_to(county, "passed")
    client = visit()
    form = hidden(client.get(f"/t/{mine}").content.decode(), "rate")
    assert client.post("/t/AAAA-BBBB/rate", {**form, "f-solved": "yes", "f-satisfied": "fair"}).status_code == 404


def renamed(page: Any, *, says: bool = True) -> Any:
    """The page of a county whose pack calls every event something else; without ``says`` nothing tells what they are."""
    actions = tuple(
        replace(action, event=f"x_{action.event}", says=action.says if says else "") for action in page.procedure.actions
    )
    steps = tuple(replace(step, kind=f"x_{step.kind}") for step in page.steps)
    return replace(page, procedure=replace(page.procedure, actions=actions), steps=steps)


@pytest.mark.parametrize("step", ["drafted", "signed", "passed"])
def test_what_is_answered_does_not_hang_on_a_pack_s_names(county: County, step: str) -> None:
    code, _case = code_of(county, step)
    page = selectors.tracking(code)
    assert page is not None
    say = speech(page.pack_digest)
    answer = track._answer(page, say)
    assert (answer is not None) == (step != "drafted")
    assert track._answer(renamed(page), say) == answer
    assert track._answer(renamed(page, says=False), say) is None


def test_the_account_is_told_once_and_what_is_over_is_not_asked_for_anew(visit: Visit, county: County) -> None:
    """The title heads the page and stands not once more in its first step; what else could be asked for is folded up."""
    code, case_id = code_of(county, "archived")
    page = visit().get(f"/t/{code}").content.decode()
    title = Case.objects.get(pk=case_id).title
    assert page.partition("</h1>")[2].count(f">{title}<") == 0
    assert '<details class="panel"><summary><strong>要求重新办理' in page
    code, _case = code_of(county, "passed")
    assert '<details class="panel" open><summary><strong>评价' in visit().get(f"/t/{code}").content.decode()
