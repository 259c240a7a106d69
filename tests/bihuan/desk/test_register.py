"""Registering at the window: the form keeps everything, the slip says everything, avoidance hides the matter."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.config.statements import counted
from tests.bihuan.desk.conftest import Visit
from tests.factories.organisation import EAST, EAST_A, GRID_1, County
from tests.factories.visits import faults_of

WHAT = "村口的路灯坏了两周。晚上走路看不见，请尽快修理。"


def typed(**more: Any) -> dict[str, Any]:
    given = {
        "request_id": "register-1", "f-what": WHAT, "f-title": "", "f-kind": "complaint", "f-channel": "phone",
        "f-urgency": "normal", "area": EAST_A, "name": "王小明", "phone": "13800138000", "about": "no",
    }  # fmt: skip
    return {**given, **{key.replace("_", "-", 1) if key.startswith("f_") else key: value for key, value in more.items()}}


def test_the_slip_says_number_code_office_and_promise(visit: Visit, county: County) -> None:
    answer = visit("clerk").post("/desk/register", typed())
    text = answer.content.decode()
    case = Case.objects.get()
    assert answer.status_code == 201
    assert faults_of(text) == []
    assert case.number in text
    assert re.search(r"<b>[A-Z0-9]{4}-[A-Z0-9]{4}</b>", text)
    assert "承诺答复" in text
    assert "/t/" in text
    assert 'data-draft-done="register"' in text
    assert case.title == "村口的路灯坏了两周"
    assert "13800138000" not in text


def test_sent_twice_it_is_one_case_and_the_same_slip(visit: Visit, county: County) -> None:
    client = visit("clerk")
    first, second = (client.post("/desk/register", typed()).content.decode() for _ in range(2))
    code = re.search(r"<b>([A-Z0-9]{4}-[A-Z0-9]{4})</b>", first)
    assert code
    assert code[1] in second
    assert Case.objects.count() == 1


def test_the_same_form_with_another_matter_asks_before_it_sends(visit: Visit, county: County) -> None:
    client = visit("clerk")
    client.post("/desk/register", typed())
    answer = client.post("/desk/register", typed(f_what="另外一件事：井盖松动，车一压就响。"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "另外一件事" in text
    assert 'value="register-1"' not in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"f_what": ""}, "请填写"), ({"f_kind": ""}, "请选择"), ({"f_kind": "nonsense"}, "选项"), ({"area": ""}, "请选择地点"),
        ({"area": "999999"}, "没有这个区域"), ({"name": "名" * 41}, "太长了"), ({"about": "office"}, "请选择单位"),
        ({"f_what": "坏字\x00坏字坏字"}, "无法保存"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(visit: Visit, wrong: dict[str, str], said: str) -> None:
    answer = visit("clerk").post("/desk/register", typed(**wrong))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert faults_of(text) == []
    assert 'value="王小明"' in text or "name" in wrong
    assert WHAT in text or "f_what" in wrong
    assert "还没有提交成功" in text
    assert not Case.objects.exists()


def test_a_place_is_found_without_a_script(visit: Visit) -> None:
    client = visit("clerk")
    text = client.post("/desk/register", typed(area="", area_q="青石 1", find="area")).content.decode()
    assert f'value="{GRID_1}"' in text
    assert WHAT in text
    down = client.post("/desk/register", typed(area="", find=f"area:{EAST}")).content.decode()
    assert f'value="{EAST_A}"' in down
    nothing = client.post("/desk/register", typed(area="", area_q="没有的地方", find="area")).content.decode()
    assert "没有找到" in nothing
    assert not Case.objects.exists()


def test_lines_for_the_script_are_the_same_lines(visit: Visit) -> None:
    client = visit()
    assert f'value="{GRID_1}"' in client.get("/areas?area_q=青石1").content.decode()
    assert f'value="{EAST}" checked' in client.get(f"/areas?area_q=西桥&area={EAST}").content.decode()
    assert client.get("/areas?area_q=%00&parent=x").status_code == 200
    assert "住建局" in client.get("/offices?office_q=住建").content.decode()


def test_a_matter_about_an_office_leaves_its_sight(visit: Visit, county: County) -> None:
    centre = county.units["centre"]
    clerk = visit("clerk")
    answer = clerk.post("/desk/register", typed(about="office", about_unit=str(centre)))
    text = answer.content.decode()
    case = Case.objects.get()
    assert answer.status_code == 201
    assert case.number in text
    assert "县委政法委" in text
    for user in ("clerk", "dispatcher", "east_dispatcher"):
        assert visit(user).get(f"/desk/case/{case.pk}").status_code == 404
    assert visit("authority_dispatcher").get(f"/desk/case/{case.pk}").status_code == 200


def test_anonymous_keeps_no_contact(visit: Visit) -> None:
    visit("clerk").post("/desk/register", typed(anonymous="yes"))
    assert Case.objects.get().contact is None


def test_registering_stays_within_its_budget(visit: Visit) -> None:
    client = visit("clerk")
    client.post("/desk/register", typed())
    with counted() as count:
        assert client.post("/desk/register", typed(request_id="register-2")).status_code == 201
    assert len(count) <= 12, count


def test_who_may_not_register_is_told_so(visit: Visit) -> None:
    assert visit("officer").get("/desk/register").status_code == 403
    assert visit().get("/desk/register")["Location"].startswith("/sign-in?next=")
