"""``bihuan accounts``: let an administrator in again whom nobody at the desk can help any more."""

from __future__ import annotations

import argparse
from pathlib import Path

from bihuan.console import place
from bihuan.console.problem import OK, Problem
from bihuan.console.words import _


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``accounts``."""
    accounts = commands.add_parser("accounts", help=_("let an administrator in again who lost password or phone"))
    asked = accounts.add_subparsers(dest="asked", metavar=_("question"), required=True)
    code = asked.add_parser(
        "code",
        help=_("a one-time code for an administrator, when no other administrator can give one"),
        description=_(
            "The code lets its owner set a new password within the hour. The old password stops at once, every session of the "
            "account ends, and the ledger says that it was done on this machine. Everybody else is helped at the desk."
        ),
    )
    code.add_argument("username", help=_("the administrator's user name"))
    code.add_argument("--second-step", action="store_true", help=_("also take away the second step of signing in (a lost phone)"))
    code.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    code.set_defaults(run=run_code)


def run_code(args: argparse.Namespace) -> int:
    """Print a one-time code, until when it works and where it is entered. Raises Problem for whom the desk can help."""
    place.use(args.data)
    pack = place.ready()
    from django.conf import settings  # noqa: PLC0415 - each command imports only what it runs on

    from bihuan.access import codes, own  # noqa: PLC0415
    from bihuan.access.signin import today_here  # noqa: PLC0415
    from bihuan.ledger import clock  # noqa: PLC0415
    from bihuan.people import selectors as people  # noqa: PLC0415
    from bihuan.rules.terms import SYSTEM  # noqa: PLC0415

    account = people.account_ids([args.username]).get(args.username)
    if account is None:
        raise Problem(_("There is no account “%s”.") % args.username)
    seated = people.accounts_in_posts([post.key for post in pack.posts if post.administers], today_here())
    if not any(account in holders for holders in seated.values()):
        raise Problem(_("“%s” is no administrator: the security administrator gives the code at the desk.") % args.username)
    if args.second_step:
        own.reset_factor(account, by=SYSTEM)
    code = codes.issue_code(account, by=SYSTEM)
    host = next(iter(settings.ALLOWED_HOSTS), "")
    print(_("One-time code of %(name)s: %(code)s") % {"name": args.username, "code": code})
    print(_("It works once, until %s.") % place.said(clock.now() + codes.LIFE))
    print(_("Its owner opens https://%s/new-password and sets a new password with it.") % host)
    return OK
