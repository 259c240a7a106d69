"""Encryption, keyed hashes, masks."""
