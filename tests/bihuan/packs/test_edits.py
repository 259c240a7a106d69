"""Small changes to a pack without its files: each makes a pack that can be lived with, and nothing else changes."""

from __future__ import annotations

import pytest

from bihuan import packs
from bihuan.packs.comparing import differences
from bihuan.packs.edits import Edit, EditRefused, changed, length_words, limits
from bihuan.packs.shape import Pack
from bihuan.rules.terms import Span

PACK = packs.load("xiangyin")


def of(clock: str, key: str) -> tuple[str, ...]:
    """How an edit names the limit of a clock."""
    return next(one.of for one in limits(PACK.procedures["matter"]) if (one.clock.key, one.limit.key) == (clock, key))


def made(*edits: Edit) -> Pack:
    return changed(PACK, edits, version="9.1", basis="县委办会议纪要第3期")


def test_a_limit_and_what_it_cites_and_nothing_else() -> None:
    new = made(Edit("limit", of("resolve", "resolve"), n=5, unit="working_day"))
    found = {(one.key, one.field, one.was, one.now) for one in differences(PACK, new)}
    assert {(field.partition(".")[0]) for _key, field, _was, _now in found} == {"span", "source", "confidence"}
    assert ("7 working_day", "5 working_day") in {(was, now) for _key, _field, was, now in found}
    assert (new.version, new.digest == PACK.digest, packs.from_canonical(packs.canonical(new))) == ("9.1", False, new)
    assert packs.check_pack(new, packs.divisions("xiangyin")) == []


def test_a_default_warning_follows_a_limit_of_another_kind() -> None:
    new = made(Edit("limit", of("resolve", "resolve"), n=1, unit="working_day"))
    limit = next(one.limit for one in limits(new.procedures["matter"]) if one.of == of("resolve", "resolve"))
    assert (limit.amber, limit.remind) == (PACK.lights.one_day, None)


def test_a_light_moves_the_warnings_that_are_the_packs_own() -> None:
    new = made(Edit("light", ("amber",), n=2, unit="working_day"))
    ambers = {one.of: one.limit.amber for one in limits(new.procedures["matter"])}
    assert ambers[of("resolve", "resolve")] == Span(2, "working_day") == new.lights.amber
    assert ambers[of("dispatch", "dispatch")] == PACK.lights.one_day


def test_a_category_gets_another_office() -> None:
    line = next(one for one in PACK.catalogue.duties if one.level == "county")
    new = made(Edit("office", ("county", line.category), office="finance", basis="三定规定调整"))
    assert [
        (one.office, one.basis) for one in new.catalogue.duties if (one.level, one.category) == ("county", line.category)
    ] == [("finance", "三定规定调整")]
    assert len(new.catalogue.duties) == len(PACK.catalogue.duties)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Edit("limit", of("resolve", "resolve"), n=7, unit="working_day"), "nothing"),
        (Edit("limit", of("resolve", "resolve"), n=0, unit="working_day"), "length"),
        (Edit("limit", of("resolve", "resolve"), n=5, unit="fortnight"), "length"),
        (Edit("limit", ("matter", "", "nothing", "0"), n=5, unit="working_day"), "unknown"),
        (Edit("limit", ("nothing", "", "resolve", "0"), n=5, unit="working_day"), "unknown"),
        (Edit("light", ("nothing",), n=5, unit="hour"), "unknown"),
        (Edit("rhythm", ("nothing",), n=5, unit="hour"), "unknown"),
        (Edit("office", ("county", "nothing"), office="finance", basis="x"), "unknown"),
        (Edit("office", ("county", PACK.catalogue.leaves()[0].key), office="police_station", basis="x"), "office"),
        (Edit("office", ("county", PACK.catalogue.leaves()[0].key), office="finance"), "basis"),
    ],
)
def test_what_cannot_be_changed_is_refused(edit: Edit, code: str) -> None:
    with pytest.raises(EditRefused) as refused:
        made(edit)
    assert (refused.value.code, refused.value.edit) == (code, edit)


def test_what_the_law_says_is_no_setting() -> None:
    laws = [(name, one) for name in packs.shipped() for pack in [packs.load(name)] for one in _laws(pack)]
    assert laws, "no pack has a limit that is read in the law"
    name, place = laws[0]
    with pytest.raises(EditRefused, match="law"):
        changed(packs.load(name), [Edit("limit", place.of, n=998, unit="working_day")], version="9", basis="x")


def _laws(pack: Pack) -> list[object]:
    return [one for procedure in pack.procedures.values() for one in limits(procedure) if one.law]


def test_sentences_that_name_the_old_length_are_named() -> None:
    edit = Edit("limit", of("resolve", "resolve"), n=5, unit="working_day")
    assert all("七个工作日" in one or "7个工作日" in one.replace(" ", "") for one in length_words(PACK, [edit]))
