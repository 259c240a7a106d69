"""``bihuan packs versions`` and ``migrate``: the versions published here, and open matters that go on under another one."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.console import place
from bihuan.console.problem import FOUND, OK, Problem
from bihuan.console.words import _, padded

if TYPE_CHECKING:
    from bihuan.cases.migrating import Foreseen
    from bihuan.packs import Pack


def add(asked: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parsers of the two commands."""
    versions = asked.add_parser("versions", help=_("list the versions published here, and how many matters go by each"))
    versions.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    versions.set_defaults(run=run_versions)
    migrate = asked.add_parser(
        "migrate",
        help=_("let open matters go on under another published version; it is recorded in each"),
        description=_(
            "Publishing moves nothing: a matter stays on the version it began under. This lets the open ones go on under "
            "another version. Limits that run are reckoned anew; what has no counterpart there stays where it is."
        ),
    )
    migrate.add_argument("version", help=_("the version to go on under: its number, or the beginning of its digest"))
    migrate.add_argument("--as", dest="user", required=True, help=_("user name of whoever does it; may publish rules"))
    migrate.add_argument("--post", default="", help=_("key of the post, where the user has several"))
    migrate.add_argument("--reason", default="", help=_("why; kept in each matter"))
    migrate.add_argument("--procedure", default="", help=_("only matters of this procedure"))
    migrate.add_argument("--dry-run", action="store_true", help=_("only tell what would become of each"))
    migrate.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    migrate.set_defaults(run=run_migrate)


def run_versions(args: argparse.Namespace) -> int:
    """A line each, newest first."""
    place.use(args.data)
    place.ready()
    from bihuan.cases.selectors import open_by_version  # noqa: PLC0415 - needs Django set up
    from bihuan.rulebook import selectors as rulebook  # noqa: PLC0415

    going, where = open_by_version(), {digest: area for area, digest in rulebook.in_force().items()}
    for one in rulebook.versions():
        area = where.get(one.digest)
        said = "" if area is None else _("in force in %(area)s") % {"area": area} if area else _("in force")
        still = _("%(n)s open") % {"n": going.get(one.digest, 0)}
        line = f"{padded(one.name, 16)} {padded(one.version, 12)} {one.digest[:12]}  {one.published_at:%Y-%m-%d}  {still}  {said}"
        print(line.rstrip())
    return OK


def run_migrate(args: argparse.Namespace) -> int:
    """What became of each matter that did not go, and how many went; 1 when any stayed where it is."""
    place.use(args.data)
    place.ready()
    from bihuan.cases import migrating  # noqa: PLC0415 - needs Django set up
    from bihuan.cases.errors import CaseError  # noqa: PLC0415

    actor, to = place.actor_named(args.user, args.post), _version(args.version)
    try:
        if args.dry_run:
            foreseen = list(migrating.foresee(actor, to.digest, procedure=args.procedure))
            stay, going = [one for one in foreseen if not one.goes], [one for one in foreseen if one.goes]
            for one in going:
                print(f"{padded(one.number, 18)} {one.version} → {to.version}  {_moved(one)}".rstrip())
            went = len(going)
        else:
            done = migrating.migrate(actor, to.digest, reason=args.reason, procedure=args.procedure)
            stay, went = list(done.refused), len(done.moved)
    except CaseError as error:
        raise Problem(error.say) from error
    for one in stay:
        print(f"{padded(one.number, 18)} {_why(one, to)}")
    for (state, version), n in sorted(Counter((one.state, one.version) for one in stay).items()):
        print(_("%(n)s stay under %(version)s in “%(state)s”") % {"n": n, "version": version, "state": state})
    words = _("%(n)s would go on under %(version)s") if args.dry_run else _("%(n)s go on under %(version)s")
    print(words % {"n": went, "version": to.version})
    return FOUND if stay else OK


def _version(asked: str) -> Pack:
    from bihuan.rulebook import selectors as rulebook  # noqa: PLC0415

    found = [one for one in rulebook.versions() if asked == one.version or (len(asked) >= 6 and one.digest.startswith(asked))]
    if len(found) != 1:
        known = ", ".join(f"{one.version} ({one.name} {one.digest[:8]})" for one in rulebook.versions())
        raise Problem(_("Which version is “%(asked)s”? Published here: %(known)s.") % {"asked": asked, "known": known})
    return rulebook.pack(found[0].digest)


def _moved(one: Foreseen) -> str:
    """The limits of one matter that would move."""
    none = _("none")
    return "; ".join(
        f"{shift.clock} {f'{shift.before:%Y-%m-%d %H:%M}' if shift.before else none} → "
        f"{f'{shift.after:%Y-%m-%d %H:%M}' if shift.after else none}"
        for shift in one.shifts
    )


def _why(one: Foreseen, to: Pack) -> str:
    words = {
        "thread": _("%(version)s has no line of work “%(kind)s”"),
        "state": _("%(version)s has no stage “%(state)s”"),
        "final": _("in %(version)s the stage “%(state)s” is an end"),
        "before": _("%(version)s lacks the stage that “%(state)s” leads back to"),
        "nobody": _("in %(version)s nobody would hold it in “%(state)s”"),
    }
    return "; ".join(words[why.what] % {"version": to.version, "kind": why.kind, "state": why.state} for why in one.obstacles)
