"""A procedure's picture: every state and act is in it, and no words stand on a box, on other words or across a line."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest

from bihuan import packs
from bihuan.packs.layout import Arrow, Box, Placed, broken, flow_of, place, way_of, wide
from bihuan.packs.picture import graph
from bihuan.packs.picture_sheets import HIGH, WIDE, sheets
from bihuan.packs.shape import Pack
from bihuan.packs.tracks import Label
from bihuan.rules.procedure.shape import Action, State, To

FRAGMENTS = Path(__file__).parent / "fragments"
PACKS = {name: packs.load(name) for name in packs.shipped()} | {"fragments": packs.load(FRAGMENTS)}
PROCEDURES = [(name, key) for name, pack in PACKS.items() for key in pack.procedures]
LANGUAGES = ("zh", "en")
EVERY = [(*which, language) for which in PROCEDURES for language in LANGUAGES]
SVG = "{http://www.w3.org/2000/svg}"


def placed_of(pack: Pack, key: str, language: str) -> Placed:
    """The main line of a procedure in numbers."""
    spec = pack.procedures[key]

    def said(action: Action) -> str:
        return pack.say(f"action.{key}.{action.key}", language)

    flow = flow_of(spec.states, spec.actions, spec.start_action, spec.ladder, said)
    way = way_of(spec.states, spec.actions, spec.start_state, spec.ladder)
    titles = {state.key: pack.say(f"state.{key}.{state.key}", language) for state in spec.states}
    return place(spec.states, flow, way, titles=titles, holders={}, entry="登记")


def overlap(a: Box | Label, b: Box | Label) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def crossings(placed: Placed) -> int:
    """Vertical lines that pass through words."""
    verticals = [
        (line[0][0], *sorted((line[0][1], line[1][1])))
        for arrow in placed.arrows
        for line in (*arrow.lines, arrow.head)
        if line[0][0] == line[1][0]
    ]
    return sum(
        arrow.label.x < x < arrow.label.x + arrow.label.w and top < arrow.label.y + arrow.label.h and bottom > arrow.label.y
        for arrow in placed.arrows
        for x, top, bottom in verticals
    )


def words_on_something(placed: Placed) -> list[str]:
    """What stands where something else stands already."""
    wrong = [f"{a.key} on {b.key}" for a, b in combinations(placed.boxes, 2) if overlap(a, b)]
    wrong += [f"{arrow.words} on {box.key}" for arrow in placed.arrows for box in placed.boxes if overlap(arrow.label, box)]
    wrong += [f"{a.words} on {b.words}" for a, b in combinations(placed.arrows, 2) if overlap(a.label, b.label)]
    return wrong


@pytest.mark.parametrize(("name", "key", "language"), EVERY)
def test_no_words_stand_on_a_box_or_on_other_words(name: str, key: str, language: str) -> None:
    placed = placed_of(PACKS[name], key, language)
    assert placed.boxes
    assert words_on_something(placed) == []


@pytest.mark.parametrize(("name", "key"), PROCEDURES)
def test_hardly_a_line_passes_through_words(name: str, key: str) -> None:
    placed = placed_of(PACKS[name], key, "zh")
    assert crossings(placed) <= len(placed.arrows) // 4


def test_words_on_a_box_and_lines_through_words_are_seen() -> None:
    """The control: a picture with everything in one place is found out."""
    box = Box("a", "甲", "", (), 0, 0, 80, 40)
    arrow = Arrow((((20.0, 0.0), (20.0, 50.0)),), ((0.0, 0.0), (9.0, 0.0)), ("受理",), Label(10, 10, 30, 18))
    placed = Placed(100, 100, (box, box), (arrow, arrow))
    assert len(words_on_something(placed)) == 6
    assert crossings(placed) == 4


@pytest.mark.parametrize(("name", "key", "language"), EVERY)
def test_every_state_and_act_is_named(name: str, key: str, language: str) -> None:
    pack = PACKS[name]
    spec = pack.procedures[key]
    drawn = ET.fromstring(graph(pack, key, language))
    text = "".join(piece.text or "" for piece in drawn.iter(f"{SVG}text")).replace(" ", "")
    parts = [(key, spec.states, spec.actions)]
    parts += [(f"{key}.{one.key}", one.states, one.actions) for one in spec.threads if not one.approves]
    for part, states, actions in parts:
        for group, found in (("state", states), ("action", actions)):
            for one in found:
                words = pack.say(f"{group}.{part}.{one.key}", language)
                assert (one.title or one.key if words.startswith(group) else words).replace(" ", "") in text, one.key


def test_it_can_be_read_aloud_and_stands_under_a_strict_policy() -> None:
    pack = PACKS[packs.standard()]
    drawn = graph(pack, "matter", "zh")
    root = ET.fromstring(drawn)
    labelled = root.attrib["aria-labelledby"].split()
    named = {piece.attrib["id"]: piece.text for piece in root if piece.tag in (f"{SVG}title", f"{SVG}desc")}
    assert list(named) == labelled
    assert "待受理 → 待交办" in (named[labelled[1]] or "")
    assert "style" not in drawn.replace('font-style"', "")
    assert "<script" not in drawn


def test_where_a_case_stands_is_marked() -> None:
    pack = PACKS[packs.standard()]
    assert graph(pack, "matter", "zh", here="handling").count('class="now"') == 1
    assert 'class="now"' not in graph(pack, "matter", "zh")


def test_a_name_with_signs_of_markup_stays_words() -> None:
    states = (State(key="a", title="<b>"), State(key="b", title="完", final=True))
    acts = (Action(key="go", title="a & b", from_=("a",), to=To(state="b"), primary=True),)
    flow = flow_of(states, acts, "", (), lambda action: action.title)
    assert place(states, flow, ["a", "b"], titles={"a": "<b>", "b": "完"}, holders={}).boxes[0].title == "<b>"
    pack = PACKS[packs.standard()]
    wording = {"zh": {**pack.wording["zh"], "state.matter.handling": "<办&理>"}}
    drawn = graph(type(pack)(**{**{name: getattr(pack, name) for name in pack.__slots__}, "wording": wording}), "matter")
    assert "&lt;办&amp;理&gt;" in drawn


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("申请暂停计时（须批准）", ("申请暂停计时", "（须批准）")),
        ("群众已答复，恢复办理", ("群众已答复，", "恢复办理")),
        ("签发", ("签发",)),
        ("Ask to handle it again", ("Ask to", "handle", "it again")),
    ],
)
def test_lines_are_broken_where_people_would(text: str, lines: tuple[str, ...]) -> None:
    ems = 9 if text[0] != "A" else 5
    assert broken(text, ems) == lines
    assert all(wide(line, 1) <= ems for line in lines)


@pytest.mark.parametrize(("name", "key"), PROCEDURES)
def test_every_act_stands_on_a_sheet_that_can_be_read(name: str, key: str) -> None:
    """In Chinese each sheet is an A4 page at 6.3 points or more; together they say what the whole picture says."""
    drawn = [ET.fromstring(one) for one in sheets(PACKS[name], key, "zh")]
    for one in drawn:
        assert float(one.attrib["width"]) <= WIDE + 1
        assert float(one.attrib["height"]) <= HIGH + 1
    said = " ".join(word.text or "" for one in drawn for word in one.iter(f"{SVG}text"))
    whole = {word.text or "" for word in ET.fromstring(graph(PACKS[name], key, "zh")).iter(f"{SVG}text")}
    assert [words for words in whole if words not in said] == []
    assert len({one.attrib["aria-labelledby"] for one in drawn}) == len(drawn)


def test_a_line_too_wide_is_cut_and_goes_on() -> None:
    """The control: a picture wider than a sheet is not squeezed; the stage between two sheets stands on both."""
    pack = PACKS["xiangyin"]
    first, second, *_ = (ET.fromstring(one) for one in sheets(pack, "petition", "zh"))
    whole = ET.fromstring(graph(pack, "petition", "zh"))
    assert float(whole.attrib["width"]) > WIDE > float(first.attrib["width"])
    texts = [{word.text for word in one.iter(f"{SVG}text")} for one in (first, second)]
    states = {pack.say(f"state.petition.{one.key}", "zh") for one in pack.procedures["petition"].states}
    assert len(texts[0] & texts[1] & states) == 1
    assert "见下一张" in texts[0]
    assert "接上一张" in texts[1]
