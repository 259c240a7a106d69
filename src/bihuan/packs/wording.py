"""Every word of a pack by key: titles gathered from the objects, the rest from wording/<language>.toml.

Keys are dotted: "state.matter.handling", "need.matter.assign.office", "choice.weight.major", "track.matter.handling".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bihuan.packs.reading import Reading
from bihuan.packs.shape import Catalogue, Pack
from bihuan.packs.source import Source
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Action, Procedure, State


def flat(source: Source, reading: Reading) -> dict[str, str]:
    """wording/<language>.toml as dotted key -> text; anything but text is a fault."""
    words: dict[str, str] = {}

    def walk(path: tuple[str, ...], value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk((*path, key), inner)
        elif isinstance(value, str):
            words[".".join(path)] = value
        else:
            reading.fault(source, path, "wording is text in quotation marks")

    walk((), source.data)
    return words


def titles(pack: Pack) -> dict[str, str]:
    """The Chinese titles that stand in the objects themselves, by key; empty ones are left out."""
    words = dict(_plain_titles(pack))
    for procedure in pack.procedures.values():
        words.update(_procedure_titles(procedure))
    return {key: text for key, text in words.items() if text}


def _plain_titles(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "pack.title", pack.title
    yield "area.name", pack.area.name
    yield "area.grid_name", pack.area.grid_name
    for group, things in (
        ("level", pack.levels),
        ("post", pack.posts),
        ("unit_kind", pack.unit_kinds),
        ("office", pack.offices),
    ):
        for thing in things:
            yield f"{group}.{thing.key}", thing.title
    yield from _catalogue_titles(pack.catalogue)
    for rhythm in pack.later.rhythms:
        yield f"rhythm.{rhythm.key}", rhythm.title
    for view in pack.later.lists:
        yield f"list.{view.key}", view.title
    for indicator in pack.later.indicators:
        yield f"indicator.{indicator.key}", indicator.title
    for paper in pack.papers:
        yield f"papers.{paper.key}", paper.title
    for mark in pack.marks:
        yield f"mark.{mark.key}", mark.title


def _catalogue_titles(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for category in catalogue.categories:
        yield f"category.{category.key}", category.title
    for kind in catalogue.kinds:
        yield f"kind.{kind.key}", kind.title
    for channel in catalogue.channels:
        yield f"channel.{channel.key}", channel.title
    for service in catalogue.services:
        yield f"service.{service.key}", service.title
        if service.group:
            yield f"heading.{service.key}", service.group
        if service.bring:
            yield f"bring.{service.key}", "、".join(service.bring)
    for route in catalogue.routes:
        yield f"route.{route.key}", route.title
        yield f"route.{route.key}.say", route.say
        yield f"route.{route.key}.if_so", route.if_so
    for grade in catalogue.grades:
        yield f"grade.{grade.key}", grade.title
        yield f"choice.weight.{grade.key}", grade.title


def _procedure_titles(procedure: Procedure) -> Iterator[tuple[str, str]]:
    yield f"procedure.{procedure.key}", procedure.title
    yield from _part_titles(procedure.key, procedure.states, procedure.actions, procedure.clocks)
    for thread in procedure.threads:
        yield f"thread.{procedure.key}.{thread.key}", thread.title
        yield from _part_titles(f"{procedure.key}.{thread.key}", thread.states, thread.actions, thread.clocks)


def _part_titles(
    prefix: str, states: tuple[State, ...], actions: tuple[Action, ...], clocks: tuple[ClockSpec, ...]
) -> Iterator[tuple[str, str]]:
    for state in states:
        yield f"state.{prefix}.{state.key}", state.title
    for action in actions:
        yield f"action.{prefix}.{action.key}", action.title
        for name, need in action.needs.items():
            yield f"need.{prefix}.{action.key}.{name}", need.title
        for index, guard in enumerate(action.guards, start=1):
            yield f"say.{prefix}.{action.key}.{index}", guard.say
    for clock in clocks:
        yield f"clock.{prefix}.{clock.key}", clock.title
