"""``bihuan backup`` and ``bihuan export``: the whole place in one file, made while people work."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import OK, USAGE, Problem
from bihuan.console.words import _, gettext_noop

if TYPE_CHECKING:
    from bihuan.safekeeping.backup import Made


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parsers of ``backup`` and ``export``."""
    backup = commands.add_parser(
        "backup",
        help=_("back the whole place up into one sealed file, while people work"),
        description=_(
            "Tables, attachments and anchors as they are at one instant, sealed with the place's key. The keys are not in it: "
            "back BIHUAN_KEYS up apart. “bihuan init --restore FILE” brings it back, on either database."
        ),
    )
    backup.add_argument("file", type=Path, nargs="?", help=_("the file to write (or give --to)"))
    backup.add_argument("--to", type=Path, help=_("a folder; the file is named by the time"))
    backup.add_argument("--keep", type=int, default=0, help=_("with --to: keep the newest so many, remove older ones"))
    backup.add_argument(
        "--check", type=Path, metavar="FILE", help=_("make none; read this one to its end and say whether it is whole")
    )
    backup.set_defaults(run=run_backup)
    export = commands.add_parser(
        "export",
        help=_("write the whole place into one file that other programs can read"),
        description=_(
            "As “backup”, but not sealed as a whole: a tar.gz of JSON lines. Names, telephone numbers and addresses stay sealed "
            "in it; what residents wrote can be read. “bihuan init --restore FILE” takes it too."
        ),
    )
    export.add_argument("file", type=Path, help=_("the file to write, ending in .tar.gz"))
    export.set_defaults(run=run_export)
    for one in (backup, export):
        one.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))


def run_backup(args: argparse.Namespace) -> int:
    """Make a backup, or look at one."""
    if sum(one is not None for one in (args.file, args.to, args.check)) != 1 or args.keep < 0 or (args.keep and args.to is None):
        raise Problem(_("Name a file, or --to a folder, or a file to --check."), USAGE)
    place.use(args.data)
    if args.check is not None:
        return look_at(args.check)
    place.ready()
    from bihuan.ledger import clock  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.safekeeping import backup  # noqa: PLC0415

    made = write(args.file or args.to / backup.name_at(clock.now()), sealed=True, kind="backed_up")
    for gone in backup.prune(args.to, args.keep) if args.keep else ():
        print(_("removed: %s") % gone)
    tell(made)
    return OK


def run_export(args: argparse.Namespace) -> int:
    """Write everything for other programs."""
    place.use(args.data)
    place.ready()
    tell(write(args.file, sealed=False, kind="place_exported"))
    print(_("What residents wrote can be read in this file: keep it as you keep the database."))
    return OK


def write(path: Path, *, sealed: bool, kind: str) -> Made:
    """Write an archive. Raises Problem when there is no room or no permission."""
    from bihuan.safekeeping import backup  # noqa: PLC0415

    try:
        with bar(gettext_noop("backing up"), 0) as step:
            return backup.make(path.resolve(), sealed=sealed, kind=kind, step=step)
    except OSError as error:
        raise Problem(_("%(file)s could not be written: %(why)s") % {"file": path, "why": error.strerror or error}) from error


def look_at(path: Path) -> int:
    """Say whether an archive is whole. Raises Problem when it is not."""
    tell(checked(path))
    print(_("the archive is whole"))
    return OK


def checked(path: Path) -> Made:
    """Read an archive to its end. Raises Problem."""
    from bihuan.safekeeping import backup  # noqa: PLC0415
    from bihuan.safekeeping.errors import Damaged  # noqa: PLC0415

    try:
        with bar(gettext_noop("reading the archive"), 0) as step:
            return backup.check(path, step=step)
    except Damaged as error:
        raise Problem(_("%(file)s is not whole, and nothing was done with it: %(why)s") % {"file": path, "why": error}) from error
    except OSError as error:
        raise Problem(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error.strerror or error}) from error


def tell(made: Made) -> None:
    """What an archive holds, in four lines."""
    manifest, head = made.manifest, made.head
    print(_("file: %(file)s, %(size).1f MB") % {"file": made.path, "size": made.path.stat().st_size / 1_000_000})
    at = place.said(datetime.fromisoformat(head.at))
    print(_("as of: %(at)s, version %(version)s, %(vendor)s") % {"at": at, "version": head.version, "vendor": head.vendor})
    rows = sum(table.rows for table in manifest.tables.values())
    print(
        _("rows: %(rows)s in %(tables)s tables; attachments: %(files)s")
        % {"rows": rows, "tables": len(manifest.tables), "files": manifest.files}
    )
    print(_("ledger: %(n)s entries, root %(root)s") % {"n": manifest.entries, "root": manifest.root[:16]})
    if manifest.missing:
        print(_("%s attachments were gone already when it was made: run “bihuan ledger verify”") % len(manifest.missing))
