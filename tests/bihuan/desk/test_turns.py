"""The case page says whose turn it is, what has to be done first, and offers nobody an act that is not theirs to begin with."""

from __future__ import annotations

import re

from bihuan.cases import selectors
from bihuan.desk.carried import called_for
from bihuan.desk.timeline import timeline
from bihuan.web.speech import speech
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import STEPS, act, brought_to, opened
from tests.factories.organisation import County


def acts(page: str) -> str:
    """The card of what can be done now."""
    return page[page.index('id="acts"') : page.index("</section>", page.index('id="acts"'))]


def test_whoever_is_not_next_reads_whose_turn_it_is(visit: Visit, county: County) -> None:
    """The dispatcher may take a matter from its office, which is nobody's natural next act."""
    case_id = brought_to(county, "handling")
    centre = acts(visit("dispatcher").get(f"/desk/case/{case_id}").content.decode())
    assert re.search(r"现在由 [^ ]+ · 经办人 办理", centre)
    assert "转办" in centre
    assert not re.search(r'<summary class="btn primary"', centre)
    office = acts(visit("officer").get(f"/desk/case/{case_id}").content.decode())
    assert "现在由" not in office
    assert re.search(r'<summary class="btn primary">拟办结答复', office)


def test_an_instruction_tells_beside_the_matter_what_was_asked(visit: Visit, county: County) -> None:
    case_id = brought_to(county, "handling")
    act(county.actor("head"), case_id, "instruct", {"words": "请本周内到现场看一次。", "answer_by": "2026-10-30"})
    page = selectors.case_page(county.actor("officer"), case_id)
    say = speech(page.pack_digest)
    line = next(one for one in page.threads if one.kind == "instruction")
    opener = called_for(line, page, timeline(page, say, {}))
    assert opener is not None
    assert any("请本周内到现场看一次" in words.text for words in opener.words)
    main = next(one for one in page.threads if one.kind == "main")
    assert called_for(main, page, timeline(page, say, {})) is None


def test_what_was_done_in_a_line_of_work_is_read_before_it_is_judged(visit: Visit, county: County) -> None:
    """The leader who returns a part reads, in the form itself, on what ground that was asked for."""
    case_id = brought_to(county, "accepted")
    housing, water = county.units["housing"], county.units["water"]
    act(county.actor("dispatcher"), case_id, "assign", {"office": housing, "basis": "按职责清单交办", "co_offices": [water]})
    ground = "供水管网以外的排水由住建部门负责"
    line = next(one.name for one in selectors.case_page(county.actor("dispatcher"), case_id).threads if one.kind == "joint")
    act(county.actor("water_liaison"), case_id, "ask_return", {"basis": ground}, thread=line)
    form = acts(visit("water_leader").get(f"/desk/case/{case_id}").content.decode())
    assert form.index(ground) < form.index("确认退回协办")
    line_page = visit("water_leader").get(f"/desk/case/{case_id}").content.decode()
    assert 'id="threads"' not in line_page, "what stands in the table of offices stands nowhere twice"


def test_who_checks_an_answer_opens_it_from_the_list(visit: Visit, county: County) -> None:
    """An answer is not passed unread by the button of its line; taking on work still is one press."""
    brought_to(county, "signed")
    row = visit("checker").get("/desk/").content.decode().partition('class="next"')[2]
    assert "data-unfold" in row.partition("</td>")[0]
    assigned = opened(county.actor("clerk")).case_id
    act(county.actor("dispatcher"), assigned, "accept", STEPS["accepted"][2])
    act(county.actor("dispatcher"), assigned, "assign", {"office": county.units["housing"], "basis": "按职责清单交办"})
    row = visit("liaison").get("/desk/").content.decode().partition('class="next"')[2]
    assert "data-unfold" not in row.partition("</td>")[0]
