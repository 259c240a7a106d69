"""The two ciphers of the vault: AES-256-GCM, and SM4-GCM where national algorithms are asked for (GB/T 32907)."""

from __future__ import annotations

import os
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CipherName = Literal["aes", "sm4"]
FORMS: Final[dict[str, bytes]] = {"aes": b"\x01", "sm4": b"\x02"}
"""The first byte of a sealed value says with which of them it was sealed."""
KEY_BYTES: Final[dict[str, int]] = {"aes": 32, "sm4": 16}
_TAG = 16


class Sealer(Protocol):
    """A cipher with its key. ``form``: the first byte of what it seals."""

    form: bytes

    def encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """Ciphertext and tag; ``bound`` is authenticated with it and not kept."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """The text again. Raises InvalidTag."""
        ...


class Aes:
    """AES-256-GCM."""

    form = FORMS["aes"]

    def __init__(self, key: bytes) -> None:
        """``key``: 32 bytes."""
        self._cipher = AESGCM(key)
        self.encrypt, self.decrypt = self._cipher.encrypt, self._cipher.decrypt


class Sm4:
    """SM4-GCM: a block cipher of 128 bits in the same mode, out of the same library."""

    form = FORMS["sm4"]

    def __init__(self, key: bytes) -> None:
        """``key``: 16 bytes. Raises ValueError for another length."""
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """Ciphertext and tag."""
        sealing = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(bound)
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """The text again. Raises InvalidTag."""
        if len(data) < _TAG:
            raise InvalidTag
        opening = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG:])).decryptor()
        opening.authenticate_additional_data(bound)
        return opening.update(data[:-_TAG]) + opening.finalize()


def sealer(cipher: str, key: bytes) -> Sealer:
    """The cipher of this name with its key. Raises KeyError for a name that there is not, ValueError for a wrong length."""
    if len(key) != KEY_BYTES[cipher]:
        raise ValueError(f"a key of {cipher} has {KEY_BYTES[cipher]} bytes")
    return Sm4(key) if cipher == "sm4" else Aes(key)


def new_key(cipher: CipherName) -> bytes:
    """A key out of the system's source of chance."""
    return os.urandom(KEY_BYTES[cipher])


def is_there(cipher: CipherName) -> bool:
    """Whether the library on this machine was built with it."""
    try:
        made = sealer(cipher, bytes(KEY_BYTES[cipher]))
        return made.decrypt(bytes(12), made.encrypt(bytes(12), b"x", b""), b"") == b"x"
    except UnsupportedAlgorithm:
        return False
