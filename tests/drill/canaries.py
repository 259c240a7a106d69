"""Canaries: names, phones, identity numbers and addresses that nobody has, put in through every door of a place.

python -m tests.drill.canaries plant FILE     FILE holds {"many": n, "csv": path}; prints what was planted as JSON
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

RARE = "垚犇羴猋骉麤鱻龘靐雥飝嚞惢掱毳淼焱"
OPENS = "dispatcher0"
"""The account whose post may open contacts."""
PLAIN = "鹬蚌垄断检验词"
"""The control: a word that is no personal datum and stands in the database as it was written."""


@dataclass(frozen=True)
class Canary:
    """Somebody who does not exist."""

    name: str
    phone: str
    id_no: str
    address: str
    phone_in_words: str
    id_in_words: str

    def secrets(self) -> list[str]:
        """What must be found nowhere."""
        return [self.name, self.phone, self.id_no, self.address.partition("村")[2], self.phone_in_words, self.id_in_words]


def flock(many: int, seed: int = 13710) -> list[Canary]:
    """So many, always the same."""
    chance = random.Random(seed)
    return [
        Canary(
            name="欧阳" + "".join(chance.sample(RARE, 2)), phone=_phone(chance), id_no=_id_no(chance),
            address=f"湘阴县文星街道太傅里村{''.join(chance.sample(RARE, 3))}路{chance.randrange(1000, 9999)}号",
            phone_in_words=_phone(chance), id_in_words=_id_no(chance),
        )
        for _ in range(many)
    ]  # fmt: skip


def _phone(chance: random.Random) -> str:
    return f"1{chance.choice('3589')}{chance.randrange(10**9):09}"


def _id_no(chance: random.Random) -> str:
    from bihuan.vault.free_text import check_character

    born = date(1950, 1, 1) + timedelta(days=chance.randrange(20000))
    first = f"430624{born:%Y%m%d}{chance.randrange(1000):03}"
    return first + check_character(first)


def plant(told: Any) -> list[dict[str, str]]:
    """Put canaries in through the desk's form, the public form, the door, a service record, and a table to import."""
    from bihuan.people.models import Unit
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts

    birds = flock(int(told["many"]))
    create_accounts([AccountRow(username=OPENS, name="交办员", password="open sesame 9", mobile=birds[0].phone)])
    give_posts([PostRow(username=OPENS, key="dispatcher", unit_key=Unit.objects.get(kind="county_centre").key)])
    doors = (_by_clerk, _by_resident, _by_door, _by_record)
    for number, bird in enumerate(birds):
        if number % 5 < len(doors):
            doors[number % 5](number, bird)
    _table(Path(told["csv"]), birds[4::5])
    return [asdict(bird) for bird in birds]


def words(bird: Canary) -> str:
    return f"{PLAIN}，请回电{bird.phone_in_words}，身份证{bird.id_in_words}，村口路灯坏了两周。"


def browser(account: str = "") -> Any:
    from django.test import Client

    from bihuan.access.sessions import IN, open_session
    from bihuan.ledger import clock
    from bihuan.people.selectors import post_named

    client = Client(HTTP_HOST="localhost")
    if post := post_named(account) if account else None:
        client.cookies["bihuan"] = open_session(account=post.account, post=post.id, stage=IN, factor_at=clock.now())
    return client


def form(number: int, bird: Canary) -> dict[str, str]:
    return {
        "f-title": f"路灯坏了，电话{bird.phone_in_words}", "f-what": words(bird), "f-kind": "complaint", "area": "430624",
        "f-place": f"家门口，打{bird.phone_in_words}", "name": bird.name, "phone": bird.phone, "id_no": bird.id_no,
        "address": bird.address, "request_id": f"canary-{number:04}-of-the-drill",
    }  # fmt: skip


def _by_clerk(number: int, bird: Canary) -> None:
    answer = browser("clerk0").post("/desk/register", form(number, bird) | {"f-channel": "phone", "f-urgency": "normal"})
    assert answer.status_code == 201, answer.content.decode()[-3000:]


def _by_resident(number: int, bird: Canary) -> None:
    from django.core.cache import cache

    cache.clear()  # otherwise the limit on reports from one address
    answer = browser().post("/report", form(number, bird))
    assert answer.status_code == 201, answer.content.decode()[-3000:]


def _by_door(number: int, bird: Canary) -> None:
    from bihuan.access.actors import actor_for
    from bihuan.access.looks import look_at_contacts
    from bihuan.cases.models import Case
    from bihuan.cases.services import open_case
    from bihuan.cases.shapes import ContactIn
    from bihuan.people.selectors import post_named

    post = post_named(OPENS)
    assert post is not None
    contact = ContactIn(name=bird.name, phone=bird.phone, id_no=bird.id_no, address=bird.address)
    facts = {"title": bird.id_in_words, "what": words(bird), "kind": "complaint", "channel": "phone"}
    opened = open_case(actor=actor_for(post.id), request_id=f"door-{number}", contact=contact, facts=facts)
    case = Case.objects.get(pk=opened.case_id)
    said = f"核对{bird.phone}是否有误"
    (seen,) = look_at_contacts(actor_for(post.id), [int(case.contact_id or 0)], reason=said, case_id=case.pk)
    assert seen.phone == bird.phone, "whoever may, sees it"


def _by_record(number: int, bird: Canary) -> None:
    from bihuan.access.actors import actor_for
    from bihuan.cases.shapes import ContactIn
    from bihuan.intake.services import record_service
    from bihuan.intake.shapes import RecordIn
    from bihuan.people.selectors import post_named

    post = post_named("clerk0")
    assert post is not None
    contact = ContactIn(name=bird.name, phone=bird.phone, id_no=bird.id_no, address=bird.address)
    record = RecordIn(what=f"咨询{bird.phone_in_words}", words=words(bird), result=f"已答复{bird.id_in_words}", contact=contact)
    record_service(actor=actor_for(post.id), record=record, request_id=f"record-{number}")


def _table(path: Path, birds: list[Canary]) -> None:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["编号", "时间", "主题", "内容", "类型", "姓名", "电话", "身份证号", "地址"])
    for number, bird in enumerate(birds):
        rows.writerow([
            f"C{number}", "2026-10-12 09:00", f"路灯{bird.phone_in_words}", words(bird), "投诉", bird.name, bird.phone,
            bird.id_no, bird.address,
        ])  # fmt: skip
    path.write_text(out.getvalue(), "utf-8")


if __name__ == "__main__":
    django.setup()
    print(json.dumps(plant(json.loads(Path(sys.argv[2]).read_text("utf-8")))))
