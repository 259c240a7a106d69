"""My work as a list to work from: acts opened under their line, several lines at once, each with its own verdict."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bihuan.cases.models import Clock, Thread
from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.packs.tightening import Tightening, tightened
from bihuan.rulebook.services import publish
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import STEPS, act, brought_to, category, opened, shipped_pack
from tests.factories.organisation import EAST, County
from tests.factories.visits import faults_of, shown_words

HX = {"HX-Request": "true"}
ACTS_BUDGET = 12


def boxes(client: Client) -> list[str]:
    """The boxes of the list of my work, as a browser would send them."""
    return re.findall(r'name="line" value="([^"]+)"', client.get("/desk/").content.decode())


def sent_together(client: Client, lines: list[str], *, form: str = "form-of-lines-1", action: str = "acknowledge") -> Any:
    return client.post("/desk/together", {"line": lines, "action": action, "request_id": form})


def states(ids: list[int]) -> list[str]:
    found = dict(Thread.objects.filter(case_id__in=ids, name="main").values_list("case_id", "state"))
    return [found[one] for one in ids]


def test_a_liaison_acknowledges_several_at_once(visit: Visit, county: County) -> None:
    ids = [brought_to(county, "assigned") for _ in range(3)]
    client = visit("liaison")
    text = client.get("/desk/").content.decode()
    assert "签收所选" in text
    lines = boxes(client)
    assert len(lines) == 3
    with counted() as count:
        answer = sent_together(client, lines)
    said = answer.content.decode()
    assert (answer.status_code, states(ids)) == (200, ["handling"] * 3)
    assert "已完成 3 件" in said
    assert faults_of(said) == []
    assert len(count) <= ACTS_BUDGET, count


def test_each_line_has_its_own_verdict_and_the_others_go_on(visit: Visit, county: County) -> None:
    ids = [brought_to(county, "assigned") for _ in range(3)]
    client = visit("liaison")
    lines = boxes(client)
    act(county.actor("liaison"), ids[1], "acknowledge")
    hidden = opened(county.actor("east_clerk"), about_unit=county.units["housing"]).case_id
    said = shown_words(sent_together(client, [*lines, f"{hidden}.main.1"]).content.decode())
    assert states(ids) == ["handling"] * 3
    assert "已完成 2 件" in said
    assert "2 件没有办成" in said
    assert "周liaison" in said, "who was faster is named"
    assert "不在您查看范围内的事项" in said
    assert str(Entry.objects.filter(kind="acknowledged").count()) == "3"


def test_the_same_form_twice_gives_the_same_verdicts(visit: Visit, county: County) -> None:
    ids = [brought_to(county, "assigned") for _ in range(2)]
    client = visit("liaison")
    lines = boxes(client)
    first, second = (shown_words(sent_together(client, lines).content.decode()) for _ in range(2))
    assert first == second
    assert Entry.objects.filter(kind="acknowledged").count() == len(ids)


def test_what_must_be_read_is_never_done_on_several(visit: Visit, county: County) -> None:
    """Signing an answer off is no act for several lines: there is no box, and the address refuses it."""
    ids = [brought_to(county, "drafted") for _ in range(2)]
    client = visit("leader")
    assert boxes(client) == []
    answer = sent_together(client, [f"{one}.main.9" for one in ids], action="sign_off")
    assert (answer.status_code, states(ids)) == (400, ["signing"] * 2)


def test_the_centre_reminds_of_several_with_words_said_once(visit: Visit, county: County) -> None:
    """From the list: tick, say it once, and each matter carries the same words and its own verdict."""
    ids = [brought_to(county, "handling") for _ in range(3)]
    brought_to(county, "accepted")  # the dispatcher's own to do: nobody reminds themselves
    client = visit("dispatcher")
    listed = client.get("/desk/cases?open=yes").content.decode()
    lines = re.findall(r'name="line" value="([^"]+)"', listed)
    assert sorted(int(line.partition(".")[0]) for line in lines) == sorted(ids)
    asked = sent_together(client, lines, action="remind")
    text = asked.content.decode()
    assert (asked.status_code, faults_of(text)) == (200, [])
    assert not Entry.objects.filter(kind="reminded").exists()
    form = {"line": lines, "action": "remind", "request_id": "form-of-words-1", "said": "1"}
    assert client.post("/desk/together", {**form, "f-words": "快"}).status_code == 422
    assert not Entry.objects.filter(kind="reminded").exists()
    for _ in range(2):
        done: Any = client.post("/desk/together", {**form, "f-words": "群众等着回话，请今天给个准信。"})
        assert "已完成 3 件" in shown_words(done.content.decode())
    assert Entry.objects.filter(kind="reminded").count() == len(ids)
    assert "请今天给个准信" in client.get(f"/desk/case/{ids[0]}").content.decode()


def test_an_extension_is_asked_for_on_several_and_decided_on_each(visit: Visit, county: County) -> None:
    """Said once; each matter has its own request; who asked already and what is not in sight is told by itself."""
    ids = [brought_to(county, "handling") for _ in range(3)]
    why = {"days": 3, "reason": "配件要从省城调，三天才到。"}
    act(county.actor("officer"), ids[1], "extend", why)
    hidden = opened(county.actor("east_clerk"), about_unit=county.units["housing"]).case_id
    client = visit("officer")
    assert "申请延期所选" in client.get("/desk/").content.decode()
    lines = [*boxes(client), f"{hidden}.main.1"]
    asked = sent_together(client, lines, action="extend").content.decode()
    assert "中心主任" in shown_words(asked)
    assert faults_of(asked) == []
    form = {"line": lines, "action": "extend", "request_id": "form-of-asking-1", "said": "1"}
    assert client.post("/desk/together", {**form, "f-days": "3", "f-reason": "短"}).status_code == 422
    with counted() as count:
        done: Any = client.post("/desk/together", {**form, "f-days": "3", "f-reason": why["reason"]})
    said = shown_words(done.content.decode())
    assert "已为 2 件提出申请" in said, said
    assert "2 件没有办成" in said
    assert "不在您查看范围内的事项" in said
    assert len(count) <= ACTS_BUDGET + 4, count
    waiting = Thread.objects.filter(case_id__in=ids, kind="ask_extend", open=True)
    assert sorted(waiting.values_list("case_id", flat=True)) == ids, "each has one request, the one asked before not two"
    due = dict(Clock.objects.filter(case_id__in=ids, key="resolve").values_list("case_id", "due_at"))
    act(county.actor("head"), ids[0], "grant_extend", thread="ask_extend")
    act(county.actor("head"), ids[2], "refuse_extend", thread="ask_extend")
    after = dict(Clock.objects.filter(case_id__in=ids, key="resolve").values_list("case_id", "due_at"))
    assert [after[one] != due[one] for one in ids] == [True, False, False], "the control: only what was agreed to is longer"


def test_each_is_told_by_its_own_rules(visit: Visit, county: County) -> None:
    """A township lets somebody approve an act: its own matter waits for that, one under the county's rules is done."""
    edit = Tightening("approve", ("matter", "acknowledge"), n=1, unit="working_day", who="office_leader")
    given = {**STEPS["assigned"][2], "office": county.units[f"police@{EAST}"]}
    ids = []
    for _ in range(2):  # one that began before the township's rules, one after
        ids.append(opened(county.actor("east_clerk")).case_id)
        act(county.actor("east_dispatcher"), ids[-1], "accept", STEPS["accepted"][2])
        act(county.actor("east_dispatcher"), ids[-1], "assign", given)
        publish(tightened(shipped_pack(), None, [edit], area=EAST, title="东岭镇", version="1"))
    client = visit("police")
    lines = boxes(client)
    assert len(lines) == 2
    for _ in range(2):  # the same form again: the same is told
        said = shown_words(sent_together(client, lines).content.decode())
        assert "已为 1 件提出申请" in said, said
        assert "由分管领导逐件审批" in said, said
        assert "已完成 1 件" in said, said
    assert states(ids) == ["handling", "assigned"]
    assert not Thread.objects.filter(case_id=ids[0], kind="ask_acknowledge").exists()
    assert Thread.objects.filter(case_id=ids[1], kind="ask_acknowledge", open=True).exists()


