"""``bihuan rules due``: when a limit ends, and why. Reads a pack's files and the published years; no database."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop

if TYPE_CHECKING:
    from bihuan.packs import Pack
    from bihuan.rules.calendar import Calendar, Due
    from bihuan.rules.clocks.shape import ClockSpec, Limit


@dataclass(frozen=True, slots=True)
class Rule:
    """A clock with the one limit of it that was asked for."""

    clock: ClockSpec
    limit: Limit


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``rules``."""
    rules = commands.add_parser("rules", help=_("ask the rules: when does a limit end"))
    asked = rules.add_subparsers(dest="asked", metavar=_("question"), required=True)
    due = asked.add_parser(
        "due",
        help=_("print the instant at which a limit ends"),
        description=_(
            "Print the instant at which a limit ends. The clock is a clock of the pack (dispatch, answer, resolve), "
            "or one of its limits (major), or both (resolve.urgent)."
        ),
    )
    due.add_argument("--pack", default="", help=_("a shipped pack's name or a folder (default: the standard pack)"))
    due.add_argument("--clock", help=_("a clock or a limit"))
    due.add_argument("--from", dest="start", metavar=_("INSTANT"), help=_("when it starts, e.g. 2026-09-30T16:00+08:00"))
    due.add_argument("--explain", action="store_true", help=_("also list the days counted"))
    due.add_argument("--batch", type=Path, metavar=_("FILE.csv"), help=_("a csv file with the columns clock and from"))
    due.set_defaults(run=run)
    year = asked.add_parser(
        "load-year",
        help=_("load the working days of a year, or a correction of them"),
        description=_(
            "Load the days off and make-up working days of a year. Limits of open matters are reckoned anew; it is recorded."
        ),
    )
    year.add_argument("year", type=int)
    year.add_argument(
        "--file", type=Path, metavar="FILE", help=_("csv with the columns date and kind (off, work); default: the shipped days")
    )
    year.add_argument("--source", default="", help=_("who published it, e.g. the notice's number"))
    year.add_argument("--dry-run", action="store_true", help=_("only tell how many limits would move"))
    year.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    year.set_defaults(run=run_load_year)


def run(args: argparse.Namespace) -> int:
    """Answer one question, or a file of them."""
    if args.batch is None and not (args.clock and args.start):
        raise Problem(_("Give --clock and --from, or --batch."), 2)
    pack = load(args.pack)
    calendar = calendar_of(pack)
    if args.batch is not None:
        return answer_file(args.batch, pack, calendar)
    rule = find_rule(pack, args.clock)
    due = ends(rule, instant(args.start, calendar), calendar)
    print(due.at.isoformat(timespec="seconds"))
    if due.provisional:
        print(provisional_note(calendar), file=sys.stderr)
    if args.explain:
        for line in explained(rule, due):
            print(line)
    return OK


def load(name: str) -> Pack:
    """The pack. Raises Problem with every fault of its files."""
    from bihuan.packs import PackError  # noqa: PLC0415 - each command imports only what it runs on
    from bihuan.packs import load as load_pack  # noqa: PLC0415

    try:
        return load_pack(name)
    except PackError as error:
        raise Problem(str(error)) from error
    except OSError as error:
        raise Problem(_("There is no pack “%s”.") % name) from error


def calendar_of(pack: Pack) -> Calendar:
    """The pack's calendar over the years that the installed calendar library knows."""
    from bihuan.rulebook.published import build_calendar, days_of, known_years  # noqa: PLC0415

    return build_calendar(pack, days_of(known_years()))


def rules_of(pack: Pack) -> list[Rule]:
    """Every limit of every clock of the pack that is a length of time."""
    return [
        Rule(clock, limit)
        for procedure in pack.procedures.values()
        for clock in (*procedure.clocks, *(clock for thread in procedure.threads for clock in thread.clocks))
        for limit in clock.limits
        if limit.span is not None
    ]


def find_rule(pack: Pack, asked: str) -> Rule:
    """The limit that a word means: "clock.limit", a clock (then the limit without a condition), or a limit's key."""
    rules = rules_of(pack)
    clock, dot, key = asked.partition(".")
    if dot:
        found = [rule for rule in rules if (rule.clock.key, rule.limit.key) == (clock, key)]
    else:
        found = [rule for rule in rules if rule.clock.key == asked and not rule.limit.where.facts]
        found = found or [rule for rule in rules if rule.limit.key == asked]
    if len(found) == 1:
        return found[0]
    if not found:
        known = ", ".join(dict.fromkeys(rule.clock.key for rule in rules))
        raise Problem(_("The pack has no clock or limit “%(asked)s”. Clocks: %(known)s.") % {"asked": asked, "known": known})
    choices = ", ".join(f"{rule.clock.key}.{rule.limit.key}" for rule in found)
    raise Problem(_("“%(asked)s” is a limit of several clocks; say which: %(choices)s.") % {"asked": asked, "choices": choices})


