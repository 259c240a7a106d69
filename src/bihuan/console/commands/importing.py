"""``bihuan import``: residents' messages out of an xlsx or csv file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, USAGE, Problem
from bihuan.console.words import _, gettext_noop, padded

if TYPE_CHECKING:
    from bihuan.exchange.columns import Field
    from bihuan.exchange.faults import RowFault
    from bihuan.exchange.importer import Reading

SHOWN = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``import``."""
    command = commands.add_parser(
        "import",
        help=_("take in residents' messages from an xlsx or csv file"),
        description=_(
            "Take in residents' messages. Columns are found by their headers. Rows that cannot be read are left out and "
            "told; the same file again adds nothing."
        ),
    )
    command.add_argument("file", type=Path)
    command.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    command.add_argument(
        "--as", dest="username", required=True, metavar=_("USER"), help=_("who imports: an account with the duty")
    )
    command.add_argument("--post", default="", help=_("in which of the account's posts"))
    command.add_argument("--kind", default="", help=_("kind of matter where the file has no such column"))
    command.add_argument("--channel", default="", help=_("channel where the file has no such column"))
    command.add_argument("--type", default="", help=_("case type that the rows become (default: the pack's usual one)"))
    command.add_argument("--column", action="append", default=[], metavar="FIELD=N", help=_("a field is in column N (from 1)"))
    command.add_argument("--preview", action="store_true", help=_("only show how the columns and first rows are read"))
    command.add_argument("--dry-run", action="store_true", help=_("check every row, write nothing"))
    command.add_argument("--refused", type=Path, metavar="FILE", help=_("write the refused rows to an .xlsx or .csv file"))
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Preview, try or import; 1 when any row was refused."""
    place.use(args.data)
    pack = place.ready()
    actor = place.actor_named(args.username, args.post)
    from bihuan.access.actors import may  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.exchange.faults import FileRefused  # noqa: PLC0415
    from bihuan.exchange.importer import read_file, take_in_recorded  # noqa: PLC0415
    from bihuan.rules.scope import Duty  # noqa: PLC0415

    if not may(actor, Duty.IMPORT_RUN):
        raise Problem(_("The post of %s may not import.") % actor.name)
    try:
        content = args.file.read_bytes()
        reading = read_file(content, pack, chosen=chosen(args.column), kind=args.kind, channel=args.channel, procedure=args.type)
    except OSError as error:
        raise Problem(_("%(file)s cannot be read: %(why)s") % {"file": args.file, "why": error.strerror}) from error
    except FileRefused as refused:
        raise Problem(refused.say) from refused
    show(reading)
    if args.preview:
        return OK
    faults: tuple[RowFault, ...] = reading.messages.faults
    if not args.dry_run:
        ready = reading.messages.ready
        with bar(gettext_noop("taking messages in"), len(ready)) as step:
            outcome = take_in_recorded(reading, content, actor=actor, pack=pack, file_name=args.file.name, progress=step)
        faults = outcome.faults
        print(_("new cases: %(new)s, taken in before: %(old)s") % {"new": len(outcome.opened), "old": len(outcome.already)})
    for fault in faults[:SHOWN]:
        place_ = f"{fault.column}: " if fault.column else ""
        print(_("line %(line)s: %(why)s") % {"line": fault.line, "why": place_ + fault.say})
    print(_("rows refused: %s") % len({fault.line for fault in faults}))
    if args.refused and faults:
        keep(args.refused, reading, faults)
    return FOUND if faults else OK


def chosen(columns: list[str]) -> dict[Field, int]:
    """FIELD=N as given, with N from 0. Raises Problem."""
    from bihuan.exchange.columns import FIELDS  # noqa: PLC0415

    found: dict[Field, int] = {}
    for given in columns:
        said, _equals, number = given.partition("=")
        name = next((field for field in FIELDS if field == said), None)
        if name is None or not number.isdigit() or int(number) < 1:
            raise Problem(_("--column wants FIELD=N; fields: %s") % ", ".join(FIELDS), USAGE)
        found[name] = int(number) - 1
    return found


def show(reading: Reading) -> None:
    """How the columns were read, and the first rows."""
    from bihuan.exchange.columns import TITLES  # noqa: PLC0415

    print(_("read as: %s") % reading.table.origin)
    for column in reading.messages.mapped.columns:
        taken = _(TITLES[column.field]) if column.field else _("not taken in")
        print(f"  {column.index + 1:>3}  {padded(column.header, 20)} -> {taken}")
    print(_("rows that can be taken in: %s") % len(reading.messages.ready))
    for message in reading.messages.ready[:3]:
        when = message.written.at.isoformat(sep=" ", timespec="minutes") if message.written else "-"
        print(f"  {message.line:>5}  {when}  {message.subject}")


def keep(path: Path, reading: Reading, faults: tuple[RowFault, ...]) -> None:
    """Write the refused rows with what is wrong."""
    from bihuan.exchange.refused_rows import as_csv, as_workbook  # noqa: PLC0415

    made = as_csv if path.suffix.lower() == ".csv" else as_workbook
    path.write_bytes(made(reading.table, reading.messages.mapped, faults))
    print(_("refused rows written to %s") % path)
