"""Each proof finds the fault it is for, in a pack that is whole but for that; the whole pack has no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.packs import Finding, check
from bihuan.packs.proofs.report import PRINCIPLES, WORDS
from tests.bihuan.packs.small import MATTER, PACK, changed, write


def findings(folder: Path) -> list[Finding]:
    """All but missing words, which a small pack need not have."""
    return [finding for finding in check(folder) if finding.proof != WORDS]


def test_the_whole_pack_has_no_finding(tmp_path: Path) -> None:
    assert findings(write(tmp_path)) == []


# What is broken in the procedure, which proof finds it, and what its message says.
BROKEN = {
    "unknown state": (1, 'from = ["new"]', 'from = ["nwe"]', "there is no state 'nwe'"),
    "start that leads elsewhere": (1, 'to = "new"\nwho', 'to = "handling"\nwho', "it opens the case, so it leads to 'new'"),
    "unknown post": (1, 'who = ["dispatcher", "resident"]', 'who = ["clerk"]', "there is no post 'clerk'"),
    "unknown event": (1, 'stops = ["finished"]', 'stops = ["finishd"]', "there is no event 'finishd'"),
    "unknown choice": (1, 'where = { weight = "major" }', 'where = { weight = "huge" }', "value of weight 'huge'"),
    "unknown fact": (1, 'where = { weight = "major" }', 'where = { wieght = "major" }', "no fact 'wieght'"),
    "limits do not cover": (1, ', { n = 7, unit = "working_day" }]', "]", "no limit applies where weight = 'ordinary'"),
    "limit behind the last": (1, 'limits = [{ where = { weight = "major" }, n', "limits = [{ n", "never apply"),
    "unknown unit kind": (
        1,
        'title = "单位", of = ["office"]',
        'title = "单位", of = ["ofice"]',
        "no unit kind or office 'ofice'",
    ),
    "one for each of nothing": (1, 'one_for_each = "offices"', 'one_for_each = "office"', "one_for_each needs a fact"),
    "holder of two kinds": (
        1,
        "holder = { keep = true }",
        'holder = { keep = true, fact = "office" }',
        "a holder is exactly one",
    ),
    "many with questions": (1, 'key = "assign"\n', 'key = "assign"\nmany = true\n', "on several cases at once"),
    "kept name": (1, "needs = { until = {", "needs = { holder_unit = { type = 'int' }, until = {", "is kept for the rules"),
    "state out of reach": (2, 'from = ["handling"]\nto = "waiting"', 'from = ["handling"]\nto = "handling"', "no way leads here"),
    "no way out": (
        2,
        'from = ["handling"]\nto = "done"',
        'from = ["new"]\nto = "done"',
        "nobody in office can bring it to an end",
    ),
    "guard never met": (
        2,
        'from = ["handling"]\nto = "done"\nevent = "finished"',
        'from = ["handling"]\nto = "done"\nevent = "finished"\nguard = [{ count = "reopened", min = 1, say = "先重办" }]',
        "this act can never be done",
    ),
    "only the resident could end it": (
        2,
        'from = ["handling"]\nto = "done"',
        'from = ["handling"]\nwho = ["resident"]\nto = "done"',
        "nobody in office can bring it to an end",
    ),
    "nobody acts": (
        3,
        'who = ["holder", "system"]\nautomatic',
        'who = ["system"]\nautomatic',
        "nobody but the system can act here",
    ),
    "starved": (3, 'starts = ["registered", "reopened"]', 'starts = ["reopened"]', "no clock that charges anybody runs here"),
    "nobody holds": (3, "holder = { keep = true }\n", "", "nobody holds this state"),
    "circle": (4, 'guard = [{ count = "reopened", max_before = 0, say = "只能重新办理一次" }]\n', "", "this can go on for ever"),
    "reopened more often than the guard": (4, "times = 1 }", "times = 2 }", "say the same in both"),
    "reopened less often than the guard": (
        4,
        'count = "reopened", max_before = 0',
        'count = "reopened", max_before = 1',
        "say the same",
    ),
    "clock that cannot stop": (5, 'stops = ["assigned"]', 'stops = ["noted"]', "the clock still runs in the final state 'done'"),
    "start without effect": (
        5,
        'starts = ["registered", "reopened"]',
        'starts = ["registered", "reopened", "noted"]',
        "starts nothing",
    ),
    "pause without end": (6, 'automatic = { date_fact = "until" }\n', "", "the pause has no end of its own in 'waiting'"),
    "pause without its date": (
        6,
        'needs = { until = { type = "date", title = "到" } }',
        'needs = { until = { type = "date", title = "到", optional = true } }',
        "does not ask for the date ['until']",
    ),
    "thread that never ends": (
        7,
        'from = ["asked"]\nto = "came"',
        'from = ["asked"]\nto = "stay"',
        "no final state can be reached",
    ),
    "thread opened too late": (
        7,
        'from = ["handling"]\nto = "stay"',
        'from = ["handling", "done"]\nto = "stay"',
        "when its case has ended",
    ),
    "light on a resident": (8, 'key = "dispatch"\n', 'key = "dispatch"\ncharges = "resident"\n', "no clock charges a resident"),
    "post that is not there": (
        9,
        'post = "officer" }\n[[state]]\nkey = "waiting"',
        'post = "dispatcher" }\n[[state]]\nkey = "waiting"',
        "has no post 'dispatcher'",
    ),
    "belief": (
        PRINCIPLES,
        'weight = { type = "choice", title = "性质"',
        'faith = { type = "text", title = "宗教" }, weight = { type = "choice", title = "性质"',
        "refused",
    ),
    "holding people back": (PRINCIPLES, 'title = "进展"', 'title = "稳控"', "refused: nobody is held back"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_procedure_is_found(tmp_path: Path, fault: str) -> None:
    proof, old, new, says = BROKEN[fault]
    found = findings(write(tmp_path, matter=changed(MATTER, old, new)))
    assert any(finding.proof == proof and says in finding.message for finding in found), [str(one) for one in found]
    assert all(finding.file == "procedures/matter.toml" and finding.line > 1 for finding in found)


BROKEN_PLACE = {
    "unknown duty": (
        1,
        'unit_kinds = ["office"]\nduties = ["cases:case:read", "cases:case:act"]',
        'unit_kinds = ["office"]\nduties = ["cases:case:rule"]',
        "no duty",
    ),
    "unknown kind of a post": (1, 'unit_kinds = ["office"]', 'unit_kinds = ["bureau"]', "no unit kind 'bureau'"),
    "unknown office": (1, 'roads = { office = "roads"', 'roads = { office = "rivers"', "no office 'rivers'"),
    "office that is assigned nothing": (1, 'roads = { office = "roads"', 'roads = { office = "centre"', "is assigned nothing"),
    "category without an office": (
        1,
        'children = { bridge = "桥梁" }',
        '[[category]]\nkey = "rivers"\ntitle = "河道"',
        "no office of the duty list",
    ),
    "superiors in a ring": (
        1,
        'key = "above"\ntitle = "上级"\nlevel = "county"',
        'key = "above"\ntitle = "上级"\nlevel = "county"\nsuperior = "centre"',
        "superiors go round",
    ),
    "number without sequence": (1, "{seq:6}", "{mm}", "would be drawn twice"),
    "number without its year": (1, "{yyyy}-", "", "must show {yyyy}"),
    "time zone": (1, 'zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"', "there is no time zone"),
    "narrowing": (1, 'version = "1"', 'version = "1"\nbase = "county@1"', "there is no pack 'county'"),
    "administrator who sees cases": (
        1,
        'title = "经办人"',
        'title = "经办人"\nadministers = true',
        "who administers sees no case",
    ),
    "nobody above the centre": (9, 'superior = "above"\ncentre = true', "centre = true", "has no unit above to go to"),
    "above without the post": (
        9,
        'unit_kinds = ["above", "centre"]',
        'unit_kinds = ["centre"]',
        "which has no post 'dispatcher'",
    ),
    "no centre at all": (
        9,
        'key = "centre"\ntitle = "中心"\nkind = "centre"',
        'key = "centre"\ntitle = "中心"\nkind = "office"',
        "no unit at 'centre'",
    ),
}


@pytest.mark.parametrize("fault", BROKEN_PLACE)
def test_a_broken_place_is_found(tmp_path: Path, fault: str) -> None:
    proof, old, new, says = BROKEN_PLACE[fault]
    found = findings(write(tmp_path, pack=changed(PACK, old, new)))
    assert any(finding.proof == proof and says in finding.message for finding in found), [str(one) for one in found]


def test_a_holder_is_not_needed_before_its_fact_is_known(tmp_path: Path) -> None:
    text = changed(MATTER, 'holder = { post = "dispatcher", at = "centre" }', 'holder = { fact = "office", post = "officer" }')
    found = findings(write(tmp_path, matter=text))
    assert [(finding.proof, finding.key) for finding in found] == [(9, "matter.state.new")]
    assert "before any act asks for it" in found[0].message


def test_the_shortest_path_shows_the_fault(tmp_path: Path) -> None:
    text = changed(MATTER, 'stops = ["finished"]', 'stops = ["noted"]')
    found = next(finding for finding in findings(write(tmp_path, matter=text)) if finding.proof == 5)
    assert found.path == ("new", "assign", "handling", "finish", "done")
    assert str(found).startswith("procedures/matter.toml:")
    assert found.line == MATTER.split("\n").index('key = "resolve"')


def test_a_circle_shows_the_way_round(tmp_path: Path) -> None:
    text = changed(MATTER, 'guard = [{ count = "paused", since = "reopened", max_before = 0, say = "只能暂停一次" }]\n', "")
    found = [finding for finding in findings(write(tmp_path, matter=text)) if finding.proof == 4]
    assert any(finding.path[-4:] == ("resume", "handling", "pause", "waiting") for finding in found)


def test_two_orders_of_the_same_circle_are_told_once(tmp_path: Path) -> None:
    text = changed(MATTER, 'guard = [{ count = "handed_back", max_before = 1, say = "只能退两次" }]\n', "")
    assert findings(write(tmp_path, matter=text)) == []  # the overall clock runs through it untouched
    text = changed(text, 'starts = ["registered", "reopened"]', 'starts = ["assigned", "reopened"]')
    text = changed(text, 'stops = ["finished"]', 'stops = ["finished", "handed_back"]')
    found = findings(write(tmp_path, matter=text))
    assert {finding.proof for finding in found} == {4}


def test_every_other_language_has_the_same_keys(tmp_path: Path) -> None:
    pack = changed(PACK, 'version = "1"', 'version = "1"\nlanguages = ["zh", "en"]')
    words = {finding.message for finding in check(write(tmp_path, pack=pack, wording__en_toml='[pack]\ntilte = "Small"\n'))}
    assert "'pack.title' has no words in en" in words
    assert "'pack.tilte' is no key of this pack: correct or drop it" in words


def test_what_people_see_has_words(tmp_path: Path) -> None:
    found = [
        finding for finding in check(write(tmp_path, matter=changed(MATTER, 'title = "进展"\n', ""))) if finding.proof == WORDS
    ]
    assert any("action.matter.note" in finding.message for finding in found)


def test_what_cannot_be_read_comes_alone(tmp_path: Path) -> None:
    found = check(write(tmp_path, matter=changed(MATTER, 'from = ["new"]', 'form = ["new"]')))
    assert [finding.proof for finding in found] == [0]


MARKS = {
    "on": ("finishd", "doer", "", "there is no event 'finishd'"),
    "of": ("finished", "somebody", "", "neither doer nor holder"),
    "clock": ("finished", "doer", "clocks = ['nothing']", "there is no clock 'nothing'"),
    "thread": ("finished", "doer", "thread = 'nothing'", "there is no thread 'nothing'"),
    "fact": ("finished", "doer", "where = { weihgt = 'x' }", "carries no fact 'weihgt'"),
}


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_names_what_there_is(tmp_path: Path, name: str) -> None:
    on, of, more, message = MARKS[name]
    folder = write(tmp_path)
    whole = "[[mark]]\nkey = 'done'\ntitle = '办结'\non = ['finished']\nof = 'doer'\n"
    (folder / "indicators.toml").write_text(whole, "utf-8")
    assert findings(folder) == []
    (folder / "indicators.toml").write_text(f"[[mark]]\nkey = 'done'\non = ['{on}']\nof = '{of}'\n{more}\n", "utf-8")
    assert [finding.message for finding in findings(folder) if message in finding.message]
