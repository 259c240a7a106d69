"""督办函: red matters of one office go into one draft; a leader signs it, the office answers, the centre judges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bihuan.access.actors import resident_actor
from bihuan.cases import selectors
from bihuan.cases.errors import Conflict, NotFound, Refused
from bihuan.cases.models import Case, Words
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.flows.worker import deliver, run_once
from bihuan.ledger.models import Entry
from bihuan.ledger.services import LEASE
from bihuan.notify.models import Notice
from bihuan.rulebook.selectors import numbers_drawn
from bihuan.supervision import selectors as letters
from bihuan.supervision import services
from bihuan.supervision.models import Letter, LetterLine
from bihuan.supervision.shapes import LetterChange
from tests.factories.matters import act, category, opened
from tests.factories.organisation import GRID_1, GRID_4
from tests.matrix.calling import caller
from tests.matrix.county import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANSWER = {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}


def at(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def with_office(world: World, office: str = "housing", centre: str = "centre", **more: Any) -> int:
    area = GRID_4 if centre == "west" else GRID_1
    case_id = opened(world.people[f"window_clerk@{centre}"].actor, area_code=area, **more).case_id
    dispatcher = world.people[f"dispatcher@{centre}"].actor
    act(dispatcher, case_id, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(dispatcher, case_id, "assign", {"office": world.units[office], "basis": "按职责清单交办"})
    act(world.people[f"liaison@{office}"].actor, case_id, "acknowledge")
    return case_id


def all_done() -> None:
    """The worker, until nothing is left to do."""
    while run_once():
        pass


def drafts(world: World, who: str) -> list[Any]:
    return letters.letters(world.people[who].actor, ("drafted",))


def signed(world: World, clock: Any, *, office: str = "housing") -> tuple[Letter, list[int]]:
    """Two matters of an office are red on the morning of the 22nd, and the head of the township's centre has signed."""
    cases = [with_office(world, office), with_office(world, office, title="水管漏水没人管")]
    clock.set(at(22, 9))
    all_done()
    head = world.people["centre_head@centre"].actor
    (draft,) = drafts(world, "centre_head@centre")
    services.sign(head, draft.id, seen=1)
    all_done()
    return Letter.objects.get(pk=draft.id), cases


def test_one_letter_for_several_matters_of_an_office(world: World, clock: Any) -> None:
    cases = [with_office(world), with_office(world), with_office(world, "water"), with_office(world, "west police", "west")]
    clock.set(at(22, 3))
    all_done()
    all_done()
    found = drafts(world, "centre_head@centre")
    assert sorted((one.unit, one.n) for one in found) == sorted([(world.units["housing"], 2), (world.units["water"], 1)])
    (other,) = drafts(world, "centre_head@west")
    assert (other.unit, other.n) == (world.units["west police"], 1)
    to_housing = next(one for one in found if one.unit == world.units["housing"])
    letter = letters.letter(world.people["centre_head@centre"].actor, to_housing.id)
    assert [line.case_id for line in letter.lines] == cases[:2]
    assert {line.clock for line in letter.lines} == {"resolve"}
    head = world.people["centre_head@centre"].actor.account
    told = Notice.objects.filter(account_id=head, kind="letter_drafted")
    assert {one.at for one in told} == {at(22, 9)}  # found red at three in the night, told at nine
    for who in ("office_leader@housing", "dispatcher@east", "centre_head@east", "centre_head@authority"):
        assert drafts(world, who) == []
        with pytest.raises(NotFound):
            letters.letter(world.people[who].actor, to_housing.id)


def test_the_leader_changes_takes_off_and_signs(world: World, clock: Any) -> None:
    """Two lines are corrected and one matter taken off; at signing the letter is numbered and each matter has its line."""
    cases = [with_office(world) for _ in range(3)]
    clock.set(at(22, 9))
    all_done()
    head = world.people["centre_head@centre"].actor
    draft = letters.letter(head, drafts(world, "centre_head@centre")[0].id)
    first, second, third = draft.lines
    wanted = LetterChange(
        opening="以下事项已经超期，请说明原因，电话 13912345678。",
        answer_by=date(2026, 10, 26),
        summaries={first.id: "村口路灯不亮", second.id: "井盖松动"},
        removed=frozenset({third.id}),
    )
    version = services.change(head, draft.id, wanted, seen=draft.version)
    number = services.sign(head, draft.id, seen=version)
    assert number == f"{head.unit_name}督字〔2026〕第1号"
    all_done()
    page = selectors.case_page(head, cases[0])
    line = next(one for one in page.threads if one.kind == "supervision")
    assert (line.state, line.holder_unit, line.open) == ("issued", world.units["housing"], True)
    assert line.due_at == at(26, 17, 30)
    assert not [one for one in selectors.case_page(head, cases[2]).threads if one.kind == "supervision"]
    letter = letters.letter(world.people["office_leader@housing"].actor, draft.id)
    assert [one.summary for one in letter.lines] == ["村口路灯不亮", "井盖松动"]
    assert "13912345678" not in letter.opening
    received = Notice.objects.filter(kind="letter_received").values_list("account_id", flat=True)
    assert world.people["office_leader@housing"].actor.account in received
    assert world.people["office_leader@water"].actor.account not in received
    with pytest.raises(Refused):
        services.change(head, draft.id, wanted, seen=version + 1)


