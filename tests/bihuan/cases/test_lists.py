"""Lists: what waits for whom, in which light, on which page; the stored index says what the rules say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.access.actors import Actor
from bihuan.cases import selectors
from bihuan.cases.errors import NotFound
from bihuan.cases.models import Case, Thread
from bihuan.cases.shapes import CaseFilter
from bihuan.cases.sheet import in_scope, load
from tests.factories.matters import CAST, COUNTY, EAST, EAST_A, GRID_1, WEST, County, act, brought_to, opened

LIGHTS = ("over", "near", "running", "paused", "")


def numbers(lines: Any) -> list[int]:
    """The cases of some lines, in order."""
    return [line.case_id for line in lines]


def all_pages(actor: Actor, size: int, light: str = "") -> list[int]:
    """Every case of somebody's work, page by page."""
    found, after = [], ""
    while True:
        page = selectors.my_work(actor, after=after, limit=size, light=light)
        found += numbers(page.lines)
        after = page.after
        if not after:
            return found


def test_work_is_sorted_by_limit_and_counted_by_light(county: County, clock: Any) -> None:
    clerk, dispatcher = county.actor("clerk"), county.actor("dispatcher")
    late = opened(clerk).case_id
    clock.advance(timedelta(days=2))
    urgent = opened(clerk, urgency="urgent").case_id
    fresh = opened(clerk).case_id
    accepted = brought_to(county, "accepted")
    page = selectors.my_work(dispatcher)
    assert numbers(page.lines) == [late, urgent, fresh, accepted]
    assert [line.light for line in page.lines] == ["over", "running", "running", "running"]
    assert (page.counts["over"], page.counts["running"], page.total) == (1, 3, 4)
    assert [line.next_action for line in page.lines] == ["accept", "accept", "accept", "assign"]
    assert page.lines[0].area_name == "东岭镇·青石村"
    clock.advance(timedelta(hours=20))  # within four hours of the close of office
    assert [line.light for line in selectors.my_work(dispatcher).lines] == ["over", "over", "running", "running"]
    assert numbers(selectors.my_work(dispatcher, light="over").lines) == [late, urgent]
    assert selectors.work_counts(dispatcher)["over"] == 2


def test_pages_show_every_line_once(county: County, clock: Any) -> None:
    for _ in range(13):
        opened(county.actor("clerk"))
    dispatcher = county.actor("dispatcher")
    whole = numbers(selectors.my_work(dispatcher, limit=50).lines)
    assert len(whole) == 13
    for size in (1, 2, 5, 12, 13, 14):
        assert all_pages(dispatcher, size) == whole
    for nonsense in ("x", "~", "~1", "2026~", "2026-10-12T10:00:00+08:00~zzz", "\x00~5"):
        selectors.my_work(dispatcher, after=nonsense)


def test_each_sees_only_what_waits_for_the_post(county: County) -> None:
    case_id = brought_to(county, "handling")
    waiting = {name for name, *_ in CAST if case_id in numbers(selectors.my_work(county.actor(name)).lines)}
    assert waiting == {"officer"}
    act(county.actor("officer"), case_id, "progress", {"note": "已派人到现场查看。"})
    assert selectors.my_work(Actor(kind="resident", case_id=case_id)).total == 0


def test_lists_follow_the_scope_and_the_filter(county: County, clock: Any) -> None:
    clerk = county.actor("clerk")
    east = opened(clerk, area_code=GRID_1).case_id
    west = opened(clerk, area_code=WEST).case_id
    assigned = brought_to(county, "assigned", area_code=WEST)
    archived = brought_to(county, "archived", area_code=EAST_A)
    hidden = opened(county.actor("east_clerk"), about_unit=county.units["centre"]).case_id

    def found(who: str, **filters: Any) -> set[int]:
        return set(numbers(selectors.case_list(county.actor(who), CaseFilter(**filters)).lines))

    assert found("dispatcher") == {east, west, assigned, archived}
    assert found("east_dispatcher") == {east, archived}
    assert found("west_dispatcher") == {west, assigned}
    assert found("liaison") == {assigned, archived}  # held or handled, wherever they lie
    assert found("authority_dispatcher") >= {hidden}
    assert found("admin") == set()
    assert found("dispatcher", area_code=EAST) == {east, archived}
    assert found("dispatcher", area_code=EAST_A) == {east, archived}
    assert found("dispatcher", state="assigned") == {assigned}
    assert found("dispatcher", holder_unit=county.units["housing"]) == {assigned}
    assert found("dispatcher", is_open=True) == {east, west, assigned}
    assert found("dispatcher", is_open=False) == {archived}
    assert found("dispatcher", light="met") == {archived}
    assert found("dispatcher", light="missed") == set()
    clock.advance(timedelta(days=2))
    assert found("dispatcher", light="over") == {east, west, assigned}
    assert found("dispatcher", number=Case.objects.get(pk=west).number[-4:]) == {west}
    lines = selectors.case_list(county.actor("dispatcher"), limit=3)
    assert numbers(lines.lines) == [archived, assigned, west]
    assert numbers(selectors.case_list(county.actor("dispatcher"), after=lines.after).lines) == [east]
    assert numbers(selectors.case_list(county.actor("dispatcher"), after="x'").lines)


