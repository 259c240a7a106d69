"""Lists from a spreadsheet: staff with posts, and the duty roster; looked at first, never twice, the refused rows given back."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from bihuan.people.models import Account, Post, Shift
from bihuan.people.selectors import on_duty, posts_of
from tests.bihuan.desk.test_people import at_the_desk, county
from tests.factories.organisation import County

pytestmark = pytest.mark.django_db
__all__ = ["county"]
STAFF = """姓名,用户名,工号,手机号,单位,岗位
李新,lixin,G201,13800138111,县住建局,经办人
李新,lixin,G201,13800138111,县住建局,联络员
王二,,G202,,县水利局,分管领导
周leader,leader,,,县住建局,分管领导
,nobody,,,,
赵三,zhaosan,,12345,县住建局,经办人
钱四,qiansi,,,没有的局,经办人
孙五,sunwu,,,县住建局,调度员
周别人,officer,,,县住建局,经办人
吴六,auditor2,,,县社会治理中心,安全审计员
吴六,auditor2,,,县社会治理中心,系统管理员
安全员,guard,,,县社会治理中心,调度员
"""


def looked_at(client: Client, path: str, text: str, name: str = "名单.csv") -> tuple[Any, str]:
    page = client.post(path, {"file": SimpleUploadedFile(name, text.encode())})
    token = re.search(rf'action="{path}/([A-Za-z0-9_-]{{32}})"', page.content.decode())
    return page, token[1] if token else ""


def test_staff_are_looked_at_then_taken_in_and_never_twice(county: County) -> None:
    guard = at_the_desk(county, "guard")
    accounts, posts = Account.objects.count(), Post.objects.count()
    page, token = looked_at(guard, "/desk/admin/people/import", STAFF)
    assert page.status_code == 200, page.content.decode()[:3000]
    assert (Account.objects.count(), Post.objects.count()) == (accounts, posts), "a look writes nothing"
    shown = page.content.decode()
    said = ("请填写姓名", "这不是手机号码", "没有这个单位", "该单位没有这个岗位", "属于另一姓名的人")
    for wrong in (*said, "须由不同的人担任", "不能给自己安排岗位"):
        assert wrong in shown, wrong
    done = guard.post(f"/desk/admin/people/import/{token}", {"step": "take"})
    assert "已导入" in done.content.decode()
    assert Account.objects.count() == accounts + 3
    assert [post.key for post in posts_of(Account.objects.get(username="lixin").pk)] == ["officer", "liaison"]
    assert [post.key for post in posts_of(Account.objects.get(username="g202").pk)] == ["office_leader"]
    assert not Account.objects.get(username="lixin").has_usable_password()
    after = (Account.objects.count(), Post.objects.count())
    _page, again = looked_at(guard, "/desk/admin/people/import", STAFF)
    guard.post(f"/desk/admin/people/import/{again}", {"step": "take"})
    assert (Account.objects.count(), Post.objects.count()) == after, "the same list again adds nothing"


def test_refused_rows_come_back_as_a_file_and_nobody_else_has_the_list(county: County) -> None:
    guard = at_the_desk(county, "guard")
    _page, token = looked_at(guard, "/desk/admin/people/import", STAFF)
    answer = guard.post(f"/desk/admin/people/import/{token}", {"step": "refused"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 8
    assert [row[0] for row in rows[1:]] == ["6", "7", "8", "9", "10", "12", "13"]
    other = Client()
    other.cookies = at_the_desk(county, "dispatcher").cookies
    assert other.post(f"/desk/admin/people/import/{token}", {"step": "take"}).status_code == 403
    assert guard.post("/desk/admin/people/import/" + "x" * 32, {"step": "take"}).status_code == 404


def test_the_template_is_read_by_what_reads_lists(county: County) -> None:
    guard = at_the_desk(county, "guard")
    for path in ("/desk/admin/people/import", "/desk/roster/import"):
        content = guard.get(f"{path}/template").content
        page = guard.post(path, {"file": SimpleUploadedFile("t.xlsx", content)})
        assert page.status_code == 200, page.content.decode()[:2000]
        assert "nothing" not in page.content.decode()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "姓名,姓名\n张,张\n", "\x00\x01", "单位,岗位\n县住建局,经办人\n"])
def test_a_file_that_is_no_list_is_refused_in_words(county: County, text: str) -> None:
    page, token = looked_at(at_the_desk(county, "guard"), "/desk/admin/people/import", text)
    assert page.status_code == 422
    assert not token
    assert 'role="alert"' in page.content.decode()


ROSTER = """值班表,,,,
日期,开始时间,结束时间,姓名,带班
2026-10-12,17:30,09:00,周head,是
2026-10-12,17:30,09:00,周clerk,
2026-10-12,18:00,20:00,周clerk,
2026-10-13,,,周dispatcher,
2026-10-13,25:99,09:00,周checker,
10/11/26,17:30,09:00,周checker,
2026-10-14,17:30,09:00,周officer,
"""


def test_a_roster_is_taken_in_for_ones_own_unit(county: County) -> None:
    head = at_the_desk(county, "head")
    page, token = looked_at(head, "/desk/roster/import", ROSTER)
    assert page.status_code == 200, page.content.decode()[:3000]
    assert not Shift.objects.exists()
    shown = page.content.decode()
    for wrong in ("被排两次班", "没有这个人", "25:99", "10/11/26"):
        assert wrong in shown, wrong
    head.post(f"/desk/roster/import/{token}", {"step": "take"})
    assert Shift.objects.count() == 3
    night = datetime(2026, 10, 13, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert [one.account_name for one in on_duty(county.units["centre"], night)] == ["周head", "周clerk"]
    _page, again = looked_at(head, "/desk/roster/import", ROSTER)
    head.post(f"/desk/roster/import/{again}", {"step": "take"})
    assert Shift.objects.count() == 3


def test_a_turn_by_hand_and_who_may_keep_the_roster(county: County) -> None:
    head, officer = at_the_desk(county, "head"), at_the_desk(county, "officer")
    form = {"do": "add", "day": "2026-10-12", "start": "08:00", "end": "18:00", "who": county.accounts["clerk"], "leads": "yes"}
    assert head.post("/desk/roster", form).status_code == 302
    page = head.get("/desk/roster").content.decode()
    assert "当前值班" in page
    assert "周clerk" in page
    assert head.post("/desk/roster", {**form, "start": "09:00"}).status_code == 422, "on duty twice at once"
    assert head.post("/desk/roster", {**form, "who": county.accounts["officer"]}).status_code == 422
    assert head.post("/desk/roster", {**form, "start": "x"}).status_code == 422
    assert officer.get("/desk/roster").status_code == 200
    assert officer.post("/desk/roster", form).status_code == 404, "an officer keeps no roster"
    assert officer.get("/desk/roster", {"unit": county.units["centre"]}).status_code == 404
    leader = at_the_desk(county, "leader")
    assert leader.post("/desk/roster", {**form, "unit": county.units["centre"]}).status_code == 404, "another unit's"
    shift = Shift.objects.get().pk
    assert leader.post("/desk/roster", {"do": "remove", "shift": shift}).status_code == 422
    assert head.post("/desk/roster", {"do": "remove", "shift": shift}).status_code == 302
    assert not Shift.objects.exists()
