"""What can be searched for, beside a naive reading of the same texts: pieces of text in pieces of text, on both databases."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.cases import search_candidates, search_index
from bihuan.cases.models import Case
from bihuan.cases.search_candidates import TITLE, Reach, candidates
from bihuan.cases.search_tokens import MOST_OF_A_TOKEN, Document, number_fields, phrases
from tests.factories.matters import EAST, EAST_A, WEST, County, opened

CHINESE = "路灯坏了修水管𠀀𠮷々"
SIGNS = CHINESE + "aBé1２ＡşΣς" + " \u3000\n，。-_\"“”'*:()&|!<>^~\\%{}+;$?\u200b\ufe00e\u0301"
WORDS = (
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "title",
    "led",
    "路灯",
    "坏了",
    "水管",
    "2026",
    "12345",
    "'",
    '"',
    "NEAR(",
    "路:*",
    "$$",
    "--",
)
EVERYWHERE = Reach(everywhere=True)

texts = st.lists(st.one_of(st.sampled_from(WORDS), st.text(SIGNS, max_size=6)), max_size=6).map("".join)
documents = st.tuples(texts, st.lists(texts, max_size=3))
queries = st.one_of(
    st.text(CHINESE, min_size=1, max_size=4), texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
)


# -- the naive reading ------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", "".join(c for c in wide if c not in "\u200b\ufe00"))


def sort_of(sign: str) -> str:
    if unicodedata.name(sign, "").startswith("CJK") or sign == "々":
        return "chinese"
    return "word" if sign.isalnum() else "" if unicodedata.category(sign)[0] != "M" else "mark"


def runs_of(text: str) -> list[str]:
    """Neighbouring signs of one sort; a mark belongs to the word before it and to nothing else."""
    marked, before = [], ""
    for sign in plain(text):
        sort = sort_of(sign)
        before = ("word" if before == "word" else "") if sort == "mark" else sort
        marked.append((before, sign))
    return ["".join(sign for _, sign in group) for sort, group in groupby(marked, key=lambda one: one[0]) if sort]


def pieces_of(typed: str) -> Iterator[str]:
    """What stands between spaces, or between two quotation marks."""
    signs = plain(typed.replace("“", '"').replace("”", '"'))
    while signs:
        first, rest = signs[0], signs[1:]
        if first == '"' and '"' in rest:
            inside, _, signs = rest.partition('"')
            yield inside
        elif first == '"' or first.isspace():
            signs = rest
        else:
            end = next((n for n, sign in enumerate(signs) if sign == '"' or sign.isspace()), len(signs))
            yield signs[:end]
            signs = signs[end:]


def holds(text: str, piece: str) -> bool:
    """The piece stands in the text: Chinese signs anywhere in a run, words as a whole."""
    runs = runs_of(piece)
    looked_for = "|".join(runs)
    if sort_of(runs[0][0]) == "word":
        looked_for = "|" + looked_for
    if sort_of(runs[-1][0]) == "word":
        looked_for += "|"
    return looked_for in "|" + "|".join(runs_of(text)) + "|"


def naive(held: dict[int, Document], typed: str) -> dict[int, bool]:
    """Ids of what is found, and whether all of it stands in the title."""
    pieces = [piece for piece in pieces_of(typed) if runs_of(piece)]
    found = {}
    for case_id, one in held.items():
        if pieces and all(any(holds(text, piece) for text in (one.title, *one.rest)) for piece in pieces):
            found[case_id] = all(holds(one.title, piece) for piece in pieces)
    return found


def asked(typed: str, reach: Reach = EVERYWHERE) -> dict[int, bool]:
    wanted = phrases(typed)
    nobody = Case.objects.filter(number="").values_list("pk")
    ranks = candidates(wanted, reach, nobody).ranks if wanted else {}
    return {case_id: rank == TITLE for case_id, rank in ranks.items()}


def kept(given: list[tuple[str, list[str]]]) -> dict[int, Document]:
    held = {n: Document(case_id=n, title=title, rest=tuple(rest)) for n, (title, rest) in enumerate(given, 1)}
    search_index.put(list(held.values()))
    return held


@pytest.mark.django_db
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents, min_size=4, max_size=4), st.lists(queries, min_size=1, max_size=5))
def test_the_index_finds_what_a_naive_reading_finds(given: list[Any], typed: list[str]) -> None:
    held = kept(given)
    pieces = [text[n : n + 4] for text in (given[0][0], *given[1][1]) for n in (0, len(text) // 2) if text]
    for one in [*typed, *pieces]:
        assert asked(one) == naive(held, one), one


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents, min_size=9, max_size=9), queries)
def test_it_finds_the_same_in_parts(given: list[Any], typed: str) -> None:
    """The newest rows, then buckets, then everything older: nothing is lost or found twice at their edges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_candidates, "NEWEST", 2)
        patch.setattr(search_candidates, "BUCKETS", 1)
        patch.setattr(search_candidates, "BUCKET", 2)
        patch.setattr(search_index, "BUCKET", 2)
        held = kept(given)
        assert asked(typed) == naive(held, typed)


