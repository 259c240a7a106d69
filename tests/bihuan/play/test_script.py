"""The script: times moved, places spread, stories told, always the same."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bihuan import packs
from bihuan.exchange.cells import Moment
from bihuan.exchange.messages import Message
from bihuan.play.guess import best, guesser
from bihuan.play.script import LONGEST_GAP, QUIET_DAY, WORKING_DAYS, first_day, moved, stable, urgency_of, write_script
from bihuan.play.stories import AT_THE_CENTRE, AT_THE_END, EVERYWHERE, SHARES, deck
from bihuan.play.stories_files import PICTURED
from bihuan.play.stories_joint import TOGETHER, TOGETHER_AT_THE_END
from bihuan.play.stories_levels import BETWEEN, BETWEEN_AT_THE_END
from bihuan.rulebook.published import build_calendar, days_of, known_years

ZONE = ZoneInfo("Asia/Shanghai")
ENDS = datetime(2026, 11, 20, 11, 0, tzinfo=ZONE)


def message(line: int, at: datetime | None, *, has_time: bool = True) -> Message:
    written = None if at is None else Moment(at=at, has_time=has_time)
    return Message(line=line, row_key=f"k{line}", number=str(line), written=written, subject="路灯坏了", text="路灯坏了两周。")


@pytest.fixture(scope="module")
def calendar():
    return build_calendar(packs.load(packs.standard()), days_of(known_years()))


def test_the_last_message_falls_on_the_last_day_and_none_after_it():
    start = datetime(2019, 3, 1, 8, 30, tzinfo=ZONE)
    given = [message(n, start + timedelta(days=n // QUIET_DAY, minutes=20 * (n % QUIET_DAY))) for n in range(6 * QUIET_DAY)]
    timed = moved(given, ENDS, ZONE)
    assert timed[-1][1].date() == ENDS.date()
    assert all(at <= ENDS for _, at in timed)
    assert [one.line for one, _ in timed] == list(range(6 * QUIET_DAY))
    assert len({at.date() for _, at in timed}) == 6
    assert all(at.time() == one.written.at.time() for one, at in timed[:-1])


def test_messages_later_today_than_now_come_in_the_hour_before():
    given = [message(n, datetime(2019, 3, 1, 15, n, tzinfo=ZONE)) for n in range(5)]
    timed = moved(given, ENDS, ZONE)
    assert [one.line for one, _ in timed] == [0, 1, 2, 3, 4]
    assert all(ENDS - timedelta(hours=1) <= at <= ENDS for _, at in timed)


def test_days_without_messages_are_closed_up():
    given = [message(n, datetime(2010 + n // QUIET_DAY, 1, 1, 8, n, tzinfo=ZONE)) for n in range(4 * QUIET_DAY)]
    days = sorted({at.date() for _, at in moved(given, ENDS, ZONE)})
    assert {later - earlier for earlier, later in itertools.pairwise(days)} == {LONGEST_GAP}
    assert len(days) == 4


def test_quiet_days_are_put_together():
    given = [message(n, datetime(2019, 3, 1 + n, 8, n, tzinfo=ZONE)) for n in range(2 * QUIET_DAY)]
    assert len({at.date() for _, at in moved(given, ENDS, ZONE)}) == 2


def test_messages_without_a_time_and_with_a_day_only():
    given = [message(1, None), message(2, datetime(2019, 3, 1, tzinfo=ZONE), has_time=False)]
    timed = {one.line: at for one, at in moved(given, ENDS, ZONE)}
    assert timed[1] <= ENDS
    assert timed[2].hour == 9
    assert moved([], ENDS, ZONE) == []


def test_sixty_working_days(calendar):
    first = first_day(calendar, ENDS.date())
    assert calendar.working_days_between(first, ENDS.date()) == WORKING_DAYS
    sunday = datetime(2026, 11, 22, tzinfo=ZONE).date()
    assert first_day(calendar, sunday) == first


def test_the_script_is_the_same_for_the_same_messages(calendar):
    given = [message(n, datetime(2026, 3, 1, 9, tzinfo=ZONE) + timedelta(hours=7 * n)) for n in range(240)]
    pack = packs.load(packs.standard())
    guess = guesser({one.key for one in pack.catalogue.leaves()}, {one.key for one in pack.catalogue.kinds})
    grids = [f"99010100120100{n}" for n in range(7)]
    scripts = [write_script(given, calendar=calendar, grids=grids, guesser=guess, ends=ENDS) for _ in range(2)]
    assert scripts[0] == scripts[1]
    assert {scene.message.area_code for scene in scripts[0].scenes} == set(grids)
    assert {scene.category for scene in scripts[0].scenes} == {"urban.lighting"}
    assert scripts[0].scenes[-1].at.date() == ENDS.date()
    told = {scene.telling for scene in scripts[0].played()}
    endings = (*AT_THE_END, *TOGETHER_AT_THE_END, *BETWEEN_AT_THE_END, *AT_THE_CENTRE, *EVERYWHERE)  # no office is shown here
    assert told == {telling for telling, _ in (*SHARES, *TOGETHER, *PICTURED, *BETWEEN)} | {telling for _, telling in endings}


def test_every_hand_of_stories_tells_all():
    size = sum(times for _, times in SHARES)
    assert set(deck(Random(1), size)) == {telling for telling, _ in SHARES}
    assert len(deck(Random(1), 3 * size + 1)) == 3 * size + 1


def test_guesses():
    words = {"a": ("灯",), "b": ("水", "灯")}
    assert best(words, "水和灯", "") == "b"
    assert best(words, "", "灯") == "a"
    assert best(words, "无", "无") == ""
    assert guesser({"x.y"}, {"k"}).category("无", "无") == "x.y"
    with pytest.raises(ValueError, match="no categories"):
        guesser(set(), set())
    assert urgency_of("人命关天，赶快") == "critical"
    assert urgency_of("路面塌了") == "urgent"
    assert urgency_of("慢慢来") == "normal"


def test_a_stable_number_stays():
    assert stable("x", 10) == stable("x", 10)
    assert len({stable(str(n), 1000) for n in range(100)}) > 80
