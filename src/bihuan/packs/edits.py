"""Small changes to a published pack without its files: a limit, a light, a category's office, a rhythm (docs/rules/versions.md).

What the law itself says (``confidence`` A) is no setting and is not changed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bihuan.packs import lengths
from bihuan.packs.canon import digest
from bihuan.packs.plain_text import unseen
from bihuan.packs.shape import Pack
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Span

Kind = Literal["limit", "light", "office", "rhythm"]
NAMES: Mapping[Kind, tuple[int, ...]] = {"limit": (4,), "light": (1,), "office": (2,), "rhythm": (1,)}
"""Of how many names ``of`` is made, by kind."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. ``of`` names what is changed; a length is ``n`` and ``unit``, a line of the duty list ``office``, ``basis``.

    limit: (procedure, thread or "", clock, index of the limit); light: (amber | one_day | hours | remind,);
    office: (level, category); rhythm: (key,).
    """

    kind: Kind
    of: tuple[str, ...]
    n: int = 0
    unit: str = ""
    office: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A limit that may be changed: where it stands and how long it is now (``span``). ``law``: the law says so, it may not."""

    procedure: str
    thread: str
    clock: ClockSpec
    index: int
    limit: Limit
    span: Span

    @property
    def law(self) -> bool:
        """True for what is read in the law itself."""
        return self.clock.confidence == "A"

    @property
    def of(self) -> tuple[str, ...]:
        """How an edit names it."""
        return (self.procedure, self.thread, self.clock.key, str(self.index))


class EditRefused(ValueError):
    """A change that cannot be made. ``edit``: the one at fault.

    ``code``: unknown, law, length, office, basis, signs (characters that nobody sees), nothing.
    """

    def __init__(self, code: str, edit: Edit | None = None) -> None:
        super().__init__(code)
        self.code, self.edit = code, edit


def limits(procedure: Procedure) -> Iterator[Place]:
    """Every limit of a procedure that is a length of time."""
    for thread, clocks in (("", procedure.clocks), *((one.key, one.clocks) for one in procedure.threads)):
        for clock in clocks:
            for index, limit in enumerate(clock.limits):
                if limit.span is not None:
                    yield Place(procedure.key, thread, clock, index, limit, limit.span)


def changed(pack: Pack, edits: Iterable[Edit], *, version: str, basis: str) -> Pack:
    """The pack under another version number with the changes made. ``basis``: what a changed limit cites from now on.

    Raises EditRefused where a change names nothing of the pack, changes nothing, or changes what the law says.
    """
    if unseen(basis, lines=True):
        raise EditRefused("signs")
    made = pack
    for edit in edits:
        before = made
        made = _MAKERS[edit.kind](made, edit, basis)
        if made == before:
            raise EditRefused("nothing", edit)
    if made == pack:
        raise EditRefused("nothing")
    made = replace(made, version=version, digest="")
    return replace(made, digest=digest(made))


def _span(edit: Edit) -> Span:
    span = lengths.span_of(edit.n, edit.unit)
    if span is None:
        raise EditRefused("length", edit)
    return span


def _with_limit(pack: Pack, edit: Edit, basis: str) -> Pack:
    key, thread, clock, _index = edit.of
    procedure = pack.procedures.get(key)
    place = next((one for one in limits(procedure) if one.of == edit.of), None) if procedure else None
    if procedure is None or place is None:
        raise EditRefused("unknown", edit)
    if place.law:
        raise EditRefused("law", edit)
    span = _span(edit)
    if place.span == span:
        raise EditRefused("nothing", edit)

    def cited(spec: ClockSpec) -> ClockSpec:
        return replace(spec, source=basis, confidence="M") if basis and spec.key == clock else spec

    longer = lengths.with_limit(procedure, (thread, clock, place.index), span, pack.lights)
    return replace(pack, procedures={**pack.procedures, key: lengths.each_clock(longer, cited, thread)})


def _with_light(pack: Pack, edit: Edit, _basis: str) -> Pack:
    (name,) = edit.of
    if name not in lengths.lights_of(pack):
        raise EditRefused("unknown", edit)
    return lengths.with_light(pack, name, _span(edit))


def _with_office(pack: Pack, edit: Edit, _basis: str) -> Pack:
    level, category = edit.of
    lines = pack.catalogue.duties
    here = next((n for n, one in enumerate(lines) if (one.level, one.category) == (level, category)), None)
    above = next((one.parent for one in pack.catalogue.categories if one.key == category), None)
    like = next((one for one in lines if one.level == level and one.category == above), None)
    if above is None or (here is None and like is None):
        raise EditRefused("unknown", edit)
    kind = pack.unit_kind(spec.kind) if (spec := pack.office(edit.office)) else None
    if kind is None or kind.level != level:
        raise EditRefused("office", edit)
    if not edit.basis:
        raise EditRefused("basis", edit)
    if unseen(edit.basis, lines=True):
        raise EditRefused("signs", edit)
    old = lines[here] if here is not None else like
    if old is None or (here is not None and (old.office, old.basis) == (edit.office, edit.basis)):
        raise EditRefused("nothing", edit)
    line = replace(old, category=category, office=edit.office, basis=edit.basis, source=edit.basis, confidence="M")
    listed = (*lines[:here], line, *lines[here + 1 :]) if here is not None else (*lines, line)
    return replace(pack, catalogue=replace(pack.catalogue, duties=listed))


def _with_rhythm(pack: Pack, edit: Edit, _basis: str) -> Pack:
    (key,) = edit.of
    if key not in {one.key for one in pack.later.rhythms}:
        raise EditRefused("unknown", edit)
    return lengths.with_rhythm(pack, key, _span(edit))


_MAKERS: dict[Kind, Callable[[Pack, Edit, str], Pack]] = {
    "limit": _with_limit,
    "light": _with_light,
    "office": _with_office,
    "rhythm": _with_rhythm,
}


def length_words(pack: Pack, edits: Iterable[Edit]) -> list[str]:
    """The pack's own sentences that still name the old length of a changed limit ("七个工作日"): somebody has to look at them."""
    old = set()
    for edit in edits:
        procedure = pack.procedures.get(edit.of[0]) if edit.kind == "limit" else None
        place = next((one for one in limits(procedure) if one.of == edit.of), None) if procedure else None
        if place is not None:
            old |= set(_said(place.span))
    words = pack.wording.get("zh", {})
    return sorted({text for text in words.values() if any(one in text.replace(" ", "") for one in old)})


def _said(span: Span) -> tuple[str, ...]:
    numerals = "〇一二三四五六七八九十"
    names = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "working_hour": "个工作小时", "hour": "小时"}
    chinese = (f"{numerals[span.n]}{names[span.unit]}",) if span.n <= 10 else ()
    return (f"{span.n}{names[span.unit]}", *chinese)
