"""What changes from one pack to another, thing by thing: for ``bihuan packs diff`` and whoever publishes a version."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bihuan.packs.shape import Pack, PostSpec
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Action
from bihuan.rules.terms import HolderSpec, Span, Where

APART = frozenset({"digest", "wording", "name", "version", "published", "base", "base_digest", "covers"})
"""Fields of a pack that name it, or are compared with what they word."""
ABSENT = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. ``group``: what kind of thing (state, action, clock, post …); ``key``: its dotted wording key.

    ``field``: what of it changed, dotted, "" = the thing as a whole; ``was`` and ``now`` in the language of packs, "" = not
    there; ``whom``: posts (or resident, system, holder) that do it or answer for it.
    """

    group: str
    key: str
    field: str
    was: str
    now: str
    whom: tuple[str, ...] = ()


def differences(old: Pack, new: Pack) -> list[Difference]:
    """Everything that differs but words and names, in the order of the language."""
    return list(_fields(old, new, "pack", "pack", "", ()))


def _fields(old: Any, new: Any, group: str, key: str, path: str, whom: tuple[str, ...]) -> Iterator[Difference]:
    """Differences of two values of the same shape."""
    for spec in dataclasses.fields(old):
        if group == "pack" and not path and spec.name in APART:
            continue
        was, now = getattr(old, spec.name), getattr(new, spec.name)
        if was != now:
            yield from _differ(was, now, spec.name, group, key, f"{path}.{spec.name}".strip("."), whom)


def _differ(was: Any, now: Any, name: str, group: str, key: str, path: str, whom: tuple[str, ...]) -> Iterator[Difference]:
    old, new = _by_key(was), _by_key(now)
    if old is not None and new is not None:
        yield from _things(old, new, _group(name, group), _below(key, group, name), whom)
    elif dataclasses.is_dataclass(was) and type(was) is type(now) and not isinstance(was, Span | Where | HolderSpec):
        yield from _fields(was, now, group, key, path, whom)
    else:
        yield Difference(group, key, path, written(was), written(now), whom)


def _things(old: Mapping[str, Any], new: Mapping[str, Any], group: str, key: str, whom: tuple[str, ...]) -> Iterator[Difference]:
    """Things that have keys: gone, come, changed."""
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        own = f"{key}.{name}" if key else f"{group}.{name}"
        who = _whom(was, now) or whom
        if was is None or now is None:
            yield Difference(group, own, "", written(was), written(now), who)
        elif dataclasses.is_dataclass(was) and not isinstance(was, Span | Where | HolderSpec):
            yield from _fields(was, now, group, own, "", who)
        else:
            yield Difference(group, own, "", written(was), written(now), who)


def _by_key(value: Any) -> dict[str, Any] | None:
    """Things by their keys; None when this is no collection of such things."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple) and all(dataclasses.is_dataclass(one) and getattr(one, "key", "") for one in value):
        return {one.key: one for one in value}
    return None


_GROUPS = {"categories": "category", "duties": "duty", "lists": "list", "stories": "story", "papers": "paper", "of": "need"}


def _group(name: str, group: str) -> str:
    return _GROUPS.get(name) or (name.removesuffix("s") if name.endswith("s") else name or group)


def _below(key: str, group: str, name: str) -> str:
    """The beginning of the wording keys of things inside a procedure, a thread or an act; "" at the top of the pack."""
    return f"{_group(name, group)}.{key.partition('.')[2]}" if group in ("procedure", "thread", "action", "clock") else ""


def _whom(*things: Any) -> tuple[str, ...]:
    """Who does it or answers for it."""
    found: list[str] = []
    for thing in things:
        if isinstance(thing, Action):
            found += [*thing.who, *(thing.approve.who if thing.approve else ())]
        elif isinstance(thing, ClockSpec):
            found.append(thing.charges)
        elif isinstance(thing, PostSpec):
            found.append(thing.key)
    return tuple(dict.fromkeys(found))


def written(value: Any) -> str:
    """A value as the pack language would write it; "" for nothing, the title for a whole thing that has one."""
    if value is None or value == () or value == {}:
        return ABSENT
    if isinstance(value, Span):
        return f"{value.n} {value.unit}"
    if isinstance(value, Where):
        return ", ".join(f"{name} = {' | '.join(values)}" for name, values in value.facts)
    if isinstance(value, bool):
        return "true" if value else "false"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        title = getattr(value, "title", "") or getattr(value, "key", "")
        return str(title) or ", ".join(
            f"{spec.name} = {written(inner)}" for spec in dataclasses.fields(value) if (inner := getattr(value, spec.name))
        )
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {written(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(written(one) for one in value)
    return str(value)
