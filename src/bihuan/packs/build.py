"""The files of a pack's folder to one frozen ``Pack``, with every fault found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bihuan.packs import written as w
from bihuan.packs.approvals import centre_posts
from bihuan.packs.build_catalogue import build_catalogue
from bihuan.packs.build_later import build_later
from bihuan.packs.build_procedure import Lists, ProcedureBuilder, condition, span
from bihuan.packs.canon import digest
from bihuan.packs.faults import Finding
from bihuan.packs.inherited import stories
from bihuan.packs.layers import Layers, base_of
from bihuan.packs.papers import EachSpec, PaperSpec, PaperT
from bihuan.packs.reading import Place, Reading
from bihuan.packs.shape import (
    AreaSpec,
    CalendarSpec,
    Catalogue,
    Level,
    Lights,
    NumberSpec,
    OfficeSpec,
    Pack,
    PostSpec,
    UnitKind,
)
from bihuan.packs.source import Source, Where
from bihuan.packs.wording import flat, titles
from bihuan.rules.procedure.marks import MarkSpec
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Span

T = TypeVar("T", bound=msgspec.Struct)

HOMES = {
    "pack.toml": ("pack", "calendar", "lights", "numbers"),
    "areas.toml": ("area", "level"),
    "posts.toml": ("post",),
    "offices.toml": ("unit_kind", "office"),
    "catalogue.toml": ("category", "kind", "channel", "route", "duty", "grade", "service", "suggest", "look_alike"),
    "follows.toml": ("follow",),
    "rhythms.toml": ("rhythm",),
    "indicators.toml": ("indicator", "list", "mark"),
    "papers.toml": ("paper",),
}
"""Which tables stand in which file. A small pack may write all of them in pack.toml."""

SHIPPED = Path(__file__).parent / "shipped"
BESIDE = ("worked.toml",)
"""Files that prove a pack and are no part of it."""

FOLDERS = {"procedures": (".toml",), "wording": (".toml",), "stories": (".toml",), "papers": (".typ", ".docx")}


@dataclass(frozen=True, slots=True)
class Built:
    """What reading a folder gave: the pack (None when it cannot be one), where things stand, and the faults.

    ``base``: the pack it narrows, None when it stands alone.
    """

    pack: Pack | None
    places: dict[Place, tuple[str, int]]
    findings: tuple[Finding, ...]
    base: Pack | None = None


class _Files:
    """The tables of all files of the folder's top level, each with the source it was written in."""

    def __init__(self, layers: Layers, reading: Reading) -> None:
        self.layers, self.reading = layers, reading
        self.sources = {"pack.toml": layers.source("pack.toml", reading.faults)}
        for name in HOMES:
            if name != "pack.toml" and layers.has(name):
                self.sources[name] = layers.source(name, reading.faults)
        every = {table for tables in HOMES.values() for table in tables}
        for name, source in self.sources.items():
            allowed = every if name == "pack.toml" else set(HOMES[name])
            for table in sorted(set(source.data) - allowed):
                reading.fault(source, (table,), f"{name} has no table {table!r}; it may have {sorted(allowed)}")

    def one(self, name: str, shape: type[T]) -> T | None:
        """A single table, or None when no file has it."""
        for source in self.sources.values():
            if name in source.data:
                return self.reading.table(source, (name,), source.data[name], shape)
        return None

    def raw(self, name: str) -> Iterator[tuple[Source, Any]]:
        """The data of a table in each file that has it."""
        for source in self.sources.values():
            if name in source.data:
                yield source, source.data[name]

    def many(self, name: str, shape: type[T], keyed: str = "") -> list[tuple[Source, Where, T]]:
        """Every entry of an array of tables; ``keyed`` names the attribute whose value must be unique."""
        found = []
        for source, data in self.raw(name):
            for path, table in self.reading.tables(source, (name,), data, shape):
                if keyed:
                    self.reading.put((name, getattr(table, keyed)), source, path)
                found.append((source, path, table))
        return found