def test_lights_in_sql_and_in_python_agree(county: County, clock: Any) -> None:
    from bihuan.cases.lines import light_is, light_of_thread

    clerk = county.actor("clerk")
    for urgency in ("normal", "urgent", "critical"):
        opened(clerk, urgency=urgency)
        brought_to(county, "handling", urgency=urgency)
    paused = brought_to(county, "handling")
    ask = {"why": "court_pending", "until": "2026-10-16", "note": "等待法院的裁定。"}
    act(county.actor("officer"), paused, "suspend", ask)
    act(county.actor("head"), paused, "grant_suspend", thread="ask_suspend")
    for hours in (0, 1, 3, 4, 5, 6, 20, 24, 47, 200, 400):
        now = clock() + timedelta(hours=hours)
        for light in LIGHTS:
            by_sql = set(Thread.objects.filter(light_is(light, now), open=True).values_list("pk", flat=True))
            by_python = {
                row.pk
                for row in Thread.objects.filter(open=True)
                if light_of_thread(row.due_at, row.amber_at, row.stopped_at, row.paused, now) == light
            }
            assert by_sql == by_python, (hours, light)


def test_scope_in_sql_and_on_a_sheet_agree(county: County) -> None:
    for step in ("", "accepted", "assigned", "handling", "archived"):
        brought_to(county, step)
        brought_to(county, step, about_unit=county.units["water"])
        opened(county.actor("east_clerk"), about_unit=county.units["centre"])
        opened(county.actor("clerk"), about_account=county.accounts["east_dispatcher"])
    sheets = load(Case.objects.all())
    for name, *_ in CAST:
        actor = county.actor(name)
        by_sql = set(Case.objects.filter(in_scope(actor)).values_list("pk", flat=True))
        assert by_sql == {case_id for case_id, sheet in sheets.items() if sheet.seen_by(actor)}, name


def test_outside_the_scope_there_is_no_such_case(county: County) -> None:
    case_id = opened(county.actor("clerk"), area_code=WEST).case_id
    for who in ("east_dispatcher", "water_officer", "village_clerk", "admin"):
        for reading in (selectors.case_page, selectors.offers):
            with pytest.raises(NotFound):
                reading(county.actor(who), case_id)
        with pytest.raises(NotFound):
            act(county.actor(who) if who != "admin" else county.actor("east_dispatcher"), case_id, "accept")
    with pytest.raises(NotFound):
        selectors.case_page(county.actor("dispatcher"), 10**12)


def test_the_page_offers_what_may_be_done_and_says_what_only_a_guard_stops(county: County) -> None:
    case_id = brought_to(county, "signed")
    offers = {offer.action.key: offer.refused for offer in selectors.offers(county.actor("checker"), case_id)}
    assert offers["pass"] == ""
    assert selectors.offers(county.actor("leader"), case_id) == ()
    (brought,) = selectors.offers(county.actor("clerk"), case_id)
    assert brought.action.key == "attach"  # what is brought to the window later, and nothing else


def test_every_way_to_see_gives_the_cases_of_the_scope_newest_first(county: County, clock: Any) -> None:
    """A list asks each area and each unit for its own newest; together they are the scope, page after page."""
    for step, area in (("", EAST_A), ("assigned", EAST_A), ("archived", GRID_1), ("handling", COUNTY), ("", WEST)):
        brought_to(county, step, area_code=area)
    for name in county.posts:
        actor = county.actor(name)
        wanted = list(Case.objects.filter(in_scope(actor)).order_by("-pk").values_list("pk", flat=True))
        for filters in (CaseFilter(), CaseFilter(is_open=True), CaseFilter(is_open=False), CaseFilter(state="archived")):
            seen, after = [], ""
            while True:
                page = selectors.case_list(actor, filters, after=after, limit=2)
                seen += [line.case_id for line in page.lines]
                if not (after := page.after):
                    break
            mine = [case_id for case_id in wanted if _is(filters, Case.objects.get(pk=case_id))]
            assert seen == mine, (name, filters)


def _is(filters: CaseFilter, case: Case) -> bool:
    if filters.is_open is not None:
        return (case.closed_at is None) == filters.is_open
    return not filters.state or case.threads.get(name="main").state == filters.state
