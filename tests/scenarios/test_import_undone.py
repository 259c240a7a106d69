"""A township takes in the wrong table and undoes it: what nobody has touched goes, what somebody has begun stays."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases import selectors
from bihuan.cases.errors import Refused
from bihuan.cases.models import Case
from bihuan.cases.shapes import MAIN
from bihuan.exchange import importer
from bihuan.intake import batches
from bihuan.ledger.models import Entry
from tests.factories.matters import act, category, opened, shipped_pack
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World

LAMPS = "主题,内容,区域\n" + "".join(f"路灯{n},第{n}盏路灯坏了两个星期没人修,{GRID_1}\n" for n in range(1, 6))


def taken_in(world: World, who: str = "dispatcher@east", content: str = LAMPS) -> tuple[int, list[int]]:
    """The number of the import and the cases it opened."""
    before = set(Case.objects.values_list("pk", flat=True))
    actor = world.people[who].actor
    importer.import_file(content.encode(), actor=actor, pack=shipped_pack(), kind="complaint", file_name="路灯.csv")
    number = batches.batches(actor)[0].id
    return number, sorted(set(Case.objects.values_list("pk", flat=True)) - before)


def test_a_wrong_table_is_taken_out_again(world: World) -> None:
    """Five lamps; one was accepted meanwhile: it stays and is named, the other four go, each by an entry of its own."""
    number, cases = taken_in(world)
    dispatcher = world.people["dispatcher@east"]
    act(dispatcher.actor, cases[0], "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    numbers = dict(Case.objects.values_list("pk", "number"))
    page = caller(dispatcher).post(f"/desk/admin/imports/{number}", {"reason": "导错了表，应导入上周的"})
    assert page.status_code == 302
    one = batches.batch(dispatcher.actor, number)
    assert (one.opened, one.undone, one.kept, one.waiting) == (5, 4, 1, 0)
    assert [row.case_id for row in batches.cases_of(dispatcher.actor, number, outcome=batches.KEPT)] == [cases[0]]
    assert selectors.case_page(dispatcher.actor, cases[0]).state == "to_assign"
    for case_id in cases[1:]:
        last = Entry.objects.filter(stream=f"case:{case_id}", thread=MAIN).order_by("seq").last()
        assert last is not None
        assert (last.kind, last.account) == ("import_undone", dispatcher.actor.account)
        assert selectors.case_page(dispatcher.actor, case_id).state == "undone"
    shown = caller(dispatcher).get(f"/desk/admin/imports/{number}?show=kept").content.decode()
    assert numbers[cases[0]] in shown
    assert numbers[cases[1]] not in shown


def test_numbers_stay_used_and_the_right_table_comes_in_after(world: World) -> None:
    number, cases = taken_in(world)
    dispatcher = world.people["dispatcher@east"].actor
    batches.undo(actor=dispatcher, number=number, reason="导错了")
    used = set(Case.objects.values_list("number", flat=True))
    again, new = taken_in(world, content=LAMPS.replace("路灯", "井盖"))
    assert again != number
    assert len(new) == 5
    assert not used & set(Case.objects.filter(pk__in=new).values_list("number", flat=True))
    assert Case.objects.filter(pk__in=cases).count() == 5


def test_killed_half_way_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine stops after the acts and before they are noted; asked again, nothing is done twice and nothing left over."""
    number, cases = taken_in(world)
    dispatcher = world.people["dispatcher@east"].actor
    with monkeypatch.context() as patch:
        patch.setattr(batches, "MOST", 2)
        real = batches.perform_many

        def killed(commands: Any) -> Any:
            real(commands)
            raise KeyboardInterrupt

        patch.setattr(batches, "perform_many", killed)
        with pytest.raises(KeyboardInterrupt):
            batches.undo(actor=dispatcher, number=number, reason="导错了")
    assert batches.batch(dispatcher, number).waiting == 5
    done = batches.undo(actor=dispatcher, number=number, reason="")
    assert (done.undone, done.kept, done.waiting) == (5, 0, 0)
    assert Entry.objects.filter(kind="import_undone").count() == 5
    assert Entry.objects.filter(kind="import_undo_asked").count() == 1
    assert {selectors.case_page(dispatcher, case_id).state for case_id in cases} == {"undone"}


def test_many_are_undone_in_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number, _cases = taken_in(world)
    dispatcher = world.people["dispatcher@east"]
    batches.undo(actor=dispatcher.actor, number=number, reason="导错了", most=2)
    assert batches.batch(dispatcher.actor, number).waiting == 3
    assert "继续" in caller(dispatcher).get(f"/desk/admin/imports/{number}").content.decode()
    assert caller(dispatcher).post(f"/desk/admin/imports/{number}", {"reason": ""}).status_code == 302
    assert batches.batch(dispatcher.actor, number).waiting == 0


def test_who_may_undo(world: World) -> None:
    """The one who took it in and the head of that centre; nobody of another centre even sees it; a reason is needed."""
    number, _cases = taken_in(world)
    for who in ("dispatcher@west", "dispatcher@centre", "centre_head@west"):
        client = caller(world.people[who])
        assert client.get(f"/desk/admin/imports/{number}").status_code == 404
        assert client.post(f"/desk/admin/imports/{number}", {"reason": "试一试"}).status_code == 404
    with pytest.raises(Refused):
        batches.undo(actor=world.people["dispatcher@east"].actor, number=number, reason=" ")
    assert batches.batch(world.people["dispatcher@east"].actor, number).undone_at is None
    head = world.people["centre_head@east"].actor
    assert batches.undo(actor=head, number=number, reason="主任要求撤销").undone == 5


def test_a_matter_that_somebody_registered_is_no_part_of_any_import(world: World) -> None:
    number, cases = taken_in(world)
    own = opened(world.people["dispatcher@east"].actor, area_code=GRID_1).case_id
    batches.undo(actor=world.people["dispatcher@east"].actor, number=number, reason="导错了")
    assert own not in cases
    assert selectors.case_page(world.people["dispatcher@east"].actor, own).state == "registered"


def test_the_same_table_again_belongs_to_the_first_import(world: World) -> None:
    """Taken in twice, nothing is there twice: the second import brought no case, and undoing it touches none."""
    first, cases = taken_in(world)
    second, none = taken_in(world)
    dispatcher = world.people["dispatcher@east"].actor
    assert none == []
    assert (batches.batch(dispatcher, second).opened, batches.batch(dispatcher, second).already) == (0, 5)
    batches.undo(actor=dispatcher, number=second, reason="第二次是多余的")
    assert {selectors.case_page(dispatcher, case_id).state for case_id in cases} == {"registered"}
    assert batches.batch(dispatcher, first).opened == 5
