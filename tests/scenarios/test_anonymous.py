"""Somebody reports without a name, keeps the code, answers a question, and rates: all on the public pages."""

from __future__ import annotations

import re

from bihuan.cases.models import Case
from tests.factories.matters import act, category, request_id
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

CODE = re.compile(r"/t/([0-9A-Z]{4}-[0-9A-Z]{4})")


def test_without_a_name_from_report_to_rating(world: World) -> None:
    somebody = caller(None)
    form = {
        "f-what": "菜场门口的井盖松了，踩上去会翻，请尽快固定。", "f-kind": "complaint", "area": GRID_1, "anonymous": "yes",
        "name": "不该留下的名字", "phone": "13800000000", "request_id": request_id(),
    }  # fmt: skip
    received = somebody.post("/report", form)
    assert received.status_code == 201
    found = CODE.search(received.content.decode())
    assert found
    code = found[1]
    case = Case.objects.get()
    assert case.contact_id is None
    centre = case.centre_id
    unit = next(name for name, number in world.units.items() if number == centre)
    dispatcher, officer = world.people[f"dispatcher@{unit}"], world.people["officer@east police"]
    page = caller(dispatcher).get(f"/desk/case/{case.pk}").content.decode()
    assert "不该留下的名字" not in page
    assert caller(dispatcher).post(f"/desk/case/{case.pk}/unmask", {"field": "phone", "reason": "核对电话"}).status_code == 404
    act(dispatcher.actor, case.pk, "accept", {"category": category(), "weight": "ordinary", "urgency": "urgent"})
    act(dispatcher.actor, case.pk, "assign", {"office": world.units["east police"], "basis": "按职责清单交办"})
    act(world.people["liaison@east police"].actor, case.pk, "acknowledge")
    act(officer.actor, case.pk, "ask_resident", {"question": "请问是东门还是西门？"})
    assert "请问是东门还是西门？" in somebody.get(f"/t/{code}").content.decode()
    answered = somebody.post(f"/t/{code}/answer_question", {"f-answer": "东门，靠近公交站。", "request_id": request_id()})
    assert answered.status_code == 302
    assert "东门，靠近公交站。" in caller(officer).get(f"/desk/case/{case.pk}").content.decode()
    draft = {"claim": "solved", "answer": "井盖已经更换并固定，感谢您的提醒。"}
    act(officer.actor, case.pk, "draft_answer", draft)
    assert draft["answer"] not in somebody.get(f"/t/{code}").content.decode()
    act(world.people["office_leader@east police"].actor, case.pk, "sign_off")
    act(world.people[f"checker@{unit}"].actor, case.pk, "pass")
    assert draft["answer"] in somebody.get(f"/t/{code}").content.decode()
    rating = {"f-solved": "yes", "f-satisfied": "satisfied", "request_id": request_id()}
    assert somebody.post(f"/t/{code}/rate", rating).status_code == 302
    case.refresh_from_db()
    assert case.closed_at is not None
