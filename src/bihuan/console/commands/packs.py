"""``bihuan packs``: list the packs that ship, check a pack's files and what its rules allow; without a database so far as
nothing is published or played.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console.commands import packs_trial, packs_versions
from bihuan.console.commands.rules import calendar_of, load
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, language, padded

if TYPE_CHECKING:
    from bihuan.rules.calendar import Calendar


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``packs``."""
    packs = commands.add_parser("packs", help=_("list or check packs, the rules of a place"))
    asked = packs.add_subparsers(dest="asked", metavar=_("question"), required=True)
    check = asked.add_parser(
        "check",
        help=_("prove that a pack can be lived with"),
        description=_(
            "Check a pack's files, prove that every case can end, rehearse its stories; each finding says where and why."
        ),
    )
    check.add_argument("pack", nargs="*", help=_("shipped packs' names or folders (default: every shipped pack)"))
    check.set_defaults(run=run_check)
    graph = asked.add_parser("graph", help=_("draw a pack's procedure as a picture (SVG)"))
    graph.add_argument("pack", help=_("a shipped pack's name or a folder"))
    graph.add_argument("-o", "--output", default="", help=_("file to write (default: standard output)"))
    graph.add_argument("--procedure", default="", help=_("key of the procedure (default: the pack's usual one)"))
    graph.set_defaults(run=run_graph)
    play = asked.add_parser(
        "play",
        help=_("play a pack's own stories and see whether they go as told"),
        description=_("Found the place afresh in a temporary folder and play the stories that come with the pack, act by act."),
    )
    play.add_argument("pack", help=_("a shipped pack's name or a folder"))
    play.add_argument("--story", action="append", default=[], help=_("play this one only (its file's name; may be repeated)"))
    play.set_defaults(run=run_play)
    compare = asked.add_parser("diff", help=_("say what changes from one pack to another, and for whom"))
    compare.add_argument("old", help=_("a shipped pack's name or a folder"))
    compare.add_argument("new", help=_("a shipped pack's name or a folder"))
    compare.set_defaults(run=run_diff)
    begin = asked.add_parser("new", help=_("begin a county's own pack from another"))
    begin.add_argument("name", help=_("the new pack's name: small letters, digits, underscores"))
    begin.add_argument("--like", default="", metavar=_("PACK"), help=_("the pack to begin from (default: the standard pack)"))
    begin.add_argument(
        "--base", default="", metavar="PACK@VERSION", help=_("begin a township's rules over this county's instead")
    )
    begin.add_argument("--area", default="", help=_("with --base: code or name of the township"))
    begin.add_argument("--dir", type=Path, default=Path(), help=_("where to put its folder (default: here)"))
    begin.set_defaults(run=run_new)
    schemas = asked.add_parser("schema", help=_("write the JSON Schema of the pack language, for editors"))
    schemas.add_argument("-o", "--output", type=Path, required=True, help=_("folder to write into"))
    schemas.set_defaults(run=run_schema)
    packs_versions.add(asked)
    packs_trial.add(asked)
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
    key = args.procedure or pack.usual()
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


def run_diff(args: argparse.Namespace) -> int:
    """What changes, a line each; 1 when anything does."""
    from bihuan.console.commands.packs_write import diff  # noqa: PLC0415

    return diff(load(args.old), load(args.new))


def run_new(args: argparse.Namespace) -> int:
    """A folder to begin with."""
    from bihuan.console.commands.packs_write import narrowed, new  # noqa: PLC0415

    if args.base:
        return narrowed(args.name, args.base, args.area, args.dir)
    return new(args.name, args.like, args.dir)


def run_schema(args: argparse.Namespace) -> int:
    """One file for each kind of file of a pack."""
    from bihuan.console.commands.packs_write import write_schemas  # noqa: PLC0415

    write_schemas(args.output)
    return OK


def run_play(args: argparse.Namespace) -> int:
    """Every act of every story asked for, with what came of it; 1 when anything was not as told."""
    from bihuan.console.commands.packs_play import play  # noqa: PLC0415

    return play(load(args.pack), args.pack, args.story)


def _calendar_of(name: str) -> Calendar | None:
    """The calendar of a pack that can be read; None = its files say what is wrong."""
    from bihuan.packs import PackError  # noqa: PLC0415
    from bihuan.packs import load as load_pack  # noqa: PLC0415

    try:
        return calendar_of(load_pack(name))
    except PackError:
        return None


def run_check(args: argparse.Namespace) -> int:
    """Every finding of every pack asked for; 1 when there is any."""
    from bihuan.packs import check, folder_of, shipped  # noqa: PLC0415

    code = OK
    for name in args.pack or shipped():
        if not (folder_of(name) / "pack.toml").is_file():
            raise Problem(_("There is no pack “%s”.") % name)
        findings = check(name, _calendar_of(name))
        for finding in findings:
            print(finding)
        if findings:
            code = FOUND
            print(_("%(pack)s: %(n)s findings") % {"pack": name, "n": len(findings)})
        else:
            print(_("%(pack)s: in order") % {"pack": name})
            print(_("  who sees a case and what is sent out is shown by: bihuan packs play %s") % name)
    return code
