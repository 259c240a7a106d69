"""``bihuan init``: make a place: keys, database, the pack's rules, its areas and units, the first administrators."""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console import place
from bihuan.console.bars import bar
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, gettext_noop, padded

if TYPE_CHECKING:
    from bihuan.packs import Pack


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``init``."""
    init = commands.add_parser(
        "init",
        help=_("set a place up, or bring it up to this version"),
        description=_(
            "Make keys, database, areas and units of a place from its pack. Run again after an update: what is there stays, "
            "and the place goes on under its own pack."
        ),
    )
    init.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    init.add_argument(
        "--pack", default="", help=_("a shipped pack's name or a folder (default: the place's own; at first the standard pack)")
    )
    init.add_argument("--admins", action="store_true", help=_("also make the first administrators and print their passwords"))
    init.add_argument(
        "--restore", type=Path, metavar="FILE", help=_("bring the place back from a backup or an export, into an empty database")
    )
    init.add_argument("--moved", action="store_true", help=argparse.SUPPRESS)  # attachments and anchors lie here already
    init.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Found the place."""
    if args.restore is not None:
        place.use(args.data)
        return bring_back(args.restore, moved=args.moved)
    from bihuan.console.commands.rules import load  # noqa: PLC0415

    named = load(args.pack) if args.pack else None  # what is wrong with its files is said before anything is made
    place.use(args.data)
    place.not_moved()
    is_new = prepare()
    pack = settle(named, args.pack) if named else go_on()
    if args.admins:
        first_administrators(pack)
    if is_new:
        print(_("Next: copy the key folder to its safe place, then “bihuan doctor”, then start “bihuan serve”."))
        if not args.admins:
            print(_("Nobody can sign in yet: “bihuan init --admins” makes the first administrators."))
    return OK


def found(pack: Pack, source: str) -> None:
    """A place of this pack without a word: keys, tables, rules, areas, units. May be run again. Raises Problem."""
    prepare()
    settle(pack, source, quiet=True)


