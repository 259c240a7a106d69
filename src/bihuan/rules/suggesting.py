"""What a report's words suggest: category, urgency, place, and whether an office is its subject. A person decides each of them.

Suggestions are explained by the very words they go by. They are about the matter and the place; nothing here knows who
reported, and nothing is ever suggested about a person. ``Suggester`` is the port: whatever else reads words can stand in for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

TITLE_COUNTS: Final = 3
"""A word in the title says as much as so many in the text."""
MOST: Final = 3
"""Suggestions of one kind that are shown."""
_GRID = re.compile(r"第?\s?([0-9一二三四五六七八九十]{1,3})\s?(?:号)?网格")
VILLAGE: Final = 12
"""Digits of a village's code."""
_NUMERALS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_ENDINGS = ("民族村民委员会", "村民委员会", "居民委员会", "村委会", "居委会", "社区", "村")


class Words(Protocol):
    """Words that speak for one category or one urgency (the pack's ``[[suggest]]``)."""

    @property
    def words(self) -> Sequence[str]:
        """The words."""
        ...

    @property
    def category(self) -> str:
        """The category, "" when they speak for an urgency."""
        ...

    @property
    def urgency(self) -> str:
        """The urgency, "" when they speak for a category."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody wrote or said about a matter, and where it lies as far as is known."""

    title: str = ""
    text: str = ""
    place: str = ""
    kind: str = ""
    area_code: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """One suggestion with the words it goes by, best word first."""

    value: str
    because: tuple[str, ...]
    weight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Everything that one report suggests; best first. ``about``: units that may be the subject of it (avoidance)."""

    categories: tuple[Hint, ...] = ()
    urgency: Hint | None = None
    areas: tuple[Hint, ...] = ()
    about: tuple[Hint, ...] = ()

    @property
    def category(self) -> str:
        """The category suggested first, "" for none."""
        return self.categories[0].value if self.categories else ""

    @property
    def area(self) -> str:
        """The place suggested, where only one fits best."""
        alone = len(self.areas) == 1 or (len(self.areas) > 1 and self.areas[0].weight > self.areas[1].weight)
        return self.areas[0].value if alone else ""


class Suggester(Protocol):
    """Reads a report and says what it suggests. Must explain itself, must not know persons."""

    def suggest(self, report: Report) -> Hints:
        """What the words suggest."""
        ...


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A township, village or grid by its code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class WordSuggester:
    """Goes by the pack's words, the names of places and the names of units. ``units``: number to name.

    ``accusing``: the kinds of matter in which a unit that is named may be the one that is complained of.
    """

    rules: Sequence[Words]
    areas: Sequence[NamedArea] = ()
    units: Mapping[int, str] = field(default_factory=dict)
    accusing: frozenset[str] = frozenset({"complaint", "report"})

    def suggest(self, report: Report) -> Hints:
        """Count the words; of urgencies the gravest one that has a word counts."""
        body = f"{report.text}\n{report.place}"
        categories = (_weighed(rule, rule.category, report.title, body) for rule in self.rules if rule.category)
        urgent = [_weighed(rule, rule.urgency, report.title, body) for rule in self.rules if rule.urgency]
        gravest = sorted((hint for hint in urgent if hint), key=lambda hint: hint.value != "critical")
        return Hints(
            categories=_best(categories),
            urgency=gravest[0] if gravest else None,
            areas=self._places(report),
            about=self._complained_of(report),
        )

    def _places(self, report: Report) -> tuple[Hint, ...]:
        """Places named in the report inside the area it already lies in; a village together with its township counts more."""
        said = f"{report.title}\n{report.text}\n{report.place}"
        named: dict[str, tuple[int, str]] = {}
        for area in self.areas:
            if not area.code.startswith(report.area_code) or area.code == report.area_code:
                continue
            word = next((one for one in spellings(area.name) if one in said), "")
            if word:
                named[area.code] = (len(word), word)
        hints = []
        lies_in = [report.area_code] if len(report.area_code) >= VILLAGE else []
        for code, (weight, word) in named.items():
            if grid_number(word) and code[:VILLAGE] not in {*named, *lies_in}:
                continue  # every village has a third grid: it is one only together with its village
            above = [word_above for other, (_, word_above) in named.items() if other != code and code.startswith(other)]
            if any(other != code and other.startswith(code) for other in named):
                continue  # the narrower place stands for it
            hints.append(Hint(code, (word, *above), weight + 2 * len(above)))
        hints.sort(key=lambda hint: (-hint.weight, hint.value))
        return tuple(hints[:MOST])

    def _complained_of(self, report: Report) -> tuple[Hint, ...]:
        """Units that a complaint names in its title, or with a word of blame behind it in the text."""
        if report.kind not in self.accusing:
            return ()
        found = []
        for unit, name in self.units.items():
            if name in report.title or any(f"{name}{blame}" in report.text for blame in BLAME):
                found.append(Hint(str(unit), (name,), len(name)))
        found.sort(key=lambda hint: (-hint.weight, hint.value))
        return tuple(found[:MOST])


BLAME: Final = (
    "不作为", "乱作为", "推诿", "不管", "没人管", "态度", "工作人员", "的人", "乱收费", "乱罚", "不给办", "拖着",
    "包庇", "吃拿卡要",
)  # fmt: skip


def spellings(name: str) -> tuple[str, ...]:
    """How people write a place: its full name, then without the office's ending but with 村 or 社区; nothing too short."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            stem = name.removesuffix(ending)
            return tuple(dict.fromkeys(one for one in (name, f"{stem}村", f"{stem}社区") if len(one) > 2))
    return (name,) if len(name) > 1 else ()


def grid_number(said: str) -> int:
    """The number of a grid named in words ("第3网格", "三网格"); 0 for none."""
    found = _GRID.search(said)
    if found is None:
        return 0
    word = found.group(1)
    if word.isascii():
        return int(word)
    tens, _, ones = word.partition("十")
    return (_NUMERALS.get(tens, 1) * 10 if "十" in word else 0) + _NUMERALS.get(ones if "十" in word else word, 0)


def _weighed(rule: Words, value: str, title: str, text: str) -> Hint | None:
    """How much the words of one rule say: longer words more, those of the title thrice."""
    said = [(word, len(word) * (TITLE_COUNTS * (word in title) + (word in text))) for word in rule.words]
    told = sorted((one for one in said if one[1]), key=lambda one: -one[1])
    return Hint(value, tuple(word for word, _ in told[:MOST]), sum(weight for _, weight in told)) if told else None


def _best(hints: Iterable[Hint | None]) -> tuple[Hint, ...]:
    """The heaviest of each value, heaviest first."""
    by_value: dict[str, Hint] = {}
    for hint in hints:
        if hint is not None and hint.weight > (by_value[hint.value].weight if hint.value in by_value else 0):
            by_value[hint.value] = hint
    return tuple(sorted(by_value.values(), key=lambda hint: -hint.weight)[:MOST])
