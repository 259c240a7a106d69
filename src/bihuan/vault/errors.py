"""What the vault refuses."""

from __future__ import annotations


class VaultError(Exception):
    """The vault cannot seal or open."""


class NoKeys(VaultError):
    """There is no key file where the settings say; ``bihuan init`` makes one."""


class KeysExposed(VaultError):
    """The key file can be read by others than its owner."""


class CannotOpen(VaultError):
    """A sealed value is damaged, belongs to another field, or its key is gone."""
