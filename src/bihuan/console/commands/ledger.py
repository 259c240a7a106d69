"""``bihuan ledger verify``: prove that no entry was edited, deleted, put elsewhere or cut off."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK
from bihuan.console.words import _, gettext_noop, padded

KINDS = {
    "edited": gettext_noop("altered"),
    "missing": gettext_noop("gone"),
    "misplaced": gettext_noop("out of place"),
    "anchor": gettext_noop("anchors"),
    "tail": gettext_noop("cut off"),
    "guard": gettext_noop("no guard"),
    "unreadable": gettext_noop("unreadable"),
}
"""What ``ledger.verify`` calls its faults, in words."""
NEXT = gettext_noop(
    "What now: stop “bihuan serve”, keep this list, and copy the data folder, the anchors and the backups elsewhere before "
    "anything else is done; tell the auditor. Then bring the latest whole backup back beside this place "
    "(“bihuan backup --check”, “bihuan init --restore”) and compare: see the operator's guide."
)


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
        print(f"✕ {padded(_(KINDS.get(fault.kind, fault.kind)), 12)} {where}: {in_place_time(fault.say)}")
    counts = {"entries": report.entries, "anchors": report.anchors, "seconds": f"{report.seconds:.1f}"}
    print(_("%(entries)s entries held against %(anchors)s anchors in %(seconds)s s") % counts)
    seals = found = 0
    sealed, attached = padded(_("seal"), 12), padded(_("attachment"), 12)
    for each in all_broken():
        if not isinstance(each, Broken):
            seals = each
            continue
        found += 1
        said = _("a text is not what was said") if each.what == "words" else _("not as it was when the case was closed")
        print(f"✕ {sealed} case:{each.case_id}#{each.seq}: {said}")
    print(_("%s closed cases held against their seals") % seals)
    lost = _("an attachment is gone, or is not the one that was sent")
    for number in files.altered():
        found += 1
        print(f"✕ {attached} {number}: {lost}")
    whole = report.ok and not found
    print(_("the ledger is whole") if whole else _("%s faults found") % (report.found + found))
    if not whole:
        print(_(NEXT))
    return OK if whole else FOUND


def in_place_time(text: str) -> str:
    """A sentence with its instants in the place's own time."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", lambda found: place.said(datetime.fromisoformat(found[0])), text)


def run_anchor(args: argparse.Namespace) -> int:
    """Write one anchor and say where."""
    place.use(args.data)
    place.ready()
    from bihuan.ledger import anchors  # noqa: PLC0415

    anchor = anchors.write()
    counts = {"count": anchor.count, "last": anchor.last, "file": anchors.anchor_file()}
    print(_("%(count)s entries up to id %(last)s noted in %(file)s") % counts)
    return OK
