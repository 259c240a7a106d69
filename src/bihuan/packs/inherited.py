"""The county's stories as they are told on an overlay: where it asks for more, the stories say something there too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from bihuan.packs.later import Act, Story
from bihuan.packs.shape import Pack
from bihuan.rules.procedure.shape import Action, Need, Procedure

SAID = "按本地要求补充说明。"


def stories(pack: Pack, base: Pack, own: Collection[str]) -> tuple[Story, ...]:
    """The stories of an overlay: its ``own`` as they are, the county's with an answer to each further question."""
    return tuple(
        story if story.key in own or story.procedure not in pack.procedures else _told(story, pack, base)
        for story in pack.later.stories
    )


def _told(story: Story, pack: Pack, base: Pack) -> Story:
    now, was = pack.procedures[story.procedure], base.procedures.get(story.procedure)
    if was is None:
        return story
    return replace(story, acts=tuple(_answered(act, now, was) for act in story.acts))


def _answered(act: Act, now: Procedure, was: Procedure) -> Act:
    action, before = act_of(now, act.does), act_of(was, act.does)
    if action is None or before is None or act.refused:
        return act
    more: dict[str, Any] = {}
    for name, need in action.needs.items():
        if name not in before.needs and name not in act.facts and not need.optional and _asked(need, {**act.facts, **more}):
            value = _sample(need)
            if value is not None:
                more[name] = value
    return replace(act, facts={**act.facts, **more}) if more else act


def act_of(procedure: Procedure, does: str) -> Action | None:
    """The act that a story names: ``act``, or ``thread.act``."""
    kind, _, key = does.rpartition(".")
    thread = next((one for one in procedure.threads if one.key == kind), None)
    actions = thread.actions if thread else () if kind else procedure.actions
    return next((one for one in actions if one.key == key), None)


def _asked(need: Need, facts: Mapping[str, Any]) -> bool:
    return need.when.holds(facts)


def _sample(need: Need) -> Any:
    """Something lawful to answer; None where a story has to be written for it."""
    if need.type in ("choice", "route"):
        return need.of[0] if need.of else None
    if need.type == "choices":
        return list(need.of[: need.min or 1])
    if need.type == "text":
        return (SAID * (1 + (need.min or 0) // len(SAID)))[: need.max or None]
    if need.type in ("int", "money"):
        return max(need.min or 1, 1)
    return True if need.type == "bool" else None
