"""The demonstration: a whole county set up, played for sixty working days, and remembered in its folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.boundaries import services as boundaries
from bihuan.cases import selectors
from bihuan.cases.shapes import MAIN, Command
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.importer import read_file
from bihuan.ledger import clock
from bihuan.packs import Pack
from bihuan.people.selectors import directory
from bihuan.places import selectors as places
from bihuan.play.along import Maker
from bihuan.play.cast import Player, Seats, categories_of_cast, fill_posts
from bihuan.play.full_size import Filled, Year, size_of
from bihuan.play.guess import guesser
from bihuan.play.performance import Performance, Played
from bihuan.play.script import SEED, Script, write_script
from bihuan.play.stage import Between, Fill, Stage
from bihuan.play.stories_centre import undone_and_redrawn
from bihuan.play.stories_people import people_at_work
from bihuan.play.stories_triage import sort_the_last
from bihuan.play.told import PackStories
from bihuan.play.told_year import ToldYear
from bihuan.rulebook.selectors import calendar_for
from bihuan.rules.calendar import Calendar

ASSIGN = "assign"
NOTE = "demo.json"
SAMPLE = "sample/messages.csv"
LATEST = time(18, 30)
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
RECORDS, CASES = gettext_noop("a year of service records"), gettext_noop("a year of cases")
TOLD = gettext_noop("a year of what the pack's stories tell")
POSTS, READING, HISTORY, WEEKS = (
    gettext_noop("filling every post"),
    gettext_noop("reading messages"),
    gettext_noop("playing what came before"),
    gettext_noop("playing sixty working days"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a demonstration folder says about itself. ``behind``: seconds by which its time lies behind the machine's."""

    pack: str
    today: str
    behind: float
    cases: int
    cast: tuple[Player, ...]


def sample() -> bytes:
    """The messages that come with the demonstration."""
    return files("bihuan.play").joinpath(SAMPLE).read_bytes()


def last_instant(pack: Pack, today: date | None, now: datetime) -> datetime:
    """Where the play ends: on ``today``, or on the last day with a published calendar or the real today, the earlier.

    On the real today it ends now; on any other day at its evening.
    """
    zone = ZoneInfo(pack.calendar.zone)
    real = now.astimezone(zone).date()
    published = max(calendar_for(pack).known_years, default=real.year)
    last = today or min(real, date(published, 12, 31))
    if last == real:
        return now
    return datetime.combine(last, LATEST, zone)


def play(
    pack: Pack, *, messages: bytes, ends: datetime, bar: Bar, work: Callable[[], object], full: bool = False
) -> tuple[Played, list[Player], Script]:
    """Fill the posts of a founded place, take the messages in and play; the clock is the play's own meanwhile.

    ``full``: the year before is filled at the size that the place has published.

    Raises exchange.faults.FileRefused for a file that cannot be read.
    """
    with bar(POSTS, 1) as step:
        cast = fill_posts(pack)
        step(1)
    calendar = calendar_for(pack)
    with bar(READING, 1) as step:
        reading = read_file(messages, pack, kind="complaint")
        if not reading.messages.ready:
            raise FileRefused(_("No row of the file can be taken in."))
        script = write_script(
            reading.messages.ready,
            calendar=calendar,
            grids=[area.code for area in places.of_level(pack.levels[-1].key)],
            guesser=guesser({category.key for category in pack.catalogue.leaves()}, {kind.key for kind in pack.catalogue.kinds}),
            ends=ends,
            shown=categories_of_cast(pack),
        )
        step(1)
    with clock.at(script.opens) as now:
        seats = Seats()
        maker = Maker(pack, directory(), seats, calendar, Random(SEED))
        told = PackStories(pack, calendar, now)
        if full:
            fill_year(pack, seats, calendar, script.opens, bar, told)
        performance = Performance(
            pack=pack,
            calendar=calendar,
            directory=directory(),
            seats=seats,
            clock=now,
            script=script,
            stage=Stage(calendar, seats, fill=filling(pack, maker), between=between(pack, maker)),
            work=work,
            told=told,
        )
        if script.before():
            with bar(HISTORY, len(script.before())) as step:
                performance.before(step)
        length = (ends.date() - script.opens.date()) // timedelta(days=1) + 1
        with bar(WEEKS, length) as step:
            performance.weeks(step)
        sort_the_last(seats, performance.directory, pack.area.code)
    with clock.at(ends):
        performance.stage.performed.update(undone_and_redrawn(pack, seats, performance.directory, calendar, ends))
        work()
        while boundaries.unfinished():  # matters follow in steps, one for each round of the worker
            work()
        people_at_work(pack, ends)
    return performance.outcome(), cast, script


