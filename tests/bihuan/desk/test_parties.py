"""A dispute has two sides: the further party is named in an act, kept in the vault, masked on screens, seen with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from django.test import Client

from bihuan.cases import selectors
from bihuan.cases.errors import NotFound, Refused
from bihuan.cases.models import Words
from bihuan.cases.services import perform, unmask_several
from bihuan.cases.shapes import ContactIn
from bihuan.ledger.models import Entry
from bihuan.packs.shape import Pack
from bihuan.people.models import Contact
from bihuan.rules.procedure.shape import Action, Need, Procedure, To
from tests.bihuan.desk.test_acts import send
from tests.factories.matters import act, brought_to, found_matters, request_id, shipped_pack
from tests.factories.organisation import County
from tests.factories.versions import newer, with_procedure
from tests.factories.visits import visitor

OTHER = {"name": "示例乙某", "phone": "13900139000", "id_no": "", "address": "东村三组"}
Visit = Callable[..., Client]


@cache
def two_sided() -> Pack:
    """The county's pack with an act that names a further party."""
    naming = Action(
        key="name_party", title="补记另一方", from_=("handling",), to=To(state="stay"), who=("holder",), event="party_named",
        needs={"party": Need(type="person", title="另一方")},
    )  # fmt: skip

    def with_naming(procedure: Procedure) -> Procedure:
        return replace(procedure, actions=(*procedure.actions, naming))

    pack = shipped_pack()
    return newer(pack, name="two_sided", **with_procedure(pack, with_naming, pack.usual()))


@pytest.fixture
def county(db: None, clock: Any) -> County:
    return found_matters(two_sided())


@pytest.fixture
def visit(county: County) -> Visit:
    return lambda username="", **more: visitor(county, username, **more)


def test_the_ledger_knows_a_number_and_nobody_reads_the_name_without_a_reason(county: County) -> None:
    officer = county.actor("officer")
    case_id = brought_to(county, "handling", contact=ContactIn(name="示例甲某", phone="13800138000"))
    act(officer, case_id, "name_party", {"party": OTHER})
    (party,) = selectors.case_page(officer, case_id).parties
    assert party.name != OTHER["name"]
    assert party.phone == "139****9000"
    written = json.dumps(list(Entry.objects.values_list("facts", flat=True)), ensure_ascii=False, default=str)
    written += " ".join(Words.objects.values_list("text", flat=True))
    for said in (OTHER["name"], OTHER["phone"], OTHER["address"]):
        assert said not in written
    shown = unmask_several(actor=officer, case_id=case_id, fields=["name"], reason="约双方见面", party=party.id)
    assert shown == {"name": OTHER["name"]}
    assert Entry.objects.filter(kind="contact_seen").count() == 1
    with pytest.raises(Refused):
        unmask_several(actor=officer, case_id=case_id, fields=["name"], reason="", party=party.id)


def test_nobody_of_another_case_is_seen_through_this_one(county: County) -> None:
    officer = county.actor("officer")
    one, other = brought_to(county, "handling"), brought_to(county, "handling", contact=ContactIn(name="示例丙某"))
    act(officer, other, "name_party", {"party": OTHER})
    theirs = selectors.case_page(officer, other)
    assert theirs.contact is not None
    for number in (theirs.parties[0].id, theirs.contact.id):
        with pytest.raises(NotFound):
            unmask_several(actor=officer, case_id=one, fields=["name"], reason="想看一看", party=number)
        with pytest.raises(Refused):
            act(officer, one, "name_party", {"party": number})
    assert selectors.case_page(officer, one).parties == ()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"phone": "13900139000"},
        {"name": "  "},
        {"name": "乙" * 61},
        {"name": "乙", "belief": "x"},
        {"name": "乙\x00"},
        "contact:7",
    ],
)
def test_what_is_nobody_is_refused_and_nothing_is_kept(county: County, given: object) -> None:
    case_id, before = brought_to(county, "handling"), Contact.objects.count()
    with pytest.raises(Refused):
        act(county.actor("officer"), case_id, "name_party", {"party": given})
    assert Contact.objects.count() == before


def test_an_act_that_is_not_lawful_keeps_nobody_and_one_sent_twice_keeps_one(county: County) -> None:
    case_id, before = brought_to(county, "handling"), Contact.objects.count()
    with pytest.raises(Refused):
        act(county.actor("liaison"), case_id, "name_party", {"party": OTHER})
    assert Contact.objects.count() == before
    same = request_id()
    for _ in range(2):
        perform(actor=county.actor("officer"), case_id=case_id, action="name_party", facts={"party": OTHER}, request_id=same)
    assert Contact.objects.count() == before + 1


def test_the_form_and_the_page(visit: Visit, county: County) -> None:
    case_id, client = brought_to(county, "handling"), visit("officer")
    assert 'name="f-party-name"' in client.get(f"/desk/case/{case_id}").content.decode()
    empty = send(client, case_id, "name_party", {"f-party-phone": OTHER["phone"]})
    assert (empty.status_code, "请至少填写姓名" in empty.content.decode()) == (422, True)
    assert send(client, case_id, "name_party", {f"f-party-{part}": value for part, value in OTHER.items()}).status_code == 302
    page = client.get(f"/desk/case/{case_id}").content.decode()
    assert "139****9000" in page
    assert OTHER["name"] not in page
    party = selectors.case_page(county.actor("officer"), case_id).parties[0].id
    sent = {"field": ["name", "phone"], "party": party}
    refused = client.post(f"/desk/case/{case_id}/unmask", {**sent, "reason": "看"})
    assert (refused.status_code, OTHER["name"] in refused.content.decode()) == (422, False)
    shown = client.post(f"/desk/case/{case_id}/unmask", {**sent, "reason": "约双方见面"}).content.decode()
    assert OTHER["name"] in shown
    assert OTHER["address"] not in shown
