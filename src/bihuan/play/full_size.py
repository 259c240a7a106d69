"""A year at the published size before the played weeks: service records by the thousand, cases of every procedure."""

from __future__ import annotations

import heapq
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from importlib.resources import files
from random import Random

from bihuan.access.actors import Actor
from bihuan.cases import selectors
from bihuan.cases.services import open_many, perform_many
from bihuan.cases.shapes import Command, ContactIn, OpenCommand, Opened
from bihuan.intake.bulk import Kept, record_many
from bihuan.packs import Pack
from bihuan.people.directory import OrgDirectory
from bihuan.places import selectors as places
from bihuan.play.along import Maker, Way, later, ways
from bihuan.play.cast import Seats
from bihuan.play.phrases import Phrases, Record
from bihuan.play.script import SEED
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.shape import Action, Procedure, opening_act
from bihuan.rules.scope import Duty

DAYS = 365
AT_ONCE = 100
TEXTS = 400
SHORTER = 0.12
"""The share of cases that take a shorter way: turned away, sent elsewhere."""


@dataclass(frozen=True, slots=True)
class Retold:
    """One of the pack's own stories, told so many times; ``without``: lines of work whose acts are left out."""

    story: str
    times: int
    without: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How much a year is: service records, and cases by procedure; ``kept``: those that a village handles itself."""

    records: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Retold, ...] = ()


def size_of(pack: Pack) -> Size:
    """The published size of a pack's place; of a place that published none, as many records as it has grids by a hundred."""
    known = tomllib.loads(files("bihuan.play").joinpath("sample/sizes.toml").read_text("utf-8")).get(pack.name)
    if known is None:
        return Size(max(pack.area.grids, 10) * 100, dict.fromkeys(pack.procedures, 200))
    cases = {key: int(n) for key, n in known["cases"].items() if key in pack.procedures}
    told = (
        Retold(str(one["story"]), int(one["times"]), tuple(one.get("without", ())), tuple(one.get("titles", ())))
        for one in known.get("told", ())
    )
    return Size(int(known["records"]), cases, dict(known.get("kept", {})), tuple(told))


@dataclass(slots=True)
class Filled:
    """What was written, and what the door refused."""

    records: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)


@dataclass(order=True, slots=True)
class _Going:
    """One case on its way; ordered by when its next act is."""

    at: datetime
    case_id: int
    centre: int = field(compare=False)
    area: str = field(compare=False)
    way: Way = field(compare=False)
    done: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Begun:
    """A case that was begun elsewhere: where it is, and when its last act was."""

    case_id: int
    centre: int
    area: str
    at: datetime


def split(part: range, kept: int | None) -> Iterator[tuple[range, bool | None]]:
    """Those of ``part`` that are among the first ``kept``, and the others."""
    if kept is None:
        yield part, None
        return
    for piece, near in ((range(part.start, min(part.stop, kept)), True), (range(max(part.start, kept), part.stop), False)):
        if piece:
            yield piece, near