@pytest.mark.django_db
def test_one_two_and_four_characters_and_the_end_of_a_run() -> None:
    held = kept([("村口路灯坏了", ["𠮷野家门口"]), ("灯", ["路，灯"]), ("LED灯 5号楼", []), ("15号楼下水道", ["坏了的路灯"])])
    for typed, found in {
        "灯": {1, 2, 3, 4},
        "了": {1, 4},
        "路灯": {1, 4},
        "路灯坏了": {1},
        "坏了 路灯": {1, 4},
        "𠮷": {1},
        "𠮷野": {1},
        "野家门口": {1},
        "led": {3},
        "ＬＥＤ灯": {3},
        "le": set(),
        "5号楼": {3},
        "5": {3},
        "号楼": {3, 4},
        '"LED灯 5号"': {3},
        "灯 灯": {1, 2, 3, 4},
        "路，灯": {2},
    }.items():
        assert set(asked(typed)) == found == set(naive(held, typed)), typed


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "路'); DROP TABLE cases_search; --",
        "路' | '灯",
        '路" OR "灯',
        "路:*A & !灯",
        "title : 路 NOT 灯",
        "路 NEAR 灯",
        "\\'路",
        "{title} : 路",
        "路*灯",
        "%s 路 %(x)s",
    ],
)
def test_nobody_speaks_to_the_database(typed: str) -> None:
    held = kept([("路灯", []), ("路", ["title near not or drop table cases_search"]), ("灯", [])])
    assert asked(typed) == naive(held, typed)


@pytest.mark.django_db
def test_nothing_to_look_for() -> None:
    kept([("路灯", [])])
    for typed in ("", " ", "，。", '""', "***", "\u200b", "‘’"):
        assert phrases(typed) == ()


@pytest.mark.django_db
def test_texts_beyond_what_an_index_holds_are_the_same_on_both() -> None:
    many = "路灯" * 9000
    long = "a" * 3000
    kept([(many, [many, long, "坏了"]), ("水" * 300 + "管", ["x " * 600 + "尾"])])
    assert set(asked("路灯路灯")) == {1}
    assert set(asked("灯路")) == {1}
    assert set(asked(long[:500])) == set()
    assert set(asked("水水")) == {2}
    assert set(asked("管")) == {2}
    assert set(asked("尾")) == {2}
    assert len([token for token in Document(case_id=1, title="x " * 600, rest=()).places()[0] if token]) == MOST_OF_A_TOKEN


@pytest.mark.django_db
def test_marks_are_no_words() -> None:
    search_index.put([Document(case_id=1, title="路灯", rest=(), marks=("430000101",))])
    for typed in ("430000101", "\ue000430000101", "#0", "\ue000#0", "\ue000"):
        assert asked(typed) == {}


def test_marks_say_where_to_look(county: County) -> None:
    case_id = opened(county.actor("clerk"), title="路灯", area_code=EAST_A).case_id
    search_index.index_waiting()
    assert asked("路灯", Reach(everywhere=False, areas=(EAST,))) == {case_id: True}
    assert asked("路灯", Reach(everywhere=False, areas=(WEST,))) == {}
    assert asked("路灯", Reach(everywhere=True, within=EAST)) == {case_id: True}
    assert asked("路灯", Reach(everywhere=True, within=EAST_A)) == {case_id: True}
    assert asked("路灯", Reach(everywhere=True, within=WEST)) == {}
    assert asked("路灯", Reach(everywhere=False, areas=(EAST,), within=WEST)) == {}


def test_numbers_are_found_whole_and_by_their_last_digits() -> None:
    assert number_fields("430000-2026-000120") == ("430000-2026-000120", "120")
    assert number_fields("热线1") == ("热线1",)
