"""What is played: the messages of the file in the demonstration's time and places, and which story each of them tells."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from zoneinfo import ZoneInfo

from bihuan.exchange.cells import Moment
from bihuan.exchange.messages import Message, by_time
from bihuan.play.guess import Guesser
from bihuan.play.stories import (
    AT_THE_CENTRE,
    AT_THE_END,
    AT_THE_OFFICE,
    EVERYWHERE,
    Telling,
    brief,
    deck,
    declined,
    withdrawn,
)
from bihuan.play.stories_files import PICTURED, PICTURED_AT_THE_OFFICE
from bihuan.play.stories_joint import TOGETHER, TOGETHER_AT_THE_END
from bihuan.play.stories_levels import BETWEEN, BETWEEN_AT_THE_END
from bihuan.rules.calendar import Calendar

WORKING_DAYS = 60
FULLY = 650  # of the played weeks' messages so many have a story of their own; the others take the shortest way
LONGEST_GAP = timedelta(days=1)
QUIET_DAY = 5  # messages: a day with fewer is put together with the day before it
OLDER_BY = 3  # working days by which a matter that stays open on the last day may be older than its story asks for
SEED = 13710
URGENT_WORDS = ("急！", "人命", "马上", "漏电", "塌", "走失", "往下滑")
CRITICAL_WORDS = ("人命关天", "急！")
MAJOR_CATEGORIES = ("land.land_taking", "housing.expropriation", "housing.sale", "labour.wages", "environment.water")
MAJOR_SHARE = 0.3
TOWNSHIP_CHANNELS = ("grid", "visit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One message as it is played: received when and where, by the county's or the township's centre, told how.

    ``to_county``: assigned to a county office though a township station could do it.
    """

    message: Message
    at: datetime
    category: str
    weight: str
    urgency: str
    by_township: bool
    about: str
    telling: Telling
    to_county: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All scenes in order of time. ``opens``: the first instant of the played weeks; ``ends``: the last instant."""

    scenes: tuple[Scene, ...]
    opens: datetime
    ends: datetime

    def played(self) -> list[Scene]:
        """The scenes of the played weeks."""
        return [scene for scene in self.scenes if scene.at >= self.opens]

    def before(self) -> list[Scene]:
        """The scenes before them."""
        return [scene for scene in self.scenes if scene.at < self.opens]


def stable(key: str, size: int) -> int:
    """A number below ``size`` that is always the same for the same key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % size


def moved(messages: Sequence[Message], ends: datetime, zone: ZoneInfo) -> list[tuple[Message, datetime]]:
    """Every message with its time moved by whole days so that the last falls on the day of ``ends``; none lies after it.

    Days without any message are closed up and quiet days are put together, so that the last weeks are as busy as the file
    is. Messages without a time are spread over the days before by a stable hash.
    """
    timed: list[tuple[Message, datetime]] = []
    later: date | None = None
    on_day = 0
    day = ends.astimezone(zone).date()
    for one in reversed(by_time(messages)):
        if one.written is None:
            timed.append((one, ends - timedelta(minutes=stable(one.row_key, 80 * 24 * 60))))
            continue
        written = one.written.at.astimezone(zone)
        if later is not None and later != written.date() and on_day >= QUIET_DAY:
            day -= min(later - written.date(), LONGEST_GAP)
            on_day = 0
        later = written.date()
        on_day += 1
        moment = written.time() if one.written.has_time else time(9)
        timed.append((one, datetime.combine(day, moment, zone)))
    in_order = sorted(timed, key=lambda pair: (pair[1], pair[0].line))
    early = [pair for pair in in_order if pair[1] <= ends]
    late = [one for one, at in in_order if at > ends]  # later today than it is now: moved into the hour before now
    step = timedelta(hours=1) / (len(late) + 1)
    squeezed = [(one, ends - step * (len(late) - n)) for n, one in enumerate(late)]
    return sorted(early + squeezed, key=lambda pair: (pair[1], pair[0].line))


