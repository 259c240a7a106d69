"""How a place stands to its profile (``BIHUAN_PROFILE=gbt22239-3``), clause by clause of GB/T 22239-2019, level 3."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.console import place
from bihuan.console.findings import Finding
from bihuan.console.words import _


def points() -> Iterator[Finding]:
    """Every clause that the profile touches; nothing without the profile."""
    from django.conf import settings  # noqa: PLC0415 - each command imports only what it runs on

    if not getattr(settings, "PROFILE", ""):
        return
    yield from _sign_in()
    yield from _administrators()
    yield from _audit()
    yield from _ciphers()


def _sign_in() -> Iterator[Finding]:
    from bihuan.access.policy import policy  # noqa: PLC0415

    limits = policy()
    days = limits.password_age.days if limits.password_age else 0
    said = {"days": days, "idle": int(limits.idle.total_seconds() // 60)}
    yield Finding(
        "ok" if days and limits.factor_for_all else "wrong",
        "8.1.4.1",
        _("passwords of three kinds of signs, changed every %(days)s days; %(idle)s minutes idle; second step for everybody")
        % said,
    )


def _administrators() -> Iterator[Finding]:
    """The posts that the pack keeps apart: all held, none together with one that it is kept apart from."""
    from bihuan.access.signin import today_here  # noqa: PLC0415
    from bihuan.console.problem import Problem  # noqa: PLC0415
    from bihuan.people.selectors import accounts_in_posts  # noqa: PLC0415
    from bihuan.people.services import posts_apart  # noqa: PLC0415
    from bihuan.rulebook import selectors as rulebook  # noqa: PLC0415

    try:
        place.ready()
    except Problem:
        return
    pack = rulebook.current_pack()
    never_together = posts_apart(pack)
    apart = {post.key: post.title for post in pack.posts if never_together.get(post.key)}
    held = accounts_in_posts(list(apart), today_here())
    empty = [title for key, title in apart.items() if not held.get(key)]
    if empty:
        yield Finding("wrong", "8.1.4.2", _("separated administrators: nobody sits in %s") % "、".join(empty))
    elif any(held[key] & held[other] for key in apart for other in never_together[key]):
        yield Finding("wrong", "8.1.4.2", _("separated administrators: one person sits in two of these posts"))
    else:
        yield Finding("ok", "8.1.4.2", _("separated administrators: %s") % "、".join(apart.values()))


def _audit() -> Iterator[Finding]:
    """The records of sign-ins, refusals, looks and exports: guarded against every change, and kept as long as the law asks."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bihuan.flows import retention  # noqa: PLC0415
    from bihuan.ledger import guard  # noqa: PLC0415

    if set(guard.trigger_names(connection.vendor, "ledger_entry", share=True)) - guard.standing(connection):
        yield Finding("wrong", "8.1.4.3", _("entries of the ledger could be changed: its guards do not stand in the database"))
    elif short := retention.too_short():
        yield Finding("wrong", "8.1.4.3", _("records are kept for less than 180 days: %s") % ", ".join(short))
    else:
        said = {"days": retention.LEAST_KEPT.days, "folder": settings.ANCHORS}
        words = _("entries of the ledger are never removed, nothing of a record before %(days)s days; anchors: %(folder)s")
        yield Finding("ok", "8.1.4.3", words % said)


def _ciphers() -> Iterator[Finding]:
    """Which national algorithms are used, and which are not there: said, so that nobody takes them for granted."""
    from bihuan.vault import ciphers  # noqa: PLC0415
    from bihuan.vault.errors import KeysExposed, NoKeys  # noqa: PLC0415
    from bihuan.vault.keys import keys  # noqa: PLC0415

    if not ciphers.is_there("sm4"):
        yield Finding("wrong", "8.1.4.7", _("SM4 is not there: the cryptography library of this machine was built without it"))
        return
    try:
        known = keys()
    except (KeysExposed, NoKeys):
        return
    if known.ciphers[known.newest].form != ciphers.FORMS["sm4"]:
        yield Finding("wrong", "8.1.4.7", _("personal data are sealed with AES: “bihuan keys new”, then “bihuan keys renew”"))
    else:
        yield Finding("ok", "8.1.4.7", _("personal data are sealed with SM4-GCM"))
    missing = _("not with national algorithms: keyed hashes and the ledger (SHA-256), passwords (argon2id); https is the proxy's")
    yield Finding("warning", "8.1.4.7", missing)
