"""信访文书: each act of a petition that has to be told brings its paper, numbered without gaps, kept as it was said."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from docx import Document

from bihuan.access.actors import system_actor
from bihuan.access.looks import latest_looks
from bihuan.cases import selectors, services
from bihuan.cases.errors import Refused
from bihuan.cases.papers import papers_of
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.desk.drawn_papers import drawn
from bihuan.ledger.models import Entry
from bihuan.packs.papers import PLACE
from bihuan.rulebook.selectors import pack
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1
from tests.matrix.county import Person, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = "何小满"
TITLE = "征地补偿少算了八分地"
DECISION = {
    "outcome": "partly_supported",
    "claims": "请求重新丈量并补发补偿款。",
    "found": "经重新测绘，北侧漏算三分地。",
    "decision": "补发三分地的补偿款，其余不予支持。",
    "legal_basis": "土地管理法第四十八条",
}


def at(day: int, hour: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def petition(world: World, **more: Any) -> int:
    clerk = world.people["window_clerk@centre"].actor
    contact = ContactIn(name=NAME, phone="13800000000")
    return opened(clerk, area_code=GRID_1, procedure="petition", title=TITLE, contact=contact, **more).case_id


def forwarded(world: World, case_id: int, **more: str) -> None:
    given = {
        "category": category(),
        "office": world.units["housing"],
        "basis": "按职权转送",
        "handling": "ordinary",
        "care": "first",
    }
    act(world.people["dispatcher@centre"].actor, case_id, "forward", {**given, **more})


def decided(world: World, clock: Any) -> int:
    """A petition with its decision served on 20 November."""
    case_id = petition(world)
    forwarded(world, case_id)
    act(world.people["liaison@housing"].actor, case_id, "accept")
    officer, leader = world.people["officer@housing"].actor, world.people["office_leader@housing"].actor
    act(officer, case_id, "hear", {"way": "visited", "note": "信访人指认了界桩。"})
    act(officer, case_id, "extend", {"days": 20, "reason": "需要重新测绘。"})
    act(leader, case_id, "grant_extend", thread="ask_extend")
    act(officer, case_id, "draft_decision", DECISION)
    act(leader, case_id, "decide")
    clock.set(at(20, 11, 11))
    act(officer, case_id, "serve", {"served_at": at(20, 9, 11).isoformat(), "served_way": "in_person"})
    return case_id


def said(world: World, case_id: int, who: str = "officer@housing") -> dict[str, Any]:
    """Every paper of a case as it is drawn for somebody, by its key."""
    actor = world.people[who].actor
    page = selectors.case_page(actor, case_id)
    lines = papers_of(page.events, pack(page.pack_digest))
    return {line.key: drawn(page, line, actor, NAME) for line in lines}


def client_of(person: Person) -> Client:
    client = Client()
    client.cookies["language"] = "zh-hans"
    client.cookies[settings.SESSION_COOKIE_NAME] = person.token
    return client


def words_in(answer: Any) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(answer.content)).paragraphs)


def test_each_paper_says_what_the_ledger_says_and_leaves_no_place_open(world: World, clock: Any) -> None:
    papers = said(world, decided(world, clock))
    assert list(papers) == [
        "petition_forwarded",
        "petition_accepted",
        "petition_extended",
        "petition_decision",
        "petition_served",
    ]
    for key, paper in papers.items():
        whole = "\n".join((paper.title, paper.to, *paper.body, *paper.after))
        assert not PLACE.search(whole), (key, whole)
        assert not re.search(r"于前|于，|（编号 ）|“”", whole), (key, whole)
        assert paper.signed_on.startswith("2026年"), key
        assert paper.head == paper.signer != ""
    accepted = papers["petition_accepted"]
    assert accepted.to == NAME
    assert "2026年12月11日" in accepted.body[1]  # sixty days after the 12th of October
    extended = papers["petition_extended"]
    assert "延长20日，至2026年12月31日" in extended.body[0]
    assert "需要重新测绘" in extended.body[1]
    decision = papers["petition_decision"]
    assert [words in "\n".join(decision.body) for words in DECISION.values()] == [False, True, True, True, True]
    assert "部分支持请求" in decision.body[3]
    assert "2026年11月20日" in papers["petition_served"].body[1]
    # the notice of acceptance is as it was said: the extension came later
    assert "12月31日" not in "\n".join(accepted.body)


def test_numbers_have_no_gaps_and_a_refused_act_draws_none(world: World, clock: Any) -> None:
    first, second = petition(world), petition(world)
    for case_id in (first, second):
        forwarded(world, case_id)
    officer, liaison = world.people["officer@housing"].actor, world.people["liaison@housing"].actor
    act(liaison, first, "accept")
    with pytest.raises(Refused):
        act(liaison, first, "accept")
    with pytest.raises(Refused):
        act(officer, first, "draft_decision", DECISION)
    act(liaison, second, "accept")
    numbers = [said(world, case_id)["petition_accepted"].number for case_id in (first, second)]
    assert [number.partition("〕")[2] for number in numbers] == ["1号", "2号"]
    forwarding = [said(world, case_id)["petition_forwarded"].number for case_id in (first, second)]
    assert [number.partition("〕")[2] for number in forwarding] == ["1号", "2号"]  # the centre's own sequence
    assert {number.partition("信")[0] for number in numbers} != {number.partition("信")[0] for number in forwarding}


def test_not_accepted_says_why_and_which_other_way_is_lawful(world: World) -> None:
    case_id = petition(world)
    reason = "这件事法院已经立案，判决后按判决执行。"
    given = {"ground": "court_or_arbitration", "route": "court", "reason": reason}
    act(world.people["dispatcher@centre"].actor, case_id, "decline", given)
    (paper,) = said(world, case_id, "dispatcher@centre").values()
    route = pack(selectors.case_page(world.people["dispatcher@centre"].actor, case_id).pack_digest).say("route.court.say")
    assert "诉讼、仲裁" in paper.body[0]
    assert reason in paper.body[1]
    assert route in paper.body[2]


def test_taken_out_with_the_name_masked_or_for_a_reason_in_full(world: World, clock: Any) -> None:
    case_id = decided(world, clock)
    officer = world.people["officer@housing"].again()
    client = client_of(officer)
    shown = client.get(f"/desk/case/{case_id}").content.decode()
    href = re.findall(rf"/desk/case/{case_id}/paper/\d+/petition_decision", shown)[0]
    assert "信访事项处理意见书" in shown
    client.get(f"{href}.docx")
    with counted() as count:
        masked = client.get(f"{href}.docx")
    assert len(count) <= 12, count
    assert masked.status_code == 200
    assert NAME not in words_in(masked)
    assert "何" in words_in(masked)
    assert Entry.objects.filter(kind="paper_taken").count() == 2
    assert client.post(f"{href}.docx/named", {"reason": "送"}).status_code == 422
    assert not [look for look in latest_looks() if look.case == case_id]
    full = client.post(f"{href}.docx/named", {"reason": "送达处理意见书"})
    assert full.status_code == 200
    assert NAME in words_in(full)
    assert [look.account for look in latest_looks() if look.case == case_id] == [officer.actor.account]
    # who does not see the case does not learn that the paper exists; who may not see the name does not get it
    stranger = client_of(world.people["officer@water"].again())
    assert stranger.get(f"{href}.docx").status_code == 404
    assert stranger.post(f"{href}.docx/named", {"reason": "送达处理意见书"}).status_code == 404
    checker = client_of(world.people["checker@centre"].again())
    assert checker.get(f"{href}.docx").status_code == 200
    assert checker.post(f"{href}.docx/named", {"reason": "送达处理意见书"}).status_code == 403
    assert client.get(f"{href.replace('petition_decision', 'petition_review')}.pdf").status_code == 404


def test_the_resident_is_told_each_limit_in_its_turn_and_the_decision_in_its_order(world: World, clock: Any) -> None:
    case_id = petition(world)
    clerk = world.people["window_clerk@centre"].actor
    assert selectors.case_page(clerk, case_id).promised_at == datetime(2026, 10, 27, 17, 30, tzinfo=SHANGHAI)
    forwarded(world, case_id)
    act(world.people["liaison@housing"].actor, case_id, "accept")
    assert selectors.case_page(clerk, case_id).promised_at == datetime(2026, 12, 11, 17, 30, tzinfo=SHANGHAI)
    served = decided(world, clock)
    client = client_of(world.people["officer@housing"].again())
    shown = client.get(f"/desk/case/{served}").content.decode()
    places = [shown.index(DECISION[name]) for name in ("claims", "found", "decision", "legal_basis")]
    assert places == sorted(places)
    assert "待评价" not in shown  # nobody rates a decision: its way is the review
    assert "三方说法" not in shown


def code_of(world: World, case_id: int) -> str:
    return services.reprint_code(actor=world.people["window_clerk@centre"].actor, case_id=case_id)


def test_the_petitioner_fetches_the_papers_that_went_out_with_the_code(world: World, clock: Any) -> None:
    case_id = decided(world, clock)
    code, client = code_of(world, case_id), Client()
    with counted() as count:
        page = client.get(f"/t/{code}").content.decode()
    assert len(count) <= 8, str(count)
    links = re.findall(rf'href="(/t/{code}/paper/\d+/[a-z_]+\.(?:pdf|docx))"', page)
    rules = pack(selectors.case_page(system_actor(), case_id).pack_digest)
    addressed = {spec.key for spec in rules.papers if "resident" in (spec.to, *spec.copy_to)}
    issued = {line.key for line in papers_of(selectors.case_page(system_actor(), case_id).events, rules)}
    assert {link.rpartition("/")[2].partition(".")[0] for link in links} == issued & addressed
    assert len(links) >= 4
    answer = client.get(next(link for link in links if link.endswith(".docx")))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    text = "\n".join(one.text for one in Document(BytesIO(answer.content)).paragraphs)
    assert NAME not in text
    assert f"{NAME[0]}**" in text
    taken = Entry.objects.filter(kind="paper_taken", stream=f"track:{case_id}")
    assert taken.count() == 1


def test_no_other_paper_and_no_other_matter_s(world: World, clock: Any) -> None:
    case_id, other = decided(world, clock), petition(world)
    link = re.findall(
        r'href="/t/[^/]+(/paper/\d+/[a-z_]+\.docx)"', Client().get(f"/t/{code_of(world, case_id)}").content.decode()
    )[0]
    assert Client().get(f"/t/{code_of(world, other)}{link}").status_code == 404  # numbered as in another matter
    assert Client().get(f"/t/AAAA-AAAA{link}").status_code == 404
    assert Client().get(f"/t/{code_of(world, case_id)}{link.replace('.docx', '.exe')}").status_code == 404
    rules = pack(selectors.case_page(system_actor(), case_id).pack_digest)
    inner = next(spec.key for spec in rules.papers if "resident" not in (spec.to, *spec.copy_to))
    assert Client().get(f"/t/{code_of(world, case_id)}/paper/2/{inner}.pdf").status_code == 404


def test_a_decision_is_served_before_it_is_written_down(world: World, clock: Any) -> None:
    """The window for a review runs from that day: one still to come would keep it open for longer."""
    case_id = petition(world)
    forwarded(world, case_id)
    officer = world.people["officer@housing"].actor
    act(world.people["liaison@housing"].actor, case_id, "accept")
    act(officer, case_id, "hear", {"way": "visited", "note": "信访人指认了界桩。"})
    act(officer, case_id, "draft_decision", DECISION)
    act(world.people["office_leader@housing"].actor, case_id, "decide")
    clock.set(at(20, 11, 11))
    with pytest.raises(Refused) as refused:
        act(officer, case_id, "serve", {"served_at": at(21, 9, 11).isoformat(), "served_way": "in_person"})
    assert (refused.value.field, "送达时间" in refused.value.say) == ("served_at", True)
    act(officer, case_id, "serve", {"served_at": at(20, 11, 11).isoformat(), "served_way": "in_person"})


def test_asking_for_a_review_is_the_petitioners_and_nobodys_main_button(world: World, clock: Any) -> None:
    case_id = decided(world, clock)
    dispatcher = world.people["dispatcher@centre"].again()
    page = client_of(dispatcher).get(f"/desk/case/{case_id}").content.decode()
    acts = page[page.index('id="acts"') : page.index("</section>", page.index('id="acts"'))]
    assert "现在等群众自己决定" in acts
    assert not re.search(r'<summary class="btn primary"', acts)
    assert acts.index("群众书面或口头提出时，在这里代为登记") < acts.index("申请复查")


def test_what_is_promised_is_named(world: World, clock: Any) -> None:
    """Not an answer: to be told whether it is accepted, then a decision; the slip says the same as the tracking page."""
    clerk = world.people["window_clerk@centre"]
    made = opened(clerk.actor, area_code=GRID_1, procedure="petition", title=TITLE)
    track = f"/t/{made.tracking_code}"
    assert re.search("承诺 [^<]+ 前告知是否受理", Client().get(track).content.decode())
    forwarded(world, made.case_id)
    act(world.people["liaison@housing"].actor, made.case_id, "accept")
    assert re.search("承诺 [^<]+ 前作出处理意见", Client().get(track).content.decode())
    usual = opened(clerk.actor, area_code=GRID_1, title="路灯坏了")
    assert re.search("承诺 [^<]+ 前答复", Client().get(f"/t/{usual.tracking_code}").content.decode())
