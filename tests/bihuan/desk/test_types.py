"""A place with several case types: one is chosen at registration, lists and figures keep them apart, none is assumed."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from bihuan import packs
from bihuan.cases.models import Case
from bihuan.exchange import importer
from bihuan.exchange.faults import FileRefused
from tests.bihuan.desk.test_register import typed
from tests.factories.matters import GRID_1, County, act, found_matters, opened, two_types
from tests.factories.visits import faults_of, visitor

NUMBER = re.compile(r'<a href="(/desk/cases[^"]*)"[^>]*>(\d+)</a>')
LINE = re.compile(r'<td class="what"><a class="title" href="/desk/case/(\d+)')
FILE = "主题,内容,时间,类型\n路灯,村口的路灯坏了两个星期没人修,2026-10-08 09:30,投诉\n".encode()


@pytest.fixture
def place(db: None, clock: Any) -> County:
    return found_matters(two_types())


def test_whom_a_case_is_kept_from_is_asked_in_the_words_of_its_type(db: None, clock: Any) -> None:
    both = two_types()
    worded = replace(both, wording={**both.wording, "zh": {**both.wording["zh"], "about.second": "有一方是单位吗？"}}, digest="")
    place = found_matters(replace(worded, digest=packs.digest(worded)))
    own, usual = page(place, "clerk", "/desk/register?type=second"), page(place, "clerk", "/desk/register")
    assert ("四、有一方是单位吗？" in own, "反映的是单位" in own) == (True, False)
    assert ("有一方是单位吗？" in usual, "四、反映的是单位或工作人员吗？" in usual) == (False, True)
    reported = Client().get("/report?type=second").content.decode()
    assert "有一方是单位吗？" in reported


@pytest.fixture
def mixed(place: County) -> County:
    """Two matters and one case of the second type, one of each accepted."""
    clerk, dispatcher = place.actor("clerk"), place.actor("dispatcher")
    given = {"category": two_types().catalogue.leaves()[0].key, "weight": "ordinary", "urgency": "normal"}
    numbers = [opened(clerk, procedure=key).case_id for key in ("matter", "matter", "second")]
    for case_id in numbers[1:]:
        act(dispatcher, case_id, "accept", given)
    return place


def page(place: County, who: str, address: str) -> str:
    answer = visitor(place, who).get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert faults_of(text) == []
    return text


def test_one_of_several_types_is_chosen_at_registration(place: County) -> None:
    text = page(place, "clerk", "/desk/register")
    assert 'href="?type=second"' in text
    assert 'aria-current="page">群众诉求' in text
    chosen = page(place, "clerk", "/desk/register?type=second")
    assert "<h1>登记：第二类</h1>" in chosen
    assert '<input type="hidden" name="type" value="second">' in chosen
    answer = visitor(place, "clerk").post("/desk/register", typed(type="second"))
    assert answer.status_code == 201
    assert 'data-draft-done="register-second"' in answer.content.decode()
    assert Case.objects.get().procedure == "second"


def test_a_post_that_may_begin_one_type_alone_is_asked_nothing(place: County) -> None:
    text = page(place, "village_clerk", "/desk/register")
    assert "?type=" not in text
    answer = visitor(place, "village_clerk").post("/desk/register", typed(type="second"))
    assert answer.status_code == 201
    assert Case.objects.get().procedure == "matter"


def test_without_a_choice_the_usual_type_is_meant(place: County) -> None:
    visitor(place, "clerk").post("/desk/register", typed())
    visitor(place, "clerk").post("/desk/register", typed(type="nonsense", request_id="register-2", f_what="另一件事情在这里。"))
    assert set(Case.objects.values_list("procedure", flat=True)) == {"matter"}


def test_what_was_typed_stays_with_its_type(place: County) -> None:
    answer = visitor(place, "clerk").post("/desk/register", typed(type="second", f_kind=""))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert '<input type="hidden" name="type" value="second">' in text
    assert not Case.objects.exists()


def test_the_list_knows_type_and_stage(mixed: County) -> None:
    everything = page(mixed, "dispatcher", "/desk/cases")
    assert len(LINE.findall(everything)) == 3
    assert '<optgroup label="第二类">' in everything
    assert len(LINE.findall(page(mixed, "dispatcher", "/desk/cases?type=second"))) == 1
    assert len(LINE.findall(page(mixed, "dispatcher", "/desk/cases?type=matter"))) == 2
    both = page(mixed, "dispatcher", "/desk/cases?state=to_assign")
    assert len(LINE.findall(both)) == 2
    one = page(mixed, "dispatcher", "/desk/cases?state=second.to_assign")
    assert len(LINE.findall(one)) == 1
    assert '<option value="second.to_assign" selected>' in one
    assert len(LINE.findall(page(mixed, "dispatcher", "/desk/cases?type=matter&state=second.to_assign"))) == 2


@pytest.mark.parametrize(
    "address", ["/desk/board", "/desk/board?type=second", "/desk/board?type=matter", "/desk/monthly?type=second"]
)
def test_each_number_opens_what_it_counts(mixed: County, address: str) -> None:
    client: Client = visitor(mixed, "head")
    text = client.get(address).content.decode()
    numbers = NUMBER.findall(text)
    assert numbers
    for link, n in numbers:
        assert len(LINE.findall(client.get(html.unescape(link)).content.decode())) == int(n), link


def test_the_board_of_all_types_has_the_types_across(mixed: County) -> None:
    text = page(mixed, "head", "/desk/board")
    assert "<span>第二类</span>" in text
    assert "<span>待交办</span>" not in text
    assert "<span>待交办</span>" in page(mixed, "head", "/desk/board?type=second")


def test_the_sorting_desk_shows_every_type_that_is_accepted_and_assigned(mixed: County) -> None:
    text = page(mixed, "dispatcher", "/desk/triage")
    assert text.count('href="/desk/triage?case=') >= 3
    case_id = Case.objects.get(procedure="second").pk
    answer = visitor(mixed, "dispatcher").post(
        f"/desk/triage/{case_id}",
        {
            "rules": f"{two_types().digest}:second", "request_id": "sorted-second", "do": "assign", "seen": "",
            "f-office": str(mixed.units["housing"]), "f-basis": "城市照明由住建部门负责",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    done = visitor(mixed, "dispatcher").get(answer.headers["Location"]).content.decode()
    assert "已办：交办。" in done
    assert "assigned" not in re.sub(r"<[^>]*>", "", done)


def test_a_table_becomes_the_type_that_was_chosen(place: County) -> None:
    actor, pack = place.actor("dispatcher"), two_types()
    outcome = importer.import_file(FILE, actor=actor, pack=pack, procedure="second")[1]
    assert not outcome.faults
    assert Case.objects.get().procedure == "second"
    importer.import_file(FILE.replace("两".encode(), "三".encode()), actor=actor, pack=pack)
    assert Case.objects.latest("pk").procedure == "matter"
    with pytest.raises(FileRefused, match="nonsense"):
        importer.read_file(FILE, pack, procedure="nonsense")


def test_a_resident_chooses_too_and_reads_on_in_that_type(place: County) -> None:
    client = Client()
    assert 'href="?type=second"' in client.get("/report").content.decode()
    sent = {"type": "second", "request_id": "resident", "f-what": "村口的路灯坏了两周。", "f-kind": "complaint", "area": GRID_1}
    answer = client.post("/report", sent)
    assert answer.status_code == 201
    assert Case.objects.get().procedure == "second"
    code = re.search(r"/t/([0-9A-Z-]+)", answer.content.decode())
    assert code
    followed = client.get(f"/t/{code[1]}")
    assert followed.status_code == 200
    assert "registered" not in re.sub(r"<[^>]*>", "", followed.content.decode())
    assert "<h3>第二类</h3>" in client.get("/guide").content.decode()