class Year:
    """Fills the year that ends when the played weeks begin; the product's clock must not stand before that."""

    def __init__(self, pack: Pack, directory: OrgDirectory, seats: Seats, calendar: Calendar, ends: datetime) -> None:
        """Over a founded place whose posts are filled."""
        self.pack, self.seats, self.calendar, self.ends = pack, seats, calendar, ends
        self.drawn = Random(SEED)
        self.maker = Maker(pack, directory, seats, calendar, self.drawn)
        self.directory = directory
        self.grids = [area.code for area in places.of_level(pack.levels[-1].key)]
        self.days = [day for day in (ends.date() - timedelta(days=n) for n in range(DAYS, 0, -1)) if calendar.is_working(day)]
        self.centres_below = [kind.key for kind in pack.unit_kinds if kind.centre and kind.level != pack.levels[0].key]
        self.filled = Filled()

    def _moment(self) -> datetime:
        """Some moment of a working day's office hours."""
        opens = self.calendar.at_wall_clock(datetime.combine(self.drawn.choice(self.days), time(9)))
        return self.calendar.add_working_time(opens, timedelta(minutes=self.drawn.randint(0, 420)))

    # -- service records ----------------------------------------------------------------------------------------------

    def records(self, count: int) -> Iterator[int]:
        """Write so many records, oldest first; gives how many after each part."""
        desks = list(self._desks())
        phrases = Phrases(self.drawn)
        texts = [phrases.record() for _ in range(TEXTS)]
        moments = sorted(self._moment() for _ in range(count))
        leaves = [leaf.key for leaf in self.pack.catalogue.leaves()]
        channels = [one.key for one in self.pack.catalogue.channels]
        for part in record_many((self._kept(at, desks, texts, leaves, channels) for at in moments), is_demo=True):
            self.filled.records += part
            yield part

    def _kept(
        self, at: datetime, desks: list[tuple[Actor, str]], texts: list[Record], leaves: list[str], channels: list[str]
    ) -> Kept:
        (actor, area), text = self.drawn.choice(desks), self.drawn.choice(texts)
        return Kept(
            actor=actor,
            at=at,
            area_code=area,
            what=text.what,
            words=text.words,
            result=text.result,
            category=self.drawn.choice(leaves),
            channel=self.drawn.choice(channels),
        )

    def _desks(self) -> Iterator[tuple[Actor, str]]:
        """One person who may keep records in each unit near the residents: grids, villages, counters of townships."""
        near = {level.key for level in self.pack.levels[1:]} or {level.key for level in self.pack.levels}
        posts = [post for post in self.pack.posts if Duty.RECORD_WRITE in post.duties]
        levels = {kind.key: kind.level for kind in self.pack.unit_kinds}
        for kind in dict.fromkeys(kind for post in posts for kind in post.unit_kinds if levels.get(kind) in near):
            post = next(post.key for post in posts if kind in post.unit_kinds)
            for fact in self.directory.all_of(kind):
                yield self.seats.actor(fact.id, post), fact.area_code

    # -- cases --------------------------------------------------------------------------------------------------------

    def cases(self, procedure: str, count: int, kept: int | None = None) -> Iterator[int]:
        """Open so many cases of a procedure and take each along a way to its end; gives how many ended their way.

        ``kept``: so many of them are begun and handled by a village, all others go the whole way; None = as it comes.
        """
        spec = self.pack.procedures[procedure]
        found = ways(spec)
        start = opening_act(spec)
        going: list[_Going] = []
        for first in range(0, count, AT_ONCE):
            for part, near in split(range(first, min(first + AT_ONCE, count)), kept):
                going += self._opened(procedure, start, found, part, near)
        yield from self._ended(procedure, going)

    def on(self, procedure: str, begun: Sequence[Begun]) -> Iterator[int]:
        """Take cases that were begun elsewhere along the rest of the way to their end; gives how many ended their way."""
        found = ways(self.pack.procedures[procedure])
        going = []
        for one in begun:
            way = self._way(self.pack.procedures[procedure], found, one.centre, whole=True)
            state = selectors.state_of(one.case_id)
            rest = next((n for n, (action, _) in enumerate(way.steps) if state in action.from_), None) if way else None
            if way is not None and rest is not None:
                going.append(_Going(later(self.calendar, one.at, self.drawn), one.case_id, one.centre, one.area, way, rest))
        yield from self._ended(procedure, going)

    def _ended(self, procedure: str, going: list[_Going]) -> Iterator[int]:
        heapq.heapify(going)
        while going:
            part = [heapq.heappop(going) for _ in range(min(AT_ONCE, len(going)))]
            left = self._acted(procedure, part)
            for one in left:
                heapq.heappush(going, one)
            yield len(part) - len(left)

    def _opened(
        self, procedure: str, action: Action, found: Mapping[str, list[Way]], part: range, near: bool | None
    ) -> list[_Going]:
        """Open the cases of ``part``. ``near``: by a village (True), by a centre below the top (False), as it comes (None)."""
        spec = self.pack.procedures[procedure]
        commands, areas = [], []
        for n in part:
            area, at = self.drawn.choice(self.grids), self._moment()
            actor = self.maker.opener(action, area, () if near is None else spec.starts_in if near else self.centres_below)
            if actor is None:
                self.filled.missed[f"{procedure}.{action.key}: nobody"] += 1
                continue
            facts = self.maker.facts(action.needs, self._first_facts(action.needs), at, area, actor.unit)
            facts.pop("area", None)
            contact = ContactIn(name="何某某", phone=f"139{n % 10**8:08d}")
            commands.append(
                OpenCommand(
                    actor=actor, request_id=f"year:{procedure}:{n}", facts=facts, procedure=procedure, contact=contact,
                    area_code=area, is_demo=True, at=at,
                )
            )  # fmt: skip
            areas.append(area)
        going = []
        for command, area, verdict in zip(commands, areas, open_many(commands), strict=True):
            if not isinstance(verdict.done, Opened) or command.at is None:
                self.filled.missed[f"{procedure}.{action.key}: {verdict.error.say if verdict.error else ''}"] += 1
                continue
            self.filled.cases[procedure] += 1
            way = self._way(spec, found, verdict.done.centre, whole=near is not None)
            if way is None:
                continue
            at = later(self.calendar, command.at, self.drawn)
            going.append(_Going(at, verdict.done.case_id, verdict.done.centre, area, way))
        return going

    def _way(self, spec: Procedure, found: Mapping[str, list[Way]], centre: int, *, whole: bool) -> Way | None:
        """The longest way from the state that the case begins in at its centre; now and then a shorter one unless ``whole``."""
        unit = self.directory.unit(centre)
        known = found.get(spec.starts_in.get(unit.kind, spec.start_state) if unit else spec.start_state, [])
        if not whole and len(known) > 1 and self.drawn.random() < SHORTER:
            return self.drawn.choice(known[1:])
        return known[0] if known else None

    def _first_facts(self, needs: Mapping[str, object]) -> dict[str, str]:
        """Title and words of a report, where a procedure opens with such."""
        text = Phrases(self.drawn).record()
        return {
            name: value for name, value in (("title", text.what[:30]), ("what", f"{text.what}，{text.words}")) if name in needs
        }

    def _acted(self, procedure: str, part: list[_Going]) -> list[_Going]:
        """Do the next act of each; those that have more before them."""
        commands, ready = [], []
        for one in part:
            action, given = one.way.steps[one.done]
            while action.automatic is not None and one.done + 1 < len(one.way.steps):  # it followed by itself
                one.done += 1
                action, given = one.way.steps[one.done]
            actor = (
                None if action.automatic is not None or one.at > self.ends else self.maker.actor(one.case_id, action, one.area)
            )
            if actor is None:
                continue
            ready.append(one)
            facts = self.maker.facts(action.needs, given, one.at, one.area, one.centre)
            key = f"year:{one.case_id}:{one.done}"
            commands.append(Command(actor=actor, case_id=one.case_id, action=action.key, request_id=key, facts=facts, at=one.at))
        left = []
        for one, command, verdict in zip(ready, commands, perform_many(commands) if commands else [], strict=True):
            if verdict.error is not None:
                self.filled.missed[f"{procedure}.{command.action}: {verdict.error.say}"] += 1
                continue
            self.filled.acts[command.action] += 1
            one.done, one.at = one.done + 1, later(self.calendar, one.at, self.drawn)
            if one.done < len(one.way.steps):
                left.append(one)
        return left
