"""catalogue.toml to the frozen catalogue: categories, kinds, channels, routes, the duty list, grades, errands."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from bihuan.packs import written as w
from bihuan.packs.build_procedure import holder, span
from bihuan.packs.reading import Reading
from bihuan.packs.shape import Catalogue, Category, DutyLine, Grade, LookAlike, Route, Service, Suggest, Titled
from bihuan.packs.source import Source, Where
from bihuan.packs.written_services import RouteT, ServiceT
from bihuan.rules.procedure.shape import HolderSpec
from bihuan.rules.terms import Where as Condition

URGENCIES = ("urgent", "critical")
SHORTEST = 2
"""Characters in a word that a suggestion goes by."""
MOST_DAYS = 366
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
            Route(
                key=r.key, title=r.title, say=r.say, if_so=r.if_so, fills=dict(r.fills), source=r.source, confidence=r.confidence
            )
            for _, _, r in files.many("route", RouteT, "key")
        ),
        duties=_duties(files, reading),
        suggests=_suggests(files, reading),
        look_alike=_look_alike(files, reading),
        services=_services(files, reading),
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


def _services(files: Files, reading: Reading) -> tuple[Service, ...]:
    """``[[service]]``: errands. A limit is at least one of its unit."""
    found = []
    for source, path, table in files.many("service", ServiceT, "key"):
        if table.within and table.within.n < 1:
            reading.fault(source, (*path, "within"), "a limit is at least 1")
        found.append(
            Service(
                key=table.key,
                title=table.title,
                group=table.group,
                basis=table.basis,
                bring=tuple(table.bring),
                within=span(table.within),
                source=table.source,
                confidence=table.confidence,
            )
        )
    return tuple(found)


def _suggests(files: Files, reading: Reading) -> tuple[Suggest, ...]:
    """``[[suggest]]``: each speaks for exactly one category or urgency that the pack has, by words of two characters or more."""
    found = []
    leaves = {key for _, _, table in files.many("category", w.CategoryT) for key in _leaves(table)}
    for source, path, table in files.many("suggest", w.SuggestT):
        if bool(table.category) == bool(table.urgency):
            reading.fault(source, path, "a suggestion is for one category or one urgency")
        if table.category and table.category not in leaves:
            reading.fault(source, (*path, "category"), f"there is no category {table.category!r} that a case can have")
        if table.urgency and table.urgency not in URGENCIES:
            reading.fault(source, (*path, "urgency"), f"urgency is one of {', '.join(URGENCIES)}")
        if short := [word for word in table.words if len(word) < SHORTEST]:
            reading.fault(source, (*path, "words"), f"too short to mean anything: {', '.join(short)}")
        found.append(Suggest(words=tuple(table.words), category=table.category, urgency=table.urgency))
    return tuple(found)


def _leaves(table: w.CategoryT) -> list[str]:
    return [f"{table.key}.{key}" for key in table.children] or [table.key]


def _look_alike(files: Files, reading: Reading) -> LookAlike:
    for source, data in files.raw("look_alike"):  # type: ignore[attr-defined]
        table = reading.table(source, ("look_alike",), data, w.LookAlikeT)
        if table is not None:
            if not 1 <= table.days <= MOST_DAYS:
                reading.fault(source, ("look_alike", "days"), f"between 1 and {MOST_DAYS} days")
            return LookAlike(days=table.days)
    return LookAlike()


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