def write_script(
    messages: Sequence[Message],
    *,
    calendar: Calendar,
    grids: Sequence[str],
    guesser: Guesser,
    ends: datetime,
    shown: frozenset[str] = frozenset(),
) -> Script:
    """The whole script, the same for the same messages and the same last instant.

    ``shown``: the categories of the county office that the cast works in, so that its desks are not empty.
    """
    zone = ZoneInfo(calendar.zone)
    drawn = Random(SEED)
    timed = moved(messages, ends, zone)
    opens = datetime.combine(first_day(calendar, ends.astimezone(zone).date()), time(), zone)
    played = [pair for pair in timed if pair[1] >= opens]
    newest = [one.line for one, _ in played[-FULLY:]]
    told: dict[int, Telling] = dict(zip(newest, deck(drawn, len(newest), TOGETHER + PICTURED + BETWEEN), strict=True))
    about = about_words()
    ended = endings(played, calendar, ends.astimezone(zone).date(), about=about, guesser=guesser, shown=shown)
    told |= ended
    scenes = []
    for one, at in timed:
        placed = replace(
            one,
            area_code=one.area_code or grids[stable(one.row_key, len(grids))],
            kind=one.kind or guesser.kind(one.subject, one.text),
            written=one.written and Moment(at=at, has_time=one.written.has_time),
        )
        category = guesser.category(one.subject, one.text)
        major = category in MAJOR_CATEGORIES and drawn.random() < MAJOR_SHARE
        scenes.append(
            Scene(
                message=placed,
                at=at,
                category=category,
                weight="major" if major else "ordinary",
                urgency=urgency_of(one.subject + one.text),
                by_township=to_township(one),
                about=office_named(one, about),
                telling=told.get(one.line) or drawn.choices((brief, declined, withdrawn), (88, 8, 4))[0],
                to_county=one.line in ended and category in shown,
            )
        )
    return Script(scenes=tuple(scenes), opens=opens, ends=ends)


def endings(
    played: Sequence[tuple[Message, datetime]],
    calendar: Calendar,
    last: date,
    *,
    about: Sequence[tuple[tuple[str, ...], str]],
    guesser: Guesser,
    shown: frozenset[str],
) -> dict[int, Telling]:
    """The stories of the matters that are open on the last day, by line; the rarest kind of message is chosen first."""

    def centre(one: Message) -> bool:
        return not to_township(one) and not office_named(one, about)

    def anywhere(_one: Message) -> bool:
        return True

    def office(one: Message) -> bool:
        return centre(one) and guesser.category(one.subject, one.text) in shown

    ended: dict[int, Telling] = {}
    for ending, fits in (
        (PICTURED_AT_THE_OFFICE + AT_THE_OFFICE, office),
        (AT_THE_END + TOGETHER_AT_THE_END + BETWEEN_AT_THE_END, anywhere),
        (AT_THE_CENTRE, centre),
        (EVERYWHERE, anywhere),
    ):
        ended |= at_the_end([pair for pair in played if pair[0].line not in ended and fits(pair[0])], calendar, last, ending)
    return ended


def first_day(calendar: Calendar, last: date) -> date:
    """The first of the working days that are played, the last included."""
    end = last if calendar.is_working(last) else calendar.working_day_before(last)
    return calendar.working_day_before(end, WORKING_DAYS - 1)


def at_the_end(
    played: Sequence[tuple[Message, datetime]], calendar: Calendar, last: date, ending: Sequence[tuple[int, Telling]]
) -> dict[int, Telling]:
    """The stories of the newest matters as ``ending`` lists them, by line: each for a matter about that old, if there is one."""
    told: dict[int, Telling] = {}
    for age, telling in ending:
        latest, earliest = (calendar.working_day_before(last, n) for n in (age, age + OLDER_BY))
        fitting = (one for one, at in reversed(played) if one.line not in told and earliest < calendar.local(at).date() <= latest)
        found = next(fitting, None)
        if found is not None:
            told[found.line] = telling
    return told


def to_township(one: Message) -> bool:
    """Whether people went to their township with it rather than to the county."""
    return one.channel in TOWNSHIP_CHANNELS if one.channel else stable(one.row_key, 10) < 4


def office_named(one: Message, about: Sequence[tuple[tuple[str, ...], str]]) -> str:
    """The key of the office that the message is about, "" for most."""
    return next((office for words, office in about if any(word in one.subject for word in words)), "")


def urgency_of(text: str) -> str:
    """How urgent a message sounds, by its words: for the demonstration only."""
    if any(word in text for word in CRITICAL_WORDS):
        return "critical"
    return "urgent" if any(word in text for word in URGENT_WORDS) else "normal"


def about_words() -> list[tuple[tuple[str, ...], str]]:
    """Words in a subject that make a message one about an office, and the office's key."""
    read = tomllib.loads(files("bihuan.play").joinpath("sample/guess.toml").read_text("utf-8"))
    return [(tuple(line["words"]), str(line["office"])) for line in read["about"]]


def counted(script: Script) -> Mapping[str, int]:
    """How many scenes tell each story, by the story's name."""
    return Counter(scene.telling.__name__ for scene in script.scenes)
