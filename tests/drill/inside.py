"""What a drill asks of its place's tables, in a process of its own.

    python -m tests.drill.inside WORD FILE        the words stand below, in ASKED

``FILE`` holds what is told, as JSON; the last line printed is the answer, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django


def seed(_told: Any) -> list[str]:
    """Window clerks with running sessions; their cookies."""
    from bihuan.access.sessions import IN, open_session
    from bihuan.ledger import clock
    from bihuan.people.models import Unit
    from bihuan.people.selectors import post_named
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts

    units = Unit.objects.filter(kind__in=("county_centre", "township_centre")).order_by("pk").values_list("key", flat=True)[:4]
    seats = {f"clerk{n}": unit for n, unit in enumerate(units)}
    create_accounts(AccountRow(username=name, name=f"登记{name}", password="open sesame 9") for name in seats)
    give_posts(PostRow(username=name, key="window_clerk", unit_key=unit) for name, unit in seats.items())
    create_accounts([AccountRow(username="taker0", name="受理员", password="open sesame 9")])
    give_posts([PostRow(username="taker0", key="dispatcher", unit_key=seats["clerk0"])])
    posts = [post for name in seats if (post := post_named(name))]
    return [open_session(account=post.account, post=post.id, stage=IN, factor_at=clock.now()) for post in posts]


def again(_told: Any) -> list[str]:
    """New sessions for the clerks of ``seed``; their cookies."""
    from bihuan.access.sessions import IN, open_session
    from bihuan.ledger import clock
    from bihuan.people.selectors import post_named

    posts = [post for n in range(4) if (post := post_named(f"clerk{n}"))]
    return [open_session(account=post.account, post=post.id, stage=IN, factor_at=clock.now()) for post in posts]


def passed(_told: Any) -> int:
    """How many limits were entered as passed."""
    from bihuan.ledger.models import Entry

    return Entry.objects.filter(kind="limit_passed").count()


def later(_told: Any) -> int:
    """Leave a piece of work that nobody receives for an hour from now, by this process's clock."""
    from datetime import timedelta

    from bihuan.ledger import clock
    from bihuan.ledger.services import OutboxRow, post_out

    post_out([OutboxRow("drill", {}, not_before=clock.now() + timedelta(hours=1))])
    return 1


def waiting(_told: Any) -> int:
    """How many of those pieces wait."""
    from bihuan.ledger.models import Outbox

    return Outbox.objects.filter(topic="drill", state=Outbox.State.WAITING).count()


def backwards(_told: Any) -> list[str]:
    """Matters in which an entry has an earlier time than the one before it."""
    from bihuan.ledger.models import Entry

    last: dict[str, Any] = {}
    found = set()
    for stream, at in Entry.objects.filter(stream__startswith="case:").order_by("stream", "seq").values_list("stream", "at"):
        if stream in last and at < last[stream]:
            found.add(stream)
        last[stream] = at
    return sorted(found)


def check(told: Any) -> list[str]:
    """Every acknowledged intake is there exactly once, in every table that should know it; nothing else is. Faults in words."""
    from bihuan.cases.models import Case
    from bihuan.cases.rebuilding import differences
    from bihuan.ledger.models import Entry, Request

    acknowledged: dict[str, str] = told
    answers = {row.request_id: json.loads(row.answer) for row in Request.objects.filter(request_id__startswith="drill")}
    titles = Counter(Case.objects.values_list("title", flat=True))
    numbers = dict(Case.objects.values_list("number", "title"))
    first = Counter(Entry.objects.filter(kind="registered").values_list("stream", flat=True))
    faults = [f"{name}: acknowledged and not there" for name in acknowledged if not titles[name]]
    faults += [f"{name}: {n} times" for name, n in titles.items() if n > 1]
    faults += [f"{name}: there without having been sent" for name in titles if name not in acknowledged]
    faults += [f"{name}: its request is not remembered" for name in acknowledged if name not in answers]
    faults += [
        f"{name}: answered as {number}, which is {numbers.get(number)}"
        for name, number in acknowledged.items()
        if number and numbers.get(number) != name
    ]
    streams = Counter(f"case:{pk}" for pk in Case.objects.values_list("pk", flat=True))
    faults += [
        f"{stream}: first entries {first[stream]}, cases {streams[stream]}"
        for stream in first | streams
        if first[stream] != streams[stream]
    ]
    after = 0
    while True:
        found, after = differences(after=after)
        faults += [f"clocks and threads: {one}" for one in found]
        if not after:
            return faults


