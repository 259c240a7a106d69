"""Cases in bulk: decided by the door's own pure functions, multiplied, chained into the ledger and written in multi-row form.

A few hundred prototypes are opened and acted on exactly as the door does it, only that their batch is never written. Each
is then copied under its own id, number, tracking code, contact and word references, with its own hash chain, so that
``ledger verify`` passes and rows rebuilt from the ledger are the rows that stand here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models, transaction

from bench.place import Place
from bihuan.cases import codes, daily, opening, search_index
from bihuan.cases.acting import Act, act_on
from bihuan.cases.batch import CLOCK_COLUMNS, THREAD_COLUMNS, Batch
from bihuan.cases.models import Case, Clock, Involved, Mark, Thread, Words
from bihuan.cases.opening import Fresh
from bihuan.cases.shapes import MAIN, Command, OpenCommand
from bihuan.cases.words import reference
from bihuan.ledger import clock
from bihuan.ledger.chain import canonical_facts, entry_hash, instant_text
from bihuan.ledger.models import Entry
from bihuan.ledger.rows import instant
from bihuan.people.models import Contact
from bihuan.people.services.contacts import ContactDetails, _columns
from bihuan.rulebook.services import next_numbers

OPEN = 3000
PROTOTYPES = 300
CHUNK = 2000
AT_A_TIME = 5
CASE_COLUMNS = (
    "id", "number", "tracking_hash", "tracking_sealed", "procedure", "pack_digest", "area_id", "area_code", "a6", "a9", "a12",
    "a15", "title", "category", "kind", "channel", "weight", "urgency", "contact_id", "about_unit_id", "about_account_id",
    "centre_id", "from_unit_id", "opened_at", "closed_at", "is_demo", "external_number", "unindexed",
)  # fmt: skip
ENTRY_COLUMNS = (
    "stream", "seq", "kind", "thread", "at", "account", "unit", "post", "doer", "area", "facts", "prev", "hash",
)  # fmt: skip
WORDS_COLUMNS = ("case_id", "seq", "name", "ref", "salt", "text", "public", "at", "erased_at")
CONTACT_COLUMNS = (
    "id", "name_sealed", "name_masked", "phone_sealed", "phone_masked", "phone_hash", "id_no_sealed", "id_no_masked",
    "id_no_hash", "address_sealed", "address_masked", "is_demo", "created_at", "erased_at",
)  # fmt: skip
WHAT = "村口第三盏路灯坏了两周，晚上走路看不见，老人和孩子都怕摔跤，请尽快派人来看一看并修好。"
PATH: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("accept", 1.5, {"weight": "ordinary", "urgency": "normal"}),
    ("assign", 0.5, {"basis": "职责清单：由主管部门负责"}),
    ("acknowledge", 2.0, {}),
    ("progress", 6.0, {"note": "已到现场查看，正在联系施工单位安排材料和人员。"}),
    ("draft_answer", 10.0, {"claim": "solved", "answer": "您反映的问题已经处理完毕，现场已恢复正常，感谢您的关心和支持。"}),
    ("sign_off", 2.0, {}),
    ("pass", 3.0, {}),
    ("follow_up", 8.0, {"outcome": "reached", "solved": "yes", "satisfied": "satisfied"}),
)
"""The whole loop: act, working hours after the one before, facts."""


@dataclass(slots=True)
class Prototype:
    """One case worked out in full and not written; ``entries`` are its ledger rows up to the facts."""

    fresh: Fresh
    batch: Batch
    entries: list[tuple[Any, ...]]
    closed_at: datetime | None
    columns: dict[str, Any]


def fill_history(place: Place, upto: int, wanted: int | None = None) -> int:
    """Bring the number of cases up to ``upto``, ``wanted`` (else 3,000) of them open; how many are new."""
    have, wanted = Case.objects.count(), OPEN if wanted is None else wanted
    missing_open = max(0, min(wanted, upto) - Thread.objects.filter(name=MAIN, open=True).count()) if have < upto else 0
    history = max(0, upto - have - missing_open)
    drawn = Random(upto)
    plan = _spread(_prototypes(place, drawn, history=True), history) if history else []
    if missing_open:
        plan += _spread(_prototypes(place, drawn, history=False), missing_open)
    taken: set[str] = set()  # two of a million random codes are equal every other time; the door draws again, too
    with connection.cursor() as cursor:
        for part in _chunks(plan):
            with transaction.atomic():
                _write(part, cursor, taken)
    _settle()
    return history + missing_open


def _spread(prototypes: Sequence[Prototype], total: int) -> list[tuple[Prototype, int]]:
    """Each prototype with how often it is copied, a few copies at a time, so that places and times are mixed."""
    whole, rest = divmod(total, len(prototypes))
    left = [whole + (n < rest) for n in range(len(prototypes))]
    plan: list[tuple[Prototype, int]] = []
    while any(left):
        plan += [(one, min(n, AT_A_TIME)) for one, n in zip(prototypes, left, strict=True) if n]
        left = [max(n - AT_A_TIME, 0) for n in left]
    return plan


def _chunks(plan: Sequence[tuple[Prototype, int]]) -> Iterator[list[tuple[Prototype, int]]]:
    part: list[tuple[Prototype, int]] = []
    for one, copies in plan:
        part.append((one, copies))
        if sum(times for _, times in part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part


# -- prototypes -------------------------------------------------------------------------------------------------------


def _prototypes(place: Place, drawn: Random, *, history: bool) -> list[Prototype]:
    """Prototypes over two years (history) or the last days (open, in every stage), oldest first."""
    now = clock.now()
    ages = sorted((drawn.uniform(20, 720) if history else drawn.uniform(0.2, 6) for _ in range(PROTOTYPES)), reverse=True)
    return [
        _prototype(place, drawn, n, now - timedelta(days=age), len(PATH) if history else n % len(PATH))
        for n, age in enumerate(ages)
    ]


def _prototype(place: Place, drawn: Random, n: int, at: datetime, steps: int) -> Prototype:
    """One case taken along the path by whoever holds it."""
    township = place.areas["township"][n // 2 % len(place.areas["township"])]
    grids = [code for code in place.areas["grid"] if code.startswith(township)]
    in_town = n % 2 == 1
    clerk = place.actor("window_clerk", place.centre_of(township) if in_town else 0)
    facts = {"title": WHAT[:16], "what": WHAT, "kind": "complaint", "channel": "phone"}
    area = drawn.choice(grids) if grids else township
    asked = opening.Opening(OpenCommand(actor=clerk, request_id="", facts=facts, area_code=area), None, at)
    fresh = opening.opened(asked, opening.setting_of([asked]))
    fresh.case_id = n + 1
    batch = Batch()
    opening._added(fresh, batch)
    sheet = batch.sheets[fresh.case_id]
    category = place.pack.catalogue.leaves()[n % len(place.pack.catalogue.leaves())].key
    offices = place.stations(township) if in_town else place.offices
    office = offices[n % len(offices)]
    for action, hours, given in PATH[:steps]:
        at = sheet.ground.calendar.add_working_time(at, timedelta(hours=hours * drawn.uniform(0.5, 1.2)))
        at = at if at <= clock.now() else sheet.events[-1].at + timedelta(minutes=1)
        holder = sheet.standing[MAIN].position.holder
        more = {"accept": {"category": category}, "assign": {"office": office}}.get(action, {})
        command = Command(
            actor=place.actor(holder.post, holder.unit), case_id=sheet.case_id, action=action, request_id="", facts=given | more
        )
        act_on(sheet, Act(command, None, at), batch)
    entries = [
        (
            entry.seq, entry.kind, entry.thread, instant_text(entry.at), instant(connection, entry.at), entry.by.account,
            entry.by.unit, entry.by.post, entry.by.kind, entry.area, canonical_facts(entry.facts),
        )
        for entry in batch.entries
    ]  # fmt: skip
    return Prototype(fresh, batch, entries, sheet.columns["closed_at"], sheet.columns)


# -- copies -----------------------------------------------------------------------------------------------------------


def _write(part: Sequence[tuple[Prototype, int]], cursor: Any, taken: set[str]) -> None:
    """Write the copies of some prototypes: every table once. ``taken``: the tracking codes given so far."""
    rows: dict[type[models.Model], list[tuple[Any, ...]]] = {
        model: [] for model in (Contact, Case, Entry, Words, Thread, Clock, Involved, Mark)
    }
    case_id = Case.objects.aggregate(n=models.Max("pk"))["n"] or 0
    contact_id = Contact.objects.aggregate(n=models.Max("pk"))["n"] or 0
    for one, copies in part:
        numbers = _numbers(one.fresh, copies)
        for number in numbers:
            case_id, contact_id = case_id + 1, contact_id + 1
            rows[Contact].append(_contact(contact_id, one))
            rows[Case].append(_case(one, case_id, number, _new_code(taken), contact_id))
            _copy(one, case_id, rows)
    columns: Mapping[type[models.Model], Sequence[str]] = {
        Contact: CONTACT_COLUMNS,
        Case: CASE_COLUMNS,
        Entry: ENTRY_COLUMNS,
        Words: WORDS_COLUMNS,
        Thread: ("case_id", *THREAD_COLUMNS[1:]),
        Clock: ("case_id", *CLOCK_COLUMNS[1:]),
        Involved: ("case_id", "unit_id"),
        Mark: ("case_id", "seq", "key", "unit", "at"),
    }
    for model, given in rows.items():
        _copy_in(cursor, model._meta.db_table, columns[model], given)
    search_index.put(list(search_index.documents([row[0] for row in rows[Case]])))


def _numbers(fresh: Fresh, copies: int) -> list[str]:
    spec = fresh.ground.pack.numbers["case"]
    per = opening.per_of(spec, fresh.ground, fresh.place.code, fresh.opening.at)
    first = next_numbers("case", per, copies) if copies else 0
    return [
        opening.written_number(spec, fresh.ground, fresh.place.code, fresh.opening.at, n) for n in range(first, first + copies)
    ]


def _new_code(taken: set[str]) -> str:
    code = codes.new_code()
    while code in taken:
        code = codes.new_code()
    taken.add(code)
    return code


def _case(one: Prototype, case_id: int, number: str, code: str, contact_id: int) -> tuple[Any, ...]:
    fresh = one.fresh
    fresh.number, fresh.code, fresh.contact = number, code, contact_id
    row = list(opening._row(fresh))
    for name in ("category", "kind", "channel", "weight", "urgency"):
        row[CASE_COLUMNS.index(name) - 1] = one.columns[name]
    row[CASE_COLUMNS.index("closed_at") - 1] = one.closed_at
    return (case_id, *row, False)


def _contact(contact_id: int, one: Prototype) -> tuple[Any, ...]:
    columns = _columns(ContactDetails(name="刘某某", phone=f"1{contact_id % 10**10:010d}"))
    return (contact_id, *(columns[name] for name in CONTACT_COLUMNS[1:-3]), False, one.fresh.opening.at, None)


def _copy(one: Prototype, case_id: int, rows: Mapping[type[models.Model], list[tuple[Any, ...]]]) -> None:
    """Threads, clocks, words with new salts, and entries chained anew."""
    batch, stream = one.batch, f"case:{case_id}"
    new_refs: dict[str, str] = {}
    for _, seq, name, ref, _salt, text, public, at, _ in batch.words:
        salt = secrets.token_hex(8)
        new_refs[ref] = reference(salt, text)
        rows[Words].append((case_id, seq, name, new_refs[ref], salt, text, public or (0, ref) in batch.published, at, None))
    prev = b""
    for seq, kind, thread, at_text, at_value, account, unit, post, doer, area, facts in one.entries:
        said = facts
        if "w:" in said:
            for old, new in new_refs.items():
                said = said.replace(old, new)
        digest = entry_hash(stream, seq, kind, thread, at_text, account, unit, post, doer, area, said, prev)
        rows[Entry].append((stream, seq, kind, thread, at_value, account, unit, post, doer, area, said, prev, digest))
        prev = digest
    rows[Thread] += [(case_id, *row) for row in batch.threads.values()]
    rows[Clock] += [(case_id, *row) for row in batch.clocks.values()]
    rows[Involved] += [(case_id, unit) for _, unit in batch.involved]
    rows[Mark] += [(case_id, *mark) for _, *mark in batch.marks]


def _copy_in(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    named = ", ".join(f'"{name}"' for name in columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    given = ([instant(connection, value) if type(value) is datetime else value for value in row] for row in rows)
    cursor.executemany(f"INSERT INTO {table} ({named}) VALUES ({', '.join(['%s'] * len(columns))})", given)


def fold() -> None:
    """Fold what waits for the worker: the daily sums."""
    while daily.fold(clock.now()):
        continue


def _settle() -> None:
    """What a running place does by itself: sums folded, sequences past the given ids, statistics of what is there."""
    fold()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in (Case, Contact):
                table = model._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
