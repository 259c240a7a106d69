"""What is measured inside one process: intake, acts, lists, the case page, statements, the import of messages."""

from __future__ import annotations

import os
import resource
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.test import Client

from bench.bare import Bare, Captured, captured
from bench.clocks import Pair, in_turns, middle
from bench.history import PATH, WHAT
from bench.place import Place
from bihuan.access.actors import Actor
from bihuan.cases import search, selectors, services
from bihuan.cases.models import Case, Clock, Thread
from bihuan.cases.shapes import MAIN, CaseFilter, ContactIn
from bihuan.config.statements import counted
from bihuan.exchange.importer import import_file
from bihuan.ledger import clock
from bihuan.reports.board import board
from bihuan.rulebook.selectors import calendar_for
from bihuan.rules.scope import Duty

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "src" / "bihuan" / "play" / "sample" / "messages.csv"
REAL = 4326
SEARCHED = {"1 character": "灯", "2 characters": "路灯", "4 characters": "路灯坏了", "what is not there": "大象"}
"""The first three stand in every case: the hardest that can be asked."""
MOST_ACTS = 250
"""Cases that wait for an act in one measurement."""
CONTACT = ContactIn(name="刘某某", phone="13900000000")


def _request() -> str:
    return uuid.uuid4().hex


def intake(place: Place) -> tuple[Pair, int, int]:
    """Intake through the door beside its own rows by bare SQL; its statements; the rows' statements."""
    clerk = place.actor("window_clerk")
    grids = cycle(place.areas["grid"][::7])

    def call() -> None:
        services.open_case(
            actor=clerk,
            facts={"title": WHAT[:16], "what": WHAT, "kind": "complaint", "channel": "phone"},
            contact=CONTACT,
            area_code=next(grids),
            request_id=_request(),
        )

    return _beside_bare(call)


def acts(place: Place) -> dict[str, tuple[Pair, int, int]]:
    """Acts of the loop beside their own rows by bare SQL, each on cases that wait for it.

    Who acts is found out beforehand: over HTTP the session's one statement says that, and it is no part of the act.
    """
    waiting = _waiting()
    measured = {}
    for action, given in (("accept", PATH[0][2]), ("progress", PATH[3][2])):
        some = waiting["registered" if action == "accept" else "handling"][:MOST_ACTS]
        rows = iter([(case_id, place.actor(post, unit), version) for case_id, unit, post, version in some])
        category = place.pack.catalogue.leaves()[0].key
        facts = {**given, "category": category} if action == "accept" else given

        def call(action: str = action, facts: dict[str, Any] = facts, rows: Iterator[tuple[Any, ...]] = rows) -> None:
            case_id, actor, version = next(rows)
            services.perform(actor=actor, case_id=case_id, action=action, facts=facts, seen=version, request_id=_request())

        measured[action] = _beside_bare(call)
    return measured


