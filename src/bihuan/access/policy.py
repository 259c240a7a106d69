"""The limits of sign-in, from the settings (``BIHUAN_ACCESS``); the defaults are written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.core.signals import setting_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of sessions and sign-in.

    ``idle``/``limit``: a session ends after so long without a request, and so long after sign-in whatever happens.
    ``touch``: how exact the idle time is kept (one write at most that often). ``owed``: time to give the second factor.
    ``codes``: wrong codes in a row, counted over all addresses, before the second factor pauses for ``codes_pause``.
    ``factor_for_all``: every post owes the second factor, not only those that see personal data. ``password_age``: an older
    password opens nothing but the page on which it is changed; None = it does not grow old.
    ``hashes_at_once``: passwords checked side by side in one process; one more waits ``hash_wait`` and is turned away.
    """

    idle: timedelta = timedelta(minutes=60)
    limit: timedelta = timedelta(hours=12)
    touch: timedelta = timedelta(minutes=1)
    owed: timedelta = timedelta(minutes=10)
    codes: int = 10
    codes_pause: timedelta = timedelta(minutes=15)
    factor_for_all: bool = False
    password_age: timedelta | None = None
    hashes_at_once: int = 2
    hash_wait: timedelta = timedelta(seconds=2)
    retry_after: timedelta = timedelta(seconds=5)


@cache
def policy() -> Policy:
    """The limits in force."""
    return Policy(**getattr(settings, "BIHUAN_ACCESS", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "BIHUAN_ACCESS":
        policy.cache_clear()


setting_changed.connect(_forget)
