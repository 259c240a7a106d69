"""Service records and the import of a table, from the screens."""

from __future__ import annotations

import re
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.cases.models import Case
from bihuan.intake.models import ServiceRecord
from tests.bihuan.desk.conftest import Visit
from tests.factories.matters import category
from tests.factories.organisation import GRID_1, County
from tests.factories.visits import faults_of

TABLE = (
    "编号,主题,留言详情,留言时间\n"
    "1,路灯不亮,东街三盏路灯不亮请尽快修理,2026-10-08 09:00\n"
    "2,没有内容,,2026-10-08\n"
).encode()  # fmt: skip


def record(**more: str) -> dict[str, str]:
    given = {"request_id": "record-1", "what": "问医保怎么报", "result": "告知所需材料和窗口", "area": GRID_1, "channel": "visit"}
    return {**given, **more}


def test_a_record_is_one_screen(visit: Visit) -> None:
    client = visit("grid_leader")
    after = client.post("/desk/records/new", record())["Location"]
    assert after.startswith("/desk/records/new?done=1")
    assert "data-draft-done" in client.get(after).content.decode()
    client.post("/desk/records/new", record())
    assert ServiceRecord.objects.count() == 1
    text = client.get("/desk/records?done=1").content.decode()
    assert "问医保怎么报" in text
    assert faults_of(text) == []


def test_what_is_missing_is_said(visit: Visit) -> None:
    answer = visit("grid_leader").post("/desk/records/new", record(result="", area=""))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.count('class="wrong"') == 2
    assert "问医保怎么报" in text


def test_a_record_about_an_office_is_hidden_from_it_once_raised(visit: Visit, county: County) -> None:
    grid, township = county.units[f"grid_unit@{GRID_1}"], visit("east_dispatcher")
    clerk = visit("east_clerk")
    words = "网格员半个月不来，门口的沟一直没人管。"
    address = clerk.post("/desk/records/new", record(result="", words=words, **{"raise": "1"}))["Location"]
    assert "问医保" in shown(visit)
    unnamed = {"request_id": "raise-0002", "f-kind": "complaint", "about": "office"}
    assert clerk.post(address, unnamed).status_code == 422
    found = clerk.post(address, {**unnamed, "office_q": "网格", "find": "office"}).content.decode()
    assert f'value="{grid}"' in found
    assert faults_of(found) == []
    assert clerk.post(address, {**unnamed, "about_unit": str(grid)}).status_code == 201
    assert Case.objects.get().about_unit_id == grid
    assert "问医保" not in shown(visit)
    assert visit("grid_leader").get(address).status_code == 404
    assert "问医保" in township.get("/desk/records").content.decode()


def shown(visit: Visit) -> str:
    return visit("grid_leader").get("/desk/records").content.decode()


def test_the_own_village_or_grid_is_filled_in(visit: Visit) -> None:
    assert f'value="{GRID_1}" checked' in visit("grid_leader").get("/desk/records/new").content.decode()
    assert " checked" not in visit("clerk").get("/desk/records/new").content.decode().split("area-picks")[1].split("</div>")[0]


def test_a_record_becomes_a_case_with_nothing_retyped(visit: Visit) -> None:
    client = visit("grid_leader")
    words = "住院费在外地，不知道怎么报，跑了两趟没办成。"
    answer = client.post("/desk/records/new", record(result="", words=words, **{"raise": "1"}))
    assert answer["Location"].endswith("/raise")
    text = client.get(answer["Location"]).content.decode()
    assert faults_of(text) == []
    assert words in text
    assert 'name="f-what"' not in text
    done = client.post(answer["Location"], {"request_id": "raise-0001", "f-kind": "help"})
    assert done.status_code == 201
    assert re.search(r"<b>[A-Z0-9]{4}-[A-Z0-9]{4}</b>", done.content.decode())
    assert Case.objects.get().title == "问医保怎么报"


def test_a_record_of_elsewhere_is_not_found(visit: Visit) -> None:
    visit("grid_leader").post("/desk/records/new", record())
    number = ServiceRecord.objects.get().pk
    assert visit("west_dispatcher").get(f"/desk/records/{number}/raise").status_code == 404
    assert visit("grid_leader").get("/desk/records/99/raise").status_code == 404


def uploaded() -> SimpleUploadedFile:
    return SimpleUploadedFile("来件.csv", TABLE)


def token_of(text: str) -> str:
    found = re.search(r'action="(/desk/import/[^"]+)"', text)
    assert found
    return found[1]


def test_a_table_is_looked_at_then_taken_in_and_its_refused_rows_come_back(visit: Visit) -> None:
    client = visit("dispatcher")
    text = client.post("/desk/import", {"file": uploaded(), "kind": "complaint"}).content.decode()
    assert faults_of(text) == []
    assert "导入 1 行" in text
    assert "没有内容" in text
    assert not Case.objects.exists()
    address = token_of(text)
    refused = client.post(address, {"step": "refused", "kind": "complaint"})
    assert refused["Content-Disposition"].startswith("attachment")
    assert BytesIO(refused.content).read(2) == b"PK"
    again = client.post(address, {"step": "again", "kind": "complaint", "column-subject": "2"}).content.decode()
    assert faults_of(again) == []
    for n in (1, 0):
        done = client.post(address, {"step": "take", "kind": "complaint"}).content.decode()
        assert faults_of(done) == []
        assert f"<b>{n}</b>" in done
    assert Case.objects.count() == 1


def test_a_kept_file_is_its_own_persons(visit: Visit) -> None:
    address = token_of(visit("dispatcher").post("/desk/import", {"file": uploaded(), "kind": "complaint"}).content.decode())
    assert visit("east_dispatcher").post(address, {"step": "take"}).status_code == 404
    assert visit("clerk").post(address, {"step": "take"}).status_code == 403


def test_a_file_that_cannot_be_read_is_refused_in_words(visit: Visit) -> None:
    client = visit("dispatcher")
    for file in (SimpleUploadedFile("a.xlsx", b"PK\x03\x04broken"), SimpleUploadedFile("b.csv", b"\x00\x01"), None):
        answer = client.post("/desk/import", {"kind": "complaint", **({"file": file} if file else {})})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()


def test_the_form_is_back_for_the_next_one_with_place_and_kind_kept(visit: Visit, county: County) -> None:
    """Twenty in a row: only what was asked and what was done are typed anew, and the day's list grows beside it."""
    client = visit("grid_leader")
    address = "/desk/records/new"
    for n in range(3):
        kept = {"channel": "phone", "category": category()} if n == 0 else {}
        text = client.get(address).content.decode()
        chosen = re.findall(r'name="area" value="(\d+)" checked', text)
        selected = {name: re.search(rf'<select id="{name}".*?</select>', text, re.S) for name in ("channel", "category")}
        known = {
            name: re.findall(r'value="([^"]+)" selected', found[0])[0]
            for name, found in selected.items()
            if found and " selected" in found[0]
        }
        sent = {
            "what": f"帮老人缴费{n}",
            "result": "当场办好",
            "area": chosen[0],
            "request_id": f"record-round-{n}",
            **known,
            **kept,
        }
        address = client.post("/desk/records/new", sent)["Location"]
    text = client.get(address).content.decode()
    assert 'value="phone" selected' in text
    assert f'value="{category()}" selected' in text
    assert re.search(r'id="what"[^>]*autofocus', text)
    assert "帮老人缴费2" in text.partition('class="card today"')[2]
    assert text.partition('class="card today"')[2].count("<li>") == 3
    assert ServiceRecord.objects.filter(channel="phone", category=category()).count() == 3
