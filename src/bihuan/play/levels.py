"""The play between the levels: where a matter may be handed, which office would get it there, and what villages register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from bihuan.cases.services import open_case
from bihuan.ledger.clock import SetClock
from bihuan.packs import Pack
from bihuan.people.directory import OrgDirectory
from bihuan.play.cast import Seats
from bihuan.play.phrases import Phrases
from bihuan.play.script import SEED, Script, stable
from bihuan.play.stage import Stage
from bihuan.play.stories import Level, Matter, Telling
from bihuan.play.stories_levels import IN_VILLAGES, LAST_IN_VILLAGES
from bihuan.rules.calendar import Calendar
from bihuan.rules.routing import Suggestion, answers_to, offices_for

UNLISTED = "职责清单未列明，由中心指定承办"
LAST_DAYS = 2
A_DAY_AT_LAST = 3


class Levels:
    """What the play knows of offices and centres."""

    def __init__(self, pack: Pack, directory: OrgDirectory, calendar: Calendar, routes: tuple[str, ...]) -> None:
        """Over one pack and its organisation."""
        self.pack, self.directory, self.calendar, self.routes = pack, directory, calendar, routes
        kinds = [kind.key for kind in pack.unit_kinds if kind.assignable]
        self._offices = [fact.id for key in kinds for fact in directory.all_of(key)]
        self._centres = {kind.key for kind in pack.unit_kinds if kind.centre}
        categories = pack.catalogue.categories
        self._parents = {category.key: category.parent for category in categories if category.parent}

    def suggested(self, category: str, area: str, centre: int, about: int = 0) -> list[Suggestion]:
        """The offices that the duty list names and that a centre may choose: its own stations, or the county's offices."""
        named = offices_for(category, self.pack.catalogue.duties, area, self.directory, parents=self._parents)
        return [one for one in named if one.unit != about and answers_to(one.unit, centre, self.directory)]

    def matter(self, category: str, area: str, centre: int, *, about: int, drawn: Random) -> Matter:
        """A case that a centre received: the office, offices that it might be taken for by mistake, the levels around it."""
        others = [unit for unit in self._offices if unit != about and answers_to(unit, centre, self.directory)]
        fallback = [Suggestion(drawn.choice(others), UNLISTED)] if others else [Suggestion(centre, UNLISTED)]
        named = (self.suggested(category, area, centre, about) or fallback)[0]
        wrong = [unit for unit in others if unit != named.unit]
        return Matter(
            category=category,
            office=named.unit,
            others=(drawn.choice(wrong),) if wrong else (),
            basis=named.basis,
            drawn=drawn,
            say=Phrases(drawn),
            calendar=self.calendar,
            routes=self.routes,
            centre=centre,
            above=None if about else self._level(category, area, self.directory.superior_of(centre)),
            below=None if about else self._below(category, area, centre),
        )

    def _below(self, category: str, area: str, centre: int) -> Level | None:
        """The centre right below in which the area lies, if it has an office of its own for the matter."""
        for level in self.pack.levels:
            unit = self.directory.centre_at(level.key, area)
            if unit and self.directory.superior_of(unit) == centre:
                return self._level(category, area, unit)
        return None

    def _level(self, category: str, area: str, unit: int) -> Level | None:
        """A centre with the office that the duty list names for it there."""
        fact = self.directory.unit(unit)
        if fact is None or fact.kind not in self._centres:
            return None
        named = self.suggested(category, area, unit)
        return Level(unit, named[0].unit, named[0].basis) if named else None


class Villages:
    """What village clerks write down themselves: one a day in some village, a few on the last days."""

    def __init__(self, levels: Levels, seats: Seats, stage: Stage) -> None:
        """Register through the door and tell on through the stage."""
        self.levels, self.seats, self.stage = levels, seats, stage
        self._told = 0

    def register(self, ends: datetime, clock: SetClock, script: Script) -> int:
        """The day's registrations; how many they were. Nothing on a day off or in a place without villages that receive."""
        calendar = self.levels.calendar
        day = calendar.local(ends).date()
        kinds = [kind.key for kind in self.levels.pack.unit_kinds if kind.receives and not kind.centre]
        if not kinds or not calendar.is_working(day):
            return 0
        last = calendar.working_day_before(calendar.local(script.ends).date(), LAST_DAYS)
        some: Sequence[Telling] = LAST_IN_VILLAGES if day > last else IN_VILLAGES
        n = 0
        for n in range(1, (A_DAY_AT_LAST if day > last else 1) + 1):
            at = calendar.add_working_time(calendar.open_of(day), timedelta(minutes=35 * n))
            if at > ends:
                return n - 1
            clock.set(at)
            self._one(kinds[0], some[self._told % len(some)], at, script)
            self._told += 1
        return n

    def _one(self, kind: str, telling: Telling, at: datetime, script: Script) -> None:
        directory = self.levels.directory
        villages = directory.all_of(kind)
        seed = f"{SEED}:village:{at.isoformat()}"
        near = [fact for fact in villages if fact.area_code.startswith(villages[0].area_code[:9])]
        village = (near if self._told % 2 else villages)[stable(seed, len(near if self._told % 2 else villages))]
        scene = script.scenes[stable(seed, len(script.scenes))]
        facts = {
            "title": scene.message.subject[:30] or scene.message.text[:30],
            "what": scene.message.text,
            "kind": "help",
            "channel": "visit",
        }
        opened = open_case(
            actor=self.seats.actor(village.id, "village_clerk"),
            facts=facts,
            area_code=village.area_code,
            request_id=f"play:village:{at.isoformat()}",
            is_demo=True,
        )
        matter = self.levels.matter(
            scene.category, village.area_code, directory.superior_of(village.id), about=0, drawn=Random(seed)
        )
        above = Level(matter.centre, matter.office, matter.basis)
        matter.centre, matter.office, matter.above, matter.below = village.id, village.id, above, None
        self.stage.enter(opened, centre=opened.centre, matter=matter, telling=telling, at=at)
