"""Any procedure played along a way to its end that the proofs have found, by whoever holds the case at each step.

Nothing here knows a pack: which acts lead to an end, who does them and what they ask for is read from the procedure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bihuan.access.actors import Actor, resident_actor
from bihuan.cases import selectors
from bihuan.packs import Pack
from bihuan.packs.proofs.parts import Strand, strands
from bihuan.packs.proofs.walk import OTHER, Step
from bihuan.people.directory import OrgDirectory
from bihuan.play.cast import Seats
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.acts import ABOVE_CENTRE, AT_CENTRE
from bihuan.rules.procedure.shape import Action, Need, Procedure
from bihuan.rules.routing import answers_to, offices_for

WORDS = "已按规定核实办理，情况属实，处理结果已告知当事人，相关材料已归入本事项档案备查。"
DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Way:
    """One way to an end: acts in their order, each with the choices that lead on."""

    steps: tuple[tuple[Action, Mapping[str, str]], ...]


def ways(procedure: Procedure) -> dict[str, list[Way]]:
    """For each state that a case can begin in, the shortest way to each state that ends it, the longest of them first."""
    strand = next(strands(procedure))
    firsts = [n for n, step in enumerate(strand.walk.reached_by) if step is None]
    return {strand.walk.situations[first].state: _from(strand, first) for first in firsts}


def _from(strand: Strand, first: int) -> list[Way]:
    """The ways from one situation, by acts of people in office alone."""
    walk = strand.walk
    kinds = frozenset(kind for kind, state in strand.procedure.starts_in.items() if state == walk.situations[first].state)
    came: dict[int, Step | None] = {first: None}
    queue, ends = deque([first]), dict[str, int]()
    while queue:
        origin = queue.popleft()
        state = strand.states[walk.situations[origin].state]
        if state.final:
            ends.setdefault(state.key, origin)
            continue
        for step in walk.steps[origin]:
            if step.target not in came and _may_be_played(step.action, strand, kinds):
                came[step.target] = step
                queue.append(step.target)
    found = []
    for end in ends.values():
        steps: list[tuple[Action, Mapping[str, str]]] = []
        back = came[end]
        while back is not None:
            steps.insert(0, (back.action, back.facts))
            back = came[back.origin]
        found.append(Way(tuple(steps)))
    return sorted(found, key=lambda way: -len(way.steps))


def _may_be_played(action: Action, strand: Strand, kinds: frozenset[str]) -> bool:
    """Acts that somebody in office does alone and at once, with facts that can be made up; or that follow by themselves.

    ``kinds``: of units that hold a case which begins there, where acts are there for some kinds alone.
    """
    if action.automatic is not None:
        return action.automatic.count is not None
    made_up = all(
        need.optional or need.when.facts or need.type not in ("case", "post", "file", "files") for need in action.needs.values()
    )
    if not kinds.issuperset(action.holder_in) or any(guard.known for guard in action.guards):
        return False
    office = set(action.who) - {"system", "resident"}
    return bool(office) and made_up and not (action.approve or action.pair or action.about or action.key in strand.walk.bounded)


class Maker:
    """Makes up who acts and what an act is told, out of the pack and the founded place."""

    def __init__(self, pack: Pack, directory: OrgDirectory, seats: Seats, calendar: Calendar, drawn: Random) -> None:
        """Over one founded place."""
        self.pack, self.directory, self.seats, self.calendar, self.drawn = pack, directory, seats, calendar, drawn
        categories = pack.catalogue.categories
        self._parents = {category.key: category.parent for category in categories if category.parent}
        self._leaves = [leaf.key for leaf in pack.catalogue.leaves()]

    def opener(self, action: Action, area: str, kinds: Collection[str] = ()) -> Actor | None:
        """Somebody who may open such a case in that area; the centre's people first. ``kinds``: of such units alone."""
        for who in action.who:
            found = self._in_area(who, area, kinds)
            if found is not None:
                return found
        return None

    def actor(self, case_id: int, action: Action, area: str) -> Actor | None:
        """Whoever may do the act now: who holds the case, or the post that is named, in its centre or above."""
        holder = selectors.holder(case_id)
        for who in action.who:
            if who == "holder" and holder.unit:
                return self._seat(holder.unit, holder.post)
            post = who.removeprefix(AT_CENTRE).removeprefix(ABOVE_CENTRE)
            found = self._in_area(post, area) if who not in ("holder", "system", "resident") else None
            if found is not None:
                return found
        return resident_actor(case_id) if "resident" in action.who else None

    def _seat(self, unit: int, post: str) -> Actor | None:
        kind = self.directory.unit(unit)
        posts = [post] if post else [one.key for one in self.pack.posts if kind and kind.kind in one.unit_kinds and one.duties]
        for key in posts:
            try:
                return self.seats.actor(unit, key)
            except LookupError:
                continue
        return None

    def _in_area(self, post: str, area: str, only: Collection[str] = ()) -> Actor | None:
        spec = self.pack.post(post)
        kinds = {kind.key: kind for kind in self.pack.unit_kinds}
        fits = [kind for kind in (spec.unit_kinds if spec else ()) if not only or kind in only]
        for kind in sorted(fits, key=lambda key: not kinds[key].centre):
            for unit in reversed(self.directory.units_of(kind, area)):
                found = self._seat(unit, post)
                if found is not None:
                    return found
        return None

    def facts(self, needs: Mapping[str, Need], given: Mapping[str, Any], at: datetime, area: str, centre: int) -> dict[str, Any]:
        """Everything that an act must be told: as given where the way says so, else made up."""
        facts = {name: value for name, value in given.items() if value not in (None, "", OTHER) and name in needs}
        for name, need in needs.items():
            if name not in facts and not need.optional and (not need.when.facts or need.when.holds(facts)):
                value = self._made_up(name, need, at, area, centre, str(facts.get("category", "")))
                if value is not None:
                    facts[name] = value
        return facts

    def _made_up(self, name: str, need: Need, at: datetime, area: str, centre: int, category: str) -> Any:
        if need.type in ("choice", "route") and need.of:
            return self.drawn.choice(self._leaves if name == "category" else need.of)
        simple = {
            "choices": list(need.of[:1]),
            "bool": True,
            "int": need.min or 1,
            "money": need.min or 100,
            "area": area,
            "areas": [area],
            "date": self._day(need, at).isoformat(),
            "instant": (at if not need.future else datetime.combine(self._day(need, at), at.timetz())).isoformat(),
        }
        if need.type in simple:
            return simple[need.type]
        if need.type == "text":
            text = WORDS * ((need.min or 0) // len(WORDS) + 1)
            return text[: need.max] if need.max and need.max < len(text) else text
        if need.type in ("unit", "units"):
            unit = self._unit(need, category, area, centre)
            return ([unit] if need.type == "units" else unit) if unit else None
        return None

    def _day(self, need: Need, at: datetime) -> Any:
        day = self.calendar.local(at).date()
        return self.calendar.working_day_after(day, DAYS_AHEAD) if need.future else day

    def _unit(self, need: Need, category: str, area: str, centre: int) -> int:
        """A unit of the kinds asked for: the one that the duty list names, else one that answers to the centre."""
        named = offices_for(category, self.pack.catalogue.duties, area, self.directory, parents=self._parents) if category else []
        near = [one.unit for one in named] + [unit for kind in need.of for unit in self.directory.units_of(kind, area)]
        kinds = set(need.of)
        for unit in near:
            fact = self.directory.unit(unit)
            fits = fact is not None and bool({fact.kind, fact.key} & kinds or not kinds)
            if fits and (not need.of_centre or answers_to(unit, centre, self.directory)):
                return unit
        return 0


def later(calendar: Calendar, at: datetime, drawn: Random) -> datetime:
    """Some office hours on."""
    return calendar.add_working_time(at, timedelta(hours=drawn.uniform(0.5, 5)))