def _waiting() -> dict[str, list[tuple[Any, ...]]]:
    """Open main threads by state: case, holder's unit and post, version."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    rows = Thread.objects.filter(name=MAIN, open=True).order_by("pk")
    for state, *rest in rows.values_list("state", "case_id", "holder_unit", "holder_post", "version"):
        found.setdefault(state, []).append(tuple(rest))
    return found


def _beside_bare(call: Callable[[], None]) -> tuple[Pair, int, int]:
    for _ in range(3):
        call()
    calls: list[Captured] = []
    for _ in range(5):
        with captured() as one:
            call()
        calls.append(one)
    bare = Bare()
    try:
        floors = cycle([bare.writes(one) for one in calls])

        def floor() -> None:
            next(floors)()

        pair = in_turns(call, floor)
    finally:
        bare.close()
    return pair, max(len(one.statements) for one in calls), max(len(one.writes) for one in calls)


# -- screens ----------------------------------------------------------------------------------------------------------


def screens(place: Place) -> dict[str, tuple[Actor, str]]:
    """The screens that are measured: who looks, at what address."""
    township = place.areas["township"][0]
    town = place.centre_of(township)
    some = _samples()
    return {
        "my work, county": (place.actor("dispatcher"), "/desk/"),
        "my work, township": (place.actor("dispatcher", town), "/desk/"),
        "all matters, county": (place.actor("dispatcher"), "/desk/cases"),
        "all matters, township": (place.actor("dispatcher", town), "/desk/cases"),
        "all matters, one office": (place.actor("officer", place.offices[0]), "/desk/cases"),
        "sorting desk, county": (place.actor("dispatcher"), "/desk/triage"),
        "all matters, county, over": (place.actor("dispatcher"), "/desk/cases?light=over"),
        "board, county": (place.actor("centre_head"), "/desk/board"),
        "board, one office": (place.actor("office_leader", place.offices[0]), "/desk/board"),
        "page of an open case": (place.actor("dispatcher"), f"/desk/case/{some['open']}"),
        "page of an archived case": (place.actor("dispatcher"), f"/desk/case/{some['archived']}"),
        "register": (place.actor("window_clerk"), "/desk/register"),
        "supervision desk, county": (place.actor("centre_head"), "/desk/supervision"),
        "monthly table, county": (place.actor("centre_head"), "/desk/monthly"),
        "call list, county": (place.actor("followup_caller"), "/desk/calls"),
        "township's one list": (place.actor("dispatcher", town), "/desk/township"),
        **{
            f"search {what}, {who}": (actor, f"/desk/cases?q={quote(typed)}")
            for who, actor in _searchers(place).items()
            for what, typed in SEARCHED.items()
        },
    }


def _searchers(place: Place) -> dict[str, Actor]:
    town = place.centre_of(place.areas["township"][0])
    return {
        "county": place.actor("dispatcher"),
        "township": place.actor("dispatcher", town),
        "one office": place.actor("officer", place.offices[0]),
    }


def _samples() -> dict[str, int]:
    handling = Thread.objects.filter(name=MAIN, state="handling").order_by("pk").values_list("case_id", flat=True)
    archived = Case.objects.exclude(closed_at=None).order_by("-pk").values_list("pk", flat=True)
    return {"open": int(handling[20]), "archived": int(archived[50])}


def lists(place: Place) -> dict[str, Callable[[], object]]:
    """The same reads without HTTP and templates."""
    township = place.actor("dispatcher", place.centre_of(place.areas["township"][0]))
    county, some = place.actor("dispatcher"), _samples()
    return {
        "my work, county": lambda: selectors.my_work(county),
        "my work, township": lambda: selectors.my_work(township),
        "all matters, county": lambda: selectors.case_list(county),
        "all matters, township": lambda: selectors.case_list(township),
        "all matters, one office": lambda: selectors.case_list(place.actor("officer", place.offices[0])),
        "all matters, county, over": lambda: selectors.case_list(county, CaseFilter(light="over")),
        "board, county": lambda: board(place.actor("centre_head"), calendar_for(place.pack), clock.now()),
        "board, one office": lambda: board(place.actor("office_leader", place.offices[0]), calendar_for(place.pack), clock.now()),
        "page of an open case": lambda: selectors.case_page(county, some["open"]),
        "page of an archived case": lambda: selectors.case_page(county, some["archived"]),
        **{
            f"search {what}, {who}": lambda actor=actor, typed=typed: search.find(actor, typed)  # type: ignore[misc]
            for who, actor in _searchers(place).items()
            for what, typed in SEARCHED.items()
        },
    }


def reads(place: Place) -> dict[str, dict[str, float]]:
    """Every screen: statements, milliseconds of the whole answer, of its read, and of the read's bare SQL."""
    measured: dict[str, dict[str, float]] = {}
    quick = lists(place)
    bare = Bare()
    try:
        for name, (actor, address) in screens(place).items():
            client = Client(headers={"host": "127.0.0.1"})
            client.cookies["bihuan"] = place.cookie(actor)
            asked(client, address)
            with counted() as count:
                asked(client, address)
            row = {"statements": float(len(count)), "screen_ms": middle(lambda: asked(client, address), 25)}  # noqa: B023
            if name in quick:
                with captured() as read:
                    quick[name]()
                pair = in_turns(quick[name], bare.reads(read.statements), turns=5, runs=15)
                row |= {"read_ms": pair.ms, "floor_ms": pair.floor_ms, "reached": pair.reached}
                row["read_statements"] = float(len(read.statements))
            measured[name] = row
    finally:
        bare.close()
    return measured


