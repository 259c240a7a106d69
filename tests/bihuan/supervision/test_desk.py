"""The supervision desk: what a leader sees at eight, signs and takes out; within the budget, hidden from others."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from bihuan.config.statements import counted
from bihuan.ledger.models import Entry
from bihuan.papers.shapes import PaperFault
from bihuan.supervision import services
from bihuan.supervision.models import Circular, Letter, LetterLine
from bihuan.supervision.shapes import LetterChange
from tests.factories.matters import act, opened
from tests.factories.organisation import GRID_1
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.scenarios.test_letters import all_done, at, signed, with_office

ACT, SCREEN = 12, 8
HOSTILE = '#read("/etc/passwd") $x^2$ @ref <script>alert(1)</script> *b* \\u{41} 13912345678'


def page(world: World, who: str, path: str) -> str:
    answer = caller(world.people[who].again()).get(path)
    assert answer.status_code == 200, (who, path, answer.status_code)
    return str(answer.content.decode())


def red_morning(world: World, clock: Any) -> int:
    """Three matters of housing and one of water are red; one waits on the centre's own desk. The letter to housing."""
    for _ in range(3):
        with_office(world)
    with_office(world, "water")
    opened(world.people["window_clerk@centre"].actor, area_code=GRID_1)
    clock.set(at(22, 8))
    all_done()
    return Letter.objects.get(unit_id=world.units["housing"]).pk


def form_of(letter_id: int, **more: str) -> dict[str, str]:
    letter = Letter.objects.get(pk=letter_id)
    lines = {f"summary-{line.pk}": line.summary for line in LetterLine.objects.filter(letter=letter)}
    return {"seen": str(letter.version), "opening": "", "answer_by": "", **lines, **more}


def test_the_leader_at_eight(world: World, clock: Any) -> None:
    """Four red with offices, one on the own desk, two drafted letters; all within the budget."""
    red_morning(world, clock)
    client = caller(world.people["centre_head@centre"].again())
    client.get("/desk/supervision")
    with counted() as count:
        answer = client.get("/desk/supervision")
    text = answer.content.decode()
    assert len(count) <= SCREEN, count
    assert "各单位超期事项" in text
    assert "本单位" in text
    assert text.count("查看签发") == 2
    assert text.count('class="btn primary"') == 1


def test_sign_from_the_page_within_the_budget(world: World, clock: Any) -> None:
    letter_id = red_morning(world, clock)
    path = f"/desk/supervision/letter/{letter_id}"
    client = caller(world.people["centre_head@centre"].again())
    client.get(path)
    with counted() as shown:
        client.get(path)
    assert len(shown) <= SCREEN, shown
    first = LetterLine.objects.filter(letter_id=letter_id).order_by("pk")[0]
    sent = form_of(letter_id, act="sign", **{f"summary-{first.pk}": HOSTILE, f"off-{first.pk + 1}": "yes"})
    with counted() as count:
        answer: Any = client.post(path, sent)
    assert answer.status_code == 302, answer.content.decode()
    assert len(count) <= ACT, count
    assert client.post(path, sent).status_code == 302  # the same form twice
    assert Letter.objects.get(pk=letter_id).number.endswith("第1号")
    all_done()
    text = page(world, "office_leader@housing", path)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "13912345678" not in text
    assert "督办待答复" in text
    assert caller(world.people["office_leader@water"].again()).get(path).status_code == 404
    assert caller(world.people["centre_head@east"].again()).get(path).status_code == 404


def test_a_draft_is_nobody_elses(world: World, clock: Any) -> None:
    letter_id = red_morning(world, clock)
    for who in ("office_leader@housing", "checker@centre", "centre_head@east", "centre_head@authority"):
        for path in (f"/desk/supervision/letter/{letter_id}", f"/desk/supervision/letter/{letter_id}/paper.pdf"):
            assert caller(world.people[who].again()).get(path).status_code == 404, (who, path)
        client = caller(world.people[who].again())
        answer: Any = client.post(f"/desk/supervision/letter/{letter_id}", form_of(letter_id, act="sign"))
        assert answer.status_code in (404, 422), who
    assert not Letter.objects.exclude(number="").exists()


def test_the_clerk_of_the_centre_corrects_two_lines_and_the_leader_signs(world: World, clock: Any) -> None:
    """The dispatcher corrects the draft and cannot sign it; the leader finds the corrections."""
    letter_id = red_morning(world, clock)
    path = f"/desk/supervision/letter/{letter_id}"
    clerk = caller(world.people["dispatcher@centre"].again())
    assert "查看修改" in page(world, "dispatcher@centre", "/desk/supervision")
    text = clerk.get(path).content.decode()
    assert 'value="sign"' not in text
    first, second, third = LetterLine.objects.filter(letter_id=letter_id).order_by("pk")
    corrected = {f"summary-{first.pk}": "村口路灯不亮", f"summary-{second.pk}": "井盖松动", f"off-{third.pk}": "yes"}
    assert clerk.post(path, form_of(letter_id, act="", **corrected)).status_code == 302
    assert clerk.post(path, form_of(letter_id, act="sign")).status_code == 422
    assert clerk.post(path, form_of(letter_id, act="void", reason="不该由我作废")).status_code == 422
    leader = caller(world.people["centre_head@centre"].again())
    text = leader.get(path).content.decode()
    assert "村口路灯不亮" in text
    assert "井盖松动" in text
    change = services.change  # the clerk's form does not show a matter kept from them: it stays as it was
    kept = LetterChange(opening="请逐件说明。", summaries={first.pk: "村口路灯不亮"})
    change(world.people["dispatcher@centre"].actor, letter_id, kept, seen=Letter.objects.get(pk=letter_id).version)
    assert [line.removed for line in LetterLine.objects.filter(letter_id=letter_id).order_by("pk")] == [False, False, True]
    sent = {"seen": str(Letter.objects.get(pk=letter_id).version), "opening": "", "answer_by": "", "act": "sign"}
    assert leader.post(path, sent).status_code == 302
    assert Letter.objects.get(pk=letter_id).state == "signed"