def build(folder: Path) -> Built:
    """Read a pack's folder. Never raises for what the files say: all of that is in ``findings``."""
    reading = Reading()
    if not folder.is_dir():
        message = "there is no such pack: give the name of a shipped one or a folder that holds pack.toml"
        return Built(None, {}, (Finding(file=str(folder), key="", line=0, message=message),))
    _refuse_strangers(folder, reading)
    layers = Layers(folder, base_of(folder, SHIPPED, reading.faults))
    files = _Files(layers, reading)
    head = files.one("pack", w.PackT)
    calendar = files.one("calendar", w.CalendarT)
    if head is None or calendar is None:
        if not reading.faults:
            reading.fault(files.sources["pack.toml"], (), "pack.toml needs the tables [pack] and [calendar]")
        return Built(None, reading.places, tuple(reading.faults))
    pack = _pack(files, head, calendar, reading)
    pack = replace(pack, later=build_later(files, layers, reading))
    pack = replace(pack, wording=_wording(layers, pack, reading))
    base = build(layers.below).pack if layers.below else None
    if base is not None:
        own = {file.stem for file in (folder / "stories").glob("*.toml")}
        pack = replace(pack, later=replace(pack.later, stories=stories(pack, base, own)), base_digest=digest(base))
    return Built(pack, reading.places, tuple(reading.faults), base)


def _pack(files: _Files, head: w.PackT, calendar: w.CalendarT, reading: Reading) -> Pack:
    """Everything but wording and what belongs to later rooms."""
    lights = _lights(files.one("lights", w.LightsT))
    catalogue = build_catalogue(files, reading)
    posts = _posts(files)
    kinds = _unit_kinds(files)
    return Pack(
        name=head.name,
        title=head.title,
        version=head.version,
        published=head.published,
        base=head.base,
        covers=head.area,
        languages=head.languages,
        sources=tuple(head.sources),
        calendar=_calendar(files, calendar, reading),
        lights=lights,
        numbers=_numbers(files, reading),
        area=_area(files),
        levels=tuple(
            Level(key=level.key, title=level.title, digits=level.digits, centre=level.centre)
            for _, _, level in files.many("level", w.LevelT, "key")
        ),
        posts=posts,
        unit_kinds=kinds,
        offices=tuple(
            OfficeSpec(key=o.key, title=o.title, kind=o.kind, per=o.per, superior=o.superior)
            for _, _, o in files.many("office", w.OfficeT, "key")
        ),
        catalogue=catalogue,
        procedures=_procedures(files.layers, reading, _lists(catalogue, posts, kinds, lights)),
        marks=_marks(files),
        papers=_papers(files),
    )


def _marks(files: _Files) -> tuple[MarkSpec, ...]:
    """What counts in the figures of offices."""
    return tuple(
        MarkSpec(
            key=m.key,
            title=m.title,
            on=tuple(m.on),
            of=m.of,
            where=condition(m.where),
            clocks=tuple(m.clocks),
            thread=m.thread,
        )
        for _, _, m in files.many("mark", w.MarkT, "key")
    )


def _papers(files: _Files) -> tuple[PaperSpec, ...]:
    """Which events are told on paper."""
    return tuple(
        PaperSpec(
            key=p.key,
            title=p.title,
            procedure=p.procedure,
            on=p.on,
            thread=p.thread,
            where=condition(p.where),
            number=p.number,
            to=p.to,
            copy_to=tuple(p.copy_to),
            signed_by=p.signed_by,
            committee=p.committee,
            lines=tuple(p.lines),
            each=tuple(EachSpec(thread=e.thread, line=e.line, where=condition(e.where), not_in=tuple(e.not_in)) for e in p.each),
        )
        for _, _, p in files.many("paper", PaperT, "key")
    )


def _posts(files: _Files) -> tuple[PostSpec, ...]:
    return tuple(
        PostSpec(
            key=post.key,
            title=post.title,
            unit_kinds=tuple(post.unit_kinds),
            duties=tuple(post.duties),
            apart_from=tuple(post.apart_from),
            administers=post.administers,
        )
        for _, _, post in files.many("post", w.PostT, "key")
    )


def _unit_kinds(files: _Files) -> tuple[UnitKind, ...]:
    return tuple(
        UnitKind(
            key=kind.key,
            title=kind.title,
            level=kind.level,
            superior=kind.superior,
            assignable=kind.assignable,
            receives=kind.receives,
            centre=kind.centre,
            committee=kind.committee,
        )
        for _, _, kind in files.many("unit_kind", w.UnitKindT, "key")
    )


def _area(files: _Files) -> AreaSpec:
    area = files.one("area", w.AreaT)
    if area is None:
        return AreaSpec(code="", name="")
    return AreaSpec(code=area.code, name=area.name, divisions=area.divisions, grids=area.grids, grid_name=area.grid_name)


