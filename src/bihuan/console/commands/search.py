"""``bihuan search rebuild``: read the words of every matter into the search anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from bihuan.console import place
from bihuan.console.commands.init import take_up
from bihuan.console.problem import OK
from bihuan.console.words import _


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``search``."""
    search = commands.add_parser("search", help=_("make the search anew"))
    asked = search.add_subparsers(dest="asked", metavar=_("question"), required=True)
    rebuild = asked.add_parser("rebuild", help=_("read the words of every matter into the search anew, while people work"))
    rebuild.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    rebuild.set_defaults(run=run_rebuild)


def run_rebuild(args: argparse.Namespace) -> int:
    """Mark every matter as waiting and take them up; what stands in the search stays there until its turn comes."""
    place.use(args.data)
    place.ready()
    from bihuan.cases import search_index  # noqa: PLC0415 - each command imports only what it runs on

    count = search_index.again()
    take_up()
    print(_("%s matters read into the search") % count)
    return OK
