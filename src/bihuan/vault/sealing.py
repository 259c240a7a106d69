"""Sealing personal data (AES-256-GCM or SM4-GCM) and the keyed hash by which a sealed value is found again (HMAC-SHA256)."""

from __future__ import annotations

import os
import unicodedata
from typing import Literal

from cryptography.exceptions import InvalidTag

from bihuan.vault.errors import CannotOpen
from bihuan.vault.keys import keys

HashKind = Literal["phone", "id_no", "name", "email", "code", "exact"]
_NONCE = 12
_HEAD = 3  # form and key id
_TAG = 16
SEAL_BYTES = _HEAD + _NONCE + _TAG
"""By how much sealing makes bytes grow."""


def seal(text: str, *, field: str) -> bytes:
    """Encrypt ``text`` for ``field`` ("contact.phone"). Layout: form 1, key id 2, nonce 12, ciphertext, tag 16.

    The form says the cipher. Form, key id and field are bound in: a value copied into another field does not open. Raises NoKeys.
    """
    return seal_bytes(text.encode(), field=field)


def seal_bytes(data: bytes, *, field: str) -> bytes:
    """``seal`` for bytes: they grow by SEAL_BYTES."""
    now = keys()
    cipher = now.ciphers[now.newest]
    head = cipher.form + now.newest.to_bytes(2, "big")
    nonce = os.urandom(_NONCE)
    return head + nonce + cipher.encrypt(nonce, data, head + field.encode())


def unseal(sealed: bytes | memoryview, *, field: str) -> str:
    """Decrypt what ``seal`` made for the same ``field``. Raises CannotOpen when damaged, misplaced or without its key."""
    return unseal_bytes(sealed, field=field).decode()


def unseal_bytes(sealed: bytes | memoryview, *, field: str) -> bytes:
    """``unseal`` for bytes."""
    sealed = bytes(sealed)
    cipher = keys().ciphers.get(key_id(sealed))
    if cipher is None or sealed[:1] != cipher.form:
        raise CannotOpen(f"{field}: unknown form or key")
    try:
        return cipher.decrypt(sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :], sealed[:_HEAD] + field.encode())
    except (InvalidTag, ValueError) as fault:
        raise CannotOpen(f"{field}: damaged, or sealed for another field") from fault


def key_id(sealed: bytes | memoryview) -> int:
    """Which key a value was sealed with."""
    return int.from_bytes(bytes(sealed[1:_HEAD]), "big")


def is_stale(sealed: bytes | memoryview) -> bool:
    """True when a newer key exists than the one this value was sealed with."""
    return key_id(sealed) != keys().newest


def normal(text: str, kind: HashKind) -> str:
    """``text`` as it is compared: one way to write a phone (no +86, no separators), an identity number, a name.

    ``exact``: as it is, for digests of what must not be guessed from them.
    """
    if kind == "exact":
        return text
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if kind == "phone":
        digits = folded if folded.isdecimal() else "".join(c for c in folded if c.isdecimal())
        for prefix in ("0086", "86"):
            rest = digits.removeprefix(prefix)
            if rest != digits and len(rest) == 11 and rest[0] == "1":
                return rest
        return digits[1:] if len(digits) == 12 and digits.startswith("01") and digits[2] in "3456789" else digits
    if kind == "name":
        return "".join(c for c in folded if not c.isspace() and c not in "·•・‧∙.").casefold()
    if kind == "email":
        return folded.strip().casefold()
    return (folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())).upper()


def keyed_hash(text: str, kind: HashKind) -> str:
    """The hash (64 hex characters) by which equal values of a kind are found without opening them. Raises NoKeys."""
    begun = keys().keyed.copy()
    begun.update(f"{kind}\0{normal(text, kind)}".encode())
    return begun.hexdigest()