def _calendar(files: _Files, table: w.CalendarT, reading: Reading) -> CalendarSpec:
    source = next(source for source, _ in files.raw("calendar"))
    for index, period in enumerate(table.periods):
        if len(period) != 2 or not all(_is_hour(hour) for hour in period) or period[0] >= period[1]:
            reading.fault(source, ("calendar", "periods", index), 'a period is ["09:00", "12:00"], from before to')
    if not table.periods:
        reading.fault(source, ("calendar", "periods"), "an office has at least one period of hours")
    return CalendarSpec(
        zone=table.zone,
        periods=tuple((period[0], period[-1]) for period in table.periods if period),
        ends_at=table.ends_at,
        ends_on_day_off=table.ends_on_day_off,
        pause_counts=table.pause_counts,
    )


def _is_hour(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    numbers = hours.isdecimal() and minutes.isdecimal()
    return bool(colon) and len(text) == 5 and numbers and int(hours) < 24 and int(minutes) < 60


def _lights(table: w.LightsT | None) -> Lights:
    """The pack's ambers; without the table one working day before, four working hours for one-day limits."""
    if table is None:
        return Lights(amber=Span(1, "working_day"), one_day=Span(4, "working_hour"))
    amber = table.amber.before
    return Lights(
        amber=Span(amber.n, amber.unit),
        one_day=span(table.amber_one_day.before) if table.amber_one_day else None,
        hours=span(table.amber_hours.before) if table.amber_hours else None,
        remind=span(table.remind.before) if table.remind else None,
    )


def _numbers(files: _Files, reading: Reading) -> dict[str, NumberSpec]:
    numbers: dict[str, NumberSpec] = {}
    for source, data in files.raw("numbers"):
        for key, item in data.items():
            table = reading.table(source, ("numbers", key), item, w.NumberT)
            if table is not None:
                reading.put(("numbers", key), source, ("numbers", key))
                numbers[key] = NumberSpec(key=key, format=table.format, per=tuple(table.per), gaps=table.gaps)
    return numbers


def _lists(catalogue: Catalogue, posts: tuple[PostSpec, ...], kinds: tuple[UnitKind, ...], lights: Lights) -> Lists:
    return Lists(
        of={
            "@category": tuple(category.key for category in catalogue.leaves()),
            "@kind": tuple(kind.key for kind in catalogue.kinds),
            "@channel": tuple(channel.key for channel in catalogue.channels),
            "@route": tuple(route.key for route in catalogue.routes),
            "@service": tuple(service.key for service in catalogue.services),
            "@assignable": tuple(kind.key for kind in kinds if kind.assignable),
        },
        centre_posts=centre_posts(kinds, posts),
        lights=lights,
        grades=catalogue.grades,
        services=catalogue.services,
    )


def _procedures(layers: Layers, reading: Reading, lists: Lists) -> dict[str, Procedure]:
    """procedures/*.toml in the order of their file names."""
    procedures: dict[str, Procedure] = {}
    for name in layers.names("procedures"):
        source = layers.source(name, reading.faults)
        procedure = ProcedureBuilder(source, reading, lists).build()
        if procedure is not None:
            procedures[procedure.key] = procedure
    return procedures


def _wording(layers: Layers, pack: Pack, reading: Reading) -> dict[str, dict[str, str]]:
    """Language -> key -> text. Titles of the objects are the Chinese; a wording file may not say them otherwise."""
    wording: dict[str, dict[str, str]] = {}
    for language in pack.languages:
        words: dict[str, str] = titles(pack) if language == "zh" else {}
        for name in layers.names("wording", f"{language}*.toml"):
            source = layers.source(name, reading.faults)
            for key, text in flat(source, reading).items():
                path = tuple(key.split("."))
                if words.get(key, text) != text:
                    reading.fault(source, path, f"{key} has other words already: change them there")
                words[key] = text
                reading.places[("wording", language, key)] = (source.name, source.line(path))
        wording[language] = words
    return wording


def _refuse_strangers(folder: Path, reading: Reading) -> None:
    """A file the language does not know is a fault: it would be ignored in silence otherwise."""
    for entry in sorted(folder.iterdir()):
        if entry.name in (*HOMES, *BESIDE) or entry.suffix == ".csv" or entry.name.startswith((".", "__")):
            continue
        if entry.is_dir() and entry.name in FOLDERS:
            for file in sorted(entry.iterdir()):
                if file.suffix not in FOLDERS[entry.name]:
                    _stranger(f"{entry.name}/{file.name}", reading)
        else:
            _stranger(entry.name, reading)


def _stranger(name: str, reading: Reading) -> None:
    known = ", ".join([*HOMES, *(f"{folder}/" for folder in FOLDERS)])
    message = f"the language has no such file; it has {known}. Rename it or take it out"
    reading.faults.append(Finding(file=name, key="", line=0, message=message))
