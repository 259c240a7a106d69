"""follows, rhythms, indicators, stories and papers to ``Later``: read and kept although their rooms open later."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from bihuan.packs import written as w
from bihuan.packs.build_catalogue import Files
from bihuan.packs.build_procedure import condition, holder, span
from bihuan.packs.later import Act, Consequence, Follow, Indicator, Later, ListView, Rhythm, Story
from bihuan.packs.layers import Layers
from bihuan.packs.reading import Reading
from bihuan.packs.source import Source, Where
from bihuan.packs.written_stories import ActT, StoryT
from bihuan.rules.procedure.shape import HolderSpec
from bihuan.rules.terms import Span

CONSEQUENCES = ("open_thread", "notice", "order", "task", "case")


def build_later(files: Files, layers: Layers, reading: Reading) -> Later:
    """All parts whose rooms open later."""
    return Later(
        follows=tuple(_follow(source, path, table, reading) for source, path, table in files.many("follow", w.FollowT)),
        rhythms=tuple(
            Rhythm(
                key=r.key,
                title=r.title,
                does=r.does,
                by=holder(r.by) or HolderSpec(),
                every=Span(r.every.n, r.every.unit),
                in_special_period=span(r.in_special_period),
                produces=r.produces,
            )
            for _, _, r in files.many("rhythm", w.RhythmT, "key")
        ),
        lists=tuple(
            ListView(key=v.key, title=v.title, columns=tuple(v.columns), where=condition(v.where))
            for _, _, v in files.many("list", w.ListT, "key")
        ),
        indicators=tuple(
            Indicator(key=i.key, title=i.title, of=i.of, over=i.over, by=i.by, times=i.times, where=condition(i.where))
            for _, _, i in files.many("indicator", w.IndicatorT, "key")
        ),
        stories=_stories(layers, reading),
        papers={
            name.partition("/")[2]: hashlib.sha256(layers.file(name).read_bytes()).hexdigest()
            for name in layers.names("papers", "*")
        },
    )


def _follow(source: Source, path: Where, table: w.FollowT, reading: Reading) -> Follow:
    then = []
    for index, item in enumerate(table.then):
        does = [word for word in CONSEQUENCES if word in item]
        extra = set(item) - {*CONSEQUENCES, "grade", "to", "within"}
        if len(does) != 1 or extra:
            message = f"what follows is exactly one of {', '.join(CONSEQUENCES)}, with grade, to and within; not {sorted(item)}"
            reading.fault(source, (*path, "then", index), message)
            continue
        to, within = item.get("to", []), item.get("within")
        length = reading.table(source, (*path, "then", index, "within"), within, w.SpanT) if within else None
        then.append(
            Consequence(
                does=does[0],
                what=str(item[does[0]]),
                grade=str(item.get("grade", "")),
                to=tuple(to) if isinstance(to, list) else (str(to),),
                within=span(length),
            )
        )
    return Follow(on=table.on, where=condition(table.where), then=tuple(then))


def _stories(layers: Layers, reading: Reading) -> tuple[Story, ...]:
    stories = []
    for name in layers.names("stories"):
        source, key = layers.source(name, reading.faults), name.partition("/")[2].removesuffix(".toml")
        for table in sorted(set(source.data) - {"story", "cast", "act", "end"}):
            reading.fault(source, (table,), f"a story has no table {table!r}")
        head = reading.table(source, ("story",), source.data.get("story", {}), StoryT)
        acts = reading.tables(source, ("act",), source.data.get("act", []), ActT)
        if head is None:
            continue
        _stands(source, key, len(acts), reading)
        stories.append(
            Story(
                key=key,
                title=head.title,
                procedure=head.procedure,
                starts=plain(head.starts),
                cast=plain(source.data.get("cast", {})),
                acts=tuple(
                    Act(
                        at=plain(act.at),
                        who=act.who,
                        does=act.does,
                        case=act.case,
                        other=act.other,
                        facts=plain(act.facts),
                        refused=act.refused,
                        expect=plain(act.expect),
                    )
                    for _, act in acts
                ),
                end=plain(source.data.get("end", {})),
                may_begin=tuple(head.may_begin),
                may_not_begin=tuple(head.may_not_begin),
            )
        )
    return tuple(stories)


def _stands(source: Source, key: str, acts: int, reading: Reading) -> None:
    """Where a story, its cast, its acts and its end are written."""
    for part in ("story", "cast", "end"):
        if part in source.data:
            reading.places[("story", key, part)] = (source.name, source.line((part,)))
    reading.places[("story", key)] = (source.name, source.line(("story",)))
    for n in range(acts):
        act: Where = ("act", n)
        reading.places[("story", key, "act", str(n + 1))] = (source.name, source.line(act))
        for path in source.under(act):
            reading.places[("story", key, "act", str(n + 1), *path)] = (source.name, source.line((*act, *path)))
    for path in source.under(("end",)):
        reading.places[("story", key, "end", *path)] = (source.name, source.line(("end", *path)))


def plain(value: Any) -> Any:
    """TOML values with dates as ISO text, so that they live in JSON."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