def test_answered_sent_back_and_accepted(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    thread = f"supervision:{letter.pk}"
    leader, head = world.people["office_leader@housing"].actor, world.people["centre_head@centre"].actor
    why = {"answer": "配件缺货导致延误，已经加急采购，十月底之前装好。"}
    assert act(leader, cases[0], "answer_letter", why, thread=thread).state == "judging"
    all_done()
    assert Notice.objects.filter(account_id=head.account, kind="letter_answered").count() == 1
    short = {"reason": "没有写明由谁负责、哪天完成。", "answer_by": "2026-10-28"}
    assert act(head, cases[0], "refuse_answer", short, thread=thread).state == "issued"
    act(leader, cases[0], "answer_letter", {"answer": "由维修队负责，十月三十日之前完成。"}, thread=thread)
    assert act(head, cases[0], "accept_answer", {}, thread=thread).state == "settled"
    all_done()
    letter.refresh_from_db()
    assert letter.state == "signed"  # the other matter still waits
    act(leader, cases[1], "answer_letter", why, thread=thread)
    act(head, cases[1], "accept_answer", {}, thread=thread)
    all_done()
    letter.refresh_from_db()
    assert letter.state == "settled"
    for who in ("officer@water", "window_clerk@east"):
        with pytest.raises((NotFound, Refused)):
            act(world.people[who].actor, cases[0], "answer_letter", why, thread=thread)


def test_an_answer_that_does_not_come_drafts_a_red_letter(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    assert letter.answer_by == date(2026, 10, 27)
    clock.set(at(28, 9))
    all_done()
    (red,) = drafts(world, "centre_head@centre")
    assert (red.grade, red.unit, red.n) == ("red", world.units["housing"], 2)
    number = services.sign(world.people["centre_head@centre"].actor, red.id, seen=1)
    assert number.endswith("第2号")
    all_done()
    open_lines = [one for one in selectors.case_page(world.people["centre_head@centre"].actor, cases[0]).threads if one.open]
    assert sorted(one.item for one in open_lines if one.kind == "supervision") == sorted([str(letter.pk), str(red.id)])


def test_a_fake_closure_drafts_a_yellow_letter(world: World, clock: Any) -> None:
    case_id = with_office(world)
    act(world.people["officer@housing"].actor, case_id, "draft_answer", ANSWER)
    act(world.people["office_leader@housing"].actor, case_id, "sign_off")
    fake = {"reason": "fake_closure", "note": "现场看灯还是不亮，答复不实。"}
    act(world.people["checker@centre"].actor, case_id, "send_back", fake)
    all_done()
    (yellow,) = drafts(world, "centre_head@centre")
    assert (yellow.grade, yellow.unit, yellow.n) == ("yellow", world.units["housing"], 1)
    (line,) = letters.letter(world.people["centre_head@centre"].actor, yellow.id).lines
    assert line.due_at is None
    incomplete = with_office(world)
    act(world.people["officer@housing"].actor, incomplete, "draft_answer", ANSWER)
    act(world.people["office_leader@housing"].actor, incomplete, "sign_off")
    act(world.people["checker@centre"].actor, incomplete, "send_back", {**fake, "reason": "incomplete"})
    all_done()
    assert drafts(world, "centre_head@centre")[0].n == 1


def test_the_centre_is_late_like_anyone(world: World, clock: Any) -> None:
    """The township's centre never assigns: when the whole limit is over, the county's centre writes to it."""
    opened(world.people["window_clerk@east"].actor, area_code=GRID_1)
    clock.set(at(22, 9))
    all_done()
    assert drafts(world, "centre_head@east") == []
    (letter,) = drafts(world, "centre_head@centre")
    assert letter.unit == world.units["east"]
    head = world.people["centre_head@centre"].actor
    services.sign(head, letter.id, seen=1)
    all_done()
    case_id = letters.letter(head, letter.id).lines[0].case_id
    answer = {"answer": "登记员请假无人交办，已经安排代班，今天交办。"}
    thread = f"supervision:{letter.id}"
    assert act(world.people["centre_head@east"].actor, case_id, "answer_letter", answer, thread=thread).state == "judging"
    assert act(head, case_id, "accept_answer", {}, thread=thread).state == "settled"


def test_nobody_writes_to_those_a_matter_is_about(world: World, clock: Any) -> None:
    """About the east's centre: handled by the county; the letter comes from the county and the east never sees any of it."""
    case_id = with_office(world, "east police", "east")
    about = opened(world.people["window_clerk@centre"].actor, area_code=GRID_1, about_unit=world.units["east"]).case_id
    county = world.people["dispatcher@centre"].actor
    act(county, about, "accept", {"category": category(), "weight": "ordinary", "urgency": "normal"})
    act(county, about, "assign", {"office": world.units["housing"], "basis": "按职责清单交办"})
    clock.set(at(22, 9))
    all_done()
    (mine,) = drafts(world, "centre_head@east")
    assert [line.case_id for line in letters.letter(world.people["centre_head@east"].actor, mine.id).lines] == [case_id]
    (theirs,) = drafts(world, "centre_head@centre")
    assert [line.case_id for line in letters.letter(world.people["centre_head@centre"].actor, theirs.id).lines] == [about]


def test_void_keeps_the_number_and_ends_the_lines(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    head = world.people["centre_head@centre"].actor
    with pytest.raises(Refused):
        services.declare_void(head, letter.pk, reason=" ", seen=letter.version)
    services.declare_void(head, letter.pk, reason="发错单位，另行发函", seen=letter.version)
    all_done()
    assert [one.open for one in selectors.case_page(head, cases[0]).threads if one.kind == "supervision"] == [False]
    with_office(world, "housing")
    clock.set(at(3, 9, month=11))
    all_done()
    (again,) = drafts(world, "centre_head@centre")
    assert services.sign(head, again.id, seen=1).endswith("第2号")
    numbers = list(Letter.objects.exclude(number="").order_by("pk").values_list("number", flat=True))
    assert numbers == [f"{head.unit_name}督字〔2026〕第{n}号" for n in (1, 2)]
    assert list(numbers_drawn("supervision").values()) == [2]


def test_somebody_changed_it_meanwhile(world: World, clock: Any) -> None:
    with_office(world)
    clock.set(at(22, 9))
    all_done()
    head = world.people["centre_head@centre"].actor
    (draft,) = drafts(world, "centre_head@centre")
    services.change(head, draft.id, LetterChange(opening="请说明原因。"), seen=1)
    with pytest.raises(Conflict):
        services.sign(head, draft.id, seen=1)
    number = services.sign(head, draft.id, seen=2)
    assert services.sign(head, draft.id, seen=2) == number  # the form sent twice
    assert numbers_drawn("supervision") != {}
    assert list(numbers_drawn("supervision").values()) == [1]


def test_a_letter_without_matters_is_not_signed(world: World, clock: Any) -> None:
    with_office(world)
    clock.set(at(22, 9))
    all_done()
    head = world.people["centre_head@centre"].actor
    draft = letters.letter(head, drafts(world, "centre_head@centre")[0].id)
    version = services.change(head, draft.id, LetterChange(removed=frozenset({draft.lines[0].id})), seen=1)
    with pytest.raises(Refused):
        services.sign(head, draft.id, seen=version)
    assert numbers_drawn("supervision") == {}
    with pytest.raises(Refused):
        services.sign(world.people["dispatcher@east"].actor, draft.id, seen=version)
    with pytest.raises(NotFound):
        services.sign(world.people["centre_head@west"].actor, draft.id, seen=version)


def test_a_letter_whose_matter_ended_before_it_went_out_waits_for_no_answer(world: World, clock: Any) -> None:
    case_id = with_office(world)
    clock.set(at(22, 9))
    all_done()
    (draft,) = drafts(world, "centre_head@centre")
    act(resident_actor(case_id), case_id, "withdraw")
    services.sign(world.people["centre_head@centre"].actor, draft.id, seen=1)
    all_done()
    assert Letter.objects.get(pk=draft.id).state == "settled"
    assert [one.state for one in letters.letters(world.people["centre_head@centre"].actor, ("signed",))] == []


def test_a_worker_killed_between_draft_and_mark(world: World, clock: Any, worker_dies: Callable[[], None]) -> None:
    """Every piece of work is done, the worker dies before its mark, and all is done again: one letter, one line, one notice."""
    with_office(world)
    clock.set(at(22, 9))
    run_once(outbox=False)
    worker_dies()
    clock.advance(LEASE)
    while deliver()[0]:
        pass
    assert (Letter.objects.count(), LetterLine.objects.count()) == (1, 1)
    (draft,) = drafts(world, "centre_head@centre")
    services.sign(world.people["centre_head@centre"].actor, draft.id, seen=1)
    worker_dies()
    while deliver()[0]:
        pass
    assert Entry.objects.filter(kind="supervised").count() == 1
    assert (
        Notice.objects.filter(kind="letter_received", account_id=world.people["office_leader@housing"].actor.account).count() == 1
    )


def test_an_instruction_with_its_limit_and_report(world: World, clock: Any) -> None:
    """批示: a leader writes it on a matter, whoever holds it reports by the date, and the leader is told."""
    case_id = with_office(world)
    head = world.people["centre_head@centre"].actor
    said = {"words": "请住建部门本周内解决，并举一反三排查。", "answer_by": "2026-10-16"}
    act(head, case_id, "instruct", said)
    all_done()
    officer = world.people["officer@housing"].actor
    assert Notice.objects.filter(account_id=officer.account, kind="instructed").count() == 1
    line = next(one for one in selectors.case_page(officer, case_id).threads if one.kind == "instruction")
    assert (line.state, line.holder_unit, line.due_at) == ("given", officer.unit, at(16, 17, 30))
    report = {"answer": "已经修好路灯，并排查了全村十二处照明。"}
    assert act(officer, case_id, "report_instruction", report, thread="instruction").state == "reported"
    all_done()
    assert Notice.objects.filter(account_id=head.account, kind="instruction_reported").count() == 1
    with pytest.raises(Refused):
        act(world.people["dispatcher@east"].actor, case_id, "instruct", said)


def test_a_resident_s_name_in_a_title_goes_into_no_letter(world: World, clock: Any) -> None:
    """Typed with the report it is masked at once; typed before the name was known, the letter masks it."""
    known = ContactIn(name="王小明", phone="13912345678")
    masked = with_office(world, title="王小明家门口路灯坏了", contact=known)
    assert selectors.case_page(world.people["officer@housing"].actor, masked).title == "王**家门口路灯坏了"
    assert Words.objects.get(case_id=masked, name="title").text == "王**家门口路灯坏了"
    Case.objects.filter(pk=masked).update(title="王小明家门口路灯坏了")
    other = with_office(world, title="群众反映王家湾路灯坏了", contact=ContactIn(name="群众"))
    assert selectors.case_page(world.people["officer@housing"].actor, other).title == "群众反映王家湾路灯坏了"
    clock.set(at(22, 9))
    all_done()
    (draft,) = drafts(world, "centre_head@centre")
    letter = letters.letter(world.people["centre_head@centre"].actor, draft.id)
    assert sorted(line.summary for line in letter.lines) == sorted(["王**家门口路灯坏了", "群众反映王家湾路灯坏了"])


@pytest.mark.parametrize("known", [True, False], ids=["masked", "control"])
def test_what_a_leader_writes_into_a_letter_names_nobody_of_its_matters(
    world: World, clock: Any, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Opening, each line and the reason of a voiding; not knowing the names of the matters' people is the control."""
    name = "王小明"
    with_office(world, contact=ContactIn(name=name, phone="13912345678"))
    with_office(world, title="井盖松动")
    clock.set(at(22, 9))
    all_done()
    if not known:
        monkeypatch.setattr(services, "all_named_in", lambda *_: [])
    head = world.people["centre_head@centre"].actor
    draft = letters.letter(head, drafts(world, "centre_head@centre")[0].id)
    first, second = draft.lines
    summaries = {first.id: f"{name}家门口路灯不亮", second.id: f"{name}的邻居反映井盖松动"}
    wanted = LetterChange(opening=f"{name}等人的事项，王大妈已经知道。", answer_by=date(2026, 10, 26), summaries=summaries)
    with counted() as count:
        version = services.change(head, draft.id, wanted, seen=draft.version)
    assert len(count) <= 12, count
    services.declare_void(head, draft.id, reason=f"{name}已撤回", seen=version)
    written = Letter.objects.get(pk=draft.id)
    lines = LetterLine.objects.filter(letter_id=draft.id).values_list("summary", flat=True)
    said = [written.opening, written.reason, *lines]
    assert [name in words for words in said] == [not known] * 4
    assert "王大妈已经知道" in written.opening


def test_the_case_page_leads_to_its_papers(world: World, clock: Any) -> None:
    letter, cases = signed(world, clock)
    head = world.people["centre_head@centre"]
    act(head.actor, cases[0], "instruct", {"words": "请本周内解决。", "answer_by": "2026-10-30"})
    page = caller(head.again()).get(f"/desk/case/{cases[0]}").content.decode()
    assert f"/desk/supervision/letter/{letter.pk}" in page
    assert f"/desk/supervision/instruction/{cases[0]}/paper.pdf" in page
    plain = caller(world.people["window_clerk@centre"].again()).get(f"/desk/case/{cases[0]}").content.decode()
    assert "/desk/supervision/" not in plain.partition("<main")[2]
