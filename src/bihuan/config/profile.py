"""Settings profiles: what a place that is examined after GB/T 22239-2019, level 3, asks for beyond the product's defaults.

One switch, ``BIHUAN_PROFILE=gbt22239-3``. The clauses are named beside what they ask for; ``bihuan doctor`` shows how a place
stands to each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

LEVEL_3: Final = "gbt22239-3"
PROFILES: Final = ("", LEVEL_3)
PASSWORD_DAYS: Final = 90
IDLE_MINUTES: Final = 30
KINDS_OF_SIGNS: Final = 3


def known(name: str) -> str:
    """The profile's name. Raises ImproperlyConfigured for one that there is not."""
    if name not in PROFILES:
        raise ImproperlyConfigured(f"BIHUAN_PROFILE is empty or '{LEVEL_3}'.")
    return name


def refuse_unfit(name: str, *, environ: Mapping[str, str], data: Path, keys: Path, anchors: Path, https: bool) -> None:
    """What a profile does not start with. Raises ImproperlyConfigured, in words.

    8.1.4.3 c: the anchors of the audit lie outside; 8.1.4.8: keys are not kept with what they open; 8.1.2.2, 8.1.4.7: nothing
    is said in the clear.
    """
    if not name:
        return
    if not environ.get("BIHUAN_ANCHORS") or data in (anchors, *anchors.parents):
        raise ImproperlyConfigured(f"BIHUAN_PROFILE={name} needs BIHUAN_ANCHORS, a folder outside the data folder.")
    if data in (keys, *keys.parents):
        raise ImproperlyConfigured(f"BIHUAN_PROFILE={name} needs BIHUAN_KEYS, a folder outside the data folder.")
    if not https:
        raise ImproperlyConfigured(f"BIHUAN_PROFILE={name} needs https: name the hosts (BIHUAN_HOSTS), without BIHUAN_HTTPS=0.")


def access(name: str) -> dict[str, Any]:
    """Limits of sign-in (``access.policy``): 8.1.4.1 a (change of passwords), b (idle), d (two factors, for everybody)."""
    if not name:
        return {}
    return {
        "idle": timedelta(minutes=IDLE_MINUTES),
        "factor_for_all": True,
        "password_age": timedelta(days=PASSWORD_DAYS),
    }


def validators(name: str) -> list[dict[str, Any]]:
    """Rules of passwords beyond the product's own: 8.1.4.1 a, complexity."""
    return [{"NAME": "bihuan.people.passwords.SeveralKinds", "OPTIONS": {"least": KINDS_OF_SIGNS}}] if name else []