def prepare() -> bool:
    """Data folder, keys and tables; True where there was no place before. May be run again. Raises Problem."""
    from django.conf import settings  # noqa: PLC0415

    from bihuan.rulebook.errors import NotPublished  # noqa: PLC0415
    from bihuan.rulebook.selectors import current_digest  # noqa: PLC0415
    from bihuan.vault import keys  # noqa: PLC0415

    folder = Path(settings.DATA)
    if not place.is_writable(folder):
        raise Problem(_("The data folder %s cannot be written.") % folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.composed("MAKE_SECRET")(Path(settings.KEYS))
    keys.create()
    bring_up()
    try:
        current_digest()
    except NotPublished:
        return True
    return False


def go_on() -> Pack:
    """Bring a place up under its own pack, whatever the program's standard is; a new one under the standard. Raises Problem.

    The version that came with the program takes over by itself only where nobody has changed the rules at the desk.
    """
    from bihuan.console.commands.rules import load  # noqa: PLC0415
    from bihuan.packs import shipped, standard  # noqa: PLC0415
    from bihuan.rulebook import selectors as rulebook  # noqa: PLC0415
    from bihuan.rulebook.errors import NotPublished  # noqa: PLC0415

    try:
        now = rulebook.current_pack()
    except NotPublished:
        return settle(load(""), standard())
    if now.name not in shipped():
        print(_("pack: %(title)s %(version)s") % {"title": now.title, "version": now.version})
        return now
    comes = load(now.name)
    if rulebook.is_published(comes.digest) or not rulebook.changed_here():
        return settle(comes, now.name)
    print(_("pack: %(title)s %(version)s") % {"title": now.title, "version": now.version})
    words = _(
        "Version %(new)s came with the program and was not put in force, because the rules were changed at the desk. Putting it "
        "in force would end those changes: “bihuan init --pack %(name)s”."
    )
    print(words % {"new": comes.version, "name": now.name})
    return now


def settle(pack: Pack, source: str, *, quiet: bool = False) -> Pack:
    """Publish the pack, make its areas and units; the pack in force then. Raises Problem."""
    from django.conf import settings  # noqa: PLC0415

    from bihuan.exchange import founding  # noqa: PLC0415
    from bihuan.packs import divisions  # noqa: PLC0415
    from bihuan.rulebook.errors import VersionTaken  # noqa: PLC0415
    from bihuan.rulebook.selectors import current_pack  # noqa: PLC0415

    try:
        stands = founding.found(pack, divisions(source))
    except founding.AnotherPlace as error:
        raise Problem(
            _("This is the place of %(here)s; “%(pack)s” is a pack of %(other)s. Found that one in folders of its own.")
            % {"here": error.here, "other": error.other, "pack": pack.name}
        ) from error
    except VersionTaken as error:
        raise Problem(
            _("This version of the pack is in force here with other rules; give the changed pack a new version.")
        ) from error
    now = current_pack()
    if not quiet:
        areas = ", ".join(f"{level.title} {stands.areas.get(level.key, 0)}" for level in pack.levels)
        print(_("data folder: %s") % settings.DATA)
        print(_("keys (back them up apart from the data): %s") % settings.KEYS)
        print(_("pack: %(title)s %(version)s") % {"title": now.title, "version": now.version})
        print(_("areas: %s") % areas)
        print(_("units: %(n)s, of them new: %(new)s") % {"n": sum(stands.units.values()), "new": stands.new_units})
    return now


def bring_back(path: Path, *, moved: bool) -> int:
    """Restore a place from an archive, and prove it. Raises Problem; then nothing of a place is there."""
    from django.conf import settings  # noqa: PLC0415

    from bihuan.console.commands import archives  # noqa: PLC0415
    from bihuan.safekeeping import restoring  # noqa: PLC0415
    from bihuan.safekeeping.errors import Damaged, NotEmpty, NotTheSame, TooNew  # noqa: PLC0415

    try:
        with bar(gettext_noop("restoring"), 0) as step:
            done = restoring.restore(path, kind="moved" if moved else "restored", stays=moved, step=step)
    except Damaged as error:
        raise Problem(_("%(file)s is not whole, and nothing was done with it: %(why)s") % {"file": path, "why": error}) from error
    except NotEmpty as error:
        raise Problem(_("There is a place in this database already; restore into an empty one.")) from error
    except TooNew as error:
        raise Problem(_("The archive comes from a later version: install that one first (%s).") % error) from error
    except NotTheSame as error:
        raise Problem(_("What was read back is not what the archive says (%s): do not use this database.") % error) from error
    place.composed("MAKE_SECRET")(Path(settings.KEYS))
    load_new_years()
    take_up()
    read_anew()
    archives.tell(done.made)
    if done.lost:
        print(
            _("%(n)s entries that were noted after this archive was made are lost; the anchors that tell of them: %(file)s")
            % {"n": done.lost, "file": done.aside}
        )
    for fault in done.ledger.faults:
        print(f"{fault.kind:11} {fault.stream or fault.entry}: {fault.say}")
    whole = done.ledger.ok
    print(_("the ledger is whole") if whole else _("%s faults found") % done.ledger.found)
    return OK if whole else FOUND


def bring_up() -> None:
    """Tables, working days, search and open matters of a place as this version wants them. May be run again."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_upgrade = bool(executor.loader.applied_migrations) and bool(plan)
    call_command("migrate", verbosity=0, interactive=False)
    load_new_years()
    take_up()
    if is_upgrade:
        read_anew()


def read_anew() -> None:
    """Write limits and threads of open matters anew from the ledger: a column that is new to them is filled that way."""
    from bihuan.cases.rebuilding import AT_ONCE, rebuild  # noqa: PLC0415
    from bihuan.cases.selectors import open_ids  # noqa: PLC0415

    if ids := open_ids():
        with bar(gettext_noop("reading open matters anew"), len(ids)) as step:
            for start in range(0, len(ids), AT_ONCE):
                part = ids[start : start + AT_ONCE]
                rebuild(part)
                step(len(part))


def load_new_years() -> None:
    """Load the years that came with this version and are not loaded yet; limits of open matters follow."""
    from bihuan.rulebook.published import known_years  # noqa: PLC0415
    from bihuan.rulebook.selectors import calendar_years  # noqa: PLC0415
    from bihuan.rulebook.services import load_calendar_year  # noqa: PLC0415

    loaded = calendar_years()
    for year in known_years():
        if year.year not in loaded:
            load_calendar_year(year.year, year.off, year.made_up, source=year.source)


def take_up() -> None:
    """Take the matters that wait for it into the search and the daily sums: all of a place founded before there were any."""
    from bihuan.cases import daily, search_index  # noqa: PLC0415
    from bihuan.ledger import clock  # noqa: PLC0415

    waiting = search_index.waiting()
    if waiting:
        with bar(gettext_noop("preparing the search"), waiting) as step:
            while taken := search_index.index_waiting():
                step(taken)
    waiting = daily.waiting()
    if waiting:
        with bar(gettext_noop("adding up the last weeks"), waiting) as step:
            while taken := daily.fold(clock.now()):
                step(taken)


def first_administrators(pack: Pack) -> None:
    """One account for each administering post of the pack, with a password that is printed once and opens once."""
    from bihuan.people import selectors as people  # noqa: PLC0415
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts  # noqa: PLC0415

    posts = [post for post in pack.posts if post.administers]
    known = people.account_ids([post.key for post in posts])
    units = {office.kind: office.key for office in pack.offices if not office.per}
    made = {post.key: secrets.token_urlsafe(12) for post in posts if post.key not in known}
    fresh = [post for post in posts if post.key in made]
    create_accounts(AccountRow(username=post.key, name=post.title, password=made[post.key], for_once=True) for post in fresh)
    give_posts(
        (PostRow(username=post.key, unit_key=units[post.unit_kinds[0]], key=post.key) for post in posts if post.key in made),
        apart={post.key: post.apart_from for post in pack.posts if post.apart_from},
    )
    print(_("First administrators: user name, password for the first sign-in, post"))
    before = _("was there before")
    for post in posts:
        print(f"{post.key:28} {padded(made.get(post.key) or before, 20)} {post.title}")
    if made:
        print(_("Each password opens once and then asks for one's own. Hand each to another person; nothing shows it again."))
