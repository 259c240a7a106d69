"""The desks of those who look after places, units and rules: within the budget, in both languages, well marked up."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.config.statements import counted
from bihuan.places import selectors as places
from tests.bihuan.desk.conftest import Visit
from tests.bihuan.desk.test_screens import ALLOWED, BUDGET, ENGLISH, primary_buttons
from tests.factories.matters import GRID_1, brought_to, shipped_pack
from tests.factories.organisation import County
from tests.factories.visits import faults_of, shown_words

USERS = {
    "/desk/admin/pack": ("dispatcher", "liaison", "officer", "admin"),
    "/desk/admin/pack/change": ("admin",),
    "/desk/admin/pack/township": ("admin",),
    "/desk/admin/pack/township?area=990101001&procedure=petition": ("admin",),
    "/desk/admin/pack/migrate": ("admin",),
    "/desk/admin/duty-list": ("dispatcher", "east_dispatcher", "liaison", "officer"),
    f"/desk/admin/duty-list?q=水&area={GRID_1}&area_q=青石": ("dispatcher",),
    "/desk/admin/calendar": ("admin", "dispatcher"),
    "/desk/admin/calendar/2026": ("admin", "officer"),
    "/desk/admin/calendar/load": ("admin",),
    "/desk/admin/imports": ("dispatcher", "head"),
    "/desk/admin/areas": ("admin",),
    f"/desk/admin/areas?code={GRID_1[:12]}": ("admin",),
    "/desk/admin/areas?q=青石": ("admin",),
    "/desk/admin/units": ("admin",),
    "/desk/admin/units?q=青石&kind=grid_unit": ("admin",),
    "/desk/admin/grids": ("admin",),
}
SCREENS = [(path, user) for path, users in USERS.items() for user in users]
DRAWN = re.compile(r"(?s)<title id=.*?</title>")
"""The name of a drawing inside the page, which is no second name of the page."""
CODE = re.compile(r"(?s)<code\b.*?</code>")


@pytest.mark.parametrize(("path", "user"), SCREENS)
def test_screen(visit: Visit, county: County, path: str, user: str) -> None:
    brought_to(county, "accepted")
    client = visit(user)
    client.get(path)  # the pack and the organisation are read once in a worker's life
    with counted() as count:
        answer = client.get(path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert faults_of(DRAWN.sub("", text)) == []
    assert len(count) <= BUDGET, count
    assert primary_buttons(text) <= 1
    assert ENGLISH.findall(ALLOWED.sub("", shown_words(CODE.sub("", text)))) == []
    english = visit(user, language="en").get(path).content.decode()
    assert '<html lang="en"' in english
    assert faults_of(DRAWN.sub("", english)) == []


@pytest.mark.parametrize("key", sorted(shipped_pack().procedures))
def test_the_rules_of_every_case_type_are_said_in_words(visit: Visit, key: str) -> None:
    text = visit("officer").get(f"/desk/admin/pack?procedure={key}").content.decode()
    assert ENGLISH.findall(ALLOWED.sub("", shown_words(CODE.sub("", text)))) == []


# -- the rules ---------------------------------------------------------------------------------------------------------


def test_the_rules_are_said_in_sentences(visit: Visit) -> None:
    """What an officer reads about returning a matter: from where, who, what has to be said, and until when it is possible."""
    text = shown_words(visit("officer").get("/desk/admin/pack").content.decode())
    for said in (
        "调度员", "从“待签收”到“待交办”", "退回原因", "交办满一个工作日，不能再退回", "7 个工作日", "持有该事项的单位",
        "来自实践", "本地设置",
    ):  # fmt: skip
        assert said in text, said


def test_the_picture_and_the_tables_are_of_the_same_procedure(visit: Visit) -> None:
    page = visit("dispatcher").get("/desk/admin/pack").content.decode()
    drawn, _end, tables = page.rpartition("<svg")[2].partition("</svg>")  # behind the sheets for paper: the picture as a whole
    for state in shipped_pack().procedures["matter"].states:
        words = shipped_pack().say(f"state.matter.{state.key}")
        assert words in drawn
        assert words in tables


def test_versions_are_named_by_their_digest(visit: Visit) -> None:
    client = visit("admin")
    page = client.get("/desk/admin/pack").content.decode()
    assert shipped_pack().digest[:16] in page
    assert client.get(f"/desk/admin/pack?version={shipped_pack().digest[:16]}").status_code == 200
    assert client.get("/desk/admin/pack?version=0123456789abcdef").status_code == 404
    assert client.get("/desk/admin/pack?procedure=nothing").status_code == 404


def test_a_grid_leader_reads_the_rules(visit: Visit) -> None:
    assert visit("grid_leader").get("/desk/admin/pack").status_code == 200
    assert visit("caller").get("/desk/admin/pack").status_code == 403


# -- the duty list ---------------------------------------------------------------------------------------------------------


def test_the_duty_list_says_which_office_answers_where(visit: Visit, county: County) -> None:
    """The office of the pack's line is the actual one for a place: the township's own police for a grid of that township."""
    line = next(one for one in shipped_pack().catalogue.duties)
    client = visit("liaison")
    page = shown_words(client.get("/desk/admin/duty-list").content.decode())
    assert line.basis in page
    word = shipped_pack().say(f"category.{line.category}")
    found = shown_words(client.get("/desk/admin/duty-list", {"q": word}).content.decode())
    assert word in found
    assert "没有" in shown_words(client.get("/desk/admin/duty-list", {"q": "不会有这样的词"}).content.decode())
    same = {one.source for one in shipped_pack().catalogue.duties if one.level == line.level}
    assert page.count(line.source) == len(same) == 1, "what all lines of a page rest on is said once, not sixty times"


def test_a_place_is_found_by_its_words(visit: Visit) -> None:
    page = visit("dispatcher").get("/desk/admin/duty-list", {"area_q": "青石"}).content.decode()
    assert f'value="{GRID_1[:12]}"' in page


# -- units ---------------------------------------------------------------------------------------------------------------


def test_a_unit_is_renamed_moved_and_ended(visit: Visit, county: County) -> None:
    """Ended only when it holds nothing: the office with an open matter stays, with the number of what it holds."""
    client = visit("admin")
    housing, water = county.units["housing"], county.units["water"]
    brought_to(county, "handling")
    assert client.post(f"/desk/admin/units/{water}", {"step": "rename", "name": "县水务局"}).status_code == 302
    assert "县水务局" in client.get(f"/desk/admin/units/{water}").content.decode()
    refused = client.post(f"/desk/admin/units/{housing}", {"step": "end"})
    assert refused.status_code == 422
    assert "未办结" in shown_words(refused.content.decode())
    assert client.post(f"/desk/admin/units/{water}", {"step": "end"}).status_code == 302
    assert client.get(f"/desk/admin/units/{water}").status_code == 404
    circle = {"step": "put", "superior": county.units["township_centre@990101001"]}
    assert client.post(f"/desk/admin/units/{county.units['centre']}", circle).status_code == 422
    assert client.post(f"/desk/admin/units/{county.units['centre']}", {"step": "end"}).status_code == 422


def test_a_new_unit_stands_in_an_area_of_its_level(visit: Visit, county: County) -> None:
    client = visit("admin")
    sent = {"name": "县残疾人联合会", "kind": "county_office", "area": "990101"}
    answer = client.post("/desk/admin/units", sent)
    assert answer.status_code == 302
    page = shown_words(client.get(answer.headers["Location"]).content.decode())
    assert "县残疾人联合会" in page
    assert "县委政法委" in page
    assert client.post("/desk/admin/units", {**sent, "area": "990101001"}).status_code == 422
    assert client.post("/desk/admin/units", {**sent, "name": " "}).status_code == 422


# -- grids from a table ------------------------------------------------------------------------------------------------


def test_grids_out_of_a_table_once_and_not_twice(visit: Visit, county: County) -> None:
    """Two new grids, one that is there, two that cannot be: looked at, taken in, refused rows as a file, again = nothing."""
    rows = "村,网格名称,网格代码\n青石村,第3网格,\n青石村,第1网格,\n东岭镇白杨村,第9网格,990101001202009\n"
    rows += "无名村,第1网格,\n白杨村,坏网格,12\n"
    client = visit("admin")

    def sent() -> str:
        return client.post("/desk/admin/grids", {"file": SimpleUploadedFile("grids.csv", rows.encode())}).content.decode()

    page = sent()
    assert "无名村" in page
    assert len(places.children(GRID_1[:12])) == 2
    token = page.partition('action="/desk/admin/grids/')[2].partition('"')[0]
    assert client.post(f"/desk/admin/grids/{token}", {"step": "refused"}).content[:2] == b"PK"
    client.post(f"/desk/admin/grids/{token}", {"step": "take"})
    assert [fact.name for fact in places.children(GRID_1[:12])] == ["第1网格", "第2网格", "第3网格"]
    assert places.area("990101001202009") is not None
    assert 'value="take"' not in sent()
    client.post(f"/desk/admin/grids/{token}", {"step": "take"})
    assert len(places.children(GRID_1[:12])) == 3
    assert visit("head").post(f"/desk/admin/grids/{token}").status_code == 403
    assert client.get("/desk/admin/grids?template=yes").content[:2] == b"PK"
