"""Errands: a catalogue of what is done on a resident's behalf; each brings its own title, limit, and what to bring along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.test import Client

from bihuan.cases.lines import next_action
from bihuan.cases.models import Case, Clock
from bihuan.cases.selectors import case_page
from bihuan.cases.shapes import MAIN
from bihuan.rulebook.selectors import calendar_for
from bihuan.rules.calendar import Calendar
from bihuan.rules.procedure.shape import Action, State, To
from bihuan.rules.terms import Span
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import EAST_A, County, act, shipped_pack
from tests.factories.visits import faults_of

HOSPITAL, PENSION = "medical_costs", "pension_check"


def typed(**more: Any) -> Mapping[str, Any]:
    given = {"type": "errand", "request_id": "errand-0001", "f-service": HOSPITAL, "area": EAST_A, "about": "no"}
    return {**given, "name": "何某某", "phone": "13900000000", **more}


def test_the_catalogue_says_what_to_bring_and_leads_to_the_form(visit: Visit) -> None:
    text = visit("village_clerk").get("/desk/services").content.decode()
    assert faults_of(text) == []
    assert "住院发票原件、出院记录" in text
    assert "20 个工作日" in text
    assert f"/desk/register?type=errand&amp;service={HOSPITAL}" in text
    form = visit("village_clerk").get(f"/desk/register?type=errand&service={HOSPITAL}").content.decode()
    assert faults_of(form) == []
    assert f'<option value="{HOSPITAL}" selected>' in form
    assert '<optgroup label="社会保障">' in form
    shown = form.partition(f'data-when="f-service={HOSPITAL}"')[2].partition("</div>")[0]
    assert "住院发票原件" in shown
    assert not shown.startswith(" hidden")
    assert form.partition(f'data-when="f-service={PENSION}"')[2].startswith(" hidden")


def test_an_errand_is_named_and_timed_by_the_catalogue(visit: Visit, county: County) -> None:
    assert visit("village_clerk").post("/desk/register", typed()).status_code == 201
    case = Case.objects.get()
    assert (case.procedure, case.title) == ("errand", "住院费用手工报销")
    calendar: Calendar = calendar_for(shipped_pack())
    assert Clock.objects.get(key="errand").due_at == calendar.add(case.opened_at, Span(20, "working_day"))[0]
    visit("village_clerk").post("/desk/register", typed(request_id="errand-0002", **{"f-service": PENSION}))
    other = Case.objects.latest("pk")
    assert Clock.objects.get(key="errand", case=other).due_at == calendar.add(other.opened_at, Span(1, "working_day"))[0]
    page = case_page(county.actor("village_clerk"), case.pk)
    assert "hand_in" in {offer.action.key for offer in page.offers}
    wrong = visit("village_clerk").post("/desk/register", typed(request_id="errand-0003", **{"f-service": "nonsense"}))
    assert wrong.status_code == 422
    assert Case.objects.count() == 2


def test_residents_read_what_to_bring(county: County) -> None:
    text = Client().get("/services").content.decode()
    assert faults_of(text) == []
    assert "养老待遇资格认证" in text
    assert "居民身份证、社会保障卡" in text
    assert "?type=errand" not in text  # residents do not begin errands themselves here
    assert 'href="/services"' in Client().get("/guide").content.decode()


def test_what_a_department_has_is_brought_back_not_sent_back(visit: Visit, county: County) -> None:
    """Once the papers are handed in, the button on the page and in the list is the result, not the return of the papers."""
    visit("village_clerk").post("/desk/register", typed())
    case = Case.objects.get()
    clerk = county.actor("village_clerk")
    act(clerk, case.pk, "hand_in", {"office": county.units["water"]})
    drawn = visit("village_clerk").get(f"/desk/case/{case.pk}").content.decode()
    primary = re.findall(r'<summary class="btn primary">([^<]+)', drawn.partition('id="acts"')[2])
    assert primary == ["结果送回群众"]
    procedure = shipped_pack().procedures["errand"]
    assert next_action(procedure, MAIN, "handed_in") == "deliver"


def test_an_act_that_stays_is_no_next_step(county: County) -> None:
    """Where the pack marks nothing, an act that leads on comes before one that stays, also when it is written later."""
    stays = Action(key="tell", from_=("open",), who=("holder",))
    leads = Action(key="go", from_=("open",), to=To(state="done"), who=("holder",))
    errand = shipped_pack().procedures["errand"]
    states = (State(key="open"), State(key="done", final=True))
    assert next_action(replace(errand, key="t1", states=states, actions=(stays, leads)), MAIN, "open") == "go"
    assert next_action(replace(errand, key="t2", states=states, actions=(stays,)), MAIN, "open") == "tell"
