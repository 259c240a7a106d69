"""catalogue.toml to the frozen catalogue: categories, kinds, channels, routes, the duty list, grades."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from bihuan.packs import written as w
from bihuan.packs.build_procedure import holder
from bihuan.packs.reading import Reading
from bihuan.packs.shape import Catalogue, Category, DutyLine, Grade, Route, Titled
from bihuan.packs.source import Source, Where
from bihuan.rules.procedure.shape import HolderSpec
from bihuan.rules.terms import Where as Condition

T = TypeVar("T", bound=msgspec.Struct)


class Files(Protocol):
    """The tables of a pack's folder."""

    def many(self, name: str, shape: type[T], keyed: str = "") -> list[tuple[Source, Where, T]]:
        """Every entry of an array of tables."""

    def raw(self, name: str) -> object:
        """The data of a table in each file that has it."""


def build_catalogue(files: Files, reading: Reading) -> Catalogue:
    """The catalogue; ``[kind]`` and ``[channel]`` are tables key = title."""
    return Catalogue(
        categories=_categories(files, reading),
        kinds=_titled(files, "kind", reading),
        channels=_titled(files, "channel", reading),
        routes=tuple(
            Route(key=r.key, title=r.title, say=r.say, source=r.source, confidence=r.confidence)
            for _, _, r in files.many("route", w.RouteT, "key")
        ),
        duties=_duties(files, reading),
        grades=tuple(
            Grade(
                key=grade.key,
                title=grade.title,
                handler=holder(grade.handler) or HolderSpec(),
                when=tuple(Condition(((when.fact, tuple(when.in_)),)) for when in grade.when),
            )
            for _, _, grade in files.many("grade", w.GradeT, "key")
        ),
    )


def _categories(files: Files, reading: Reading) -> tuple[Category, ...]:
    found = []
    for source, path, table in files.many("category", w.CategoryT, "key"):
        found.append(Category(key=table.key, title=table.title))
        for key, title in table.children.items():
            full = f"{table.key}.{key}"
            reading.put(("category", full), source, (*path, "children", key))
            found.append(Category(key=full, title=title, parent=table.key))
    return tuple(found)


def _titled(files: Files, name: str, reading: Reading) -> tuple[Titled, ...]:
    found = []
    for source, data in files.raw(name):  # type: ignore[attr-defined]
        if not isinstance(data, dict):
            reading.fault(source, (name,), f'write [{name}] as a table: key = "title"')
            continue
        for key, title in data.items():
            reading.put((name, key), source, (name, key))
            found.append(Titled(key=key, title=str(title)))
    return tuple(found)


def _duties(files: Files, reading: Reading) -> tuple[DutyLine, ...]:
    found = []
    for source, path, table in files.many("duty", w.DutyT, "level"):
        for category, line in table.lines.items():
            reading.put(("duty", table.level, category), source, (*path, "lines", category))
            found.append(
                DutyLine(
                    category=category,
                    office=line.office,
                    basis=line.basis,
                    level=table.level,
                    source=table.source,
                    confidence=table.confidence,
                )
            )
    return tuple(found)
