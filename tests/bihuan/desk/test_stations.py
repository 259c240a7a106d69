"""The line of stations: where a case has been, where it stands, what usually follows."""

from __future__ import annotations

from bihuan.cases import selectors
from bihuan.desk.stations import ordinary_path, stations
from tests.factories.matters import act, brought_to, shipped_pack
from tests.factories.organisation import County

PATH = ["registered", "to_assign", "assigned", "handling", "signing", "checking", "followup", "archived"]


def line(county: County, case_id: int, user: str = "dispatcher") -> list[tuple[str, str]]:
    page = selectors.case_page(county.actor(user), case_id)
    return [(one.state, one.place) for one in stations(page.procedure, page.state, page.reached, page.timeline)]


def test_the_ordinary_path_follows_the_primary_acts_to_the_end() -> None:
    assert ordinary_path(shipped_pack().procedures["matter"]) == PATH


def test_past_now_and_ahead(county: County) -> None:
    case_id = brought_to(county, "handling")
    assert line(county, case_id) == [(key, "past") for key in PATH[:3]] + [("handling", "now")] + [
        (key, "ahead") for key in PATH[4:]
    ]
    done = brought_to(county, "archived")
    assert line(county, done) == [(key, "past") for key in PATH[:7]] + [("archived", "now")]


def test_a_case_sent_back_stands_where_it_is(county: County) -> None:
    case_id = brought_to(county, "signed")
    act(county.actor("checker"), case_id, "send_back", {"reason": "incomplete", "note": "没有回应第二个问题。"})
    assert line(county, case_id)[3:5] == [("handling", "now"), ("signing", "ahead")]


def test_a_declined_case_shows_where_it_was_and_where_it_ended(county: County) -> None:
    case_id = brought_to(county, "")
    route = shipped_pack().catalogue.routes[0].key
    act(county.actor("dispatcher"), case_id, "decline", {"route": route, "reason": "属于法院管辖，请向人民法院起诉。"})
    assert line(county, case_id) == [("registered", "past"), ("declined", "now")]


def test_each_station_has_its_day(county: County) -> None:
    page = selectors.case_page(county.actor("dispatcher"), brought_to(county, "handling"))
    dated = {one.state: bool(one.at) for one in stations(page.procedure, page.state, page.reached, page.timeline)}
    assert [dated[key] for key in PATH] == [True] * 4 + [False] * 4
