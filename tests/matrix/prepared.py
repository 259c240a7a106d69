"""Forms that can be sent only after something has happened: what it is, and the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.access import factor
from bihuan.access.sessions import RENEW, open_session
from bihuan.cases.models import Case
from bihuan.exchange import importer
from bihuan.files.models import Attachment
from bihuan.files.owners import owner_of
from bihuan.files.services import take
from bihuan.files.store import incoming
from bihuan.intake import batches
from bihuan.ledger import clock
from bihuan.notify.models import Notice
from bihuan.notify.services import notify
from bihuan.notify.shapes import Note
from bihuan.people.models import Account, Unit
from bihuan.rulebook import proposals
from bihuan.rulebook.services import publish
from bihuan.rules.terms import Doer
from bihuan.supervision import circulars, services
from bihuan.supervision.shapes import Occasion
from tests.bihuan.desk import test_admin_township as township
from tests.bihuan.desk import test_admin_versions as rules
from tests.factories.matters import act, request_id, shipped_pack
from tests.factories.organisation import EAST, GRID_1, PASSWORD
from tests.factories.pictures import photograph
from tests.factories.versions import newer, with_limit, with_procedure
from tests.matrix.calling import caller
from tests.matrix.county import World
from tests.matrix.rows import a_table
from tests.matrix.sending import Sent

LAMP = "in the east, with housing"
FRESH = "another new word 8"
TOKEN = re.compile(r'action="/[a-z/]+/([A-Za-z0-9_-]{32})"')
Preparing = Callable[[World], World]
Filling = Callable[[World], Mapping[str, object]]


def with_numbers(world: World, **numbers: int) -> World:
    """The world with further numbers."""
    return replace(world, cases={**world.cases, **numbers})


def numbered(**names: str) -> Filling:
    """Parts of an address by the names under which their numbers were prepared."""
    return lambda world: {part: world.cases[name] for part, name in names.items()}


def _file(world: World) -> World:
    actor, request = world.people["dispatcher@east"].actor, request_id()
    (taken,) = take(
        [incoming("路灯.jpg", photograph())], owner=owner_of(actor, request), request_id=request, account=actor.account
    )
    act(actor, world.cases["in the east"], "attach", {"files": [taken.ref]})  # type: ignore[union-attr]
    return with_numbers(world, file=Attachment.objects.latest("pk").pk)


def _answered(world: World) -> World:
    number = world.cases[LAMP]
    answer = {"claim": "solved", "answer": "已更换灯具并恢复照明，感谢您的反映。"}
    for who, action, told in (
        ("officer@housing", "draft_answer", answer), ("office_leader@housing", "sign_off", {}), ("checker@centre", "pass", {}),
    ):  # fmt: skip
        act(world.people[who].actor, number, action, told)
    return world


def _uploaded(who: str, path: str, form: Callable[[World], Mapping[str, Any]]) -> Preparing:
    """The page that shows what a table would do, and the token under which it waits."""

    def prepare(world: World) -> World:
        page = caller(world.people[who]).post(path, form(world)).content.decode()
        found = TOKEN.search(page)
        assert found, page[:2000]
        return replace(world, codes={**world.codes, "page": page, "token": found[1]})

    return prepare


def _taken_up(world: World) -> Mapping[str, object]:
    return {"token": world.codes["token"]}


def _named(rows: str) -> Mapping[str, Any]:
    return {"file": SimpleUploadedFile("名单.csv", rows.encode())}


def _staff(world: World) -> Mapping[str, Any]:
    unit = Unit.objects.get(pk=world.units["housing"]).name
    return _named(f"姓名,用户名,工号,手机号,单位,岗位\n李新,lixin,G201,13800138111,{unit},经办人\n")


def _duty(world: World) -> Mapping[str, Any]:
    name = Account.objects.get(pk=world.people["window_clerk@centre"].actor.account).name
    return _named(f"日期,开始时间,结束时间,姓名,带班\n2026-10-13,08:00,18:00,{name},是\n")


def _grids(_world: World) -> Mapping[str, Any]:
    return _named("村,网格名称,网格代码\n青石村,第3网格,\n")


def _imported(world: World) -> World:
    actor = world.people["dispatcher@east"].actor
    rows = f"主题,内容,区域\n路灯,路灯坏了两个星期没人修,{GRID_1}\n"
    importer.import_file(rows.encode(), actor=actor, pack=shipped_pack(), kind="complaint", file_name="路灯.csv")
    return with_numbers(world, batch=batches.batches(actor)[0].id)


def _shorter() -> Any:
    return newer(shipped_pack(), "9.3", **with_procedure(shipped_pack(), lambda one: with_limit(one, "resolve", 5)))


def _published(world: World) -> World:
    pack = _shorter()
    publish(pack)
    return replace(world, codes={**world.codes, "to": pack.digest[:16]})


def _asked(world: World) -> World:
    by = Doer(kind="staff", account=world.people["security_admin@centre"].actor.account)
    return with_numbers(world, asked=proposals.propose(_shorter(), against=shipped_pack().digest, reason="会议", by=by))


def _enrolled(world: World) -> World:
    factor.enrol(world.people["officer@housing"].actor.account, factor.new_secret())
    return world


def _renewing(world: World) -> World:
    person = world.people["liaison@water"]
    token = open_session(account=person.actor.account, post=person.actor.post_id, stage=RENEW, factor_at=clock.now())
    return replace(world, people={**world.people, "liaison@water": replace(person, token=token)})


def _told(world: World) -> World:
    actor = world.people["dispatcher@east"].actor
    notify([Note(account=actor.account, kind="urgent", ref="urgent:1", case_id=world.cases["in the east"])])
    return with_numbers(world, notice=Notice.objects.latest("pk").pk)


def _drafted(world: World) -> World:
    case = Case.objects.get(pk=world.cases[LAMP])
    letter = services.draft(
        Occasion(
            issuer=world.units["centre"], unit=world.units["housing"], grade="red", ref="x:1", case_id=case.pk,
            number=case.number, summary="路灯",
        )
    )  # fmt: skip
    circular = circulars.draft(world.people["centre_head@centre"].actor, date(2026, 10, 1), date(2026, 10, 12))
    return with_numbers(world, letter=letter, circular=circular)


ANSWERED = {"f-outcome": "reached", "f-solved": "yes", "f-satisfied": "satisfied", "f-words": "修好了，谢谢。"}
PREPARED: Mapping[str, Sent] = {
    "a file erased": Sent(
        "/desk/case/<int:case_id>/file/<int:file_id>/erase", "centre_head@east", lambda world: {"why": "resident_wishes"}, (302,),
        fill=numbered(case_id="in the east", file_id="file"), prepare=_file,
    ),
    "a call": Sent(
        "/desk/calls/<int:case_id>", "followup_caller@centre", lambda world: {"request_id": request_id(), "seen": "", **ANSWERED},
        (302,), fill=numbered(case_id=LAMP), prepare=_answered,
    ),
    "whom to call": Sent(
        "/desk/calls/<int:case_id>/show", "followup_caller@centre", lambda world: {}, (200,), page="/desk/calls/<int:case_id>",
        fill=numbered(case_id=LAMP), prepare=_answered,
    ),
    "a table taken in": Sent(
        "/desk/import/<str:token>", "dispatcher@east", lambda world: {"kind": "complaint"}, (200,), fill=_taken_up, drawn="page",
        prepare=_uploaded("dispatcher@east", "/desk/import", lambda world: a_table()),
    ),
    "staff looked at": Sent("/desk/admin/people/import", "security_admin@centre", _staff, (200,)),
    "staff taken in": Sent(
        "/desk/admin/people/import/<str:token>", "security_admin@centre", lambda world: {"step": "take"}, (200,), fill=_taken_up,
        drawn="page", prepare=_uploaded("security_admin@centre", "/desk/admin/people/import", _staff),
    ),
    "duty looked at": Sent("/desk/roster/import", "centre_head@centre", _duty, (200,)),
    "duty taken in": Sent(
        "/desk/roster/import/<str:token>", "centre_head@centre", lambda world: {"step": "take"}, (200,), fill=_taken_up,
        drawn="page", prepare=_uploaded("centre_head@centre", "/desk/roster/import", _duty),
    ),
    "grids looked at": Sent("/desk/admin/grids", "system_admin@centre", _grids, (200,)),
    "grids taken in": Sent(
        "/desk/admin/grids/<str:token>", "system_admin@centre", lambda world: {"step": "take"}, (200,), fill=_taken_up,
        drawn="page", prepare=_uploaded("system_admin@centre", "/desk/admin/grids", _grids),
    ),
    "an import undone": Sent(
        "/desk/admin/imports/<int:number>", "dispatcher@east", lambda world: {"reason": "导错了表"}, (302,),
        fill=numbered(number="batch"), prepare=_imported,
    ),
    "other rules looked at": Sent(
        "/desk/admin/pack/change", "system_admin@centre", lambda world: rules.form(**{rules.field_of("resolve", "resolve"): "5"}),
        (200,),
    ),
    "a township's rules looked at": Sent(
        "/desk/admin/pack/township", "system_admin@centre",
        lambda world: township.form(**{township.field_of("resolve", "resolve"): "5"}), (200,),
        page=f"/desk/admin/pack/township?area={EAST}",
    ),
    "other rules refused": Sent(
        "/desk/admin/pack/proposals/<int:number>", "system_admin@centre", lambda world: {"step": "refuse", "words": "下次再议"},
        (302,), fill=numbered(number="asked"), prepare=_asked,
    ),
    "matters under other rules": Sent(
        "/desk/admin/pack/migrate", "system_admin@centre", lambda world: {"to": world.codes["to"], "reason": "会议定了新时限"},
        (302,), prepare=_published,
    ),
    "one's codes": Sent(
        "/desk/me/codes", "officer@housing", lambda world: {"password": PASSWORD}, (200,), page="/desk/me", prepare=_enrolled
    ),
    "a password that is too old": Sent(
        "/renew-password", "liaison@water", lambda world: {"password": FRESH, "again": FRESH}, (302,), prepare=_renewing
    ),
    "notices read": Sent(
        "/desk/notices", "dispatcher@east", lambda world: {"up_to": str(world.cases["notice"])}, (302,), prepare=_told
    ),
    "a notice opened": Sent(
        "/desk/notices/<int:notice_id>", "dispatcher@east", lambda world: {}, (302,), page="/desk/notices",
        fill=numbered(notice_id="notice"), prepare=_told,
    ),
    "a letter changed": Sent(
        "/desk/supervision/letter/<int:letter_id>", "centre_head@centre",
        lambda world: {"act": "save", "opening": "请尽快办理", "seen": "1"}, (302,), fill=numbered(letter_id="letter"),
        prepare=_drafted,
    ),
    "a circular signed": Sent(
        "/desk/supervision/circular/<int:circular_id>", "centre_head@centre",
        lambda world: {"act": "sign", "opening": "各单位：", "seen": "1"}, (302,), fill=numbered(circular_id="circular"),
        prepare=_drafted,
    ),
}  # fmt: skip
