"""The words of a pack's story (stories/*.toml) as things of a founded place: areas, units, people, instants, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bihuan.access.actors import Actor, resident_actor, system_actor
from bihuan.packs import Pack
from bihuan.packs.shape import OfficeSpec
from bihuan.packs.telling import RESIDENT, SYSTEM, StoryFault, instant
from bihuan.people import selectors as people
from bihuan.people.services import unit_key
from bihuan.places import selectors as places
from bihuan.play.cast import Seats
from bihuan.rules.procedure.shape import Action, Need, Procedure

__all__ = ["RESIDENT", "SYSTEM", "Place", "StoryFault", "action_of", "instant"]


class Place:
    """A founded place as a story speaks of it. Units by key, ``station@township:2`` for one of many; areas ``grid:1``."""

    def __init__(self, pack: Pack) -> None:
        """Read the areas once."""
        self.pack = pack
        self.seats = Seats()
        self._areas = {level.key: [area.code for area in places.of_level(level.key)] for level in pack.levels}

    @property
    def areas(self) -> Mapping[str, list[str]]:
        """The codes of each level's areas, in code order."""
        return self._areas

    def area(self, word: str) -> str:
        """The code of ``level:n`` (the n-th of that level, from 1), of a level alone (its first), or a code itself."""
        level, _, n = word.partition(":")
        if word.isdigit():
            return word
        codes = self._areas.get(level, [])
        if not codes or int(n or 1) > len(codes):
            raise StoryFault(f"the place has no area {word!r}")
        return codes[int(n or 1) - 1]

    def unit(self, word: str) -> int:
        """The id of the unit with that key. StoryFault where there is none."""
        key, _, area = word.partition("@")
        if area:
            key = unit_key(key, self.area(area), per=area)
        found = people.unit_ids([key])
        if key not in found:
            raise StoryFault(f"the place has no unit {word!r}")
        return found[key]

    def item(self, of: str, cast: Mapping[str, Any], case_id: int) -> str:
        """What a line of work is opened for: a number, or the unit of somebody in the cast, or of that key. Raises StoryFault."""
        if of.isdigit():
            return of
        return str(self.person(of, cast, case_id).unit if of in cast else self.unit(of))

    def person(self, who: str, cast: Mapping[str, Any], case_id: int) -> Actor:
        """Who acts: a member of the cast, the resident of the case, the system. Raises StoryFault."""
        if who == RESIDENT:
            return resident_actor(case_id)
        if who == SYSTEM:
            return system_actor()
        told = cast.get(who)
        if not isinstance(told, Mapping) or "post" not in told:
            raise StoryFault(f"nobody called {who!r} in the cast")
        try:
            actor = self.seats.actor(self._unit_of(str(told["post"]), told), str(told["post"]))
        except LookupError as error:
            raise StoryFault(str(error)) from error
        if "same" not in told:
            return actor
        return replace(actor, account=self.person(str(told["same"]), cast, case_id).account)  # one person on two posts

    def _unit_of(self, post: str, told: Mapping[str, Any]) -> int:
        if "unit" in told:
            return self.unit(str(told["unit"]))
        spec = self.pack.post(post)
        area = str(told.get("area", self.pack.levels[0].key))
        level = area.partition(":")[0]
        for office in self._offices(spec.unit_kinds if spec else ()):
            kind = self.pack.unit_kind(office.kind)
            if kind and kind.level == level:
                return self.unit(f"{office.key}@{area}" if office.per else office.key)
        raise StoryFault(f"no unit of {area!r} has the post {post!r}")

    def _offices(self, kinds: tuple[str, ...]) -> list[OfficeSpec]:
        """Offices of these kinds, centres first: a post that both have is the centre's."""
        found = [office for office in self.pack.offices if office.kind in kinds]
        return sorted(found, key=lambda office: not (kind := self.pack.unit_kind(office.kind)) or not kind.centre)

    def facts(self, needs: Mapping[str, Need], given: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of an act, with units and areas as the door knows them."""
        return {name: self._fact(needs.get(name), value) for name, value in given.items()}

    def _fact(self, need: Need | None, value: Any) -> Any:
        if need is None:
            return value
        if need.type == "unit":
            return self.unit(str(value))
        if need.type == "units" and isinstance(value, list):
            return [self.unit(str(one)) for one in value]
        if need.type == "area":
            return self.area(str(value))
        return value


def action_of(procedure: Procedure, kind: str, key: str) -> Action:
    """The action of the main thread, or of a kind of thread. Raises StoryFault."""
    actions: Sequence[Action] = procedure.actions
    if kind:
        spec = next((thread for thread in procedure.threads if thread.key == kind), None)
        actions = spec.actions if spec else ()
    found = next((action for action in actions if action.key == key), None)
    if found is None:
        raise StoryFault(f"the procedure has no act {kind + '.' if kind else ''}{key}")
    return found