def asked(client: Client, address: str) -> None:
    """One screen, which must answer."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def export(place: Place) -> dict[str, float]:
    """All matters of the county written out as csv, as the desk sends them: rows, seconds, by how much memory grew."""
    actor = next(actor for post in EXPORTING if (actor := place.actor(post)) and Duty.EXPORT_RUN in actor.duties)
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["bihuan"] = place.cookie(actor)
    cases = Case.objects.count()
    before, start = _most_mb(), time.perf_counter()
    answer = client.post("/desk/cases/export", {"kind": "csv"})
    parts = answer.streaming_content if answer.streaming else [answer.content]
    lines = sum(bytes(part).count(b"\n") for part in parts)
    seconds = time.perf_counter() - start
    if answer.status_code != 200:
        raise RuntimeError(f"the export answered {answer.status_code}")
    return {"cases": cases, "rows": lines - 1, "seconds": seconds, "grown_mb": _most_mb() - before}


EXPORTING = ("dispatcher", "centre_head")
"""Posts of the centre, one of which may write lists out."""


def _most_mb() -> float:
    """The most memory this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def statements(place: Place) -> dict[str, int]:
    """Statements of every act of the loop on one new case, and of opening it."""
    clerk, counts = place.actor("window_clerk"), {}
    facts = {"title": WHAT[:16], "what": WHAT, "kind": "complaint", "channel": "phone"}
    for _ in range(2):  # the second time every cache is warm, as in a running process
        with counted() as count:
            case = services.open_case(
                actor=clerk, facts=facts, contact=CONTACT, area_code=place.areas["grid"][0], request_id=_request()
            )
        counts["register"] = len(count)
        version, holder = case.version, ("dispatcher", place.centre)
        more = {"accept": {"category": place.pack.catalogue.leaves()[0].key}, "assign": {"office": place.offices[0]}}
        for action, _, given in PATH:
            thread = Thread.objects.get(case_id=case.case_id, name=MAIN)
            holder = (thread.holder_post, thread.holder_unit)
            actor = place.actor(*holder)
            with counted() as count:
                done = services.perform(
                    actor=actor, case_id=case.case_id, action=action, facts=given | more.get(action, {}), seen=version,
                    request_id=_request(),
                )  # fmt: skip
            version, counts[action] = done.version, len(count)
    return counts


# -- messages ---------------------------------------------------------------------------------------------------------


def messages(place: Place) -> dict[str, Any]:
    """The real messages where they are, else the sample repeated to their number: read, opened, clocked."""
    shared = Path(os.environ.get("BIHUAN_SHARED") or ROOT.parent / "shared" / "data")
    real = shared / "messages" / "residents_messages.xlsx"
    content, is_real = (real.read_bytes(), True) if real.is_file() else (repeated(SAMPLE.read_text("utf-8-sig")), False)
    before = Clock.objects.count()
    start = time.perf_counter()
    reading, outcome = import_file(content, actor=place.actor("dispatcher"), pack=place.pack, kind="help")
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "real": is_real,
        "rows": len(reading.messages.ready) + len(reading.messages.refused_lines),
        "opened": len(outcome.opened),
        "refused": len(outcome.faults),
        "clocks": Clock.objects.count() - before,
    }


def repeated(text: str) -> bytes:
    """The sample over and over with new numbers, as many rows as there are real messages."""
    head, *rows = text.splitlines()
    lines = (f"R{n:05d},{rows[n % len(rows)].partition(',')[2]}" for n in range(REAL))
    return "\n".join([head, *lines]).encode()


def registering(place: Place) -> Mapping[str, str]:
    """The intake form as a window clerk sends it."""
    return {
        "f-title": WHAT[:16], "f-what": WHAT, "f-kind": "complaint", "f-channel": "phone", "f-urgency": "normal",
        "area": place.areas["grid"][3], "name": CONTACT.name, "phone": CONTACT.phone,
    }  # fmt: skip
