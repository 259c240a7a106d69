"""Everything on one database, in a process of its own: ``python -m bench.one OUT.json``, told by the environment where."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django


def measure(only: list[str], size: int, wanted: int, before: dict[str, Any] | None) -> dict[str, Any]:
    """Found the place and fill it unless that was done ``before`` (and told so), measure what was asked for."""
    from bench import history, letters, place, served, work  # noqa: PLC0415 - Django must be set up before

    found: dict[str, Any] = {"sizes": {}, "load": []}
    county = place.founded()
    found["sizes"][str(size)] = filled = before or _filled(county, size, wanted, history)
    if not before:
        letters.write_letters(county)
    history.fold()  # also of a kept place that a migration has just brought up to today
    if "screens" in only:
        say("screens")
        filled["screens"] = work.reads(county)
    if "export" in only:
        say("export")
        found["export"] = work.export(county)
    found["load"].append(Path("/proc/loadavg").read_text().split()[0])
    if "statements" in only:
        found["statements"] = work.statements(county)
    if "intake" in only:
        say("intake")
        found["intake"] = _row(work.intake(county))
    if "acts" in only:
        say("acts")
        found["acts"] = {name: _row(row) for name, row in work.acts(county).items()}
    if "http" in only:
        say("HTTP")
        found["http"] = over_http(county, served, work)
    if "messages" in only:
        say("messages")
        found["messages"] = work.messages(county)
    found["load"].append(Path("/proc/loadavg").read_text().split()[0])
    return found


def _filled(county: Any, size: int, wanted: int, history: Any) -> dict[str, Any]:
    from bihuan.cases.rebuilding import differences  # noqa: PLC0415
    from bihuan.ledger.verify import verify  # noqa: PLC0415

    start = time.perf_counter()
    added = history.fill_history(county, size, wanted)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    report = verify()
    proof = time.perf_counter() - start
    wrong, _ = differences(limit=500)
    if not report.ok or wrong:
        raise RuntimeError(f"the filled history is not as the product would have written it: {report.faults[:3]} {wrong[:3]}")
    say(f"{added} cases filled in {seconds:.0f} s, {report.entries} entries verified in {proof:.1f} s")
    return {"added": added, "fill_s": seconds, "entries": report.entries, "verify_s": proof}


def _row(measured: Any) -> dict[str, Any]:
    pair, statements, writes = measured
    return {**asdict(pair), "statements": statements, "writes": writes}


def over_http(county: Any, served: Any, work: Any) -> dict[str, Any]:
    """Intake beside the empty page and beside nothing at all; then a round of screens; the workers' memory."""
    from django.db import connection  # noqa: PLC0415

    clerk, form = county.actor("window_clerk"), work.registering(county)
    cookie = county.cookie(clerk)
    addresses = [(county.cookie(actor), address) for actor, address in work.screens(county).values()]
    connection.close()
    with served.served() as (port, process):
        kinds = {
            "intake": (lambda: served.post("/desk/register", cookie, form), 25, 201),
            "page": (lambda: served.get("/bench/page", cookie), 60, 200),
            "commit": (lambda: served.get("/bench/commit", cookie), 25, 200),
            "nothing": (lambda: served.get("/bench/nothing", cookie), 100, 200),
        }
        measured: dict[str, Any] = served.beside(port, kinds)
        for token, address in addresses:
            served.answers(port, lambda: served.get(address, token), each=8, wanted=200)  # noqa: B023
        measured["memory"] = served.resident_mb(process)
    return measured


def say(words: str) -> None:
    """One line of progress."""
    print(f"  {words}", file=sys.stderr, flush=True)


def main() -> int:
    """Arguments: the file for the results, the parts, the number of cases, how many are open, what was told of its filling."""
    out, only, size, wanted, told = sys.argv[1:6]
    django.setup()
    before = json.loads(Path(told).read_text()) if Path(told).is_file() else None
    measured = measure(only.split(","), int(size), int(wanted), before)
    if not before:
        Path(told).write_text(json.dumps(measured["sizes"][size]))
    Path(out).write_text(json.dumps(measured, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
