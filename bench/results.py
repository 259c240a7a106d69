"""The figures as a page: every one beside its floor, every aim with "met" or "missed"."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Any

PARTS = ("screens", "statements", "intake", "acts", "http", "messages", "export")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
INTAKE_AIM, HTTP_AIM, FLAT_AIM = 1 / 3, 1 / 2, 1.3
ACT_AIM, SCREEN_AIM, MEMORY_AIM, MESSAGES_AIM, EXPORT_AIM = 12, 8, 150.0, 10.0, 10.0
Found = Mapping[str, Mapping[str, Any]]


def write(found: Found, command: str) -> str:
    """The whole page."""
    from bihuan.ledger import clock  # noqa: PLC0415 - importing it needs no settings, but only this line asks the time

    day = clock.now().astimezone(UTC).date()
    loads = [load for measured in found.values() for load in measured["load"]]
    lines = [
        "# Measured",
        "",
        (
            f"`{command}` on {day}, {os.cpu_count()} cores; load average while measuring {min(loads)} to {max(loads)}, so trust "
            "the ratios more than the milliseconds. Every figure stands beside its floor, measured in turns with it; "
            "medians. SQLite is the product's own engine (WAL, `synchronous=FULL`), PostgreSQL a fresh cluster with default "
            "durability (`fsync=on`)."
        ),
    ]
    for part, make in _SECTIONS.items():
        told = {name: measured for name, measured in found.items() if part in measured or part == "screens"}
        if told:
            section = list(make(told))
            lines += ["", *section] if section else []
    return "\n".join([*lines, ""])


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def _table(head: str, rows: Iterator[str]) -> Iterator[str]:
    yield f"| {head} |"
    yield "|" + " --- |" * (head.count("|") + 1)
    yield from (f"| {row} |" for row in rows)


def _writes(found: Found) -> Iterator[str]:
    yield "## Intake and acts beside bare SQL"
    yield ""
    yield (
        "The floor writes the same rows (the call's own statements and values, keys made fresh) through the bare driver in one "
        "durable transaction. Aim for intake: at least 1/3 of the floor's speed."
    )
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            row = measured["intake"]
            yield _beside(NAMES[name], "open a case", row) + f" | {_verdict(row['reached'] >= INTAKE_AIM)}"
            for action, acted in measured.get("acts", {}).items():
                yield _beside(NAMES[name], f"act: {action}", acted) + " | -"

    yield from _table("database | call | ms | of it our own work | floor ms | of the floor's speed | aim 1/3", rows())


def _beside(database: str, call: str, row: Mapping[str, Any]) -> str:
    return f"{database} | {call} | {row['ms']:.2f} | {row['cpu_ms']:.2f} | {row['floor_ms']:.2f} | {row['reached']:.2f}"


def _http(found: Found) -> Iterator[str]:
    yield "## Intake over HTTP"
    yield ""
    yield (
        "granian, two workers, loopback, four connections that each send their next request when the last is answered. "
        "The aim compares with an empty signed-in page (the desk's frame, same middleware); beside it stand the same page after "
        "one row was written and committed durably, and no page at all. Aim: at least 1/2 of the empty page's answers a second."
    )
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            http = measured["http"]
            for kind, words in _KINDS.items():
                row = http[kind]
                reached = http["intake"]["rate"] / row["rate"]
                verdict = _verdict(reached >= HTTP_AIM) if kind == "page" else "-"
                said = f"{reached:.2f}" if kind != "intake" else "-"
                yield f"{NAMES[name]} | {words} | {row['rate']:.0f} | {row['ms']:.1f} | {row['ms95']:.1f} | {said} | {verdict}"

    yield from _table("database | request | answers a second | median ms | 95 % ms | intake reaches | aim 1/2", rows())
    yield ""
    if any(measured["http"]["intake"]["rate"] < HTTP_AIM * measured["http"]["page"]["rate"] for measured in found.values()):
        yield (
            "Where it is missed: an empty page neither writes nor waits. Intake does nine statements (eight on PostgreSQL), "
            "waits for the disk once (on SQLite one after the other; the page with a commit shows that wait alone) and draws "
            "the slip with its square."
        )
        yield ""

    def memory() -> Iterator[str]:
        for name, measured in found.items():
            most = max(measured["http"]["memory"])
            said = ", ".join(f"{each:.0f}" for each in measured["http"]["memory"])
            yield f"{NAMES[name]} | {said} | {_verdict(most <= MEMORY_AIM)}"

    yield "Resident memory of each web worker after these requests and a round of every screen:"
    yield ""
    yield from _table("database | MB | aim 150", memory())


_KINDS = {
    "intake": "intake (form to slip)",
    "page": "empty signed-in page",
    "commit": "empty page after a durable commit",
    "nothing": "no page, middleware alone",
}


def _screens(found: Found) -> Iterator[str]:
    sizes = list(next(iter(found.values()))["sizes"])
    if not any("screens" in size for measured in found.values() for size in measured["sizes"].values()):
        return
    first, last = sizes[0], sizes[-1]
    yield f"## Lists and the case page at {int(first):,} and {int(last):,} cases"
    yield ""
    yield (
        "3,000 cases are open, the rest is history; all decided by the rules and verified. *Read*: what the selector takes; "
        "*floor*: its statements by the bare driver; *screen*: the whole answer with session and template, in one process. Aim: "
        f"the same cost at {int(last):,} within {FLAT_AIM}; at most {SCREEN_AIM} statements a screen."
    )
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            at_first, at_last = measured["sizes"][first]["screens"], measured["sizes"][last]["screens"]
            for screen, row in at_last.items():
                yield _screen(NAMES[name], screen, at_first[screen], row)

    head = "database | screen | screen ms | grows | read ms | grows | floor ms | grows | aim 1.3 | statements | aim 8"
    yield from _table(head, rows())
    yield ""

    def fills() -> Iterator[str]:
        for name, measured in found.items():
            for size, row in measured["sizes"].items():
                yield (
                    f"{NAMES[name]} | {int(size):,} | {row['added']:,} in {row['fill_s']:.0f} s | "
                    f"{row['entries']:,} in {row['verify_s']:.1f} s"
                )

    yield from _table("database | cases | filled | ledger entries verified", fills())


def _screen(database: str, screen: str, before: Mapping[str, float], row: Mapping[str, float]) -> str:
    def grown(what: str) -> str:
        return f"{row[what]:.2f} | {row[what] / before[what]:.2f}" if what in row else "- | -"

    compared = "read_ms" if "read_ms" in row else "screen_ms"
    flat = _verdict(row[compared] / before[compared] <= FLAT_AIM)
    counted = f"{row['statements']:.0f} | {_verdict(row['statements'] <= SCREEN_AIM)}"
    return f"{database} | {screen} | {grown('screen_ms')} | {grown('read_ms')} | {grown('floor_ms')} | {flat} | {counted}"


def _statements(found: Found) -> Iterator[str]:
    yield "## Statements of an act"
    yield ""
    yield f"Without BEGIN and COMMIT. Aim: at most {ACT_AIM}."
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            counts = measured["statements"]
            said = ", ".join(f"{action} {n}" for action, n in counts.items())
            yield f"{NAMES[name]} | {said} | {_verdict(max(counts.values()) <= ACT_AIM)}"

    yield from _table("database | statements | aim", rows())


def _messages(found: Found) -> Iterator[str]:
    yield "## Messages taken in"
    yield ""
    real = all(measured["messages"]["real"] for measured in found.values())
    what = "The residents' real messages" if real else "The product's own sample, repeated (the real messages are not here)"
    yield f"{what}: read, checked, opened through the door with number, code and clocks. Aim: under {MESSAGES_AIM:.0f} s."
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            row = measured["messages"]
            yield (
                f"{NAMES[name]} | {row['rows']:,} | {row['opened']:,} | {row['clocks']:,} | {row['seconds']:.1f} | "
                f"{_verdict(row['seconds'] < MESSAGES_AIM)}"
            )

    yield from _table("database | rows | cases opened | clocks started | seconds | aim 10 s", rows())


def _busy(found: Found) -> Iterator[str]:
    opened = next(iter(found.values()))["busy"]["open"]
    last = list(next(iter(found.values()))["sizes"])[-1]
    yield f"## The same screens with {opened:,} cases open"
    yield ""
    yield f"At {int(last):,} cases; *times* compares with 3,000 open. No aim is set: ten times the work in hand is more to read."
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            usual = measured["sizes"][last].get("screens", {})
            for screen, row in measured["busy"]["screens"].items():
                times = f"{row['screen_ms'] / usual[screen]['screen_ms']:.2f}" if screen in usual else "-"
                yield f"{NAMES[name]} | {screen} | {row['screen_ms']:.2f} | {times} | {row['statements']:.0f}"

    yield from _table("database | screen | screen ms | times | statements", rows())


def _export(found: Found) -> Iterator[str]:
    yield "## Export"
    yield ""
    yield f"All matters of the county as csv through the desk. Aim: 100,000 rows under {EXPORT_AIM:.0f} s, memory bounded."
    yield ""

    def rows() -> Iterator[str]:
        for name, measured in found.items():
            row = measured["export"]
            reached = row["rows"] / row["seconds"]
            verdict = _verdict(reached >= 100_000 / EXPORT_AIM) if row["rows"] >= row["cases"] else "**cut**"
            said = f"{row['cases']:,} | {row['rows']:,} | {row['seconds']:.1f} | {reached:,.0f} | {row['grown_mb']:.0f}"
            yield f"{NAMES[name]} | {said} | {verdict}"

    yield from _table("database | cases | rows written | seconds | rows a second | memory grew by MB | aim", rows())


_SECTIONS: Mapping[str, Callable[[Found], Iterator[str]]] = {
    "intake": _writes,
    "http": _http,
    "screens": _screens,
    "busy": _busy,
    "statements": _statements,
    "messages": _messages,
    "export": _export,
}
