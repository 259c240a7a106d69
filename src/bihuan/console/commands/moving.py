"""``bihuan move-to-postgres``: the place out of its SQLite file into PostgreSQL, proved by the ledger's root."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, USAGE, Problem
from bihuan.console.words import _, gettext_noop


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``move-to-postgres``."""
    move = commands.add_parser(
        "move-to-postgres",
        help=_("move the place from its SQLite file to PostgreSQL"),
        description=_(
            "Stop “bihuan serve” first. Copies every table into an empty PostgreSQL database, reads all of it back, compares, "
            "and verifies the ledger. Attachments, keys and anchors stay where they are; the old file stays, closed to writing."
        ),
    )
    move.add_argument("address", help=_("the empty database: postgresql://user@host/name"))
    move.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    move.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Move. Nothing is closed to writing unless all of it has arrived."""
    if not args.address.startswith(("postgresql://", "postgres://")):
        raise Problem(_("Name the new database as postgresql://user@host/name."), USAGE)
    place.use(args.data)
    place.ready()
    if place.engine_build() is None:
        raise Problem(_("This place is on PostgreSQL already."))
    from django.conf import settings  # noqa: PLC0415 - each command imports only what it runs on

    from bihuan.safekeeping import backup, moving  # noqa: PLC0415

    with moving.alone() as entered, tempfile.TemporaryDirectory(dir=settings.DATA, prefix="moving-") as folder:
        if not entered:
            raise Problem(_("Somebody is writing at this moment: stop “bihuan serve” and “bihuan work” first."))
        with bar(gettext_noop("reading the old database"), 0) as step:
            made = backup.make(Path(folder) / "place.bihuan", attachments=False, kind="", step=step)
        environ = {**os.environ, "BIHUAN_DATABASE": args.address, "BIHUAN_DATA": str(settings.DATA)}
        command = [sys.executable, "-m", "bihuan.console.main", "init", "--restore", str(made.path), "--moved"]
        if subprocess.run(command, env=environ, check=False).returncode != OK:
            print(
                _("Nothing was changed in the old database; go on with it, or try again with an empty new one."), file=sys.stderr
            )
            return FOUND
        moving.close_old()
    print(_("The place is in PostgreSQL. Set BIHUAN_DATABASE to the new address everywhere before you start it again."))
    print(_("The old file stays as it was and takes no more acts: %s") % settings.DATABASES["default"]["NAME"])
    return OK
