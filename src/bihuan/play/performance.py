"""The performance: messages come in through the importer day by day, people handle them, the worker looks after limits."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from bihuan.access.actors import Actor
from bihuan.cases.shapes import Opened
from bihuan.exchange.importer import take_in
from bihuan.exchange.messages import Message
from bihuan.intake.services import record_service
from bihuan.intake.shapes import RecordIn
from bihuan.ledger.clock import SetClock
from bihuan.packs import Pack
from bihuan.people.directory import OrgDirectory
from bihuan.play.cast import Seats
from bihuan.play.levels import Levels, Villages
from bihuan.play.names import invented
from bihuan.play.phrases import Phrases
from bihuan.play.script import SEED, Scene, Script, stable
from bihuan.play.stage import Missed, Stage
from bihuan.play.stories_centre import centre_day
from bihuan.play.stories_urging import urge
from bihuan.play.told import PackStories
from bihuan.rules.calendar import Calendar
from bihuan.rules.scope import Duty
from bihuan.supervision.selectors import issuers_waiting

RECORDS_A_DAY = 6
DESKS = 3
BEFORE_AT_ONCE = 400
TOWNSHIP_OFFICE_SHARE = 0.5
LEAVE_A_PHONE = 0.7
"""The share of messages whose writers leave a telephone number."""
LAST_ROUTES = ("petition_final", "superior")
Step = Callable[[int], None]
Told = TypeVar("Told")


def _by_line(values: Mapping[int, Told]) -> Callable[[Message], Told]:
    return lambda message: values[message.line]


@dataclass(frozen=True, slots=True)
class Played:
    """What was played: cases opened, acts by kind, service records, acts of the worker, and what the door refused."""

    opened: int
    acts: Counter[str]
    records: int
    missed: tuple[Missed, ...]
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class Performance:
    """Everything that the play needs at hand. ``clock`` tells the time to every room while it runs, ``work`` is the worker."""

    pack: Pack
    calendar: Calendar
    directory: OrgDirectory
    seats: Seats
    clock: SetClock
    script: Script
    stage: Stage
    work: Callable[[], object]
    told: PackStories
    drawn: Random = field(default_factory=lambda: Random(SEED))
    refused: list[str] = field(default_factory=list)
    levels: Levels = field(init=False)
    villages: Villages = field(init=False)
    opened: int = 0
    records: int = 0

    def __post_init__(self) -> None:
        """What the play needs to know of levels and villages."""
        routes = tuple(route.key for route in self.pack.catalogue.routes if route.key not in LAST_ROUTES)
        self.levels = Levels(self.pack, self.directory, self.calendar, routes)
        self.villages = Villages(self.levels, self.seats, self.stage)

    def before(self, step: Step) -> None:
        """What came in before the played weeks: all opened, then told to the end, many at once."""
        scenes = self.script.before()
        self.clock.set(self.script.opens)
        for start in range(0, len(scenes), BEFORE_AT_ONCE):
            part = scenes[start : start + BEFORE_AT_ONCE]
            self.take_in(part)
            self.stage.play_until(self.script.opens)
            step(len(part))

    def weeks(self, step: Step) -> None:
        """The played weeks, day by day: messages, acts, service records, then the worker."""
        scenes = self.script.played()
        entered = 0
        self.told.begin(self.script.opens, self.script.ends)
        for ends in days(self.script, self.calendar):
            self.open_day(ends)
            self.keep_records(ends)
            self.opened += self.villages.register(ends, self.clock, self.script)
            self.clock.set(ends)
            until = bisect_right(scenes, ends, key=lambda scene: scene.at)
            self.take_in(scenes[entered:until])
            entered = until
            self.stage.play_until(ends)
            self.told.play_until(ends)
            self.work()
            step(1)

    def open_day(self, ends: datetime) -> None:
        """On a working day: what the worker owes at the opening, reminders among it; then the leaders' letters."""
        day = self.calendar.local(ends).date()
        opens = self.calendar.open_of(day)
        if not self.calendar.is_working(day) or opens >= ends:
            return
        self.clock.set(opens)
        self.stage.play_until(opens)
        self.work()
        heads = {unit: self.seats.actor(unit, "centre_head") for unit in issuers_waiting()}
        self.stage.performed.update(urge(self.seats, heads, self.calendar, opens, self.script.ends))
        told = centre_day(self.pack, self.seats, self.directory, self.calendar, opens, self.script.ends)
        self.stage.performed.update(told)

    def take_in(self, scenes: Sequence[Scene]) -> None:
        """Take messages in through the importer, by the dispatcher of the centre that each came to, and let them begin."""
        by_actor: dict[int, list[Scene]] = {}
        actors: dict[int, Actor] = {}
        for scene in scenes:
            actor = self.receiver(scene)
            actors[actor.post_id] = actor
            by_actor.setdefault(actor.post_id, []).append(scene)
        for post, some in by_actor.items():
            at = {scene.message.line: scene.at for scene in some}
            about = self.about_of(some)
            outcome = take_in(
                [with_contact(scene.message) for scene in some],
                actor=actors[post],
                pack=self.pack,
                defaults={"kind": "complaint", "channel": "import"},
                received=_by_line(at),
                about=_by_line(about),
                is_demo=True,
            )
            self.refused += [f"{fault.line}: {fault.say}" for fault in outcome.faults]
            self.opened += len(outcome.opened)
            for scene in some:
                opened = outcome.opened.get(scene.message.line)
                if opened is not None:
                    self.begin(scene, opened)

    def about_of(self, scenes: Sequence[Scene]) -> dict[int, int]:
        """The unit that each message is about, 0 for most."""
        found = {}
        for scene in scenes:
            units = self.directory.units_of(scene.about, scene.message.area_code) if scene.about else ()
            found[scene.message.line] = units[0] if units else 0
        return found

    def begin(self, scene: Scene, opened: Opened) -> None:
        """Let a new case's story begin."""
        about = self.about_of([scene])[scene.message.line]
        drawn = Random(f"{SEED}:{scene.message.row_key}")
        matter = self.levels.matter(scene.category, scene.message.area_code, opened.centre, about=about, drawn=drawn)
        matter.weight, matter.urgency = scene.weight, scene.urgency
        self.stage.enter(opened, centre=opened.centre, matter=matter, telling=scene.telling, at=scene.at)

    def receiver(self, scene: Scene) -> Actor:
        """The dispatcher who takes the message in: the county's, or the township's where people went to it.

        What only an office of the county can settle is told to the county.
        """
        code = scene.message.area_code
        if len(self.pack.levels) > 1 and (scene.by_township or self.drawn_near(scene)) and not scene.to_county:
            centre = self.directory.centre_at(self.pack.levels[1].key, code)
            if centre and self.levels.suggested(scene.category, code, centre):
                return self.seats.actor(centre, "dispatcher")
        return self.seats.actor(self.directory.centre_at(self.pack.levels[0].key, code), "dispatcher")

    def drawn_near(self, scene: Scene) -> bool:
        """True for the share of messages that go to the township though the county could take them."""
        return Random(f"near:{scene.message.row_key}").random() < TOWNSHIP_OFFICE_SHARE

    def keep_records(self, ends: datetime) -> None:
        """The day's service records: asked and done on the spot at counters, in villages and grids."""
        day = self.calendar.local(ends).date()
        if not self.calendar.is_working(day):
            return
        say, opens = Phrases(self.drawn), self.calendar.open_of(day)
        for n in range(RECORDS_A_DAY):
            at = self.calendar.add_working_time(opens, timedelta(minutes=20 + 60 * n + self.drawn.randint(0, 40)))
            if at > ends:
                return
            self.clock.set(at)
            scene = self.script.scenes[stable(f"{day}:{n}", len(self.script.scenes))]
            grid = scene.message.area_code
            desk = self.desk(grid, n)
            if desk is None:
                continue
            record = say.record()
            record_service(
                actor=desk,
                record=RecordIn(
                    what=record.what, words=record.words, result=record.result, channel="visit", area_code=grid, is_demo=True
                ),
                request_id=f"play:{day.isoformat()}:{n}",
            )
            self.records += 1

    def desk(self, grid: str, n: int) -> Actor | None:
        """Somebody near a grid who keeps service records: by turns in the grid, in the village, at the counter above."""
        near = [kind for kind in self.pack.unit_kinds if self.directory.units_of(kind.key, grid)]
        depth = {level.key: n for n, level in enumerate(self.pack.levels)}
        found = []
        for kind in sorted(near, key=lambda kind: -depth.get(kind.level, 0)):
            posts = [post.key for post in self.pack.posts if kind.key in post.unit_kinds and Duty.RECORD_WRITE in post.duties]
            found += [(self.directory.units_of(kind.key, grid)[0], posts[0])] if posts else []
        return self.seats.actor(*found[n % min(len(found), DESKS)]) if found else None

    def outcome(self) -> Played:
        """What was played."""
        missed = (*self.stage.missed, *self.told.missed)
        opened, acts = self.opened + self.told.opened, self.stage.performed + self.told.performed
        return Played(opened, acts, self.records, missed, tuple(self.refused))


def with_contact(message: Message) -> Message:
    """The message with an invented name and telephone for most; the others left none, as in life."""
    drawn = Random(f"contact:{message.row_key}")
    if message.phone or drawn.random() > LEAVE_A_PHONE:
        return message
    name = invented(1, drawn.randrange(10**6))[0]
    return replace(message, name=message.name or name, phone=f"1390000{drawn.randrange(10**4):04d}")


def days(script: Script, calendar: Calendar) -> Iterator[datetime]:
    """The last instant of each played day; the very last one is the script's own."""
    day = calendar.local(script.opens).date()
    while True:
        ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(calendar.zone)) - timedelta(seconds=1)
        if ends >= script.ends:
            yield script.ends
            return
        yield ends
        day += timedelta(days=1)
