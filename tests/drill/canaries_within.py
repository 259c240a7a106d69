"""Canaries where the office works: acts and files, reasons, letters and circulars, staff and their sign-in, refused forms.

python -m tests.drill.canaries_within FILE     FILE holds {"many": n}; prints what was planted as JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from tests.drill.canaries import OPENS, Canary, browser, flock, words

SEED = 4711
HEAD = "head0"
STAFF = {"name": "司徒靐雥", "username": "situ.jinyu", "staff_no": "jy-77102", "email": "situ.jinyu@example.org"}
"""Of staff these four are kept as they are (docs/personal-data.md): in the database and what is made of it, nowhere else."""
PASSWORD = "垚犇羴猋 and 7 more words"
ENDS = "齾龗的两盏路灯"
"""Said of the matter that is erased in the end, and of no other."""
STAYS = "钃鱹的三盏路灯"


def plant(told: Any) -> dict[str, Any]:
    """Everything that the office does with a matter, done once with canaries; what must be found nowhere, and what of staff."""
    birds = flock(max(10, int(told["many"]) // 4), SEED)
    _head()
    secrets = [secret for bird in birds for secret in bird.secrets()]
    secrets += _staff(birds[0])
    secrets += _worked_on(birds[1], ENDS, 1, withdrawn=True)
    for number, bird in enumerate(birds[8:], 2):
        secrets += _worked_on(bird, STAYS, number)
    _supervised(birds[2])
    _imported(birds[3:5])
    secrets += _of_ones_own(birds[5], birds[6])
    _refused(birds[7])
    return {"secrets": secrets, "staff": list(STAFF.values()), "opens": [PASSWORD]}


def _actor(username: str) -> Any:
    from bihuan.access.actors import actor_for
    from bihuan.people.selectors import post_named

    post = post_named(username)
    assert post is not None
    return actor_for(post.id)


def _head() -> None:
    from bihuan.people.models import Unit
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts

    create_accounts([AccountRow(username=HEAD, name="负责人", password="open sesame 9")])
    give_posts([PostRow(username=HEAD, key="centre_head", unit_key=Unit.objects.get(kind="county_centre").key)])


def _staff(bird: Canary) -> list[str]:
    """Somebody of the staff: a private phone, a password, a second factor, a session, a one-time code, wrong tries."""
    from django.core.cache import cache

    from bihuan.access import factor
    from bihuan.access.codes import issue_code
    from bihuan.people.models import Account, Unit
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts
    from bihuan.rules.terms import SYSTEM

    create_accounts([AccountRow(**STAFF, password=PASSWORD, mobile=bird.phone)])
    give_posts([PostRow(username=STAFF["username"], key="window_clerk", unit_key=Unit.objects.get(kind="county_centre").key)])
    cache.clear()
    client, agent = browser(), f"Mozilla/5.0 (X11; Linux) {bird.phone_in_words} Firefox/140.0"
    answer = client.post("/sign-in", {"identifier": bird.phone, "password": PASSWORD}, HTTP_USER_AGENT=agent)
    assert answer.status_code == 302
    token = client.cookies["bihuan"].value
    account = Account.objects.get(username=STAFF["username"])
    secret = factor.new_secret()
    factor.enrol(account.pk, secret)
    code = issue_code(_actor(HEAD).account, by=SYSTEM)  # it ends a password, so somebody else's
    cache.clear()
    for typed in (bird.phone_in_words, bird.id_no, bird.name):
        form = {"identifier": typed, "password": bird.id_in_words}
        assert browser().post("/sign-in", form, HTTP_USER_AGENT=agent).status_code in (422, 429)
    return [PASSWORD, token, secret, code.replace("-", ""), code]


def _file(actor: Any, request: str, name: str, content: bytes, *names: str) -> str:
    from bihuan.files import owners, services, store

    arrived = [store.incoming(name, content)]
    (taken,) = services.take(
        arrived, owner=owners.owner_of(actor, request), request_id=request, account=actor.account, names=names
    )
    return str(taken.ref)


def _worked_on(bird: Canary, plainly: str, number: int, *, withdrawn: bool = False) -> list[str]:
    """A matter by the door, with files that no other has, acts, a look; its tracking code is a secret too."""
    from bihuan.access.actors import resident_actor
    from bihuan.cases.services import open_case, perform, unmask
    from bihuan.cases.shapes import ContactIn
    from tests.factories.pictures import drawing, pdf, photograph

    actor, request = _actor(OPENS), f"within-{bird.phone[-8:]}"
    said = f"{bird.name}说{plainly}坏了。{words(bird)}"
    first = b"%PDF-1.4\n"
    paper = pdf().replace(first, first + f"%{bird.name} {bird.phone_in_words} {plainly}\n".encode())
    files = [
        _file(actor, request, f"{bird.name}的申请{bird.phone_in_words}{plainly}.pdf", paper, bird.name),
        _file(actor, request, f"{bird.id_in_words}.jpg", photograph(image=drawing(60 + number))),
    ]
    facts = {"title": f"{bird.name}家{plainly}", "what": said, "kind": "complaint", "channel": "phone", "files": files}
    opened = open_case(
        actor=actor, request_id=request, facts=facts, external_number=bird.phone_in_words,
        contact=ContactIn(name=bird.name, phone=bird.phone, id_no=bird.id_no, address=bird.address),
    )  # fmt: skip
    more = [_file(actor, request + "+", f"再传{bird.phone_in_words}.jpg", photograph(image=drawing(60, 40 + number)))]
    perform(actor=actor, case_id=opened.case_id, action="attach", facts={"files": more}, request_id=request + "+")
    reason = f"{bird.name}来电{bird.phone_in_words}，核对{plainly}"
    assert unmask(actor=actor, case_id=opened.case_id, field="id_no", reason=reason) == bird.id_no
    if withdrawn:
        resident, why = resident_actor(opened.case_id), {"reason": said}
        perform(actor=resident, case_id=opened.case_id, action="withdraw", facts=why, request_id=request)
    return [opened.tracking_code, opened.tracking_code.replace("-", "")]


def _supervised(bird: Canary) -> None:
    """A matter two months late stands in a letter that is changed and declared void, and in a circular."""
    from bihuan.cases.models import Case
    from bihuan.cases.services import open_case
    from bihuan.cases.shapes import ContactIn
    from bihuan.ledger import clock
    from bihuan.people.models import Unit
    from bihuan.supervision import circulars, services
    from bihuan.supervision.models import Circular, CircularLine, LetterLine
    from bihuan.supervision.shapes import LetterChange, Occasion

    head, said, now = _actor(HEAD), f"{bird.name}的事，{words(bird)}"[:110], clock.now()
    facts = {"title": f"{bird.name}家路灯{bird.phone_in_words}", "what": said, "kind": "complaint", "channel": "phone"}
    opened = open_case(
        actor=_actor(OPENS), request_id="late-canary", facts=facts, at=now - timedelta(days=60),
        contact=ContactIn(name=bird.name, phone=bird.phone),
    )  # fmt: skip
    case = Case.objects.get(pk=opened.case_id)
    office = Unit.objects.filter(kind="county_office").order_by("pk").values_list("pk", flat=True)[0]
    letter = services.draft(
        Occasion(
            issuer=head.unit, unit=office, grade="red", ref="canary:1", case_id=case.pk, number=case.number, summary=case.title
        )
    )
    line = LetterLine.objects.get(letter_id=letter).pk
    services.change(head, letter, LetterChange(opening=said, summaries={line: said}), seen=1)
    services.declare_void(head, letter, reason=said, seen=2)
    number = circulars.draft(head, (now - timedelta(days=90)).date(), now.date())
    circulars.sign(head, number, opening=said, seen=Circular.objects.get(pk=number).version)
    assert CircularLine.objects.filter(circular_id=number, case_id=case.pk).exists(), "the late matter stands in it"


def _imported(birds: Sequence[Canary]) -> None:
    """A table whose name and numbers hold phones, undone with a reason that names somebody."""
    from bihuan.exchange import importer
    from bihuan.intake import batches
    from bihuan.rulebook.selectors import pack

    actor = _actor(OPENS)
    rows = ["编号,时间,主题,内容,类型,姓名,电话,身份证号,地址"]
    rows += [
        f"{one.phone_in_words},2026-10-12 09:00,路灯,{words(one)},投诉,{one.name},{one.phone},{one.id_no},{one.address}"
        for one in birds
    ]
    name = f"留言{birds[0].phone_in_words}.csv"
    importer.import_file("\n".join(rows).encode(), actor=actor, pack=pack(actor.pack_digest), kind="complaint", file_name=name)
    (latest, *_earlier) = batches.batches(actor)
    batches.undo(actor=actor, number=latest.id, reason=f"{birds[0].name}的{birds[0].id_in_words}填错了")


def _of_ones_own(bird: Canary, other: Canary) -> list[str]:
    """A resident asks what is held, takes a copy, puts it right; and somebody tries with a wrong phone. The code is a secret."""
    from django.core.cache import cache

    from bihuan.cases.services import open_case
    from bihuan.cases.shapes import ContactIn

    facts = {"title": "路灯坏了", "what": words(bird), "kind": "complaint", "channel": "phone"}
    contact = ContactIn(name=bird.name, phone=bird.phone, id_no=bird.id_no, address=bird.address)
    opened = open_case(actor=_actor(OPENS), request_id="own-canary", facts=facts, contact=contact)
    cache.clear()
    client, page = browser(), f"/t/{opened.tracking_code}/mine"
    copied = client.post(page, {"do": "copy", "confirm": bird.phone})
    assert bird.phone in b"".join(copied.streaming_content if copied.streaming else [copied.content]).decode(), (
        "to its owner alone"
    )
    assert client.post(page, {"do": "copy", "confirm": other.phone}).status_code == 422
    right = {"do": "correct", "confirm": bird.phone, "name": other.name, "phone": other.phone, "id_no": other.id_no}
    assert client.post(page, right | {"address": other.address}).status_code == 302
    return [opened.tracking_code, opened.tracking_code.replace("-", "")]


def _refused(bird: Canary) -> None:
    """Forms that are refused: without an area, too long, of an unknown kind, for the wrong matter; drawn again, kept nowhere."""
    from django.core.cache import cache

    from tests.drill.canaries import form

    for number, wrong in enumerate((
        {"area": ""}, {"area": "999999"}, {"f-kind": bird.phone_in_words}, {"f-what": ""}, {"phone": bird.phone * 9},
        {"name": bird.name + "\0"}, {"f-what": bird.name * 4000},
    )):  # fmt: skip
        cache.clear()
        sent = form(7000 + number, bird) | {"f-channel": "phone", "f-urgency": "normal"} | wrong
        for client, path in ((browser("clerk0"), "/desk/register"), (browser(), "/report")):
            answer = client.post(path, sent)
            assert answer.status_code in (400, 422), (wrong, answer.status_code)
    written = {"what": "", "words": words(bird), "result": "", "name": bird.name, "phone": bird.phone}
    assert browser("clerk0").post("/desk/records/new", written).status_code == 422
    looked = browser(OPENS).get("/desk/cases", {"q": f"{bird.name} {bird.phone_in_words}", "open": bird.id_no})
    assert looked.status_code == 200


if __name__ == "__main__":
    django.setup()
    print(json.dumps(plant(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
