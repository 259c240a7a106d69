"""Clocks as folds: start, stop, pause, resume, extend, restart, limits by fact, who is charged, and why a day counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import explain, has_passed, read
from bihuan.rules.clocks.shape import ClockSpec, Limit, Reading
from bihuan.rules.events import Event
from bihuan.rules.lights import Light, light, light_of
from bihuan.rules.terms import NOBODY, Doer, Holder, Span, Where
from tests.bihuan.rules import oracle
from tests.bihuan.rules.oracle import Published
from tests.bihuan.rules.story import OCTOBER_2026, SHANGHAI, on

OFFICER = Doer(kind="staff", account=1, unit=3, post="officer")


def happened(*rows: tuple[Any, ...]) -> list[Event]:
    """Events from (kind, instant[, facts]) rows."""
    return [
        Event(seq=n, kind=kind, at=at if isinstance(at, datetime) else on(at), by=OFFICER, facts=rest[0] if rest else {})
        for n, (kind, at, *rest) in enumerate(rows, 1)
    ]


def clock(n: int = 7, unit: Any = "working_day", **more: Any) -> ClockSpec:
    return ClockSpec(
        **{
            "key": "resolve",
            "starts": ("assigned",),
            "stops": ("resolved",),
            "pauses": {"suspended": "resumed"},
            "limits": (Limit(span=Span(n, unit)),),
            **more,
        }
    )


def reading(spec: ClockSpec, events: Sequence[Event], now: str = "2026-12-31 12:00") -> Reading:
    return read(spec, events, OCTOBER_2026, on(now))


def due(spec: ClockSpec, *rows: tuple[Any, ...]) -> str:
    at = reading(spec, happened(*rows)).due_at
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


# -- the worked value of the pack language ------------------------------------------------------------------------------


def test_the_worked_suspension() -> None:
    events = happened(("assigned", "2026-10-08 09:00"), ("suspended", "2026-10-09 16:00"), ("resumed", "2026-10-13 10:00"))
    told = explain(clock(), events, OCTOBER_2026, on("2026-10-14 09:00"))
    assert told.due_at == on("2026-10-21 17:30")
    assert [(row.day.day, row.kind, row.n) for row in told.days] == [
        (8, "receipt", 0),
        (9, "paused", 0),
        (10, "paused", 0),  # a make-up Saturday
        (11, "day_off", 0),
        (12, "paused", 0),
        (13, "counted", 1),
        (14, "counted", 2),
        (15, "counted", 3),
        (16, "counted", 4),
        (17, "day_off", 0),
        (18, "day_off", 0),
        (19, "counted", 5),
        (20, "counted", 6),
        (21, "counted", 7),
    ]


def test_without_the_suspension_it_is_due_earlier() -> None:
    assert due(clock(), ("assigned", "2026-10-08 09:00")) == "2026-10-16 17:30"


# -- starting and stopping ----------------------------------------------------------------------------------------------


def test_an_idle_clock_says_nothing() -> None:
    told = reading(clock(), happened(("registered", "2026-10-08 09:00")))
    assert (told.state, told.due_at, light_of(told, on("2026-10-09 09:00"))) == ("idle", None, None)


def test_a_second_start_does_not_restart() -> None:
    assert due(clock(), ("assigned", "2026-10-08 09:00"), ("assigned", "2026-10-13 09:00")) == "2026-10-16 17:30"


def test_a_restart_does() -> None:
    spec = clock(restarts=("assigned",))
    assert due(spec, ("assigned", "2026-10-08 09:00"), ("assigned", "2026-10-13 09:00")) == "2026-10-22 17:30"


def test_a_restart_does_not_start_an_idle_or_stopped_clock() -> None:
    spec = clock(restarts=("progress_made",))
    assert reading(spec, happened(("progress_made", "2026-10-08 09:00"))).state == "idle"
    stopped = happened(("assigned", "2026-10-08 09:00"), ("resolved", "2026-10-09 09:00"), ("progress_made", "2026-10-12 09:00"))
    assert reading(spec, stopped).state == "stopped"


def test_reopening_starts_anew() -> None:
    spec = clock(starts=("assigned", "reopened"))
    told = reading(
        spec,
        happened(("assigned", "2026-10-08 09:00"), ("resolved", "2026-10-09 09:00"), ("reopened", "2026-10-20 09:00")),
    )
    assert (told.state, told.started_at, told.due_at) == ("running", on("2026-10-20 09:00"), on("2026-10-29 17:30"))


def test_a_stop_can_be_taken_back_and_the_time_between_is_not_counted() -> None:
    spec = clock(resumes_after={"sent_back": "continue"})
    rows = (("assigned", "2026-10-08 09:00"), ("resolved", "2026-10-12 09:00"), ("sent_back", "2026-10-15 09:00"))
    assert due(spec, *rows) == "2026-10-21 17:30"  # 12, 13 and 14 October stood still
    assert due(clock(), *rows) == "2026-10-16 17:30"


def test_events_after_now_are_not_looked_at() -> None:
    events = happened(("assigned", "2026-10-08 09:00"), ("resolved", "2026-10-12 09:00"))
    assert reading(clock(), events, "2026-10-10 09:00").state == "running"


# -- pauses -------------------------------------------------------------------------------------------------------------


def test_while_paused_no_limit_is_named() -> None:
    events = happened(("assigned", "2026-10-08 09:00"), ("suspended", "2026-10-09 16:00"))
    told = explain(clock(), events, OCTOBER_2026, on("2026-10-13 18:00"))
    assert (told.state, told.due_at, told.amber_at) == ("paused", None, None)
    assert [row.kind for row in told.days] == ["receipt", "paused", "paused", "day_off", "paused", "paused"]
    assert light_of(told, on("2026-10-13 18:00")) is Light.PAUSED


def test_a_pause_within_one_day_costs_nothing() -> None:
    rows = (("assigned", "2026-10-08 09:00"), ("suspended", "2026-10-09 10:00"), ("resumed", "2026-10-09 17:29"))
    assert due(clock(), *rows) == "2026-10-16 17:30"
    assert due(clock(), rows[0], rows[1], ("resumed", "2026-10-09 17:31")) == "2026-10-19 17:30"


def test_a_pause_at_the_close_itself_takes_the_day_and_a_resumption_gives_it_back() -> None:
    start = ("assigned", "2026-10-08 09:00")
    assert due(clock(), start, ("suspended", "2026-10-09 17:30"), ("resumed", "2026-10-09 18:00")) == "2026-10-19 17:30"
    assert due(clock(), start, ("suspended", "2026-10-09 10:00"), ("resumed", "2026-10-09 17:30")) == "2026-10-16 17:30"


def test_late_stays_late_whatever_is_suspended_afterwards() -> None:
    rows = (("assigned", "2026-10-08 09:00"), ("suspended", "2026-10-16 17:31"))
    told = reading(clock(), happened(*rows), "2026-10-20 09:00")
    assert (told.state, told.due_at) == ("running", on("2026-10-16 17:30"))
    assert light_of(told, on("2026-10-20 09:00")) is Light.OVER


def test_a_stop_during_a_pause_is_in_time() -> None:
    rows = (("assigned", "2026-10-08 09:00"), ("suspended", "2026-10-16 10:00"), ("resolved", "2026-11-16 10:00"))
    told = reading(clock(), happened(*rows))
    assert told.state == "stopped"
    assert light_of(told, on("2026-12-01 09:00")) is Light.MET


def test_a_month_is_put_off_by_the_days_paused() -> None:
    spec = clock(1, "month")
    rows = (("assigned", "2026-10-12 09:00"), ("suspended", "2026-10-20 09:00"), ("resumed", "2026-10-23 09:00"))
    assert due(spec, rows[0]) == "2026-11-12 17:30"
    assert due(spec, *rows) == "2026-11-16 17:30"  # three days on is Sunday the 15th, so Monday
    told = explain(spec, happened(*rows), OCTOBER_2026, on("2026-10-24 09:00"))
    assert [row.kind for row in told.days[-2:]] == ["counted", "moved"]


def test_natural_hours_pause_to_the_minute() -> None:
    spec = clock(24, "hour")
    rows = (("assigned", "2026-10-12 09:00"), ("suspended", "2026-10-12 20:00"), ("resumed", "2026-10-12 23:30"))
    assert due(spec, *rows) == "2026-10-13 12:30"


def test_working_hours_pause_to_the_minute() -> None:
    spec = clock(4, "working_hour")
    rows = (("assigned", "2026-10-12 09:00"), ("suspended", "2026-10-12 11:00"), ("resumed", "2026-10-12 17:00"))
    assert due(spec, *rows) == "2026-10-13 10:30"


def test_promised_dates_and_instants_are_put_off_by_pauses() -> None:
    rows = (("suspended", "2026-10-13 09:00"), ("resumed", "2026-10-15 09:00"))
    dated = clock(limits=(Limit(fact="until"),))
    assert due(dated, ("assigned", "2026-10-12 09:00", {"until": "2026-10-20"}), *rows) == "2026-10-22 17:30"
    assert due(dated, ("assigned", "2026-10-12 09:00", {"until": "2026-10-20T12:00:00+08:00"}), *rows) == "2026-10-22 12:00"
    for value in ("2026-10-20", "2026-10-20T12:00:00+08:00"):
        assert due(dated, ("assigned", "2026-10-12 09:00", {"until": value}), rows[0]) == ""
    for unit in ("hour", "working_hour", "month"):
        assert due(clock(1 if unit == "month" else 99, unit), ("assigned", "2026-10-12 09:00"), rows[0]) == ""


def test_an_end_moved_off_a_day_off_waits_for_the_clock_to_run_again() -> None:
    spec = clock(5, "calendar_day")  # 17 October is a Saturday, so Monday the 19th
    start = ("assigned", "2026-10-12 09:00")
    assert due(spec, start) == "2026-10-19 17:30"
    assert due(spec, start, ("suspended", "2026-10-18 09:00")) == ""
    assert due(spec, start, ("suspended", "2026-10-18 09:00"), ("resumed", "2026-10-21 09:00")) == "2026-10-21 17:30"


def test_a_date_that_passed_before_its_clock_started_is_late_at_once() -> None:
    told = reading(clock(limits=(Limit(fact="until"),)), happened(("assigned", "2026-10-12 09:00", {"until": "2026-10-09"})))
    assert (told.due_at, told.amber_at) == (on("2026-10-09 17:30"), on("2026-10-09 17:30"))
    assert light_of(told, on("2026-10-12 09:00")) is Light.OVER


breaks = st.lists(st.tuples(st.integers(0, 40 * 24 * 60), st.integers(1, 6 * 24 * 60)), max_size=4)


def with_breaks(start: datetime, gaps: list[tuple[int, int]]) -> tuple[list[Event], list[tuple[datetime, datetime]]]:
    rows: list[tuple[Any, ...]] = [("assigned", start)]
    pauses, moment = [], start
    for wait, length in gaps:
        begins = moment + timedelta(minutes=wait // 4)
        moment = begins + timedelta(minutes=length)
        pauses.append((begins, moment))
        rows += [("suspended", begins), ("resumed", moment)]
    return happened(*rows), pauses


@settings(deadline=None, max_examples=400)
@given(
    start=st.datetimes(datetime(2016, 1, 2), datetime(2026, 6, 30)).map(
        lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    ),
    n=st.integers(1, 25),
    gaps=breaks,
)
def test_paused_clocks_agree_with_the_oracle(
    calendar: Calendar, published: Published, start: datetime, n: int, gaps: list[tuple[int, int]]
) -> None:
    events, pauses = with_breaks(start, gaps)
    later = events[-1].at + timedelta(days=400)
    for unit, walk in (("working_day", oracle.after_working_days), ("calendar_day", oracle.after_calendar_days)):
        told = explain(clock(n, unit), events, calendar, later)
        assert told.due_at == walk(published, start, n, pauses)
        assert [row.n for row in told.days if row.n] == list(range(1, n + 1))
        assert told.due_at is not None
        assert told.days[-1].day == told.due_at.date()


# -- extension, limits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "unit", "days", "expected"),
    [
        (7, "working_day", 2, "2026-10-20 17:30"),
        (60, "calendar_day", 30, "2027-01-06 17:30"),
        (1, "month", 3, "2026-11-11 17:30"),
        (24, "hour", 12, "2026-10-09 21:00"),
    ],
)
def test_an_extension_adds_to_the_limit(n: int, unit: str, days: int, expected: str) -> None:
    spec = clock(n, unit, extends={"extended": "days"})
    rows = (("assigned", "2026-10-08 09:00"), ("extended", "2026-10-08 10:00", {"days": days}))
    assert due(spec, *rows) == expected


def test_the_first_limit_whose_condition_holds_applies_until_the_stop() -> None:
    major = Limit(where=Where((("weight", ("major",)),)), span=Span(1, "month"), key="major")
    spec = clock(limits=(major, Limit(span=Span(7, "working_day"), key="ordinary")))
    start = ("assigned", "2026-10-08 09:00", {"weight": "ordinary"})
    told = reading(spec, happened(start))
    assert (told.limit_key, told.due_at) == ("ordinary", on("2026-10-16 17:30"))
    regraded = ("regraded", "2026-10-12 09:00", {"weight": "major"})
    assert reading(spec, happened(start, regraded)).limit_key == "major"
    stopped = ("resolved", "2026-10-11 09:00")
    assert reading(spec, happened(start, stopped, regraded)).limit_key == "ordinary"


def test_a_committed_date_ends_at_that_days_close_as_promised() -> None:
    spec = clock(limits=(Limit(fact="committed_on"),), starts=("plan_set",))
    told = reading(spec, happened(("plan_set", "2026-10-08 09:00", {"committed_on": "2026-11-15"})))
    assert (told.due_at, told.amber_at) == (on("2026-11-15 17:30"), on("2026-11-13 17:30"))  # a Sunday stays a Sunday


def test_an_instant_is_due_at_itself() -> None:
    spec = clock(limits=(Limit(fact="respond_by"),))
    told = reading(spec, happened(("assigned", "2026-10-12 09:00", {"respond_by": "2026-10-12T03:00:00+00:00"})))
    assert told.due_at == on("2026-10-12 11:00")
    assert told.amber_at == on("2026-10-12 10:30")  # the last quarter, where four working hours would lie before the start


def test_a_limit_whose_fact_is_missing_names_no_end() -> None:
    assert due(clock(limits=(Limit(fact="committed_on"),)), ("assigned", "2026-10-08 09:00")) == ""


def test_every_period_asks_for_its_own_report() -> None:
    spec = clock(limits=(), every=Span(1, "month"), marks=("progress_made",), starts=("plan_set",))
    rows: list[tuple[Any, ...]] = [("plan_set", "2026-10-12 09:00")]
    assert due(spec, *rows) == "2026-11-12 17:30"
    rows.append(("progress_made", "2026-10-20 09:00"))
    assert due(spec, *rows) == "2026-12-14 17:30"  # 12 December is a Saturday
    rows.append(("progress_made", "2026-11-01 09:00"))  # a second report in the same month gains nothing
    assert due(spec, *rows) == "2026-12-14 17:30"
    rows.append(("progress_made", "2026-12-20 09:00"))  # late: it answers the third month
    assert due(spec, *rows) == "2027-02-12 17:30"
    assert reading(spec, happened(*rows, ("resolved", "2026-12-21 09:00"))).state == "stopped"


def test_a_limit_beyond_the_published_years_is_provisional() -> None:
    assert reading(clock(), happened(("assigned", "2026-12-28 09:00")), "2026-12-29 09:00").provisional
    assert not reading(clock(), happened(("assigned", "2026-10-12 09:00")), "2026-12-29 09:00").provisional


# -- amber and lights ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "unit", "amber", "expected"),
    [
        (7, "working_day", None, "2026-10-15 17:30"),
        (1, "working_day", None, "2026-10-09 13:30"),
        (1, "working_day", Span(1, "working_day"), "2026-10-09 13:30"),  # an amber as long as the limit says nothing
        (1, "working_day", Span(2, "working_hour"), "2026-10-09 15:30"),
        (7, "working_day", Span(2, "working_day"), "2026-10-14 17:30"),
        (24, "hour", None, "2026-10-09 03:00"),
        (4, "working_hour", None, "2026-10-08 13:30"),
        (1, "month", None, "2026-11-06 17:30"),
    ],
)
def test_amber(n: int, unit: str, amber: Span | None, expected: str) -> None:
    told = reading(clock(n, unit, amber=amber), happened(("assigned", "2026-10-08 09:00")))
    assert told.amber_at == on(expected)


def test_the_limits_own_amber_comes_before_the_clocks() -> None:
    spec = clock(amber=Span(1, "working_day"), limits=(Limit(span=Span(7, "working_day"), amber=Span(3, "working_day")),))
    assert reading(spec, happened(("assigned", "2026-10-08 09:00"))).amber_at == on("2026-10-13 17:30")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-10-15 17:29", Light.RUNNING),
        ("2026-10-15 17:30", Light.NEAR),
        ("2026-10-16 17:30", Light.NEAR),  # the due instant itself is in time
        ("2026-10-16 17:31", Light.OVER),
    ],
)
def test_the_open_lights(now: str, expected: Light) -> None:
    told = reading(clock(), happened(("assigned", "2026-10-08 09:00")))
    assert light_of(told, on(now)) is expected
    assert has_passed(told, on(now)) == (expected is Light.OVER)


def test_the_closed_lights() -> None:
    for stop, expected in (("2026-10-16 17:30", Light.MET), ("2026-10-16 17:31", Light.MISSED)):
        told = reading(clock(), happened(("assigned", "2026-10-08 09:00"), ("resolved", stop)))
        assert light_of(told, on("2026-12-01 09:00")) is expected


def test_an_idle_clock_has_no_light() -> None:
    with pytest.raises(ValueError, match="light"):
        light(None, None, "idle", None, on("2026-10-08 09:00"))


# -- who is charged -----------------------------------------------------------------------------------------------------


def held(unit: int, post: str = "officer") -> dict[str, Any]:
    return {"holder_unit": unit, "holder_post": post}


def test_whoever_held_it_when_it_ran_out_is_charged() -> None:
    rows = [
        ("assigned", "2026-10-08 09:00", held(3)),
        ("transferred", "2026-10-13 09:00", held(4)),
        ("transferred", "2026-10-20 09:00", held(5)),
    ]
    assert reading(clock(), happened(*rows), "2026-10-25 09:00").charged == Holder(4, "officer")
    assert reading(clock(), happened(*rows[:2]), "2026-10-14 09:00").charged == Holder(4, "officer")


def test_whoever_stopped_it_in_time_answers_for_it_not_the_next_holder() -> None:
    rows = [("assigned", "2026-10-08 09:00", held(3)), ("resolved", "2026-10-12 09:00", held(9, "checker"))]
    assert reading(clock(), happened(*rows)).charged == Holder(3, "officer")


def test_a_late_stop_stays_with_the_one_who_let_it_run_out() -> None:
    rows = [
        ("assigned", "2026-10-08 09:00", held(3)),
        ("transferred", "2026-10-20 09:00", held(4)),
        ("resolved", "2026-10-21 09:00", held(9)),
    ]
    assert reading(clock(), happened(*rows)).charged == Holder(3, "officer")


def test_a_clock_can_charge_a_post_or_nobody() -> None:
    events = happened(("assigned", "2026-10-08 09:00", held(3)))
    assert reading(clock(charges="liaison"), events).charged == Holder(3, "liaison")
    window = reading(clock(charges="nobody"), events)
    assert (window.charged, window.lit, light_of(window, on("2026-12-01 09:00"))) == (NOBODY, False, None)


def test_another_source_may_say_who_held_it() -> None:
    told = read(
        clock(), happened(("assigned", "2026-10-08 09:00")), OCTOBER_2026, on("2026-10-25 09:00"), holder_of=lambda _: Holder(8)
    )
    assert told.charged == Holder(8)


@settings(deadline=None, max_examples=60)
@given(
    start=st.datetimes(datetime(2016, 1, 2), datetime(2026, 6, 30)).map(
        lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    ),
    n=st.integers(1, 20),
    gaps=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 1500)), max_size=3),
)
def test_paused_hours_agree_with_the_oracle(
    calendar: Calendar, published: Published, start: datetime, n: int, gaps: list[tuple[int, int]]
) -> None:
    events, pauses = with_breaks(start, gaps)
    later = events[-1].at + timedelta(days=400)
    office = read(clock(n, "working_hour"), events, calendar, later).due_at
    assert office == oracle.after_minutes(published, start, n * 60, pauses)
    natural = read(clock(n, "hour"), events, calendar, later).due_at
    assert natural == oracle.after_minutes(None, start, n * 60, pauses)
