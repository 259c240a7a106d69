"""What a pack is once it has been read and checked: one place's rules as frozen values (language: docs/rules/packs.md).

Nothing here knows files, tables or the time of day. A pack is law: a published version never changes, a case keeps
the version it began under, and ``digest`` names that version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bihuan.packs.later import Later
from bihuan.packs.papers import PaperSpec
from bihuan.rules.procedure.marks import MarkSpec
from bihuan.rules.procedure.shape import HolderSpec, Procedure
from bihuan.rules.terms import Span, Where

Confidence = Literal["", "A", "B", "C", "M"]
DayOff = Literal["next_working_day", "stay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSpec:
    """Office hours and how days are counted (pack.toml ``[calendar]``). Days off come from the calendar's own tables."""

    zone: str
    periods: tuple[tuple[str, str], ...]
    ends_at: Literal["close", "midnight"] = "close"
    ends_on_day_off: Mapping[str, DayOff] = field(default_factory=dict)
    pause_counts: str = "running_at_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lights:
    """How long before its due instant a clock turns near (pack.toml ``[lights]``).

    ``one_day`` is for limits of one working day, ``hours`` for limits in hours, ``amber`` for all others.
    ``remind``: so long before the light turns near a first reminder goes out; None = none.
    """

    amber: Span
    one_day: Span | None = None
    hours: Span | None = None
    remind: Span | None = None

    def remind_for(self, limit: Span | None) -> Span | None:
        """How long before the light turns near a first reminder goes out; none for limits of hours or of one day."""
        short = limit is not None and ((limit.n == 1 and limit.unit.endswith("_day")) or limit.unit.endswith("hour"))
        return None if short else self.remind

    def amber_for(self, limit: Span | None) -> Span:
        """The default amber of a limit of that length (None = a date held in a fact)."""
        if limit == Span(1, "working_day") and self.one_day:
            return self.one_day
        if limit and limit.unit in ("hour", "working_hour") and self.hours:
            return self.hours
        return self.amber


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSpec:
    """A paper number: ``{yyyy} {mm} {seq:5} {code} {unit}``; ``per`` names what has a sequence of its own."""

    key: str
    format: str
    per: tuple[str, ...] = ("year",)
    gaps: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of the area tree and the width of its codes in digits (areas.toml ``[[level]]``)."""

    key: str
    title: str
    digits: int
    centre: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSpec:
    """The place itself: its code and name, the file of its divisions, how grids below are numbered and named."""

    code: str
    name: str
    divisions: str = ""
    grids: int = 0
    grid_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSpec:
    """A post: the unit kinds that have it and what it may do (``Duty`` values). ``apart_from``: never with one person."""

    key: str
    title: str
    unit_kinds: tuple[str, ...]
    duties: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    administers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitKind:
    """A kind of unit and the level it stands at. ``superior``: the kind above it; ``assignable``: may be main office.

    ``centre``: receives what comes in its area, assigns, checks; ``receives``: takes in what its own people and those below
    it register, to handle it or to report it up. ``committee``: the mediation committee under whose name and seal such a unit
    mediates ("{area}" = its area's name); units of one area with the same words share it.
    """

    key: str
    title: str
    level: str
    superior: str = ""
    assignable: bool = False
    centre: bool = False
    receives: bool = False
    committee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSpec:
    """One office of the place, or with ``per`` a level one for each area of that level ("{area}综合执法大队").

    ``superior`` is an office key (of the same area or an area above); "" = the superior kind's unit above it.
    """

    key: str
    title: str
    kind: str
    per: str = ""
    superior: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What a matter is about. ``parent`` "" = first level; only categories without children are chosen for a case."""

    key: str
    title: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A key and its title: a kind of matter (咨询…), a channel (来电…)."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Another lawful way when the centre may not take a matter: ``say`` tells the resident where to go and what to bring.

    ``if_so``: the sentence that, where it is true of a matter, makes this the way; sorting asks for one after the other.
    ``fills``: facts that the act which names the way takes from it.
    """

    key: str
    title: str
    say: str
    if_so: str = ""
    fills: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    confidence: Confidence = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLine:
    """One line of the duty list: who answers for a category at a level, and the text that says so.

    ``category`` of the first level covers its second level unless a line names one. ``office`` is an office key.
    """

    category: str
    office: str
    basis: str
    level: str
    source: str = ""
    confidence: Confidence = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A grade of the *matter* (never of a person): who must handle it, and which facts of the matter make it so."""

    key: str
    title: str
    handler: HolderSpec
    when: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggest:
    """Words of a report that speak for one category, or for one urgency. A person decides; nothing follows by itself."""

    words: tuple[str, ...]
    category: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An errand that is done on a resident's behalf: what to bring, within what time, by what rule.

    ``group``: the heading it stands under; ``within`` None = the case type's own limit.
    """

    key: str
    title: str
    group: str = ""
    basis: str = ""
    bring: tuple[str, ...] = ()
    within: Span | None = None
    source: str = ""
    confidence: Confidence = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """How many days back matters are looked at that may be the same one (catalogue.toml ``[look_alike]``)."""

    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """catalogue.toml: categories, kinds, channels, routes, duty list, grades, errands (``services``)."""

    categories: tuple[Category, ...] = ()
    kinds: tuple[Titled, ...] = ()
    channels: tuple[Titled, ...] = ()
    routes: tuple[Route, ...] = ()
    duties: tuple[DutyLine, ...] = ()
    grades: tuple[Grade, ...] = ()
    suggests: tuple[Suggest, ...] = ()
    look_alike: LookAlike = LookAlike()
    services: tuple[Service, ...] = ()

    def service(self, key: str) -> Service | None:
        """The errand with that key."""
        return next((one for one in self.services if one.key == key), None)

    def leaves(self) -> tuple[Category, ...]:
        """The categories a case can have: those that are nobody's parent."""
        parents = {category.parent for category in self.categories}
        return tuple(category for category in self.categories if category.key not in parents)

    def parents(self) -> dict[str, str]:
        """Category -> the one above it, for ``rules.routing.offices_for``."""
        return {category.key: category.parent for category in self.categories if category.parent}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A place's rules. Wording: language -> dotted key ("state.matter.handling") -> text; titles are in it too.

    ``base`` ("name@version") with ``base_digest`` and ``covers``, the code of an area: this pack narrows that one there.
    """

    name: str
    title: str
    version: str
    published: bool = False
    base: str = ""
    base_digest: str = ""
    covers: str = ""
    languages: tuple[str, ...] = ("zh",)
    sources: tuple[str, ...] = ()
    calendar: CalendarSpec
    lights: Lights
    numbers: Mapping[str, NumberSpec] = field(default_factory=dict)
    area: AreaSpec
    levels: tuple[Level, ...] = ()
    posts: tuple[PostSpec, ...] = ()
    unit_kinds: tuple[UnitKind, ...] = ()
    offices: tuple[OfficeSpec, ...] = ()
    catalogue: Catalogue = Catalogue()
    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    later: Later = Later()
    marks: tuple[MarkSpec, ...] = ()
    papers: tuple[PaperSpec, ...] = ()
    digest: str = field(default="", compare=False)

    def usual(self, family: str = "matter") -> str:
        """The procedure that is meant where nobody chooses one: the first of the family, else the first; "" without any."""
        return next((key for key, each in self.procedures.items() if each.family == family), next(iter(self.procedures), ""))

    def case_types(self) -> tuple[Procedure, ...]:
        """The procedures as people meet them: the usual one first, the others as the pack has them."""
        usual = self.usual()
        return tuple(sorted(self.procedures.values(), key=lambda each: each.key != usual))

    def say(self, key: str, language: str = "zh", **names: str) -> str:
        """The words of a key in a language ("en", "zh-hans"); Chinese where that language has none, else the key itself.

        ``names`` fill the places in braces ("{office}"); a place without a name stays as it is.
        """
        short = language[:2]
        text = self.wording.get(short, {}).get(key) or self.wording.get("zh", {}).get(key, key)
        for name, value in names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def said(self, text: str, language: str) -> str:
        """A Chinese sentence of the pack (a guard's ``say``) in another language; itself where there is no other."""
        short = language[:2]
        if short == "zh" or short not in self.wording:
            return text
        key = next((key for key, words in self.wording.get("zh", {}).items() if words == text), "")
        return self.wording[short].get(key, text)

    def post(self, key: str) -> PostSpec | None:
        """The post with that key."""
        return next((post for post in self.posts if post.key == key), None)

    def unit_kind(self, key: str) -> UnitKind | None:
        """The unit kind with that key."""
        return next((kind for kind in self.unit_kinds if kind.key == key), None)

    def level(self, key: str) -> Level | None:
        """The level with that key."""
        return next((level for level in self.levels if level.key == key), None)

    def office(self, key: str) -> OfficeSpec | None:
        """The office with that key."""
        return next((office for office in self.offices if office.key == key), None)
