"""The sorting desk: a matter with what is suggested, accepted and assigned in one, declined, merged; the next one opens."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan.cases.models import Case, Link
from bihuan.config.statements import counted
from bihuan.dispatch.models import Ruling
from bihuan.packs.tightening import Tightening, tightened
from bihuan.rulebook.services import publish
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import EAST_A, STEPS, act, brought_to, category, opened, request_id, shipped_pack
from tests.factories.organisation import EAST, County
from tests.factories.visits import faults_of, shown_words

ACT_BUDGET = 12


def told(county: County, **more: Any) -> int:
    """A matter that has come in."""
    return opened(county.actor("clerk"), **more).case_id


def state(case_id: int) -> str:
    return Case.objects.get(pk=case_id).threads.get(name="main").state


def sent(text: str, **typed: str) -> dict[str, str]:
    """The form as it stands on the page, with what was typed."""
    form = text.partition('id="decide"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    chosen = dict(re.findall(r'type="radio" name="([^"]+)" value="([^"]*)" checked', form))
    selected = re.findall(
        r'name="([^"]+)"[^>]*>\s*(?:<option(?! [^>]*selected)[^>]*>[^<]*</option>\s*)*<option value="([^"]*)" selected', form
    )
    return {**hidden, **dict(selected), **chosen, **typed}


def test_a_matter_with_what_its_words_suggest(visit: Visit, county: County) -> None:
    """The words name street lighting and why is said; look-alikes and the form stand beside it, in eight statements."""
    other = told(county)
    case_id = told(county, title="路灯不亮", what="村口路灯不亮已经十天，老人晚上摔了一跤。")
    client = visit("dispatcher")
    client.get("/desk/triage")
    with counted() as count:
        answer = client.get(f"/desk/triage?case={case_id}")
    text = answer.content.decode()
    assert (answer.status_code, faults_of(text)) == (200, [])
    assert len(count) <= 8, "\n".join(one[:170] for one in count.statements)
    assert "文中有“路灯”" in text
    assert 'value="urban.lighting" selected' in text
    assert f'name="other" value="{other}"' in text
    assert "疑似同一件事" in text


def test_accepted_and_assigned_with_one_form(visit: Visit, county: County) -> None:
    """One click where the suggestions are right: accepted, assigned with the basis of the duty list, the next one opens."""
    first, second = told(county), told(county)
    client = visit("dispatcher")
    text = client.get("/desk/triage").content.decode()
    assert f'href="/desk/triage?case={first}" aria-current="true"' in text
    form = sent(text, do="both")
    form["f-office"] = form.get("f-office") or str(county.units["housing"])
    form.setdefault("f-basis", "按职责清单交办")
    with counted() as count:
        answer = client.post(f"/desk/triage/{first}", form)
    assert answer.status_code == 302, shown_words(answer.content.decode())
    assert len(count) <= ACT_BUDGET, "\n".join(one[:150] for one in count.statements)
    assert answer["Location"].startswith(f"/desk/triage?case={second}&done={first}")
    assert state(first) == "assigned"
    again = client.post(f"/desk/triage/{first}", form)
    assert again.status_code == 302
    assert Ruling.objects.get().assigned == 1
    assert faults_of(client.get(answer["Location"]).content.decode()) == []


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(visit: Visit, county: County) -> None:
    case_id = told(county)
    client = visit("dispatcher")
    form = sent(client.get("/desk/triage").content.decode(), do="both")
    missing = {**form, "f-office": "", "f-basis": "这里写了依据"}
    answer = client.post(f"/desk/triage/{case_id}", missing)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "这里写了依据" in text
    assert state(case_id) == "registered"


def test_accepted_but_not_assigned_is_told_apart(visit: Visit, county: County) -> None:
    """The office is the one the matter is about: accepted, not assigned, and the page says which of the two."""
    case_id = told(county, about_unit=county.units["housing"])
    client = visit("dispatcher")
    form = sent(client.get("/desk/triage").content.decode(), do="both")
    form |= {"f-office": str(county.units["housing"]), "f-basis": "按职责清单交办", "f-category": category()}
    answer = client.post(f"/desk/triage/{case_id}", form)
    assert answer.status_code == 422
    assert "已受理，还没有交办" in answer.content.decode()
    assert state(case_id) == "to_assign"


def test_accepted_only_when_somebody_agrees_is_told_as_asked_for(visit: Visit, county: County) -> None:
    """A township lets its centre's head approve what is accepted: nothing says that the matter is accepted."""
    edit = Tightening("approve", ("matter", "accept"), n=1, unit="working_day", who="centre_head")
    publish(tightened(shipped_pack(), None, [edit], area=EAST, title="东岭镇", version="1"))
    first, second = (opened(county.actor("east_clerk")).case_id for _ in range(2))
    client = visit("east_dispatcher")
    for case_id, do in ((first, "both"), (second, "accept")):
        form = sent(client.get(f"/desk/triage?case={case_id}").content.decode(), do=do)
        form |= {"f-office": str(county.units[f"police@{EAST}"]), "f-basis": "按职责清单交办", "f-category": category()}
        answer: Any = client.post(f"/desk/triage/{case_id}", form)
        page = (answer if answer.status_code == 422 else client.get(answer["Location"])).content.decode()
        words = shown_words(page)
        assert "已受理，还没有交办" not in words
        assert "已办：" not in words
        assert ("已申请，由中心主任审批；还没有交办" if do == "both" else "已申请：受理，由中心主任审批。") in words, words
        assert faults_of(page) == []
        assert state(case_id) == "registered"


