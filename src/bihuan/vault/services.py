"""Keeping sealed values for a reference, erasing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db.models import Q

from bihuan.vault.errors import CannotOpen
from bihuan.vault.free_text import Found, FoundKind
from bihuan.vault.keys import keys
from bihuan.vault.models import VaultItem
from bihuan.vault.renewing import Column
from bihuan.vault.sealing import HashKind, keyed_hash, seal, unseal

FIELD = "vault_item"
SEALED = (Column("vault_vaultitem", "sealed", FIELD, kind="kind"),)
"""What is renewed after a change of key."""


def keep(ref: str, found: Sequence[Found], *, at: datetime, keep_until: datetime | None = None) -> None:
    """Seal what was found under ``ref``, with one INSERT (none for nothing). ``keep_until``: when it is due for erasure."""
    keep_many([(ref, found)], at=at, keep_until=keep_until)


def keep_many(pairs: Sequence[tuple[str, Sequence[Found]]], *, at: datetime, keep_until: datetime | None = None) -> None:
    """``keep`` for several references with one INSERT."""
    items = [
        VaultItem(
            ref=ref, place=one.start, kind=one.kind, sealed=seal(one.value, field=f"{FIELD}.{one.kind}"),
            keyed_hash=keyed_hash(one.value, cast(HashKind, one.kind)), kept_at=at, keep_until=keep_until,
        )
        for ref, found in pairs
        for one in found
    ]  # fmt: skip
    if items:
        VaultItem.objects.bulk_create(items)


def held(ref: str) -> list[Found]:
    """What is kept under ``ref``, opened, in the order of its places. The caller records the look. Raises CannotOpen."""
    rows = VaultItem.objects.filter(ref=ref, erased_at=None).order_by("place", "id").values_list("kind", "sealed", "place")
    return [Found(cast(FoundKind, kind), unseal(sealed, field=f"{FIELD}.{kind}"), place) for kind, sealed, place in rows]


def refs_with(value: str, kind: HashKind) -> list[str]:
    """The references that hold ``value``: for access and erasure on a resident's own request."""
    found = VaultItem.objects.filter(keyed_hash=keyed_hash(value, kind), erased_at=None)
    return sorted(set(found.values_list("ref", flat=True)))


def erase(ref: str, *, at: datetime) -> int:
    """Erase everything kept under ``ref``; how many values. The caller writes the entry that says so."""
    return _erase(Q(ref=ref), at)


def erase_due(*, at: datetime) -> int:
    """Erase what has been kept as long as it may; how many values."""
    return _erase(Q(keep_until__lte=at), at)


def _erase(which: Q, at: datetime) -> int:
    return VaultItem.objects.filter(which, erased_at=None).update(sealed=b"", keyed_hash="", erased_at=at)


def can_open() -> bool:
    """Whether the key file is there and the newest item opens with it (for ``bihuan doctor``). Raises NoKeys, KeysExposed."""
    keys()
    row = VaultItem.objects.filter(erased_at=None).order_by("-id").values_list("kind", "sealed").first()
    try:
        return row is None or bool(unseal(row[1], field=f"{FIELD}.{row[0]}"))
    except CannotOpen:
        return False
