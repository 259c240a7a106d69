"""分类甄别: the lawful ways are asked for one by one; yes opens the filled form, the last no leads to the petition procedure."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

from bihuan.cases import selectors
from bihuan.cases.models import Case
from bihuan.config.statements import counted
from bihuan.rulebook.selectors import pack
from tests.factories.matters import act
from tests.matrix.county import World
from tests.scenarios.test_petition_papers import client_of, petition, said


def shown(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.content.decode())


def test_each_lawful_way_is_asked_for_and_yes_fills_the_form(world: World) -> None:
    case_id = petition(world)
    dispatcher = world.people["dispatcher@centre"]
    client = client_of(dispatcher.again())
    rules = pack(selectors.case_page(dispatcher.actor, case_id).pack_digest)
    routes = [route for route in rules.catalogue.routes if route.if_so]
    assert len(routes) > 5
    href = f"/desk/case/{case_id}/sort"
    assert href in shown(client, f"/desk/case/{case_id}")
    no: list[tuple[str, str]] = []
    for n, route in enumerate(routes, 1):
        page = shown(client, f"{href}?{urlencode(no)}")
        assert f"<h2>{route.if_so}</h2>" in page
        assert f"第 {n} 问，共 {len(routes)} 问" in page
        assert f"yes={route.key}" in page
        no.append(("no", route.key))
    with counted() as count:
        last = shown(client, f"{href}?{urlencode(no)}")
    assert len(count) <= 8, count
    assert f"/desk/case/{case_id}/act/main/forward" in last
    court = next(route for route in routes if route.key == "court")
    form = shown(client, f"{href}?yes=court")
    decline = form[form.index(f'action="/desk/case/{case_id}/act/main/decline"') :]
    assert re.search(r'value="court"[^>]*(?:selected|checked)', decline)
    assert re.search(rf'value="{court.fills["ground"]}"[^>]*(?:selected|checked)', decline)
    assert f"{court.if_so}。" in decline
    assert Case.objects.get(pk=case_id).closed_at is None  # asking does nothing
    given = {"ground": court.fills["ground"], "route": "court", "reason": f"{court.if_so}。"}
    act(dispatcher.actor, case_id, "decline", given)
    (paper,) = said(world, case_id, "dispatcher@centre").values()
    assert court.if_so in "".join(paper.body)  # the reason of the other way is printed
    assert court.say in "".join(paper.body)
    assert client.get(href).status_code == 302  # nothing is left to sort


def test_who_may_not_name_a_way_is_asked_nothing(world: World) -> None:
    case_id = petition(world)
    href = f"/desk/case/{case_id}/sort"
    clerk, stranger = client_of(world.people["window_clerk@centre"].again()), client_of(world.people["officer@water"].again())
    assert clerk.get(href).status_code == 302
    assert "/sort" not in shown(clerk, f"/desk/case/{case_id}")
    assert stranger.get(href).status_code == 404
    dispatcher = client_of(world.people["dispatcher@centre"].again())
    assert "<h2>" in shown(dispatcher, f"{href}?no=nonsense&yes=nonsense")  # what is no route is no answer
