"""``bihuan demo``: a whole county with sixty played working days, to look at; with ``--check`` a walk through one new case."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import bihuan
from bihuan.console import place, processes
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop, padded, wide

if TYPE_CHECKING:
    from bihuan.play.demonstration import Note
    from bihuan.play.walk import Walk

MARK = "bihuan-demo.txt"
MARK_SAYS = "This folder holds a demonstration of Bihuan. 'bihuan demo --fresh' deletes and makes it again.\n"
REAL_MESSAGES = Path("messages/residents_messages.xlsx")
HOST = "127.0.0.1"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``demo``."""
    demo = commands.add_parser(
        "demo",
        help=_("show the product on a whole county with sixty played working days"),
        description=_(
            "Set up a county from its pack with invented staff, take in residents' messages, play sixty working days, "
            "then serve it. A second start uses the folder again."
        ),
    )
    demo.add_argument("--dir", type=Path, help=_("folder of the demonstration (default: ./bihuan-demo)"))
    demo.add_argument("--port", type=int, default=8000, help=_("port to listen on (default: 8000)"))
    demo.add_argument("--pack", default="", help=_("a shipped pack's name or a folder (default: the standard pack)"))
    demo.add_argument(
        "--scale", choices=("weeks", "full"), default="weeks", help=_("weeks: the played weeks; full: a year before them, too")
    )
    demo.add_argument("--fresh", action="store_true", help=_("delete the demonstration in the folder and make it again"))
    demo.add_argument("--today", type=day, metavar=_("DATE"), help=_("the last day played (default: today, in a published year)"))
    demo.add_argument("--messages", type=Path, metavar=_("FILE"), help=_("residents' messages to play (xlsx or csv)"))
    demo.add_argument("--check", action="store_true", help=_("play the sample, walk one new case over HTTP, print what held"))
    demo.add_argument("--no-serve", action="store_true", help=_("set up and play only"))
    demo.add_argument("--codes", action="store_true", help=_("print the second-factor codes of the moment, then end"))
    demo.set_defaults(run=run)


def day(text: str) -> date:
    """A date of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_("“%s” is not a date such as 2026-11-20") % text) from error


def run(args: argparse.Namespace) -> int:
    """Play what is not played yet, then serve or check it."""
    began = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):  # told to end, leave no process and no temporary folder
        signal.signal(number, signal.default_int_handler)
    if args.check:
        with check_folder(args.dir, fresh=args.fresh) as folder:
            return check(args, folder, began)
    folder = (args.dir or Path("bihuan-demo")).resolve()
    if args.codes:
        return print_codes(folder)
    if not args.no_serve and processes.is_taken(HOST, args.port):
        raise Problem(_("Port %s is in use; choose another with --port.") % args.port)
    note = prepared(args, folder, messages_of(args.messages))
    print_accounts(note)
    seconds = time.monotonic() - began
    print(_("Ready after %s s.") % f"{seconds:.0f}")
    return OK if args.no_serve else serve(args.port, note)


def messages_of(asked: Path | None) -> Path | None:
    """The file to play: the one asked for, else the real one beside the checkout, else None: the sample."""
    if asked is not None:
        if not asked.is_file():
            raise Problem(_("There is no file %s.") % asked)
        return asked
    beside = Path(bihuan.__file__).resolve().parents[2].parent / "shared" / "data"
    real = Path(os.environ.get("BIHUAN_SHARED") or beside) / REAL_MESSAGES
    return real if real.is_file() else None


# -- the folder -------------------------------------------------------------------------------------------------------


def point_at(folder: Path) -> None:
    """Let this process and its children work on the demonstration's own folder and on no other place."""
    for name in ("BIHUAN_DATABASE", "BIHUAN_HOSTS", "BIHUAN_HTTPS", "BIHUAN_PROXIES", "BIHUAN_SECRET", "BIHUAN_DEBUG"):
        os.environ.pop(name, None)
    os.environ["BIHUAN_KEYS"] = str(folder / "keys")
    os.environ["BIHUAN_ANCHORS"] = str(folder / "anchors")
    place.use(folder / "data", development=True)


