"""JSON Schema of the pack language for editors, made of the very structs that read it (``written``)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bihuan.packs import written as w
from bihuan.packs.papers import PaperT
from bihuan.packs.trial.worked import WorkedT
from bihuan.packs.written_services import RouteT, ServiceT
from bihuan.packs.written_stories import ActT, StoryT

Part = Literal["pack", "procedure", "story", "worked"]
PARTS: tuple[Part, ...] = ("pack", "procedure", "story", "worked")
_ONE = {"pack": w.PackT, "calendar": w.CalendarT, "lights": w.LightsT, "area": w.AreaT, "look_alike": w.LookAlikeT}
_MANY = {
    "level": w.LevelT, "post": w.PostT, "unit_kind": w.UnitKindT, "office": w.OfficeT, "category": w.CategoryT,
    "route": RouteT, "duty": w.DutyT, "grade": w.GradeT, "follow": w.FollowT, "rhythm": w.RhythmT,
    "indicator": w.IndicatorT, "list": w.ListT, "mark": w.MarkT, "suggest": w.SuggestT, "paper": PaperT,
    "service": ServiceT,
}  # fmt: skip
_TABLES: dict[Part, tuple[dict[str, Any], dict[str, Any]]] = {
    "pack": (_ONE, _MANY),
    "procedure": ({"procedure": w.ProcedureT}, {"state": w.StateT, "action": w.ActionT, "thread": w.ThreadT, "clock": w.ClockT}),
    "story": ({"story": StoryT}, {"act": ActT}),
    "worked": ({}, {"worked": WorkedT}),
}
_OPEN = {"kind": {"type": "object"}, "channel": {"type": "object"}, "cast": {"type": "object"}, "end": {"type": "object"}}


def schema(part: Part) -> dict[str, Any]:
    """The schema of one kind of file: the tables of the top level ("pack"), procedures/*.toml, stories/*.toml, worked.toml."""
    one, many = _TABLES[part]
    shapes = [*one.values(), *many.values(), w.NumberT]
    found, components = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    named = dict(zip([*one, *many, "number"], found, strict=True))
    properties: dict[str, Any] = {name: named[name] for name in one}
    properties |= {name: {"type": "array", "items": named[name]} for name in many}
    if part == "pack":
        properties["numbers"] = {"type": "object", "additionalProperties": named["number"]}
        properties |= {name: _OPEN[name] for name in ("kind", "channel")}
    if part == "story":
        properties |= {name: _OPEN[name] for name in ("cast", "end")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Bihuan pack language: {part}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": components,
    }