@pytest.mark.parametrize("lines", [[], [f"{n}.main.1" for n in range(1, 202)]])
def test_none_or_too_many_do_nothing(visit: Visit, county: County, lines: list[str]) -> None:
    before = Entry.objects.count()
    assert sent_together(visit("liaison"), lines).status_code == 422
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    "line", ["x", "1", "1.main", "1.main.x", ".main.1", f"1.{'x' * 300}.1", "1.主.1", "99999999999999999999.main.1"]
)
def test_a_box_that_no_list_has_is_refused(visit: Visit, county: County, line: str) -> None:
    assert sent_together(visit("liaison"), [line]).status_code == 400


def unfold(client: Client, case_id: int, action: str) -> str:
    answer = client.get(f"/desk/case/{case_id}/act/main/{action}", headers=HX)
    assert answer.status_code == 200
    return answer.content.decode()


def hidden_fields(text: str) -> dict[str, str]:
    form = text[text.index('class="act-form"') :]
    return dict(re.findall(r'name="(request_id|seen|rules)" value="([^"]*)"', form))


def test_an_act_opens_under_its_line_with_what_must_be_read(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "drafted")
    client = visit("leader")
    page = client.get("/desk/").content.decode()
    assert f'hx-get="/desk/case/{case_id}/act/main/sign_off"' in page
    assert f'href="/desk/case/{case_id}?act=main.sign_off#acts"' in page, "without a script the button leads to the page"
    client.get("/desk/")
    with counted() as count:
        text = unfold(client, case_id, "sign_off")
    assert len(count) <= 8, count
    assert text.startswith('<tr class="unfolded">')
    words = shown_words(text)
    assert "已更换灯具" in words, "the answer to be signed stands beside the button"
    assert "路灯坏了两周" in words