def claim(folder: Path, *, fresh: bool) -> None:
    """Make the folder ours: new, empty, or a demonstration's. Raises Problem rather than touch anything else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise Problem(_("%s is not empty and holds no demonstration; choose another folder with --dir.") % folder)
        if fresh or not (folder / "demo.json").is_file():
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(MARK_SAYS, "utf-8")


def prepared(args: argparse.Namespace, folder: Path, messages: Path | None) -> Note:
    """The demonstration in the folder, played now if it was not before. Raises Problem."""
    from bihuan.console.commands.rules import load  # noqa: PLC0415 - each command imports only what it runs on

    pack = load(args.pack)
    claim(folder, fresh=args.fresh)
    point_at(folder)
    from bihuan.play.demonstration import read_note  # noqa: PLC0415

    note = read_note(folder)
    if note is None:
        return play(args, folder, messages)
    if note.pack != f"{pack.name} {pack.version} {pack.digest[:12]}" or place.pending_migrations():
        raise Problem(_("The demonstration in %s was made by another version; make it again with --fresh.") % folder)
    print(_("Using the demonstration in %s (again with --fresh).") % folder)
    return note


def play(args: argparse.Namespace, folder: Path, messages: Path | None) -> Note:
    """Found the place and play it."""
    from bihuan.console.commands.init import found  # noqa: PLC0415
    from bihuan.console.commands.rules import load  # noqa: PLC0415
    from bihuan.exchange.faults import FileRefused  # noqa: PLC0415
    from bihuan.flows import worker  # noqa: PLC0415
    from bihuan.ledger import clock  # noqa: PLC0415
    from bihuan.play import demonstration  # noqa: PLC0415

    pack = load(args.pack)
    print(_("Residents' messages: %s") % (messages or _("the sample that comes with the product")), file=sys.stderr)
    with bar(gettext_noop("setting the county up"), 1) as step:
        found(pack, args.pack)
        step(1)
    began = clock.now()
    ends = demonstration.last_instant(pack, args.today, began)
    try:
        content = messages.read_bytes() if messages else demonstration.sample()
        played, cast, _script = demonstration.play(
            pack, messages=content, ends=ends, bar=bar, work=worker.run_once, full=args.scale == "full"
        )
    except FileRefused as refused:
        raise Problem(refused.say) from refused
    counts = {"cases": played.opened, "acts": sum(played.acts.values()), "records": played.records}
    print(_("%(cases)s matters, %(acts)s acts, %(records)s service records.") % counts, file=sys.stderr)
    for missed in played.missed[:5]:
        print(f"  {missed.case_id} {missed.action}: {missed.say}", file=sys.stderr)
    note = demonstration.Note(
        pack=f"{pack.name} {pack.version} {pack.digest[:12]}",
        today=ends.isoformat(),
        behind=max(0.0, (began - ends).total_seconds()),
        cases=played.opened,
        cast=tuple(cast),
    )
    demonstration.keep_note(folder, note)
    return note


# -- serving ----------------------------------------------------------------------------------------------------------


def print_accounts(note: Note) -> None:
    """Who can be signed in as, and with what."""
    from bihuan.play.cast import PASSWORD  # noqa: PLC0415

    rows = [(player.username, player.name, player.post, player.unit_name, player.secret) for player in note.cast]
    heads = (_("user name"), _("name"), _("post"), _("unit"), _("second factor"))
    widths = [max(wide(row[n]) for row in (heads, *rows)) + 2 for n in range(len(heads))]
    print()
    for row in (heads, *rows):
        print("".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    print(_("Password of all: %s") % PASSWORD)
    print(_("Second-factor codes of the moment: bihuan demo --codes (or put the secret into an authenticator app)."))


def print_codes(folder: Path) -> int:
    """The codes that an authenticator app would show now."""
    point_at(folder)
    from bihuan.play.browser import totp  # noqa: PLC0415
    from bihuan.play.demonstration import read_note  # noqa: PLC0415

    note = read_note(folder)
    if note is None:
        raise Problem(_("There is no demonstration in %s.") % folder)
    for player in note.cast:
        if player.secret:
            print(f"{player.username:24} {totp(player.secret)}")
    return OK


def serve(port: int, note: Note) -> int:
    """Serve on this machine alone until told to stop."""
    from bihuan.console.commands.serve import serve as serve_pages  # noqa: PLC0415

    hold_time(note)
    print(_("Open http://%(host)s:%(port)s  (Ctrl-C ends it)") % {"host": HOST, "port": port}, flush=True)
    return serve_pages(HOST, port, 2, work=True)


def hold_time(note: Note) -> None:
    """Let the served demonstration's time go on from its last day, where that lies in the past."""
    if note.behind >= 1:
        os.environ["BIHUAN_CLOCK_BEHIND"] = str(note.behind)


# -- the check --------------------------------------------------------------------------------------------------------


@contextmanager
def check_folder(asked: Path | None, *, fresh: bool) -> Iterator[Path]:
    """The folder asked for, or a temporary one that is gone afterwards."""
    if asked is not None:
        claim(asked.resolve(), fresh=fresh)
        yield asked.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="bihuan-demo-") as made:
        yield Path(made)


def check(args: argparse.Namespace, folder: Path, began: float) -> int:
    """Play the sample, walk one new case over HTTP, print what held."""
    note = prepared(args, folder, args.messages)
    from bihuan.play.walk import cast_for, walk_through  # noqa: PLC0415

    hold_time(note)
    set_up, log = time.monotonic() - began, folder / "serve.log"
    with processes.serving(HOST, processes.free_port(HOST), log=log) as base:
        walk = walk_through(base, cast_for(note.cast))
    print_walk(walk)
    from bihuan.ledger.verify import verify  # noqa: PLC0415

    report = verify()
    print(_("ledger: %(n)s entries, %(say)s") % {"n": report.entries, "say": _("whole") if report.ok else _("NOT whole")})
    spent = {"set_up": f"{set_up:.0f}", "walk": f"{time.monotonic() - began - set_up:.0f}"}
    print(_("set-up %(set_up)s s, check %(walk)s s") % spent)
    return OK if walk.held and report.ok else FOUND


def print_walk(walk: Walk) -> None:
    """What was checked, step by step, one line for each person and step; every failure with its reason."""
    rows: dict[tuple[str, str], list[str]] = {}
    marks: dict[tuple[str, str], bool] = {}
    for one in walk.seen:
        key = (one.step, one.who)
        rows.setdefault(key, []).append(_(one.what) + ("" if one.held else f" ✕ {one.why}"))
        marks[key] = marks.get(key, True) and one.held
    for (step, who), said in rows.items():
        if step == "sign in" and marks[step, who]:
            continue
        player = walk.cast.get(who)
        name = f"{player.post} {player.name}" if player and player.post else _(who)
        print(f"{'✓' if marks[step, who] else '✕'} {padded(_(step), 14)}{padded(name, 28)}{'; '.join(said)}")
    held = sum(one.held for one in walk.seen)
    print(_("%(held)s of %(all)s checks held") % {"held": held, "all": len(walk.seen)})
