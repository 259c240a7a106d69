"""A place as an earlier release left it: its tables at that release's migrations, filled with what that release wrote.

    python -m tests.drill.earlier load|up|look

``release-0.1.json.gz`` was written by release 0.1 itself: 24 matters of a small county, three at every step of the loop, with
limits that passed, names and phones sealed, anchors, and the key of that county of nobody's. ``load`` brings an empty
database to the migrations named in it and puts the rows in; ``look`` says, by today's product, what has become of them.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django

FILE = Path(__file__).parent / "release-0.1.json.gz"
MIGRATIONS = "django_migrations"


def told() -> dict[str, Any]:
    """``tables``: name -> [columns, rows]; ``keys``: file -> hex; ``anchors``: the file's text."""
    read: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return read


def put_beside(environ: Mapping[str, str]) -> None:
    """Keys and anchors of the earlier release into the folders that the environment names."""
    for name, data in told()["keys"].items():
        file = Path(environ["BIHUAN_KEYS"]) / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_bytes(bytes.fromhex(data))
    anchors = Path(environ["BIHUAN_ANCHORS"])
    anchors.mkdir(parents=True, exist_ok=True, mode=0o700)
    (anchors / "anchors.jsonl").write_text(told()["anchors"], "ascii")


def load() -> dict[str, int]:
    """Tables of the earlier release with its rows; how many of each."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(sender=apps.get_app_config("rulebook"), dispatch_uid="bihuan.rulebook.seed")  # today's own years
    tables = told()["tables"]
    for app, name in {row[1]: row[2] for row in tables.pop(MIGRATIONS)[1]}.items():
        call_command("migrate", app, name, verbosity=0)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table, (columns, rows) in tables.items():
            if rows:
                _fill(cursor, connection, table, columns, rows)
    return {table: len(rows) for table, (_, rows) in tables.items()}


def _fill(cursor: Any, connection: Any, table: str, columns: list[str], rows: list[list[Any]]) -> None:
    quote = connection.ops.quote_name
    cursor.execute(f"DELETE FROM {quote(table)}")  # what a migration itself puts in
    names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
    values = [[bytes.fromhex(one["hex"]) if isinstance(one, dict) else one for one in row] for row in rows]
    cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", values)
    if connection.vendor == "postgresql" and "id" in columns:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        if sequence := cursor.fetchone()[0]:
            cursor.execute("SELECT setval(%s, %s)", [sequence, max(row[columns.index("id")] for row in rows)])


def look() -> dict[str, Any]:
    """What today's product finds: whether tables are as the ledger says, what it shows, and whether old matters go on."""
    from bihuan.access.actors import actor_for
    from bihuan.access.looks import look_at_contacts
    from bihuan.cases import daily
    from bihuan.cases.models import Case, Thread
    from bihuan.cases.rebuilding import differences
    from bihuan.cases.search import find
    from bihuan.cases.selectors import case_page
    from bihuan.cases.services import perform
    from bihuan.flows.worker import run_once
    from bihuan.ledger.clock import now
    from bihuan.people.models import Contact
    from bihuan.people.selectors import post_named

    def actor(name: str) -> Any:
        post = post_named(name)
        assert post is not None, name
        return actor_for(post.id)

    def faults() -> list[str]:
        wrong = [str(one) for one in differences(limit=1000)[0]]
        return wrong + (["the daily sums are not those of the rows"] if daily.stored(now()) != daily.by_hand(now()) else [])

    dispatcher = actor("dispatcher")
    found: dict[str, Any] = {"before": faults()}
    cases = list(Case.objects.order_by("pk").values_list("pk", flat=True))
    found["shown"] = [case_page(dispatcher, pk).title for pk in cases]
    while run_once():
        continue
    found["found"] = len(find(dispatcher, "路灯").lines)
    contact = Contact.objects.order_by("pk").first()
    assert contact is not None
    found["name"] = look_at_contacts(dispatcher, [contact.pk], reason="升级后核对", case_id=cases[0])[0].name
    waiting = Thread.objects.filter(name="main", state="registered").values_list("case_id", flat=True)[0]
    category = Case.objects.exclude(category="").values_list("category", flat=True)[0]
    given = {"category": category, "weight": "ordinary", "urgency": "normal"}
    found["goes on"] = perform(actor=dispatcher, case_id=waiting, action="accept", facts=given, request_id="after").state
    found["after"] = faults()
    return found


def up() -> int:
    """Bring the tables up to today, as ``bihuan init`` does; how many matters are open."""
    from bihuan.cases.selectors import open_ids
    from bihuan.console.commands.init import bring_up

    bring_up()
    return len(open_ids())


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"load": load, "up": up, "look": look}[sys.argv[1]](), ensure_ascii=False))