def test_done_in_place_the_line_says_so(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "")
    client = visit("dispatcher")
    given = {"f-category": category(), "f-weight": "ordinary", "f-urgency": "normal"}
    form = hidden_fields(unfold(client, case_id, "accept"))
    answer = client.post(f"/desk/case/{case_id}/act/main/accept", {**form, **given}, headers=HX)
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "closest tbody"
    assert answer.content.decode().startswith('<tbody class="went-on"')
    assert "受理" in shown_words(answer.content.decode())
    assert states([case_id]) == ["to_assign"]


def test_what_is_wrong_is_said_in_place_and_the_words_stay(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visit("officer")
    form = hidden_fields(unfold(client, case_id, "draft_answer"))
    answer = client.post(f"/desk/case/{case_id}/act/main/draft_answer", {**form, "f-answer": "修"}, headers=HX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "closest tr"
    assert ">\n修</textarea>" in text
    assert 'aria-invalid="true"' in text


def test_who_is_overtaken_in_place_reads_who_was_faster_and_keeps_the_words(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    client = visit("officer")
    form = hidden_fields(unfold(client, case_id, "draft_answer"))
    act(county.actor("officer"), case_id, "draft_answer", {"claim": "solved", "answer": "已经更换灯具，照明恢复。"})
    sent = {**form, "f-claim": "solved", "f-answer": "我写的答复也不应该丢掉。"}
    answer = client.post(f"/desk/case/{case_id}/act/main/draft_answer", sent, headers=HX)
    text = shown_words(answer.content.decode())
    assert answer.status_code == 409
    assert "周officer" in text
    assert "我写的答复也不应该丢掉。" in text


def test_acknowledging_from_the_line_itself(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "assigned")
    client = visit("liaison")
    page = client.get("/desk/").content.decode()
    row = page[page.index('<tbody class="line">') :]
    form = dict(re.findall(r'name="(from|request_id|seen|rules)" value="([^"]*)"', row))
    address = f"/desk/case/{case_id}/act/main/acknowledge"
    assert f'hx-post="{address}"' in row
    act(county.actor("liaison"), case_id, "return_it", {"reason": "wrong_area", "basis": "应由西桥镇办理，请转交。"})
    late = client.post(address, form, headers=HX)
    assert (late.status_code, late.headers["HX-Reswap"]) == (409, "beforeend"), "the line stays, why not stands under it"
    plain = client.post(address, {**form, "request_id": "another-one-0001", "seen": ""})
    assert plain.status_code == 422
    assert "</html>" in plain.content.decode(), "without a script the page of the matter says so"


def test_an_approval_that_waits_names_its_act(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    ask = {"why": "court_pending", "until": "2026-10-16", "note": "等待法院的裁定。"}
    act(county.actor("officer"), case_id, "suspend", ask)
    page = visit("head").get("/desk/").content.decode()
    assert f'hx-get="/desk/case/{case_id}/act/ask_suspend/grant_suspend"' in page
    text = shown_words(unfold_of(visit("head"), case_id, "ask_suspend", "grant_suspend"))
    assert "等待法院的裁定" in text


def unfold_of(client: Client, case_id: int, thread: str, action: str) -> str:
    return str(client.get(f"/desk/case/{case_id}/act/{thread}/{action}", headers=HX).content.decode())


def test_three_hundred_lines_through_all_pages(visit: Visit, county: County) -> None:
    """Nothing is lost between pages and the cost of a page stays; the count on top is of all of them."""
    for _ in range(120):
        brought_to(county, "")
    client = visit("dispatcher")
    client.get("/desk/")
    seen: list[str] = []
    address = "/desk/"
    while address:
        with counted() as count:
            text = client.get(address).content.decode()
        assert len(count) <= 8, count
        seen += re.findall(r'class="title" href="/desk/case/(\d+)"', text)
        more = re.search(r'<div class="more"><a class="btn" href="([^"]*)"', text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 120
    assert "全部 120" in shown_words(text)


def test_the_pack_marks_what_can_be_done_on_several() -> None:
    marked = {one.key for one in shipped_pack().procedures["matter"].actions if one.many}
    assert {"acknowledge", "pass"} <= marked
    assert "sign_off" not in marked