def between(pack: Pack, maker: Maker) -> Between | None:
    """Acts of the usual procedure that a matter cannot go past and that the demonstration's stories do not know.

    From a state that the story's act does not leave, the pack's primary act is done by whoever holds the matter, where it
    leads to one that the story's act does leave; of its choices the first, which a pack writes down as the mildest. None
    where the procedure has no such state, so that nothing is looked up.
    """
    usual = pack.procedures.get(pack.usual())
    assign = next((one for one in usual.actions if one.key == ASSIGN), None) if usual else None
    if usual is None or assign is None:
        return None
    owed = {
        state: action
        for action in usual.actions
        for state in action.from_
        if action.primary and action.to.state in assign.from_ and state not in (*assign.from_, usual.start_state)
    }
    if not owed:
        return None

    def act(case_id: int, following: str, at: datetime) -> Command | None:
        action = owed.get(selectors.state_of(case_id)) if following == ASSIGN else None
        actor = maker.actor(case_id, action, pack.area.code) if action else None
        if action is None or actor is None:
            return None
        mild = {name: need.of[0] for name, need in action.needs.items() if need.type == "choice" and need.of}
        facts = maker.facts(action.needs, mild, at, pack.area.code, actor.unit)
        request = f"play:{case_id}:{action.key}:{at.isoformat()}"
        return Command(actor=actor, case_id=case_id, action=action.key, request_id=request, facts=facts, thread=MAIN, at=at)

    return act


def filling(pack: Pack, maker: Maker) -> Fill:
    """What an act asks for in this pack, out of what the demonstration's stories tell: nothing unasked, nothing left out."""
    usual = pack.procedures.get(pack.usual())
    asked = {action.key: action.needs for action in usual.actions} if usual else {}

    def fill(action: str, facts: Mapping[str, Any], at: datetime, centre: int) -> Mapping[str, Any]:
        needs = asked.get(action)
        unit = maker.directory.unit(centre)
        return facts if needs is None else maker.facts(needs, facts, at, unit.area_code if unit else "", centre)

    return fill


def fill_year(pack: Pack, seats: Seats, calendar: Calendar, ends: datetime, bar: Bar, stories: PackStories) -> Filled:
    """The year before the played weeks, at its published size; what ``stories`` has not told by then it tells on later."""
    year, size = Year(pack, directory(), seats, calendar, ends), size_of(pack)
    with bar(RECORDS, size.records) as step:
        for written in year.records(size.records):
            step(written)
    for procedure, count in size.cases.items():
        with bar(CASES, count) as step:
            for ended in year.cases(procedure, count, size.kept.get(procedure)):
                step(ended)
    if size.told:
        opens = [datetime.combine(day, time(9), ZoneInfo(calendar.zone)) for day in year.days]
        telling = ToldYear(stories, opens, ends)
        tales, acts = telling.begin(size.told)
        with bar(TOLD, acts) as step:
            for done in telling.tell():
                step(done)
            for procedure in pack.procedures:
                for _ended in year.on(procedure, telling.unfinished(tales, procedure)):
                    step(0)
    return year.filled


def keep_note(folder: Path, note: Note) -> None:
    """Write what the folder holds, so that the next start uses it again."""
    (folder / NOTE).write_text(json.dumps(asdict(note), ensure_ascii=False, indent=1), "utf-8")


def read_note(folder: Path) -> Note | None:
    """What the folder says about itself; None when no finished demonstration lies there."""
    file = folder / NOTE
    if not file.is_file():
        return None
    read = json.loads(file.read_text("utf-8"))
    read["cast"] = tuple(Player(**player) for player in read["cast"])
    return Note(**read)
