"""调解文书: what the law wants written of a mediation is set from its ledger, with both parties and each instalment."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bihuan.access.actors import Actor
from bihuan.access.looks import latest_looks
from bihuan.cases import selectors
from bihuan.cases.papers import papers_of
from bihuan.config.statements import counted
from bihuan.desk.drawn_papers import drawn, parties_by
from bihuan.packs.later import Story
from bihuan.packs.papers import EACH, PLACE
from bihuan.papers.shapes import Paper
from bihuan.play.pack_stories import CONTACT, Teller
from bihuan.rulebook.selectors import pack
from tests.bihuan.play.case_pages import browser
from tests.bihuan.play.test_pack_stories import founded
from tests.scenarios.test_petition_papers import words_in

pytestmark = pytest.mark.slow


@pytest.fixture
def teller(transactional_db: None, clock: Any) -> Teller:
    return founded("santai", clock)


def told(teller: Teller, key: str) -> Story:
    """Play one of the pack's stories; all of it has to go as told."""
    story = next(one for one in teller.place.pack.later.stories if one.key == key)
    assert [wrong for line in teller.play(story).lines for wrong in line.wrong] == []
    return story


def person(teller: Teller, story: Story, name: str) -> Actor:
    return teller.place.person(name, story.cast, teller.case_id)


def papers(teller: Teller, actor: Actor) -> dict[str, Paper]:
    """The latest paper of each kind of the case played last, as drawn for somebody; each whole and without an open place."""
    page = selectors.case_page(actor, teller.case_id)
    found = {line.key: drawn(page, line, actor, CONTACT.name) for line in papers_of(page.events, pack(page.pack_digest))}
    for key, paper in found.items():
        whole = "\n".join((paper.title, paper.to, *paper.body, *paper.after))
        assert not PLACE.search(whole), (key, whole)
        assert EACH not in paper.body
        assert not re.search(r"：。|：$|“”|于前|，，|None|True|\[", whole.replace("（签名）：", "").replace("）：", "")), (
            key,
            whole,
        )
        assert paper.head == paper.signer, key
        assert bool(paper.signer) == (key != "confirmation_application"), key  # the parties' own application
    return found


def test_an_agreement_says_each_instalment_and_its_number(teller: Teller) -> None:
    story = told(teller, "to_the_last_instalment")
    found = papers(teller, person(teller, story, "team"))
    agreement = found["mediation_agreement"]
    assert re.fullmatch(r"\(.+人民调解委员会\)人调字〔2026〕第1号", agreement.number)
    assert agreement.head in agreement.number
    assert agreement.body[3:5] == ("（1）另一方于2026年3月20日前支付75,000元。", "（2）另一方于2026年9月20日前支付75,000元。")
    assert "生效日期为2026年3月6日" in agreement.body[5]
    assert "一式3份" in agreement.body[7]  # the other party is not in the register, and yet takes one home
    assert "oral_agreement" not in found
    assert "mediation_refused" not in found
    assert "第三条" in "\n".join(found["mediation_rights"].body)


def test_both_parties_stand_on_it_masked_or_for_a_reason_in_full(teller: Teller) -> None:
    story = told(teller, "three_colours")
    actor = person(teller, story, "team")
    page = selectors.case_page(actor, teller.case_id)
    assert len(page.parties) == 1
    assert parties_by(page, 1) == ()  # a paper of the first entry names nobody who was named later
    found = papers(teller, actor)
    agreement = next(one for key, one in found.items() if key in ("mediation_agreement", "oral_agreement"))
    assert agreement.body[0].startswith(f"当事人：{CONTACT.name}、{page.parties[0].name}")
    line = next(one for one in papers_of(page.events, pack(page.pack_digest)) if one.title == agreement.title)
    client: Client = browser(actor)
    href = f"/desk/case/{teller.case_id}/paper/{line.seq}/{line.key}.docx"
    client.get(href)
    with counted() as count:
        masked = words_in(client.get(href))
    assert len(count) <= 12, count
    assert CONTACT.name not in masked
    assert not [look for look in latest_looks() if look.case == teller.case_id]
    full = words_in(client.post(f"{href}/named", {"reason": "双方当面签字"}))
    shown = [look for look in latest_looks() if look.case == teller.case_id]
    assert CONTACT.name in full
    assert not any(party.name in full for party in page.parties), "somebody still masked"
    assert len(shown) == 2  # one look for each name


def test_what_ends_without_an_agreement_names_the_other_ways(teller: Teller) -> None:
    ended = papers(teller, person(teller, told(teller, "one_refuses"), "village"))["mediation_refused"]
    assert "第十七条" in "\n".join(ended.body)
    assert "向人民法院起诉" in "\n".join(ended.body)
    assert ended.number == ""
    failed = papers(teller, person(teller, told(teller, "not_settled"), "team"))
    assert any("四十二个工" in words for words in failed["mediation_failed"].body)
    court = papers(teller, person(teller, told(teller, "sent_by_the_court"), "team"))
    assert court["feedback_letter"].to.endswith("人民法庭")
    assert court["feedback_letter"].head.endswith("综治中心"), "the control: a letter between offices is the office's own"
    assert "（2026）诉前调12号" in "\n".join(court["feedback_letter"].body)
    asked = court["confirmation_application"]
    assert "2026年3月5日" in "\n".join(asked.body)
    assert (asked.head, asked.signer, asked.seal) == ("", "", "")  # theirs, not the office's
    oral = papers(teller, person(teller, told(teller, "grid_worker_settles"), "worker"))
    assert "（1）另一方于2026年3月7日前完成：装好接水槽，修补土墙" in oral["oral_agreement"].body
    assert "mediation_agreement" not in oral


def test_a_county_that_mediates_within_a_matter_has_the_papers_too(transactional_db: None, clock: Any) -> None:
    """huaning: the same papers come of the acts of a matter; what a court or the police mediates is never printed."""
    teller = founded("huaning", clock)
    story = told(teller, "mediated_on_paper")
    actor = person(teller, story, "justice_officer")
    found = papers(teller, actor)
    agreement = found["mediation_agreement"]
    assert re.fullmatch(r"（.+人民调解委员会）人调字〔2026〕第1号", agreement.number)
    assert "司法所" not in agreement.head
    assert {paper.head for paper in found.values()} == {agreement.number[1 : agreement.number.index("）")]}
    other = selectors.case_page(actor, teller.case_id).parties[0].name
    assert agreement.body[0].startswith(f"当事人：{CONTACT.name}、{other}")
    assert "在 2026 年 11 月 15 日前收回屋檐" in "\n".join(agreement.body)
    assert "一式3份" in "\n".join(agreement.body)
    assert "第三条" in "\n".join(found["mediation_rights"].body)
    assert "向人民法院起诉、请行政机关处理" in "\n".join(found["mediation_ended"].body)
    assert "当天装好木槽" in "\n".join(found["oral_agreement"].body)
    page = selectors.case_page(actor, teller.case_id)
    mediated = [event.seq for event in page.events if event.kind == "mediated"]
    printed = {line.seq for line in papers_of(page.events, pack(page.pack_digest))}
    assert [seq in printed for seq in mediated] == [True, True, True, False], "the control: an administrative mediation"