def instant(text: str, calendar: Calendar) -> datetime:
    """An ISO instant; without an offset it is the office's own time."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Problem(_("“%s” is not an instant such as 2026-09-30T16:00+08:00.") % text) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(calendar.zone))


def ends(rule: Rule, start: datetime, calendar: Calendar) -> Due:
    """Where the limit ends that starts then."""
    if rule.limit.span is None:  # rules_of keeps only lengths of time
        raise Problem(_("This limit is a date that people agree on."))
    try:
        return calendar.due(start, rule.limit.span)
    except (OverflowError, ValueError) as error:
        raise Problem(_("No limit can be counted from %s.") % start.isoformat()) from error


def provisional_note(calendar: Calendar) -> str:
    """The sentence about years that nobody has published."""
    last = max(calendar.known_years, default=0)
    return _("Provisional: the working days of years after %s have not been published.") % last


KINDS = {
    "receipt": gettext_noop("day of receipt, not counted"),
    "counted": gettext_noop("counted"),
    "make_up": gettext_noop("make-up working day, counted"),
    "provisional": gettext_noop("counted by the weekday rule, year not published"),
    "day_off": gettext_noop("day off"),
    "paused": gettext_noop("paused"),
    "moved": gettext_noop("the last day was a day off: moved here"),
}
SPANS = {
    "working_day": gettext_noop("working days"),
    "calendar_day": gettext_noop("calendar days"),
    "month": gettext_noop("months"),
    "working_hour": gettext_noop("working hours"),
    "hour": gettext_noop("hours"),
}
WEEKDAYS = (
    gettext_noop("Mon"), gettext_noop("Tue"), gettext_noop("Wed"), gettext_noop("Thu"), gettext_noop("Fri"),
    gettext_noop("Sat"), gettext_noop("Sun"),
)  # fmt: skip


def explained(rule: Rule, due: Due) -> Iterator[str]:
    """The rule that applied and every day from the receipt to the end."""
    span = rule.limit.span
    if span is not None:
        what = {"clock": rule.clock.title or rule.clock.key, "n": span.n, "unit": _(SPANS[span.unit])}
        yield _("%(clock)s: %(n)s %(unit)s") % what
    if rule.clock.source:
        yield _("source: %s") % rule.clock.source
    for day in due.days:
        number = f"{day.n:>3}" if day.n else "  -"
        yield f"{day.day.isoformat()} {_(WEEKDAYS[day.day.weekday()])} {number}  {_(KINDS[day.kind])}"


def answer_file(path: Path, pack: Pack, calendar: Calendar) -> int:
    """Write the file again with the column ``due``; a line that cannot be answered stays empty and is told."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error}) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"clock", "from"} - set(reader.fieldnames or ())
    if missing:
        raise Problem(_("The file needs the columns clock and from; missing: %s.") % ", ".join(sorted(missing)))
    columns = [name for name in reader.fieldnames or () if name != "due"]
    writer = csv.DictWriter(sys.stdout, [*columns, "due"], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    rules: dict[str, Rule] = {}
    code, provisional = OK, False
    for row in reader:
        try:
            asked = (row["clock"] or "").strip()
            rule = rules.get(asked) or rules.setdefault(asked, find_rule(pack, asked))
            due = ends(rule, instant(row["from"] or "", calendar), calendar)
            row["due"], provisional = due.at.isoformat(timespec="seconds"), provisional or due.provisional
        except Problem as problem:
            row["due"], code = "", FOUND
            print(_("line %(line)s: %(why)s") % {"line": reader.line_num, "why": problem.say}, file=sys.stderr)
        writer.writerow(row)
    if provisional:
        print(provisional_note(calendar), file=sys.stderr)
    return code


# -- a year's working days ----------------------------------------------------------------------------------------------


def run_load_year(args: argparse.Namespace) -> int:
    """Load one year into the place's rulebook; limits of open matters follow."""
    from bihuan.console import place  # noqa: PLC0415 - each command imports only what it runs on

    place.use(args.data)
    place.ready()
    from bihuan.rulebook.errors import BadYear  # noqa: PLC0415
    from bihuan.rulebook.services import load_calendar_year  # noqa: PLC0415

    off, made_up, source = days_of_file(args.file) if args.file else days_shipped(args.year)
    try:
        loaded = load_calendar_year(args.year, off, made_up, source=args.source or source, dry_run=args.dry_run)
    except BadYear as error:
        raise Problem(str(error)) from error
    told = {"year": loaded.year, "revision": loaded.revision, "moved": sum(loaded.moved.values())}
    print(_("%(year)s, revision %(revision)s: limits that moved: %(moved)s") % told)
    return OK


def days_shipped(year: int) -> tuple[list[date], list[date], str]:
    """Days off, make-up days and source of a year as the installed library knows them. Raises Problem."""
    from bihuan.rulebook.published import known_years  # noqa: PLC0415

    for known in known_years():
        if known.year == year:
            return list(known.off), list(known.made_up), known.source
    raise Problem(_("The shipped days do not include %s; give the published ones with --file.") % year)


def days_of_file(path: Path) -> tuple[list[date], list[date], str]:
    """Days off and make-up days out of a csv file with the columns date and kind (off, work). Raises Problem."""
    found: dict[str, list[date]] = {"off": [], "work": []}
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        for row in rows:
            found[(row["kind"] or "").strip()].append(date.fromisoformat((row["date"] or "").strip()))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error}) from error
    except (KeyError, ValueError) as error:
        raise Problem(_("The file needs the columns date (2027-01-01) and kind (off or work).")) from error
    return found["off"], found["work"], path.name
