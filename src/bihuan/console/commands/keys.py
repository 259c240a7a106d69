"""``bihuan keys``: what is sealed under which key; a new key; sealing everything anew under it; retiring an old one."""

from __future__ import annotations

import argparse
from pathlib import Path

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``keys``."""
    keys = commands.add_parser("keys", help=_("change the key that personal data are sealed with"))
    asked = keys.add_subparsers(dest="asked", metavar=_("question"), required=True)
    for name, run, help_ in (
        ("list", run_list, _("the keys, and how many values and files lie under each")),
        ("new", run_new, _("add a key that everything is sealed with from now on")),
        ("renew", run_renew, _("seal everything anew that is under an older key, while people work; can be stopped and goes on")),
        ("retire", run_retire, _("take an old key away for ever, when nothing is left under it")),
    ):
        command = asked.add_parser(name, help=help_)
        if name == "retire":
            command.add_argument("number", type=int, help=_("number of the key"))
        command.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
        command.set_defaults(run=run)


def run_list(args: argparse.Namespace) -> int:
    """Print each key with what lies under it."""
    place.use(args.data)
    place.ready()
    from bihuan.flows.renewing import in_use  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.vault.keys import keys  # noqa: PLC0415

    known, used = keys(), in_use()
    for number in sorted({*known.ciphers, *used}):
        said = _("newest") if number == known.newest else "" if number in known.ciphers else _("not there: nothing of it opens")
        print(f"{number:>3} {used[number]:>9} {said}".rstrip())
    return OK if set(used) <= set(known.ciphers) else FOUND


def run_new(args: argparse.Namespace) -> int:
    """Add a key and say what comes next."""
    place.use(args.data)
    place.ready()
    from bihuan.flows.renewing import new_key  # noqa: PLC0415

    number = new_key()
    print(_("Key %s is in use. Copy the key folder to its safe place now, then run “bihuan keys renew”.") % number)
    return OK


def run_renew(args: argparse.Namespace) -> int:
    """Seal everything anew; 1 when something does not open."""
    place.use(args.data)
    place.ready()
    from bihuan.files.errors import NotKept  # noqa: PLC0415
    from bihuan.flows.renewing import renew_all  # noqa: PLC0415

    try:
        with bar(gettext_noop("sealing anew"), 0) as step:
            done = renew_all(told=step)
    except NotKept as fault:
        raise Problem(_("The disk takes no files. Make room, then run it again: it goes on where it stopped.")) from fault
    print(_("%s values and files sealed anew") % done.renewed)
    if done.shut:
        print(_("%s do not open and stay as they are: “bihuan keys list” and “bihuan ledger verify” tell more") % done.shut)
    return FOUND if done.shut else OK


def run_retire(args: argparse.Namespace) -> int:
    """Retire a key, or say why not yet."""
    place.use(args.data)
    place.ready()
    from bihuan.flows.renewing import NotYet, retire  # noqa: PLC0415

    try:
        retire(args.number)
    except NotYet as refused:
        why = {
            "newest": _("This is the newest key: it is in use."),
            "unknown": _("There is no such key."),
            "young": _(
                "The newest key came less than an hour ago: what began before it may still be under way. Try again later."
            ),
            "used": _("%s values and files are still under it: run “bihuan keys renew”.") % refused.left,
        }
        raise Problem(why[refused.why]) from refused
    print(_("Key %s is retired. Archives made before open only with a copy of the key folder of that time.") % args.number)
    return OK