def test_somebody_was_faster(visit: Visit, county: County) -> None:
    case_id = told(county)
    client = visit("dispatcher")
    form = sent(client.get("/desk/triage").content.decode(), do="both")
    form |= {"f-office": str(county.units["housing"]), "f-basis": "按职责清单交办", "f-category": category()}
    act(county.actor("dispatcher"), case_id, "accept", STEPS["accepted"][2])
    answer = client.post(f"/desk/triage/{case_id}", form)
    assert answer.status_code == 409
    assert state(case_id) == "to_assign"


def test_declined_with_a_route(visit: Visit, county: County) -> None:
    case_id = told(county)
    client = visit("dispatcher")
    form = sent(client.get("/desk/triage").content.decode(), do="decline")
    form |= {"f-route": "court", "f-reason": "双方已经起诉到法院，应由法院处理。", "request_id": request_id()}
    assert client.post(f"/desk/triage/{case_id}", form).status_code == 302
    assert state(case_id) == "declined"


def test_placed_more_closely_when_accepted(visit: Visit, county: County) -> None:
    """Registered for the township, placed in the village its words name; nobody places a matter outside their own area."""
    case_id = told(county, area_code=EAST_A[:9])
    client = visit("dispatcher")
    form = sent(client.get("/desk/triage").content.decode(), do="accept")
    form |= {"f-area": EAST_A, "f-category": category()}
    assert client.post(f"/desk/triage/{case_id}", form).status_code == 302
    case = Case.objects.get(pk=case_id)
    assert (case.area_code, case.a12) == (EAST_A, EAST_A)
    outside = told(county, area_code=EAST_A[:9])
    form = sent(visit("dispatcher").get(f"/desk/triage?case={outside}").content.decode(), do="accept")
    form |= {"f-area": "999999999999", "f-category": category()}
    assert client.post(f"/desk/triage/{outside}", form).status_code == 422
    assert Case.objects.get(pk=outside).area_code == EAST_A[:9]


def test_merged_from_the_desk_and_taken_back_on_the_page(visit: Visit, county: County) -> None:
    lead = brought_to(county, "handling")
    case_id = told(county)
    client = visit("dispatcher")
    given = {"back": "triage", "other": str(lead), "reason": "同一盏路灯", "request_id": request_id(), "seen": ""}
    with counted() as count:
        answer = client.post(f"/desk/case/{case_id}/pair/merge", given)
    assert answer.status_code == 302
    assert len(count) <= ACT_BUDGET, "\n".join(one[:150] for one in count.statements)
    assert state(case_id) == "merged"
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert "并入的主办事项" in page
    assert "请不要写任何人的姓名" in client.get(f"/desk/case/{lead}").content.decode()
    back = {"other": str(lead), "reason": "不是同一盏", "request_id": request_id(), "seen": ""}
    assert client.post(f"/desk/case/{case_id}/pair/unmerge", back).status_code == 302
    assert state(case_id) == "registered"
    number = Case.objects.get(pk=lead).number
    linked = client.post(f"/desk/case/{case_id}/pair/relate", {"number": number, "request_id": request_id(), "seen": ""})
    assert linked.status_code == 302
    assert Link.objects.filter(kind="related", ended_at=None).count() == 1
    nothing = client.post(f"/desk/case/{case_id}/pair/relate", {"number": "没有这个", "request_id": request_id(), "seen": ""})
    assert nothing.status_code == 422


def test_a_part_is_split_off(visit: Visit, county: County) -> None:
    case_id = told(county)
    client = visit("dispatcher")
    page = client.get(f"/desk/case/{case_id}/split")
    assert (page.status_code, faults_of(page.content.decode())) == (200, [])
    given = {"f-title": "村口积水", "f-what": "村口一下雨就积水，出不了门。", "request_id": request_id(), "seen": ""}
    given |= dict(re.findall(r'name="(rules)" value="([^"]+)"', page.content.decode()))
    assert client.post(f"/desk/case/{case_id}/split", {**given, "f-what": ""}).status_code == 422
    slip = client.post(f"/desk/case/{case_id}/split", given)
    assert slip.status_code in (200, 201)
    assert Link.objects.get().kind == "split"


@pytest.mark.parametrize("user", ["officer", "clerk", "admin"])
def test_only_who_assigns_sorts(visit: Visit, user: str) -> None:
    assert visit(user).get("/desk/triage").status_code == 403
