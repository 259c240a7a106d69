"""The sample: written for the product, varied, readable, without anybody's number."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from importlib.resources import files

import pytest

from bihuan import packs
from bihuan.play.demonstration import sample
from bihuan.play.guess import guesser
from bihuan.play.phrases import Phrases

NUMBERS = re.compile(r"1[3-9]\d{9}|\d{15,18}|0\d{2,3}-?\d{7,8}")


@pytest.fixture(scope="module")
def rows():
    return list(csv.DictReader(io.StringIO(sample().decode("utf-8-sig"))))


def test_there_are_enough_and_they_differ(rows):
    assert len(rows) >= 320
    assert len({row["内容"] for row in rows}) == len(rows)
    opening = Counter(row["内容"][:6] for row in rows)
    assert len(opening) >= 150
    lengths = [len(row["内容"]) for row in rows]
    assert min(lengths) < 30
    assert max(lengths) > 200


def test_nobody_is_in_it(rows):
    assert not [row for row in rows if NUMBERS.search("".join(row.values()))]


def test_every_kind_and_most_categories_occur(rows):
    pack = packs.load(packs.standard())
    kinds = {one.title for one in pack.catalogue.kinds}
    assert {row["类型"] for row in rows} == kinds
    guess = guesser({one.key for one in pack.catalogue.leaves()}, {one.key for one in pack.catalogue.kinds})
    found = {guess.category(row["主题"], row["内容"]) for row in rows}
    assert {category.partition(".")[0] for category in found} == {one.key for one in pack.catalogue.categories if not one.parent}
    assert len(found) >= 60


def test_guesses_name_only_what_the_standard_pack_knows():
    pack = packs.load(packs.standard())
    leaves = {one.key for one in pack.catalogue.leaves()}
    text = files("bihuan.play").joinpath("sample/guess.toml").read_text("utf-8")
    named = set(re.findall(r'^"([a-z_.]+)" =', text, re.MULTILINE))
    assert named == leaves


def test_phrases_are_long_enough_for_every_act():
    from random import Random

    say = Phrases(Random(1))
    assert all(len(say.by_family("solved", f"{family}.x")) >= 10 for family in ("urban", "labour", "nothing"))
    assert all(len(say.generic("plan")) >= 20 for _ in range(20))
    assert say.record().result
