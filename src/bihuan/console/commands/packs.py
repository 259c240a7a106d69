"""``bihuan packs``: list the packs that ship, check a pack's files and what its rules allow. No database."""

from __future__ import annotations

import argparse
from pathlib import Path

from bihuan.console.commands.rules import load
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, language, padded


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``packs``."""
    packs = commands.add_parser("packs", help=_("list or check packs, the rules of a place"))
    asked = packs.add_subparsers(dest="asked", metavar=_("question"), required=True)
    check = asked.add_parser(
        "check",
        help=_("prove that a pack can be lived with"),
        description=_("Check the files of a pack and prove that every case can end; each finding says where and why."),
    )
    check.add_argument("pack", nargs="*", help=_("shipped packs' names or folders (default: every shipped pack)"))
    check.set_defaults(run=run_check)
    graph = asked.add_parser("graph", help=_("draw a pack's procedure as a picture (SVG)"))
    graph.add_argument("pack", help=_("a shipped pack's name or a folder"))
    graph.add_argument("-o", "--output", default="", help=_("file to write (default: standard output)"))
    graph.add_argument("--procedure", default="", help=_("key of the procedure (default: the pack's first)"))
    graph.set_defaults(run=run_graph)
    play = asked.add_parser(
        "play",
        help=_("play a pack's own stories and see whether they go as told"),
        description=_("Found the place afresh in a temporary folder and play the stories that come with the pack, act by act."),
    )
    play.add_argument("pack", help=_("a shipped pack's name or a folder"))
    play.add_argument("--story", action="append", default=[], help=_("play this one only (its file's name; may be repeated)"))
    play.set_defaults(run=run_play)
    asked.add_parser("list", help=_("list the packs that ship")).set_defaults(run=run_list)


def run_list(_args: argparse.Namespace) -> int:
    """One line for each shipped pack: name, version, digest, title."""
    from bihuan.packs import shipped  # noqa: PLC0415 - each command imports only what it runs on

    for name in shipped():
        pack = load(name)
        print(f"{padded(name, 14)} {padded(pack.version, 10)} {pack.digest[:12]}  {pack.title}")
    return OK


def run_graph(args: argparse.Namespace) -> int:
    """Draw one procedure in the language of the command line."""
    from bihuan.packs.picture import graph  # noqa: PLC0415

    pack = load(args.pack)
    key = args.procedure or next(iter(pack.procedures))
    if key not in pack.procedures:
        raise Problem(_("The pack has no procedure “%s”.") % key)
    drawn = graph(pack, key, language()) + "\n"
    if not args.output:
        print(drawn, end="")
        return OK
    try:
        Path(args.output).write_text(drawn, "utf-8")
    except OSError as error:
        raise Problem(_("%(file)s cannot be written: %(why)s") % {"file": args.output, "why": error}) from error
    return OK


def run_play(args: argparse.Namespace) -> int:
    """Every act of every story asked for, with what came of it; 1 when anything was not as told."""
    from bihuan.console.commands.packs_play import play  # noqa: PLC0415

    return play(load(args.pack), args.pack, args.story)


def run_check(args: argparse.Namespace) -> int:
    """Every finding of every pack asked for; 1 when there is any."""
    from bihuan.packs import check, folder_of, shipped  # noqa: PLC0415

    code = OK
    for name in args.pack or shipped():
        if not (folder_of(name) / "pack.toml").is_file():
            raise Problem(_("There is no pack “%s”.") % name)
        findings = check(name)
        for finding in findings:
            print(finding)
        if findings:
            code = FOUND
            print(_("%(pack)s: %(n)s findings") % {"pack": name, "n": len(findings)})
        else:
            print(_("%(pack)s: in order") % {"pack": name})
    return code
