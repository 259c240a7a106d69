"""After a change of key: the secrets of second factors, set up or being set up, sealed with the newest key."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Model

from bihuan.access.factor import SealedSecrets
from bihuan.access.models import Session
from bihuan.vault.errors import CannotOpen
from bihuan.vault.renewing import PAGE, Page
from bihuan.vault.sealing import is_stale, key_id

_KEPT: tuple[tuple[type[Model], str], ...] = ((Authenticator, "secret"), (Authenticator, "seed"), (Session, "secret"))
"""In which rows' ``data`` a secret lies, and under which name."""


def renew_secrets(kept: int, *, after: int = 0, limit: int = PAGE) -> Page:
    """Renew the next old secrets, ids above ``after``, row by row under its lock; ``kept``: which kind (0 to ``kinds() - 1``)."""
    model, name = _KEPT[kept]
    rows = list(model._default_manager.filter(pk__gt=after).order_by("pk").values_list("pk", "data")[:limit])  # noqa: SLF001
    renewed = shut = 0
    for pk, data in rows:
        sealed = _sealed(data, name)
        if sealed and is_stale(sealed):
            try:
                renewed += _renew(model, pk, name)
            except CannotOpen:
                shut += 1
    return Page(rows[-1][0] if len(rows) == limit else 0, renewed, shut)


def _renew(model: type[Model], pk: int, name: str) -> int:
    with transaction.atomic():
        row: Any = model._default_manager.select_for_update().filter(pk=pk).first()  # noqa: SLF001
        if row is None or not _sealed(row.data, name):
            return 0
        secrets = SealedSecrets()
        row.data = {**row.data, name: secrets.encrypt(secrets.decrypt(row.data[name]))}
        row.save(update_fields=["data"])
    return 1


def secrets_under() -> Counter[int]:
    """How many secrets there are under each key. Reads all of them."""
    found: Counter[int] = Counter()
    for model, name in _KEPT:
        for data in model._default_manager.values_list("data", flat=True).iterator():  # noqa: SLF001
            if sealed := _sealed(data, name):
                found[key_id(sealed)] += 1
    return found


def kinds() -> int:
    """How many kinds of secrets there are."""
    return len(_KEPT)


def _sealed(data: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(data.get(name) or ""))
    except binascii.Error:
        return b""
