"""``bihuan ledger verify``: prove that no entry was edited, deleted, put elsewhere or cut off."""

from __future__ import annotations

import argparse
from pathlib import Path

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK
from bihuan.console.words import _, gettext_noop


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``ledger``."""
    ledger = commands.add_parser("ledger", help=_("verify or anchor the ledger"))
    asked = ledger.add_subparsers(dest="asked", metavar=_("question"), required=True)
    for name, run, help_ in (
        ("verify", run_verify, _("hold every entry against its chain and the anchors outside")),
        ("anchor", run_anchor, _("note the ledger's end outside now (the worker does so each minute)")),
    ):
        command = asked.add_parser(name, help=help_)
        command.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
        command.set_defaults(run=run)


def run_verify(args: argparse.Namespace) -> int:
    """Print every fault and the count; 1 when there is any."""
    place.use(args.data)
    place.ready()
    from bihuan.cases.sealing import Broken, all_broken  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.files import selectors as files  # noqa: PLC0415
    from bihuan.ledger.verify import verify  # noqa: PLC0415

    with bar(gettext_noop("reading the ledger"), 0):
        report = verify()
    for fault in report.faults:
        where = f"{fault.stream}#{fault.seq}" if fault.stream else str(fault.entry)
        print(f"{fault.kind:11} {where}: {fault.say}")
    counts = {"entries": report.entries, "anchors": report.anchors, "seconds": f"{report.seconds:.1f}"}
    print(_("%(entries)s entries held against %(anchors)s anchors in %(seconds)s s") % counts)
    seals = found = 0
    for each in all_broken():
        if not isinstance(each, Broken):
            seals = each
            continue
        found += 1
        said = _("a text is not what was said") if each.what == "words" else _("not as it was when the case was closed")
        print(f"{'seal':11} case:{each.case_id}#{each.seq}: {said}")
    print(_("%s closed cases held against their seals") % seals)
    for number in files.altered():
        found += 1
        print(f"{'file':11} {number}: {_('an attachment is gone, or is not the one that was sent')}")
    whole = report.ok and not found
    print(_("the ledger is whole") if whole else _("%s faults found") % (report.found + found))
    return OK if whole else FOUND


def run_anchor(args: argparse.Namespace) -> int:
    """Write one anchor and say where."""
    place.use(args.data)
    place.ready()
    from bihuan.ledger import anchors  # noqa: PLC0415

    anchor = anchors.write()
    counts = {"count": anchor.count, "last": anchor.last, "file": anchors.anchor_file()}
    print(_("%(count)s entries up to id %(last)s noted in %(file)s") % counts)
    return OK
