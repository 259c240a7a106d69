"""The command ``bihuan``: finds the command asked for, runs it, and says plainly what went wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Protocol

from bihuan.console.problem import NOT_READY, Problem
from bihuan.console.words import _, teach_argparse

COMMANDS = (
    "init",
    "serve",
    "work",
    "importing",
    "packs",
    "rules",
    "ledger",
    "search",
    "archives",
    "moving",
    "keys",
    "accounts",
    "demo",
    "doctor",
)
INTERRUPTED = 130


class Command(Protocol):
    """What a module of ``console.commands`` holds."""

    def add(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Add the command's own parser with ``set_defaults(run=...)``."""


def parser() -> argparse.ArgumentParser:
    """The parser of every command. Command modules import what they need only when they run."""
    teach_argparse()
    top = argparse.ArgumentParser(
        prog="bihuan",
        description=_("Closed-loop handling of residents' matters for county and township centres."),
        epilog=_("Exit codes: 0 done, 1 something found wrong, 2 wrong usage, 3 not set up, 130 interrupted."),
    )
    top.add_argument("--version", action="version", version=f"bihuan {version('bihuan')}")
    commands = top.add_subparsers(dest="command", metavar=_("command"), required=True)
    for name in COMMANDS:
        module: Command = import_module(f"bihuan.console.commands.{name}")
        module.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Never shows a trace for what a person can put right."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except Problem as problem:
        print(f"bihuan: {problem.say}", file=sys.stderr)
        return problem.code
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has gone: nothing more to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if type(error).__name__ not in {"ImproperlyConfigured", "OperationalError", "NotPublished", "NoKeys", "KeysExposed"}:
            raise
        print(f"bihuan: {error}", file=sys.stderr)
        return NOT_READY


if __name__ == "__main__":
    raise SystemExit(main())
