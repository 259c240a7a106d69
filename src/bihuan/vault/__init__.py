"""Encryption, keyed hashes, masks."""

from bihuan.vault.sealing import keyed_hash, seal, unseal

__all__ = ["keyed_hash", "seal", "unseal"]
