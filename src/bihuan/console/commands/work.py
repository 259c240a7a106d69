"""``bihuan work``: the worker: limits that have passed, acts that come by themselves, notices, anchors."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from bihuan.console import place
from bihuan.console.problem import OK
from bihuan.console.words import _


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``work``."""
    work = commands.add_parser("work", help=_("run the worker: limits, automatic acts, notices, anchors"))
    work.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    work.add_argument("--once", action="store_true", help=_("do what waits now, then end"))
    work.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work until told to stop, or once."""
    place.use(args.data)
    place.ready()
    place.not_moved()
    from bihuan.flows import worker  # noqa: PLC0415 - each command imports only what it runs on

    if args.once:
        worker.run_once()
        return OK
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    worker.work(lambda: bool(told))
    return OK
