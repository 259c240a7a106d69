"""A story's acts with what the rules make of them, as TOML to be read by whoever knows how it should go, and kept.

Somebody writes who does what; this writes down where that leads: states, lights, limits, and who may now do what. What is
printed is only what the rules say: it becomes a proof when a person has read it and found it right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bihuan.packs.later import Act, Story
from bihuan.packs.telling import FIRST
from bihuan.packs.trial.rehearsal import Rehearsal, Telling
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN
from bihuan.rules.lights import light_of
from bihuan.rules.procedure.decide import available


def draft(rehearsal: Rehearsal, story: Story) -> str:
    """The story as TOML with its expectations. Raises StoryFault where it names what there is not."""
    rules = rehearsal.place.pack.procedures[story.procedure]
    telling = Telling(rehearsal, story, rules, learning=True)
    lines = ["[story]", f"title = {_toml(story.title)}", f'procedure = "{story.procedure}"', f"starts = {story.starts}", ""]
    lines += ["[cast]", *(f"{name} = {_toml(told)}" for name, told in story.cast.items())]
    for name in ("may_begin", "may_not_begin"):
        if getattr(story, name):
            lines.insert(4, f"{name} = {_toml(list(getattr(story, name)))}")
    before: dict[str, dict[str, Any]] = {}
    for n, act in enumerate(story.acts):
        bare = replace(act, expect={})
        said = [wrong.removeprefix("refused: ") for wrong in telling.step(n, bare) if "not refused" not in wrong]
        told = act.case or FIRST
        after = {name: _of_case(telling, story, name) for name in telling.cases}
        telling.turn_to(told)
        changed = {name: _changed(before.get(name, {}), stands) for name, stands in after.items()}
        others = {name: found for name, found in changed.items() if name != told and found}
        lines += _act(act, said, _merged(act.expect, changed[told] | ({"cases": others} if others else {})))
        before = after
    lines += ["", "[end]"]
    if "at" in story.end:
        telling.wait_until(str(story.end["at"]))
        lines.append(f'at = "{story.end["at"]}"')
    telling.turn_to(FIRST)
    ends = {name: value for name, value in _stands(telling, story).items() if value and name not in ("due", "can", "cannot")}
    kept = {name: value for name, value in story.end.items() if name != "at"}
    lines += [f"{name} = {_toml(value)}" for name, value in _merged(kept, ends).items()]
    return "\n".join(lines) + "\n"


def _of_case(telling: Telling, story: Story, name: str) -> dict[str, Any]:
    telling.turn_to(name)
    return _stands(telling, story)


def _act(act: Act, said: list[str], expect: Mapping[str, Any]) -> list[str]:
    lines = ["", "[[act]]", f'at = "{act.at}"', f'who = "{act.who}"', f'does = "{act.does}"']
    lines += [f'{name} = "{value}"' for name, value in (("case", act.case), ("other", act.other)) if value]
    if act.facts:
        lines.append(f"facts = {_toml(act.facts)}")
    if act.refused or said:
        lines.append(f"refused = {_toml(act.refused or said[0])}")
    if expect:
        lines += ["[act.expect]", *(f"{name} = {_toml(value)}" for name, value in expect.items())]
    return lines


def _stands(telling: Telling, story: Story) -> dict[str, Any]:
    """What a story could expect now."""
    known = [reading for reading in telling.readings() if reading.state != "idle"]
    readings = [one for one in known if sum(other.key == one.key for other in known) == 1]
    threads: dict[str, list[str]] = {}
    for position in telling.positions.values():
        if position.thread != MAIN:
            threads.setdefault(position.kind, []).append(position.state)
    main = telling.positions.get(MAIN)
    can: dict[str, list[str]] = {}
    cannot: dict[str, list[str]] = {}
    for who in (*story.cast, "resident"):
        for offer in available(telling.view(), telling.doer(who), telling.at, telling.calendar, telling.table):
            key = offer.action.key if offer.thread == MAIN else f"{offer.thread.partition(':')[0]}.{offer.action.key}"
            (cannot if offer.refused else can).setdefault(who, []).append(key)
    can = {who: list(dict.fromkeys(acts)) for who, acts in can.items()}
    cannot = {who: [one for one in dict.fromkeys(acts) if one not in can.get(who, ())] for who, acts in cannot.items()}
    return {
        "state": main.state if main else "",
        "threads": {kind: states[0] if len(states) == 1 else states for kind, states in threads.items()},
        "light": {reading.key: str(light_of(reading, telling.at) or "none") for reading in readings if reading.lit},
        "due": {reading.key: _local(reading, telling) for reading in readings if reading.due_at and reading.state == "running"},
        "can": can,
        "cannot": {who: acts for who, acts in cannot.items() if acts},
    }


def _local(reading: Reading, telling: Telling) -> str:
    return telling.calendar.local(reading.due_at).isoformat(timespec="seconds") if reading.due_at else ""


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What is otherwise than after the act before; whoever may do what is told whole for those for whom it changed."""
    found: dict[str, Any] = {}
    for name, value in after.items():
        if isinstance(value, dict):
            told = {key: inner for key, inner in value.items() if before.get(name, {}).get(key) != inner}
            if told:
                found[name] = told
        elif value != before.get(name):
            found[name] = value
    return found


def _merged(told: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules make of it, with what the story tells already that they do not say."""
    merged = dict(found)
    for name, value in told.items():
        if isinstance(value, Mapping):
            merged[name] = {**value, **merged.get(name, {})}
        else:
            merged.setdefault(name, value)
    return merged


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