def open_some(told: Any) -> list[int]:
    """Open so many more cases with personal words; their ids."""
    from bihuan.access.actors import actor_for
    from bihuan.cases.services import open_case
    from bihuan.cases.shapes import ContactIn
    from bihuan.ledger.models import Request
    from bihuan.people.selectors import post_named

    post = post_named("clerk0")
    assert post is not None
    begun = Request.objects.filter(request_id__startswith="opened-").count()
    return [
        open_case(
            actor=actor_for(post.id), request_id=f"opened-{n}", contact=ContactIn(name="王小明", phone="13800000000"),
            facts={"title": f"路灯 {n}", "what": "村口路灯坏了，请回电13800000000", "kind": "complaint", "channel": "phone"},
        ).case_id
        for n in range(begun, begun + int(told))
    ]  # fmt: skip


def attach(told: Any) -> str:
    """Register a matter with a drawn picture; the digest of what is kept."""
    from bihuan.access.actors import actor_for
    from bihuan.cases.services import open_case
    from bihuan.files import owners, selectors, services, store
    from bihuan.people.selectors import post_named
    from tests.factories.pictures import picture

    post = post_named("clerk0")
    assert post is not None
    actor, request_id = actor_for(post.id), f"attach-{told}"
    arrived = [store.incoming("路灯.jpg", picture())]
    (taken,) = services.take(arrived, owner=owners.owner_of(actor), request_id=request_id, account=actor.account)
    said = {"title": f"照片 {told}", "what": "情况见所附照片", "kind": "complaint", "channel": "phone", "files": [taken.ref]}
    opened = open_case(actor=actor, request_id=request_id, facts=said)
    return selectors.of_case(opened.case_id)[0].digest


def missing(told: Any) -> list[str]:
    """Acknowledged intakes that are not there."""
    from bihuan.cases.models import Case

    return sorted(set(told) - set(Case.objects.values_list("title", flat=True)))


def lists(told: Any) -> dict[str, str]:
    """What somebody sees of all matters: the page and the table taken out (in hex)."""
    from django.test import Client

    from bihuan.access.sessions import IN, open_session
    from bihuan.ledger import clock
    from bihuan.people.selectors import post_named

    post = post_named(told)
    assert post is not None
    client = Client(HTTP_HOST="localhost")
    client.cookies["bihuan"] = open_session(account=post.account, post=post.id, stage=IN, factor_at=clock.now())
    page, table = client.get("/desk/cases"), client.post("/desk/cases/export", {"kind": "xlsx", "reason": "核对清单"})
    assert page.status_code == table.status_code == 200, (page.status_code, table.status_code)
    return {"html": page.content.decode(), "export": table.getvalue().hex()}


def sums(_told: Any) -> dict[str, list[Any]]:
    """Number of rows and digest of every table that an archive holds, and the numbers that would be given next."""
    from bihuan.safekeeping import reading
    from bihuan.safekeeping.tables import tables

    counted = {name: [one.rows, one.hex()] for name, one in reading.sums(tables()).items()}
    with reading.snapshot() as there:
        return counted | {f"{name} next": [last] for name, last in there.last_numbers(tables()).items()}


def record(told: Any) -> int:
    """Copy the database as it is, then open cases and write down every statement that writes; how many statements."""
    import shutil

    from django.db import connection

    connection.ensure_connection()
    connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copyfile(str(connection.settings_dict["NAME"]), told["start"])
    said: list[str] = []
    connection.connection.set_trace_callback(said.append)
    open_some(told["cases"])
    connection.connection.set_trace_callback(None)
    writes = [one for one in said if not one.startswith(("--", "SELECT", "PRAGMA", "EXPLAIN"))]
    Path(told["sql"]).write_text(json.dumps(writes), "utf-8")
    return len(writes)


def erase(told: Any) -> int:
    """Erase the words of a case; how many."""
    from bihuan.cases.words_kept import erase_words

    return erase_words(int(told))


def anchor(_told: Any) -> int:
    """Note the end of the ledger outside."""
    from bihuan.ledger import anchors

    return anchors.write().last


def entries(_told: Any) -> list[int]:
    """Ids of all entries in order."""
    from bihuan.ledger.models import Entry

    return list(Entry.objects.order_by("pk").values_list("pk", flat=True))


def sql(told: Any) -> list[int]:
    """Run statements behind the product's back, guards taken down and put back; how many rows each touched (-1 = not told)."""
    from django.db import connection, transaction

    from tests.databases.guard import lifted

    with lifted(connection), transaction.atomic(), connection.cursor() as cursor:
        return [_touched(cursor, statement) for statement in told]


def _touched(cursor: Any, statement: str) -> int:
    cursor.execute(statement)
    return int(cursor.rowcount)


ASKED = {
    "seed": seed, "check": check, "open": open_some, "attach": attach, "missing": missing, "erase": erase,
    "anchor": anchor, "entries": entries, "lists": lists, "sums": sums, "record": record, "sql": sql,
    "again": again, "passed": passed, "later": later, "waiting": waiting, "backwards": backwards,
}  # fmt: skip

if __name__ == "__main__":
    if "BIHUAN_DRILL_CLOCK" in os.environ:
        from tests.drill import shifted

        shifted.install()
    django.setup()
    print(json.dumps(ASKED[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text("utf-8")))))
