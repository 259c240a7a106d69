"""What stops a backup, a restore or a move."""

from __future__ import annotations


class Damaged(Exception):
    """The archive is not whole, was altered, or was sealed with other keys; the message says which."""


class NotEmpty(Exception):
    """The database to restore into already holds a place."""


class TooNew(Exception):
    """The archive comes from a later version of the product than this one."""


class NotTheSame(Exception):
    """What was read back after loading is not what the archive says; the message names the tables."""