def test_what_is_wrong_stays_on_the_form(world: World, clock: Any) -> None:
    letter_id = red_morning(world, clock)
    path = f"/desk/supervision/letter/{letter_id}"
    client = caller(world.people["centre_head@centre"].again())
    answer: Any = client.post(path, form_of(letter_id, act="sign", opening="请逐件说明", answer_by="2026-10-01"))
    assert answer.status_code == 422
    assert "请逐件说明" in answer.content.decode()
    assert "答复期限须在今天之后" in answer.content.decode()
    answer = client.post(path, form_of(letter_id, act="", opening="先存着", seen="7"))
    assert answer.status_code == 409
    assert "先存着" in answer.content.decode()
    assert client.post(path, form_of(letter_id, act="", answer_by="31.12.")).status_code == 422
    assert client.post(path, form_of(letter_id, act="void", reason="")).status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_papers_of_letter_circular_and_instruction(world: World, clock: Any, form: str) -> None:
    letter, cases = signed(world, clock)
    LetterLine.objects.filter(letter=letter).update(summary=HOSTILE)
    client = caller(world.people["centre_head@centre"].again())
    made: Any = client.post("/desk/supervision/circular/new", {"since": "2026-10-01", "until": "2026-10-31"})
    circular = made.headers["Location"]
    assert client.post(circular, {"act": "sign", "seen": "1", "opening": ""}).status_code == 302
    act(world.people["centre_head@centre"].actor, cases[0], "instruct", {"words": "请本周内解决。", "answer_by": "2026-10-30"})
    begins = {"pdf": b"%PDF-", "docx": b"PK"}[form]
    for path in (f"/desk/supervision/letter/{letter.pk}", circular, f"/desk/supervision/instruction/{cases[0]}"):
        answer = client.get(f"{path}/paper.{form}")
        assert answer.status_code == 200, path
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content.startswith(begins)
        if form == "docx":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
                words = packed.read("word/document.xml").decode()
            assert "<script>alert" not in words
    assert Entry.objects.filter(kind="paper_taken").count() == 3


def test_a_paper_that_cannot_be_made_says_so(world: World, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.web import downloads

    def broken(*_args: Any, **_more: Any) -> bytes:
        raise PaperFault("no font")

    monkeypatch.setattr(downloads, "made", broken)
    letter, _cases = signed(world, clock)
    answer = caller(world.people["centre_head@centre"].again()).get(f"/desk/supervision/letter/{letter.pk}/paper.pdf")
    assert answer.status_code == 503
    assert "Word" in answer.content.decode()


def test_a_circular_names_offices_alone(world: World, clock: Any) -> None:
    """Drafted and published by the county's centre, read by every office of the county; what is about somebody is not in it."""
    housing = [with_office(world), with_office(world)]
    about = with_office(world, "water", about_account=world.people["officer@housing"].actor.account)
    clock.set(at(23, 10))
    all_done()
    client = caller(world.people["centre_head@centre"].again())
    made: Any = client.post("/desk/supervision/circular/new", {"since": "2026-10-01", "until": "2026-10-31"})
    path = made.headers["Location"]
    circular = Circular.objects.get()
    assert sorted(circular.lines.values_list("case_id", flat=True)) == housing
    assert about not in circular.lines.values_list("case_id", flat=True)
    assert caller(world.people["office_leader@water"].again()).get(path).status_code == 404  # a draft yet
    assert client.post(path, {"act": "sign", "seen": "9", "opening": ""}).status_code == 409
    assert client.post(path, {"act": "sign", "seen": "1", "opening": ""}).status_code == 302
    assert client.post(path, {"act": "sign", "seen": "1", "opening": ""}).status_code == 302
    circular.refresh_from_db()
    assert circular.number.endswith("通报〔2026〕第1号")
    with counted() as count:
        text = page(world, "office_leader@water", path)
    assert len(count) <= SCREEN + 3, count  # signing in anew is counted too
    for person in world.people.values():
        assert person.actor.name not in text.partition("<main")[2]
    assert "住" in text or "housing" in text
    assert client.post(path, {"act": "drop"}).status_code == 422
    wrong: Any = client.post("/desk/supervision/circular/new", {"since": "2026-10-31", "until": "2026-10-01"})
    assert wrong.status_code == 422
    again: Any = client.post("/desk/supervision/circular/new", {"since": "2026-10-01", "until": "2026-10-31"})
    assert client.post(again.headers["Location"], {"act": "drop"}).status_code == 302
