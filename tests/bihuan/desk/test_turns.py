"""The case page says whose turn it is, what has to be done first, and offers nobody an act that is not theirs to begin with."""

from __future__ import annotations

import re

from bihuan.cases import selectors
from bihuan.desk.carried import called_for
from bihuan.desk.timeline import timeline
from bihuan.web.speech import speech
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import act, brought_to
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
