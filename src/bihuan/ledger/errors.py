"""What the ledger refuses."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger cannot take this."""


class OutOfOrder(LedgerError):
    """An entry names another number than the next of its stream: what was decided was decided on an older reading."""


class Contended(LedgerError):
    """A stream was written by so many at once that this entry found no place."""


class DamagedAnchors(LedgerError):
    """A whole line of the anchor file cannot be read."""
